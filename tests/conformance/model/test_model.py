"""The reference model holds on sound cards, with and without keys, and notices what is wrong."""

from __future__ import annotations

from functools import cache

import pytest

from tests.conformance.support import FCI, SELECT_EP
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.steps import NAMES
from ykt_conformance.ics import form as forms
from ykt_conformance.model import RULES, Model
from ykt_conformance.model import world as worlds
from ykt_conformance.model.expect import refused
from ykt_sim.bench.targets import open_target
from ykt_sim.codes import AID_TUNION_EP, INS, LOAD, TUNION, Operation
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.transport import Link

_TERMINAL = c.TERMINAL[TUNION]
_BALANCE = c.balance(0x00)


@cache
def _form(name: str) -> forms.IcsFile:
    return forms.load(name)


def _model(name: str = "dual", *, new: bool = True) -> Model:
    return Model(_form(name).values, KeyRing(), new=new)


def _play(target: str, *commands: bytes) -> list[str]:
    """Rules that a card breaks while these commands are sent."""
    link = open_target(target, balance=10_000, seed=1)
    model = _model()
    broken = [one.rule.id for one in model.reset(link.power_on())]
    for command in commands:
        broken += [one.rule.id for one in model.observe(command, link.transmit(command))]
    link.close()
    return broken


def _unknown() -> Link:
    link = open_target("sim:dual", balance=10_000, seed=1)
    link.power_on()
    return link


def test_what_was_not_seen_is_learnt_and_from_then_on_known() -> None:
    model = _model(new=False)
    model.reset()
    assert model.observe(SELECT_EP, bytes.fromhex(FCI)) == []
    assert model.observe(_BALANCE, bytes.fromhex("000003E89000")) == []
    [found] = model.observe(_BALANCE, bytes.fromhex("000003E79000"))
    assert (found.rule.id, found.why) == ("R-BAL", "999 fen, not 1000")
    assert (found.expected, found.received) == ("000003E89000", "000003E79000")


@pytest.mark.parametrize(
    "command",
    [
        _BALANCE,
        c.initialize(Operation.PURCHASE, 100, _TERMINAL),
        c.read_binary(c.APPLICATION, 0, 30),
        c.read_record(1, c.LOG, 0),
        SELECT_EP,
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 3, -3])
def test_of_data_that_differ_the_right_ones_are_expected(command: bytes, place: int) -> None:
    """The card says so twice, the second time with a byte changed, or without its last byte."""
    link, model = _unknown(), _model()
    model.reset()
    for sent in (SELECT_EP, _BALANCE, command, SELECT_EP):
        assert model.observe(sent, link.transmit(sent)) == []
    right = link.transmit(command)
    wrong = bytearray(right)
    if place < 0:
        del wrong[place]
    else:
        wrong[place] ^= 0x01
    [found] = model.observe(command, bytes(wrong))
    said = [right.hex().upper()]
    if place < 0:
        said.append(f"9000 with {len(right) - 2} bytes")
    assert found.expected in said


def test_a_prediction_says_what_comes() -> None:
    link, model = _unknown(), _model()
    model.reset()
    model.observe(c.select(AID_TUNION_EP), link.transmit(c.select(AID_TUNION_EP)))
    [one] = model.predict(c.challenge(5))
    assert (one.rule.id, one.words) == ("R-AUTH-LENGTH", "6700")
    [one] = model.predict(c.update_overdraft(0, bytes(7), bytes(4)))
    assert (one.rule.id, one.words) == ("R-COMMIT-STATE", "6901")
    [one] = model.predict(bytes.fromhex("0088000001AA"))
    assert one.words.startswith("not stated")


def test_of_two_errors_either_word_is_right() -> None:
    model = _model()
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    wrong = bytes.fromhex("805407000100")
    for word in ("6901", "6A86", "6700"):
        assert model.observe(wrong, bytes.fromhex(word)) == []
    assert model.observe(wrong, bytes.fromhex("6A82"))


def test_a_divergence_is_told_once_and_the_rest_is_learnt_anew() -> None:
    model = _model(new=False)
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    model.observe(_BALANCE, bytes.fromhex("000003E89000"))
    assert len(model.observe(_BALANCE, bytes.fromhex("000000009000"))) == 1
    assert model.observe(SELECT_EP, bytes.fromhex(FCI)) == []
    assert model.observe(_BALANCE, bytes.fromhex("000000009000")) == []


