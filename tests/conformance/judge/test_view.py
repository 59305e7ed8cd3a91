from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.conformance import support as s
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import INS, TransactionType
from ykt_sim.errors import ReadError
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset

SELECT = (s.SELECT_EP.hex(), s.FCI)
TERMINAL = "413199990001"
#: INITIALIZE of 100 fen: balance 5000, counter 7, no overdraft, key version 1, algorithm 0.
INIT = ("805001020B01" + "00000064" + TERMINAL + "0F", "00001388" + "0007" + "000000" + "0100"
        + "01020304" + "9000")  # fmt: skip
DEBIT = ("805401000F" + "00000001" + "20250601081733" + "AABBCCDD" + "08",
         "1111111122222222" + "9000")  # fmt: skip
CACHE = ("80DC00F0" + "02" + "0000", "9000")


def view(*exchanges: tuple[str, str] | str) -> View:
    return View(s.events_of("reset", *exchanges), {})


def only(*exchanges: tuple[str, str] | str) -> SeenTransaction:
    (found,) = view(*exchanges).transactions
    return found


def test_a_call_knows_what_was_selected_before_it() -> None:
    calls = view(SELECT, DEBIT, "reset", DEBIT).calls
    assert [(call.standard, call.session) for call in calls] == [("", 0), ("tunion", 0), ("", 1)]
    assert [call.index for call in calls] == [1, 2, 4]
    assert calls[1].raw == bytes.fromhex(DEBIT[0])


def test_resets_are_counted_channel_by_channel() -> None:
    asked = Exchange(t=0, channel="sam", command=bytes.fromhex("0084000004"), response=b"\x90\0")
    again = Reset(t=0, channel="sam", atr=b"\x3b\0")
    calls = View((*s.events_of("reset", SELECT), again, asked, again, asked), {}).calls
    assert [(call.channel, call.session) for call in calls] == [
        ("card", 0), ("sam", 0), ("sam", 1),
    ]  # fmt: skip


def test_a_refused_selection_keeps_the_one_before() -> None:
    refused = (s.SELECT_EP.hex(), "6A82")
    nothing = (s.SELECT_EP.hex(), "9000")  # an elementary file
    damaged = (s.SELECT_EP.hex(), "6F409000")
    calls = view(SELECT, refused, nothing, damaged, DEBIT).calls
    assert calls[-1].standard == "tunion"


def test_a_card_that_leaves_forgets() -> None:
    events: tuple[Event, ...] = (*s.events_of("reset", SELECT), Removed(t=1, channel="card"))
    assert View((*events, *s.events_of(DEBIT)), {}).calls[-1].standard == ""


def test_what_is_no_command_is_no_call_and_half_a_status_word_cannot_be_read() -> None:
    assert [call.raw.hex() for call in view(("805c", "6700"), SELECT).calls] == [SELECT[0]]
    with pytest.raises(ReadError):
        _ = view(("805C000204", "90")).calls


def test_channels_are_told_apart() -> None:
    sam = Exchange(t=0, channel="sam", command=bytes.fromhex(DEBIT[0]), response=b"\x90\x00")
    seen = View((*s.events_of("reset", SELECT), sam), {})
    assert [call.channel for call in seen.calls] == ["card", "sam"]
    assert [call.raw for call in seen.sam] == [sam.command]
    assert [call.command.ins for call in seen.card] == [INS.SELECT]
    assert seen.sam[0].standard == ""
    assert seen.find(INS.SELECT, 0x04) == seen.card
    assert seen.find(INS.DEBIT) == ()


def test_notes_come_with_their_place() -> None:
    note = Note(t=0, text="tap", data={"number": 1})
    other = Note(t=0, text="card", data={"number": 2})
    seen = View((*s.events_of("reset"), note, other), {})
    assert seen.notes == ((1, note), (2, other))
    assert seen.noted("tap") == ({"number": 1},)


def test_a_purchase_is_read_from_init_to_commit() -> None:
    tx = only(SELECT, INIT, CACHE, DEBIT)
    assert (tx.operation, tx.standard, tx.amount) == ("purchase", "tunion", 100)
    assert (tx.answer.balance, tx.answer.counter) == (5000, 7)
    assert [call.index for call in tx.caches] == [3]
    assert tx.commit is not None
    assert tx.commit.index == 4
    assert tx.data.mac1 == bytes.fromhex("AABBCCDD")
    assert tx.result.tac + tx.result.mac2 == bytes.fromhex(DEBIT[1])[:8]
    assert (tx.committed, tx.type) == (True, TransactionType.EP_PURCHASE)


@pytest.mark.parametrize(
    ("exchanges", "expected"),
    [
        ((SELECT, INIT), (None, None, None)),
        ((SELECT, INIT, "reset", SELECT, DEBIT), (None, None, None)),
        ((SELECT, INIT, (DEBIT[0], "6985")), (3, "data", None)),
        ((SELECT, INIT, (DEBIT[0], "")), (3, "data", None)),
        ((SELECT, INIT, (DEBIT[0], "00009000")), (3, "data", None)),
        ((SELECT, INIT, ("8054010001AA08", DEBIT[1])), (3, None, None)),
    ],
)
def test_a_commit_may_be_missing_refused_or_unreadable(
    exchanges: tuple[Any, ...], expected: tuple[int | None, str | None, None]
) -> None:
    tx = only(*exchanges)
    commit, data, result = expected
    assert (tx.commit and tx.commit.index) == commit
    assert (tx.data is None) == (data is None)
    assert tx.result is result


@pytest.mark.parametrize(
    "init",
    [
        (INIT[0], "6985"),
        (INIT[0], "00009000"),
        (INIT[0].replace("805001", "805009"), INIT[1]),
        ("805001020101", INIT[1]),
    ],
)
def test_no_transaction_without_an_init_that_can_be_read(init: tuple[str, str]) -> None:
    assert view(SELECT, init, DEBIT).transactions == ()


def test_each_init_begins_one() -> None:
    found = view(SELECT, INIT, INIT, DEBIT, DEBIT).transactions
    assert [(tx.init.index, tx.committed) for tx in found] == [(2, False), (3, True)]


def test_a_plain_update_is_no_part_of_a_purchase() -> None:
    plain = (CACHE[0].replace("80DC", "00DC"), "9000")
    assert only(SELECT, INIT, plain, DEBIT).caches == ()


def test_an_overdraft_update_has_no_amount() -> None:
    tx = only(SELECT, INIT, DEBIT)
    assert replace(tx, request=object()).amount == 0
