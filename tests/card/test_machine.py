"""Arbitrary command sequences against a small model of the purse, with power cuts anywhere.

The model knows plain integers only: what a purse holds, its counters, its log, what can
be proved, which transaction is open. It shares no code with the engine; codes come from
`reference`. After each step the card's balances, newest log records and ledger must agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.card.reference import DUAL_EP_KEYS, DUAL_LNT_KEYS, TERMINAL, Pending, Refused, Wallet
from tests.card.support import (
    EP,
    TICL,
    Talk,
    create_purse_application,
    made,
    new_card,
    powered,
    with_purse,
)
from ykt_sim.card import Card, CardImage
from ykt_sim.card.memory import CutPlan
from ykt_sim.errors import PowerCutError

KEY = "00112233445566778899AABBCCDDEEFF"
ISSUED_KEYS = dict.fromkeys(("purchase", "load", "unload", "overdraft", "tac"), KEY)
ONLINE = {"load", "unload", "overdraft"}
RAIL_IDS = ("2701", "2702", "2712")


@dataclass
class Money:
    """B, C, D and the ledger: what came in minus what went out."""

    actual: int = 0
    limit: int = 0
    drawn: int = 0
    ledger: int = 0

    @property
    def available(self) -> int:
        return self.actual + self.limit - self.drawn


@dataclass
class Log:
    """Records newest first."""

    capacity: int
    records: list[str] = field(default_factory=list)

    def add(self, record: str) -> None:
        self.records = [record, *self.records][: self.capacity]


@dataclass
class Purse:
    """One purse as a terminal may reach it."""

    select: str
    keys: dict[str, str]
    kind: str
    money: Money
    log: Log
    ceiling: int
    operations: tuple[str, ...]
    pin_for: tuple[str, ...] = ()
    online: int = 0
    offline: int = 0
    proof: tuple[str, int, str] | None = None

    def counter(self, operation: str) -> int:
        return self.online if operation in ONLINE else self.offline


@dataclass
class Open:
    """An initialized transaction."""

    operation: str
    amount: int
    pending: Pending
    updates: list[tuple[str, str]] = field(default_factory=list)


amounts = st.one_of(
    st.integers(0, 3000).map(lambda amount: ("fen", amount)),
    st.sampled_from(
        [(name, step) for name in ("available", "actual", "room", "drawn") for step in (-1, 0, 1)]
    ),
    st.sampled_from([("fen", amount) for amount in (0xFFFF, 0xFFFFFF, 0xFFFFFFFF)]),
)
stamps = st.sampled_from(["20171101083000", "20991231235959", "00C81101083017", "FFFFFFFFFFFFFF"])


class CardAgainstModel(RuleBasedStateMachine):
    """Dual card (two purses, one balance) or an application issued by APDU (ED and EP)."""

    talk: Talk
    purses: list[Purse]

    @initialize(
        balance=st.sampled_from([0, 1, 500, 2500, 99_999, 100_000]),
        counters=st.sampled_from([(0, 0), (0xFFFD, 7), (7, 0xFFFD)]),
    )
    def dual(self, balance: int, counters: tuple[int, int]) -> None:
        if balance % 2:
            self._issue(counters)
        else:
            self._dual(balance, counters)
        self.trips: list[str] = []
        self.rail = {id_: f"{id_}7D" + "00" * 125 for id_ in RAIL_IDS}
        self.open: Open | None = None
        self.stale = "805401000F" + "00" * 15
        self.pin = False
        self._select(self.purses[0])

    def _dual(self, balance: int, counters: tuple[int, int]) -> None:
        start = {"online": counters[0], "offline": counters[1]}
        image = with_purse(made("dual", balance=balance), 0xDF05, **start)
        self.talk = powered(with_purse(image, 0xADF3, **start))
        money = Money(balance, ledger=balance)
        common = ("load", "purchase", "composite", "unload")
        self.purses = [
            Purse(
                EP, DUAL_EP_KEYS, "02", money, Log(10), 100_000, (*common, "overdraft"), **start
            ),
            Purse(
                TICL, DUAL_LNT_KEYS, "02", money, Log(12), 100_000, common, ("load",), **start
            ),
        ]  # fmt: skip

    def _issue(self, counters: tuple[int, int]) -> None:
        talk = new_card("blank")
        types = ("34/00/01", "3C/01/01", "3D/01/01", "3E/01/01", "3F/01/01")
        create_purse_application(talk, dict.fromkeys(types, KEY), pin="1234")

        start = {"online": counters[0], "offline": counters[1]}
        image = with_purse(talk.card.snapshot(), 0x3F01, 1, **start)
        self.talk = powered(with_purse(image, 0x3F01, 2, **start))
        log = Log(10)
        online = ("load", "unload")
        ed = ("load", "purchase", "cash", "unload", "overdraft")
        self.purses = [
            Purse("00A40000023F01", ISSUED_KEYS, "01", Money(), log, 0xFFFFFFFF, ed, ed, **start),
            Purse(
                "00A40000023F01", ISSUED_KEYS, "02", Money(), log, 0xFFFFFFFF,
                (*online, "purchase", "composite"), online, **start,
            ),
        ]  # fmt: skip

    @property
    def right_pin(self) -> str:
        pins = {EP: b"123456".hex(), TICL: "123456"}
        pin = pins.get(self.purse.select, "1234")
        return f"00200000{len(pin) // 2:02X}{pin}"

    # -- hands -------------------------------------------------------------------------------

    @property
    def is_dual(self) -> bool:
        return self.purses[0].select == EP

    def _select(self, purse: Purse) -> None:
        self.purse = purse
        self.talk.ok(purse.select)
        self.pin, self.open = False, None
        self.wallet = Wallet(self.talk, purse.keys, purse.kind)
        self.wallet.limit = f"{purse.money.limit:06X}"

    def _fen(self, how: tuple[str, int]) -> int:
        name, number = how
        money = self.purse.money
        base = {
            "fen": 0,
            "available": money.available,
            "actual": money.actual,
            "room": self.purse.ceiling - money.actual + money.drawn,
            "drawn": money.drawn,
        }[name]
        return min(max(base + number, 0), 0xFFFFFFFF)

    def _refusal(self, operation: str, amount: int) -> str:
        """Status word the model expects of INITIALIZE, empty for success."""
        purse, money = self.purse, self.purse.money
        if operation in purse.pin_for and not self.pin:
            return "6982"
        if purse.counter(operation) == 0xFFFF:
            return "9402"
        if operation in ("purchase", "cash", "composite") and amount > money.available:
            return "9401"
        if operation == "unload" and amount > money.actual:
            return "9401"
        if operation == "load":
            repaid = min(amount, money.drawn)
            after = money.actual + amount - repaid
            if after > purse.ceiling or after + money.limit - money.drawn + repaid > 0xFFFFFFFF:
                return "6985"
        return ""

    def _apply(self) -> None:
        done = self.open
        assert done is not None
        purse, money, amount = self.purse, self.purse.money, done.amount
        if done.operation == "load":
            repaid = min(amount, money.drawn)
            money.drawn -= repaid
            money.actual += amount - repaid
            money.ledger += amount
        elif done.operation == "overdraft":
            money.limit = amount
        else:
            own = min(amount, money.actual)
            money.actual -= own
            money.drawn += amount - own
            money.ledger -= amount
        if done.operation in ONLINE:
            purse.online += 1
        else:
            purse.offline += 1
        purse.proof = (done.pending.type, purse.counter(done.operation), done.pending.proof)
        purse.log.add(done.pending.log)
        for id_, record in done.updates:
            if id_:
                self.rail[id_] = record
            else:
                self.trips = [record, *self.trips][:30]
        self.wallet.limit = f"{money.limit:06X}"
        self.open = None

    # -- rules -----------------------------------------------------------------------------------

    @rule(which=st.integers(0, 1))
    def select(self, which: int) -> None:
        self._select(self.purses[which])

    @rule()
    def verify(self) -> None:
        self.talk.ok(self.right_pin)
        self.pin, self.open = True, None

    @rule()
    def verify_wrong_then_right(self) -> None:
        assert self.talk(self.right_pin[:-2] + "99") == "63C2"
        if "load" in self.purse.pin_for:
            assert self.talk(f"805000{self.purse.kind}0B0100000000{TERMINAL}") == "6982"
        self.talk.ok(self.right_pin)
        self.pin, self.open = True, None

    @rule(index=st.integers(0, 4), how=amounts, stamp=stamps, serial=st.integers(0, 0xFFFFFFFF))
    def begin(self, index: int, how: tuple[str, int], stamp: str, serial: int) -> None:
        operation = self.purse.operations[index % len(self.purse.operations)]
        amount = self._fen(how)
        if operation == "overdraft":
            amount &= 0xFFFFFF
        expected = self._refusal(operation, amount)
        self.open = None
        try:
            pending = self.wallet.begin(operation, amount, stamp=stamp, serial=f"{serial:08X}")
            got = ""
        except Refused as refused:
            got = refused.sw
        assert got == expected, f"{operation} {amount}"
        if got:
            return
        assert pending.number == self.purse.counter(operation) + 1
        self.open = Open(operation, amount, pending)
        self.stale = pending.commit

    def _limit_refusal(self) -> str:
        """Status word of UPDATE OVERDRAFT when the new limit does not fit, else empty."""
        done = self.open
        assert done is not None
        if done.operation != "overdraft":
            return ""
        money = self.purse.money
        if done.amount < money.drawn:
            return "9401"
        if self.purse.ceiling <= 0xFFFFFF < self.purse.ceiling + done.amount:
            return "6985"
        return "6985" if money.actual + done.amount - money.drawn > 0xFFFFFFFF else ""

    @precondition(lambda self: self.open is not None)
    @rule()
    def finish(self) -> None:
        assert self.open is not None
        refusal = self._limit_refusal()
        if refusal:
            assert self.talk(self.open.pending.commit) == refusal
            self.open = None
            return
        assert self.talk(self.open.pending.commit) == self.open.pending.answer + "9000"
        self._apply()

    @precondition(lambda self: self.open is not None)
    @rule()
    def finish_with_a_wrong_mac(self) -> None:
        assert self.open is not None
        assert self.talk(self.open.pending.wrong) == "9302"
        self.open = None

    @precondition(lambda self: self.open is None)
    @rule()
    def finish_what_is_not_open(self) -> None:
        assert self.talk(self.stale) == "6901"

    @precondition(lambda self: self.open is not None)
    @rule(write=st.integers(1, 14), torn=st.booleans())
    def finish_with_a_power_cut(self, write: int, *, torn: bool) -> None:
        assert self.open is not None
        if self._limit_refusal():
            return
        done = self.open
        self.talk.card.cut_plan(CutPlan(write, torn=torn))
        try:
            assert self.talk(done.pending.commit) == done.pending.answer + "9000"
        except PowerCutError:
            self.talk.card.power_on()
            self.talk.ok(self.purse.select)
            self.pin = False
            committed = self.talk("00B201C417") == done.pending.log + "9000"
            proved = self.wallet.prove(done.pending.type, done.pending.number)
            if done.pending.type not in ("03", "07") or self.is_dual:  # see `prove`
                assert proved == (done.pending.proof + "9000" if committed else "9406")
            if committed:
                self._apply()
            self.open = None
        else:
            self._apply()
        self.talk.card.cut_plan(None)

    @precondition(
        lambda self: self.is_dual and self.purse.select == EP and self.open is not None
        and self.open.operation == "composite" and len(self.open.updates) < 16
    )  # fmt: skip
    @rule(id_=st.sampled_from(["", *RAIL_IDS]), fill=st.integers(0, 255), by_data=st.booleans())
    def update_cache(self, id_: str, fill: int, *, by_data: bool) -> None:
        assert self.open is not None
        if id_:
            record = f"{id_}7D" + f"{fill:02X}" * 125
            p1 = "00" if by_data else id_[2:]
            self.talk.ok(f"80DC{p1}D080{record}")
        else:
            record = f"{fill:02X}" * 48
            self.talk.ok(f"80DC00F030{record}")
        self.open.updates.append((id_, record))

    @rule(
        command=st.sampled_from(
            ["0084000004", "0084000008", "00B0950000", "00B2010400", "805C000204"]
        )
    )
    def ask(self, command: str) -> None:
        """A question keeps the transaction open when it is answered, and ends it otherwise."""
        if self.talk.sw(command) != "9000":
            self.open = None

    @rule(command=st.sampled_from(["FF00000000", "00", "00B0FF0000", "805A000602FFFF08"]))
    def interrupt(self, command: str) -> None:
        assert self.talk.sw(command) != "9000"
        self.open = None

    @rule()
    def prove(self) -> None:
        """Types 03 and 07 are common to both purses: EP's proof is found first."""
        here = [purse for purse in reversed(self.purses) if purse.select == self.purse.select]
        proofs = [purse.proof for purse in here if purse.proof is not None]
        asked = [(type_, number + step) for type_, number, _ in proofs for step in (-1, 0, 1)]
        for type_, number in [*asked, ("06", 0)]:
            matches = [proof[2] for proof in proofs if proof[:2] == (type_, number)]
            expected = matches[0] + "9000" if matches else "9406"
            assert self.wallet.prove(type_, number & 0xFFFF) == expected
        self.open = None

    @rule()
    def counters(self) -> None:
        """The counter that a fresh INITIALIZE answers."""
        for operation in ("purchase", "load"):
            expected = self._refusal(operation, 0)
            p1 = "01" if operation == "purchase" else "00"
            answer = self.talk(f"8050{p1}{self.purse.kind}0B0100000000{TERMINAL}")
            if expected:
                assert answer == expected
            else:
                assert int(answer[8:12], 16) == self.purse.counter(operation)
        self.interrupt("FF00000000")

    @rule()
    def reset(self) -> None:
        self.talk.card.power_on()
        self._select(self.purse)

    @rule()
    def through_a_file(self) -> None:
        image = CardImage.from_json(self.talk.card.snapshot().to_json())
        assert image == self.talk.card.snapshot()
        self.talk = Talk(Card(image, self.talk.card._context.rng))
        self._select(self.purse)

    # -- what must hold after every step -----------------------------------------------------------

    @invariant()
    def balances(self) -> None:
        purse = self.purse
        money = purse.money
        assert 0 <= money.drawn <= money.limit
        assert money.actual - money.drawn == money.ledger
        if purse.kind == "01" and not self.pin:
            return
        values = [money.available, money.limit, money.drawn, money.actual, purse.ceiling]
        for p1 in range(5 if self.is_dual else 1):
            assert self.wallet.balance(f"0{p1}") == values[p1]
        if self.is_dual:
            rest = (money.available, purse.ceiling, money.limit, money.drawn)
            assert self.talk.ok("805C050210") == "".join(f"{value:08X}" for value in rest)

    @invariant()
    def newest_records(self) -> None:
        log = self.purse.log
        for number, record in enumerate(log.records[:3], start=1):
            assert self.talk.ok(f"00B2{number:02X}C417") == record
        if self.is_dual and len(log.records) < log.capacity:
            assert self.talk.ok(f"00B2{log.capacity:02X}C417") == "00" * 23

    @invariant()
    def travel_files(self) -> None:
        if not self.is_dual or self.purse.select != EP:
            return
        newest = [*self.trips, "00" * 48][0]
        assert self.talk.ok("00B201F430") == newest
        for id_, record in self.rail.items():
            assert self.talk.ok(f"80B400D002{id_}80") == record


TestCardAgainstModel = CardAgainstModel.TestCase
TestCardAgainstModel.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
