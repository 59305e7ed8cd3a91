"""Chains of T=0 become one exchange."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.trace.model import Exchange, Note, Reset
from ykt_sim.trace.readers.base import Found
from ykt_sim.trace.readers.t0 import merge_t0

SELECT = "00A40000023F01"
GET = "00C0000010"


def exchange(
    command: str, answer: str, *, t: float = 0.0, ms: float | None = 1.5, channel: str = "card"
) -> Exchange:
    return Exchange(
        t=t,
        channel="sam" if channel == "sam" else "card",
        command=bytes.fromhex(command),
        response=bytes.fromhex(answer),
        duration_ms=ms,
    )


def merged(*events: Exchange | Note | Reset | Found) -> list[Found]:
    items = [event if isinstance(event, Found) else Found("s", event) for event in events]
    return list(merge_t0(iter(items)))


def one(*events: Exchange) -> Exchange:
    ((_, event),) = merged(*events)
    assert isinstance(event, Exchange)
    return event


def test_get_response() -> None:
    assert one(
        exchange(SELECT, "6110", t=1.0), exchange(GET, "AA" * 16 + "9000", t=2.0, ms=2.25)
    ) == exchange(SELECT, "AA" * 16 + "9000", t=1.0, ms=3.75)


def test_several_in_a_row() -> None:
    found = one(
        exchange(SELECT, "6104"),
        exchange("00C0000004", "010203046102"),
        exchange("00C0000002", "05066283"),
    )
    assert found.response.hex() == "0102030405066283"
    assert found.duration_ms == 4.5


@pytest.mark.parametrize(
    ("command", "fetch"),
    [("80CA9F7900", "00C0000010"), ("80CA9F7900", "80C0000010"), ("81CA9F7900", "01C0000010"),
     ("02B2010400", "02C0000000")],
)  # fmt: skip
def test_classes_that_belong_together(command: str, fetch: str) -> None:
    assert one(exchange(command, "6110"), exchange(fetch, "9000")).command.hex() == command.lower()


@pytest.mark.parametrize(
    ("command", "repeated"),
    [("00B0000000", "00B0000008"), ("00B2010C", "00B2010C08"),
     ("0088000002ABCD00", "0088000002ABCD08"), ("0088000002ABCD", "0088000002ABCD08")],
)  # fmt: skip
def test_the_right_le(command: str, repeated: str) -> None:
    found = one(exchange(command, "6C08"), exchange(repeated, "0102030405060708" + "9000", t=3.0))
    assert found.command.hex() == repeated.lower()
    assert (found.t, len(found.response), found.duration_ms) == (0.0, 10, 3.0)


def test_wrong_le_and_then_get_response() -> None:
    found = one(
        exchange("80CA9F7900", "6C09"), exchange("80CA9F7909", "6109"), exchange(GET, "AB9000")
    )
    assert (found.command.hex(), found.response.hex()) == ("80ca9f7909", "ab9000")


def test_no_duration_is_made_up() -> None:
    assert one(exchange(SELECT, "6110"), exchange(GET, "9000", ms=None)).duration_ms is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((SELECT, "6110"), ("00B0000000", "9000")),  # another command
        ((SELECT, "6110"), ("00C0010010", "9000")),  # parameters
        ((SELECT, "6110"), ("04C0000010", "9000")),  # another class
        ((SELECT, "6110"), (GET, "")),  # no answer
        ((SELECT, "6110"), (GET, "6C08")),  # GET RESPONSE itself with a wrong Le
        (("00B0000000", "6C08"), ("00B0000009", "9000")),  # another Le
        (("00B0000000", "6C08"), ("00B0010008", "9000")),  # another place
        (("00B0000000", "AA6C08"), ("00B0000008", "9000")),  # data where none can be
        ((SELECT, "9000"), (GET, "9000")),  # nothing to fetch
        ((SELECT, ""), (GET, "9000")),
    ],
)
def test_what_does_not_fit_stays(first: tuple[str, str], second: tuple[str, str]) -> None:
    events = [exchange(*first), exchange(*second)]
    assert [event for _, event in merged(*events)] == events


def test_get_response_with_a_wrong_le_keeps_all_bytes() -> None:
    found = merged(
        exchange(SELECT, "6110"), exchange("00C0000000", "6C10"), exchange(GET, "AB9000")
    )
    assert [event.response.hex() for _, event in found if isinstance(event, Exchange)] == [
        "6110",
        "ab9000",
    ]


def test_conversations_and_channels_do_not_mix() -> None:
    found = merged(
        Found("a", exchange(SELECT, "6110")),
        Found("b", exchange(GET, "9000")),
        Found("a", exchange(GET, "9001", channel="sam")),
        Found("a", exchange(GET, "9002")),
    )
    assert [(s, e.response.hex()) for s, e in found if isinstance(e, Exchange)] == [
        ("b", "9000"),
        ("a", "9001"),
        ("a", "9002"),
    ]


def test_other_events_end_a_chain_in_order() -> None:
    note = Note(t=0.0, text="x")
    reset = Reset(t=0.0, channel="card", atr=b"")
    first, second = exchange(SELECT, "6110"), exchange(GET, "9000")
    for other in (note, reset):
        assert [event for _, event in merged(first, other, second)] == [first, other, second]
    assert [event for _, event in merged(first)] == [first]


def test_a_stream_of_any_length_is_passed_on() -> None:
    def endless() -> Iterator[Found]:
        number = 0
        while True:
            number += 1
            yield Found(f"session {number}", exchange(SELECT, "6110"))

    assert len(list(islice(merge_t0(endless()), 2000))) == 2000


def test_an_endless_chain_is_not_collected() -> None:
    events = [exchange(SELECT, "61FF"), *([exchange(GET, "00" * 255 + "61FF")] * 600)]
    assert max(len(e.response) for _, e in merged(*events) if isinstance(e, Exchange)) < 70_000


pieces = st.sampled_from(
    [
        (SELECT, "6104"),
        (GET, "ABCD9000"),
        (GET, "AB6101"),
        ("00B0000000", "6C02"),
        ("00B0000002", "EF019000"),
        (SELECT, ""),
        (GET, "6C01"),
    ]
)


@given(st.lists(st.tuples(pieces, st.sampled_from("ab")), max_size=20))
def test_no_data_is_lost_or_doubled(chosen: list[tuple[tuple[str, str], str]]) -> None:
    items = [Found(session, exchange(*piece)) for piece, session in chosen]
    found = list(merge_t0(iter(items)))
    for session in "ab":
        before = [e.response[:-2] for s, e in items if s == session and isinstance(e, Exchange)]
        after = [e.response[:-2] for s, e in found if s == session and isinstance(e, Exchange)]
        assert b"".join(after) == b"".join(before)
    assert [e.t for _, e in found] == [0.0] * len(found)
