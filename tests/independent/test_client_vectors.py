"""The independent client against published vectors, and against recorded exchanges.

The vectors keep their sources in ``tests/vectors/purse.json``. The recorded exchanges replay
real cards byte for byte: here the card is right by definition and the client is on trial.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.independent import fmcos_crypto as crypto
from tests.independent.fmcos_client import FmcosClient
from tests.independent.fmcos_types import (
    CardError,
    Debit,
    FileType,
    KeyType,
    ProofError,
    Purse,
    PurseKeys,
)

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parent.parent / "vectors" / "purse.json").read_text("utf-8")
)["vectors"]

STEPS = [(vector, at) for vector in VECTORS for at in range(len(vector["steps"]))]
NAMES = [f"{vector['id']}-{at}" for vector, at in STEPS]

ARQC_XOR = bytes.fromhex("3031000000000000")

OPERATIONS: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "ecb": lambda key, data, iv: crypto.encrypt(key, data),
    "ecbdec": lambda key, data, iv: crypto.decrypt(key, data),
    "mac": crypto.mac,
    "mac8": lambda key, data, iv: crypto.mac(key, data, iv, 8),
    "encld": lambda key, data, iv: crypto.encipher(key, data),
    "div": lambda key, data, iv: crypto.diversify(key, data),
    "xorhalves": lambda key, data, iv: crypto.tac_key(key),
    "sk": lambda key, data, iv: crypto.emv_session_key(key, data),
    "sm4": lambda key, data, iv: crypto.sm4_encrypt_block(key, data),
}


def run_steps(vector: dict[str, Any], last: int) -> bytes:
    """The result of step ``last``, after the steps before it have bound their names."""
    bound: dict[str, bytes] = {}
    result = b""
    for step in vector["steps"][: last + 1]:

        def value(text: str, previous: bytes = result) -> bytes:
            if text == "@ARQCXOR3031":
                return crypto.xor(previous, ARQC_XOR)
            return bound[text] if text.startswith("@") else bytes.fromhex(text)

        iv = bytes.fromhex(step.get("iv", "0000000000000000"))
        result = OPERATIONS[step["op"]](value(step["key"]), value(step["data"]), iv)
        if step["expect"].startswith("@"):
            bound[step["expect"]] = result
    return result


def test_no_vector_is_lost() -> None:
    """An empty or shortened file must not pass for a checked one."""
    checked = [vector["steps"][at] for vector, at in STEPS]
    assert len(VECTORS) == 16
    assert len({vector["id"] for vector in VECTORS}) == 16
    assert len(checked) == 52
    assert sum(not step["expect"].startswith("@") for step in checked) == 46


@pytest.mark.parametrize(("vector", "at"), STEPS, ids=NAMES)
def test_step(vector: dict[str, Any], at: int) -> None:
    """Every printed result is reproduced; a bound one has a key's length and is used later."""
    expected: str = vector["steps"][at]["expect"]
    result = run_steps(vector, at)
    if expected.startswith("@"):
        assert len(result) in (8, 16)
        assert any(expected == step["key"] for step in vector["steps"][at + 1 :])
    else:
        assert result == bytes.fromhex(expected)


def test_deciphering_undoes_enciphering() -> None:
    """For every length that a command can carry, with both key lengths."""
    for key in (bytes(range(8)), bytes(range(16))):
        for length in range(1, 230):
            data = bytes((7 * at + length) & 0xFF for at in range(length))
            assert crypto.decipher(key, crypto.encipher(key, data)) == data


class Recording:
    """A transmit callable that knows one exchange only: other commands fail the test."""

    def __init__(self, *pairs: str) -> None:
        """Commands and answers in turn, in hexadecimal with spaces allowed."""
        self.pairs = [bytes.fromhex(text) for text in pairs]

    def __call__(self, command: bytes) -> bytes:
        """The next answer, if the command is the recorded one."""
        expected = self.pairs.pop(0)
        assert command.hex() == expected.hex()
        return self.pairs.pop(0)

    def finish(self) -> None:
        """Everything must have been asked for."""
        assert self.pairs == []


DENG = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
DENG_KEYS = PurseKeys(load=DENG, purchase=DENG, unload=DENG, overdraft=DENG, tac=DENG)
DENG_TERMINAL = bytes.fromhex("001122334455")

