"""Anyone's terminal at this machine's PC/SC: our card is in the virtual reader it uses.

The terminal under test opens the reader ``Virtual PCD`` as it would open any other. We are
the card: for each tap it is put into the reader, served until the tap is over, and taken
out again; then the reader stays empty for a while, because a PC/SC service looks only
every so often (pcscd: every 400 ms) whether a card is there.

A PC/SC service resets a card on its own: when it comes, when somebody connects, after
somebody has left. A terminal's reset looks the same. So the trace has one reset where any
number of them came before a command, and none after the last one, and looks like that of a
terminal that speaks over TCP.

What the terminal decided comes by another way (`run.targets.evidence`). A tap is over when
the decision came, or when nothing was sent for the time-out. A decision that comes before
the terminal has talked to the card belongs to no tap: it is noted (``stray``), said, and
never counted. Every wait is bounded.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.drive.terminal import CardSide, Shown, Terminal, TerminalBench, TerminalReport
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.evidence import Evidence, open_evidence
from ykt_conformance.run.targets.outside import WallClock, capabilities, stated_time
from ykt_sim.bench.targets import read_place
from ykt_sim.errors import CardRemovedError, LinkError, UsageError
from ykt_sim.transport.address import Address
from ykt_sim.transport.vpcd import VirtualSlot

#: Seconds the reader stays empty between two cards, unless told otherwise.
GAP_S: Final = 0.8
#: Seconds between two looks at a tap that is going on.
_LOOK_S: Final = 0.02
_END_S: Final = 10.0
_STRAY: Final = "stray"

Say = Callable[[str], object]


class VpcdTarget:
    """A virtual reader; each case gets the terminal that uses it.

    Args:
        address: ``vpcd:HOST:PORT``, ``vpcd:`` for the driver's usual place.
        plan: the run.
        present: ``prompt`` announces each card and gives the operator time.
        say: takes lines for the operator.
        evidence: where decisions come from (`run.targets.evidence`).
        gap: seconds the reader stays empty between two cards.

    Raises:
        UsageError: an address that is none, or evidence that the ICS does not speak of.
    """

    def __init__(
        self,
        address: str,
        plan: RunPlan[TerminalCase],
        present: str,
        say: Say,
        *,
        evidence: str = "",
        gap: float = GAP_S,
    ) -> None:
        self.address: Address = read_place(address).address
        self.name = f"listen {address}"
        self.basis = f"this program's monotonic clock; on the way: {VpcdTerminal.basis}"
        self.capabilities = capabilities(plan.ics.values, tells=False)
        _agree(evidence, plan)
        self.plan, self.prompt, self.say, self.gap = plan, present == "prompt", say, gap
        self.evidence: Evidence = open_evidence(evidence, plan.limits, say)
        self.out_since: float | None = None
        self._begun = plan.clock()
        say(f"cards are shown in the virtual reader at {self.address}")

    def open(self, name: str, clock: str = "") -> Terminal:
        """The terminal that will find the card."""
        del name, clock
        return VpcdTerminal(self)

    def close(self) -> None:
        """Give the source of decisions up; no card is in the reader."""
        self.evidence.close()

    def now(self) -> str:
        """The terminal's clock as the ICS states it, 14 digits."""
        return stated_time(self.plan, self._begun)

    def stay_empty(self) -> None:
        """Wait until the reader has been empty long enough for everybody to see it."""
        if self.out_since is not None:
            time.sleep(max(0.0, self.out_since + self.gap - time.monotonic()))


def _agree(evidence: str, plan: RunPlan[TerminalCase]) -> None:
    """What the ICS says of reports must be what the evidence can give."""
    reports = plan.ics.values["reports"]
    if reports["form"] == "none" and evidence:
        raise UsageError("--evidence, but the ICS has reports.form = 'none': make it 'line'")
    if reports["form"] != "none" and not evidence:
        raise UsageError(
            "the ICS says that the terminal reports: give --evidence, or reports.form = 'none'"
        )
    if evidence == "prompt" and reports["clearing"]:
        raise UsageError(
            "the ICS has reports.clearing = true, but nobody can type clearing records: make it"
            " false with --evidence prompt"
        )


class _Shown:
    """The card as the reader meets it: one reset before a command, however many came.

    Attributes:
        gone: the card was taken away at a command.
        failed: what went wrong in our own card; ends the case.
        last: when the last command was answered, monotonic seconds.
    """

    def __init__(self, side: CardSide, begin: Callable[[], object]) -> None:
        self._side, self._begin = side, begin
        self._atr = b""
        self._reset = True
        self._spoke = threading.Event()
        self.gone = False
        self.failed: Exception | None = None
        self.last = 0.0

    def power_on(self) -> bytes:
        """The ATR; the reset is made, and goes into the trace, with the next command."""
        self._reset = True
        if not self._atr:
            self._atr = self._side.atr()
        return self._atr

    def transmit(self, apdu: bytes) -> bytes:
        """One command; the card leaves when it is torn, or when the case has to end."""
        try:
            if not self._spoke.is_set():
                self._begin()
            if self._reset:
                self._side.power_on()
            self._reset = False
            return self._side.transmit(apdu)
        except CardRemovedError:
            self.gone = True
            raise
        except Exception as error:
            self.failed = error
            raise CardRemovedError("the case ends") from error
        finally:
            self.last = time.monotonic()
            self._spoke.set()

    def wait(self, seconds: float) -> bool:
        """Wait until a command has come; False when none did."""
        return self._spoke.wait(seconds)

    def out(self) -> bool:
        """The card has left the reader by itself."""
        return self.gone or self.failed is not None

    def close(self) -> None:
        """A reader took the power away: the next command finds a card that was reset."""
        self._reset = True


