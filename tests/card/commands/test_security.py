"""Authentication, PIN life cycle, blocking: counters and status words step by step."""

from __future__ import annotations

import pytest

from tests.card.reference import (
    LNT_KEYS,
    TUNION_KEYS,
    Wallet,
    ecb,
    enciphered,
    halves_xor,
    line,
    mac,
)
from tests.card.support import (
    EP,
    LNT_PIN,
    TICL,
    Talk,
    create_purse_application,
    key,
    new_card,
    scripted,
)

KEY = "00112233445566778899AABBCCDDEEFF"
AUTH = "FEDCBA98765432100123456789ABCDEF"
RIGHT, WRONG = "00200000021234", "00200000029999"


def card(pin: str = "1234") -> Talk:
    talk = new_card("blank")
    types = ("34/00/01", "36/00/FF/33", "37/00/FF/33", "38/00/FF/33", "30/01", "31/02", "32/03")
    create_purse_application(talk, dict.fromkeys(types, KEY), pin=pin)
    talk.ok(key("39", "01", AUTH, "05", "33"))
    talk.ok("80E0000507", "280008F0F0FFFF")
    return talk


def secured(talk: Talk, header: str, body: str = "", with_key: str = KEY) -> str:
    return talk(line(with_key, header, body, talk.ok("0084000004")))


def broken(talk: Talk, header: str, body: str = "") -> str:
    command = line(KEY, header, body, talk.ok("0084000004"))
    return talk(command[:-8] + f"{int(command[-8:], 16) ^ 0x80:08X}")


# -- PIN ---------------------------------------------------------------------------------


