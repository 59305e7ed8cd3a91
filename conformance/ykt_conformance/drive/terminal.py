"""What a terminal scenario gets: cards of ours to present, and taps.

A scenario is ``def scene(bench: TerminalBench) -> None``. It makes cards (`card`), presents
them (`tap`) and may spoil what they answer (`Mutation`) or take them away (`Removal`). It
decides nothing: everything goes into the trace, and a judge looks at the trace.

Notes in the trace of a terminal case:

``tap``       opens a tap: number, role, card, clock, amount, mutation, tear.
``issued``    a card was made: what it is, in the words of `ykt_sim.meaning.duty.Who`.
``card``      facts of the card, ``when`` before and after: total in fen, and per standard
              balance, counters, newest records; before, also the factors of its keys.
``decision``  what the terminal said: outcome, amount in fen, code, and more if it says it.
``clearing``, ``dispute``   the record it makes, if it gives one.
``timing``    of the tap: transport_ms and its spread_ms, and the basis on which these are known.
``elsewhere`` the card was used at another terminal, off the record.
``heard true``  the tap's mutation has changed nothing, or nothing that may matter.

Roles: ``control`` is a tap of a good card that must be accepted; ``mutant`` the one that
differs in one thing; ``again`` the control after it; ``torn`` a tap in which the card is
taken away; ``return`` the same card presented again; ``other`` another card in between;
``same`` a card tapped again although nothing went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from ykt_conformance.drive.altered import own_of, someone
from ykt_conformance.drive.behind import prepare, spent, use
from ykt_conformance.drive.issue import MOST, Spec, TestCard, factors, issue, who
from ykt_conformance.drive.limits import LimitError, Limits
from ykt_conformance.drive.moments import later
from ykt_conformance.drive.owed import need_of
from ykt_conformance.drive.steps import Impossible
from ykt_sim.codes import LNT, LOAD, TUNION
from ykt_sim.errors import CardRemovedError, ProfileError
from ykt_sim.profiles.cards import Identity
from ykt_sim.profiles.registry import load_registry
from ykt_sim.trace.model import Channel, Event, Exchange, Note, Removed, Reset
from ykt_sim.transport.calibrate import Calibration

#: Pair of the card that is used where the terminal has no white list.
_PAIR: Final = ("01011000", "31051700")
#: Fen of a card that can pay whatever it may owe.
_RICH: Final = 1_000_000


class Removal(msgspec.Struct, frozen=True):
    """Where the card is taken away.

    Attributes:
        at: number of the command among those that count, from 1.
        ins: only commands with this instruction count; None for all.
        executed: the card still carries the command out, its answer is lost.
    """

    at: int = 1
    ins: int | None = None
    executed: bool = False


class Mutation(msgspec.Struct, frozen=True):
    """One thing that is different between the card and the terminal.

    Attributes:
        name: for the trace.
        answer: gives the answer the terminal gets, from command and true answer.
        command: gives the command the card gets; None for the one that was sent.
        dialect: cards differ so; a terminal must make nothing of it.
    """

    name: str
    answer: Callable[[bytes, bytes], bytes]
    command: Callable[[bytes], bytes] | None = None
    dialect: bool = False


class CaseClock(Protocol):
    """Time as the trace shows it."""

    def now(self) -> float:
        """Seconds since the case began."""
        ...

    def thinks(self, size: int) -> float:
        """The terminal has thought and sends a command; gives seconds on the way."""
        ...

    def works(self, ins: int, size: int) -> float:
        """The card has worked and answers; gives seconds on the way."""
        ...


class CardSide:
    """The card as the terminal under test meets it: recorded, spoilt, taken away."""

    def __init__(
        self,
        card: TestCard,
        clock: CaseClock,
        sink: Callable[[Event], object],
        mutate: Mutation | None,
        removal: Removal | None,
    ) -> None:
        self._card, self._clock, self._sink = card, clock, sink
        self._mutate, self._removal = mutate, removal
        self._counted = 0
        self.gone = False
        self.heard_true = True
        self.commands: list[bytes] = []
        self.size = 0
        self.transport_s = 0.0

    def atr(self) -> bytes:
        """The ATR, off the record: a reader that looks at a card is not the terminal."""
        return self._card.link.power_on()

    def power_on(self) -> bytes:
        """Reset the card; gives the ATR."""
        atr = self._card.link.power_on()
        self._sink(Reset(t=self._at(), channel="card", atr=atr))
        return atr

    def transmit(self, apdu: bytes) -> bytes:
        """One command; raises CardRemovedError when the card is taken away at it."""
        if self.gone:
            raise CardRemovedError("the card was taken away")
        self.commands.append(apdu)
        self.size += len(apdu)
        self.transport_s += self._clock.thinks(len(apdu))
        at = self._at()
        torn = self._torn(apdu)
        answer = b""
        if not torn or (self._removal is not None and self._removal.executed):
            answer = self._answer(apdu)
        if torn:
            self.gone = True
            self._sink(Exchange(t=at, channel="card", command=apdu, response=b""))
            self._sink(Removed(t=self._at(), channel="card"))
            self._card.link.close()
            raise CardRemovedError("the card was taken away")
        self.size += len(answer)
        back = self._clock.works(apdu[1] if len(apdu) > 1 else 0, len(answer))
        ms = max(0.0, (self._clock.now() - at - back) * 1000)
        self.transport_s += back
        event = Exchange(
            t=at, channel="card", command=apdu, response=answer, duration_ms=round(ms, 3)
        )
        self._sink(event)
        return answer

    def close(self) -> None:
        """The card leaves the field."""
        self._card.link.close()

    def _at(self) -> float:
        return round(self._clock.now(), 6)

    def _torn(self, apdu: bytes) -> bool:
        removal = self._removal
        if removal is None or (removal.ins is not None and apdu[1:2] != bytes((removal.ins,))):
            return False
        self._counted += 1
        return self._counted == removal.at

    def _answer(self, apdu: bytes) -> bytes:
        mutate = self._mutate
        if mutate is None:
            return self._card.link.transmit(apdu)
        sent = mutate.command(apdu) if mutate.command is not None else apdu
        true = self._card.link.transmit(sent)
        heard = mutate.answer(apdu, true)
        self.heard_true = self.heard_true and (sent, heard) == (apdu, true)
        return heard


class Shown(msgspec.Struct, frozen=True):
    """What a target needs to know of a tap.

    Attributes:
        now: the terminal's clock, 14 digits, where the target can set it.
        amount: fen to load, load points only.
        title: for the operator.
    """

    now: str
    amount: int
    title: str


class TerminalReport(msgspec.Struct, frozen=True):
    """What the terminal said at the end of a tap; empty when it says nothing."""

    decision: Mapping[str, Any] | None = None
    clearing: Mapping[str, Any] | None = None
    dispute: Mapping[str, Any] | None = None


class Terminal(Protocol):
    """The terminal under test, as a target gives it."""

    capabilities: frozenset[str]
    basis: str

    @property
    def clock(self) -> CaseClock:
        """Time of the trace."""
        ...

    def attach(self, bench: TerminalBench) -> None:
        """The case begins; what else is seen of the terminal goes into its trace."""
        ...

    def present(self, side: CardSide, shown: Shown) -> TerminalReport:
        """Show a card and wait until the tap is over."""
        ...

    def time(self, taps: int) -> str:
        """What the terminal's clock shows at a tap, 14 digits; taps counts from 0."""
        ...

    def transport_s(self, side: CardSide) -> float | None:
        """Seconds a tap spent on the way, where that can be told."""
        ...


