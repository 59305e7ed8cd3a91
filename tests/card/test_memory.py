"""A power cut at every physical write of every command that writes.

After the restart the card is exactly as before the command or exactly as after it; for a
transaction GET TRANSACTION PROVE says which, and no fen is lost or made.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.card.reference import (
    DUAL_EP_KEYS,
    TUNION_KEYS,
    Pending,
    Wallet,
    ecb,
    enciphered,
    line,
    mac,
)
from tests.card.support import (
    EP,
    PPSE,
    Talk,
    create_purse_application,
    key,
    made,
    new_card,
    powered,
    with_money,
)
from ykt_sim.card.memory import CutPlan, Memory
from ykt_sim.card.model import Money
from ykt_sim.errors import PowerCutError

KEY = "00112233445566778899AABBCCDDEEFF"
Prepared = tuple[Talk, str]


def tunion(actual: int = 1000, limit: int = 500, drawn: int = 0) -> Wallet:
    talk = powered(with_money(made("tunion"), "tunion", actual, limit, drawn))
    talk.ok(EP)
    wallet = Wallet(talk, TUNION_KEYS)
    wallet.limit = f"{limit:06X}"
    return wallet


def application(*, pin: str = "1234") -> Talk:
    talk = new_card("blank")
    types = ("34/00/01", "36/00/FF/33", "37/00/FF/33", "38/00/FF/33", "3F/01/01")
    create_purse_application(talk, dict.fromkeys(types, KEY), pin=pin)
    talk.ok("80E0000507", "280008F0F0FFFF")
    talk.ok("80E0000607", "2E0304F0F0FFFF")
    talk.ok("80E0000707", "A80008F0F0FFFF")
    return talk


def cut_at_every_write(prepare: Callable[[], Prepared], *, torn: bool) -> set[str]:
    """Outcomes seen, ``before`` and ``after``; anything else fails."""
    talk, command = prepare()
    before = talk.card.snapshot()
    talk.card.cut_plan(None)
    talk(command)
    after, writes = talk.card.snapshot(), talk.card.writes
    assert before != after
    assert writes >= 4
    seen = set()
    for cut in range(1, writes + 2):
        talk, command = prepare()
        talk.card.cut_plan(CutPlan(cut, torn=torn))
        if cut > writes:
            talk(command)  # the plan lies beyond the last write
        else:
            with pytest.raises(PowerCutError):
                talk(command)
            assert talk("00A4000000") == "6F00"
        talk.card.power_on()
        now = talk.card.snapshot()
        # the journal's mark is in the middle: what stands before it is dropped
        assert now == (before if cut <= writes // 2 else after), f"cut at write {cut}"
        now.check()
        seen.add("after" if now == after else "before")
    return seen


def wrong_pin() -> Prepared:
    return application(), "00200000029999"


def right_pin_after_a_wrong_one() -> Prepared:
    talk = application()
    talk("00200000029999")
    return talk, "00200000021234"


def wrong_authentication() -> Prepared:
    talk = new_card("blank")
    talk.ok("0084000004")
    return talk, "0082000008" + "00" * 8


def secured(talk: Talk, header: str, body: str = "") -> Prepared:
    return talk, line(KEY, header, body, talk.ok("0084000004"))


def write_key_with_mac() -> Prepared:
    talk = new_card("blank")
    talk.ok("80E0DF010A", "380400F0F095FFFF", "4141")
    talk.ok("00A4000002DF01")
    talk.ok("80E0000007", "3F010095F0FFFF")
    body = enciphered("FF" * 8, "3EF0F00100" + KEY)
    return talk, line("FF" * 8, "84D40101", body, talk.ok("0084000004"))


def reload_after_a_wrong_one() -> Prepared:
    talk = application()
    talk("805E000006567800000000")
    code = mac(f"{int(KEY[:16], 16) ^ int(KEY[16:], 16):016X}", "5678")
    return talk, "805E0000065678" + code


def unblock_pin_after_a_wrong_mac() -> Prepared:
    talk = application()
    talk("00200000029999")
    _, bad = secured(talk, "84240000", enciphered(KEY, "5678"))
    assert talk(bad[:-8] + "00000000") == "6988"
    return secured(talk, "84240000", enciphered(KEY, "5678"))


def protected_update_after_a_wrong_mac() -> Prepared:
    talk = application()
    _, bad = secured(talk, "04D68700", "AABB")
    assert talk(bad[:-8] + "00000000") == "6988"
    return secured(talk, "04D68700", "AABB")


def third_wrong_unblock() -> Prepared:
    talk = application()
    talk.ok(secured(talk, "841E0000")[1])
    for _ in range(2):
        talk(secured(talk, "84180000")[1][:-8] + "00000000")
    return talk, secured(talk, "84180000")[1][:-8] + "00000000"


def third_wrong_mac_on_file_15() -> Prepared:
    """Locks the application for good: error counter and lock are one."""
    talk = new_card("tunion")
    talk.ok(EP)
    for _ in range(2):
        talk.ok("0084000004")
        assert talk("04D6950006AABB00000000") == "6988"
    talk.ok("0084000004")
    return talk, "04D6950006AABB00000000"


COMMANDS: dict[str, Callable[[], Prepared]] = {
    "update binary": lambda: (application(), "00D6850002AABB"),
    "update record": lambda: (application(), "00DC003004AABBCCDD"),
    "append record": lambda: (application(), "00E2003004AABBCCDD"),
    "protected update": lambda: secured(application(), "04D68700", "AABB"),
    "protected update after a wrong mac": protected_update_after_a_wrong_mac,
    "write key": lambda: (application(), key("39", "05", "11" * 8)),
    "write key with mac": write_key_with_mac,
    "change key": lambda: (application(), "80D43F0110" + KEY[::-1]),
    "create file": lambda: (application(), "80E0000907280010F0F0FFFF"),
    "create purse": lambda: (
        _without_purse(),
        "80E00002072F0208F000FF18",
    ),
    "create df": lambda: (new_card("blank"), "80E03F010B381500F0F095FFFF504159"),
    "erase df": lambda: (application(), "800E000000"),
    "verify wrong": wrong_pin,
    "verify right after wrong": right_pin_after_a_wrong_one,
    "external authenticate wrong": wrong_authentication,
    "change pin": lambda: (application(), "805E0100051234FF5678"),
    "reload pin after a wrong mac": reload_after_a_wrong_one,
    "unblock pin after a wrong mac": unblock_pin_after_a_wrong_mac,
    "block application": lambda: secured(application(), "841E0000"),
    "third wrong unblock": third_wrong_unblock,
    "third wrong mac on file 15": third_wrong_mac_on_file_15,
    "block card": lambda: secured(application(), "84160000"),
}


def _without_purse() -> Talk:
    talk = new_card("blank")
    talk.ok("80E03F010B", "381500F0F095FFFF", "504159")
    talk.ok("00A40000023F01")
    return talk


@pytest.mark.parametrize("torn", [True, False], ids=["torn", "clean"])
@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_all_or_nothing(name: str, *, torn: bool) -> None:
    assert cut_at_every_write(COMMANDS[name], torn=torn) == {"before", "after"}


TRANSACTIONS = {
    "load": ("load", 700, "02"),
    "load that repays": ("load", 700, "02"),
    "purchase": ("purchase", 300, "06"),
    "purchase that draws": ("purchase", 1200, "06"),
    "unload": ("unload", 400, "03"),
    "overdraft": ("overdraft", 900, "07"),
}


@pytest.mark.parametrize("torn", [True, False], ids=["torn", "clean"])
@pytest.mark.parametrize("name", TRANSACTIONS)
def test_transaction_is_all_or_nothing_and_prove_tells(name: str, *, torn: bool) -> None:
    operation, amount, type_ = TRANSACTIONS[name]
    start = (0, 500, 200) if name == "load that repays" else (1000, 500, 0)

    def prepared() -> tuple[Wallet, Pending]:
        wallet = tunion(*start)
        return wallet, wallet.begin(operation, amount)

    wallet, pending = prepared()
    before = wallet.talk.card.snapshot()
    worth_before = wallet.balance("03") - wallet.balance("02")
    wallet.talk.card.cut_plan(None)
    wallet.finish(pending)
    after, writes = wallet.talk.card.snapshot(), wallet.talk.card.writes
    worth_after = wallet.balance("03") - wallet.balance("02")
    seen = set()
    for cut in range(1, writes + 1):
        wallet, pending = prepared()
        wallet.talk.card.cut_plan(CutPlan(cut, torn=torn))
        with pytest.raises(PowerCutError):
            wallet.talk(pending.commit)
        half = wallet.talk.card.snapshot()  # taken while the journal is still there
        wallet.talk.card.power_on()
        wallet.talk.ok(EP)
        committed = wallet.prove(type_, 1) == pending.proof + "9000"
        assert committed or wallet.prove(type_, 1) == "9406"
        assert half == wallet.talk.card.snapshot() == (after if committed else before)
        worth = wallet.balance("03") - wallet.balance("02")
        assert worth == (worth_after if committed else worth_before)
        assert (wallet.talk.ok("00B201C400") == pending.log) == committed
        if not committed:  # the terminal starts again and pays once
            wallet.do(operation, amount)
            assert wallet.balance("03") - wallet.balance("02") == worth_after
        seen.add(committed)
    assert seen == {True, False}


@pytest.mark.parametrize("cut", range(1, 9))
def test_dual_card_moves_the_shared_money_once(cut: int) -> None:
    talk = powered(made("dual", balance=1000))
    talk.ok(EP)
    wallet = Wallet(talk, DUAL_EP_KEYS)
    pending = wallet.begin("composite", 200)
    talk.card.cut_plan(CutPlan(cut))
    with pytest.raises(PowerCutError):
        talk(pending.commit)
    talk.card.power_on()
    talk.ok("00A4040008" + b"PAY.TICL".hex())
    through_lnt = talk.ok("805C000204")
    talk.ok(PPSE)
    talk.ok(EP)
    assert talk.ok("805C000204") == through_lnt
    committed = wallet.prove("09", 1)[-4:] == "9000"
    assert int(through_lnt, 16) == (800 if committed else 1000)


def test_plan_counts_from_when_it_was_set_and_fires_once() -> None:
    wallet = tunion()
    wallet.do("purchase", 1)
    wallet.talk.card.cut_plan(CutPlan(1))
    pending = wallet.begin("purchase", 1)  # reads and INITIALIZE write nothing
    with pytest.raises(PowerCutError, match="write 1"):
        wallet.talk(pending.commit)
    wallet.talk.card.power_on()
    wallet.talk.ok(EP)
    wallet.do("purchase", 1)
    assert wallet.balance("03") == 998


@pytest.mark.parametrize(
    "command",
    ["00B0950000", "805C000204", "80500102 0B 01 00000001 413101738008", EP, "0084000008"],
)
def test_commands_that_only_ask_write_nothing(command: str) -> None:
    wallet = tunion()
    wallet.talk.card.cut_plan(CutPlan(1))
    assert wallet.talk.sw(command) == "9000"
    assert wallet.talk.card.writes == 0


def test_writes_are_counted_the_same_with_and_without_a_plan() -> None:
    counts = []
    for plan in (None, CutPlan(10**6)):
        wallet = tunion()
        pending = wallet.begin("purchase", 1)
        wallet.talk.card.cut_plan(plan)
        wallet.finish(pending)
        counts.append(wallet.talk.card.writes)
    assert counts[0] == counts[1] == 2 * 3 + 2


def test_nothing_staged_is_seen_before_the_commit() -> None:
    memory = Memory({("money", "x"): Money(1)})
    memory.write(("money", "x"), Money(2))
    assert memory.cells[("money", "x")] == Money(1)
    assert memory.staged(("money", "x")) == Money(2)
    memory.rollback()
    memory.commit()
    assert memory.cells == {("money", "x"): Money(1)}
    assert memory.staged(("money", "y")) is None
    assert memory.writes == 0


def test_reference_pin_cipher() -> None:
    """Two blocks of a PIN of eight: length byte, PIN, padding."""
    assert enciphered(KEY, "12345678") == ecb(KEY, "0412345678800000")
