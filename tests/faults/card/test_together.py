"""Faults of files, records, secrets and sessions, several at once: each effect is seen."""

from __future__ import annotations

from tests.card.reference import DUAL_EP_KEYS, Wallet
from tests.card.support import APPY, EP, LNT_PIN, PPSE, TICL, Talk
from tests.faults.card.support import faulty, purse
from ykt_sim.wire.tlv import Fci

NO_MAC = "00000000"


def issuer_data(talk: Talk) -> str:
    return (Fci.parse(bytes.fromhex(talk.ok(EP))).issuer_data or b"").hex()


def test_two_changes_of_one_fci() -> None:
    right = issuer_data(faulty())
    wrong = issuer_data(faulty("fci-dates-swapped", "fci-issuer-zero-padded"))
    assert wrong == right[:8] + "00000000" + right[16:40] + right[48:56] + right[40:48] + right[56:]


def test_two_changes_of_the_payment_directory() -> None:
    told = faulty("ppse-order-reversed", "ppse-lists-wallet").ok(PPSE)
    entries = Fci.parse(bytes.fromhex(told)).entries
    assert [entry.aid[-1:] for entry in entries] == [b"L", b"\x05", b"\x06"]


def test_a_tail_behind_another_name() -> None:
    talk = faulty("fci-random-tail", "fci-names-neighbour")
    fcis = [Fci.parse(bytes.fromhex(talk.ok(EP))) for _ in range(2)]
    assert [fci.df_name[-1] for fci in fcis] == [0x04, 0x04]
    assert [len(fci.trailing) for fci in fcis] == [2, 2]
    assert fcis[0].trailing != fcis[1].trailing


def test_a_session_that_stays_in_two_ways() -> None:
    talk = faulty("selection-survives-reset", "lockout-survives-reset")
    talk.ok(PPSE)
    talk.ok(EP)
    talk.card.power_on()
    assert talk.sw("805C000204") == "9000"
    assert talk.sw(APPY) == "6A82"


def test_a_select_that_keeps_rights_pin_and_transaction() -> None:
    talk = faulty("select-keeps-transaction", "pin-survives-select")
    talk.ok(TICL)
    talk.ok(LNT_PIN)
    talk.ok(EP)
    paying = Wallet(talk, DUAL_EP_KEYS)
    pending = paying.begin("purchase", 5)
    talk.ok(EP)
    paying.finish(pending)
    talk.ok(TICL)
    assert talk.sw(f"805000020B01{5:08X}413101738008") == "9000"


def test_two_orders_of_one_file() -> None:
    paying = purse("oldest-first", "last-record-hidden")
    log = paying.do("purchase", 5).log
    assert paying.talk.sw("00B20AC400") == "6A83"
    assert paying.talk.ok("00B201C400") != log
    both = purse("oldest-first", "behind-last-record-wraps")
    log = both.do("purchase", 5).log
    assert both.talk.ok("00B20AC400") == log
    assert both.talk.ok("00B20BC400") == both.talk.ok("00B201C400")


def test_reads_that_are_short_and_from_the_beginning() -> None:
    talk = faulty("offset-ignored", "binary-one-short")
    talk.ok(EP)
    whole = talk.ok("00B0950000")
    assert talk.ok("00B0950204") == whole[:6]


def test_anybody_writes_both_kinds_of_record() -> None:
    talk = faulty("log-writable", "write-without-rights")
    talk.ok(EP)
    assert talk.sw("00DC01C417" + "11" * 23) == "9000"
    assert talk.sw("00DC01F430" + "22" * 48) == "9000"
    only = faulty("write-without-rights")
    only.ok(EP)
    assert only.sw("00DC01C417" + "11" * 23) == "6982"


def test_the_log_is_written_by_cache_update_too() -> None:
    for names, sw in ((["log-writable"], "9000"), ([], "6982")):
        paying = purse(*names)
        paying.begin("composite", 5)
        assert paying.talk.sw("80DC00C017" + "11" * 23) == sw


def test_pins_compared_badly_and_never_blocked() -> None:
    talk = faulty("pin-two-bytes", "pin-never-blocks")
    talk.ok(TICL)
    for left in (2, 1, 1, 1):
        assert talk.sw("0020000003999999") == f"63C{left}"
    assert talk.sw("0020000003123499") == "9000"


def test_a_blocked_pin_that_works_has_no_tries_below_none() -> None:
    talk = faulty("blocked-key-works")
    talk.ok(TICL)
    assert [talk.sw("0020000003999999") for _ in range(4)] == ["63C2", "63C1", "63C0", "63C0"]
    talk.ok(LNT_PIN)


def test_challenges_that_are_fixed_and_stay() -> None:
    talk = faulty("challenge-fixed", "challenge-stays", "any-cryptogram")
    talk.ok(EP)
    assert talk.ok("0084000004") == "5A5A5A5A"
    talk.ok("805C000204")
    assert talk.sw("0082000008" + "00" * 8) == "9000"


def test_blocking_of_all_by_anybody_and_not_for_long() -> None:
    talk = faulty("block-without-mac", "block-hits-all", "reset-unblocks")
    talk.ok(EP)
    talk.ok("0084000004")
    talk.ok("841E000004", NO_MAC)
    assert talk.sw(TICL) == "6283"
    talk.card.power_on()
    assert talk.sw(TICL) == "9000"


def test_what_is_no_command_and_what_is_unknown() -> None:
    talk = faulty("malformed-accepted", "unknown-ins-6e00", "wrong-state-6985")
    talk.ok(EP)
    assert [talk.sw(apdu) for apdu in ("00", "00FF0000", "8054010000")] == ["9000", "6E00", "6985"]
