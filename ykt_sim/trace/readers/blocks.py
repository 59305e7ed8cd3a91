"""Exchanges out of the blocks of one activated ISO 14443-4 card.

Block numbers decide what belongs together: a repeated block is not a second exchange, and
an answer whose number does not fit the command is no answer to it. What the capture lost
or damaged shows as an exchange without an answer and a `broken` note.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

import msgspec

from ykt_sim.trace.iso14443 import CHAINING, CID_FOLLOWS, NAD_FOLLOWS, NUMBER, Block, Side
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.base import Found, broken
from ykt_sim.trace.readers.pairing import MAX_APDU, milliseconds

#: Notes that wait for the end of an exchange; of more, only the number is told.
_MAX_NOTES: Final = 16


class Frame(msgspec.Struct, frozen=True):
    """One frame on the air.

    Attributes:
        t: seconds since the first time stamp of the file.
        side: who sent it.
        data: its bytes, with the CRC where `crc` says so.
        crc: the capture has kept the checksum of frames that have one.
        flaw: what the capture says is wrong, e.g. a parity error; a good CRC overrules it.
        cut: the end of the frame is not in the file.
        timed: the time is known.
        offset, line: where it stands in the file.
    """

    t: float
    side: Side
    data: bytes
    crc: bool = True
    flaw: str = ""
    cut: bool = False
    timed: bool = True
    offset: int = 0
    line: int | None = None


class _Step(Enum):
    IDLE = auto()
    SENDING = auto()
    WAITING = auto()
    RECEIVING = auto()
    LOST = auto()


class _Told(msgspec.Struct, frozen=True):
    """One I-block as far as a repetition must be equal to it."""

    number: int
    chained: bool
    inf: bytes


class Dialogue:
    """Rebuilds the exchanges of one card.

    Args:
        session: for the events.
        cid: the card's number as the reader gave it, None when that is not known.
    """

    def __init__(self, session: str, cid: int | None = None) -> None:
        self.session = session
        self._cid = cid
        self._step = _Step.IDLE
        self._reader: _Told | None = None
        self._card: _Told | None = None
        self._want: int | None = None
        self._got = False
        self._repeat = False
        self._spoilt = ""
        self._command = bytearray()
        self._answer = bytearray()
        self._start = Frame(0.0, "reader", b"")
        self._doubts: list[Found] = []
        self._notes: list[Found] = []
        self._more = 0

    # -- what comes in ------------------------------------------------------------------

    def block(self, frame: Frame, kind: Block, body: bytes) -> Sequence[Found]:
        """One good block; S(DESELECT) is the caller's."""
        inf = self._inf(kind, body)
        if isinstance(inf, str):
            return self._note(frame, inf)
        number = body[0] & NUMBER
        if kind is Block.I:
            return self.told(frame, number, inf, chained=bool(body[0] & CHAINING))
        if frame.side == "reader":
            if kind is Block.R_ACK:
                self._reader_ack(number)
        elif kind is Block.R_NAK:
            return self._note(frame, "R(NAK) from a card, which may send only R(ACK)")
        return ()

    def told(
        self, frame: Frame, number: int, inf: bytes, *, chained: bool = False
    ) -> Sequence[Found]:
        """One good I-block, taken apart."""
        told = _Told(number, chained, inf)
        if frame.side == "reader":
            return self._reader_block(frame, told)
        return self._card_block(frame, told)

    def damaged(self, frame: Frame, why: str) -> Sequence[Found]:
        """A frame whose bytes cannot be trusted."""
        if frame.side == "card":
            if self._step in (_Step.WAITING, _Step.RECEIVING):
                self._doubt(frame, why)
                return ()
            return self._note(frame, why)
        # A short frame holds no command: an R-block or S-block and its checksum.
        found: list[Found] = []
        if len(frame.data) > 4 or frame.cut:
            found += self.close(f"the next command is damaged: {why}")
            self._step = _Step.LOST
        return [*found, *self._note(frame, why)]

    def close(self, why: str) -> Sequence[Found]:
        """Nothing more will come for what is open."""
        step, self._step = self._step, _Step.IDLE
        found: list[Found] = []
        if step is _Step.SENDING:
            why = f"a chained command is not finished: {why}"
            found.append(self._broken(self._start, why, bytes(self._command)))
        elif step in (_Step.WAITING, _Step.RECEIVING) and self._command:
            if self._repeat:
                why = f"the repeated command has no answer: {why}"
                found.append(self._broken(self._start, why, bytes(self._command)))
            else:
                found.append(self._exchange(b"", None))
                if not self._doubts:
                    found.append(self._broken(self._start, why, bytes(self._answer)))
            found += self._doubts
        self._doubts.clear()
        self._leave(found)
        return found

    # -- the reader's blocks --------------------------------------------------------------

    def _reader_block(self, frame: Frame, told: _Told) -> Sequence[Found]:
        before, self._reader = self._reader, told
        # The number that the reader used last, in a command or in an R(ACK).
        again = self._want == told.number
        if self._step is _Step.SENDING:
            if told == before:
                return ()
            if again:
                self._spoil(f"block number {told.number} twice in a chained command")
            self._add(told)
            return self._sent(told)
        if self._step is _Step.WAITING and told == before:
            return ()
        answered = self._step is _Step.IDLE
        found = self.close("the answer is missing")
        self._start, self._spoilt = frame, ""
        self._command.clear()
        self._answer.clear()
        self._repeat = answered and again and told == before and self._card is not None
        if again and not self._repeat:
            why = f"block number {told.number} again: frames are missing before this one"
            found = [*found, self._broken(frame, why)]
        self._step = _Step.SENDING
        self._add(told)
        sent = self._sent(told)
        return [*found, *sent] if sent else found

    def _add(self, told: _Told) -> None:
        if len(self._command) + len(told.inf) > MAX_APDU:
            self._spoil(f"a command longer than {MAX_APDU} bytes")
        if not self._spoilt:
            self._command += told.inf

    def _sent(self, told: _Told) -> Sequence[Found]:
        """One more block of the command is there, perhaps the last."""
        self._want, self._got = told.number, False
        if told.chained:
            return ()
        why = self._spoilt
        if not why and 0 < len(self._command) < 4:
            why = f"expected a command of 4 bytes at least, got {len(self._command)}"
        if why:
            self._step = _Step.LOST
            return (self._broken(self._start, why, bytes(self._command)),)
        self._step = _Step.WAITING
        return ()

    def _reader_ack(self, number: int) -> None:
        if self._step is _Step.WAITING:
            # The reader acknowledges the first block of an answer that is not here.
            self._step = _Step.RECEIVING
            self._spoil("the beginning of a chained answer is missing")
        elif self._step is not _Step.RECEIVING or number == self._want:
            return
        elif not self._got:
            self._spoil(f"block {self._want} of a chained answer is missing")
        self._want, self._got = number, False

    # -- the card's blocks ----------------------------------------------------------------

    def _card_block(  # noqa: PLR0912
        self, frame: Frame, told: _Told
    ) -> Sequence[Found]:
        before = self._card
        if self._step not in (_Step.WAITING, _Step.RECEIVING):
            if self._step is not _Step.IDLE or told != before:
                return self._note(frame, "an answer without its command")
            return ()
        if self._step is _Step.RECEIVING and self._got and told.number == 1 - (self._want or 0):
            # The next block of a chain is here, so its R(ACK) was only not caught.
            self._want, self._got = told.number, False
        if told.number != self._want:
            if told != before:
                why = f"block number {told.number} where {self._want} was expected"
                self._doubt(frame, f"an answer to something else: {why}")
            return ()
        if self._got:
            if told != before:
                self._spoil(f"two different blocks {told.number} in a chained answer")
            return ()
        self._card, self._got = told, True
        found: list[Found] = []
        if self._repeat and self._step is _Step.WAITING:
            self._repeat = False
            if told == before:
                self._step = _Step.IDLE
                self._leave(found)
                return found
            why = f"block number {told.number} again, with another answer"
            found += self._note(self._start, why)
        if len(self._answer) + len(told.inf) > MAX_APDU:
            self._spoil(f"an answer longer than {MAX_APDU} bytes")
        if not self._spoilt:
            self._answer += told.inf
        if told.chained:
            self._step = _Step.RECEIVING
        else:
            self._answered(frame, found)
        return found

    def _answered(self, frame: Frame, found: list[Found]) -> None:
        answer, self._step = bytes(self._answer), _Step.IDLE
        why = self._spoilt
        if not why and len(answer) < 2 and self._command:
            why = f"expected SW1 SW2 at least, got {len(answer)} byte(s)"
        if not self._command:
            # Empty blocks ask whether the card is still there.
            if answer:
                found.append(self._broken(frame, "an answer to an empty block", answer))
        elif why:
            found.append(self._exchange(b"", None))
            found += self._doubts
            found.append(self._broken(frame, why, answer))
        else:
            timed = self._start.timed and frame.timed
            duration = milliseconds(self._start.t, frame.t) if timed else None
            found.append(self._exchange(answer, duration))
        self._doubts.clear()
        self._leave(found)

    # -- words ----------------------------------------------------------------------------

    def _inf(self, kind: Block, body: bytes) -> bytes | str:
        """The bytes behind PCB, CID and NAD, or what is wrong with them."""
        at = 1
        if body[0] & CID_FOLLOWS:
            if len(body) < 2:
                return "the PCB announces a CID, none follows"
            cid = body[1] & 0x0F
            if self._cid is not None and cid != self._cid:
                return f"CID {cid} expected to be {self._cid}: another card's block"
            at += 1
        if kind is Block.I and body[0] & NAD_FOLLOWS:
            at += 1
        return body[at:] if len(body) >= at else "the PCB announces a NAD, none follows"

    def _spoil(self, why: str) -> None:
        self._spoilt = self._spoilt or why

    def _exchange(self, answer: bytes, duration: float | None) -> Found:
        event = Exchange(
            t=self._start.t,
            channel="card",
            command=bytes(self._command),
            response=answer,
            duration_ms=duration,
        )
        return Found(self.session, event)

    def _broken(self, frame: Frame, why: str, raw: bytes = b"") -> Found:
        return broken(
            self.session, frame.t, why, offset=frame.offset, line=frame.line, raw=raw.hex()
        )

    def _note(self, frame: Frame, why: str) -> Sequence[Found]:
        """A remark; while an exchange is open it waits, so that times stay in order."""
        note = self._broken(frame, why, frame.data)
        if self._step in (_Step.IDLE, _Step.LOST):
            return (note,)
        if len(self._notes) < _MAX_NOTES:
            self._notes.append(note)
        else:
            self._more += 1
        return ()

    def _doubt(self, frame: Frame, why: str) -> None:
        """Something that is forgotten when a good answer still comes."""
        if len(self._doubts) < _MAX_NOTES:
            self._doubts.append(self._broken(frame, why, frame.data))
        else:
            self._more += 1

    def _leave(self, found: list[Found]) -> None:
        """The notes that waited follow what was found."""
        found += self._notes
        if self._more:
            why = f"{self._more} more damaged frames after this one"
            found.append(self._broken(self._start, why))
        self._notes.clear()
        self._more = 0
