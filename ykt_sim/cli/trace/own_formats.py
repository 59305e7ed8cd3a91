"""Formats of the user's own, kept under names in a file of theirs.

The file is TOML, one format a line: its name, and what ``--from`` would take::

    validator = 're:(?P<dir>[TR]X) (?P<hex>[0-9A-F]+)'
    gate = "columns:command=Befehl,answer=Antwort,sw=Status"
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from ykt_sim.errors import UsageError
from ykt_sim.textfile import NoTextError, NoTomlError, read_bytes, text_of, toml_of
from ykt_sim.trace.readers import COLUMNS, PATTERN, format_named, formats

#: Names the file; empty for none.
VARIABLE: Final = "YKT_FORMATS"
_FILE: Final = "formats.toml"
_BEGINNINGS: Final = (PATTERN, COLUMNS)


def own_file() -> Path | None:
    """The user's file: what `VARIABLE` names, or the one in their folder for settings.

    None when there is none; a file that is named has to be there.
    """
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    usual = Path(click.get_app_dir("ykt")) / _FILE
    return usual if usual.is_file() else None


def own_formats() -> dict[str, str]:
    """Names of the user's file with what they stand for.

    Raises:
        UsageError: a file that cannot be read, or an entry that is no format; names both.
    """
    path = own_file()
    if path is None:
        return {}
    try:
        entries = toml_of(text_of(read_bytes(path)))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except NoTextError as error:
        raise UsageError(f"{path}: {error}") from None
    except NoTomlError as error:
        raise UsageError(f"{path}: not TOML: {error}") from None
    taken = {name for known in formats() for name in (known.name, *known.aliases)}
    for name, text in entries.items():
        if not isinstance(text, str) or not text.startswith(_BEGINNINGS):
            wanted = " or ".join(f"{start}..." for start in _BEGINNINGS)
            raise UsageError(f"{path}: {name}: expected a text {wanted}")
        if name in taken or name.startswith(_BEGINNINGS):
            raise UsageError(f"{path}: {name}: there is a format of this name already")
        try:
            format_named(text)
        except UsageError as error:
            raise UsageError(f"{path}: {name}: {error}") from None
    return entries


def resolved(name: str) -> str:
    """What a name of ``--from`` stands for; itself when it is none of the user's."""
    if not name or name.startswith(_BEGINNINGS):
        return name
    if any(name in {known.name, *known.aliases} for known in formats()):
        return name
    return own_formats().get(name, name)
