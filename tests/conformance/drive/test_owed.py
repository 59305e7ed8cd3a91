"""What a card must hold to pass, after all that is given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.terminals import plan_of
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.ics import form as ics
from ykt_conformance.run.terminal import SimTarget


def bench_of(name: str) -> TerminalBench:
    plan = plan_of(ics.load(name))
    return TerminalBench(
        plan.ics.values, SimTarget(f"sim:{name}", plan).open("t"), plan.rng("t"), plan.limits
    )


@pytest.mark.parametrize(
    ("name", "wishes", "fen"),
    [
        ("metro-exit", {}, 400),
        ("metro-exit", {"month": ("202506", 9000)}, 320),
        ("metro-exit", {"month": ("202506", 30_000)}, 200),
        ("metro-exit", {"month": ("202505", 30_000)}, 400),
        ("metro-exit", {"gate": ("00010005", "010000220105")}, 300),
        ("metro-exit", {"changes": ("2701.entry_station:digit7",)}, 700),
        ("metro-exit", {"ride": "none"}, 400),  # refused: what a usual card must hold
        ("bus-board", {"ride": "inside", "marked": 1234}, 1434),
        ("bus-tunion", {"trip_city": "3010", "trip_line": "00990000000001"}, 100),
    ],
)
def test_the_model_says_how_much(name: str, wishes: dict[str, Any], fen: int) -> None:
    assert bench_of(name).owed("tunion", **wishes) == fen
