"""Find, read and check a TOML profile; errors name the file and the path inside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ykt_sim.errors import ProfileError
from ykt_sim.textfile import NoTextError, NoTomlError, read_text, toml_of

T = TypeVar("T")

#: A profile is text of some kilobytes; anything larger is not one.
MAX_BYTES = 1 << 20
_HERE: Final = Path(__file__).parent


def names(room: str) -> tuple[str, ...]:
    """Names of the profiles shipped in ``ykt_sim/profiles/<room>``, sorted."""
    return tuple(sorted(path.stem for path in (_HERE / room).glob("*.toml")))


def load(room: str, name: str, schema: type[T]) -> T:
    """Load a shipped profile by name, or any file by path (with a slash or ``.toml``).

    Raises:
        ProfileError: no such profile, unreadable, or it does not fit the schema.
    """
    if name.endswith(".toml") or "/" in name or "\\" in name:
        return _decode(_read(Path(name)), name, schema)
    known = names(room)
    if name not in known:
        raise ProfileError(f"no profile {name!r}; known: {', '.join(known)}, or give a .toml file")
    text = (_HERE / room / f"{name}.toml").read_text("utf-8")
    return _decode(text, f"{room}/{name}.toml", schema)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProfileError(f"{path}: larger than {MAX_BYTES} bytes, not a profile")
        return read_text(path)
    except NoTextError as error:
        raise ProfileError(f"{path}: {error}") from None
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in the path
        raise ProfileError(f"{str(path)!r}: {error}") from None


def _decode(text: str, where: str, schema: type[T]) -> T:
    try:
        return msgspec.convert(toml_of(text), schema)
    except (NoTomlError, msgspec.ValidationError) as error:
        raise ProfileError(f"{where}: {error}") from None
