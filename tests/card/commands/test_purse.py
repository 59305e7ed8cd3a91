"""The purse's transactions, each code computed by `reference` and not by the engine."""

from __future__ import annotations

import pytest

from tests.card.reference import (
    DUAL_EP_KEYS,
    LNT_KEYS,
    STAMP,
    TERMINAL,
    TUNION_KEYS,
    Refused,
    Wallet,
    ecb,
    mac,
)
from tests.card.support import (
    EP,
    LNT_PIN,
    TICL,
    Talk,
    create_purse_application,
    made,
    new_card,
    powered,
    scripted,
    with_money,
    with_purse,
)

KEY = "00112233445566778899AABBCCDDEEFF"
EP_DF, TICL_DF = 0xDF05, 0xADF3


def tunion(balance: int = 0, **changes: object) -> Wallet:
    talk = powered(with_purse(made("tunion", balance=balance), EP_DF, **changes))
    talk.ok(EP)
    return Wallet(talk, TUNION_KEYS)


def lnt(balance: int = 0) -> Wallet:
    talk = new_card("lnt", balance=balance)
    talk.ok(TICL)
    return Wallet(talk, LNT_KEYS)


def issued(kind: str, *, pin: str = "") -> Wallet:
    """ED or EP of an application issued by APDU on a blank card; every key is `KEY`."""
    talk = new_card("blank")
    types = ("34/00/01", "3C/01/01", "3D/01/01", "3E/01/01", "3F/01/01")
    create_purse_application(talk, dict.fromkeys(types, KEY), pin=pin)
    roles = ("purchase", "load", "unload", "overdraft", "tac")
    return Wallet(talk, dict.fromkeys(roles, KEY), kind)


# -- section 0 of the purse facts: where real cards contradict the manual ----------------


def test_finding_1_log_holds_the_counter_after_and_tac_the_one_before() -> None:
    wallet = tunion()
    first = wallet.do("load", 1000)  # checks the TAC over counter 0000
    assert wallet.talk.ok("00B201C417") == first.log
    assert first.log[:4] == "0001"
    second = wallet.do("purchase", 300)
    assert wallet.talk.ok("00B201C400") == second.log
    assert second.log[:4] == "0001", "the offline counter counts for itself"
    assert wallet.talk.ok("00B202C400") == first.log


def test_finding_2_proof_is_asked_with_the_number_after_and_survives_initialize() -> None:
    wallet = tunion(1000)
    paid = wallet.do("purchase", 300)
    assert paid.number == 1
    assert wallet.prove("06", 0)[-4:] == "9406", "the number before"
    assert wallet.prove("06", 1) == paid.proof + "9000"
    wallet.begin("purchase", 0)  # the field's recovery: INITIALIZE with amount 0
    assert wallet.prove("06", 1) == paid.proof + "9000"
    wallet.begin("load", 5)
    assert wallet.prove("06", 1) == paid.proof + "9000"
    wallet.do("purchase", 1)
    assert wallet.prove("06", 1)[-4:] == "9406", "only the next commit replaces it"


def test_finding_2_number_of_a_fresh_initialize_is_the_one_to_ask() -> None:
    wallet = tunion(1000)
    paid = wallet.do("composite", 100)
    fresh = wallet.talk.ok(f"80500302 0B 01 00000000 {TERMINAL} 0F")
    assert wallet.prove("09", int(fresh[8:12], 16)) == paid.proof + "9000"


def test_finding_3_prove_is_mac2_then_tac_and_debit_tac_then_mac2() -> None:
    wallet = tunion(1000)
    pending = wallet.begin("purchase", 100)
    debit = wallet.talk.ok(pending.commit)
    prove = wallet.prove("06", pending.number)[:-4]
    assert debit == pending.answer
    assert prove == debit[8:] + debit[:8]
    assert debit[:8] != debit[8:]


def test_finding_4_algorithm_id_does_not_choose_single_des() -> None:
    talk = new_card("blank", scripted(["11223344"]))
    create_purse_application(talk, {"3F/01/01/01": KEY, "34/00/01": KEY})
    answer = talk.ok(f"80500002 0B 01 00000064 {TERMINAL} 10")
    assert answer[12:16] == "0101", "key version, algorithm id"
    session = ecb(KEY, "11223344" + "0000" + "8000")
    assert answer[24:] == mac(session, "00000000" + "00000064" + "02" + TERMINAL)
    assert session != ecb(KEY[:16], "11223344" + "0000" + "8000")


