"""Two traces are equal when they mean the same; one altered byte is found and named."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from random import Random  # noqa: TID251 - seeded in each test

import msgspec
import pytest

from tests.trace.corpus import RECORDED, SYNTHETIC, flipped, load, with_bytes
from tests.trace.turns import turns
from ykt_sim.errors import TraceError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.rework import diff as module
from ykt_sim.rework.changes import Change, Difference
from ykt_sim.rework.diff import diff
from ykt_sim.trace.model import Event, Exchange, Header, Note, Reset, Trace

BUS = "tunion-bus-tunion"


def compare(a: Trace, b: Trace) -> Difference:
    return diff(a, b, KeyRing(), KeyRing())


def places(trace: Trace) -> list[tuple[int, str, int]]:
    return [
        (index, side, offset)
        for index, event in enumerate(trace.events)
        if isinstance(event, Exchange)
        for side in ("command", "response")
        for offset in range(len(getattr(event, side)))
    ]


def names(found: Difference, index: int, side: str, offset: int) -> bool:
    """True when a change names this byte."""
    return any(
        change.a == change.b == index
        and change.side == side
        and change.offset is not None
        and change.size is not None
        and change.offset <= offset < change.offset + change.size
        for change in found.changes
    )


#: Bytes that may be altered without changing what a composite purchase means: none.
EXCEPTIONS: set[tuple[int, str, int]] = set()


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_every_altered_byte_of_a_composite_purchase_is_named(mask: int) -> None:
    trace = load(BUS)
    everywhere = places(trace)
    assert len(everywhere) == 453
    missed = {
        (index, side, offset)
        for index, side, offset in everywhere
        if not names(compare(trace, flipped(trace, index, side, offset, mask)), index, side, offset)
    }
    assert missed == EXCEPTIONS


@pytest.mark.parametrize("name", [*SYNTHETIC, *RECORDED])
def test_a_trace_equals_itself(name: str) -> None:
    found = compare(load(name), load(name))
    assert found.equal
    assert found.excused == found.unproven == 0
    assert found.compared == len(load(name).events)


def retaken(name: str, random: str) -> Trace:
    """The same purchase as if the card had drawn another random, all codes made anew."""
    from ykt_sim.meaning.follow import Follower  # noqa: PLC0415
    from ykt_sim.meaning.understand import understand  # noqa: PLC0415

    trace = load(name)
    events: list[Event] = []
    old = ""
    for event in trace.events:
        if isinstance(event, Exchange) and event.command[:2] == b"\x80\x50":
            old = event.response[11:15].hex()
        if isinstance(event, Exchange) and old:
            new = {
                side: bytes.fromhex(getattr(event, side).hex().replace(old, random))
                for side in ("command", "response")
            }
            event = msgspec.structs.replace(event, **new)  # noqa: PLW2901
        events.append(event)
    follower = Follower(KeyRing())
    for item in understand(list(events)):
        dues, _ = follower.step(item)
        for due in dues:
            event = events[item.index]
            data = bytearray(getattr(event, due.side))
            assert due.value is not None
            data[due.offset : due.offset + 4] = due.value
            events[item.index] = msgspec.structs.replace(event, **{due.side: bytes(data)})
    notes = [event for event in events if not isinstance(event, Note)]
    return msgspec.structs.replace(trace, events=tuple(notes))


def without_notes(trace: Trace) -> Trace:
    events = tuple(event for event in trace.events if not isinstance(event, Note))
    return msgspec.structs.replace(trace, events=events)


def test_other_randoms_and_codes_are_no_difference() -> None:
    first, again = without_notes(load(BUS)), retaken(BUS, "c0ffee11")
    assert first != again
    found = compare(first, again)
    assert found.changes == ()
    # random twice, MAC1 twice, MAC2 twice; no random goes under the TAC
    assert found.excused == 6


def test_without_keys_they_are_unproven() -> None:
    found = diff(without_notes(load(BUS)), retaken(BUS, "c0ffee11"))
    assert found.equal
    assert (found.excused, found.unproven) == (2, 4)


def test_without_keys_a_code_that_differs_alone_is_a_difference() -> None:
    trace = load("dual-load-point")
    found = diff(trace, flipped(trace, 6, "response", 14))
    assert [change.field for change in found.changes] == ["mac1"]


def test_a_wrong_code_is_a_difference_even_where_both_have_it() -> None:
    wrong = flipped(load("dual-load-point"), 6, "response", 14)
    found = compare(wrong, wrong)
    assert [(change.kind, change.field, change.why) for change in found.changes] == [
        ("code", "MAC1 of load", "wrong in the first trace"),
        ("code", "MAC1 of load", "wrong in the second trace"),
    ]
    assert diff(wrong, wrong).equal


def test_times_do_not_count() -> None:
    trace = load(BUS)
    slow = tuple(
        msgspec.structs.replace(e, t=9.0, duration_ms=80.0) if isinstance(e, Exchange) else e
        for e in trace.events
    )
    assert compare(trace, msgspec.structs.replace(trace, events=slow)).equal


def test_a_missing_and_an_extra_exchange_are_named() -> None:
    trace = load(BUS)
    shorter = msgspec.structs.replace(trace, events=(*trace.events[:3], *trace.events[4:]))
    (missing,) = compare(trace, shorter).changes
    assert (missing.kind, missing.a, missing.b) == ("missing", 3, None)
    assert str(missing) == "only in the first trace: event 3, READ BINARY EF 17"
    (extra,) = compare(shorter, trace).changes
    assert str(extra) == "only in the second trace: event 3, READ BINARY EF 17"


def test_what_differs_is_told_with_both_values() -> None:
    found = compare(load("lnt-bus-legacy"), load("lnt-bus-upgraded"))
    told = {change.field: (change.value_a, change.value_b) for change in found.changes}
    assert told["balance"] == ("5000", "4810")
    assert told["type"] == ("02 EP_LOAD", "06 EP_PURCHASE")
    assert not {"random", "mac1", "mac2", "tac", "counter", "terminal_serial"} & set(told)


def test_a_counter_of_the_log_must_follow_the_purse() -> None:
    """The second trace's log is one ahead of its purse's counter."""
    trace = load("lnt-bus-legacy")
    event = trace.events[4]
    assert isinstance(event, Exchange)
    ahead = with_bytes(trace, 4, "response", b"\x00\x02" + event.response[2:])
    (change,) = compare(trace, ahead).changes
    assert (change.field, change.value_a, change.value_b) == ("counter", "1", "2")


def test_answers_of_other_lengths_are_compared_field_by_field() -> None:
    found = compare(load(BUS), load("dual-bus-tunion"))
    told = [(c.field, c.value_a, c.value_b) for c in found.changes if c.a == 1]
    assert told[:3] == [
        ("response length", "50 bytes", "77 bytes"),
        ("4F aid", "A000000632010105", "A000000632010106"),
        ("50 label", "MOT_T_EP", "MOT_T_CASH"),
    ]
    assert ("4F aid", "-", "A000000632010105") in told


def test_notes_are_compared_by_their_fields() -> None:
    trace = load(BUS)
    note = trace.events[-2]
    assert isinstance(note, Note)
    changed = msgspec.structs.replace(note, data={**note.data, "outcome": "refused"})
    other = msgspec.structs.replace(trace, events=(*trace.events[:-2], changed, trace.events[-1]))
    (change,) = compare(trace, other).changes
    assert str(change) == "event 11, note decision: outcome: accepted -> refused"


@pytest.mark.parametrize("field", ["tac", "mac2", "counter", "terminal_serial"])
def test_a_noted_code_must_be_one_of_the_trace(field: str) -> None:
    trace = load(BUS)
    note = trace.events[-1]
    assert isinstance(note, Note)
    value = 77 if field == "counter" else "DEADBEEF"
    changed = msgspec.structs.replace(note, data={**note.data, field: value})
    other = msgspec.structs.replace(trace, events=(*trace.events[:-1], changed))
    assert [change.field for change in compare(trace, other).changes] == [field]


def test_plain_data() -> None:
    data = compare(load(BUS), flipped(load(BUS), 5, "response", 3)).to_json()
    assert data["equal"] is False
    (change,) = data["changes"]  # type: ignore[misc]
    assert change["field"] == "balance"  # type: ignore[index]
    assert change["offset"] == 3  # type: ignore[index]
    empty = Change("missing", 3, None, "x").to_json()
    assert empty == {"kind": "missing", "a": 3, "b": None, "what": "x"}


def test_a_long_trace() -> None:
    """Three thousand events against as many others, nothing in common but the kind."""
    trace = load(BUS)
    many = msgspec.structs.replace(trace, events=trace.events[1:11] * 300)
    other = load("lnt-bus-legacy")
    others = msgspec.structs.replace(other, events=other.events[1:10] * 300)
    found = diff(many, others)
    assert not found.equal
    assert found.compared < 3000


@pytest.mark.parametrize(("value", "differs"), [(77, []), ("first", ["sequence"])])
def test_terminals_number_their_records_themselves(value: object, differs: list[str]) -> None:
    trace = load(BUS)
    note = trace.events[-1]
    assert isinstance(note, Note)
    changed = msgspec.structs.replace(note, data={**note.data, "sequence": value})
    other = msgspec.structs.replace(trace, events=(*trace.events[:-1], changed))
    assert [change.field for change in compare(trace, other).changes] == differs


# -- recordings from which something is missing -------------------------------------------


def without(trace: Trace, places: set[int]) -> Trace:
    events = tuple(event for at, event in enumerate(trace.events) if at not in places)
    return msgspec.structs.replace(trace, events=events)


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("count", [2, 10])
def test_events_that_were_deleted_are_the_differences(count: int, *, keyed: bool) -> None:
    """Wherever they stood, each is said once and nothing else is."""
    trace = turns(10, 3)
    for seed in range(3):
        places = set(Random(seed).sample(range(len(trace.events)), count))  # noqa: S311 - seeded
        rings = (KeyRing(), KeyRing()) if keyed else ()
        found = diff(trace, without(trace, places), *rings)
        assert {change.a for change in found.changes} == places
        assert {change.kind for change in found.changes} == {"missing"}
        assert len(found.changes) == count


def test_a_tap_that_is_missing_from_another_recording_is_found() -> None:
    """All randoms and codes are new in the other one, so the card's number must tell."""
    whole = turns(6)
    other = turns(6, seed=2)
    starts = [at for at, event in enumerate(other.events) if isinstance(event, Reset)]
    third = set(range(starts[3], starts[4]))  # the PSAM's reset comes first
    found = diff(whole, without(other, third), KeyRing(), KeyRing())
    gone = [change for change in found.changes if change.kind == "missing"]
    assert {change.a for change in gone} == third
    assert len(found.changes) <= len(third) + 2


