"""Secure messaging on files: MAC, encipherment, key choice, error counters."""

from __future__ import annotations

import pytest

from tests.card.reference import LNT_KEYS, TUNION_KEYS, enciphered, line, mac
from tests.card.support import APPY, EP, Talk, changed, key, new_card, powered
from ykt_sim.card.model import Ef
from ykt_sim.codes import FileType

KEYS = {kid: f"{16 * kid + 16:02X}" * 8 + "A5" * 8 for kid in range(4)}


def card(protection: str, access: str = "FF", tries: str = "33") -> Talk:
    """File 05 of 16 bytes under an application with line keys 36/00..03."""
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    talk.ok("80E0000007", "3F020095F0FFFF")
    for kid, value in KEYS.items():
        talk.ok(key("36", f"{kid:02X}", value, "FF", tries))
    talk.ok(f"80E0000507{protection}0010F0F0FF{access}")
    talk.ok(f"80E0000607{int(protection, 16) + 6:02X}0304F0F0FF{access}")  # cyclic
    return talk


def challenge(talk: Talk, length: str = "04") -> str:
    return talk.ok(f"00840000{length}")


@pytest.mark.parametrize("length", ["04", "08"])
def test_update_with_mac_under_four_and_eight_byte_challenges(length: str) -> None:
    talk = card("A8")
    command = line(KEYS[0], "04D68500", "CAFE", challenge(talk, length))
    assert talk(command) == "9000"
    assert talk.ok("00B0850002") == "CAFE"


def test_a_file_that_does_not_say_uses_the_first_line_key_and_may_be_read_plain() -> None:
    file = Ef(type=FileType.TRANSPARENT, size=16, protection=0x80)
    talk = powered(changed(card("A8").card.snapshot(), {("ef", 0x3F01, 5): lambda _: file}))
    talk.ok("00A40000023F01")
    assert talk(line(KEYS[0], "04D68500", "CAFE", challenge(talk))) == "9000"
    assert talk.ok("00B0850002") == "CAFE"


@pytest.mark.parametrize("data", ["CAFE", "11223344556677", "1122334455667788", "00" * 15])
def test_enciphered_update_pads_only_when_needed(data: str) -> None:
    """Seven bytes and their length byte fill a block: no padding follows."""
    talk = card("E8")
    body = enciphered(KEYS[0], data)
    blocks = {"CAFE": 1, "11223344556677": 1}.get(data, 2)
    assert len(body) == 16 * blocks
    assert talk(line(KEYS[0], "04D68500", body, challenge(talk))) == "9000"
    assert talk.ok(f"00B08500{len(data) // 2:02X}") == data


@pytest.mark.parametrize(
    ("access", "write_key", "read_key"),
    [
        ("FF", 0, 0),
        ("FE", 1, 0),
        ("FD", 2, 0),
        ("FC", 3, 0),
        ("FB", 0, 1),
        ("F3", 0, 3),
        ("F0", 3, 3),
    ],
)
def test_access_byte_chooses_the_line_key(access: str, write_key: int, read_key: int) -> None:
    """Bits 2-1 the write key, bits 4-3 the read key: 11 is key 00, 00 is key 03."""
    talk = card("A8", access)
    other = (write_key + 1) % 4
    assert talk(line(KEYS[other], "04D68500", "CAFE", challenge(talk))) == "6988"
    assert talk(line(KEYS[write_key], "04D68500", "CAFE", challenge(talk))) == "9000"
    rnd = challenge(talk)
    answer = talk.ok(line(KEYS[read_key], "04B08500", "", rnd) + "02")
    assert answer == "CAFE" + mac(KEYS[read_key], "CAFE", rnd)


@pytest.mark.parametrize("protection", ["A8", "E8"])
def test_protected_read_answers_under_the_same_challenge(protection: str) -> None:
    talk = card(protection)
    body = "CAFE" if protection == "A8" else enciphered(KEYS[0], "CAFE")
    talk.ok(line(KEYS[0], "04D68500", body, challenge(talk)))
    rnd = challenge(talk)
    answer = talk.ok(line(KEYS[0], "04B08500", "", rnd) + "02")
    assert answer == body + mac(KEYS[0], body, rnd)


def test_protected_read_is_forced_by_bit_8_of_the_access_byte() -> None:
    talk = card("A8", "7F")
    assert talk("00B0850002") == "6987"
    rnd = challenge(talk)
    assert talk.ok(line(KEYS[0], "04B08500", "", rnd) + "02")[:4] == "0000"
    assert card("A8", "FF").sw("00B0850002") == "9000"


def test_protected_record_file() -> None:
    talk = card("A8")
    assert talk("00E2003004AABBCCDD") == "6987"
    assert talk(line(KEYS[0], "04E20030", "AABBCCDD", challenge(talk))) == "9000"
    assert talk(line(KEYS[0], "04DC0134", "11223344", challenge(talk))) == "9000"
    rnd = challenge(talk)
    answer = talk.ok(line(KEYS[0], "04B20134", "", rnd) + "04")
    assert answer == "11223344" + mac(KEYS[0], "11223344", rnd)


