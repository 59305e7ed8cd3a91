"""Ways to run the command line: in this process, and as a real child process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ykt_sim.cli.kit import progress
from ykt_sim.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., Result]
Child = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`ykt WORDS...` in this process; ``stdin`` gives the input.

    However slow the machine is, no progress is told unless a test asks for it.
    """
    monkeypatch.setattr(progress, "AFTER", 3600.0)

    def call(*words: str, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(cli, list(words), input=stdin, prog_name="ykt")
        assert "Traceback" not in result.output
        return result

    return call


@pytest.fixture
def child() -> Child:
    """`python -m ykt_sim.cli.main WORDS...` as a child; ``env`` changes its environment."""

    def call(
        *words: str, stdin: bytes = b"", env: dict[str, str] | None = None, cwd: Path = ROOT
    ) -> subprocess.CompletedProcess[bytes]:
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "-m", "ykt_sim.cli.main", *words],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
            cwd=cwd,
            env={**surroundings, **(env or {})},
        )

    return call
