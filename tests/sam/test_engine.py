"""The PSAM engine: commands, state, and a number that never repeats."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import msgspec
import pytest
from Crypto.Cipher import DES, DES3

from ykt_sim.errors import PowerCutError
from ykt_sim.sam import Psam, SamImage
from ykt_sim.sam.engine import ATR
from ykt_sim.sam.issuing import make_image
from ykt_sim.sam.memory import SamCutPlan

KEYS = {"tunion": bytes(range(16)), "lnt": bytes(range(16, 32))}
SERIAL = "58100000413158100102"
TERMINAL = "413158100102"
ISSUER = "02205810FFFFFFFF"
CARD = "4870395000000827"
NUMBER = "5100009500000082"
OPEN_TUNION = "00A40000028011"
OPEN_LNT = "00A40000028012"
HEAD = "584633C9" + "0007" + "000000C8" + "09" + "20250601080000" + "01" + "00"


def image(**changes: object) -> SamImage:
    made = make_image(
        serial=SERIAL, terminal=TERMINAL, acquirer="12205810FFFFFFFF", purchase_keys=KEYS
    )
    return msgspec.structs.replace(made, **changes)


@dataclass
class Exchanges:
    """A PSAM spoken to in hex."""

    sam: Psam

    def __call__(self, apdu: str) -> str:
        return self.sam.process(bytes.fromhex(apdu)).hex().upper()


def powered(**changes: object) -> Exchanges:
    sam = Psam(image(**changes), lambda count: bytes(range(1, count + 1)))
    assert sam.power_on() == ATR
    return Exchanges(sam)


def mac1_command(levels: int) -> str:
    factors = CARD + ISSUER if levels == 2 else NUMBER
    data = HEAD + factors
    return f"80700000{len(data) // 2:02X}{data}08"


def diversify(key: bytes, factor: bytes) -> bytes:
    """Second implementation, over pycryptodome."""
    cipher = DES3.new(key, DES3.MODE_ECB)
    return cipher.encrypt(factor) + cipher.encrypt(bytes(b ^ 0xFF for b in factor))


def des_mac(key: bytes, data: bytes) -> bytes:
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 8)
    return DES.new(key, DES.MODE_CBC, bytes(8)).encrypt(padded)[-8:-4]


def expected(levels: int, serial: int) -> tuple[bytes, bytes]:
    """(MAC1, MAC2) worked out beside the engine."""
    if levels == 2:
        key = diversify(diversify(KEYS["tunion"], bytes.fromhex(ISSUER)), bytes.fromhex(CARD))
    else:
        key = diversify(KEYS["lnt"], bytes.fromhex(NUMBER))
    block = bytes.fromhex("584633C90007") + serial.to_bytes(4, "big")[2:]
    session = DES3.new(key, DES3.MODE_ECB).encrypt(block)
    under = bytes.fromhex("000000C809" + TERMINAL + "20250601080000")
    return des_mac(session, under), des_mac(session, bytes.fromhex("000000C8"))


@pytest.mark.parametrize(("levels", "opening"), [(2, OPEN_TUNION), (1, OPEN_LNT)])
def test_mac1_and_mac2(levels: int, opening: str) -> None:
    say = powered()
    assert say(opening).endswith("9000")
    mac1, mac2 = expected(levels, 1)
    assert say(mac1_command(levels)) == "00000001" + mac1.hex().upper() + "9000"
    assert say("8072000004" + mac2.hex()) == "9000"


def test_one_check_for_each_mac1() -> None:
    say = powered()
    say(OPEN_TUNION)
    assert say("807200000411223344") == "6901"
    say(mac1_command(2))
    mac2 = expected(2, 1)[1].hex()
    assert say("8072000004" + mac2) == "9000"
    assert say("8072000004" + mac2) == "6901"


def test_wrong_mac2_ends_the_transaction() -> None:
    say = powered()
    say(OPEN_TUNION)
    say(mac1_command(2))
    assert say("807200000400000000") == "9302"
    assert say("8072000004" + expected(2, 1)[1].hex()) == "6901"
    assert say.sam.snapshot().mac2_left == 14


def test_wrong_mac2_blocks_in_the_end_and_a_right_one_restores() -> None:
    say = powered(mac2_left=2)
    say(OPEN_TUNION)
    say(mac1_command(2))
    assert say("8072000004" + expected(2, 1)[1].hex()) == "9000"
    assert say.sam.snapshot().mac2_left == 15
    for _ in range(15):
        say(mac1_command(2))
        assert say("807200000400000000") == "9302"
    assert say(mac1_command(2)) == "6983"


@pytest.mark.parametrize("between", [OPEN_TUNION, OPEN_LNT, "00A40000023F00"])
def test_select_drops_the_transaction(between: str) -> None:
    say = powered()
    say(OPEN_TUNION)
    say(mac1_command(2))
    say(between)
    assert say("8072000004" + expected(2, 1)[1].hex()) == "6901"


def test_reading_keeps_the_transaction() -> None:
    say = powered()
    say(OPEN_TUNION)
    say(mac1_command(2))
    say("00B0960006")
    assert say("8072000004" + expected(2, 1)[1].hex()) == "9000"


def test_reset_drops_the_transaction_and_the_selection() -> None:
    say = powered()
    say(OPEN_TUNION)
    say(mac1_command(2))
    say.sam.power_on()
    assert say("8072000004" + expected(2, 1)[1].hex()) == "6901"
    assert say(mac1_command(2)) == "6985"


@pytest.mark.parametrize(
    ("apdu", "answer"),
    [
        ("00B095000E", SERIAL + "01019999" + "9000"),
        ("00B0950000", SERIAL + "01019999" + "9000"),
        ("00B0950A02", "0101" + "9000"),
        ("00B0960006", TERMINAL + "9000"),
        ("00B096000A", "6C06"),
        ("00B0960700", "6B00"),
        ("00B0970000", "6A82"),
        ("00B0180000", "6A86"),
        ("00A4000002" + "3F01", "6A82"),
        ("00A4020002" + "3F00", "6A86"),
        ("00A4000001" + "3F", "6700"),
        ("00A4040000", "6700"),
        ("0084000004", "01020304" + "9000"),
        ("0084000008", "0102030405060708" + "9000"),
        ("0084000005", "6700"),
        ("0084010004", "6A86"),
        ("0020000003123456", "6D00"),
        ("9084000004", "6E00"),
        ("90FF000000", "6E00"),
        ("8084000004", "6E00"),
        ("0070000000", "6E00"),
        ("00C0000000", "6985"),
        ("", "6700"),
        ("00A4", "6700"),
        ("00A400000580", "6700"),
    ],
)
def test_answers_without_an_application(apdu: str, answer: str) -> None:
    assert powered()(apdu) == answer


def test_select_by_name_and_fci() -> None:
    say = powered()
    root = say("00A40000023F00")
    assert root == "6F15840E315041592E5359532E4444463031A50388011F9000"  # as in the lab's trace
    assert say("00A4040008A000000632010105").endswith("9000")
    assert say("00B0970000") == ("01" + "12205810FFFFFFFF" * 2 + "2017010120991231" + "9000")
    assert say("00A4040008" + b"PAY.TICL".hex()).endswith("9000")
    assert say("00A4040007" + b"PAY.TIC".hex()) == "6A82"


@pytest.mark.parametrize(
    ("apdu", "answer"),
    [
        (mac1_command(2).replace("80700000", "80700100"), "6A86"),
        ("80700000" + "14" + HEAD, "6700"),
        ("80700000" + "1B" + HEAD + CARD[2:], "6700"),
        (mac1_command(2)[:-2] + "07", "6700"),
        ("8070000024" + HEAD[:-4] + "0200" + CARD + ISSUER, "9403"),
        ("8070000024" + HEAD[:-4] + "0104" + CARD + ISSUER, "9403"),
        (mac1_command(1), "6A80"),
    ],
)
def test_bad_mac1_commands(apdu: str, answer: str) -> None:
    say = powered()
    say(OPEN_TUNION)
    assert say(apdu) == answer


def test_bad_command_costs_no_number() -> None:
    say = powered()
    say(OPEN_TUNION)
    say("80700000" + "14" + HEAD)
    say("8070000024" + HEAD[:-4] + "0200" + CARD + ISSUER)
    assert say.sam.snapshot().next_serial == 1


@pytest.mark.parametrize(
    ("apdu", "answer"), [("8072010004" + "0" * 8, "6A86"), ("80720000", "6700")]
)
def test_bad_check_commands(apdu: str, answer: str) -> None:
    say = powered()
    say(OPEN_TUNION)
    say(mac1_command(2))
    assert say(apdu) == answer


def test_numbers_run_out_and_refuse() -> None:
    say = powered(next_serial=0xFFFFFFFE)
    say(OPEN_TUNION)
    assert say(mac1_command(2)).startswith("FFFFFFFE")
    assert say(mac1_command(2)) == "9402"
    assert say.sam.snapshot().next_serial == 0xFFFFFFFF


def test_session_uses_the_low_half_of_the_number() -> None:
    say = powered(next_serial=0x00012345)
    say(OPEN_TUNION)
    mac1 = expected(2, 0x00012345)[0]
    assert say(mac1_command(2)) == "00012345" + mac1.hex().upper() + "9000"


def test_t0_announces_and_hands_over() -> None:
    say = powered(t0=True)
    assert say("00A40000023F00") == "6117"
    assert say("00C0000010") == "6C17"
    assert say("00C0000017").endswith("9000")
    assert say("00C0000017") == "6985"
    assert say("00B0960006") == TERMINAL + "9000"  # no data went in: answered at once
    assert say("00A40000023F00") == "6117"
    say("00B0960006")
    assert say("00C0000017") == "6985"  # another command in between drops it


def test_no_power_no_answer() -> None:
    sam = Psam(image(), bytes)
    with pytest.raises(PowerCutError):
        sam.process(bytes.fromhex("00B0960006"))


@pytest.mark.parametrize(("cut", "torn"), list(itertools.product(range(1, 9), (False, True))))
def test_numbers_never_repeat_across_power_cuts(cut: int, torn: bool) -> None:  # noqa: FBT001
    """Four 8070 with a cut at every physical step: every number seen once, none lost twice."""
    sam = Psam(image(), bytes)
    say = Exchanges(sam)
    sam.power_on()
    say(OPEN_TUNION)
    sam.cut_plan(SamCutPlan(cut, torn=torn))
    seen: list[str] = []
    cuts = 0
    for _ in range(6):
        try:
            seen.append(say(mac1_command(2))[:8])
        except PowerCutError:
            cuts += 1
            sam.power_on()
            say(OPEN_TUNION)
    assert cuts == 1
    assert len(seen) == 5
    assert len(set(seen)) == 5
    assert seen == sorted(seen)
    assert int(seen[-1], 16) <= 6


@pytest.mark.parametrize("cut", [1, 2])
def test_a_snapshot_after_a_cut_is_behind_no_number_that_left(cut: int) -> None:
    sam = Psam(image(), bytes)
    say = Exchanges(sam)
    sam.power_on()
    say(OPEN_TUNION)
    first = int(say(mac1_command(2))[:8], 16)
    sam.cut_plan(SamCutPlan(cut))
    with pytest.raises(PowerCutError):
        say(mac1_command(2))
    sam.power_on()
    other = Psam(SamImage.from_json(sam.snapshot().to_json()), bytes)
    other.power_on()
    say = Exchanges(other)
    say(OPEN_TUNION)
    assert int(say(mac1_command(2))[:8], 16) > first


def test_wrong_mac2_tries_survive_a_power_cut() -> None:
    sam = Psam(image(mac2_left=1), bytes)
    say = Exchanges(sam)
    sam.power_on()
    say(OPEN_TUNION)
    say(mac1_command(2))
    assert say("807200000400000000") == "9302"
    sam.power_on()
    say(OPEN_TUNION)
    assert say(mac1_command(2)) == "6983"
