"""One conversation for each card."""

from __future__ import annotations

import io
from collections.abc import Iterator

from tests.trace.readers.samples import cardpeek, ccid, found, gpp, pairs, pcscd, spy
from ykt_sim.trace.model import Exchange, Note, Removed, Reset
from ykt_sim.trace.readers import read_sessions
from ykt_sim.trace.readers.base import Found, Source, header_note
from ykt_sim.trace.readers.cards import by_card

EXCHANGE = Exchange(t=0.0, channel="card", command=b"\0\0\0\0", response=b"\x90\0")
GONE = Removed(t=0.0, channel="card")


def reset(atr: str) -> Reset:
    return Reset(t=0.0, channel="card", atr=bytes.fromhex(atr))


def names(*items: Found | Exchange | Reset | Removed | Note) -> list[str]:
    def read(_source: Source) -> Iterator[Found]:
        yield from (item if isinstance(item, Found) else Found("R", item) for item in items)

    return [item.session for item in by_card(read)(Source(io.BytesIO(b"")))]


def test_cards_come_and_come_back() -> None:
    assert names(
        reset("3B01"), EXCHANGE, GONE, reset("3B02"), EXCHANGE, GONE, reset("3B01"), EXCHANGE,
        reset("3B03"), EXCHANGE, reset("3B02"),
    ) == [
        "R", "R", "R", "R, card 2", "R, card 2", "R, card 2", "R", "R",
        "R, card 3", "R, card 3", "R, card 2",
    ]  # fmt: skip


def test_a_card_whose_atr_comes_late_is_the_same() -> None:
    assert names(reset(""), EXCHANGE, reset("3B01"), reset(""), reset("3B01")) == ["R"] * 5


def test_readers_are_counted_apart() -> None:
    assert names(
        Found("A", reset("3B01")), Found("B", reset("3B02")), Found("A", reset("3B03"))
    ) == ["A", "B", "A, card 2"]


def test_what_the_file_says_is_said_of_every_card() -> None:
    head = header_note("R", created="2024")
    assert names(head, reset("3B01"), reset("3B02")) == ["R", "R", "R, card 2", "R, card 2"]


def test_many_cards_are_not_kept() -> None:
    assert names(*(reset(f"{n:08X}") for n in range(1000)))[-1] == "R, card 1000"


def test_the_formats_that_know_an_atr() -> None:
    atr, other = (
        "3B8F80018031B86404B0ECC1739401808290000E",
        "3B8F80018031B86404B0ECC1739401808290000F",
    )
    spaced = [bytes.fromhex(text).hex(" ").upper() for text in (atr, other)]
    for name, log in (
        ("pcscd", pcscd()), ("ccid", ccid()), ("pcsc-spy", spy()), ("gpp", gpp()),
        ("cardpeek", cardpeek()),
    ):  # fmt: skip
        both = log + log.replace(spaced[0], spaced[1]).replace(atr, other)
        items = found(both, name)
        sessions = list(dict.fromkeys(item.session for item in items))
        assert len(sessions) == 2, name
        assert sessions[1] == f"{sessions[0]}, card 2"
        one, two = (pairs(i for i in items if i.session == session) for session in sessions)
        assert one == two
        assert len(one) == 4
    created = [trace.header.created for trace in read_sessions(Source(io.BytesIO(
        (spy() + spy().replace(spaced[0], spaced[1])).encode())))]  # fmt: skip
    assert created == ["2026-11-22T07:12:07+00:00"] * 2