def test_finding_5_macs_always_pad() -> None:
    """MAC2 of a debit is over 4 bytes; a MAC over whole blocks takes one more."""
    talk = new_card("blank")
    talk.ok("800E000000")
    talk.ok("80E0000007", "3F010000F0FFFF")
    talk.ok("80D4010015", "32F0F00000", KEY)
    assert talk.ok("0088020008", "0123456789ABCDEF") == mac(KEY, "0123456789ABCDEF")
    unpadded = ecb(KEY, "0123456789ABCDEF")[:8]
    assert unpadded != mac(KEY, "0123456789ABCDEF")


def test_finding_6_overdraft_tac_is_under_the_xor_of_halves() -> None:
    wallet = tunion(1000)
    pending = wallet.begin("overdraft", 500)
    tac = wallet.talk.ok(pending.commit)
    assert tac == pending.answer
    body = "000005DC" + "0000" + "0001F4" + "07" + TERMINAL + STAMP
    assert tac != mac(TUNION_KEYS["tac"], body), "not the key used directly"


def test_finding_7_access_byte_0y_asks_the_master_file_register() -> None:
    """0Y: register of the MF >= Y; XY: Y <= register of the DF <= X; X < Y never."""
    talk = new_card("blank", scripted(["01020304"] * 9))
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    talk.ok("80E0000007", "3F020095F0FFFF")
    talk.ok("80D401000D", "39F0F002FF", "1111111111111111")
    for fid, access in (("0001", "0A"), ("0002", "0B"), ("0003", "32"), ("0004", "EF")):
        talk.ok(f"80E0{fid}07", f"280008{access}F0FFFF")
    readable = ["0001", "0002", "0003", "0004"]

    def reads() -> list[str]:
        return [fid for fid in readable if talk.sw(f"00B08{fid[3]}0008") == "9000"]

    talk.ok("00A4000002", "3F00")
    talk.ok("00A4000002", "3F01")
    assert reads() == []
    talk.ok("0084000004")
    talk.ok("0082000008", ecb("1111111111111111", "0102030400000000"))
    assert reads() == ["0003"]
    talk.ok("00A4000002", "3F00")
    talk.ok("0084000004")
    talk.ok("0082000008", ecb("FFFFFFFFFFFFFFFF", "0102030400000000"))  # sets 0A
    talk.ok("00A4000002", "3F01")
    assert reads() == ["0001"], "entering the DF cleared its own register only"


# -- each transaction on each purse that has it ----------------------------------------------


@pytest.mark.parametrize(
    ("kind", "operation", "type_"),
    [
        ("01", "load", "01"),
        ("02", "load", "02"),
        ("01", "purchase", "05"),
        ("02", "purchase", "06"),
        ("01", "cash", "04"),
        ("02", "composite", "09"),
        ("01", "unload", "03"),
        ("01", "overdraft", "07"),
    ],
)
def test_every_transaction_with_codes_log_and_proof(kind: str, operation: str, type_: str) -> None:
    wallet = issued(kind)
    wallet.do("load", 5000)
    done = wallet.do(operation, 700)
    assert done.type == type_
    assert wallet.talk.ok("00B201C400") == done.log
    assert wallet.prove(type_, done.number) == done.proof + "9000"
    sign = {"load": 1, "overdraft": 1}.get(operation, -1)
    assert wallet.balance() == 5000 + sign * 700
    online = operation in ("load", "unload", "overdraft")
    assert done.number == (2 if online else 1)


@pytest.mark.parametrize("p2", ["01", "02"])
def test_unload_and_overdraft_reach_the_only_purse_by_either_p2(p2: str) -> None:
    """The manual writes P2 01, the laboratory's unload page 02; a T-Union card has EP only."""
    wallet = tunion(900)
    assert wallet.talk.sw(f"805005{p2} 0B 01 00000064 {TERMINAL} 10") == "9000"
    assert wallet.do("unload", 100).type == "03"
    assert wallet.balance("03") == 800


