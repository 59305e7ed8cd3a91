from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_pytest(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_one_item_per_case() -> None:
    done = run_pytest("conformance/ykt_conformance/cases/card/selection.py", "--target", "sim:lnt")
    assert done.returncode == 0, done.stdout
    assert "PASSED conformance/ykt_conformance/cases/card/selection.py::C-0102" in done.stdout
    assert "C-0101" not in done.stdout.replace("::C-0101", "")  # skipped ones have no verdict
    assert "does not apply: tunion" in done.stdout


def test_a_card_that_is_not_what_its_ics_says_fails() -> None:
    words = ("conformance", "--target", "sim:lnt", "--ics", "tunion", "-k", "C-0101")
    done = run_pytest(*words)
    assert done.returncode == 1
    assert "FAILED conformance/ykt_conformance/cases/card/selection.py::C-0101" in done.stdout
    assert "FAIL: " in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name what is tested"),
        (("--target", "tcp:localhost:1"), "give --ics"),
        (("--target", "sim:nix"), "nix"),
    ],
)
def test_wrong_words_are_usage_errors(words: tuple[str, ...], said: str) -> None:
    done = run_pytest("conformance", *words)
    assert done.returncode == 4
    assert said in done.stderr
