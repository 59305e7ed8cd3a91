"""What is found in the books, and the rules that it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from ykt_sim.meaning.duty.rules import Rule, load_rules

#: Every rule by its id without ``B-``.
BOOKS: Final = load_rules(Path(__file__).parent / "rules.toml", "B-")


class Broken(msgspec.Struct, frozen=True):
    """One thing that does not agree.

    Attributes:
        rule: that is broken.
        tap: number of the tap after which it was found, from 1; one more than there were taps
            when it was found at the end.
        why: one sentence.
    """

    rule: Rule
    tap: int
    why: str


def broken(name: str, tap: int, why: str) -> Broken:
    """A finding against a rule by its name without ``B-``."""
    return Broken(BOOKS[name], tap, why)