def test_lingnan_tong_tail_is_logged_and_proved_as_received() -> None:
    """Fare, month-day, hour-minute, code instead of a date: MACs over the bytes as sent."""
    wallet = lnt(1000)
    paid = wallet.do("purchase", 0x8C, stamp="00C8" + "1101" + "0830" + "17")
    assert wallet.talk.ok("00B201C400") == paid.log
    assert paid.log.endswith("00C81101083017")


@pytest.mark.parametrize("wallet", [tunion, lnt], ids=["tunion", "lnt"])
@pytest.mark.parametrize("operation", ["load", "purchase", "composite", "unload"])
def test_wrong_mac_is_9302_and_changes_nothing(wallet: type, operation: str) -> None:
    purse: Wallet = wallet(5000)
    purse.talk(LNT_PIN)
    pending = purse.begin(operation, 100)
    before = purse.talk.card.snapshot()
    assert purse.talk(pending.wrong) == "9302"
    assert purse.talk.card.snapshot() == before
    assert purse.talk(pending.commit) == "6901", "the session is gone"
    purse.do(operation, 100)


@pytest.mark.parametrize("change", ["stamp", "serial", "mac", "amount"])
def test_a_mac_covers_every_field(change: str) -> None:
    wallet = tunion(5000)
    good = wallet.begin("purchase", 100)
    if change == "amount":
        other = wallet.begin("purchase", 101)  # same counter, other random: MAC of the first
        assert wallet.talk(good.commit) == "9302"
        assert other.commit != good.commit
        return
    at = {"serial": 17, "stamp": 18, "mac": 33}[change]
    digit = f"{int(good.commit[at], 16) ^ 1:X}"
    assert wallet.talk(good.commit[:at] + digit + good.commit[at + 1 :]) == "9302"


def test_debit_p1_02_is_taken_where_the_laboratory_documents_it() -> None:
    wallet = tunion(500)
    pending = wallet.begin("purchase", 100)
    assert wallet.talk(pending.commit.replace("805401", "805402")) == pending.answer + "9000"
    other = lnt(500)
    pending = other.begin("purchase", 100)
    assert other.talk(pending.commit.replace("805401", "805402")) == "6A86"


# -- limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["purchase", "composite", "unload"])
def test_balance_bounds_are_exact(operation: str) -> None:
    wallet = tunion(100)
    with pytest.raises(Refused, match="9401"):
        wallet.begin(operation, 101)
    wallet.do(operation, 100)
    assert wallet.balance() == 0
    wallet.begin(operation, 0)
    with pytest.raises(Refused, match="9401"):
        wallet.begin(operation, 1)


def test_load_stops_at_the_ceiling() -> None:
    wallet = lnt(99_999)
    wallet.talk(LNT_PIN)
    with pytest.raises(Refused, match="6985"):
        wallet.begin("load", 2)
    wallet.do("load", 1)
    assert wallet.balance() == 100_000
    with pytest.raises(Refused, match="6985"):
        wallet.begin("load", 0xFFFFFFFF)


@pytest.mark.parametrize("operation", ["load", "overdraft"])
def test_ed_balance_never_passes_four_bytes(operation: str) -> None:
    wallet = issued("01")
    wallet.do("load", 0xFFFFFFFF)
    before = wallet.talk.card.snapshot()
    if operation == "load":
        with pytest.raises(Refused, match="6985"):
            wallet.begin("load", 1)
    else:
        assert wallet.talk(wallet.begin("overdraft", 1).commit) == "6985"
    assert wallet.talk.card.snapshot() == before
    assert wallet.balance() == 0xFFFFFFFF


@pytest.mark.parametrize("operation", ["load", "unload", "overdraft"])
def test_online_counter_at_its_maximum_is_9402(operation: str) -> None:
    wallet = tunion(500, online=0xFFFE)
    wallet.do("load", 1)
    with pytest.raises(Refused, match="9402"):
        wallet.begin(operation, 1)
    wallet.do("purchase", 1)  # the offline counter is another one


