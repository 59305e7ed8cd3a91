"""Moments that move together."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.corpus import load
from ykt_sim.errors import UsageError
from ykt_sim.meaning.classes import ByteClass
from ykt_sim.meaning.understand import Piece, understand
from ykt_sim.rework.moving import Move, move_to
from ykt_sim.trace.model import Header, Trace

BEGUN = datetime(2024, 11, 1, 8, 0, 0)  # noqa: DTZ001 - a terminal's local time


def move(**span: float) -> Move:
    return Move(timedelta(**span), BEGUN)


def piece(name: str, digits: str, offset: int = 0) -> Piece:
    raw = bytes.fromhex(digits)
    return Piece(offset, len(raw), name, ByteClass.DATE, raw, raw)


def moved(found: Move, *pieces: tuple[str, str]) -> list[str]:
    placed, at = [], 0
    for name, digits in pieces:
        placed.append(piece(name, digits, at))
        at += len(digits) // 2
    return [raw.hex().upper() for _, raw in found.pieces(placed)]


@pytest.mark.parametrize(
    ("span", "before", "after"),
    [
        ({"days": 1}, "20241231235959", "20250101235959"),
        ({"seconds": 2}, "20241231235959", "20250101000001"),
        ({"days": -1}, "20240301000000", "20240229000000"),
        ({"days": 31}, "00C81101080001", "00C81202080001"),  # Lingnan Tong's tail
        ({"hours": 17}, "00C81101080001", "00C81102010001"),
        ({"days": 1}, "00000000000000", "00000000000000"),
        ({"days": 400 * 10_000}, "20241231235959", "20241231235959"),
    ],
)
def test_seven_bytes(span: dict[str, float], before: str, after: str) -> None:
    assert move(**span).moment(before) == after
    assert moved(move(**span), ("datetime", before)) == [after]


def test_fields_that_make_a_moment_together() -> None:
    hours = move(hours=20)
    assert moved(hours, ("month_day", "1231"), ("hour_minute", "0801")) == ["0101", "0401"]
    assert moved(hours, ("date", "20241231"), ("time", "080130")) == ["20250101", "040130"]
    assert moved(move(days=31), ("year", "24"), ("month", "12")) == ["25", "01"]


def test_fields_that_stand_alone() -> None:
    days = move(days=2)
    assert moved(days, ("expiry_date", "20401231")) == ["20410102"]
    assert moved(days, ("month_day", "1231")) == ["0102"]
    assert moved(days, ("date", "20241231"), ("expiry_date", "20241231")) == ["20250102"] * 2
    assert moved(days, ("entry_seconds", "00000001")) == ["0002A301"]
    assert moved(days, ("entry_seconds", "00000000")) == ["00000000"]
    assert moved(move(days=-2), ("entry_seconds", "00000001")) == ["00000001"]
    assert moved(days, ("hour_minute", "0801")) == ["0801"]


@given(st.lists(st.tuples(
    st.sampled_from(["date", "time", "month_day", "hour_minute", "year", "month", "x_seconds"]),
    st.binary(min_size=1, max_size=8).map(bytes.hex)), max_size=6),
    st.timedeltas(timedelta(-10**6), timedelta(10**6)),
)  # fmt: skip
def test_any_fields_keep_their_size(fields: list[tuple[str, str]], span: timedelta) -> None:
    found = moved(Move(span, BEGUN), *fields)
    assert [len(digits) for digits in found] == [len(digits) for _, digits in fields]


@pytest.mark.parametrize(
    ("target", "span"),
    [
        ("20241102", timedelta(days=1)),
        ("20241101082000", timedelta(0)),
        ("20241101082001", timedelta(seconds=1)),
        ("20231101", timedelta(days=-366)),
    ],
)
def test_where_to(target: str, span: timedelta) -> None:
    trace = load("dual-bus-tunion")
    found = move_to(target, understand(trace), trace)
    assert (found.span, found.begun.isoformat()) == (span, "2024-11-01T08:20:00")


def test_a_lingnan_tong_terminal_tells_no_year() -> None:
    trace = load("lnt-bus-legacy")
    assert move_to("20251101", understand(trace), trace).span == timedelta(days=365)
    nowhere = Trace(header=Header(), events=trace.events)
    with pytest.raises(UsageError, match="no date of its terminal"):
        move_to("20251101", understand(nowhere), nowhere)
