"""Real cards' codes, made right and wrong by hand, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.independent import fmcos_crypto as second
from ykt_sim.meaning.cryptograms import Checked, Status, check
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event, Exchange

KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
ROBUR = bytes.fromhex("3F3F3F3F3F3F3F3F1122334455667788")
ROBUR_TAC = bytes.fromhex("34343434343434341122334455667788")


def ring(tmp_path: Path, **keys: bytes) -> KeyRing:
    """Keys of a card's own directory: these cards are of no standard of ours."""
    path = tmp_path / "k.json"
    entries = [{"standard": "own", "role": role, "value": key.hex()} for role, key in keys.items()]
    path.write_text(json.dumps(entries), encoding="utf-8")
    return KeyRing.from_file(str(path))


def events(*exchanges: tuple[str, str]) -> list[Event]:
    return [
        Exchange(t=0.0, channel="card", command=bytes.fromhex(sent), response=bytes.fromhex(answer))
        for sent, answer in exchanges
    ]


def told(found: list[Checked]) -> list[tuple[str, str, list[list[str]]]]:
    """Each code with its status and what fits."""
    return [
        (
            one.name,
            str(one.status),
            [[m.name for m in fit] for fit in one.explanation.fits] if one.explanation else [],
        )
        for item in found
        for one in item.verdicts
    ]


DENG_LOAD = [
    ("805000020B0100002000001122334455", "00000000 0000 01 00 C903814D 03976C22 9000"),
    ("805200000B 20161216 105800 8AFA5718", "FA00066D 9000"),
]
DENG_BUY = [
    ("805001020B0000000001001122334455", "00002000 0000 000000 00 00 584633C9 9000"),
    ("805401000F 00000000 20161216 134600 D45737C5 08", "8AF270DC 66B54A6B 9000"),
]


def test_a_real_cards_codes_are_right_with_keys_of_its_own_directory(tmp_path: Path) -> None:
    keys = ring(tmp_path, load=KEY, purchase=KEY, tac=KEY)
    found = told(list(check(events(*DENG_LOAD, *DENG_BUY), keys, explained=True)))
    assert [status for _, status, _ in found] == ["valid"] * 6


@pytest.mark.parametrize(
    ("name", "under"),
    [
        ("amount-little-endian", "00200000 02 001122334455 20161216 105800"),
        ("type-01", "00002000 01 001122334455 20161216 105800"),
        ("terminal-reversed", "00002000 02 554433221100 20161216 105800"),
        ("terminal-shifted", "00002000 02 112233445500 20161216 105800"),
        ("no-century", "00002000 02 001122334455 161216 105800"),
        ("without-time", "00002000 02 001122334455 20161216"),
        ("day-after", "00002000 02 001122334455 20161217 105800"),
        ("hour-before", "00002000 02 001122334455 20161216 095800"),
    ],
)
def test_a_hosts_mac2(tmp_path: Path, name: str, under: str) -> None:
    session = second.online_session_key(KEY, bytes.fromhex("C903814D"), 0)
    mac = second.mac(session, bytes.fromhex(under)).hex()
    begun, (sent, _) = DENG_LOAD
    credit = (sent.replace("8AFA5718", mac), "9302")
    keys = ring(tmp_path, load=KEY)
    (mac1, mac2) = told(list(check(events(begun, credit), keys, explained=True)))
    assert mac1 == ("MAC1 of load", "valid", [])
    assert mac2 == ("MAC2 of load", "wrong", [[name]])


def test_a_tac_whose_key_was_not_xored(tmp_path: Path) -> None:
    """The load of a real FM1208, [robur]: balance 10h, counter 0, MAC2 097E98FE, TAC A802863E."""
    under = bytes.fromhex("00000010 0000 00000010 02 666666666666 20240411 212121")
    begun = ("805000020B0000000010666666666666", "00000000 0000 00 01 4E066548 0D39ADBB 9000")
    for tac, status, fits in (
        ("A802863E", "valid", []),
        (second.mac(ROBUR_TAC, under).hex(), "wrong", [["halves-whole"]]),
        (second.mac(ROBUR_TAC[:8], under).hex(), "wrong", [["single-des"]]),
        (
            second.mac(second.tac_key(ROBUR_TAC), bytes(4) + under[4:]).hex(),
            "wrong",
            [["balance-before"], ["balance-yuan"], ["balance-zero"]],
        ),
    ):
        credit = ("805200000B 20240411 212121 097E98FE 04", f"{tac} 9000")
        keys = ring(tmp_path, load=ROBUR, tac=ROBUR_TAC)
        found = told(list(check(events(begun, credit), keys, explained=True)))
        assert found[-1] == ("TAC of load", status, fits)