@pytest.mark.parametrize("operation", ["purchase", "composite"])
def test_offline_counter_at_its_maximum_is_9402(operation: str) -> None:
    wallet = tunion(500, offline=0xFFFE)
    last = wallet.do("purchase", 1)
    assert wallet.prove("06", 0xFFFF) == last.proof + "9000"
    with pytest.raises(Refused, match="9402"):
        wallet.begin(operation, 1)
    wallet.do("load", 1)


def test_missing_key_index_is_9403_for_every_operation() -> None:
    wallet = tunion(500)
    wallet.kid = "02"
    for operation in ("load", "purchase", "composite", "unload", "overdraft"):
        with pytest.raises(Refused, match="9403"):
            wallet.begin(operation, 1)


def test_purse_without_tac_key_is_9403() -> None:
    talk = new_card("blank")
    create_purse_application(talk, {"3E/01/01": KEY})
    assert talk.sw(f"80500102 0B 01 00000000 {TERMINAL} 0F") == "9403"


def test_key_index_chooses_among_keys_of_one_type() -> None:
    talk = new_card("blank")
    other = KEY[16:] + KEY[:16]
    create_purse_application(talk, {"3F/01/01": KEY, "3F/02/07": other, "34/00/01": KEY})
    keys = {"load": other, "tac": KEY}
    wallet = Wallet(talk, keys, kid="02")
    wallet.do("load", 100)
    assert talk.ok(f"80500002 0B 02 00000000 {TERMINAL} 10")[12:14] == "07"


# -- PIN ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "operation", "needs"),
    [
        ("01", "load", True),
        ("02", "load", True),
        ("01", "purchase", True),
        ("02", "purchase", False),
        ("01", "cash", True),
        ("02", "composite", False),
        ("01", "unload", True),
        ("01", "overdraft", True),
    ],
)
def test_pin_as_the_manual_asks_for_it(kind: str, operation: str, *, needs: bool) -> None:
    wallet = issued(kind, pin="1234")
    if needs:
        with pytest.raises(Refused, match="6982"):
            wallet.begin(operation, 0)
        wallet.talk.ok("00200000021234")
    wallet.do(operation, 0)


def test_pin_serves_several_transactions_and_dies_with_selection() -> None:
    wallet = issued("01", pin="1234")
    assert wallet.talk.sw("805C000104") == "6982"
    assert wallet.talk.ok("805C000204") == "00000000", "EP is read without PIN"
    wallet.talk.ok("00200000021234")
    wallet.do("load", 10)
    wallet.do("purchase", 1)
    assert wallet.balance() == 9
    wallet.talk.ok("00A40000023F01")
    assert wallet.talk.sw("805C000104") == "6982"


def test_lingnan_tong_load_needs_the_pin_and_t_union_load_does_not() -> None:
    wallet = lnt()
    with pytest.raises(Refused, match="6982"):
        wallet.begin("load", 100)
    wallet.talk.ok(LNT_PIN)
    wallet.do("load", 100)
    tunion().do("load", 100)


# -- overdraft --------------------------------------------------------------------------------


def amounts(wallet: Wallet) -> tuple[int, ...]:
    """(available, C, D, B)."""
    return tuple(wallet.balance(f"0{p1}") for p1 in range(4))


def test_purchase_spends_its_own_money_first_and_load_repays_first() -> None:
    wallet = tunion(1000)
    wallet.do("overdraft", 500)
    assert amounts(wallet) == (1500, 500, 0, 1000)
    wallet.do("purchase", 1200)
    assert amounts(wallet) == (300, 500, 200, 0)
    with pytest.raises(Refused, match="9401"):
        wallet.begin("composite", 301)
    with pytest.raises(Refused, match="9401"):
        wallet.begin("unload", 1)
    wallet.do("composite", 300)
    assert amounts(wallet) == (0, 500, 500, 0)
    wallet.do("load", 100)
    assert amounts(wallet) == (100, 500, 400, 0)
    wallet.do("load", 1000)
    assert amounts(wallet) == (1100, 500, 0, 600)


