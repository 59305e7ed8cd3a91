"""Some dozen of the thousands of kills that the tool makes by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of a process")
def test_nothing_is_lost_by_a_kill() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "tests.tools.kill_sweep", "--step", "8", "--pairs", "4"],
        cwd=ROOT, capture_output=True, check=False, text=True, timeout=300,
    )  # fmt: skip
    assert found.stderr == ""
    said = json.loads(found.stdout)
    assert said["wrong"] == []
    assert said["kills"] >= 24
    assert all(said["by"].values())
    assert found.returncode == 0
