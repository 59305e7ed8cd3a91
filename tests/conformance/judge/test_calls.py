from __future__ import annotations

import pytest

from ykt_conformance.judge.calls import Call, standard_of
from ykt_sim.codes import AID_LNT_BASIC, AID_LNT_WALLET, AID_PPSE, AID_TUNION_EC, AID_TUNION_EP, INS
from ykt_sim.wire.apdu import Command, Response


@pytest.mark.parametrize(
    ("aid", "standard"),
    [
        (AID_TUNION_EP, "tunion"),
        (AID_TUNION_EP + b"\x01\x02", "tunion"),
        (AID_TUNION_EC, "ecash"),
        (AID_LNT_BASIC, "lnt-basic"),
        (AID_LNT_WALLET, "lnt"),
        (AID_PPSE, "ppse"),
        (AID_TUNION_EP[:-1], ""),
        (b"", ""),
    ],
)
def test_a_name_belongs_to_a_standard_by_its_first_bytes(aid: bytes, standard: str) -> None:
    assert standard_of(aid) == standard


def call(sw: int) -> Call:
    raw = bytes.fromhex("805C000204")
    return Call(0, "card", Command.parse(raw), Response(b"", sw), raw, b"", "", 0, 0.0, None)


def test_no_answer_is_neither_good_nor_answered() -> None:
    seen = [(call(sw).ok, call(sw).answered) for sw in (0x9000, 0x6985, 0)]
    assert seen == [(True, True), (False, True), (False, False)]


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ((INS.GET_BALANCE,), True),
        ((INS.GET_BALANCE, 0x00), True),
        ((INS.GET_BALANCE, None, 0x02), True),
        ((INS.GET_BALANCE, 0x00, 0x02), True),
        ((INS.DEBIT,), False),
        ((INS.GET_BALANCE, 0x03), False),
        ((INS.GET_BALANCE, 0x00, 0x01), False),
    ],
)
def test_a_call_is_told_by_what_is_asked(words: tuple[int, ...], fits: bool) -> None:  # noqa: FBT001
    assert call(0x9000).is_(*words) is fits
