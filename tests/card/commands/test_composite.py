"""Composite purchase: cached updates that take effect with the debit, or not at all."""

from __future__ import annotations

import msgspec
import pytest

from tests.card.reference import DUAL_EP_KEYS, TUNION_KEYS, Pending, Wallet, ecb, line, mac
from tests.card.support import (
    APPY,
    EP,
    Talk,
    changed,
    create_purse_application,
    made,
    new_card,
    powered,
)
from ykt_sim.card.memory import CutPlan
from ykt_sim.card.model import Ef
from ykt_sim.errors import PowerCutError

TRIP = "0312" + "11" * 46
OTHER_TRIP = "0499" + "22" * 46
RAIL = "27017D" + "33" * 125
BUS = "27027D" + "44" * 125
STATISTICS = "012E" + "55" * 46


def wallet(balance: int = 1000) -> Wallet:
    talk = new_card("tunion", balance=balance)
    talk.ok(EP)
    return Wallet(talk, TUNION_KEYS)


def rail(talk: Talk) -> str:
    return talk.ok("00B201D000")


def trip(talk: Talk, number: int = 1) -> str:
    return talk.ok(f"00B2{number:02X}F400")


UPDATES = {
    "trip": f"80DC00F030{TRIP}",
    "rail": f"80DC01D080{RAIL}",
    "bus": f"80DC02D080{BUS}",
    "statistics": f"80DC01CC30{STATISTICS}",
}


@pytest.mark.parametrize(
    "order",
    [
        ("rail", "trip"),
        ("trip", "rail"),
        ("trip", "bus", "rail", "statistics"),
        ("statistics", "rail", "trip"),
    ],
)
def test_updates_in_any_order_take_effect_together(order: tuple[str, ...]) -> None:
    purse = wallet()
    talk = purse.talk
    before = talk.card.snapshot()
    pending = purse.begin("composite", 190)
    for name in order:
        assert talk.ok(UPDATES[name]) == ""
    assert trip(talk) == "00" * 48, "nothing shows before the debit"
    assert talk.card.snapshot() == before
    purse.finish(pending)
    assert trip(talk) == TRIP
    assert trip(talk, 2) == "00" * 48
    assert (rail(talk) == RAIL) == ("rail" in order)
    assert (talk.ok("00B202D000") == BUS) == ("bus" in order)
    assert (talk.ok("00B201CC00") == STATISTICS) == ("statistics" in order)
    assert purse.balance() == 810
    assert talk.ok("00B201C400") == pending.log
    assert purse.prove("09", 1) == pending.proof + "9000"


def test_debit_without_any_update() -> None:
    purse = wallet()
    purse.do("composite", 190)
    assert purse.balance() == 810
    assert trip(purse.talk) == "00" * 48


def test_power_off_after_the_update_leaves_nothing() -> None:
    purse = wallet()
    talk = purse.talk
    before = talk.card.snapshot()
    pending = purse.begin("composite", 190)
    talk.ok(UPDATES["trip"])
    talk.card.power_on()
    talk.ok(EP)
    assert talk(pending.commit) == "6901"
    assert talk.card.snapshot() == before


@pytest.mark.parametrize(
    "interruption", ["00A4040008A000000632010105", "805A00090200FF08", "00B2FFF400", "0020000002"]
)
def test_interruption_drops_the_updates(interruption: str) -> None:
    purse = wallet()
    pending = purse.begin("composite", 190)
    purse.talk.ok(UPDATES["trip"])
    purse.talk(interruption)
    assert purse.talk(pending.commit) == "6901"
    purse.do("composite", 1)
    assert trip(purse.talk) == "00" * 48


def test_new_initialize_forgets_the_updates_of_the_first() -> None:
    purse = wallet()
    purse.begin("composite", 190)
    purse.talk.ok(UPDATES["trip"])
    purse.do("composite", 10)
    assert trip(purse.talk) == "00" * 48
    assert purse.balance() == 990


def test_reads_do_not_disturb() -> None:
    purse = wallet()
    pending = purse.begin("composite", 190)
    purse.talk.ok("00B0950000")
    purse.talk.ok(UPDATES["trip"])
    purse.talk.ok("00B201D400")
    purse.talk.ok("805C000204")
    purse.talk.ok("0084000004")
    purse.finish(pending)
    assert trip(purse.talk) == TRIP


def test_last_update_of_a_record_wins_and_two_trips_are_two_records() -> None:
    purse = wallet()
    talk = purse.talk
    pending = purse.begin("composite", 1)
    talk.ok(UPDATES["rail"])
    talk.ok("80DC01D080", "27017D" + "66" * 125)
    talk.ok(UPDATES["trip"])
    talk.ok("80DC00F030", OTHER_TRIP)
    purse.finish(pending)
    assert rail(talk) == "27017D" + "66" * 125
    assert [trip(talk, 1), trip(talk, 2)] == [OTHER_TRIP, TRIP]