def test_a_key_that_is_stored_with_algorithm_03(tmp_path: Path) -> None:
    """A real FM1208 then answers MAC1 00000000 [purse facts 0.4]."""
    (sent, answer), _ = DENG_LOAD
    spoilt = (sent, answer.replace("03976C22", "00000000"))
    (mac1,) = told(list(check(events(spoilt), ring(tmp_path, load=KEY), explained=True)))
    assert mac1 == ("MAC1 of load", "wrong", [["algorithm-03"]])
    said = (sent, answer.replace("01 00 C903814D 03976C22", "01 03 C903814D 00000000"))
    (item,) = check(events(said), ring(tmp_path, load=KEY), explained=True)
    assert item.verdicts[0].why == (
        "key algorithm 03 is not known: a key stored so makes codes that are not 3DES, "
        "with 03 zeros"
    )


def test_a_line_mac_with_a_stale_challenge(tmp_path: Path) -> None:
    """The line MAC that a real FM1208 took, vector fm1208-yihang-linemac-05, challenge 88BBE4E3."""
    body = (
        "000122000001FFFF220000000000000600012016102800000000000100010000"
        "00000000000000000000000020501231"
    )
    update = (f"04D6850034{body}AE8D8774", "9000")
    key = bytes.fromhex("FF" * 8)
    right = [("0084000004", "88BBE4E3 9000"), update]
    (mac,) = told(list(check(events(*right), ring(tmp_path, line=key), explained=True)))
    assert mac == ("line MAC", "valid", [])
    stale = [right[0], ("0084000004", "01020304 9000"), (update[0], "6988")]
    (mac,) = told(list(check(events(*stale), ring(tmp_path, line=key), explained=True)))
    assert mac == ("line MAC", "wrong", [["stale-challenge-88BBE4E300000000"]])


INTERNAL = {
    "0088000108 0102030405060708": "178F59F8578E0D3F 9000",
    "0088010208 178F59F8578E0D3F": "0102030405060708 9000",
    "0088020308 0102030405060708": "A82A8CEB 9000",
}


def internal_keys(tmp_path: Path) -> KeyRing:
    key = bytes.fromhex("1122334455667788")
    return ring(tmp_path, encipher=key, decipher=key, mac=key)


def test_internal_authentication_of_the_manual(tmp_path: Path) -> None:
    """The three examples of [GM 7.3.5], vector fmcos-man-intauth."""
    found = told(list(check(events(*INTERNAL.items()), internal_keys(tmp_path), explained=True)))
    assert found == [("internal authentication", "valid", [])] * 3


@pytest.mark.parametrize(
    ("sent", "answer", "fits"),
    [
        ("0088000108 178F59F8578E0D3F", "0102030405060708", [["deciphered"]]),
        ("0088010208 0102030405060708", "178F59F8578E0D3F", [["enciphered"]]),
        ("0088000110 0102030405060708 0102030405060708", "00" * 16, [["algorithm-03"]]),
        ("0088020308 0102030405060708", "178F59F8", [["no-padding"], ["zero-padding"]]),
        ("0088030308 0102030405060708", "178F59F8", []),
    ],
)
def test_internal_authentication_gone_wrong(
    tmp_path: Path, sent: str, answer: str, fits: list[list[str]]
) -> None:
    exchange = (sent, f"{answer} 9000")
    (found,) = told(list(check(events(exchange), internal_keys(tmp_path), explained=True)))
    status = "wrong" if fits else "not checkable"
    name = "internal authentication" if fits else "cryptogram"
    assert found == (name, status, fits)
    (unknown,) = told(list(check(events(exchange), ring(tmp_path, load=KEY), explained=True)))
    assert unknown == (name, "not checkable", [])


def test_another_index_of_a_key_file_is_taken_or_named(tmp_path: Path) -> None:
    path = tmp_path / "k.json"
    other = bytes(range(16))
    entries = [
        {"standard": "own", "type": "3F", "id": 1, "version": 1, "value": KEY.hex()},
        {"standard": "own", "type": "3F", "id": 2, "version": 1, "value": other.hex()},
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    (sent, answer), _ = DENG_LOAD
    session = second.online_session_key(other, bytes.fromhex("C903814D"), 0)
    mac = second.mac(session, bytes.fromhex("00000000 00002000 02 001122334455")).hex()
    wrong = (sent, answer.replace("03976C22", mac))
    second_index = (sent.replace("020B01", "020B02"), wrong[1])
    keys = KeyRing.from_file(str(path))
    (taken,) = told(list(check(events(second_index), keys, explained=True)))
    assert taken == ("MAC1 of load", "valid", [])
    (named,) = told(list(check(events(wrong), keys, explained=True)))
    assert named == ("MAC1 of load", "wrong", [["key-index 2, version 1"]])


def test_with_the_wrong_key_nothing_fits(tmp_path: Path) -> None:
    keys = ring(tmp_path, load=ROBUR, tac=ROBUR_TAC)
    found = list(check(events(*DENG_LOAD), keys, explained=True))
    explanations = [one.explanation for item in found for one in item.verdicts]
    assert len(explanations) == 3
    for one in explanations:
        assert one is not None
        assert not one.fits
        assert one.pairs
        assert one.tried > 500
        assert not one.published
    assert {v.expected for item in found for v in item.verdicts} == {None}
    assert {v.status for item in found for v in item.verdicts} == {Status.WRONG}
