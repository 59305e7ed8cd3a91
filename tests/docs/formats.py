"""The page of trace formats: what each looks like, its samples, what it does not tell."""

from __future__ import annotations

import inspect
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Final

from tests.docs.tables import table, titled
from ykt_sim.cli.trace.writers import WRITERS
from ykt_sim.trace.readers import PATTERN, formats
from ykt_sim.trace.readers.base import Format

CORPUS: Final = Path(__file__).resolve().parents[2] / "apdu_traces"
#: Folders of the corpus with whole files, and whose work these are.
FOLDERS: Final = {
    "recorded/tools": "written by the program itself",
    "recorded": "recorded from real cards",
    "synthetic/formats": "made in its shape",
}
_MOST: Final = 3


def samples() -> dict[str, list[str]]:
    """Files of the corpus by format, each with how it came to be."""
    found: dict[str, list[str]] = defaultdict(list)
    for folder, whose in FOLDERS.items():
        expected = json.loads((CORPUS / folder / "expected.json").read_text("utf-8"))
        for name, entry in expected.items():
            if len(found[entry["format"]]) < _MOST:
                found[entry["format"]].append(f"`apdu_traces/{folder}/{name}` ({whose})")
    return found


def marked_up(docstring: str) -> str:
    """A docstring as Markdown: shapes in fences, names in single ticks."""
    out: list[str] = []
    fenced = False
    for line in docstring.strip().splitlines():
        inside = line.startswith("    ")
        if line.rstrip() == "::":
            continue
        if not line and out and not out[-1]:
            continue
        if inside and not fenced:
            out.append("```text")
        elif fenced and line and not inside:
            while not out[-1]:
                out.pop()
            out += ["```", ""]
        fenced = inside or (fenced and not line)
        out.append(line[4:] if inside else line.replace("``", "`"))
    return "\n".join([*out, "```"] if fenced else out)


def section(known: Format, files: list[str]) -> str:
    """One format."""
    text = marked_up(inspect.getdoc(sys.modules[known.sniff.__module__]) or "")
    return f"### {known.name}\n\n{text}\n\nSamples: {', '.join(files)}."


def trace_formats() -> str:
    """The whole page, from the tables of readers and writers."""
    writers = {name: WRITERS[name] for name in WRITERS}
    by_reader = {writer.read_as: name for name, writer in writers.items()}
    read = table(
        ("`--from`", "also", "what writes it", "`--to`"),
        (
            (
                f"[`{known.name}`](#{known.name})",
                ", ".join(f"`{alias}`" for alias in known.aliases),
                known.title,
                f"`{by_reader[known.name]}`" if known.name in by_reader else "",
            )
            for known in formats()
        ),
    )
    written = table(
        ("`--to`", "what it is", "read again"),
        (
            (f"`{name}`", writer.title, f"as `{writer.read_as}`" if writer.read_as else "no")
            for name, writer in writers.items()
        ),
    )
    files = samples()
    return titled(
        "Trace formats",
        "Every verb that takes a trace takes these; `--from` is needed only where the file is "
        "taken for something else. How to make each log is told under "
        "[Read logs of other programs](../howto/read-other-logs.md).",
        f"{len(formats())} formats are read.",
        read,
        f"`{PATTERN}PATTERN` reads a log of your own: a regular expression with the groups "
        "`dir` and `hex`, and where there are any `time` and `sw`.",
        "## Written by ykt trace convert",
        written,
        "## What each looks like",
        *(section(known, files[known.name]) for known in formats()),
    )
