"""What explorations of cards and of terminals share: steps that are given, the folder written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ykt_sim.bench import files
from ykt_sim.errors import UsageError
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Trace

T = TypeVar("T")

#: Signs of a wrong word that are told again.
_SHOWN = 60
_TRACE = "trace.jsonl"
_DOCUMENT = "explored.json"


def given(played: str, read: Callable[[str], T]) -> T:
    """What ``--replay`` gives: the steps themselves, or those in a file.

    Args:
        played: the word behind it.
        read: reads steps; raises UsageError.

    Raises:
        UsageError: nothing is given, or it is neither steps nor a file that holds some.
    """
    if not played.strip():
        raise UsageError("--replay: give steps, or a file of steps")
    if os.path.isfile(played):  # noqa: PTH113 - says no to a name that is too long for a file
        text = files.read_text(Path(played))
        try:
            return read(text)
        except UsageError as error:
            raise UsageError(f"--replay {played}: {error}") from None
    try:
        return read(played)
    except UsageError as error:
        if ";" in played:
            raise
        raise UsageError(f"--replay: no file {played[:_SHOWN]!r}, and no steps: {error}") from None


def must_be_new(out: Path | None, steps: str, *, force: bool) -> None:
    """Refuse to overwrite what is in a folder.

    Args:
        out: the folder; None where nothing is written.
        steps: name of the file of steps.
        force: overwrite it.

    Raises:
        UsageError: one of the files is there.
    """
    for name in (steps, _TRACE, _DOCUMENT) if out is not None else ():
        files.must_be_new((out or Path()) / name, force=force)


def write(
    out: Path, name: str, steps: Iterable[str], trace: Trace, document: Mapping[str, Any]
) -> None:
    """Write the steps, what was said, and all of it for programs.

    Args:
        out: the folder; made where it is not there.
        name: of the file of steps.
        steps: as they are played again, a line each.
        trace: what was said.
        document: all of it.
    """
    out.mkdir(parents=True, exist_ok=True)
    files.write_text(out / name, "".join(f"{step}\n" for step in steps))
    files.write_text(out / _TRACE, write_trace(trace))
    files.write_text(out / _DOCUMENT, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
