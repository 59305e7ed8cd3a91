"""What a follower keeps between exchanges, and where two exchanges contradict each other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.meaning.test_understand import EVENTS
from tests.trace.corpus import SYNTHETIC, flipped, load
from ykt_sim.meaning.cryptograms import Status, check
from ykt_sim.meaning.follow import Follower
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.understand import understand
from ykt_sim.rework.diff import diff
from ykt_sim.trace.model import Event, Exchange, Header, Trace

BUS = "tunion-bus-tunion"


def mismatches(trace: Trace) -> list[tuple[int, str, str]]:
    return [
        (item.understood.index, place.name, place.why)
        for item in check(trace, KeyRing())
        for place in item.mismatches
    ]


@pytest.mark.parametrize("name", SYNTHETIC)
def test_golden_traces_do_not_contradict_themselves(name: str) -> None:
    assert mismatches(load(name)) == []


@pytest.mark.parametrize(
    ("offset", "name"),
    [
        (5, "random"), (9, "counter"), (11, "amount"), (15, "type"), (23, "key_version"),
        (24, "algorithm"), (25, "factor1"), (33, "factor2"),
    ],
)  # fmt: skip
def test_the_psam_must_be_told_what_the_card_said(offset: int, name: str) -> None:
    assert mismatches(flipped(load(BUS), 7, "command", offset)) == [
        (7, name, "not what the card said")
    ]


def test_the_card_must_get_the_psams_serial_number() -> None:
    found = mismatches(flipped(load(BUS), 9, "command", 5))
    assert found == [(9, "terminal_serial", "not what the PSAM gave")]


def test_a_psam_that_was_told_another_card_is_judged_by_that_card() -> None:
    """MAC1 is made for the factors in the command, and the card's own key is not lost."""
    trace = flipped(load(BUS), 7, "command", 32)
    found = {v.name: v.status for item in check(trace, KeyRing()) for v in item.verdicts}
    assert found["MAC1 from the PSAM"] is Status.WRONG
    assert found["TAC of composite purchase"] is Status.VALID


def test_groups() -> None:
    groups = [item.group for item in check(load("dual-load-point"), KeyRing())]
    assert groups == [0] * 6 + [1] * (len(groups) - 6)


def test_a_reset_ends_the_transaction() -> None:
    trace = load(BUS)
    events = (*trace.events[:8], trace.events[0], *trace.events[8:])
    verdicts = [
        v for item in check(Trace(header=Header(), events=events), KeyRing()) for v in item.verdicts
    ]
    debit = next(v for v in verdicts if v.side == "command" and v.name == "MAC1")
    assert debit.why == "its INITIALIZE is not in the trace"


def test_what_is_kept_is_bounded() -> None:
    """Three hundred purchases leave no more behind than twenty."""

    def kept(times: int) -> int:
        follower = Follower(KeyRing())
        purchase = [e for e in load(BUS).events if isinstance(e, Exchange)]
        events: list[Event] = []
        for number in range(times):
            for event in purchase:
                raw = event.response
                if event.command[:2] == b"\x80\x50":
                    raw = raw[:4] + number.to_bytes(2, "big") + raw[6:]
                events.append(
                    Exchange(t=0.0, channel=event.channel, command=event.command, response=raw)
                )
        for item in understand(events):
            follower.step(item)
        return len(follower._proofs)

    assert kept(20) == kept(300) > 0


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=10))
def test_any_exchanges_can_be_checked_and_compared(events: list[Event]) -> None:
    trace = Trace(header=Header(), events=tuple(events))
    checked = list(check(trace, KeyRing(), published=True))
    assert len(checked) == len(events)
    wrong = [v for item in checked for v in item.verdicts if v.status is Status.WRONG]
    odd = [place for item in checked for place in item.mismatches]
    assert diff(trace, trace, KeyRing(), KeyRing()).equal is not bool(wrong or odd)
    assert diff(trace, trace).equal is not bool(odd)


@settings(deadline=None)
@given(st.sampled_from(SYNTHETIC), st.data())
def test_altered_traces_can_be_checked(name: str, data: st.DataObject) -> None:
    trace = load(name)
    places = [at for at, event in enumerate(trace.events) if isinstance(event, Exchange)]
    for _ in range(3):
        index = data.draw(st.sampled_from(places))
        side = data.draw(st.sampled_from(["command", "response"]))
        size = len(getattr(trace.events[index], side))
        offset = data.draw(st.integers(0, size - 1))
        trace = flipped(trace, index, side, offset, data.draw(st.integers(1, 255)))
    assert len(list(check(trace, KeyRing()))) == len(trace.events)
    assert not diff(load(name), trace, KeyRing(), KeyRing()).equal or trace == load(name)


def test_the_keys_of_a_card_are_found_by_the_number_read_from_it() -> None:
    """At a load point no PSAM is told the number."""
    found = [v for item in check(load("dual-load-point"), KeyRing()) for v in item.verdicts]
    assert [v.status for v in found] == [Status.VALID] * 3
