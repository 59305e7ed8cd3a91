"""Faces: names that are imported when they are asked for."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

FACES = ["ykt_sim"] + [
    f"ykt_sim.{room}" for room in ("bench", "crypto", "meaning", "profiles", "rework", "trace")
]


def typed(face: str) -> dict[str, str]:
    """Names that a face gives to type checkers, with the modules they are from."""
    source = importlib.import_module(face).__file__
    assert source is not None
    found = {}
    for node in ast.walk(ast.parse(Path(source).read_text("utf-8"))):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                assert isinstance(line, ast.ImportFrom)
                found |= {alias.name: str(line.module) for alias in line.names}
    return found


@pytest.mark.parametrize("face", FACES)
def test_what_type_checkers_see_is_what_there_is(face: str) -> None:
    room = importlib.import_module(face)
    names = typed(face)
    assert sorted(set(room.__all__) - {"__version__"}) == sorted(names)
    for name, module in names.items():
        assert getattr(room, name) is getattr(importlib.import_module(module), name), name
    with pytest.raises(AttributeError, match=f"module '{face}' has no attribute 'nothing'"):
        _ = room.nothing


@pytest.mark.parametrize("face", FACES)
def test_no_name_hides_a_module_of_the_room(face: str) -> None:
    room = importlib.import_module(face)
    modules = {found.name for found in pkgutil.iter_modules(room.__path__)}
    hidden = set(room.__all__) & modules
    assert not hidden, "whether it is the module or the name would depend on what came first"


def test_a_face_costs_nothing_until_it_is_used() -> None:
    code = (
        "import sys\n"
        "import ykt_sim, ykt_sim.bench.files, ykt_sim.trace.model\n"
        "heavy = {'ykt_sim.card', 'ykt_sim.terminal', 'ykt_sim.sam', 'ykt_sim.wire',"
        " 'ykt_sim.transport', 'cryptography'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "ykt_sim.make_card\n"
        "print('ykt_sim.card' in sys.modules, 'make_card' in vars(ykt_sim))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True True"]
