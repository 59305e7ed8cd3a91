"""The dual-standard card against the bytes of real ones, and each documented switch.

Expected bytes are written out from the dumps' facts; what is a number of our own test
card (PAN, dates) is put in where the dump has the real one's.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.card.reference import DUAL_EP_KEYS, DUAL_LNT_KEYS, Wallet
from tests.card.support import APPY, EC, EP, LNT_PIN, MF1X, PPSE, TICL, Talk, new_card, powered
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import CardProfile, load_card_profile

#: Dates are our test card's own; everything else is written out.
WHO = load_card_profile("dual").identity
PAN = "3104870300000000017"
EF_15 = f"02205810FFFFFFFF0201{PAN:0>20}{WHO.start}{WHO.expiry}0000"
PDOL = "DF60019F66049F02069F03069F1A0295055F2A029A039C019F21039F3704"
DF11 = (
    "02205810FFFFFFFF" + "01" + "3104870300000000017F" + "01" + "01" + "00000156" + "5800" + "5810"
    + "0001" + "00"
)  # fmt: skip


def switched(use: str, **changes: Any) -> Talk:
    """The dual card with one application's switches changed."""
    profile = load_card_profile("dual")
    applications = tuple(
        msgspec.structs.replace(item, **changes) if item.use == use else item
        for item in profile.application
    )
    return talk_of(msgspec.structs.replace(profile, application=applications))


def talk_of(profile: CardProfile, balance: int = 0) -> Talk:
    return powered(personalise(profile, balance=balance))


# -- selection, byte for byte ------------------------------------------------------------------


def test_ppse_lists_e_cash_first_and_purse_second_and_nothing_else() -> None:
    assert new_card("dual").ok(PPSE) == (
        "6F49" "840E325041592E5359532E4444463031" "A537" "BF0C34"
        "6119" "4F08A000000632010106" "500A4D4F545F545F43415348" "870101"
        "6117" "4F08A000000632010105" "50084D4F545F545F4550" "870102"
    )  # fmt: skip


def test_ppse_of_a_purse_only_card_gives_it_priority_one() -> None:
    assert new_card("tunion").ok(PPSE) == (
        "6F2E" "840E325041592E5359532E4444463031" "A51C" "BF0C19"
        "6117" "4F08A000000632010105" "50084D4F545F545F4550" "870101"
    )  # fmt: skip


def test_fci_of_the_purse() -> None:
    assert new_card("dual").ok(EP) == (
        "6F31" "8408A000000632010105" "A525" "9F080102" "9F0C1E" + EF_15
    )  # fmt: skip


def test_file_15_is_what_the_fci_says() -> None:
    talk = new_card("dual")
    assert talk.ok(EP).endswith(talk.ok("00B0950000"))
    assert talk.ok("00B095001E") == EF_15


def test_fci_of_the_e_cash() -> None:
    discretionary = "DF610182" + "9F4D020B0A" + "DF4D020C0A" + "DF1120" + DF11
    body = (
        "500A4D4F545F545F43415348" + "870101" + f"9F38{len(PDOL) // 2:02X}" + PDOL
        + f"BF0C{len(discretionary) // 2:02X}" + discretionary
    )  # fmt: skip
    inner = "8408A000000632010106" + f"A5{len(body) // 2:02X}" + body
    assert new_card("dual").ok(EC) == f"6F{len(inner) // 2:02X}" + inner


def test_basic_application_of_lingnan_tong_has_no_a5() -> None:
    assert new_card("dual").ok(APPY) == "6F0A84085041592E41505059"


def test_retired_mifare_part_answers_fci_and_6a81() -> None:
    assert new_card("dual")(MF1X) == "6F0A84085041592E4D463158" + "6A81"


def test_wallet_fci() -> None:
    fci = new_card("dual").ok(TICL)
    assert fci == (
        "6F34" "84085041592E5449434C" "A528" "9F080100" "9F0C21" + "FF" * 8 + "00" * 16
        + WHO.lnt_issue + "00000186A0"
    )  # fmt: skip


def test_lingnan_tong_applications_are_reached_by_fid_too() -> None:
    talk = new_card("dual")
    assert talk.ok("00A4000002", "DDF1") == "6F0A84085041592E41505059"
    assert talk.ok("00A4000002", "ADF3").startswith("6F3484085041592E5449434C")
    talk.ok("00A4000002", "DDF1")
    assert talk("00A4000002", "ADF1") == "6F0A84085041592E4D463158" + "6A81"