def test_enciphered_record_file() -> None:
    talk = card("E8")
    body = enciphered(KEYS[0], "AABBCCDD")
    assert talk(line(KEYS[0], "04E20030", body, challenge(talk))) == "9000"
    rnd = challenge(talk)
    answer = talk.ok(line(KEYS[0], "04B20134", "", rnd) + "04")
    assert answer == body + mac(KEYS[0], body, rnd)
    assert talk.ok("00B2013404") == "AABBCCDD"


@pytest.mark.parametrize(
    ("change", "sw"),
    [
        ("plain class", "6987"),
        ("no challenge", "6984"),
        ("wrong mac", "6988"),
        ("other data", "6988"),
        ("other offset", "6988"),
        ("no mac at all", "6987"),
    ],
)
def test_ways_to_fail(change: str, sw: str) -> None:
    talk = card("A8")
    rnd = "00000000" if change == "no challenge" else challenge(talk)
    good = line(KEYS[0], "04D68500", "CAFE", rnd)
    command = {
        "plain class": "00D6850002CAFE",
        "no challenge": good,
        "wrong mac": good[:-1] + f"{int(good[-1], 16) ^ 1:X}",
        "other data": good[:10] + "DEAD" + good[14:],
        "other offset": good[:6] + "01" + good[8:],
        "no mac at all": "04D6850002CAFE",
    }[change]
    assert talk(command) == sw
    assert talk.ok("00B0850010") == "00" * 16


def test_replayed_command_is_refused() -> None:
    talk = card("A8")
    good = line(KEYS[0], "04D68500", "CAFE", challenge(talk))
    talk.ok(good)
    assert talk(good) == "6984"
    challenge(talk)
    assert talk(good) == "6988"


def test_protection_where_none_is_asked_is_6900() -> None:
    talk = card("28")
    assert talk(line(KEYS[0], "04D68500", "CAFE", challenge(talk))) == "6900"
    assert talk(line(KEYS[0], "04B08500", "", challenge(talk)) + "02") == "6900"


def test_missing_line_key_is_6a88() -> None:
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    talk.ok("80E0000007", "3F020095F0FFFF")
    talk.ok("80E0000507A80010F0F0FFFF")
    assert talk("04D6850006CAFE00000000") == "6A88"


@pytest.mark.parametrize("garbage", ["00" * 8, "FF" * 8, "CAFE"], ids=["zeros", "ones", "short"])
def test_right_mac_over_garbage_is_6a80(garbage: str) -> None:
    """The MAC fits, what it covers deciphers to no length byte: nothing is written."""
    talk = card("E8")
    assert talk(line(KEYS[0], "04D68500", garbage, challenge(talk))) == "6A80"
    assert talk.ok("00B0850010") == "00" * 16


def test_three_wrong_macs_block_the_line_key_and_one_right_resets() -> None:
    talk = card("A8")
    for _ in range(3):
        for _ in range(2):
            challenge(talk)
            assert talk("04D6850006CAFE00000000") == "6988"
        assert talk(line(KEYS[0], "04D68500", "CAFE", challenge(talk))) == "9000"
    for _ in range(3):
        challenge(talk)
        assert talk("04D6850006CAFE00000000") == "6988"
    assert talk(line(KEYS[0], "04D68500", "CAFE", challenge(talk))) == "6983"


def test_key_without_error_counter_never_blocks() -> None:
    talk = card("A8", tries="00")
    for _ in range(20):
        challenge(talk)
        assert talk("04D6850006CAFE00000000") == "6988"
    assert talk(line(KEYS[0], "04D68500", "CAFE", challenge(talk))) == "9000"


@pytest.mark.parametrize("sfi", ["95", "96", "97"])
def test_three_wrong_macs_on_a_purse_file_lock_the_application_for_good(sfi: str) -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    answers = []
    for _ in range(4):
        challenge(talk)
        answers.append(talk(f"04D6{sfi}0006CAFE00000000"))
    assert answers == ["6988", "6988", "9303", "6A81"]
    talk.card.power_on()
    assert talk(EP) == "9303"
    talk.ok("00A4000000")


def test_issuer_updates_file_15_of_a_t_union_card_and_the_fci_follows() -> None:
    talk = new_card("tunion")
    talk.ok(EP)
    assert talk(line(TUNION_KEYS["line"], "04D69514", "20180101", challenge(talk))) == "9000"
    assert talk.ok("00B0951404") == "20180101"
    assert "20180101" in talk.ok(EP)


def test_line_key_of_lingnan_tong_blocks_without_locking() -> None:
    talk = new_card("lnt")
    talk.ok(APPY)
    for _ in range(3):
        challenge(talk)
        assert talk("04D6950006CAFE00000000") == "6988"
    assert talk(line(LNT_KEYS["line"], "04D69500", "CA", challenge(talk))) == "6983"
    talk.ok(APPY)
    talk.ok("00B0950000")