def test_what_is_changed_where_nobody_knows_the_place_is_not_known_any_more() -> None:
    """After a divergence nobody knows what is selected; a PIN that is changed there is another."""
    model = _model()
    link = _unknown()
    reads = bytes.fromhex("000000009000")

    def sent(command: bytes, instead: bytes = b"") -> list[str]:
        answer = link.transmit(command)
        return [one.rule.id for one in model.observe(command, instead or answer)]

    assert sent(SELECT_EP) == []
    assert sent(_BALANCE) == []
    old, new = model.world.state.directories[TUNION].pin.value or b"", bytes.fromhex("654321")
    assert sent(_BALANCE, reads) == ["R-BAL"]
    assert sent(c.apdu(0x80, INS.CHANGE_PIN, 1, 0, old + b"\xff" + new)) == []
    assert sent(SELECT_EP) == []
    assert sent(c.apdu(0x80, INS.CHANGE_PIN, 1, 0, new + b"\xff" + old)) == []
    assert sent(c.apdu(0x00, INS.VERIFY, 0, 0, old)) == []
    link.close()


def test_a_new_card_has_counted_nothing() -> None:
    load = c.initialize(LOAD, 1, _TERMINAL)
    assert _play("sim:dual", SELECT_EP, load) == []
    assert _play("sim:dual?deviate=counts-from-one", SELECT_EP, load) == ["R-COUNT-NEW"]


@pytest.mark.parametrize(
    ("fault", "rule", "commands"),
    [
        ("fci-random-tail", "R-FCI-EP", (SELECT_EP,)),
        ("challenge-fixed", "R-AUTH-RANDOM", (c.challenge(4), c.challenge(4))),
        ("wrong-state-6985", "R-COMMIT-STATE", (SELECT_EP, c.credit(bytes(7), bytes(4)))),
        ("mac1-zero", "R-INIT-MAC1", (SELECT_EP, c.initialize(LOAD, 1, _TERMINAL))),
        ("wrong-6cxx", "R-REC-LE", (SELECT_EP, c.read_record(1, c.LOG, 5))),
        ("empty-record-ff", "R-REC-ZERO", (SELECT_EP, c.read_record(1, c.LOG))),
    ],
)
def test_what_is_wrong_is_named(fault: str, rule: str, commands: tuple[bytes, ...]) -> None:
    assert _play("sim:dual", *commands) == []
    assert _play(f"sim:dual?deviate={fault}", *commands) == [rule]


def test_randoms_that_come_again_in_order_are_noticed() -> None:
    model = _model()
    first, second = bytes.fromhex("11223344"), bytes.fromhex("55667788")
    for filler in range(12):
        for one in (first, second) if filler in (0, 11) else (_odd(filler),):
            found = model.observe(c.challenge(4), one + b"\x90\x00")
            if filler == 11 and one is second:
                assert [each.rule.id for each in found] == ["R-AUTH-RANDOM"]
            else:
                assert found == []


def test_randoms_that_count_are_noticed() -> None:
    for step in (1, -1, 0x01010101):
        model = _model()
        said = [(0x80000000 + step * number).to_bytes(4, "big") for number in range(3)]
        found = [model.observe(c.challenge(4), one + b"\x90\x00") for one in said]
        assert [len(each) for each in found] == [0, 0, 1], step


def test_a_bit_that_never_changes_is_noticed() -> None:
    for mask, rules in ((0xFFFFFFFE, ["R-AUTH-RANDOM"]), (0xFFFFFFFF, [])):
        model, chance = _model(), seeded(1, "bits")
        found: list[str] = []
        for _ in range(48):
            drawn = int.from_bytes(chance(4), "big") & mask
            answer = drawn.to_bytes(4, "big") + b"\x90\x00"
            found += [one.rule.id for one in model.observe(c.challenge(4), answer)]
        assert found == rules


def _odd(number: int) -> bytes:
    """Four bytes, at uneven steps for one number after the other."""
    return (number * number).to_bytes(2, "big") * 2


def _drawn(chance: Chance) -> bytes:
    """A command of random bytes, near those that mean something."""
    if chance.one_in(10):
        return c.select(chance.of(list(NAMES.values())))
    if chance.one_in(10):
        return _bytes(chance, chance.below(9))
    any_byte = chance.below(256)
    head = (
        chance.of((0x00, 0x00, 0x04, 0x80, 0x80, 0x84, 0xD0)),
        chance.of((*INS, any_byte)),
        chance.of((0, 0, 1, 2, 0x80, 0x81, 0x95, any_byte)),
        chance.of((0, 0, 1, 2, 0xC4, 0xD4, any_byte)),
    )
    data = _bytes(chance, chance.of((0, 0, 0, 2, 4, 8, 11, 14, 15, chance.below(40))))
    le = bytes((chance.of((0, 4, 8, any_byte)),)) if chance.one_in(2) else b""
    return bytes(head) + (bytes((len(data),)) + data if data else b"") + le


def _bytes(chance: Chance, size: int) -> bytes:
    return bytes(chance.below(256) for _ in range(size))


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_something_is_said_of_any_bytes_in_any_state(seed: int, *, new: bool) -> None:
    chance, link, model = Chance(seeded(seed, "any bytes")), _unknown(), _model(new=new)
    model.reset()
    for _ in range(1500):
        command = _drawn(chance)
        assert model.predict(command), command.hex()
        assert model.observe(command, link.transmit(command)) == []
        if chance.one_in(50):
            model.reset(link.power_on())


