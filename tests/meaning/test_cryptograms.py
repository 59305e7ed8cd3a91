"""Verdicts on codes: golden traces, vectors of real cards, and what cannot be checked."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.independent import fmcos_crypto as second
from tests.trace.corpus import SYNTHETIC, flipped, load, talk, with_bytes
from ykt_sim.meaning.classes import SECURED
from ykt_sim.meaning.cryptograms import (
    Checked,
    CodeVerdict,
    LearningKeys,
    Status,
    Tally,
    check,
    refused_as_wrong,
)
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Exchange, Trace

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "purse.json"
EP = "00A4040008 A000000632010105 > 9000"


class Fixed:
    """The same key for every role, and a TAC key of its own."""

    def __init__(self, key: str, tac: str = "") -> None:
        self.key, self.tac_key = bytes.fromhex(key), bytes.fromhex(tac)

    def get(self, standard: str, role: str) -> bytes | None:
        assert (standard, role) != ("", "")
        return self.key

    def tac(self, standard: str) -> bytes | None:
        return self.tac_key or None


def verdicts(trace: Trace, keys: Any, **words: Any) -> list[CodeVerdict]:
    return [verdict for item in check(trace, keys, **words) for verdict in item.verdicts]


def vector(name: str) -> Trace:
    """The exchanges of a published vector, under a T-Union purse."""
    document = json.loads(VECTORS.read_text(encoding="utf-8"))
    (found,) = [one for one in document["vectors"] if one["id"] == name]
    sent = [line[2:] for line in found["apdu"] if line.startswith(">")]
    got = [line[2:] for line in found["apdu"] if line.startswith("<")]
    return talk(EP, *(f"{a} > {b}" for a, b in zip(sent, got, strict=True)))


def statuses(found: list[CodeVerdict]) -> list[tuple[str, str]]:
    return [(verdict.name, str(verdict.status)) for verdict in found]


def test_key_rings_learn() -> None:
    assert isinstance(KeyRing(), LearningKeys)
    assert not isinstance(Fixed("00"), LearningKeys)


def test_every_code_of_the_golden_traces_is_valid() -> None:
    total: Counter[str] = Counter()
    for name in SYNTHETIC:
        for verdict in verdicts(load(name), KeyRing()):
            assert verdict.status is Status.VALID, (name, verdict)
            total[verdict.name] += 1
    # tests/test_golden.py counts 22 purchases and 3 loads on its own
    assert total == {
        "MAC1 from the PSAM": 22, "MAC2 to the PSAM": 22,
        "MAC1 of purchase": 5, "MAC2 of purchase": 5, "TAC of purchase": 5,
        "MAC1 of composite purchase": 17, "MAC2 of composite purchase": 17,
        "TAC of composite purchase": 17,
        "MAC1 of load": 3, "MAC2 of load": 3, "TAC of load": 3,
    }  # fmt: skip


@pytest.mark.parametrize("name", SYNTHETIC)
def test_every_cryptogram_gets_a_verdict(name: str) -> None:
    for item in check(load(name)):
        places = [
            (side, p.offset) for side, p in item.understood.pieces() if p.byte_class in SECURED
        ]
        assert [(v.side, v.offset) for v in item.verdicts] == places


@pytest.mark.parametrize("name", ["dual-load-point", "lnt-bus-legacy", "tunion-metro-exit"])
def test_one_bit_in_any_code_is_found(name: str) -> None:
    trace = load(name)
    right = [(item.understood.index, v) for item in check(trace, KeyRing()) for v in item.verdicts]
    assert len(right) in {3, 5}
    for index, verdict in right:
        spoilt = flipped(trace, index, verdict.side, verdict.offset + 3, 0x80)
        found = [v for v in verdicts(spoilt, KeyRing(), published=True) if v.status is Status.WRONG]
        assert [(v.side, v.offset) for v in found] == [(verdict.side, verdict.offset)]
        event = trace.events[index]
        original = getattr(event, verdict.side)[verdict.offset : verdict.offset + verdict.size]
        assert found[0].expected == original
        assert str(found[0]) == f"{verdict.name}: wrong, expected {original.hex().upper()}"


def test_what_a_wrong_code_should_be_is_told_of_published_keys() -> None:
    right = load("dual-load-point").events[6]
    assert isinstance(right, Exchange)
    spoilt = flipped(load("dual-load-point"), 6, "response", 15)
    (wrong,) = [v for v in verdicts(spoilt, KeyRing(), explained=True) if v.status is Status.WRONG]
    assert wrong.expected == right.response[12:16]
    assert wrong.explanation is not None
    assert wrong.explanation.received == spoilt.events[6].response[12:16]


def test_values_made_with_an_owners_keys_are_not_told() -> None:
    spoilt = flipped(load("dual-load-point"), 6, "response", 15)
    (wrong,) = [v for v in verdicts(spoilt, KeyRing()) if v.status is Status.WRONG]
    assert wrong.expected is None
    assert str(wrong) == "MAC1 of load: wrong"


@pytest.mark.parametrize(
    ("name", "tac", "wanted"),
    [
        ("fm1208-deng-load-0", "", ["MAC1 of load"]),
        ("fm1208-deng-load-1", "88" * 8, ["MAC1 of load", "MAC2 of load", "TAC of load"]),
        ("fm1208-deng-purchase-1", "88" * 8,
         ["MAC1 of purchase", "TAC of purchase", "MAC2 of purchase"]),
    ],
)  # fmt: skip
def test_real_cards(name: str, tac: str, wanted: list[str]) -> None:
    keys = Fixed("00112233445566778899AABBCCDDEEFF", tac)
    assert statuses(verdicts(vector(name), keys)) == [(one, "valid") for one in wanted]


def test_a_real_card_with_an_odd_algorithm_number() -> None:
    keys = Fixed("3F3F3F3F3F3F3F3F1122334455667788", "25160770615243BC")
    found = verdicts(vector("fm1208-robur-load"), keys)
    assert [str(one.status) for one in found] == ["valid"] * 3


@pytest.mark.parametrize(
    ("name", "key"),
    [("fmcos-man-extauth", "0102030405060708"), ("fm1208-yihang-extauth", "FF" * 8)],
)
def test_external_authentication(name: str, key: str) -> None:
    assert statuses(verdicts(vector(name), Fixed(key))) == [("external authentication", "valid")]
    assert statuses(verdicts(vector(name), Fixed("11" * 8))) == [
        ("external authentication", "wrong")
    ]


def test_a_line_mac_a_real_card_took() -> None:
    data = (
        "000122000001FFFF2200000000000006000120161028"
        "0000000000010001000000000000000000000000000020501231"
    )
    lines = [EP, "0084000004 > 88BBE4E3 9000", f"04D6850034 {data} AE8D8774 > 9000"]
    assert statuses(verdicts(talk(*lines), Fixed("FF" * 8))) == [("line MAC", "valid")]
    late = [*lines[:2], "805C000204 > 00000000 9000", lines[2]]
    (found,) = verdicts(talk(*late), Fixed("FF" * 8))
    assert (found.status, found.why) == (Status.NOT_CHECKABLE, "no GET CHALLENGE before it")


def test_the_line_mac_of_write_key() -> None:
    body = "7C87BC23140021B3AFEA67E6359DDCFE"
    lines = [EP, "0084000004 > 4C45BAB9 9000", f"84D4010214 {body} D7C943F6 > 9000"]
    assert statuses(verdicts(talk(*lines), Fixed("FF" * 8))) == [("line MAC", "valid")]


def test_a_protected_read() -> None:
    """Command and answer under one challenge, worked out by the second implementation."""
    key, iv = bytes.fromhex("FF" * 8), bytes.fromhex("1122334400000000")
    asked = second.mac(key, bytes.fromhex("04B0970004"), iv).hex()
    body = "0000015610001000000101"
    said = second.mac(key, bytes.fromhex(body), iv).hex()
    read = f"04B0970004 {asked} 0F > {body} {said} 9000"
    found = verdicts(talk(EP, "0084000004 > 11223344 9000", read), Fixed("FF" * 8))
    assert statuses(found) == [("line MAC", "valid"), ("line MAC of the answer", "valid")]


def test_reload_pin() -> None:
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    mac = second.mac(second.tac_key(key), bytes.fromhex("123456")).hex()
    found = verdicts(talk(EP, f"805E000007 123456 {mac} > 9000"), Fixed(key.hex()))
    assert statuses(found) == [("MAC of RELOAD PIN", "valid")]


def unload() -> Trace:
    """INITIALIZE FOR UNLOAD and its commit, by the second implementation."""
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    session = second.online_session_key(key, bytes.fromhex("AABBCCDD"), 7)
    amount, terminal, moment = "00000100", "112233445566", "20240411212121"
    mac1 = second.mac(session, bytes.fromhex(f"00001000{amount}03{terminal}")).hex()
    mac2 = second.mac(session, bytes.fromhex(f"{amount}03{terminal}{moment}")).hex()
    under = bytes.fromhex(f"00000F000007{amount}03{terminal}{moment}")
    mac3 = second.mac(session, under).hex()
    return talk(
        EP,
        f"805005020B 01 {amount} {terminal} > 00001000 0007 01 00 AABBCCDD {mac1} 9000",
        f"805403000B {moment} {mac2} > {mac3} 9000",
    )


def test_unload() -> None:
    found = verdicts(unload(), Fixed("00112233445566778899AABBCCDDEEFF"))
    assert statuses(found) == [
        ("MAC1 of unload", "valid"), ("MAC2 of unload", "valid"), ("MAC3 of unload", "valid"),
    ]  # fmt: skip


def prove(trace: Trace, counter: str) -> Trace:
    """The trace with GET TRANSACTION PROVE behind it, answered as DEBIT was."""
    debit = trace.events[9]
    assert isinstance(debit, Exchange)
    tac, mac2 = debit.response[:4], debit.response[4:8]
    asked = Exchange(
        t=9.0, channel="card", command=bytes.fromhex(f"805A000902{counter}08"),
        response=mac2 + tac + b"\x90\x00",
    )  # fmt: skip
    return Trace(header=trace.header, events=(*trace.events, asked))


def test_a_proof_of_a_transaction_in_the_trace() -> None:
    trace = prove(load("tunion-bus-tunion"), "0001")
    assert [str(v.status) for v in verdicts(trace, KeyRing())[-2:]] == ["valid", "valid"]
    torn = with_bytes(trace, 9, "response", b"")
    assert [str(v.status) for v in verdicts(torn, KeyRing())[-2:]] == ["valid", "valid"]


def test_a_proof_of_another_transaction() -> None:
    found = verdicts(prove(load("tunion-bus-tunion"), "0002"), KeyRing())[-2:]
    assert {v.status for v in found} == {Status.NOT_CHECKABLE}
    assert {v.why for v in found} == {"the transaction it proves is not in the trace"}


def test_a_refused_commit_proves_nothing() -> None:
    trace = with_bytes(
        prove(load("tunion-bus-tunion"), "0001"), 9, "response", bytes.fromhex("9302")
    )
    assert verdicts(trace, KeyRing())[-1].status is Status.NOT_CHECKABLE


@pytest.mark.parametrize(("keys", "why"), [(None, "no key"), (KeyRing(test_keys=False), "no key")])
def test_without_keys(keys: KeyRing | None, why: str) -> None:
    found = verdicts(load("lnt-bus-legacy"), keys)
    assert {v.status for v in found} == {Status.NOT_CHECKABLE}
    assert {v.why for v in found} == {why}


def test_an_application_nobody_knows() -> None:
    lines = ["00A40000023F01 > 9000", "0084000004 > 11223344 9000", "8416000004 11223344 > 9000"]
    (found,) = verdicts(talk(*lines), KeyRing())
    assert found.why == "no key: what is selected is not known"


def test_an_algorithm_nobody_published() -> None:
    trace = load("dual-load-point")
    found = verdicts(
        with_bytes(trace, 6, "response", bytes.fromhex("0000000000000104D1B47B1DBD33FF669000")),
        KeyRing(),
    )
    assert found[0].why == "key algorithm 04 is not known"
    assert found[0].status is Status.NOT_CHECKABLE


def test_a_commit_without_its_beginning() -> None:
    (found,) = verdicts(talk(EP, "805401000F" + "00" * 15 + " > 9302"), Fixed("00" * 8, "00" * 8))
    assert found.why == "its INITIALIZE is not in the trace"


@pytest.mark.parametrize(("p1", "why"), [("00", "no key"), ("03", "what P1 03 makes is not known")])
def test_internal_authentication_without_its_key(p1: str, why: str) -> None:
    trace = talk(EP, f"0088{p1}0108 0102030405060708 > 178F59F8578E0D3F 9000")
    assert [v.why for v in verdicts(trace, KeyRing())] == [why]


def test_two_cards_in_one_trace_have_their_own_keys() -> None:
    first, second_card = load("tunion-bus-tunion"), load("dual-bus-tunion")
    both = Trace(header=first.header, events=(*first.events, *second_card.events))
    assert {v.status for v in verdicts(both, KeyRing())} == {Status.VALID}


def test_the_psam_alone() -> None:
    """Without the card's side the factors come from the PSAM's command."""
    trace = load("tunion-bus-tunion")
    events = tuple(e for e in trace.events if isinstance(e, Exchange) and e.channel == "sam")
    found = verdicts(Trace(header=trace.header, events=events), KeyRing())
    assert found[0].why == "the PSAM's terminal number is not in the trace"
    assert (found[1].name, found[1].status) == ("MAC2 to the PSAM", Status.VALID)
    read = Exchange(
        t=0.0, channel="sam", command=bytes.fromhex("00B0960006"),
        response=bytes.fromhex("4131301001379000"),
    )  # fmt: skip
    found = verdicts(Trace(header=trace.header, events=(read, *events)), KeyRing())
    assert [v.status for v in found] == [Status.VALID] * 2


def test_the_tally() -> None:
    tally = Tally()
    passed: list[Checked] = list(tally.counted(check(load("lnt-bus-legacy"), KeyRing())))
    assert len(passed) == len(load("lnt-bus-legacy").events)
    assert str(tally) == "5 valid, 0 wrong, 0 not checkable"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [("9000", False), ("9302", True), ("6988", True), ("63C2", True), ("6982", False), ("", False)],
)
def test_refusals(answer: str, *, wanted: bool) -> None:
    (item,) = check(talk(f"0082000008 0000000000000000 > {answer}"))
    assert refused_as_wrong(item.understood) is wanted