ROBUR_KEYS = PurseKeys(
    load=bytes.fromhex("3F3F3F3F3F3F3F3F1122334455667788"),
    purchase=bytes.fromhex("3E3E3E3E3E3E3E3E1122334455667788"),
    unload=DENG,
    overdraft=DENG,
    tac=bytes.fromhex("34343434343434341122334455667788"),
)
ROBUR_STAMP = bytes.fromhex("20240411212121")


def test_recorded_load_with_log() -> None:
    """robur's FM1208: the load used counter 0000 and was logged as 0001."""
    card = Recording(
        "805C000204", "00000000 9000",
        "0020000002 1234", "9000",
        "805000020B 00 00000010 666666666666 10",
        "00000000 0000 00 01 4E066548 0D39ADBB 9000",
        "805200000B 20240411 212121 097E98FE 04", "A802863E 9000",
        "805C000204", "00000010 9000",
        "00B201C417", "0001 000000 00000010 02 666666666666 20240411 212121 9000",
        "00B202C417", "6A83",
    )  # fmt: skip
    client = FmcosClient(card)
    assert client.get_balance(Purse.EP) == 0
    client.verify_pin(0, bytes.fromhex("1234"))
    receipt = client.load(
        Purse.EP, 0x10, ROBUR_KEYS, terminal=bytes.fromhex("666666666666"), stamp=ROBUR_STAMP
    )
    assert (receipt.counter, receipt.logged, receipt.balance) == (0, 1, 0x10)
    assert client.get_balance(Purse.EP) == receipt.balance
    (record,) = client.history(0x18)
    assert (record.number, record.amount, record.type) == (receipt.logged, 0x10, 0x02)
    card.finish()


def test_recorded_load_without_le() -> None:
    """deng's card took CREDIT FOR LOAD without Le."""
    card = Recording(
        "805000020B 01 00002000 001122334455 10",
        "00000000 0000 01 00 C903814D 03976C22 9000",
        "805200000B 20161216 105800 8AFA5718", "FA00066D 9000",
    )  # fmt: skip
    client = FmcosClient(card)
    session = client.init_load(Purse.EP, 0x2000, DENG_KEYS, kid=1, terminal=DENG_TERMINAL)
    client.credit(
        session,
        Purse.EP,
        0x2000,
        DENG_KEYS,
        terminal=DENG_TERMINAL,
        stamp=bytes.fromhex("20161216105800"),
        le=None,
    )
    card.finish()


def test_recorded_purchase() -> None:
    """deng's purchase: TAC before MAC2 in the answer."""
    card = Recording(
        "805001020B 00 00000001 001122334455 0F",
        "00002000 0000 000000 00 00 584633C9 9000",
        "805401000F 00000000 20161216 134600 D45737C5 08", "8AF270DC 66B54A6B 9000",
    )  # fmt: skip
    receipt = FmcosClient(card).pay(
        Debit.PURCHASE_EP,
        1,
        DENG_KEYS,
        terminal=DENG_TERMINAL,
        serial=bytes(4),
        stamp=bytes.fromhex("20161216134600"),
    )
    assert (receipt.balance, receipt.mac2.hex()) == (0x1FFF, "66b54a6b")
    card.finish()


@pytest.mark.parametrize(
    ("kid", "key", "rand", "cryptogram"),
    [
        (0, "FFFFFFFFFFFFFFFF", "53FD1F262EC4E6E2", "A0DBBFC1192FF24A"),
        (1, "0102030405060708", "BB83BFF3", "74B0047DD681D96C"),
    ],
)
def test_recorded_external_authentication(kid: int, key: str, rand: str, cryptogram: str) -> None:
    """Eight bytes of challenge from a real FM1208, four from the vendor's manual."""
    size = len(rand) // 2
    card = Recording(
        f"00840000{size:02X}", rand + "9000", f"008200{kid:02X}08 {cryptogram}", "9000"
    )
    FmcosClient(card).external_authenticate(kid, bytes.fromhex(key), size=size)
    card.finish()


def test_recorded_line_protection() -> None:
    """UPDATE BINARY of file 05 as a real FM1208 accepted it."""
    data = (
        "000122000001FFFF22000000000000060001201610280000000000010001"
        "000000000000000000000000000020501231"
    )
    card = Recording("0084000004", "88BBE4E3 9000", f"04D6850034 {data} AE8D8774", "9000")
    client = FmcosClient(card, challenge_size=4)
    client.update_binary(0x85, 0x00, bytes.fromhex(data), bytes(8 * [0xFF]))
    card.finish()