@pytest.mark.parametrize("seed", range(3))
def test_something_is_said_whatever_was_answered(seed: int) -> None:
    chance, model = Chance(seeded(seed, "any answer")), _model()
    model.reset()
    answers = (b"", bytes.fromhex("9000"), bytes.fromhex("6A82"), bytes.fromhex("63C2"))
    for _ in range(1500):
        command = _drawn(chance)
        assert model.predict(command), command.hex()
        data = _bytes(chance, chance.below(20))
        model.observe(command, chance.of((*answers, data + answers[1])))
        if chance.one_in(50):
            model.reset()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("00B0800000", ("9000", "6986", "6A82")),
        ("00D6800001AA", ("9000", "6986", "6982")),
        ("00E295000411223344", ("6A86", "6986")),
        ("04E295000411223344", ("6A86", "6986")),
        ("80B400C4051122334455", ("6A86", "6700")),
        ("00B080D4021122", ("6986", "6700")),
    ],
)
def test_where_two_things_are_wrong_either_may_be_said(
    command: str, words: tuple[str, ...]
) -> None:
    for word in words:
        model = _model()
        model.reset()
        model.observe(SELECT_EP, bytes.fromhex(FCI))
        assert model.observe(bytes.fromhex(command), bytes.fromhex(word)) == [], word


def test_a_write_that_nobody_knows_may_name_a_file() -> None:
    by_name, current = bytes.fromhex("04D0810001AA"), bytes.fromhex("00D6000001AA")
    model = _model()
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    assert model.observe(by_name, bytes.fromhex("6981")) == []
    assert model.observe(current, bytes.fromhex("6981")) == []


def test_of_randoms_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "_PAIRS", 20)
    randoms = worlds.Randoms()
    for number in range(1, 40):
        randoms.take(number.to_bytes(4, "big"))
    assert randoms.wrong(b"\x00\x00\x00\x27")
    randoms.take(b"\x00\x00\x00\x01")
    assert randoms.wrong(b"\x00\x00\x00\x02") == ""
    randoms.take(b"\x00\x00\x00\x19")
    assert randoms.wrong(b"\x00\x00\x00\x1a") != ""


def test_a_random_of_which_half_is_no_random_is_none() -> None:
    randoms = worlds.Randoms()
    for wrong in ("00000000", "0000000000000000", "0102030400000000", "0000000001020304",
                  "0102030401020304"):  # fmt: skip
        assert randoms.wrong(bytes.fromhex(wrong)) != "", wrong
    assert randoms.wrong(bytes.fromhex("0102030400000001")) == ""
    randoms.take(bytes.fromhex("01020304"))
    assert randoms.wrong(bytes.fromhex("0506070801020304")) != ""


@pytest.mark.parametrize("challenged", [False, True])
def test_an_unblock_with_a_wrong_mac_is_refused_even_where_nothing_is_blocked(
    challenged: bool,  # noqa: FBT001 - a parameter
) -> None:
    model = _model()
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    if challenged:
        model.observe(c.challenge(4), bytes.fromhex("010203049000"))
    wrong = bytes.fromhex("841800000400000000")
    [found] = model.observe(wrong, bytes.fromhex("9000"))
    assert found.rule.id == "R-BLOCK-MAC"


@pytest.mark.parametrize("word", ["6985", "6988", "6984"])
def test_no_source_says_how_an_unblock_of_what_is_not_blocked_is_refused(word: str) -> None:
    model = _model()
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    assert model.observe(bytes.fromhex("841800000400000000"), bytes.fromhex(word)) == []


def test_a_key_without_tries_may_say_so_whatever_else_is_wrong() -> None:
    model = _model()
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    unblock = bytes.fromhex("842400000CC13EE47DBE8B6EA200000000")
    assert model.observe(unblock, bytes.fromhex("6983")), "no try was spent yet"
    model = _model()
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    for drawn in ("01020304", "05060708", "09AA0B0C"):
        assert model.observe(c.challenge(4), bytes.fromhex(drawn + "9000")) == []
        assert model.observe(unblock, bytes.fromhex("6988")) == []
    assert model.observe(unblock, bytes.fromhex("6983")) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((0x63C2, 0x63C0, 0x63C1), "63C0 to 63C2"), ((0x6982, 0x6983), "6982 or 6983"),
        ((), "a refusal"),
        ((*range(0x63C0, 0x63CF), 0x6983), "63C0 to 63CE or 6983"),
    ],
)  # fmt: skip
def test_words_that_follow_each_other_are_told_as_a_range(
    words: tuple[int, ...], told: str
) -> None:
    assert refused(RULES["PIN-WRONG"], words, "wrong").words == told