class VpcdTerminal:
    """The terminal that uses the reader."""

    basis = "not known: the way through PC/SC has not been measured"

    def __init__(self, target: VpcdTarget) -> None:
        self.capabilities = target.capabilities
        self._target, self._limits = target, target.plan.limits
        self._evidence = target.evidence
        self._wall = WallClock(target.plan.clock)
        self._note: Callable[[str, dict[str, object]], object] = lambda _text, _data: None

    def attach(self, bench: TerminalBench) -> None:
        """Take where notes go."""
        self._note = bench.note

    @property
    def clock(self) -> WallClock:
        """Time of the trace."""
        return self._wall

    def time(self, taps: int) -> str:
        """What its clock shows now."""
        del taps
        return self._target.now()

    def transport_s(self, side: CardSide) -> None:
        """Not known here; a calibration may know it."""
        del side

    def present(self, side: CardSide, shown: Shown) -> TerminalReport:
        """Put the card into the reader, serve it until the tap is over, take it out."""
        target, before = self._target, self._wall.now()
        target.stay_empty()
        self._strays()
        if target.prompt:
            what = f", load {shown.amount} fen" if shown.amount else ""
            target.say(f"in the reader: {shown.title}{what}")
        card = _Shown(side, lambda: self._wall.skip(self._wall.now() - before))
        slot = VirtualSlot(target.address, card)
        thread = threading.Thread(target=slot.run, name="card", daemon=True)
        thread.start()
        try:
            report = self._watch(card, slot)
        finally:
            slot.stop()
            thread.join(_END_S)
            target.out_since = time.monotonic()
        if card.failed is not None:
            raise card.failed
        if report is None and (card.gone or self._evidence.counts):
            report = self._evidence.poll(self._evidence.late_s)
        if not self._evidence.counts:
            self._wall.skip(max(0.0, time.monotonic() - card.last))
        return report or TerminalReport()

    def _watch(self, card: _Shown, slot: VirtualSlot) -> TerminalReport | None:
        """Wait until the tap is over; gives the decision if it came."""
        held = self._await_first(card, slot)
        self._evidence.begin()
        begun = time.monotonic()
        while not card.out():
            report = held or self._evidence.poll(_LOOK_S)
            if report is not None:
                return report
            if not slot.connected and not card.out():
                raise LinkError("the PC/SC service went away in the middle of the tap")
            now, counts = time.monotonic(), self._evidence.counts
            if now - card.last > self._evidence.quiet_s or (
                counts and now - begun > self._limits.case_s
            ):
                break
        return None

    def _await_first(self, card: _Shown, slot: VirtualSlot) -> TerminalReport | None:
        """Wait for the first command; raises LinkError when none comes.

        Gives a decision that came in the moment of the first command.
        """
        wait = self._limits.prompt_s if self._target.prompt else self._limits.start_s
        end, met = time.monotonic() + wait, False
        held = None
        while not card.wait(_LOOK_S):
            met = met or slot.connected
            held = self._strays(unless=card)
            if time.monotonic() > end:
                raise LinkError(self._nobody(wait, met=met))
        return held

    def _nobody(self, wait: float, *, met: bool) -> str:
        if not met:
            return (
                f"no virtual reader at {self._target.address} within {wait:g} s: pcscd with"
                " vpcd must run"
            )
        return f"no terminal sent a command to the card in the reader within {wait:g} s"

    def _strays(self, unless: _Shown | None = None) -> TerminalReport | None:
        """Note decisions that come while the terminal has no card to decide about.

        Gives one that came when the terminal had begun to talk to a card after all.
        """
        while unless is None or not unless.wait(0):
            data: dict[str, object]
            try:
                report = self._evidence.poll(0)
                if report is None:
                    break
                data = {"decision": dict(report.decision or {})}
            except LinkError as error:
                report, data = None, {"error": str(error)}
            if unless is not None and unless.wait(0):
                return report
            self._note(_STRAY, data)
            self._target.say(f"not counted, no card was being tapped: {_told(data)}")
        return None


def _told(data: dict[str, object]) -> str:
    decision = data.get("decision")
    if not isinstance(decision, dict):
        return str(data.get("error"))
    return " ".join(
        str(decision[key]) for key in ("outcome", "amount", "code") if decision.get(key)
    )
