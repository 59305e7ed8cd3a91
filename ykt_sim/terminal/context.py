"""What a terminal knows: its profile, made ready once, and the tap under way.

Nothing here acts; the flows do. `Setup` holds what a tap would otherwise work out anew.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import Industry, Standard, TransactionType
from ykt_sim.profiles.terminals import Purchase, TerminalProfile
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import Action
from ykt_sim.terminal.journal import Key, Pending, Recovered, Unshown
from ykt_sim.terminal.rules import Rules
from ykt_sim.terminal.tap import Quote, Tap
from ykt_sim.wire.purse import InitializePurchaseAnswer

#: What an act gives: actions to do, or the signal that says how to go on.
Result = tuple[Action, ...] | ev.Signal

_TYPES: Final = {
    "composite": TransactionType.COMPOSITE_PURCHASE,
    "simple": TransactionType.EP_PURCHASE,
}


class Setup:
    """A profile made ready."""

    def __init__(self, profile: TerminalProfile) -> None:
        self.profile = profile
        self.priority = profile.applications.priority
        self.white = profile.white_pairs()
        self.issuers = frozenset(issuer for issuer, _ in self.white)
        self.black = frozenset(profile.black_list)
        self.load = profile.load is not None
        self.industry = Industry(int(profile.industry, 16))
        self.types = {
            Standard.TUNION: _type(profile, profile.purchase.tunion),
            Standard.LNT: _type(profile, profile.purchase.lnt),
        }
        self.plans: dict[Standard, tuple[ev.Signal, ...]] = {
            Standard.TUNION: self._tunion_plan(),
            Standard.LNT: self._lnt_plan(),
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
            plan.append(ev.Want1E())
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


class TerminalContext:
    """The terminal behind the table.

    Attributes:
        setup: the profile made ready.
        rules: what the terminal thinks.
        tap: the visit under way (the last one while idle).
        pending: torn transactions waiting for their card, by standard and card number.
        unshown: accepted taps that were perhaps never shown before a restart, likewise.
        sequence: next free sequence number.
        terminal: number from the PSAM's file 16, 12 digits.
        sam_standard: application the PSAM stands in; None when not known.
        sam_open: PSAM transaction number whose MAC2 was not checked yet, else empty.
    """

    def __init__(
        self,
        profile: TerminalProfile,
        recovered: Recovered | None,
        rules: Rules,
    ) -> None:
        self.setup = Setup(profile)
        self.rules = rules
        self.profile = profile
        self.tap = Tap("")
        self.pending: dict[Key, Pending] = dict(recovered.pending) if recovered else {}
        self.unshown: dict[Key, Unshown] = dict(recovered.unshown) if recovered else {}
        self.sequence = recovered.next_sequence if recovered else 1
        self.terminal = ""
        self.sam_standard: Standard | None = None
        self.sam_open = b""

    @property
    def purchase(self) -> Purchase:
        """The profile's purchase settings."""
        return self.profile.purchase

    @property
    def overdraft(self) -> bool:
        """True when a card's overdraft may pay."""
        return self.profile.purchase.overdraft

    def kind(self, standard: Standard) -> TransactionType:
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
        init = self.tap.purse.init
        if init is None:
            raise RuntimeError("no INITIALIZE was answered")
        return init

    def awaited(self) -> Pending:
        """The pending entry of this tap."""
        pending = self.tap.pending
        if pending is None:
            raise RuntimeError("no transaction is pending")
        return pending