def test_two_events_that_changed_places() -> None:
    trace = turns(10)
    at = next(at for at, event in enumerate(trace.events) if at > 40 and isinstance(event, Reset))
    events = list(trace.events)
    events[at + 1], events[at + 2] = events[at + 2], events[at + 1]
    found = diff(trace, msgspec.structs.replace(trace, events=tuple(events)))
    assert len(found.changes) == 2


def test_more_changes_than_are_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = turns(6)
    places = set(range(20, 40))
    monkeypatch.setattr(module, "MAX_CHANGES", 5)
    found = diff(trace, without(trace, places))
    assert len(found.changes) == 5
    assert found.unlisted == 15
    assert not found.equal


def test_events_are_not_kept() -> None:
    """Memory is bounded by what is found: events come from somewhere else each time.

    What is remembered of exchanges has a bound of its own, which both of these are beyond.
    """

    class Again:
        def __init__(self, trace: Trace) -> None:
            self.events = trace.events

        def __iter__(self) -> Iterator[Event]:
            for event in self.events:
                yield msgspec.structs.replace(event)

    peaks: list[int] = []
    sizes: list[int] = []
    for days in (10, 30):
        trace = turns(days, 20)
        tracemalloc.start()
        found = diff(Again(trace), Again(trace), KeyRing(), KeyRing())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(len(trace.events))
        assert found.equal
        assert found.compared == len(trace.events)
    assert peaks[1] - peaks[0] < 1000 * (sizes[1] - sizes[0])


