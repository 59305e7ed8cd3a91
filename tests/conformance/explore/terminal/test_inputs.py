"""Scenes of what a terminal reads: from the layouts, told and untold, and of many alike."""

from __future__ import annotations

import pytest

from ykt_conformance.drive.altered import WRITTEN
from ykt_conformance.explore.terminal import read_scene
from ykt_conformance.explore.terminal.inputs import inputs
from ykt_conformance.ics import form as forms


def found(name: str) -> list[str]:
    return ["; ".join(steps) for steps in inputs(forms.load(name).values)]


@pytest.mark.parametrize("name", ["metro-exit", "bus-board", "bus-tunion", "bus-legacy"])
def test_every_scene_can_be_read(name: str) -> None:
    assert all(read_scene(scene) for scene in found(name))


@pytest.mark.parametrize(("name", "record"), [("metro-exit", "2701"), ("bus-alight", "2702")])
def test_every_field_of_every_record_is_another_once(name: str, record: str) -> None:
    scenes = " ".join(found(name))
    for file in (record, "19", "1E"):
        for spec in WRITTEN[file].LAYOUT:
            if spec.name not in ("id", "length"):
                assert f"alter={file}.{spec.name}:" in scenes, spec.name
    assert "alter=15.issuer:digit0" in scenes


def test_a_card_does_not_tell_what_the_one_before_told() -> None:
    scenes = found("metro-exit")
    assert any("month=20001" in scene and "tap B hear=ef1a:none" in scene for scene in scenes)
    assert any("before=30" in scene and "tap B hear=ef1e:zero" in scene
               for scene in found("bus-tunion"))  # fmt: skip


def test_balances_lie_on_both_sides_of_what_is_owed_after_each_discount() -> None:
    scenes = found("metro-exit")
    for wish in ("month=8001", "month=20001", "ride=inside station=1"):
        assert any(f"{wish} balance=owed-1" in scene and f"{wish} balance=owed;" in scene
                   for scene in scenes), wish  # fmt: skip


def test_six_alike_come_before_another() -> None:
    many = [scene for scene in found("bus-upgraded") if scene.count("card") == 8]
    assert any(scene.count(" tunion") == 7 and "card G dual" in scene for scene in many)
