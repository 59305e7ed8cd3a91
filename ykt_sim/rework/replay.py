"""The terminal's side of a trace, sent to a card again.

`Replay.run` is a generator without IO: it yields commands, or `POWER` for a reset, and is
sent answers (the ATR after `POWER`; nothing at all when the card left). What a terminal
works out from the card is worked out anew from what *this* card says: MACs and
authentications (the keys learn the card's number from its own answers), Le after 6Cxx, GET
RESPONSE after 61xx, the counter in GET TRANSACTION PROVE, balances in records, the tail of
an AID that a directory lists. Everything else is sent as recorded.

The PSAM is not asked: its serial numbers stay, its MAC1 and its look at MAC2 are worked out.
A code that a card refused as wrong in the trace is sent wrong again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec

from ykt_sim.codes import INS, SW, Cla
from ykt_sim.errors import WireError
from ykt_sim.meaning.classes import SECURED
from ykt_sim.meaning.cryptograms import refused_as_wrong
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.follow import Due
from ykt_sim.meaning.live import NO_CHALLENGE, NO_TRANSACTION, Folded, Live, fold
from ykt_sim.meaning.understand import Understood
from ykt_sim.rework.moving import Move, move_to
from ykt_sim.rework.outcome import PlayedStep, Replayed, Sides, accounts, judge
from ykt_sim.rework.rewriting import Rewriter
from ykt_sim.trace.model import Event, Exchange, Header, Note, Removed, Reset, Trace
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command

#: Yielded for a reset; the ATR is sent back.
POWER: Final = b""
#: Commands and resets out, answers and ATRs in.
Steps = Generator[bytes, bytes, None]

_BODY: Final = 5
#: Rounds after which a card that never stops announcing data is given up.
_ROUNDS: Final = 64
#: Bytes of one answer that are looked at.
_LONGEST: Final = 0x10002
_MORE, _WRONG_LE = 0x61, 0x6C
_GONE: Final = "the card had left"
_AWAY: Final = "the card left; the next reset brings it back"
_NOT_BEGUN: Final = "the card refused what it rests on"
_NO_KEYS: Final = "needs a code of this card, and no keys were given"
_NOTHING: Final = (NO_TRANSACTION, NO_CHALLENGE)


class WithoutKeys(StrEnum):
    """What to do with a command whose code cannot be worked out."""

    STOP = "stop"
    SKIP = "skip"
    SEND = "send"


@dataclass(frozen=True)
class ReplayOptions:
    """How to replay.

    Attributes:
        keys: makes keys for the new card; they should learn its number. None for none.
        old_keys: makes keys for the card of the trace, where they are known.
        without_keys: what becomes of a command whose code cannot be worked out.
        exact: send the recorded bytes, whatever comes back.
        dates: where the terminal's clock begins, 14 digits or 8 for a day; empty to keep.
        clock: seconds for the new trace.
        header: of the new trace.
    """

    keys: Callable[[], Keys] | None = None
    old_keys: Callable[[], Keys] | None = None
    without_keys: WithoutKeys = WithoutKeys.STOP
    exact: bool = False
    dates: str = ""
    clock: Callable[[], float] = lambda: 0.0
    header: Header = field(default_factory=Header)


class Replay:
    """One replay of one trace.

    Args:
        trace: what was recorded.
        options: how.

    Raises:
        UsageError: no exchange with a card is in it, or its dates cannot be moved.
    """

    def __init__(self, trace: Trace, options: ReplayOptions | None = None) -> None:
        self._trace = trace
        self._options = options = options or ReplayOptions()
        self._old = Live(options.old_keys() if options.old_keys else None)
        self._new = Live(options.keys() if options.keys else None)
        whole = (Folded(index, event) for index, event in enumerate(trace.events))
        self._events = tuple(whole if options.exact else fold(trace.events))
        move: Move | None = None
        if options.dates:
            reader = Live()
            move = move_to(options.dates, [reader.take(i.event)[0] for i in self._events], trace)
        self._rewriter = Rewriter(self._old, self._new, move)
        self._steps: list[PlayedStep] = []
        self._before: list[Event] = []
        self._after: list[Event] = []
        self._raw: list[Event] = []
        self._powered = self._present = False
        self._stopped = ""
        self._remarks: dict[str, None] = {}
        self._mac2 = b""

    # -- going along -------------------------------------------------------------------

    def run(self) -> Steps:
        """Yield commands and `POWER`, receive answers; ends with the trace."""
        for number, item in enumerate(self._events):
            event = item.event
            if isinstance(event, Note):
                continue
            if self._stopped:
                if isinstance(event, Exchange) and event.channel == "card":
                    known, _, _ = self._old.take(event)
                    self._keep(item, known, None, "the replay had ended")
                continue
            if event.channel == "sam":
                self._sam(item)
            elif isinstance(event, Exchange):
                if not self._powered:
                    yield from self._power()
                yield from self._card(item)
            elif isinstance(event, Reset) or not self._followed_by_reset(number):
                self._old.take(event)
                self._before.append(event)
                yield from self._power()

    def stop(self, why: str) -> None:
        """Tell that the command at hand and the rest cannot be sent; send nothing then."""
        self._stopped = self._stopped or why

    def _followed_by_reset(self, number: int) -> bool:
        """A removal that a reset follows is that reset."""
        for item in self._events[number + 1 :]:
            if getattr(item.event, "channel", "") == "card":
                return not isinstance(item.event, Exchange)
        return False

    def _power(self) -> Steps:
        self._powered = True
        at = self._options.clock()
        atr = (yield POWER)[:_LONGEST]
        self._present = bool(atr)
        event: Event = Reset(t=at, channel="card", atr=atr)
        if not atr:
            event = Removed(t=at, channel="card")
            self._remarks[_AWAY] = None
        self._happened(event)
        self._after.append(event)

    def _happened(self, event: Event) -> None:
        self._raw.append(event)
        self._new.take(event)

    # -- the card ----------------------------------------------------------------------

    def _card(self, item: Folded) -> Steps:
        event = item.event
        known, old_dues, _ = self._old.take(event)
        if not isinstance(event, Exchange):
            return
        if not self._present:
            self._keep(item, known, None, _GONE)
            return
        command, why = event.command, ""
        if not self._options.exact:
            command, why = self._command(event, known, old_dues)
        if why:
            policy = self._options.without_keys
            if policy is WithoutKeys.STOP and why != _NOT_BEGUN:
                self._stopped = f"stopped before event {item.index}, {_what(known)}: {why}"
            if policy is not WithoutKeys.SEND or why == _NOT_BEGUN:
                self._keep(item, known, None, why)
                return
            self._remarks[f"sent with recorded codes: {why}"] = None
        at = self._options.clock()
        answer, sent = yield from self._ask(command, event)
        if not answer and self._stopped:
            self._keep(item, known, None, self._stopped)
            return
        new = Exchange(t=at, channel="card", command=sent, response=answer)
        self._after.append(new)
        self._keep(item, known, new)
        self._rewriter.answered(known, event, new)
        self._learn_mac2(known, answer)
        if not answer:
            self._present = False

    def _ask(self, command: bytes, old: Exchange) -> Generator[bytes, bytes, tuple[bytes, bytes]]:
        """Send a command and fetch all of its answer; gives the answer and what was sent."""
        data, sent, whole = b"", command, command
        announced = old.response[-2] if len(old.response) >= 2 else 0
        for _ in range(_ROUNDS):
            at = self._options.clock()
            answer = (yield sent)[:_LONGEST]
            if len(answer) < 2:
                # Nothing, or half of a status word: the card left in its answer.
                if not self._stopped:
                    self._happened(Exchange(t=at, channel="card", command=sent, response=b""))
                return b"", whole
            self._happened(Exchange(t=at, channel="card", command=sent, response=answer))
            sw1, sw2 = answer[-2], answer[-1]
            stay = self._options.exact or sw1 == announced
            if sw1 == _MORE and not stay:
                data += answer[:-2]
                sent = bytes((command[0] & 0x03, INS.GET_RESPONSE, 0, 0, sw2))
                continue
            again = _with_le(sent, sw2) if sw1 == _WRONG_LE and not stay else None
            if again is None or len(answer) > 2 or again == sent:
                return data + answer, whole
            sent, whole = again, whole if sent != whole else again
        self._remarks[f"the card announced more data {_ROUNDS} times in a row"] = None
        return data + bytes((_MORE, 0)), whole

    def _keep(self, item: Folded, known: Understood, new: Exchange | None, why: str = "") -> None:
        if isinstance(item.event, Exchange):
            left_out = new is None and item.event.channel == "sam"
            step = PlayedStep(item.index, item.event.channel, _what(known), item.event, new, why,
                        left_out=left_out)  # fmt: skip
            self._steps.append(step)
            self._before.append(item.event)

    # -- codes -------------------------------------------------------------------------

    def _command(
        self, event: Exchange, known: Understood, old_dues: tuple[Due, ...]
    ) -> tuple[bytes, str]:
        """Give the command for this card, or the reason why there is none."""
        command, unclear = self._rewriter.command(event, known)
        if unclear:
            return command, unclear
        places = [piece for piece in known.command if piece.byte_class in SECURED]
        if not places:
            return command, ""
        out = bytearray(command)
        blank = Exchange(t=0.0, channel="card", command=command, response=b"")
        dues = {due.offset: due for due in self._new.due(blank) if due.side == "command"}
        before = {due.offset: due for due in old_dues if due.side == "command"}
        for piece in places:
            due, was = dues.get(piece.offset), before.get(piece.offset)
            if was is None or (was.value is None and was.why in _NOTHING):
                continue  # it rested on nothing in the trace either
            if due is None or due.value is None:
                if self._rewriter.unchanged(event, command, known):
                    continue
                if due is None or due.why in _NOTHING:
                    return command, _NOT_BEGUN
                return command, _NO_KEYS if self._options.keys is None else due.why
            wrong = refused_as_wrong(known)
            value = bytes(b ^ 0xFF for b in due.value) if wrong else due.value
            out[piece.offset : piece.offset + piece.size] = value[: piece.size]
        return bytes(out), ""

    def _learn_mac2(self, known: Understood, answer: bytes) -> None:
        asked = known.asked
        if asked is None or asked.ins != INS.DEBIT:
            return
        whole = len(answer) == wire.DebitAnswer.SIZE + 2 and answer[-2:] == b"\x90\x00"
        self._mac2 = answer[4:8] if whole else b""

    # -- the PSAM ----------------------------------------------------------------------

    def _sam(self, item: Folded) -> None:
        event = item.event
        known, _, _ = self._old.take(event)
        if self._options.exact:
            return
        if not isinstance(event, Exchange):
            self._before.append(event)
            self._happened(event)
            self._after.append(event)
            return
        made: Exchange | None = event
        asked = known.asked
        why = ""
        if asked is not None and asked.cla == Cla.PBOC and known.annotated.sw == SW.OK:
            if asked.ins == INS.SAM_INIT_PURCHASE:
                made, why = self._sam_mac1(event, asked)
            elif asked.ins == INS.SAM_CHECK_MAC2:
                made, why = self._sam_mac2(event)
        self._keep(item, known, made, why)
        if made is not None:
            self._happened(made)
            self._after.append(made)

    def _sam_mac1(self, event: Exchange, asked: Command) -> tuple[Exchange | None, str]:
        """What the PSAM would be told of this card, and its MAC1 for it."""
        purse = self._new.purse
        if purse is None or not purse.purchase:
            return None, _NOT_BEGUN
        command = self._rewriter.sam_command(event, asked, purse)
        if command is None:
            return None, "its data have no known layout"
        blank = msgspec.structs.replace(event, command=command)
        at, size = wire.SamPurchaseAnswer.LAYOUT[1].offset, wire.SamPurchaseAnswer.LAYOUT[1].size
        due = next((due for due in self._new.due(blank) if due.offset == at), None)
        if due is None or due.value is None:
            return None, due.why if due is not None else "its data have no known layout"
        answer = event.response[:at] + due.value + event.response[at + size :]
        return msgspec.structs.replace(blank, response=answer, t=self._options.clock()), ""

    def _sam_mac2(self, event: Exchange) -> tuple[Exchange | None, str]:
        """The PSAM's look at the MAC2 of this card."""
        if not self._mac2:
            return None, _NOT_BEGUN
        command = event.command[:_BODY] + self._mac2 + event.command[_BODY + len(self._mac2) :]
        made = msgspec.structs.replace(event, command=command, t=self._options.clock())
        due = next((due for due in self._new.due(made) if due.side == "command"), None)
        if due is None or due.value is None:
            return None, due.why if due is not None else "what it rests on is not known"
        if due.value != self._mac2:
            made = msgspec.structs.replace(made, response=SW.MAC_INVALID.to_bytes(2, "big"))
        return made, ""

    # -- the end -----------------------------------------------------------------------

    def result(self) -> Replayed:
        """What came of it; also of a replay that was broken off."""
        options, steps = self._options, tuple(self._steps)
        sides = Sides(
            Trace(header=self._trace.header, events=tuple(self._before)),
            Trace(header=options.header, events=tuple(self._after)),
            options.old_keys,
            options.keys,
        )
        codes = judge(steps, sides)
        money, balances = accounts(steps, sides)
        return Replayed(
            trace=Trace(header=options.header, events=tuple(self._raw)),
            steps=steps,
            stopped=self._stopped,
            remarks=tuple(self._remarks),
            money=money,
            balances=balances,
            codes=codes,
        )


def _what(known: Understood) -> str:
    note = known.annotated
    return " ".join(part for part in (note.name, note.target) if part)


def _with_le(apdu: bytes, le: int) -> bytes | None:
    """The command with another Le; None where it is no short APDU."""
    try:
        return Command.parse(apdu)._replace(le=le).build()
    except WireError:
        return None