def test_limit_below_what_is_drawn_is_refused_and_equal_is_taken() -> None:
    wallet = tunion()
    wallet.do("overdraft", 500)
    wallet.do("purchase", 200)
    assert wallet.talk(wallet.begin("overdraft", 199).commit) == "9401"
    assert amounts(wallet) == (300, 500, 200, 0)
    wallet.do("overdraft", 200)
    assert amounts(wallet) == (0, 200, 200, 0)


def test_ceiling_and_limit_together_stay_in_three_bytes() -> None:
    wallet = tunion(ceiling=0xFFFF88)
    assert wallet.talk(wallet.begin("overdraft", 0x78).commit) == "6985"
    wallet.do("overdraft", 0x77)


def test_load_that_repays_may_pass_amounts_above_the_ceiling() -> None:
    """The ceiling bounds the actual balance after the load, not the amount loaded."""
    image = with_money(made("tunion"), "tunion", 0, 500, 500)
    talk = powered(with_purse(image, EP_DF, ceiling=1000))
    talk.ok(EP)
    wallet = Wallet(talk, TUNION_KEYS)
    wallet.limit = "0001F4"
    with pytest.raises(Refused, match="6985"):
        wallet.begin("load", 1501)
    wallet.do("load", 1500)
    assert amounts(wallet) == (1500, 500, 0, 1000)


def test_lingnan_tong_wallet_and_ep_of_the_manual_have_no_overdraft() -> None:
    wallet = lnt(100)
    with pytest.raises(Refused, match="6A81"):
        wallet.begin("overdraft", 100)
    assert issued("02").talk.sw(f"80500402 07 01 {TERMINAL} 13") == "6A81"


# -- proofs -----------------------------------------------------------------------------------


def test_nothing_to_prove_is_9406_and_no_purse_6a82() -> None:
    wallet = tunion(100)
    assert wallet.prove("06", 0)[-4:] == "9406"
    wallet.do("purchase", 1)
    assert wallet.prove("09", 1)[-4:] == "9406", "another type"
    assert wallet.prove("06", 2)[-4:] == "9406"
    talk = new_card("dual")
    assert talk.sw("805A0006 02 0001 08") == "6A82"


def test_each_purse_keeps_its_own_proof() -> None:
    deposit = issued("01")
    purse = Wallet(deposit.talk, deposit.keys, "02")
    first = deposit.do("load", 100)
    second = purse.do("load", 200)
    assert deposit.prove("01", 1) == first.proof + "9000"
    assert purse.prove("02", 1) == second.proof + "9000"


def test_proof_survives_reset_and_session_does_not() -> None:
    wallet = tunion(100)
    paid = wallet.do("purchase", 1)
    pending = wallet.begin("purchase", 1)
    wallet.talk.card.power_on()
    wallet.talk.ok(EP)
    assert wallet.talk(pending.commit) == "6901"
    assert wallet.prove("06", 1) == paid.proof + "9000"


def test_dual_card_keys_differ_per_application() -> None:
    talk = new_card("dual", balance=100)
    talk.ok(EP)
    with pytest.raises(AssertionError, match="MAC1"):
        Wallet(talk, LNT_KEYS).begin("load", 1)
    Wallet(talk, DUAL_EP_KEYS).do("load", 1)


def test_log_keeps_the_newest_ten_and_twelve() -> None:
    for wallet, capacity in ((tunion(100), 10), (lnt(100), 12)):
        done = [wallet.do("purchase", 1).log for _ in range(capacity + 3)]
        got = [wallet.talk.ok(f"00B2{n:02X}C400") for n in range(1, capacity + 1)]
        assert got == done[: -capacity - 1 : -1]
        assert wallet.talk.sw(f"00B2{capacity + 1:02X}C400") == "6A83"


def test_purse_without_log_file_still_pays() -> None:
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    talk.ok("80E0000007", "3F020095F0FFFF")
    for type_ in ("34", "3F"):
        talk.ok("80D4010", "115" if type_ == "3F" else "015", type_, "F0F00100", KEY)
    talk.ok("80E0000207", "2F0208F000FF18")
    wallet = Wallet(talk, {"load": KEY, "tac": KEY})
    assert Talk.ok(talk, "80E0001807", "280017F0F0FFFF") == ""  # not cyclic: no log
    wallet.do("load", 7)
    assert wallet.balance() == 7