def test_fields_of_lingnan_tong_file_15() -> None:
    talk = new_card("dual")
    talk.ok(APPY)
    assert talk("00B0954046") == "6C06", "offset 40h leaves six bytes"
    data = talk.ok("00B0950046")
    assert data[:16] == "FF" * 8
    assert data[16:32] == "5100000000000001"
    assert data[46:54] == WHO.lnt_issue
    assert data[54:62] == WHO.lnt_expiry
    assert data[100:116] == "5100000000000001"
    assert talk.ok("00B0953101") == "01", "region byte: Guangzhou"
    assert talk.ok("00B0950808") == "5100000000000001"


# -- PPSE locks Lingnan Tong out ---------------------------------------------------------------


@pytest.mark.parametrize("select", [APPY, TICL, MF1X])
def test_ppse_locks_out_what_it_does_not_list_until_reset(select: str) -> None:
    talk = new_card("dual")
    first = talk(select)
    assert first != "6A82"
    talk.ok(PPSE)
    for _ in range(2):
        assert talk(select) == "6A82"
        talk.ok(EP)
    talk.ok(EC)
    talk.ok(PPSE)
    assert talk(select) == "6A82"
    talk.card.power_on()
    assert talk(select) == first


@pytest.mark.parametrize("path", [("DDF1",), ("3F00", "DDF1"), ("3F00", "DDF1", "ADF3")])
def test_lock_out_holds_for_selection_by_fid(path: tuple[str, ...]) -> None:
    talk = new_card("dual")
    talk.ok(PPSE)
    answers = [talk.sw("00A4000002", fid) for fid in path]
    assert answers[-1] == "6A82"
    assert set(answers[:-1]) <= {"9000", "6A82"}


def test_lock_out_does_not_reach_back() -> None:
    talk = new_card("dual", balance=50)
    talk.ok(TICL)
    talk.ok(PPSE)
    assert talk("805C000204") == "6A82", "the PPSE is current and has no purse"


def test_lock_out_is_a_switch() -> None:
    profile = msgspec.structs.replace(load_card_profile("dual"), ppse_lockout=False)
    talk = talk_of(profile)
    talk.ok(PPSE)
    talk.ok(APPY)
    talk.ok(TICL)


def test_partial_name_finds_listed_applications_only_after_ppse() -> None:
    talk = new_card("dual")
    assert talk.ok("00A40400055041592E41")[4:].startswith("84085041592E41505059")
    talk.ok(PPSE)
    assert talk("00A40400055041592E41") == "6A82"
    assert talk.ok("00A4040007A0000006320101")


# -- files -------------------------------------------------------------------------------------


def test_file_17_is_absent_on_the_dual_card_and_present_elsewhere() -> None:
    talk = new_card("dual")
    talk.ok(EP)
    assert talk("00B0970000") == "6A82"
    assert talk("00A40000020017") == "6A82"
    other = new_card("tunion")
    other.ok(EP)
    assert other.ok("00B097003C") == "00000156" "1000" "1000" "0001" "01" + "00" * 49  # fmt: skip


def test_file_17_is_a_switch() -> None:
    talk = switched("tunion-ep", without=())
    talk.ok(EP)
    assert talk.ok("00B097003C") == "00000156" "5800" "5810" "0001" "01" + "00" * 49  # fmt: skip


def test_holder_file_of_a_fresh_card_is_zeros() -> None:
    talk = new_card("dual")
    talk.ok(EP)
    assert talk.ok("00B0960037") == "00" * 55


# -- one balance, two logs ---------------------------------------------------------------------


def test_one_balance_two_logs_two_counters() -> None:
    talk = new_card("dual")
    talk.ok(TICL)
    lnt = Wallet(talk, DUAL_LNT_KEYS)
    talk.ok(LNT_PIN)
    loaded = lnt.do("load", 5000)
    paid = lnt.do("purchase", 200, stamp="00C81101083017")
    talk.ok(EP)
    tunion = Wallet(talk, DUAL_EP_KEYS)
    assert tunion.balance() == 4800
    assert talk.ok("00B201C400") == "00" * 23, "the load left no record here"
    ride = tunion.do("composite", 856)
    assert ride.number == 1, "its own counter"
    assert talk.ok("00B201C400") == ride.log
    assert talk.ok("00B202C400") == "00" * 23
    assert tunion.prove("06", 1) == "9406"
    talk.ok(TICL)
    assert lnt.balance() == 3944
    assert [talk.ok(f"00B20{n}C400") for n in (1, 2)] == [paid.log, loaded.log]
    assert lnt.prove("06", 1) == paid.proof + "9000"
    assert lnt.prove("09", 1) == "9406"


