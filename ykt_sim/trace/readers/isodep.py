"""APDU exchanges out of ISO 14443 frames, one frame at a time.

Polling and anticollision are followed only for the card's UID; what the activation says
(ATS, or ATQB and ATTRIB for type B) becomes a `Reset` with the ATR that PC/SC makes of it.
The UID goes into a note before the Reset, under ``uid``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Final

from ykt_sim.trace.iso14443 import (
    APF,
    ATQB,
    ATTRIB,
    CASCADE_TAG,
    HLTA,
    NUMBER,
    NVB_ALL,
    PCB_I,
    RATS,
    REQA,
    SELECT_LEVELS,
    WUPA,
    Block,
    block_kind,
    has_crc,
    historical_bytes,
    pseudo_atr,
)
from ykt_sim.trace.model import Note, Removed, Reset
from ykt_sim.trace.readers.base import Found, broken
from ykt_sim.trace.readers.blocks import Dialogue, Frame
from ykt_sim.trace.readers.names import Names

#: Text of the note that names the card.
ACTIVATED: Final = "activated"
_CID_UNUSED: Final = 15


class _Next(Enum):
    """What the card's next frame is."""

    BLOCK = auto()
    POLLING = auto()
    ATQB = auto()
    ATS = auto()
    PPS = auto()
    ATTRIB = auto()


