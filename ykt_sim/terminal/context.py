"""What a terminal knows: its profile, made ready once, and the tap under way.

Nothing here acts; the flows do. `Setup` holds what a tap would otherwise work out anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ykt_sim.codes import TransactionType
from ykt_sim.profiles.terminals import Purchase, TerminalProfile
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import Action
from ykt_sim.terminal.fares import Entered, Quote
from ykt_sim.terminal.journal import Pending, Recovered
from ykt_sim.wire.files import BusRecord, MonthlyStatistics, RailRecord
from ykt_sim.wire.purse import InitializeLoadAnswer, InitializePurchaseAnswer

#: What an act gives: actions to do, or the signal that says how to go on.
Result = tuple[Action, ...] | ev.Signal

_TYPES: Final = {
    "composite": TransactionType.COMPOSITE_PURCHASE,
    "simple": TransactionType.EP_PURCHASE,
}


_OTHER: Final = {"composite": "simple", "simple": "composite"}


class Setup:
    """A profile made ready."""

    def __init__(self, profile: TerminalProfile, wrong: frozenset[str] = frozenset()) -> None:
        self.profile = profile
        self.wrong = wrong
        priority = profile.applications.priority
        self.priority = priority[::-1] if "wrong-priority" in wrong else priority
        self.white = profile.white_pairs()
        self.issuers = frozenset(issuer for issuer, _ in self.white)
        self.black = frozenset(profile.black_list)
        self.load = profile.load is not None
        self.types = {
            "tunion": _type(
                profile, "simple" if "simple-for-composite" in wrong else profile.purchase.tunion
            ),
            "lnt": _type(profile, _OTHER[profile.purchase.lnt])
            if "lnt-type-wrong" in wrong
            else _type(profile, profile.purchase.lnt),
        }
        self.plans: dict[str, tuple[ev.Signal, ...]] = {
            "tunion": self._tunion_plan(),
            "lnt": self._lnt_plan(),
        }

    def _tunion_plan(self) -> tuple[ev.Signal, ...]:
        profile = self.profile
        if self.load:
            return (ev.Judge(), ev.StartLoad())
        plan: list[ev.Signal] = []
        if profile.reads.file_17:
            plan.append(ev.Want17())
        if profile.fare.monthly or profile.fare.keep_statistics:
            plan.append(ev.Want19())
        if profile.ride.record:
            plan.append(ev.Want1A())
        if profile.reads.trip:
            plan += [ev.Want1E()] * (40 if "reads-on-and-on" in self.wrong else 1)
        plan.append(ev.Judge())
        if profile.reads.balance:
            plan.append(ev.WantBalance())
        return (*plan, ev.Pay())

    def _lnt_plan(self) -> tuple[ev.Signal, ...]:
        profile = self.profile
        if self.load:
            return (ev.WantWallet(), ev.Judge(), ev.StartLoad())
        plan: list[ev.Signal] = [ev.WantLnt08()] if profile.fare.monthly else []
        plan.append(ev.WantWallet())
        if profile.ride.record or profile.reads.trip:
            plan.append(ev.WantLnt18())
        plan.append(ev.Judge())
        if profile.reads.balance:
            plan.append(ev.WantBalance())
        return (*plan, ev.Pay())


def _type(profile: TerminalProfile, kind: str) -> TransactionType:
    return TransactionType.EP_LOAD if profile.load is not None else _TYPES[kind]


class Tap:
    """One card's visit. Plain attributes, filled as answers come in.

    Attributes:
        now, wanted: clock and amount to load, as presented.
        queue: entries still to try, next one last.
        ppse: PPSE was answered since the last reset.
        standard, card, issuer, iin, start, expiry: the application entered.
        aid: the AID by which the T-Union purse was selected.
        factors: diversification factors for the PSAM: card, then issuer.
        flag: interoperability flag, None when not read.
        plan: what is left to do.
        balance, available: net balance, and what can be spent; None when not asked.
        month: fen paid this month; statistics: the EF 19 record it comes from.
        entered: an open ride; industry: the EF 1A record it comes from.
        quote: what this tap costs.
        init, init_load: answer of INITIALIZE for purchase, for load.
        serial, mac1: from the PSAM; datetime: seven bytes for DEBIT or CREDIT, hex.
        caches: cache updates still to send, next one last.
        pending: the entry written before DEBIT or CREDIT, or the one being recovered.
        recovering: this tap settles an earlier torn one.
        evidence_log: EF 18 shows that the torn transaction happened.
        settles: sequence numbers that are over with this tap.
        unresolved: an old entry that can no longer be cleared up.
        tac, mac2: from the card, or from the host for loads.
        pin_sent: VERIFY was tried.
        log_number: record of EF 18 being read in recovery.
        looked_elsewhere: the card's other application was tried for a torn payment.
        one_ahead: the counter stands one after the torn transaction's.
        previous: city of the newest EF 1E record; kept for a deviation only.
    """

    __slots__ = (
        "aid", "available", "balance", "caches", "card", "datetime", "entered", "evidence_log",
        "expiry", "factors", "flag", "iin", "industry", "init", "init_load", "issuer",
        "log_number", "looked_elsewhere",
        "mac1", "mac2", "month", "now", "one_ahead", "pending", "pin_sent",
        "plan", "ppse", "previous", "queue", "quote", "recovering", "serial", "settles", "standard",
        "start", "statistics", "tac", "unresolved", "wanted",
    )  # fmt: skip

    def __init__(self, now: str, wanted: int) -> None:
        self.now = now
        self.wanted = wanted
        self.queue: list[ev.Signal] = []
        self.ppse = False
        self.standard = self.card = self.issuer = self.iin = self.start = self.expiry = ""
        self.previous = ""
        self.aid = b""
        self.factors: tuple[bytes, ...] = ()
        self.flag: str | None = None
        self.plan: Iterator[ev.Signal] = iter(())
        self.balance: int | None = None
        self.available: int | None = None
        self.month: int | None = None
        self.statistics: MonthlyStatistics | None = None
        self.entered: Entered | None = None
        self.industry: RailRecord | BusRecord | None = None
        self.quote: Quote | None = None
        self.init: InitializePurchaseAnswer | None = None
        self.init_load: InitializeLoadAnswer | None = None
        self.serial = self.mac1 = self.tac = self.mac2 = b""
        self.datetime = ""
        self.caches: list[bytes] = []
        self.pending: Pending | None = None
        self.recovering = self.evidence_log = self.pin_sent = self.one_ahead = False
        self.looked_elsewhere = False
        self.settles: tuple[int, ...] = ()
        self.unresolved: Pending | None = None
        self.log_number = 0


class Context:
    """The terminal behind the table.

    Attributes:
        setup: the profile made ready.
        tap: the visit under way (the last one while idle).
        pending: torn transactions waiting for their card, by standard and card number.
        sequence: next free sequence number.
        terminal: number from the PSAM's file 16, 12 digits.
        sam_standard: application the PSAM stands in; empty when not known.
        sam_open: PSAM transaction number whose MAC2 was not checked yet, else empty.
        wrong: names of `deviations.DEVIATIONS` that hold; empty on a good terminal.
        first_serial, last_card: kept for deviations only.
    """

    def __init__(
        self,
        profile: TerminalProfile,
        recovered: Recovered | None = None,
        wrong: frozenset[str] = frozenset(),
    ) -> None:
        self.wrong = wrong
        self.first_serial = b""
        self.last_card = ""
        self.setup = Setup(profile, wrong)
        self.profile = profile
        self.tap = Tap("", 0)
        self.pending: dict[tuple[str, str], Pending] = dict(recovered.pending) if recovered else {}
        self.sequence = recovered.next_sequence if recovered else 1
        self.terminal = ""
        self.sam_standard = ""
        self.sam_open = b""

    @property
    def purchase(self) -> Purchase:
        """The profile's purchase settings."""
        return self.profile.purchase

    @property
    def overdraft(self) -> bool:
        """True when a card's overdraft may pay."""
        if "overdraft-unused" in self.wrong:
            return False
        return self.profile.purchase.overdraft or "overdraft-always" in self.wrong

    def kind(self, standard: str) -> TransactionType:
        """Transaction type this terminal uses for a standard."""
        return self.setup.types[standard]

    def quoted(self) -> Quote:
        """The quote; Judge has made it before anything asks."""
        quote = self.tap.quote
        if quote is None:
            raise RuntimeError("no fare was worked out")
        return quote

    def initialized(self) -> InitializePurchaseAnswer:
        """The card's answer to INITIALIZE purchase."""
        init = self.tap.init
        if init is None:
            raise RuntimeError("no INITIALIZE was answered")
        return init

    def awaited(self) -> Pending:
        """The pending entry of this tap."""
        pending = self.tap.pending
        if pending is None:
            raise RuntimeError("no transaction is pending")
        return pending
