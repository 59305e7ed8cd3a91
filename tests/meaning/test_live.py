"""A conversation followed while it goes on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.meaning.test_understand import EVENTS
from tests.rework import replaying as r
from tests.trace.corpus import SYNTHETIC, load, talk
from ykt_sim.codes import Standard
from ykt_sim.meaning.cryptograms import check
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.live import NO_CHALLENGE, NO_TRANSACTION, Live, fold
from ykt_sim.meaning.understand import Stage
from ykt_sim.trace.model import Event, Exchange
from ykt_sim.wire.applications import Application


def blank(event: Exchange) -> Exchange:
    return Exchange(t=0.0, channel=event.channel, command=event.command, response=b"")


@pytest.mark.parametrize("name", SYNTHETIC)
def test_what_is_due_is_known_before_it_happens(name: str) -> None:
    """Dues of a command before its answer, and of an answer before it is given."""
    live, checked = Live(KeyRing()), list(check(load(name), KeyRing()))
    for item, event in zip(checked, load(name).events, strict=True):
        if isinstance(event, Exchange):
            sides = {"command": live.due(blank(event)), "response": live.due(event)}
            for verdict in item.verdicts:
                due = next(d for d in sides[verdict.side] if d.offset == verdict.offset)
                raw = getattr(event, verdict.side)
                assert due.value == raw[due.offset : due.offset + verdict.size], verdict.name
        live.take(event)


@settings(max_examples=80, deadline=None)
@given(st.lists(EVENTS, max_size=10), st.lists(EVENTS, min_size=1, max_size=3))
def test_asking_changes_nothing(before: list[Event], asked: list[Event]) -> None:
    quiet, curious = Live(KeyRing()), Live(KeyRing())
    for event in [*before, *asked]:
        for other in asked:
            if isinstance(other, Exchange):
                curious.due(other)
        assert repr(curious.take(event)) == repr(quiet.take(event))


def test_the_reasons_for_nothing_are_those_of_the_follower() -> None:
    live = Live(KeyRing())
    live.take(r.record(r.card(), r.EP).events[1])
    debit, update = bytes.fromhex(r.DEBIT), bytes.fromhex("04D6970006AABB00000000")
    found = [
        live.due(Exchange(t=0.0, channel="card", command=apdu, response=b""))[0].why
        for apdu in (debit, update)
    ]
    assert found == [NO_TRANSACTION, NO_CHALLENGE]


def test_where_a_conversation_stands() -> None:
    live = Live(KeyRing())
    assert (live.application, live.standard, live.phase) == (Application.NONE, None, Stage.IDLE)
    assert live.key("purchase") is None
    seen = []
    for event in r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT).events:
        live.take(event)
        seen.append((live.standard, live.phase, live.purse is not None))
    assert seen == [
        (None, Stage.IDLE, False),
        (Standard.TUNION, Stage.IDLE, False),
        (Standard.TUNION, Stage.INITIALISED, True),
        (Standard.TUNION, Stage.DEBITED, False),
    ]
    assert [factor.hex().upper() for factor in live.factors(Standard.TUNION)] == [
        "01011000FFFFFFFF", "5170000000000001"
    ]  # fmt: skip
    assert live.factors(Standard.LNT) == ()
    assert live.key("purchase") is not None


# -- folding ---------------------------------------------------------------------------------


def test_chains_of_both_kinds_become_one() -> None:
    trace = talk(
        "00A4040002AABB > 6103",
        "00C0000003 > 0102039000",
        "00B201C400 > 6C02",
        "00B201C402 > AABB9000",
        "0084000004 > 112233449000",
    )
    found = list(fold(trace.events))
    assert [(item.index, item.chained) for item in found] == [(0, True), (2, True), (4, False)]
    assert [item.event.response.hex() for item in found if isinstance(item.event, Exchange)] == [
        "0102039000", "aabb9000", "112233449000"
    ]  # fmt: skip
    assert [item.event.t for item in found] == [0.0, 2.0, 4.0]


def test_a_chain_that_the_psam_comes_between_keeps_its_place() -> None:
    trace = talk("00A4040002AABB > 6103", "sam 0084000004 > 9000", "00C0000003 > 0102039000")
    assert [(item.index, item.chained) for item in fold(trace.events)] == [(0, True), (1, False)]


@given(st.lists(EVENTS, max_size=15))
def test_folding_loses_no_event(events: list[Event]) -> None:
    found = list(fold(events))
    assert [item.index for item in found] == sorted({item.index for item in found})
    merged = len(events) - len(found)
    assert merged <= sum(isinstance(event, Exchange) for event in events)
    for item in found:
        if not item.chained:
            assert item.event == events[item.index]
