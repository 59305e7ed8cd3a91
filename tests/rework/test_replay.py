"""The terminal's side of a trace, sent to a card again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tests.card.support import changed, counting, made
from tests.rework import replaying as r
from tests.trace.corpus import load
from ykt_sim.bench.demo import balance, load_demo
from ykt_sim.bench.make import make_card
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.crypto import des
from ykt_sim.meaning.cryptograms import Status, check
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.rework.outcome import Word
from ykt_sim.rework.replay import WithoutKeys
from ykt_sim.rework.sanitise.trace import SanitiseOptions, sanitise
from ykt_sim.trace.model import Note, Trace

BUS = "tunion-bus-tunion"
PROFILES = load_demo().cards
OTHER_PAN = "3105170000000000993"
OTHERS = {
    "lnt": {"lnt_number": "0000000993"},
    "tunion": {"pan": OTHER_PAN},
    "dual": {"lnt_number": "0000000993", "pan": OTHER_PAN},
}
PINS = (bytes.fromhex("123456"), bytes.fromhex("313233343536"))


def statuses(trace: Trace) -> list[Status]:
    return [v.status for item in check(trace, KeyRing()) for v in item.verdicts]


def first_bus(**who: str) -> tuple[Trace, Card]:
    """A recorded tap, and a loaded card of the same kind."""
    return load(BUS), r.card("tunion", 5000, **who)


# -- golden traces ---------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_the_taps_of_a_card_have_the_same_outcome_on_a_fresh_one(profile: str) -> None:
    """Tap by tap on one card: all answers mean the same, all codes are new and right."""
    subject = make_card(profile, counting())
    for name, trace in r.taps(profile):
        before = balance(subject) or 0
        result = r.replay(trace, subject)
        assert result.same, (name, result.differences)
        assert {step.word for step in result.steps} == {Word.SAME}, name
        assert len(result.steps) == len(trace.exchanges)
        assert statuses(result.trace) == statuses(trace)
        assert set(statuses(result.trace)) <= {Status.VALID}
        moved = sum(new for _, new in result.money.values())
        assert (balance(subject) or 0) - before == moved
        notes = [e.data for e in trace.events if isinstance(e, Note) and e.text == "decision"]
        (decision,) = notes
        sign = 1 if decision["direction"] == "load" else -1
        assert moved == (sign * int(str(decision["amount"]))), name


@pytest.mark.parametrize("profile", ["lnt", "tunion", "dual"])
def test_no_recorded_code_is_sent_again(profile: str) -> None:
    subject = make_card(profile, counting())
    seen = 0
    for name, trace in r.taps(profile):
        old, new = set(r.codes(trace)), set(r.codes(r.replay(trace, subject).trace))
        assert not old & new, name
        seen += len(new)
    assert seen >= 16


@pytest.mark.parametrize("profile", ["lnt", "tunion", "dual"])
def test_a_card_of_another_number_pays_too(profile: str) -> None:
    image = made(profile, **OTHERS[profile])
    subject = Card(image, counting())
    moved = 0
    for name, trace in r.taps(profile):
        result = r.replay(trace, subject)
        assert result.same, (name, result.differences)
        assert set(statuses(result.trace)) <= {Status.VALID}
        moved += sum(abs(new) for _, new in result.money.values())
    assert moved > 5000


@pytest.mark.parametrize("profile", ["lnt", "tunion", "dual"])
def test_sanitised_traces_replay_against_a_card_of_the_replacement_number(profile: str) -> None:
    names = dict(r.taps(profile))
    done = sanitise(names, SanitiseOptions(b"replayed later, 32 bytes of it..", KeyRing, pins=PINS))
    who: dict[str, str] = {}
    for one in done.values():
        assert one.trace is not None
        for event in one.trace.events:
            if isinstance(event, Note) and event.text == "clearing":
                number = str(event.data["card"])
                lnt = event.data["standard"] == "lnt"
                who |= {"lnt_number": number[6:]} if lnt else {"pan": number}
    subject = Card(personalise(load_card_profile(profile), **who), counting())
    for name, one in done.items():
        assert one.trace is not None
        result = r.replay(one.trace, subject)
        assert {step.word for step in result.steps} == {Word.SAME}, name
        assert set(statuses(result.trace)) <= {Status.VALID}


# -- what must not pass ------------------------------------------------------------------

CHANGES: dict[str, tuple[int, Callable[[bytes], bytes], str]] = {
    "purchase": (0x3E, lambda key: bytes([key[0] ^ 2]) + key[1:], "9000 -> 9302"),
    "tac": (0x34, lambda key: bytes([key[0] ^ 2]) + key[1:], "TAC of composite purchase is wrong"),
}


@pytest.mark.parametrize("role", CHANGES)
def test_another_key_in_the_card_is_noticed(role: str) -> None:
    kind, change, expected = CHANGES[role]
    image = made("tunion", balance=5000)
    cells = [cell for cell in image.cells if cell[0] == "key" and cell[2] == kind]
    assert cells
    wrong = changed(
        image,
        {cell: lambda key: msgspec.structs.replace(key, value=change(key.value)) for cell in cells},
    )
    result = r.replay(load(BUS), Card(wrong, counting()))
    assert not result.same
    assert any(expected in text for text in result.differences)
    assert r.replay(load(BUS), Card(image, counting())).same


class Greedy:
    """A card whose balance is one fen less than it should be once it has paid."""

    def __init__(self, inner: Card) -> None:
        self.inner, self.debits = inner, 0

    def power_on(self) -> bytes:
        return self.inner.power_on()

    def process(self, apdu: bytes) -> bytes:
        answer = self.inner.process(apdu)
        self.debits += apdu[1] == 0x54
        if apdu[:2] == b"\x80\x5c" and self.debits:
            return (int.from_bytes(answer[:4], "big") - 1).to_bytes(4, "big") + answer[4:]
        return answer


def test_a_card_that_debits_another_amount_is_noticed() -> None:
    """The card's own balance counts, not only its status words."""

    trace = r.record(r.card(), r.EP, "805C030204", r.INIT_PURCHASE, r.DEBIT, "805C030204")
    assert r.replay(trace, r.card()).same
    result = r.replay(trace, Greedy(r.card()))
    assert result.differences == (
        "T-Union EP: the balance moved by -160 fen in the trace, by -161 in the replay",
    )


