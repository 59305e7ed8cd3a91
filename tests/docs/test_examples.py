"""Every ```console block of the pages is run, and must print what the page says.

A block is preceded by ``<!-- run -->``, or by ``<!-- not run: REASON -->``. Inside it, a line
that starts with ``$ `` is a command for the shell; it goes on in lines that start with ``> ``,
and after a trailing backslash. What follows is its output, standard error included; a line
``...`` stands for any lines. The blocks of one page share an empty folder, in order.

``python tests/docs/test_examples.py PAGE...`` writes the real output into the pages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
    ROOT / "docs" / "tutorial.md",
    *sorted((ROOT / "docs" / "howto").glob("*.md")),
    ROOT / "docs" / "reference" / "cli.md",
    ROOT / "docs" / "reference" / "exit-codes.md",
]
BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*) -->\n+)?^```console\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
ANY_LINES = "..."


@dataclass
class Step:
    """A command of a page and what the page says it prints."""

    command: str
    shown: str
    output: list[str]


def steps(body: str) -> Iterator[Step]:
    """Take a block apart."""
    step: Step | None = None
    more = False
    for line in body.splitlines():
        if step is not None and not step.output and (more or line[:2].rstrip() == ">"):
            step.command += "\n" + (line[2:] if line[:2].rstrip() == ">" else line)
            step.shown += "\n" + line
        elif line.startswith("$ "):
            if step is not None:
                yield step
            step = Step(line[2:], line, [])
        elif step is None:
            raise ValueError(f"output before a command: {line}")
        else:
            step.output.append(line)
            continue
        more = line.endswith("\\")
    if step is not None:
        yield step


def matches(expected: list[str], got: list[str]) -> bool:
    """Compare output; ``...`` on a line of its own stands for any lines."""
    if not expected:
        return not got
    head, *rest = expected
    if head == ANY_LINES:
        return any(matches(rest, got[n:]) for n in range(len(got) + 1))
    return bool(got) and head.rstrip() == got[0].rstrip() and matches(rest, got[1:])


def shell(command: str, folder: Path) -> list[str]:
    """Run one command of a page in its folder."""
    tools = folder.parent / "bin"
    if not tools.is_dir():
        tools.mkdir()
        for name, words in (("ykt", "-m ykt_sim.cli.main"), ("python", "")):
            tool = tools / name
            tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
            tool.chmod(0o755)
    environment = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=300,
    )
    lines = done.stdout.decode("utf-8").splitlines()
    return [line for line in lines if not PROGRESS.fullmatch(line)]


#: What `cli.kit.progress` says where something takes over two seconds, as on a busy machine.
PROGRESS = re.compile(
    r"\d+/\d+ .*, \d+ failed, \d+ s|.+: [0-9.]+ [KMGT]?B( of [0-9.]+ [KMGT]?B)?, \d+ s"
    r"|\d+ (exchanges|taps), .*, \d+ s"
)


def blocks(page: Path) -> list[re.Match[str]]:
    """All console blocks of a page."""
    return list(BLOCK.finditer(page.read_text(encoding="utf-8"))) if page.exists() else []


def named(pages: list[Path]) -> list[object]:
    """Pages as test parameters."""
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages]


@pytest.mark.parametrize("page", named(PAGES))
def test_every_block_is_run_or_excused(page):
    for block in blocks(page):
        mark = block["mark"] or ""
        assert mark == "run" or re.fullmatch(r"not run: .+", mark), block["body"]


def test_the_pages_have_examples():
    assert [str(page) for page in PAGES if not page.exists()] == []
    runnable = {page: [b for b in blocks(page) if b["mark"] == "run"] for page in PAGES}
    assert sum(len(found) for found in runnable.values()) >= 30
    assert [str(page) for page in PAGES if "howto" in page.parts and not runnable[page]] == []


@pytest.mark.parametrize("page", named([page for page in PAGES if blocks(page)]))
def test_examples(page, tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    for block in blocks(page):
        if block["mark"] != "run":
            continue
        for step in steps(block["body"]):
            got = shell(step.command, folder)
            assert matches(step.output, got), "\n".join([f"$ {step.command}", *got])


def test_progress_is_told_from_output():
    for line in ("1/1 C-0602, 0 failed, 2 s", "x.log: 849.8 KB of 849.8 KB, 2 s", "-: 12 B, 3 s",
                 "9 exchanges, psam 3, 2 s", "4 taps, scene 1, 2 s"):  # fmt: skip
        assert PROGRESS.fullmatch(line), line
    for line in ("sim:dual: 2 PASS; 0.3 s, seed 3", "C-0101  PASS            x", "1 of 1 cases"):
        assert not PROGRESS.fullmatch(line), line


def test_the_comparison_can_fail():
    assert matches(["a", "...", "d"], ["a", "b", "c", "d"])
    assert matches(["..."], [])
    assert not matches(["a"], ["b"])
    assert not matches(["a"], ["a", "b"])
    assert not matches(["a", "...", "e"], ["a", "b"])
    assert not matches([], ["a"])


def rewrite(page: Path, folder: Path) -> None:
    """Write the real output into a page where it differs."""

    def fresh(block: re.Match[str]) -> str:
        if block["mark"] != "run":
            return block[0]
        lines = []
        for step in steps(block["body"]):
            got = shell(step.command, folder)
            kept = step.output if matches(step.output, got) else got
            lines += [step.shown, *(line.rstrip() for line in kept)]
        return block[0].replace(block["body"], "\n".join(lines) + "\n")

    text = page.read_text(encoding="utf-8")
    page.write_text(BLOCK.sub(fresh, text), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as base:
            (Path(base) / "here").mkdir()
            rewrite(Path(name), Path(base) / "here")
