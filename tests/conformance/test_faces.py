from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from inspect import isclass, isfunction
from pathlib import Path

import pytest

import ykt_conformance

ROOM = Path(ykt_conformance.__file__).parent
ROOMS = sorted(path.parent.name for path in ROOM.glob("*/__init__.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_offers_is_there_and_its_own(room: str) -> None:
    face = import_module(f"ykt_conformance.{room}")
    assert len(face.__all__) > 1
    for name in face.__all__:
        assert not (ROOM / room / f"{name}.py").exists(), "a module would hide it"
        found = getattr(face, name)
        if isclass(found) or isfunction(found):
            assert found.__module__.startswith(f"{face.__name__}."), name
    assert "must not know" in face.__doc__.lower().replace("\n", " ")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = face.nothing


def test_a_face_costs_nothing_until_it_is_used() -> None:
    rooms = ", ".join(f"ykt_conformance.{room}" for room in ROOMS)
    code = f"import sys, {rooms}; print(*[n for n in sys.modules if n.startswith('ykt_')])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(said.stdout.split())
    assert loaded >= set(rooms.split(", "))
    assert not [name for name in loaded if name.count(".") > 1 or name == "ykt_sim.codes"]