def overdrawn(limit: int, balance: int = 1000) -> Card:
    """A T-Union card that may be overdrawn by so many fen."""
    image = made("tunion", balance=balance)
    money = {cell: lambda m: msgspec.structs.replace(m, limit=limit)
             for cell in image.cells if cell[0] == "money"}  # fmt: skip
    return Card(changed(image, money), counting())


#: GET BALANCE of the actual and of the available balance, and a purchase of 1.60.
_LOOKS = ("805C030204", "805C000204")


@pytest.mark.parametrize("looks", [_LOOKS, _LOOKS[:1], _LOOKS[1:], ()])
@pytest.mark.parametrize(("old", "new"), [(1000, 1000), (1000, 0), (0, 1000), (500, 2000)])
def test_the_overdraft_limit_of_a_card_is_no_money_that_moved(
    looks: tuple[str, ...], old: int, new: int
) -> None:
    """INITIALIZE tells the limit with the balance, GET BALANCE P1=03 does not."""
    trace = r.record(overdrawn(old), r.EP, *looks, r.INIT_PURCHASE, r.DEBIT, *looks)
    result = r.replay(trace, overdrawn(new))
    assert result.money == {"T-Union EP": (-160, -160)}
    assert result.balances == {"T-Union EP": (-160, -160) if looks else (0, 0)}
    assert result.differences == ()


def test_a_limit_does_not_hide_that_the_balance_moved_otherwise() -> None:
    trace = r.record(overdrawn(1000), r.EP, _LOOKS[0], r.INIT_PURCHASE, r.DEBIT, _LOOKS[0])
    assert r.replay(trace, Greedy(overdrawn(2000))).differences == (
        "T-Union EP: the balance moved by -160 fen in the trace, by -161 in the replay",
    )


def test_a_wrong_mac2_is_refused_in_the_psams_place() -> None:
    class Liar:
        def __init__(self, inner: Card) -> None:
            self.inner = inner

        def power_on(self) -> bytes:
            return self.inner.power_on()

        def process(self, apdu: bytes) -> bytes:
            answer = self.inner.process(apdu)
            if apdu[1] == 0x54:
                return answer[:7] + bytes((answer[7] ^ 1,)) + answer[8:]
            return answer

    trace, subject = first_bus()
    result = r.replay(trace, Liar(subject))
    assert r.step(result, "DEBIT").word is Word.CODE
    looked = r.step(result, "PSAM CREDIT")
    assert (looked.word, looked.new and looked.new.response.hex()) == (Word.STATUS, "9302")


def test_too_little_money() -> None:
    trace, _ = first_bus()
    result = r.replay(trace, r.card("tunion", 159))
    init = r.step(result, "INITIALIZE")
    assert (init.word, init.new and init.new.response.hex()) == (Word.STATUS, "9401")
    debit = r.step(result, "DEBIT")
    assert (debit.word, debit.new) == (Word.NOT_SENT, None)
    assert result.money == {"T-Union EP": (-160, 0)}
    assert not result.same


def test_a_field_that_changed_is_told_and_is_no_other_outcome() -> None:
    trace, _ = first_bus()
    result = r.replay(trace, r.card("tunion", 7777))
    assert result.same
    told = r.step(result, "GET BALANCE")
    assert told.word is Word.FIELD
    assert [(c.field, c.value_a, c.value_b) for c in told.changes] == [("balance", "5000", "7777")]


# -- keys ----------------------------------------------------------------------------------


def test_without_keys_a_code_stops_the_replay() -> None:
    trace, subject = first_bus()
    result = r.replay(trace, subject, keys=None, old_keys=None)
    assert "stopped before event" in result.stopped
    assert "no keys were given" in result.stopped
    debit = r.step(result, "DEBIT")
    assert (debit.word, debit.new) == (Word.NOT_SENT, None)
    assert balance(subject) == 5000
    assert not result.same


