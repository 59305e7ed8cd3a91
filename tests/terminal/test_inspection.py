"""The reader that only reads: order, what it never sends, odd cards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.bench.make import make_card
from ykt_sim.card import Card
from ykt_sim.codes import AID_LNT_WALLET, AID_PPSE, AID_TUNION_EP, INS
from ykt_sim.errors import WireError
from ykt_sim.terminal.inspection import POWER, inspect
from ykt_sim.transport.guard import harmless


def read(card: Any, limit: int = 2000) -> tuple[dict[str, Any], list[bytes]]:
    """Drive an inspection; gives what it found and what it sent."""
    sent: list[bytes] = []
    steps = inspect()
    command = next(steps)
    while len(sent) < limit:
        sent.append(command)
        answer = card.power_on() if command == POWER else card.process(command)
        try:
            command = steps.send(answer)
        except StopIteration as done:
            return dict(done.value), sent
    raise AssertionError(f"still not done after {limit} commands")


def named(found: dict[str, Any], aid: bytes) -> dict[str, Any]:
    return next(one for one in found["directories"] if one["name"] == aid.hex().upper())


def test_a_dual_card() -> None:
    card = make_card("dual", balance=1234)
    before = card.snapshot()
    found, sent = read(card)
    assert card.snapshot() == before
    assert found["atr"] == "3B8A80014D54594B542D4455414C65"
    assert found["ppse_lockout"] is True
    for aid in (AID_TUNION_EP, AID_LNT_WALLET):
        assert named(found, aid)["purses"] == [{"purse": "EP", "balance": 1234}]
    sizes = {one["kind"]: len(one["content"]) for one in named(found, AID_TUNION_EP)["files"]}
    assert sizes == {"tunion:15": 1, "tunion:18": 10, "tunion:19": 1, "tunion:1A": 18,
                     "tunion:1E": 30}  # fmt: skip
    assert all(harmless(command) for command in sent if command)


def test_ppse_comes_last_and_each_standard_after_a_reset() -> None:
    _, sent = read(make_card("dual"))
    at = [number for number, command in enumerate(sent) if command == POWER]
    assert len(at) == 3
    assert AID_PPSE in sent[at[2] + 1]
    assert not any(AID_PPSE in command for command in sent[: at[2]])
    assert AID_TUNION_EP in sent[1]
    assert sent[at[1] + 1][5:13] == b"PAY.APPY"


def test_the_cardholders_file_is_not_read() -> None:
    for profile in ("dual", "tunion", "lnt", "blank"):
        _, sent = read(make_card(profile))
        for command in sent:
            if command[1:2] == bytes((INS.READ_BINARY,)):
                assert command[2] != 0x96
            if command[1:2] == bytes((INS.READ_RECORD,)):
                assert command[3] >> 3 != 0x16


def test_cards_of_one_standard_and_of_none() -> None:
    wallet = read(make_card("lnt"))[0]["directories"]
    assert [one["standard"] for one in wallet] == ["lnt", "lnt", ""]
    found, _ = read(make_card("tunion"))
    assert {one["standard"] for one in found["directories"]} == {"tunion", ""}
    assert found["ppse_lockout"] is None
    assert read(make_card("blank"))[0]["directories"] == []


class Scripted:
    """Answers by instruction."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers

    def power_on(self) -> bytes:
        return b"\x3b\x00"

    def process(self, apdu: bytes) -> bytes:
        return bytes.fromhex(self.answers.get(INS(apdu[1]).name, "6D00"))


@pytest.mark.parametrize(
    ("sw", "blocked"),
    [("6283", "temporarily"), ("6284", "temporarily"), ("9303", "permanently"), ("6A81", "no")],
)
def test_blocked_applications_are_listed(sw: str, blocked: str) -> None:
    found, _ = read(Scripted(SELECT=sw))
    assert len(found["directories"]) == 5
    assert {(one["sw"], one["blocked"]) for one in found["directories"]} == {(sw, blocked)}


def test_the_length_a_card_names_is_used() -> None:
    class Exact(Scripted):
        def process(self, apdu: bytes) -> bytes:
            if apdu[1] == INS.READ_BINARY:
                return bytes(30) + b"\x90\x00" if apdu[4] == 30 else b"\x6c\x1e"
            return super().process(apdu)

    found, sent = read(Exact(SELECT="9000"))
    assert named(found, AID_TUNION_EP)["files"][0]["content"] == ["00" * 30]
    assert bytes.fromhex("00B095001E") in sent


def test_a_card_of_endless_records_ends() -> None:
    found, sent = read(Scripted(SELECT="9000", READ_RECORD="009000"))
    assert len(named(found, AID_TUNION_EP)["files"][0]["content"]) == 40
    assert len(sent) < 300


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=30))
def test_garbage_ends_in_a_description_or_a_wire_error(answers: list[bytes]) -> None:
    class Garbage:
        count = 0

        def power_on(self) -> bytes:
            return b"\x3b"

        def process(self, _apdu: bytes) -> bytes:
            self.count += 1
            return answers[self.count % len(answers)]

    try:
        found, _ = read(Garbage())
    except WireError:
        return
    assert isinstance(found["directories"], list)


def test_it_is_the_cards_own_answer() -> None:
    card = make_card("tunion", balance=5)
    assert isinstance(card, Card)
    card.power_on()
    assert named(read(card)[0], AID_TUNION_EP)["purses"][0]["balance"] == 5


@pytest.mark.parametrize(
    ("told", "purse"),
    [
        ({0: 0x320, 1: 0x320}, (800, 0, 800, 0)),  # a card of Shanghai has nothing left [DUMP]
        ({0: 500, 1: 800}, (500, 0, 800, 300)),
        ({0: 0x80000320, 1: 100}, (0x80000320, 700, 100, 0)),
        ({0: 500, 1: 800, 2: 100, 3: 0}, (500, 0, 800, 100)),  # what the card says itself
        ({0: 500, 1: 0}, (500, None, None, None)),
        ({0: 500}, (500, None, None, None)),
    ],
)
def test_what_is_left_of_a_balance_with_an_overdraft(told, purse) -> None:
    steps, card, answer = inspect(), make_card("tunion"), b""
    command = next(steps)
    try:
        while True:
            answer = card.power_on() if command == POWER else card.process(command)
            if command[:2] == b"\x80\x5c":
                fen = told.get(command[2])
                answer = b"\x6a\x86" if fen is None else fen.to_bytes(4, "big") + b"\x90\0"
            command = steps.send(answer)
    except StopIteration as done:
        (found,) = named(done.value, AID_TUNION_EP)["purses"]
    names = ("balance", "actual", "overdraft_limit", "overdrawn")
    assert tuple(found.get(name) for name in names) == purse