class TerminalBench:
    """The surroundings of one terminal case.

    Attributes:
        ics: the ICS as nested mappings.
        capabilities: of the target: ``report``, ``sam``, ``clock``.
        events: the trace so far.
        thorough: tables are played in full.
    """

    def __init__(
        self,
        ics: Mapping[str, Any],
        terminal: Terminal,
        rng: Callable[[int], bytes],
        limits: Limits,
        calibration: Calibration | None = None,
        *,
        thorough: bool = False,
    ) -> None:
        self.ics = ics
        self.thorough = thorough
        self.capabilities = terminal.capabilities
        self.events: list[Event] = []
        self._terminal, self._rng, self._limits = terminal, rng, limits
        self._calibration = calibration
        self._cards = 0
        self._taps = 0
        self._commands = 0
        self._clock = ("", 0)

    # -- facts of the terminal -----------------------------------------------------------

    @property
    def now(self) -> str:
        """The terminal's clock at the next tap, 14 digits."""
        begun, taps = self._clock
        return later(begun, minutes=self._taps - taps) if begun else self._terminal.time(self._taps)

    def set_clock(self, moment: str) -> None:
        """Let the terminal's clock show this at the next tap, 14 digits, and a minute more at each.

        Raises:
            Impossible: the target's clock cannot be set.
        """
        if "clock" not in self.capabilities:
            raise Impossible("the target's clock cannot be set")
        self._clock = (moment, self._taps)

    def day(self, offset: int) -> str:
        """A date by the terminal's clock: 0 today, 1 tomorrow; eight digits."""
        return later(self.now, days=offset)[:8]

    def fare(self, standard: str) -> int:
        """What a tap is charged, fen; the amount of a load at a load point."""
        if self.ics["device"]["kind"] == LOAD:
            return self.amount
        return int(self.ics["fare"][standard])

    def need(self, standard: str) -> int:
        """What a card must hold to pass, fen."""
        fare = self.fare(standard)
        if self.ics["device"]["direction"] == "entry":
            fare += int(self.ics["fare"][f"minimum_{standard}"])
        return fare

    @property
    def amount(self) -> int:
        """What is loaded at a load point, fen."""
        load = self.ics["load"]
        return int(min(max(load["minimum"], 2000), load["maximum"]))

    def pair(self, *, own: bool = False) -> tuple[str, str]:
        """Issuer and IIN that the terminal takes; ``own``: without the interoperability flag.

        Raises:
            Impossible: the ICS lists none.
        """
        listed, mine = self.ics["white_list"]["pairs"], self.ics["interoperability"]["own"]
        pairs = [tuple(pair) for pair in listed if (pair[0] in mine) == own]
        if pairs:
            return pairs[0][0], pairs[0][1]
        if not listed and not own:
            return _PAIR
        if listed and not own:
            return listed[0][0], listed[0][1]
        raise Impossible("the ICS lists no pair of an own issuer")

    # -- cards -----------------------------------------------------------------------------

    def card(self, kind: str = TUNION, **wishes: Any) -> TestCard:
        """A card that suits the terminal but for what is wished.

        At an exit it has entered, unless ``ride`` says otherwise. See `Spec`.
        """
        self._cards += 1
        name = chr(ord("A") + self._cards - 1) if self._cards <= 26 else f"Z{self._cards}"
        card = self._made(name, kind, wishes)
        self._note("issued", {"card": card.name, **who(card)})
        return card

    def _made(self, name: str, kind: str, wishes: Mapping[str, Any]) -> TestCard:
        usual = {"ride": "inside"} if self.ics["device"]["direction"] == "exit" else {}
        spec = Spec(kind=kind, **{**usual, **wishes})
        try:
            who_it_is, seed = self._identity(spec), int.from_bytes(self._rng(6), "big")
            card = issue(name, spec, who_it_is, seed, spent(spec, self.ics))
        except ProfileError as error:
            raise Impossible(f"no such card can be made: {error}") from None
        if kind != "blank":
            prepare(card, self.ics, self._ago)
        return card

    def owed(self, kind: str = TUNION, **wishes: Any) -> int:
        """What a card like this must hold to pass, fen, after discount and transfer.

        Where it does not pass, or what it pays is left open, what a usual card must hold.
        """
        rich = wishes | {"balance": _RICH, "ceiling": MOST}
        need = need_of(self._made("", kind, rich), self.ics, self.now)
        takes = self.ics["applications"]["priority"]
        return self.need(kind if kind in takes else takes[0]) if need is None else need

    def _ago(self, minutes: int) -> str:
        """The terminal's clock so many minutes ago, 14 digits."""
        return later(self.now, minutes=-minutes)

    def _identity(self, spec: Spec) -> Identity:
        issuer, iin = self.pair()
        if spec.kind == "dual" and not spec.issuer:
            issuer, iin = self._dual_pair()
        issuer, iin = spec.issuer or issuer, spec.iin or iin
        drawn = int.from_bytes(self._rng(3), "big") % 9_000_000
        number = spec.number or f"{950_000_000 + drawn:010d}"
        identity = Identity(
            issuer=issuer,
            pan=(spec.pan or f"{iin}{number}7") if spec.kind in (TUNION, "dual") else "",
            lnt_number=number if spec.kind in (LNT, "dual") else "",
            start=spec.start or self.day(-400),
            expiry=spec.expiry or self.day(3000),
            lnt_issue=spec.lnt_start or self.day(-400),
            lnt_expiry=spec.lnt_expiry or self.day(3000),
            province=load_registry().province_of(issuer[4:]),
            city=issuer[4:],
            interoperability=spec.flag,
            enable_flag=spec.enable_flag,
        )
        return someone(identity, spec.changes, own_of(self.ics["place"]))

    def _dual_pair(self) -> tuple[str, str]:
        try:
            return self.pair(own=True)
        except Impossible:
            return self.pair()

    def elsewhere(
        self, card: TestCard, standard: str, amount: int = 100, what: str = "pays"
    ) -> None:
        """Use a card at another terminal, off the record.

        Args:
            card: that is used.
            standard: of its purse.
            amount: fen.
            what: a word of `behind.USES`.

        Raises:
            Impossible: the card refuses it.
        """
        before = card.facts()["total"]
        use(card, standard, what, amount, self._ago(1))
        moved = card.facts()["total"] - before
        self._note("elsewhere", {"card": card.name, "standard": standard, "moved": moved})

    # -- taps ------------------------------------------------------------------------------

    def tap(
        self,
        card: TestCard,
        role: str = "control",
        *,
        mutate: Mutation | None = None,
        removal: Removal | None = None,
        amount: int | None = None,
        title: str = "",
    ) -> tuple[bytes, ...]:
        """Present a card, wait until the terminal has done with it; gives the card's commands.

        Args:
            card: from `card`; it remembers what earlier taps did to it.
            role: what the tap is in this case; see the module.
            mutate: what the terminal gets to hear instead of the truth.
            removal: when the card is taken away.
            amount: fen to load; the usual amount at load points when None.
            title: for the operator, in the words of the case.
        """
        terminal = self._terminal
        if terminal.clock.now() > self._limits.case_s:
            raise LimitError(f"stopped after {self._limits.case_s:g} s")
        clock = self.now
        self._taps += 1
        wanted = amount
        if wanted is None:
            wanted = self.amount if self.ics["device"]["kind"] == LOAD else 0
        tap: dict[str, object] = {"number": self._taps, "role": role, "card": card.name}
        tap |= {"clock": clock, "amount": wanted}
        if mutate is not None:
            tap["mutation"] = mutate.name
        if removal is not None:
            tap["tear"] = {
                "at": removal.at, "ins": removal.ins, "executed": removal.executed
            }  # fmt: skip
        self._note("tap", tap)
        self._facts(card, "before")
        side = CardSide(card, terminal.clock, self._event, mutate, removal)
        words = title or f"card {card.name} ({card.spec.kind}), {role}"
        report = terminal.present(side, Shown(clock, wanted, words))
        side.close()
        parts = {
            "decision": report.decision, "clearing": report.clearing, "dispute": report.dispute
        }  # fmt: skip
        for name, said in parts.items():
            if said is not None:
                self._note(name, dict(said))
        self._facts(card, "after")
        if mutate is not None and (side.heard_true or mutate.dialect):
            self._note("heard true", {"card": card.name})
        self._note("timing", self._timing(side))
        return tuple(side.commands)

    def _timing(self, side: CardSide) -> dict[str, object]:
        """Time on the way in this tap: as the target knows it, else by the calibration."""
        way = self._terminal.transport_s(side)
        if way is not None:
            known = {"transport_ms": round(way * 1000, 3), "spread_ms": 0.0}
            return known | {"basis": self._terminal.basis}
        if self._calibration is None:
            return {"transport_ms": None, "spread_ms": None, "basis": self._terminal.basis}
        ms, spread = self._calibration.way_ms(len(side.commands), side.size)
        return {"transport_ms": round(ms, 3), "spread_ms": round(spread, 3),
                "basis": self._calibration.words()}  # fmt: skip

    def _facts(self, card: TestCard, when: str) -> None:
        facts = {"card": card.name, "when": when, **card.facts()}
        if when == "before":
            facts["factors"] = factors(card.identity)
        self._note("card", facts)

    def note(self, text: str, data: dict[str, object]) -> None:
        """Write a note of the runner's."""
        self._note(text, data)

    def _note(self, text: str, data: dict[str, object]) -> None:
        self.events.append(Note(t=round(self._terminal.clock.now(), 6), text=text, data=data))

    def sam(self, command: bytes, answer: bytes, at: float, ms: float) -> None:
        """Record an exchange with the PSAM of a terminal of ours."""
        channel: Channel = "sam"
        self._event(
            Exchange(
                t=round(at, 6), channel=channel, command=command, response=answer,
                duration_ms=round(ms, 3),
            )
        )  # fmt: skip

    def _event(self, event: Event) -> None:
        self._commands += isinstance(event, Exchange)
        self.events.append(event)
        if self._commands > self._limits.commands:
            raise LimitError(f"stopped after {self._limits.commands} commands")
