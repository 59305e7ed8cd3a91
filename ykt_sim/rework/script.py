"""What a trace knows of a card: each of its answers, found by what was asked.

A `CommandKind` says what a command is for: application, instruction, file, record, operation, but
not amounts, terminals, dates or codes. Beside every answer stands how far the purse had come
in the trace, so that balances and counters can go on from there.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ykt_sim.codes import INS, SW, Cla, Operation
from ykt_sim.meaning.classes import ByteClass
from ykt_sim.meaning.commands import FileReference, file_reference
from ykt_sim.meaning.live import Live, fold
from ykt_sim.meaning.understand import Stage, Understood
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application
from ykt_sim.wire.commands import BY_NAME, ONLINE

#: Commands whose data say what is asked for.
_BY_DATA: Final = frozenset({INS.SELECT, INS.VERIFY, INS.READ_EXT_DATA, INS.GET_DATA})
#: Commands that ask the same whatever is selected.
_ANYWHERE: Final = frozenset({INS.SELECT, INS.GET_CHALLENGE})
#: The logical channel in a class byte.
_CHANNEL: Final = 0x03


class CommandKind(NamedTuple):
    """What a command asks for."""

    application: Application
    cla: int
    ins: int
    p1: int
    p2: int
    what: bytes = b""


def kind_of(asked: Command, application: Application, file: int | None = None) -> CommandKind:
    """Say what a command asks for.

    Args:
        asked: the command.
        application: what is selected.
        file: the current file, for a command that names none.
    """
    ins = asked.ins
    where = Application.NONE if ins in _ANYWHERE else application
    cla = asked.cla & ~_CHANNEL & 0xFF
    what = asked.data if ins in _BY_DATA else b""
    reference = file_reference(asked)
    if reference is not None and reference.sfi is None and ins != INS.READ_EXT_DATA:
        what = bytes((file or 0,)) + what
    p2 = 0 if ins == INS.GET_CHALLENGE else asked.p2
    return CommandKind(where, cla, ins, asked.p1, p2, what)


@dataclass
class ScriptPurse:
    """How far a purse has come since the beginning.

    Attributes:
        moved: fen, into the card counted as positive.
        online, offline: committed transactions of either counter.
    """

    moved: int = 0
    online: int = 0
    offline: int = 0

    def commit(self, operation: Operation, amount: int) -> None:
        """Count a committed transaction."""
        if operation in ONLINE:
            self.online += 1
        else:
            self.offline += 1
        if operation != Operation.OVERDRAFT:
            self.moved += amount if operation == Operation.LOAD else -amount


@dataclass
class Purses:
    """The purses of a conversation, by application; told event by event."""

    purses: dict[Application, ScriptPurse] = field(default_factory=dict)
    operation: Operation | None = None
    _amount: int = 0

    def take(self, item: Understood) -> None:
        """Count one event of the card."""
        asked = item.asked
        if asked is None:
            return
        if asked.ins == INS.INITIALIZE and item.phase is Stage.INITIALISED:
            amounts = [p.raw for p in item.command if p.byte_class is ByteClass.AMOUNT]
            self._amount = int.from_bytes(amounts[0], "big") if amounts else 0
            self.operation = item.operation
        elif item.phase is Stage.DEBITED and self.operation:
            self.of(item.annotated.application).commit(self.operation, self._amount)
            self.operation = None

    def of(self, application: Application) -> ScriptPurse:
        """The purse of an application."""
        return self.purses.setdefault(application, ScriptPurse())


@dataclass(frozen=True)
class ScriptLine:
    """One exchange of the card in a trace.

    Attributes:
        number: among the card's events, from 0.
        index: in the trace.
        event: the exchange, T=0 chains made one.
        known: what it means.
        asked: the command.
        kind: what was asked for.
        chained: the answer was fetched with GET RESPONSE.
        moved, online, offline: how far its purse had come before, see `ScriptPurse`.
    """

    number: int
    index: int
    event: Exchange
    known: Understood
    asked: Command
    kind: CommandKind
    chained: bool
    moved: int
    online: int
    offline: int

    @property
    def data(self) -> bytes:
        """Answer without status word."""
        return self.event.response[:-2]

    @property
    def sw(self) -> int:
        """Status word."""
        return int.from_bytes(self.event.response[-2:], "big")


class Script:
    """A trace as a card's knowledge.

    Attributes:
        resets: places among the card's events where power came on or went, with the ATR.
        lines: the exchanges that were answered, in order.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.resets: dict[int, bytes | None] = {}
        self.lines: list[ScriptLine] = []
        self._by_kind: dict[CommandKind, list[int]] = {}
        self._by_ins: dict[tuple[Application | None, int], list[ScriptLine]] = {}
        #: Of each file the longest answer from each offset; for files of records only the key.
        self._files: dict[tuple[Application, int], dict[int, ScriptLine]] = {}
        live, purses, current = Live(), Purses(), Current()
        number = 0
        for item in fold(events):
            event = item.event
            if isinstance(event, Note) or event.channel != "card":
                continue
            before = live.application
            known, _, _ = live.take(event)
            if isinstance(event, Reset | Removed):
                self.resets[number] = event.atr if isinstance(event, Reset) else None
                current.reset()
            elif known.asked is not None and len(event.response) >= 2:
                purse = purses.of(before)
                kind = kind_of(known.asked, before, current.sfi)
                line = ScriptLine(number, item.index, event, known, known.asked, kind, item.chained,
                            purse.moved, purse.online, purse.offline)  # fmt: skip
                self._add(line, current)
                purses.take(known)
                current.take(known.asked, line.sw)
            number += 1
        self.size = number

    def _add(self, line: ScriptLine, current: Current) -> None:
        self._by_kind.setdefault(line.kind, []).append(len(self.lines))
        self.lines.append(line)
        ins, application = line.asked.ins, line.kind.application
        for where in (application, None):
            self._by_ins.setdefault((where, ins), []).append(line)
        reference = file_reference(line.asked)
        sfi = current.named(reference)
        if reference is None or sfi is None or line.sw != SW.OK:
            return
        parts = self._files.setdefault((application, sfi), {})
        if ins == INS.READ_BINARY and line.asked.cla & ~_CHANNEL == Cla.ISO:
            known = parts.get(reference.offset)
            if known is None or len(known.data) < len(line.data):
                parts[reference.offset] = line

    def find(self, kind: CommandKind, at: int) -> ScriptLine | None:
        """The next answer to such a command from a place on, or else the last one before."""
        places = self._by_kind.get(kind, [])
        if not places:
            return None
        after = bisect.bisect_left(places, at, key=lambda place: self.lines[place].number)
        return self.lines[places[after] if after < len(places) else places[-1]]

    def nearest(self, kind: CommandKind, at: int) -> ScriptLine | None:
        """The nearest earlier answer to a command of the same instruction, or the first."""
        alike = self._by_ins.get((kind.application, kind.ins))
        alike = alike or self._by_ins.get((None, kind.ins), [])
        after = bisect.bisect_left(alike, at, key=lambda line: line.number)
        return alike[max(after - 1, 0)] if alike else None

    def knows_instruction(self, ins: int) -> bool:
        """True when the trace holds such a command."""
        return (None, ins) in self._by_ins

    def knows_file(self, application: Application, sfi: int | None) -> bool:
        """True when something of this file was read or written."""
        return sfi is not None and (application, sfi) in self._files

    def part(self, application: Application, sfi: int | None, offset: int) -> bytes | None:
        """What a transparent file holds from an offset on, read from another one."""
        best = b""
        for start, line in self._files.get((application, sfi or 0), {}).items():
            if start <= offset:
                best = max(best, line.data[offset - start :], key=len)
        return best or None


@dataclass
class Current:
    """The current elementary file of a conversation."""

    sfi: int | None = None

    def reset(self) -> None:
        """Nothing is selected."""
        self.sfi = None

    def named(self, reference: FileReference | None) -> int | None:
        """The file that a command means."""
        if reference is None:
            return None
        return reference.sfi if reference.sfi is not None else self.sfi

    def take(self, asked: Command, sw: int) -> None:
        """Follow one command."""
        if sw != SW.OK:
            return
        reference = file_reference(asked)
        if asked.ins == INS.SELECT:
            by_number = not asked.p1 & BY_NAME and len(asked.data) == 2 and asked.data[0] == 0
            self.sfi = asked.data[1] if by_number and asked.data[1] < 0x20 else None
        elif reference is not None and reference.sfi is not None:
            self.sfi = reference.sfi