class IsoDep:
    """Follows one radio channel; `feed` every frame in order, then `end`.

    Args:
        label: what the sessions are called, before their number.
    """

    def __init__(self, label: str = "card") -> None:
        self._dialogue: Dialogue | None = None
        self._next = _Next.BLOCK
        self._names = Names(label)
        self._session = ""
        self._session_uid = ""
        self._present = False
        self._uid = ""
        self._part = b""
        self._polled: float | None = None
        self._cid: int | None = None
        self._atqb = b""
        self._pps_possible = False

    def feed(self, frame: Frame) -> Iterable[Found]:
        """What one more frame makes known."""
        data, dialogue = frame.data, self._dialogue
        # Nearly every frame is an I-block of a card that is active, without CID, NAD or chain.
        # Nothing else begins like it, so nothing but the block is looked at.
        if (
            dialogue is not None
            and data
            and data[0] | NUMBER == PCB_I | NUMBER
            and (frame.side == "reader" or self._next is _Next.BLOCK)
        ):
            body = _body(frame)
            if body is not None:
                self._next = _Next.BLOCK
                if frame.side == "reader":
                    self._pps_possible = False
                return dialogue.told(frame, data[0] & NUMBER, body[1:])
        return self._feed(frame)

    def _feed(self, frame: Frame) -> Iterator[Found]:
        if not frame.data:
            if self._dialogue is not None and (frame.flaw or frame.cut):
                yield from self._dialogue.damaged(frame, frame.flaw or "an empty frame")
            return
        if frame.side == "reader":
            yield from self._reader(frame)
        else:
            yield from self._card(frame)

    def field_off(self, t: float) -> Iterator[Found]:
        """The reader's field went away, and the card's power with it."""
        yield from self._finish("the field went off before the answer")
        if self._present:
            yield Found(self._session, Removed(t=t, channel="card"))
        self._present = False
        self._forget()

    def missing(
        self, t: float, why: str, *, offset: int, line: int | None = None
    ) -> Iterator[Found]:
        """A place of the file that holds no frame but should."""
        if self._dialogue is not None:
            yield from self._dialogue.damaged(
                Frame(t, "reader", b"", cut=True, offset=offset, line=line), why
            )
        else:
            yield broken(self._session or self._names.first, t, why, offset=offset, line=line)

    def end(self) -> Iterator[Found]:
        """The capture is over."""
        yield from self._finish("the capture ends before the answer")

    # -- the reader -----------------------------------------------------------------------

    def _reader(self, frame: Frame) -> Iterator[Found]:
        data = frame.data
        pps, self._pps_possible = self._pps_possible, False
        if len(data) == 1 and data[0] in (REQA, WUPA):
            yield from self._finish("the reader polled again before the answer")
            self._forget()
            self._polled, self._next = frame.t, _Next.POLLING
            return
        if data[0] in SELECT_LEVELS and len(data) > 1:
            yield from self._finish("the reader polled again before the answer")
            self._selecting(frame)
            return
        body = _body(frame)
        if body is None:
            yield from self._damaged(frame)
        elif body == HLTA or (body[0] == HLTA[0] and len(body) == 5):
            yield from self._finish("the reader halted the card before the answer")
            self._next = _Next.POLLING
        elif body[0] == RATS and len(body) == 2:
            yield from self._finish("the reader activated the card anew before the answer")
            self._cid, self._next = body[1] & 0x0F, _Next.ATS
            if self._polled is None:
                self._polled = frame.t
        elif body[0] == APF and len(body) == 3:
            yield from self._finish("the reader polled again before the answer")
            self._forget()
            self._polled, self._next = frame.t, _Next.ATQB
        elif body[0] == ATTRIB and len(body) >= 9:
            yield from self._finish("the reader activated the card anew before the answer")
            self._attrib(frame, body)
        elif pps and body[0] & 0xF0 == 0xD0 and len(body) in (2, 3):
            self._next = _Next.PPS
        else:
            yield from self._block(frame, body)

    def _selecting(self, frame: Frame) -> None:
        """SELECT and ANTICOLLISION; only a whole SELECT is worth anything here."""
        self._next, self._uid = _Next.POLLING, ""
        body = _body(frame)
        level = frame.data[0]
        if level == SELECT_LEVELS[0]:
            self._part = b""
        if body is None or len(body) != 7 or body[1] != NVB_ALL:
            return
        if level != SELECT_LEVELS[0] and not self._part:
            return
        if body[2] == CASCADE_TAG and level != SELECT_LEVELS[-1]:
            self._part += body[3:6]
        else:
            self._uid = (self._part + body[2:6]).hex().upper()

    def _attrib(self, frame: Frame, body: bytes) -> None:
        self._next, self._cid = _Next.ATTRIB, body[8] & 0x0F
        self._uid = body[1:5].hex().upper()
        if self._atqb[1:5] != body[1:5]:
            self._atqb = b""
        if self._polled is None:
            self._polled = frame.t

    # -- the card -------------------------------------------------------------------------

    def _card(self, frame: Frame) -> Iterator[Found]:
        awaited, self._next = self._next, _Next.BLOCK
        if awaited is _Next.POLLING:
            self._next = awaited
            return
        body = _body(frame)
        if awaited is _Next.BLOCK:
            if body is None:
                yield from self._damaged(frame)
            else:
                yield from self._block(frame, body)
        elif awaited is _Next.ATQB:
            self._next = awaited
            if body is not None and len(body) >= 12 and body[0] == ATQB:
                self._atqb = body
        elif awaited is _Next.PPS:
            if body is None or len(body) != 1 or body[0] & 0xF0 != 0xD0:
                yield self._broken(frame, "expected the answer to PPS")
        else:
            yield from self._activated(frame, body, awaited)

    def _activated(self, frame: Frame, body: bytes | None, awaited: _Next) -> Iterator[Found]:
        """The card's answer to RATS or ATTRIB."""
        why, atr = "", None
        if awaited is _Next.ATS:
            historical = None if body is None else historical_bytes(body)
            if historical is None:
                why = "expected an ATS with its length first"
            else:
                atr, self._pps_possible = pseudo_atr(historical), True
        elif body is None:
            why = "expected the answer to ATTRIB"
        elif self._atqb:
            atr = pseudo_atr(self._atqb[5:12] + bytes((body[0] & 0xF0,)))
        yield from self._open(frame.t, atr)
        if why:
            yield self._broken(frame, why)

    # -- the dialogue -----------------------------------------------------------------------

    def _open(self, t: float, atr: bytes | None = None) -> Iterator[Found]:
        """A card is active now; with an ATR if its activation was seen whole."""
        start = t if self._polled is None else self._polled
        uid = self._uid
        if self._session and uid and not self._session_uid:
            # A conversation whose activation was not seen; nothing says it is another card.
            self._session_uid = uid
            self._names.adopt(uid, self._session)
        elif not self._session or (uid and uid != self._session_uid):
            if self._present:
                yield Found(self._session, Removed(t=start, channel="card"))
            self._session, self._session_uid = self._names.name(uid), uid
        self._present = True
        cid = None if self._cid is None or self._cid == _CID_UNUSED else self._cid
        self._dialogue = Dialogue(self._session, cid)
        if atr is not None:
            if uid:
                yield Found(self._session, Note(t=start, text=ACTIVATED, data={"uid": uid}))
            yield Found(self._session, Reset(t=start, channel="card", atr=atr))
        self._polled = None

    def _block(self, frame: Frame, body: bytes) -> Iterator[Found]:
        kind = block_kind(body[0])
        if self._dialogue is None:
            # A capture may begin after the activation, or have lost it.
            if kind is not Block.I or frame.side == "card" or len(body) < 5:
                return
            yield from self._open(frame.t)
        if self._dialogue is None:
            return
        self._next = _Next.BLOCK
        if kind is Block.DESELECT:
            yield from self._finish("the reader deselected the card before the answer")
        elif kind is None:
            yield from self._dialogue.damaged(frame, f"no block begins with {body[0]:02X}")
        else:
            yield from self._dialogue.block(frame, kind, body)

    def _damaged(self, frame: Frame) -> Iterator[Found]:
        if self._dialogue is not None:
            self._next = _Next.BLOCK
            usual = "the frame is cut off" if frame.cut else "the CRC is wrong"
            why = frame.flaw or usual
            yield from self._dialogue.damaged(frame, why)

    def _finish(self, why: str) -> Iterator[Found]:
        if self._dialogue is not None:
            yield from self._dialogue.close(why)
        self._dialogue = None

    def _forget(self) -> None:
        self._uid, self._part, self._atqb = "", b"", b""
        self._polled = self._cid = None
        self._next = _Next.BLOCK

    def _broken(self, frame: Frame, why: str) -> Found:
        return broken(
            self._session or self._names.first,
            frame.t,
            why,
            offset=frame.offset,
            line=frame.line,
            raw=frame.data.hex(),
        )


def _body(frame: Frame) -> bytes | None:
    """A frame without its CRC; None when it cannot be trusted."""
    if frame.cut:
        return None
    if not frame.crc:
        return None if frame.flaw else frame.data
    return frame.data[:-2] if has_crc(frame.data) else None