def test_wrong_pins_count_down_to_63c0_and_then_6983() -> None:
    talk = card()
    assert [talk(WRONG) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
    assert talk(RIGHT) == "6983"
    talk.card.power_on()
    talk.ok("00A40000023F01")
    assert talk(RIGHT) == "6983", "the counter is persistent"


def test_right_pin_resets_the_counter() -> None:
    talk = card()
    for _ in range(3):
        assert [talk(WRONG), talk(WRONG), talk(RIGHT)] == ["63C2", "63C1", "9000"]


@pytest.mark.parametrize(
    "pin", ["1234", "1234FF", "1234FFFFFFFF"], ids=["bare", "one ff", "padded to six"]
)
def test_trailing_ff_may_be_omitted(pin: str) -> None:
    assert card()(f"00200000{len(pin) // 2:02X}{pin}") == "9000"


@pytest.mark.parametrize(("pin", "sw"), [("12", "6700"), ("12" * 9, "6700"), ("FFFF", "63C2")])
def test_pins_that_are_none(pin: str, sw: str) -> None:
    assert card()(f"00200000{len(pin) // 2:02X}{pin}") == sw


def test_change_pin_needs_the_old_one() -> None:
    talk = card()
    assert talk("805E0100 05 9999 FF 5678") == "63C2"
    assert talk("805E0100 05 1234 FF 5678") == "9000"
    assert talk(RIGHT) == "63C2", "the counter had been reset"
    assert talk("00200000025678") == "9000"


@pytest.mark.parametrize(
    ("data", "sw"),
    [
        ("1234FF", "6700"),
        ("12345678", "6700"),  # no separator, and too short
        ("123456789A", "6700"),
        ("1234FF12", "6700"),
        ("1234FF" + "11" * 7, "6700"),
        ("1234FF" + "11" * 6, "9000"),
    ],
)
def test_shape_of_change_pin(data: str, sw: str) -> None:
    assert card()(f"805E0100{len(data) // 2:02X}{data}") == sw


def test_change_pin_counts_wrong_tries_and_stops_when_blocked() -> None:
    talk = card()
    for sw in ("63C2", "63C1", "63C0", "6983"):
        assert talk("805E0100059999FF5678") == sw
    assert talk("805E0100051234FF5678") == "6983"


def test_reload_pin_is_maced_with_the_xor_of_halves_over_the_pin_alone() -> None:
    talk = card()
    for _ in range(3):
        talk(WRONG)
    assert talk("805E000006", "5678", mac(halves_xor(KEY), "5678")) == "9000"
    assert talk("00200000025678") == "9000", "reloading unblocks"


def test_reload_key_blocks_after_three_wrong_macs_in_a_row_only() -> None:
    talk = card()
    good = "805E000006" + "5678" + mac(halves_xor(KEY), "5678")
    for _ in range(3):
        for _ in range(2):
            assert talk("805E000006567800000000") == "9302"
        assert talk(good) == "9000", "success gives the tries back"
    for _ in range(3):
        assert talk("805E000006567800000000") == "9302"
    assert talk(good) == "6983"


def test_reload_refuses_a_pin_of_padding() -> None:
    talk = card()
    assert talk("805E000006", "FFFF", mac(halves_xor(KEY), "FFFF")) == "6A80"
    assert talk(RIGHT) == "9000"


@pytest.mark.parametrize("pin", ["5678", "56789012345678"])
def test_unblock_pin_enciphers_and_macs_with_key_37(pin: str) -> None:
    talk = card()
    for _ in range(3):
        talk(WRONG)
    assert secured(talk, "84240000", enciphered(KEY, pin)) == "9000"
    assert talk(f"00200000{len(pin) // 2:02X}{pin}") == "9000"


@pytest.mark.parametrize("header", ["84240700", "84240007"])
def test_unblock_pin_names_its_pin_in_p1_or_p2(header: str) -> None:
    """Public clients put the identifier into P1, the manual's example into P2."""
    talk = card()
    talk.ok(key("3A", "07", "4321", "01", "11"))
    assert talk("00200007029999") == "63C0"
    assert secured(talk, header, enciphered(KEY, "5678")) == "9000"
    assert talk("00200007025678") == "9000"
    assert talk(RIGHT) == "9000", "the other PIN is as it was"


def test_unblock_pin_refusals() -> None:
    talk = card()
    assert talk("842400000C" + "00" * 12) == "6984"
    assert broken(talk, "84240000", enciphered(KEY, "5678")) == "6988"
    assert secured(talk, "84240000", "00" * 8) == "6A80"
    assert talk("842400000B" + "00" * 11) == "6700"
    assert talk("842405000C" + "00" * 12) == "9403"
    assert talk(RIGHT) == "9000", "the old PIN stands"
    for sw in ("6988", "6988", "6988", "6983"):
        talk.ok("0084000004")
        assert talk("842400000C" + "00" * 12) == sw


def test_pin_commands_without_key_file_and_without_pin() -> None:
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    assert talk(RIGHT) == "6A82"
    assert talk("0082000008" + "00" * 8) == "6A82"
    talk.ok("80E0000007", "3F020095F0FFFF")
    assert talk(RIGHT) == "9403"
    assert talk("805E0100051234FF5678") == "9403"
    assert talk("805E0000061234AABBCCDD") == "9403"


def test_pins_of_the_profiles() -> None:
    talk = new_card("lnt")
    talk.ok(TICL)
    assert talk(LNT_PIN) == "9000"
    talk = new_card("tunion")
    talk.ok(EP)
    assert talk("0020000006" + b"123456".hex()) == "9000"


# -- external and internal authentication ---------------------------------------------------


@pytest.mark.parametrize(("length", "padded"), [("04", True), ("08", False)])
def test_external_authentication_sets_the_state_of_the_directory(
    length: str, *, padded: bool
) -> None:
    talk = card()
    talk.ok("80E0000607", "28000855F0FFFF")
    assert talk("00B0860008") == "6982"
    challenge = talk.ok(f"00840000{length}")
    proof = ecb(AUTH, challenge + "00000000" if padded else challenge)
    assert talk("0082000108", proof) == "9000"
    assert talk("00B0860008") == "00" * 8 + "9000"
    talk.ok("00A40000023F01")
    assert talk("00B0860008") == "6982", "selection clears the state"


def test_external_authentication_counts_and_blocks() -> None:
    talk = card()

    def attempt(*, right: bool) -> str:
        challenge = talk.ok("0084000004")
        return talk("0082000108", ecb(AUTH if right else KEY, challenge + "00000000"))

    assert [attempt(right=right) for right in (False, False, True)] == ["63C2", "63C1", "9000"]
    assert [attempt(right=right) for right in (False, False, False)] == ["63C2", "63C1", "63C0"]
    assert attempt(right=True) == "6983"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("0082000108" + "00" * 8, "6984"),
        ("0082000908" + "00" * 8, "6A88"),
        ("0082000107" + "00" * 7, "6700"),
    ],
)
def test_external_authentication_refusals(command: str, sw: str) -> None:
    assert card()(command) == sw


@pytest.mark.parametrize(
    ("access", "open_at"),
    [("F0", "02345F"), ("32", "23"), ("55", "5"), ("F3", "345F"), ("EF", ""), ("10", "0")],
)
def test_access_byte_is_a_range_of_states(access: str, open_at: str) -> None:
    """XY: the state must be at least Y and at most X; EF is never, also not in state F."""
    talk = card()
    talk.ok("80E0000607", f"280008{access}F0FFFF")
    for number, state in enumerate("2345F"):
        talk.ok(key("39", f"1{number}", AUTH, f"0{state}", "33"))
    got = "0" if talk.sw("00B0860008") == "9000" else ""
    for number, state in enumerate("2345F"):
        challenge = talk.ok("0084000004")
        talk.ok(f"0082001{number}08", ecb(AUTH, challenge + "00000000"))
        got += state if talk.sw("00B0860008") == "9000" else ""
    assert got == open_at


def test_missing_challenge_costs_no_try() -> None:
    talk = card()
    for _ in range(5):
        assert talk("0082000108" + "00" * 8) == "6984"
    challenge = talk.ok("0084000004")
    assert talk("0082000108", ecb(AUTH, challenge + "00000000")) == "9000"


