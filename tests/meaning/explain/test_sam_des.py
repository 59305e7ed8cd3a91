"""What a PSAM's `80 1A` and `80 FA` make, worked out a second time from the sheet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.independent import fmcos_crypto as second
from ykt_sim.meaning import KeyRing
from ykt_sim.meaning.cryptograms import CodeVerdict, Status, check
from ykt_sim.meaning.explain import words
from ykt_sim.trace.model import Exchange

MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
ONE, TWO = bytes.fromhex("C1C2D1D2D3D4D5D6"), bytes.fromhex("0102030405060708")
IV, DATA = bytes.fromhex("A1A2A3A400000000"), bytes.fromhex("04B0960006800000")
UNDER_ONE = second.diversify(MASTER, ONE)
UNDER_BOTH = second.diversify(second.diversify(MASTER, ONE), TWO)


def last_block(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Single DES along the blocks, 3DES at the last."""
    value = iv
    for at in range(0, len(data), 8):
        block = second.xor(value, data[at : at + 8])
        value = second.encrypt(key if at + 8 == len(data) else key[:8], block)
    return value


def exchange(command: bytes, answer: bytes) -> Exchange:
    return Exchange(t=0.0, channel="sam", command=command, response=answer + b"\x90\0")


def opened(usage: int, *factors: bytes, version: int = 1) -> Exchange:
    data = b"".join(factors)
    return exchange(bytes((0x80, 0x1A, usage, version, len(data))) + data, b"")


def asked(p1: int, data: bytes, answer: bytes) -> Exchange:
    return exchange(bytes((0x80, 0xFA, p1, 0, len(data))) + data, answer)


def ring(tmp_path: Path, **more: object) -> KeyRing:
    key = {"standard": "psam", "type": "28", "master": MASTER.hex()} | more
    path = tmp_path / "k.json"
    path.write_text(json.dumps({"keys": [key]}), encoding="utf-8")
    return KeyRing.from_file(str(path))


def last(keys: KeyRing, *events: Exchange) -> CodeVerdict:
    *_, item = check(events, keys, explained=True)
    (verdict,) = item.verdicts
    return verdict


@pytest.mark.parametrize("factors", [(ONE, TWO), (TWO, ONE), (ONE,)])
@pytest.mark.parametrize("size", [4, 8])
def test_a_mac_is_found_right_whichever_factor_comes_first(
    tmp_path: Path, factors: tuple[bytes, ...], size: int
) -> None:
    key = UNDER_ONE if len(factors) == 1 else UNDER_BOTH
    mac = last_block(key, IV, DATA)[:size]
    found = last(ring(tmp_path), opened(0x28, *factors), asked(5, IV + DATA, mac))
    assert found.status is Status.VALID


def test_enciphered_data_is_checked(tmp_path: Path) -> None:
    right = b"".join(second.encrypt(UNDER_ONE, part) for part in (IV, DATA))
    found = last(ring(tmp_path), opened(0x28, ONE), asked(0, IV + DATA, right))
    assert found.status is Status.VALID
    found = last(ring(tmp_path), opened(0x28, ONE), asked(0, IV + DATA, right[::-1]))
    assert found.status is Status.WRONG


@pytest.mark.parametrize(
    ("mac", "mistake"),
    [
        (last_block(MASTER, IV, DATA), "undiversified"),
        (last_block(UNDER_ONE, bytes(8), DATA), "iv-zero"),
        (last_block(UNDER_ONE, IV, DATA + bytes.fromhex("8000000000000000")), "padded-again"),
        (last_block(UNDER_ONE, IV, DATA)[4:], "right-of-mac"),
    ],
)
def test_a_wrong_mac_is_explained(tmp_path: Path, mac: bytes, mistake: str) -> None:
    found = last(ring(tmp_path), opened(0x28, ONE), asked(5, IV + DATA, mac[:4]))
    assert found.status is Status.WRONG
    assert found.explanation is not None
    ((fit,),) = found.explanation.fits
    assert fit.name == mistake


def test_the_key_is_told_by_its_check_values_alone(tmp_path: Path) -> None:
    found = last(ring(tmp_path), opened(0x28, ONE), asked(5, IV + DATA, bytes(4)))
    assert found.explanation is not None
    told = words.to_json(found.explanation)
    assert told["key"]["kcv"] == second.encrypt(UNDER_ONE, bytes(8))[:3].hex().upper()
    assert told["key"]["master_kcv"] == second.encrypt(MASTER, bytes(8))[:3].hex().upper()
    text = json.dumps(told) + str(list(words.detail(found.explanation)))
    assert told["key"]["kcv"] in text
    for key in (MASTER, UNDER_ONE):
        assert key.hex().upper() not in text.upper()


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([asked(5, IV + DATA, bytes(4))], "its 80 1A is not in the trace"),
        ([opened(0x27, ONE), asked(5, IV + DATA, bytes(4))], "no key of the PSAM for usage 27"),
        ([opened(0x28, ONE), asked(5, (IV + DATA)[:15], bytes(4))], "no whole blocks"),
        ([opened(0x28, ONE), asked(7, IV + DATA, bytes(4))], "what P1 07 makes is not known"),
        ([opened(0x28, ONE), asked(5, IV + DATA, bytes(5))], "four or eight bytes"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_says_why(tmp_path: Path, events: list[Exchange], why: str) -> None:
    found = last(ring(tmp_path), *events)
    assert found.status is Status.NOT_CHECKABLE
    assert why in found.why


def test_a_version_in_the_key_file_is_that_version_alone(tmp_path: Path) -> None:
    mac = last_block(UNDER_ONE, IV, DATA)[:4]
    keys = ring(tmp_path, version=2)
    assert last(keys, opened(0x28, ONE), asked(5, IV + DATA, mac)).status is Status.NOT_CHECKABLE
    events = (opened(0x28, ONE, version=2), asked(5, IV + DATA, mac))
    assert last(keys, *events).status is Status.VALID