@pytest.mark.parametrize(
    ("header", "record"),
    [
        ("80DC01D080", RAIL),  # identifier in P1
        ("80DC00D080", RAIL),  # P1 00: identifier from the data, as the laboratory's table says
        ("80DC01D480", RAIL),  # by number
        ("80DC12D480", "27127D" + "77" * 125),
        ("80DC00D080", "27127D" + "77" * 125),
        ("80DC12D080", "27127D" + "77" * 125),
    ],
)
def test_ways_to_address_an_industry_record(header: str, record: str) -> None:
    purse = wallet()
    pending = purse.begin("composite", 1)
    purse.talk.ok(header, record)
    purse.finish(pending)
    assert purse.talk.ok(f"80B400D002{record[:4]}") == record
    assert purse.talk.ok("80B400D0022702") == "27027D" + "00" * 125


@pytest.mark.parametrize("p2", ["F0", "F3", "F2"])
def test_ways_to_append_to_a_cyclic_file(p2: str) -> None:
    purse = wallet()
    pending = purse.begin("composite", 1)
    purse.talk.ok(f"80DC00{p2}30", TRIP)
    purse.finish(pending)
    assert trip(purse.talk) == TRIP
    assert trip(purse.talk, 2) == "00" * 48


def test_field_shapes_80dc003b_and_80dc03b8() -> None:
    """Two validators: a cyclic file 07 by mode 011, a variable file 17 by identifier 03."""
    talk = new_card("blank")
    key = "00112233445566778899AABBCCDDEEFF"
    create_purse_application(talk, {"34/00/01": key, "3E/01/01": key})
    talk.ok("80E0000707", "2E0310F0F0FFFF")
    talk.ok("80E0001707", "2C00C8F0F0FFFF")
    talk.ok("00E200B83E", "033C" + "00" * 60)
    purse = Wallet(talk, {"purchase": key, "tac": key})
    pending = purse.begin("composite", 0)
    talk.ok("80DC003B10", "AB" * 16)
    talk.ok("80DC03B83E", "033C" + "CD" * 60)
    purse.finish(pending)
    assert talk.ok("00B2013C10") == "AB" * 16
    assert talk.ok("00B203B800") == "033C" + "CD" * 60


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("80DC01D080" + BUS, "6A80"),  # identifier in P1 is not the record's
        ("80DC99D080" + RAIL, "6A80"),
        ("80DC00D080" + "27997D" + "00" * 125, "6A83"),
        ("80DC13D480" + RAIL, "6A84"),  # number 19: the file is full
        ("80DC14D480" + RAIL, "6A83"),
        ("80DC00F02F" + TRIP[2:], "6700"),
        ("80DC00F031" + TRIP + "00", "6700"),
        ("80DC01D07F" + RAIL[:-2], "6700"),
        ("80DC01CC30" + "0130" + "55" * 46, "6A80"),  # its length byte lies
        ("80DC00C017" + "00" * 23, "6982"),  # the card alone writes the log
        ("80DC01A81E" + "00" * 30, "6981"),  # a transparent file
        ("80DC00F530" + TRIP, "6A86"),
        ("80DC00A030" + TRIP, "6A82"),
        ("84DC00F034" + TRIP + "00000000", "6900"),  # protected where it need not be
        ("00DC00F030" + TRIP, "6982"),  # a plain update needs the issuer
        ("80DC00F030", "6700"),
    ],
)
def test_refused_updates_end_the_transaction(command: str, sw: str) -> None:
    purse = wallet()
    before = purse.talk.card.snapshot()
    pending = purse.begin("composite", 1)
    assert purse.talk(command) == sw
    assert purse.talk(pending.commit) == "6901"
    assert purse.talk.card.snapshot() == before


@pytest.mark.parametrize("operation", ["purchase", "load", "unload", "overdraft", None])
def test_updates_belong_to_a_composite_purchase_only(operation: str | None) -> None:
    purse = wallet()
    if operation:
        purse.begin(operation, 1)
    assert purse.talk(UPDATES["trip"]) == "6901"


def test_seventeenth_update_is_refused() -> None:
    purse = wallet()
    pending = purse.begin("composite", 1)
    for _ in range(16):
        purse.talk.ok(UPDATES["trip"])
    assert purse.talk(UPDATES["trip"]) == "6A84"
    assert purse.talk(pending.commit) == "6901"
    pending = purse.begin("composite", 1)
    for _ in range(16):
        purse.talk.ok(UPDATES["trip"])
    purse.finish(pending)
    assert trip(purse.talk, 16) == TRIP
    assert trip(purse.talk, 17) == "00" * 48


def test_thirty_one_trips_keep_thirty() -> None:
    purse = wallet()
    for number in range(31):
        pending = purse.begin("composite", 1)
        purse.talk.ok(f"80DC00F030{number:02X}{TRIP[2:]}")
        purse.finish(pending)
    assert [trip(purse.talk, n)[:2] for n in (1, 30)] == ["1E", "01"]
    assert purse.talk.sw("00B21FF400") == "6A83"