def test_recorded_protected_read() -> None:
    """klks test_mac: request and answer share the challenge; the answer's MAC is on the data."""
    data = "112233445566778899 00AABBCCDDEEFF"
    pairs = ["0084000004", "D0FE4FB9 9000", "04B0000004 F09C8A19 10", data + "8D318577 9000"]
    read = FmcosClient(Recording(*pairs), challenge_size=4).read_binary
    assert read(0, 0, 0x10, bytes(16 * [0xFF])) == bytes.fromhex(data)

    pairs[-1] = data + "8D318576 9000"
    read = FmcosClient(Recording(*pairs), challenge_size=4).read_binary
    with pytest.raises(ProofError):
        read(0, 0, 0x10, bytes(16 * [0xFF]))


@pytest.mark.parametrize(
    ("rand", "kind", "p1", "kid", "command"),
    [
        ("4C45BAB9", 0xF9, 0x01, 2, "84D4010214 7C87BC23140021B3AFEA67E6359DDCFE D7C943F6"),
        ("EF364818", 0xF9, 0x39, 1, "84D4390114 7C87BC23140021B3AFEA67E6359DDCFE 9095E4E1"),
        ("C0B3549C", 0x39, 0xF9, 2, "84D4F90214 7E65DE142F66CA41AFEA67E6359DDCFE 012EF5F5"),
    ],
)
def test_recorded_key_record(rand: str, kind: int, p1: int, kid: int, command: str) -> None:
    """WRITE KEY enciphered: add, then modify from 39 to F9 and back; P1 is the present type."""
    card = Recording("0084000004", rand + "9000", command, "9000")
    record = bytes([kind, 0xF0, 0xF0, 0xAA, 0xFF]) + bytes.fromhex("1122334455667788")
    FmcosClient(card, challenge_size=4).put_key_record(p1, kid, record, bytes(8 * [0xFF]))
    card.finish()


def test_a_wrong_proof_is_not_believed() -> None:
    """One bit in MAC1, TAC or MAC2 and the client stops; an error word is kept as it came."""
    good = "00000000 0000 01 00 C903814D 03976C22 9000"
    client = FmcosClient(Recording("805000020B 01 00002000 001122334455 10", good[:-6] + "3 9000"))
    with pytest.raises(ProofError):
        client.init_load(Purse.EP, 0x2000, DENG_KEYS, kid=1, terminal=DENG_TERMINAL)

    for answer in ("8AF270DD 66B54A6B 9000", "8AF270DC 66B54A6A 9000", "66B54A6B 8AF270DC 9000"):
        card = Recording(
            "805001020B 00 00000001 001122334455 0F",
            "00002000 0000 000000 00 00 584633C9 9000",
            "805401000F 00000000 20161216 134600 D45737C5 08", answer,
        )  # fmt: skip
        with pytest.raises(ProofError):
            FmcosClient(card).pay(
                Debit.PURCHASE_EP,
                1,
                DENG_KEYS,
                terminal=DENG_TERMINAL,
                serial=bytes(4),
                stamp=bytes.fromhex("20161216134600"),
            )

    with pytest.raises(CardError) as caught:
        FmcosClient(Recording("805C000204", "6985")).get_balance(Purse.EP)
    assert caught.value.sw == 0x6985


def test_klks_command_shapes() -> None:
    """Personalisation commands as the comments of klks' compro session print them."""
    card = Recording(
        "00A40000023F0000", "9000",
        "80E00001073F004000F0FFFF", "9000",
        "80D40100083AF0EF01FF123456", "9000",
        "80E0DF010F3801F1F0F095FFFF54657374446972", "9000",
        "80E00002072F0208F000FF18", "9000",
        "80E0001807 2E0217F1EFFFFF", "9000",
        "800E000000", "9000",
    )  # fmt: skip
    client = FmcosClient(card)
    client.select(0x3F00)
    client.create_key_file(0x0001, 0x40, 0x00)
    client.write_key(KeyType.PIN, 0, bytes.fromhex("123456"), (0x01, 0xFF), change=0xEF)
    client.create_df(0xDF01, 0x01F1, 0x95, b"TestDir")
    client.create_purse(Purse.EP, 0x18)
    client.create_ef(0x0018, FileType.CYCLIC, 0x0217, read=0xF1, write=0xEF)
    client.erase_df()
    card.finish()
