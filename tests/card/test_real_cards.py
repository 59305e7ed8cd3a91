"""Exchanges of real FM1208 cards, replayed: same commands, same randoms, same answers.

Each exchange stands in ``tests/vectors/purse.json`` with its source. The card under test
is issued by APDU with the keys that the source gives.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.card.support import Talk, create_purse_application, key, new_card, scripted

VECTORS = {
    vector["id"]: vector
    for vector in json.loads(
        (Path(__file__).parents[1] / "vectors" / "purse.json").read_text("utf-8")
    )["vectors"]
}
DENG_KEY = "00112233445566778899AABBCCDDEEFF"


def exchanges(vector_id: str) -> list[tuple[str, str]]:
    lines = [line.replace(" ", "") for line in VECTORS[vector_id]["apdu"]]
    pairs = []
    for line in lines:
        if line.startswith(">"):
            pairs.append((line[1:], ""))
        else:
            pairs[-1] = (pairs[-1][0], line[1:])
    return pairs


def replay(talk: Talk, vector_id: str) -> int:
    count = 0
    for command, answer in exchanges(vector_id):
        got = talk(command)
        if answer:
            assert got == answer, f"{vector_id}: {command}"
            count += 1
        else:
            assert got.endswith("9000"), f"{vector_id}: {command} -> {got}"
    return count


def test_load_and_purchase_of_a_real_card_byte_for_byte() -> None:
    talk = new_card("blank", scripted(["C903814D", "584633C9"]))
    create_purse_application(
        talk, {"3F/01/01/00": DENG_KEY, "3E/00/00/00": DENG_KEY, "34/00/00/01": DENG_KEY}
    )
    assert replay(talk, "fm1208-deng-load-1") == 2
    assert replay(talk, "fm1208-deng-purchase-1") == 2


def test_load_initialisation_only() -> None:
    talk = new_card("blank", scripted(["E0B84748"]))
    create_purse_application(talk, {"3F/02/00/00": DENG_KEY, "34/00/00/01": DENG_KEY})
    assert replay(talk, "fm1208-deng-load-0") == 1


def test_load_with_pin_and_log_of_a_real_card_byte_for_byte() -> None:
    """The log holds the counter AFTER the load, the TAC the one before."""
    talk = new_card("blank", scripted(["4E066548"]))
    create_purse_application(
        talk,
        {
            "3F/00/00/01": "3F3F3F3F3F3F3F3F1122334455667788",
            "34/00/00/01": "34343434343434341122334455667788",
        },
        pin="1234",
    )
    assert replay(talk, "fm1208-robur-load") == 6


def test_external_authentication_with_the_transport_key() -> None:
    talk = new_card("blank", scripted(["53FD1F262EC4E6E2"]))
    assert replay(talk, "fm1208-yihang-extauth") == 2


def test_line_mac_that_a_real_card_accepted() -> None:
    talk = new_card("blank", scripted(["88BBE4E3"]))
    talk.ok("800E000000")
    talk.ok("80E0000007", "3F010000F0FFFF")
    talk.ok(key("36", "00", "FFFFFFFFFFFFFFFF", "FF", "33"))
    talk.ok("80E0000507", "A80030F0F0FFFF")
    step = VECTORS["fm1208-yihang-linemac-05"]["steps"][0]
    assert talk("0084000004") == "88BBE4E39000"
    assert talk(step["data"], step["expect"]) == "9000"
    assert talk.ok("00B0850000") == step["data"][10:]


@pytest.mark.parametrize("damage", range(4))
def test_line_mac_with_one_wrong_byte_is_refused(damage: int) -> None:
    talk = new_card("blank", scripted(["88BBE4E3"]))
    talk.ok("800E000000")
    talk.ok("80E0000007", "3F010000F0FFFF")
    talk.ok(key("36", "00", "FFFFFFFFFFFFFFFF", "FF", "33"))
    talk.ok("80E0000507", "A80030F0F0FFFF")
    step = VECTORS["fm1208-yihang-linemac-05"]["steps"][0]
    mac = bytearray.fromhex(step["expect"])
    mac[damage] ^= 1
    talk("0084000004")
    assert talk(step["data"], mac.hex()) == "6988"
    assert set(talk.ok("00B0850000")) == {"0"}


def test_enciphered_write_key_of_a_real_card() -> None:
    """Add key 02 as F9, make key 01 (39) an F9, make key 02 a 39; master key FF*8."""
    talk = new_card("blank", scripted(["4C45BAB9", "EF364818", "C0B3549C"]))
    talk.ok("80E0DF010A", "380400F0F095FFFF", "4141")
    talk.ok("00A4000002DF01")
    talk.ok("80E0000007", "3F010095F0FFFF")
    talk.ok(key("39", "01", "0000000000000000", "AA", "FF"))
    for command in VECTORS["fm1208-writekey-encmac"]["apdu"]:
        assert talk.sw("0084000004") == "9000"
        assert talk(command.removeprefix(">")) == "9000"


def test_internal_authentication_examples_of_the_manual() -> None:
    talk = new_card("blank")
    talk.ok("800E000000")
    talk.ok("80E0000007", "3F010000F0FFFF")
    for kid, type_ in (("01", "30"), ("02", "31"), ("03", "32")):
        talk.ok(key(type_, kid, "1122334455667788"))
    assert replay(talk, "fmcos-man-intauth") == 3


def test_external_authentication_example_of_the_manual() -> None:
    talk = new_card("blank", scripted(["BB83BFF3"]))
    talk.ok("800E000000")
    talk.ok("80E0000007", "3F010000F0FFFF")
    talk.ok(key("39", "08", "0102030405060708", "01", "33"))
    talk.ok("0084000004")
    assert talk("0082000808", "74B0047DD681D96C") == "9000"