def protected() -> Wallet:
    """A T-Union card whose EF 1E takes cache updates with a line MAC only."""
    image = changed(made("tunion", balance=1000), {("ef", 0xDF05, 0x1E): _with_mac})
    talk = powered(image)
    talk.ok(EP)
    return Wallet(talk, TUNION_KEYS)


def _with_mac(ef: Ef) -> Ef:
    return msgspec.structs.replace(ef, protection=0x80)


def test_protected_file_takes_84dc_with_its_mac() -> None:
    purse = protected()
    pending = purse.begin("composite", 5)
    challenge = purse.talk.ok("0084000004")
    assert purse.talk(line(TUNION_KEYS["line"], "84DC00F0", TRIP, challenge)) == "9000"
    purse.finish(pending)
    assert trip(purse.talk) == TRIP


@pytest.mark.parametrize(
    ("how", "sw"), [("plain", "6987"), ("wrong mac", "6988"), ("no challenge", "6984")]
)
def test_protected_file_refuses(how: str, sw: str) -> None:
    purse = protected()
    pending = purse.begin("composite", 5)
    challenge = "00000000" if how == "no challenge" else purse.talk.ok("0084000004")
    good = line(TUNION_KEYS["line"], "84DC00F0", TRIP, challenge)
    command = {
        "plain": UPDATES["trip"],
        "wrong mac": good[:-8] + f"{int(good[-8:], 16) ^ 1:08X}",
        "no challenge": good,
    }[how]
    assert purse.talk(command) == sw
    assert purse.talk(pending.commit) == "6901"
    assert trip(purse.talk) == "00" * 48


def test_two_updates_that_do_not_fit_together_are_refused_before_any_money_moves() -> None:
    talk = new_card("blank")
    key = "00112233445566778899AABBCCDDEEFF"
    create_purse_application(talk, {"34/00/01": key, "3E/01/01": key})
    talk.ok("80E0000607", "2C0020F0F0FFFF")
    purse = Wallet(talk, {"purchase": key, "tac": key})
    pending = purse.begin("composite", 0)
    talk.ok("80DC013414", "0112" + "00" * 18)
    second = talk.sw("80DC013414", "0212" + "00" * 18)
    before = talk.card.snapshot()
    assert "6A84" in (second, talk.sw(pending.commit))
    assert talk.card.snapshot() == before


@pytest.mark.parametrize("torn", [True, False])
def test_power_cut_at_every_write_leaves_all_or_nothing(*, torn: bool) -> None:
    def prepared() -> tuple[Wallet, Pending]:
        purse = wallet()
        pending = purse.begin("composite", 190)
        purse.talk.ok(UPDATES["rail"])
        purse.talk.ok(UPDATES["trip"])
        return purse, pending

    purse, pending = prepared()
    before = purse.talk.card.snapshot()
    purse.talk.card.cut_plan(None)
    purse.finish(pending)
    after, writes = purse.talk.card.snapshot(), purse.talk.card.writes
    assert writes >= 2 * 5 + 2, "balance, purse, log, 1A, 1E, twice, and two marks"
    seen = set()
    for cut in range(1, writes + 1):
        purse, pending = prepared()
        card = purse.talk.card
        card.cut_plan(CutPlan(cut, torn=torn))
        with pytest.raises(PowerCutError):
            card.process(bytes.fromhex(pending.commit))
        card.power_on()
        purse.talk.ok(EP)
        proved = purse.prove("09", 1)
        committed = proved == pending.proof + "9000"
        assert committed or proved == "9406"
        assert card.snapshot() == (after if committed else before)
        assert purse.balance() == (810 if committed else 1000)
        assert (rail(purse.talk) == RAIL, trip(purse.talk) == TRIP) == (committed, committed)
        seen.add(committed)
    assert seen == {True, False}


def test_dual_card_updates_statistics_of_lingnan_tong_outside_its_wallet_by_no_means() -> None:
    """EF 08 lies under PAY.APPY, the purse under PAY.TICL: no composite purchase reaches it."""
    talk = new_card("dual", balance=100)
    talk.ok(APPY)
    assert talk.sw("80500302 0B 01 00000001 413101738008 0F") == "6A82"
    talk.ok(EP)
    Wallet(talk, DUAL_EP_KEYS).do("composite", 1)


def test_reference_line_mac_is_the_published_one() -> None:
    """The helper that the protected tests lean on: against the manual's chain, by hand."""
    key, challenge = "1111111111111111", "01020304"
    command = line(key, "04D69500", "AABB", challenge)
    assert command[:14] == "04D6950006AABB"
    block = f"{int('04D6950006AABB80', 16) ^ int('0102030400000000', 16):016X}"
    assert command[14:] == ecb(key, block)[:8] == mac(key, "04D6950006AABB", challenge)