def test_authentication_key_may_itself_need_a_state() -> None:
    talk = card()
    data = f"39050001{'33'}{AUTH}"
    talk.ok(f"80D40102{len(data) // 2:02X}{data}")
    challenge = talk.ok("0084000004")
    assert talk("0082000208", ecb(AUTH, challenge + "00000000")) == "6982", "0Y of the MF"


def test_internal_authentication() -> None:
    talk = card()
    block = "0123456789ABCDEF"
    assert talk.ok("0088000110", block * 2) == ecb(KEY, block * 2)
    assert talk.ok("0088010208", ecb(KEY, block)) == block
    assert talk.ok("0088020305", "0102030405") == mac(KEY, "0102030405")
    assert talk("0088000107" + "00" * 7) == "6700"
    assert talk("0088000208" + "00" * 8) == "6A88", "key of another type"
    assert talk("00880001") == "6700"


def test_get_challenge_gives_what_the_random_source_gives() -> None:
    talk = new_card("blank", scripted(["AABBCCDD", "1122334455667788"]))
    assert talk.ok("0084000004") == "AABBCCDD"
    assert talk.ok("0084000008") == "1122334455667788"


# -- blocking ----------------------------------------------------------------------------------


def test_temporary_block_and_unblock() -> None:
    talk = card()
    assert secured(talk, "841E0000") == "9000"
    assert talk("805C000204") == "6A81"
    assert talk("00A4000002", "0005") == "6A81"
    assert secured(talk, "841E0000") == "9000", "even if already blocked"
    assert talk("00A40000023F01") == "6A81"
    assert secured(talk, "84180000") == "9000"
    assert talk("805C000204") == "000000009000"
    assert talk("00A40000023F01").endswith("9000")


def test_three_wrong_unblocks_in_a_row_lock_for_good() -> None:
    talk = card()
    secured(talk, "841E0000")
    assert [broken(talk, "84180000") for _ in range(2)] == ["6988", "6988"]
    assert secured(talk, "84180000") == "9000", "a right one starts the count again"
    secured(talk, "841E0000")
    assert [broken(talk, "84180000") for _ in range(3)] == ["6988", "6988", "9303"]
    assert secured(talk, "84180000") == "9303"
    assert talk("805C000204") == "6A81"
    assert talk(RIGHT) == "9303"


def test_permanent_block() -> None:
    talk = new_card("tunion", balance=100)
    talk.ok(EP)
    assert secured(talk, "841E0001", with_key=TUNION_KEYS["line"]) == "9000"
    assert secured(talk, "84180000", with_key=TUNION_KEYS["line"]) == "9303"
    talk.card.power_on()
    assert talk(EP) == "9303"
    assert talk("805C000204") == "6A81"


def test_temporary_block_of_a_t_union_purse_is_6283_with_fci() -> None:
    talk = new_card("tunion", balance=100)
    talk.ok(EP)
    Wallet(talk, TUNION_KEYS).do("purchase", 1)
    assert secured(talk, "841E0000", with_key=TUNION_KEYS["line"]) == "9000"
    talk.card.power_on()
    answer = talk(EP)
    assert answer.startswith("6F318408A000000632010105")
    assert answer.endswith("6283")
    assert talk("805A000602000108") == "6A81"
    assert secured(talk, "84180000", with_key=TUNION_KEYS["line"]) == "9000"
    assert talk.ok("805C000204") == "00000063"


def test_blocking_refusals() -> None:
    talk = card()
    assert talk("841E000004" + "00" * 4) == "6984"
    assert broken(talk, "841E0000") == "6988"
    assert secured(talk, "84180000") == "6985", "nothing is blocked"
    assert talk("841E000005" + "00" * 5) == "6700"
    talk.ok("00A4000000")
    assert talk("841E000004" + "00" * 4) == "6985", "the MF is no application"
    assert talk("8416000004" + "00" * 4) == "6A88", "no line key in the MF"


def test_block_of_one_lingnan_tong_application_leaves_the_other() -> None:
    talk = new_card("lnt", balance=100)
    talk.ok(TICL)
    assert secured(talk, "841E0000", with_key=LNT_KEYS["line"]) == "9000"
    assert talk("805C000204") == "6A81"
    talk.ok("00A4040008" + b"PAY.APPY".hex())
    talk.ok("00B0950000")


def test_block_inside_a_transaction_ends_it() -> None:
    talk = new_card("tunion", balance=100)
    talk.ok(EP)
    pending = Wallet(talk, TUNION_KEYS).begin("purchase", 1)
    assert secured(talk, "841E0000", with_key=TUNION_KEYS["line"]) == "9000"
    assert talk(pending.commit) == "6A81"
    assert secured(talk, "84180000", with_key=TUNION_KEYS["line"]) == "9000"
    assert talk(pending.commit) == "6901"