def test_balance_given_at_personalisation_is_there_once() -> None:
    talk = new_card("dual", balance=8800)
    for select in (EP, TICL):
        talk.ok(select)
        assert talk.ok("805C000204") == "00002260"
    talk.ok(EP)
    Wallet(talk, DUAL_EP_KEYS).do("purchase", 8800)
    talk.ok(TICL)
    assert talk.ok("805C000204") == "00000000"


def test_two_balances_are_a_switch() -> None:
    profile = load_card_profile("dual")
    applications = tuple(
        msgspec.structs.replace(item, money=None) if item.money else item
        for item in profile.application
    )
    talk = talk_of(msgspec.structs.replace(profile, application=applications), balance=500)
    talk.ok(EP)
    Wallet(talk, DUAL_EP_KEYS).do("purchase", 499)
    assert talk.ok("805C000204") == "00000001"
    talk.ok(TICL)
    assert talk.ok("805C000204") == "000001F4"


def test_initialize_in_one_application_is_worth_nothing_in_the_other() -> None:
    talk = new_card("dual", balance=500)
    talk.ok(EP)
    pending = Wallet(talk, DUAL_EP_KEYS).begin("purchase", 100)
    talk.ok(TICL)
    assert talk(pending.commit) == "6901"
    assert talk.ok("805C000204") == "000001F4"


# -- switches of the FCI and of GET BALANCE ----------------------------------------------------


def test_shenzhen_fci_two_byte_version_and_zeros_after_a5() -> None:
    talk = switched("tunion-ep", fci=(("9F08", "0030"), ("9F0C", "ef15")), fci_trailing="00000000")
    fci = talk.ok(EP)
    head = "6F36" "8408A000000632010105" "A526" "9F08020030" "9F0C1E"  # fmt: skip
    assert fci == head + EF_15 + "00000000"
    assert len(fci) // 2 == 56


def test_labelled_fci_is_data_too() -> None:
    talk = switched(
        "tunion-ep",
        fci=(
            ("50", "4D4F545F545F4550"),
            ("87", "01"),
            ("9F08", "02"),
            ("DF00", "02"),
            ("9F0C", "ef15"),
        ),
    )
    fci = talk.ok(EP)
    assert "50084D4F545F545F4550" + "870101" + "9F080102" + "DF000102" + "9F0C1E" in fci


def test_top_bit_and_actual_balance_switches() -> None:
    talk = switched("tunion-ep", top_bit=True)
    talk.ok(EP)
    assert talk.ok("805C000204") == "80000000"
    talk.ok(TICL)
    assert talk.ok("805C000204") == "00000000", "the other application keeps its habit"
    talk = switched("tunion-ep", p1_00_actual=True)
    talk.ok(EP)
    Wallet(talk, DUAL_EP_KEYS).do("overdraft", 800)
    assert (talk.ok("805C000204"), talk.ok("805C010204")) == ("00000000", "00000320")


# -- e-cash: the front door only ---------------------------------------------------------------


def test_e_cash_answers_get_data_and_read_record_and_refuses_gpo() -> None:
    talk = new_card("dual")
    talk.ok(EC)
    assert talk.ok("80CA9F7900") == "9F7906000000000000"
    assert talk("80CA9F7700") == "6A88"
    record = talk.ok("00B2010C00")
    assert record.startswith("70")
    for part in (
        f"5A0A{PAN}F", f"5F2403{WHO.expiry[2:]}", f"5F2503{WHO.start[2:]}",
        f"DF2404{WHO.expiry}", f"DF2504{WHO.start}", "DF22020001", "DF230101",
    ):  # fmt: skip
        assert part in record
    assert talk("00B2020C00") == "6A83"
    assert talk("00B2015C00") == "6A83", "the log is empty"
    assert talk("00B2016400") == "6A83"
    assert talk("80A80000028300") == "6985"
    assert talk("80A80000238321" + "00" * 33) == "6985"
    assert talk("805C000204") == "6A82", "no purse here"
