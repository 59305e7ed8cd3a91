"""Some dozen of the thousands of kills that the tool makes by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: None by a timer: when it ends is nobody's choice, and a test is the same each time.
WORDS = ("--number", "44", "--seed", "3", "--clock", "0")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of a process")
def test_nothing_is_lost_by_a_kill_or_a_bad_disk() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "tests.tools.kills", *WORDS],
        cwd=ROOT, capture_output=True, check=False, text=True, timeout=600,
    )  # fmt: skip
    said = json.loads(found.stdout)
    assert said["wrong"] == []
    assert said["kills"] >= 44
    assert found.returncode == 0
