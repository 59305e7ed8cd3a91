"""Times with a way in them: known, unknown, and known with a spread."""

from __future__ import annotations

import pytest

from tests.transport.test_calibrate import some
from ykt_conformance.cases.card.power import CASES
from ykt_conformance.ics.form import load
from ykt_conformance.judge.verdict import Fault, Found, Held, Unproven
from ykt_conformance.judge.view import View
from ykt_conformance.judge.way import UNKNOWN, WAY, Bounds, card_time, decide, note_of
from ykt_sim.bench.make import open_sim_card
from ykt_sim.trace.model import Event, Exchange, Note, Reset

COMMANDS = (
    "00A4040008A000000632010105", "805003020B0100000064010203040506",
)  # fmt: skip


def view(ms: float, note: dict[str, object] | None) -> View:
    events: list[Event] = [] if note is None else [Note(t=0.0, text=WAY, data=note)]
    link = open_sim_card("tunion", seed=1, balance=1000)
    events.append(Reset(t=0.0, channel="card", atr=link.power_on()))
    for text in COMMANDS:
        apdu = bytes.fromhex(text)
        events.append(
            Exchange(t=0.0, channel="card", command=apdu, response=link.transmit(apdu),
                     duration_ms=ms)
        )  # fmt: skip
    return View(tuple(events), load("tunion").values)


def bounds(ms: float, note: dict[str, object] | None) -> Bounds | None:
    seen = view(ms, note)
    return card_time(seen.card, seen.noted(WAY))


def test_at_the_card_itself_time_is_exact() -> None:
    assert bounds(5.0, None) == Bounds(10.0, 10.0, 0.0)


def test_without_a_calibration_only_the_most_is_known() -> None:
    assert note_of(None) == {"basis": UNKNOWN}
    assert bounds(5.0, note_of(None)) == Bounds(0.0, 10.0, None)


def test_with_one_the_way_is_taken_off_within_its_spread() -> None:
    found = bounds(5.0, note_of(some()))
    assert found is not None
    size = sum(len(call.raw) + len(call.response.data) + 2 for call in view(5.0, None).card)
    way = 2 * 1.0 + 0.01 * size
    assert found.way == pytest.approx(way)
    assert (found.low, found.high) == (
        pytest.approx(10.0 - way - 0.4), pytest.approx(10.0 - way + 0.4),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "way", "kind"),
    [
        (1.0, 2.0, 0.5, Held),
        (1.0, 10.0, 0.5, Held),
        (9.0, 10.1, 0.5, Unproven),
        (0.0, 10.1, None, Unproven),
        (10.1, 11.0, 0.5, Fault),
        (10.1, 10.1, 0.0, Fault),
    ],
)
def test_a_limit_between_the_bounds_decides_nothing(
    low: float, high: float, way: float | None, kind: type
) -> None:
    found = Bounds(low, high, way).against(10, "it took", 3)
    assert isinstance(found, kind)
    assert "claimed are 10 ms" in found.reason
    if isinstance(found, Fault):
        assert (found.event, found.expected) == (3, "10 ms")
    if isinstance(found, Unproven):
        assert "calibrate" in found.reason


def test_a_fault_outweighs_doubt_and_doubt_what_held() -> None:
    fault, doubt, held = Fault("f"), Unproven("u"), Held("h")
    every: list[tuple[list[Found], Found]] = [
        ([held, doubt, fault], fault), ([held, doubt], doubt), ([held, Held("2")], held),
        ([], Unproven("nothing")),
    ]  # fmt: skip
    for found, expected in every:
        assert decide(iter(found), "nothing") == expected


def test_the_card_case_uses_it() -> None:
    case = next(case for case in CASES if case.id == "C-2001")
    assert case.judge(view(5.0, None)) == Unproven("the trace has no finished composite purchase")
