"""What explorations of cards and of terminals share: steps that are given, the folder written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ykt_sim.bench import files
from ykt_sim.textfile import decode, read_bytes
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Trace

_TRACE = "trace.jsonl"
_DOCUMENT = "explored.json"


def given_steps(played: str) -> str:
    """The steps themselves, or those in a file."""
    if ";" in played or not Path(played).is_file():
        return played
    return decode(read_bytes(Path(played)))


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
