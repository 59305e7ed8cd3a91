"""What of a command depends on the card, by what the conversation shows."""

from __future__ import annotations

import pytest

from tests.card.support import made, with_purse
from tests.rework import replaying as r
from tests.trace.corpus import load, talk
from ykt_sim.card import Card
from ykt_sim.rework.replay import Replay, ReplayOptions
from ykt_sim.trace.model import Trace
from ykt_sim.wire.files import TripRecord

TRIP = "80DC00F030"


def sent(trace: Trace, prefix: str, answers: dict[str, str] | None = None) -> list[str]:
    """Commands that a replay sends to a card with fixed answers."""

    class Fixed:
        def power_on(self) -> bytes:
            return b"\x3b\x00"

        def process(self, apdu: bytes) -> bytes:
            text = apdu.hex().upper()
            found = [a for head, a in (answers or {}).items() if text.startswith(head)]
            return bytes.fromhex(found[0] if found else "9000")

    result = r.run(Replay(trace, ReplayOptions()), Fixed())
    texts = [event.command.hex().upper() for event in result.trace.exchanges]
    return [text for text in texts if text.startswith(prefix)]


@pytest.mark.parametrize("balance", [1000, 5000, 77_000])
def test_the_balance_in_a_trip_is_the_cards(balance: int) -> None:
    trace = load("tunion-bus-tunion")
    result = r.replay(trace, r.other("tunion", balance))
    assert result.same, result.differences
    (update,) = [e for e in result.trace.exchanges if e.command.hex().upper().startswith(TRIP)]
    assert TripRecord.parse(update.command[5:]).balance_after == balance - 160


def test_a_balance_that_came_from_elsewhere_stays() -> None:
    """The record's number is not what the card had said, with or without the amount."""
    trip = TripRecord.parse(bytes.fromhex(TripRecord.EXAMPLE)).replace(balance_after=123).build()
    trace = talk(
        "00A4040008A00000063201010500 > 6F0A8408A0000006320101059000",
        "805C030204 > 000027109000",
        f"{TRIP}{trip.hex()} > 9000",
    )
    answers = {"00A4": "6F0A8408A0000006320101059000", "805C": "00030D409000"}
    assert sent(trace, TRIP, answers) == [f"{TRIP}{trip.hex().upper()}"]


PROVE = "805A00060200{:02X}08"


@pytest.mark.parametrize(("asked", "expected"), [(0, 5), (1, 6), (2, 2), (9, 9)])
def test_a_counter_is_followed_where_the_trace_shows_it(asked: int, expected: int) -> None:
    """Counter 0 in the trace, 5 in the card: the proof of this transaction, or before it."""
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT, PROVE.format(asked))
    image = made("tunion", balance=10_000)
    (df,) = [cell[1] for cell in image.cells if cell[0] == "purse" and cell[2] == 2]
    card = Card(with_purse(image, df, offline=5), r.counting())
    result = r.replay(trace, card)
    proved = [e.command.hex().upper() for e in result.trace.exchanges if e.command[1] == 0x5A]
    assert proved == [PROVE.format(expected)]


def test_a_name_that_the_directory_lists_with_another_tail() -> None:
    def listing(aid: str) -> str:
        name = "325041592E5359532E4444463031"
        entry = f"61{len(aid) // 2 + 2:02X}4F{len(aid) // 2:02X}{aid}"
        inner = f"BF0C{len(entry) // 2:02X}{entry}"
        body = f"840E{name}A5{len(inner) // 2:02X}{inner}"
        return f"6F{len(body) // 2:02X}{body}9000"

    old, new = "A0000006320101050102", "A000000632010105030405"
    ppse = "00A404000E325041592E5359532E444446303100"
    select = "00A40400{:02X}{}00"
    trace = talk(
        f"{ppse} > {listing(old)}",
        f"{select.format(len(old) // 2, old)} > 9000",
        f"{select.format(8, old[:16])} > 9000",
    )
    found = sent(trace, "00A4", {ppse: listing(new)})
    assert found[1:] == [select.format(11, new), select.format(8, old[:16])]


def test_a_name_that_no_directory_listed_stays() -> None:
    trace = talk("00A40400080102030405060708 > 9000")
    assert sent(trace, "00A4") == ["00A40400080102030405060708"]


def test_data_that_cannot_be_deciphered_are_not_sent() -> None:
    """An enciphered PIN that the given key does not fit."""
    trace = r.record(
        r.card("lnt"), r.APPY, r.LNT_15, r.TICL, r.CHALLENGE, "842400000C" + "AA" * 8 + "00" * 4
    )
    result = r.replay(trace, r.other("lnt", lnt_number="0000000993"))
    assert "cannot be deciphered" in result.stopped
