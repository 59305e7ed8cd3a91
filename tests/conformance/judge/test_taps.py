from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import support as s
from tests.conformance.judge.test_view import DEBIT, INIT, SELECT
from ykt_conformance.judge.taps import SeenTap, good, keys_of, marked, of, signed, taps
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS
from ykt_sim.trace.model import Event, Note, Removed

READ = ("00B0950000", "6A82")
GONE = Removed(t=0, channel="card")


def note(text: str, **data: Any) -> Note:
    return Note(t=0, text=text, data=data)


def view(*parts: Event | tuple[str, str] | str) -> View:
    events: list[Event] = []
    for part in parts:
        events += s.events_of(part) if isinstance(part, str | tuple) else (part,)
    return View(tuple(events), {})


def suite_view(**mark: Any) -> View:
    return view(
        note("case", id="T-9001"),
        note("tap", number=3, role="control", card="A", clock="20250601081733", amount=0, **mark),
        note("card", when="before", total=5000, factors={"tunion": ["0220581000000000", "00" * 8]}),
        "reset", SELECT, INIT, DEBIT,
        note("decision", outcome="accepted", amount=100, code=""),
        note("clearing", amount=100),
        note("card", when="after", total=4900),
        note("timing", transport_ms=2, spread_ms=0.5),
        note("tap", number=4, role="again", card="A"),
        note("timing", transport_ms=None, spread_ms=0.5),
    )  # fmt: skip


def one(seen: View) -> SeenTap:
    (found,) = taps(seen)
    return found


def test_a_tap_of_the_suite_is_what_its_notes_say() -> None:
    tap = one(suite_view())  # the second was begun, and nothing was said in it
    assert (tap.number, tap.role, tap.card, tap.clock) == (3, "control", "A", "20250601081733")
    assert (tap.name, tap.outcome, tap.code, tap.passed) == (
        "tap 3 (control)",
        "accepted",
        "",
        True,
    )
    assert (tap.start, tap.end) == (1, 11)
    assert (tap.clearing, tap.dispute, tap.moved) == ({"amount": 100}, None, -100)
    assert (tap.transport_ms, tap.spread_ms) == (2.0, 0.5)
    assert [call.index for call in tap.commits] == [6]
    assert tap.calls_of(INS.SELECT) == tap.calls[:1]
    assert [signed(tx) for tx in tap.committed] == [-100]


def test_a_spread_without_a_way_is_nothing() -> None:
    seen = view(note("tap", number=1), "reset", SELECT, note("timing", spread_ms=0.5))
    assert (one(seen).transport_ms, one(seen).spread_ms) == (None, None)


def test_a_word_outweighs_what_the_card_did() -> None:
    refused = view(note("tap", number=1), "reset", SELECT, INIT, DEBIT,
                   note("decision", outcome="refused", code="2449"))  # fmt: skip
    assert (one(refused).passed, one(refused).code) == (False, "2449")
    silent = view("reset", SELECT, INIT, DEBIT)
    assert (one(silent).passed, one(silent).outcome, one(silent).moved) == (True, "", None)
    assert one(silent).name == "tap 1"
    assert not one(view("reset", SELECT, INIT)).passed


@pytest.mark.parametrize(
    ("parts", "spans"),
    [
        # Without decisions every reset begins one.
        (("reset", SELECT, "reset", SELECT), [(0, 2), (2, 4)]),
        ((SELECT, READ), [(0, 2)]),
        # With decisions a reset in the middle is part of the tap; one after it begins the next.
        (("reset", SELECT, "reset", READ, note("decision", outcome="accepted"), "reset", SELECT),
         [(0, 5), (5, 7)]),
        (("reset", SELECT, GONE, "reset", READ, note("decision", outcome="accepted")), [(0, 6)]),
    ],
)  # fmt: skip
def test_taps_of_other_recordings(
    parts: tuple[Event | tuple[str, str] | str, ...], spans: list[tuple[int, int]]
) -> None:
    found = taps(view(*parts))
    assert [(tap.start, tap.end) for tap in found] == spans
    assert [tap.number for tap in found] == list(range(1, len(spans) + 1))


def test_roles_and_marks() -> None:
    assert marked(suite_view())
    assert not marked(view("reset", SELECT))
    assert [tap.number for tap in of(suite_view(), "control")] == [3]
    assert of(suite_view(), "mutant", "again") == ()
    assert len(of(view("reset", SELECT), "control")) == 1
    assert len(good(suite_view())) == 1
    assert good(suite_view(mutation="no MAC")) == ()
    torn = view(note("tap", number=1, role="torn"), "reset", SELECT)
    assert good(torn) == ()


def test_keys_of_a_card_are_those_of_its_tap_alone() -> None:
    seen = suite_view()
    ring = keys_of(seen, one(seen))
    assert ring.get("tunion", "purchase") is not None
    assert seen.keys.get("tunion", "purchase") is None
    said = view("reset", SELECT)
    assert keys_of(said, one(said)).get("tunion", "purchase") != ring.get("tunion", "purchase")
