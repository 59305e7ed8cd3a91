"""A world with terminals in it: what the tests of terminals at PC/SC share."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from signal import SIGTERM
from typing import Any, Final

from tests.conformance.terminals import changed
from tests.pcscd import PATIENCE, ROOT, YKT, World
from ykt_conformance.ics.form import IcsFile

#: The clock of the terminals, as the shipped forms state it.
AT: Final = "2025-06-01T08:17:33"
ALLOWED: Final = ("--allow-writes", "--number", "virtual")


class Field(World):
    """A world whose programs can be sent signals, with one of our terminals in it."""

    def stop(self, child: subprocess.Popen[str], number: int = SIGTERM) -> str:
        """End a program; gives all it said."""
        self.signal(child, number)
        return child.communicate(timeout=PATIENCE)[0]

    def terminal(self, profile: str | Path, *words: str) -> subprocess.Popen[str]:
        """Start one of our terminals at the first reader."""
        given = (*words, "--at", AT)
        return self.start(*YKT, "terminal", "run", str(profile), "--card", "pcsc:0", *ALLOWED,
                          *given, cwd=self.folder)  # fmt: skip


def form(name: str, *, reports: bool = True) -> IcsFile:
    """The form of one of our terminals in real time; it claims no times of its own."""
    found = changed(changed(name, "clock", tolerance_s=600), "timing", total_ms=None,
                    terminal_ms=None)  # fmt: skip
    if reports:
        return found
    return changed(found, "reports", form="none", codes=False, clearing=False)


def write_form(folder: Path, found: IcsFile) -> str:
    """Put a form into a folder; gives its path."""
    path = folder / "form.toml"
    path.write_text(found.text)
    return str(path)


def profile_with_list(name: str, folder: Path, numbers: Sequence[str]) -> Path:
    """A shipped terminal with a black list, as a file."""
    text = (ROOT / "ykt_sim" / "profiles" / "terminals" / f"{name}.toml").read_text()
    listed = f"version = 1\nblack_list = {json.dumps(list(numbers))}\n"
    path = folder / f"{name}.toml"
    path.write_text(text.replace("version = 1\n", listed, 1))
    return path


def reports(path: Path) -> list[dict[str, Any]]:
    """What a terminal has reported to a file so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def verdicts(folder: Path) -> dict[str, tuple[str, str]]:
    """Verdict and reason of every case in a run's folder."""
    found = json.loads((folder / "results.json").read_text())
    return {one["id"]: (one["verdict"], one["reason"]) for one in found["cases"]}
