"""The forms of simulated terminals are written into the folder they are read from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ykt_conformance.ics import form as ics
from ykt_conformance.run import forms
from ykt_sim.profiles.terminals import terminal_profile_names


def test_what_is_written_is_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = {name: ics.load(name).text for name in terminal_profile_names()}
    monkeypatch.setattr(ics, "FORMS", tmp_path)
    assert forms.main() == 0
    assert {path.stem: path.read_text("utf-8") for path in tmp_path.iterdir()} == shipped
