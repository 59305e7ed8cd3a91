"""Faults of hearing: an answer of card, PSAM or host is taken for another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec.structs import replace

from ykt_sim.codes import SW
from ykt_sim.faults.terminal.border import Border, Heard, hearing
from ykt_sim.faults.terminal.fault import Between, TerminalFault
from ykt_sim.terminal import commands
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import SendCard
from ykt_sim.terminal.machine import Machine
from ykt_sim.terminal.phases import Phase
from ykt_sim.wire.purse import InitializePurchaseAnswer, SamPurchaseAnswer

_Change = Callable[[Machine, ev.Event], ev.Event]
_SELECTS: Final = frozenset((Phase.SELECT_EP, Phase.SELECT_BASIC, Phase.SELECT_WALLET))
#: 500 yuan, counter 0, no overdraft, key version 01, algorithm 00, random of zeros.
INIT_ANSWER: Final = bytes.fromhex("0000C35000000000000100") + bytes(4)
#: How often the trip log is read by one that reads on and on.
_READS: Final = 40


class Misread(NamedTuple):
    """In these phases a status word, None for any, becomes a good answer.

    ``data`` is the answer's when the card gave none.
    """

    phases: frozenset[Phase]
    sw: int | None
    data: bytes = b""


def misreading(*entries: Misread) -> _Change:
    """Takes refusals for good answers; the first entry that fits counts."""

    def change(machine: Machine, event: ev.Event) -> ev.Event:
        if isinstance(event, ev.CardRefused):
            for phases, sw, data in entries:
                if machine.phase in phases and sw in (None, event.sw):
                    return ev.CardAnswered(event.data or data)
        return event

    return change


def _answers(phase: Phase, change: Callable[[bytes], bytes]) -> _Change:
    """Other data in good answers of card or PSAM in this phase."""

    def changed(machine: Machine, event: ev.Event) -> ev.Event:
        if machine.phase is phase and isinstance(event, ev.CardAnswered | ev.SamAnswered):
            return replace(event, data=change(event.data))
        return event

    return changed


def _mac2_passes(machine: Machine, event: ev.Event) -> ev.Event:
    if machine.phase is Phase.SAM_MAC2 and isinstance(event, ev.SamRefused):
        return ev.SamAnswered(b"")
    return event


def _made_up_passes(machine: Machine, event: ev.Event) -> ev.Event:
    """Whoever makes up a MAC2 of zeros does not mind what the PSAM says of it."""
    made_up = machine.context.tap.purse.mac2 == bytes(4)
    return _mac2_passes(machine, event) if made_up else event


def _tac_passes(machine: Machine, event: ev.Event) -> ev.Event:
    if machine.phase is Phase.CONFIRM and isinstance(event, ev.HostRefused):
        return ev.HostConfirmed()
    return event


def _two_bytes(data: bytes) -> bytes:
    answer = InitializePurchaseAnswer.parse(data)
    return answer.replace(balance=answer.balance & 0xFFFF).build()


class _FirstSerial(Border):
    """Remembers the PSAM number of the first tap."""

    def __init__(self) -> None:
        self._first = b""

    def hears(self, machine: Machine, event: ev.Event) -> Heard:
        if machine.phase is Phase.SAM_MAC1 and isinstance(event, ev.SamAnswered):
            answer = SamPurchaseAnswer.parse(event.data)
            self._first = self._first or answer.terminal_serial
            return ev.SamAnswered(answer.replace(terminal_serial=self._first).build())
        return event


class _Reader(Border):
    """Counts how often the trip log was read in this tap."""

    def __init__(self) -> None:
        self._reads = 0

    def hears(self, machine: Machine, event: ev.Event) -> Heard:
        if isinstance(event, ev.CardPresented):
            self._reads = 0
        if machine.phase is Phase.READ_1E and isinstance(event, ev.CardAnswered | ev.CardRefused):
            self._reads += 1
            if self._reads < _READS:
                return SendCard(commands.READ_1E)
        return event


def _hears(*changes: _Change) -> tuple[Between]:
    return (Between(hearing(*changes)),)


def _in(*phases: Phase) -> frozenset[Phase]:
    return frozenset(phases)


FAULTS: Final = (
    # SELECT
    TerminalFault(
        "blocked-ignored",
        "6283 to SELECT is taken for 9000",
        _hears(misreading(Misread(_SELECTS, SW.FILE_INVALID))),
    ),
    TerminalFault(
        "locked-ignored",
        "9303 to SELECT is taken for 9000",
        _hears(misreading(Misread(_SELECTS, SW.APP_LOCKED))),
    ),
    TerminalFault(
        "unsupported-ignored",
        "6A81 to SELECT is taken for 9000",
        _hears(misreading(Misread(_SELECTS, SW.NOT_SUPPORTED))),
    ),
    # payment
    TerminalFault(
        "balance-two-bytes",
        "two bytes of the balance are used",
        _hears(_answers(Phase.INIT, _two_bytes)),
    ),
    TerminalFault(
        "init-refused-ignored",
        "DEBIT follows although the card refused INITIALIZE",
        _hears(
            misreading(
                Misread(_in(Phase.INIT), None, INIT_ANSWER),
                Misread(_in(Phase.CACHE), SW.WRONG_STATE),
            )
        ),
    ),
    TerminalFault(
        "mac1-zero",
        "DEBIT carries zeros as MAC1",
        _hears(_answers(Phase.SAM_MAC1, lambda data: data[:4] + bytes(4))),
    ),
    TerminalFault(
        "serial-repeated",
        "the PSAM number of the first tap is sent again and again",
        (Between(_FirstSerial),),
    ),
    TerminalFault(
        "cache-refused-ignored",
        "DEBIT follows although the card refused a cache update",
        _hears(misreading(Misread(_in(Phase.CACHE), None))),
    ),
    TerminalFault(
        "debit-refused-accepted",
        "a card that refuses DEBIT passes",
        _hears(misreading(Misread(_in(Phase.DEBIT), None, bytes(8))), _made_up_passes),
    ),
    TerminalFault(
        "mac2-failed-accepted",
        "a card whose MAC2 the PSAM rejects passes",
        _hears(_mac2_passes),
    ),
    TerminalFault(
        "short-answer-accepted",
        "a DEBIT answer without MAC2 passes",
        _hears(_answers(Phase.DEBIT, lambda data: data.ljust(8, b"\0")), _made_up_passes),
    ),
    # time and loads
    TerminalFault(
        "reads-on-and-on",
        "the trip log is read forty times before the card may pay",
        (Between(_Reader),),
    ),
    TerminalFault(
        "load-tac-ignored",
        "a load passes although the host rejects its TAC",
        _hears(_tac_passes),
    ),
)