def test_what_follows_a_stop_is_not_sent_either() -> None:
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT, "805C030204")
    result = r.replay(trace, r.other(), keys=None)
    assert [step.word for step in result.steps][-2:] == [Word.NOT_SENT, Word.NOT_SENT]
    assert len(result.trace.exchanges) == 2


def test_without_keys_a_command_may_be_skipped() -> None:
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT, "805C030204")
    result = r.replay(trace, r.other(), keys=None, without_keys=WithoutKeys.SKIP)
    assert [str(step.word) for step in result.steps] == [
        "same",
        "same",
        "not sent",
        "field changed",
    ]
    assert not result.same


def test_without_keys_the_recorded_code_may_be_sent() -> None:
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT)
    result = r.replay(trace, r.other(), keys=None, without_keys=WithoutKeys.SEND)
    assert r.step(result, "DEBIT").word is Word.STATUS
    assert any("recorded codes" in remark for remark in result.remarks)


def test_without_keys_nothing_is_missing_where_nothing_changed() -> None:
    """The same random and counter: the recorded code is the right one."""
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT, "805C030204")
    result = r.replay(trace, r.card(), keys=None)
    assert result.same
    assert balance_of(result) == 9840


def balance_of(result: object) -> int:
    steps = result.steps  # type: ignore[attr-defined]
    return int.from_bytes(steps[-1].new.response[:4], "big")


# -- codes of other commands -----------------------------------------------------------------

AUTH = "0082000008" + "00" * 8
UPDATE_15 = "04D6970006AABB" + "00" * 4


def test_load_and_its_proof() -> None:
    """The counter in GET TRANSACTION PROVE moves with the card's."""
    source = r.card("lnt", 1000)
    prove = "805A0002020001" + "08"
    talked = (r.APPY, r.LNT_15, r.TICL, r.LNT_PIN, r.INIT_LOAD, r.CREDIT, prove)
    trace = r.record(source, *talked)
    assert trace.exchanges[-1].response[-2:] == b"\x90\x00"
    subject = r.card("lnt", 500, lnt_number="0000000993")
    for _ in range(3):
        r.record(subject, *talked[:-1])
    result = r.replay(trace, subject)
    assert result.same, result.differences
    proved = r.step(result, "GET TRANSACTION PROVE").new
    assert proved is not None
    assert proved.command.hex() == "805a0002020004" + "08"
    assert set(statuses(result.trace)) == {Status.VALID}


def test_line_macs_are_made_for_the_new_challenge() -> None:
    trace = r.record(r.card(), r.EP, r.CHALLENGE, UPDATE_15)
    assert trace.exchanges[-1].response.hex() == "9000"
    subject = r.other(pan=OTHER_PAN)
    result = r.replay(trace, subject)
    assert result.same, result.differences
    assert result.trace.exchanges[-1].command != trace.exchanges[-1].command
    assert statuses(result.trace) == [Status.VALID]
    refused = r.replay(trace, r.other(), exact=True)
    assert not refused.same


def test_external_authentication() -> None:
    trace = r.record(r.card(), r.EP, r.CHALLENGE, AUTH)
    assert trace.exchanges[-1].response.hex() == "9000"
    subject = r.other(pan=OTHER_PAN)
    result = r.replay(trace, subject)
    assert result.same, result.differences
    assert not r.replay(trace, subject, exact=True).same


def test_an_enciphered_pin_is_enciphered_for_the_new_card() -> None:
    def unblocking(number: str) -> tuple[Trace, Card]:
        subject = r.card("lnt", 0, lnt_number=number)
        ring = KeyRing()
        ring.know("lnt", bytes.fromhex("510000" + number))
        key = ring.get("lnt", "pin_unblock")
        assert key is not None
        data = des.encipher(key, bytes.fromhex("123456"))
        unblock = f"84240000{len(data) + 4:02X}{data.hex()}00000000"
        wrong = "0020000003999999"
        return r.record(subject, r.APPY, r.LNT_15, r.TICL, wrong, wrong, wrong, r.CHALLENGE,
                        unblock, r.LNT_PIN), subject  # fmt: skip

    trace, _ = unblocking("0000000001")
    assert [e.response[-2:].hex() for e in trace.exchanges][-2:] == ["9000", "9000"]
    subject = r.card("lnt", 0, lnt_number="0000000993")
    result = r.replay(trace, subject)
    assert result.same, result.differences


def test_a_code_that_the_card_refused_is_sent_wrong_again() -> None:
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, "!" + r.DEBIT, "805C030204")
    assert trace.exchanges[-2].response.hex() == "9302"
    subject = r.card("tunion", pan=OTHER_PAN)
    result = r.replay(trace, subject)
    assert result.same, result.differences
    assert balance(subject) == 10_000


def test_a_commit_without_its_initialize_is_sent_as_it_is() -> None:
    trace = r.record(r.card(), r.EP, "!" + r.DEBIT)
    assert trace.exchanges[-1].response.hex() == "6901"
    result = r.replay(trace, r.card())
    assert result.same
    assert result.trace.exchanges[-1].command == trace.exchanges[-1].command