def _deferred(count: int, numbers: Random) -> Trace:
    """Each tap draws a challenge that has nothing to do with another trace."""
    events: list[Event] = []
    for number in range(count):
        answer = numbers.randbytes(8) + b"\x90\x00"
        events.append(Exchange(t=float(number), channel="card", command=CHALLENGE, response=answer))
    return Trace(header=Header(), events=tuple(events))


CHALLENGE = bytes.fromhex("0084000008")


@pytest.mark.parametrize("count", [1, 40])
def test_deletions_from_ten_thousand_events_are_the_differences(count: int) -> None:
    trace = _deferred(10_000, Random(7))  # noqa: S311 - seeded
    places = set(Random(count).sample(range(10_000), count))  # noqa: S311 - seeded
    found = diff(trace, without(trace, places))
    assert {change.a for change in found.changes} == places
    assert (len(found.changes), found.loose) == (count, 0)


def test_traces_with_nothing_in_common_are_paired_part_by_part_and_that_is_said() -> None:
    """Randoms that differ are excused; that more may differ than must is said."""
    first, second = (_deferred(2_000, Random(seed)) for seed in (1, 2))  # noqa: S311 - seeded
    found = diff(first, second)
    assert (found.compared, found.changes) == (2_000, ())
    assert found.loose == found.to_json()["loose"] == 4_000
    same = diff(first, first)
    assert same.loose == 0
    assert "loose" not in same.to_json()


def test_what_grows_with_each_event_is_a_few_numbers() -> None:
    """Between two lengths: what is kept to pair the events, and nothing of the events."""

    def peak(count: int) -> int:
        first = _deferred(count, Random(1))  # noqa: S311 - seeded
        second = without(first, {7, count // 2})
        tracemalloc.start()
        diff(first, second)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(3_000) - peak(1_000) < 2_000 * BYTES_FOR_AN_EVENT


#: Of both traces together; an event itself takes some 300, and understood ten times that.
BYTES_FOR_AN_EVENT = 700


def test_what_may_be_excused_is_counted_where_it_is_too_much_to_keep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = [compare(load(BUS), load("tunion-metro-exit")), diff(turns(3, 2), turns(3, 2, seed=2))]
    monkeypatch.setattr(module, "MAX_CHANGES", 1)
    less = [compare(load(BUS), load("tunion-metro-exit")), diff(turns(3, 2), turns(3, 2, seed=2))]
    for all_of_it, part in zip(whole, less, strict=True):
        assert len(all_of_it.changes) == len(part.changes) + part.unlisted
        assert len(part.changes) <= 1
        assert (all_of_it.excused, all_of_it.unproven, all_of_it.equal) == (
            part.excused, part.unproven, part.equal,
        )  # fmt: skip


def test_events_that_are_gone_the_second_time() -> None:
    with pytest.raises(TraceError, match="changed"):
        diff(iter(turns(2).events), turns(2))
