"""Terminal profiles: each is one TOML file; what it holds is told in `terminal_parts`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from ykt_sim.errors import ProfileError
from ykt_sim.profiles import loading
from ykt_sim.profiles.contradictions import problems
from ykt_sim.profiles.terminal_parts import (
    Distance,
    Fare,
    Load,
    MonthlyStep,
    Purchase,
    Reads,
    Station,
    TerminalProfile,
    Transfer,
)

__all__ = [
    "Distance",
    "Fare",
    "Load",
    "MonthlyStep",
    "Purchase",
    "Reads",
    "Station",
    "TerminalProfile",
    "Transfer",
    "load_terminal_profile",
    "terminal_profile_names",
]

_ROOM: Final = "terminals"


def terminal_profile_names() -> tuple[str, ...]:
    """Names of the profiles that come with the package, sorted."""
    return loading.names(_ROOM)


def load_terminal_profile(name_or_path: str | Path) -> TerminalProfile:
    """Read a profile by name, or from a file when the text ends in ``.toml``.

    Raises:
        ProfileError: not found, not readable, or wrong; names file and path of the value.
    """
    text = str(name_or_path)
    if text.endswith(".toml"):
        return _sound(text, text)
    if text not in terminal_profile_names():
        known = ", ".join(terminal_profile_names())
        raise ProfileError(f"no terminal profile {text!r}; there are {known}")
    return _own(text)


@lru_cache(maxsize=32)
def _own(name: str) -> TerminalProfile:
    return _sound(name, f"{_ROOM}/{name}.toml")


def _sound(name: str, shown: str) -> TerminalProfile:
    """A profile in which nothing is malformed and nothing contradicts something else."""
    profile = loading.load(_ROOM, name, TerminalProfile)
    for path, problem in problems(profile):
        raise ProfileError(f"{shown}: {path}: {problem}")
    return profile
