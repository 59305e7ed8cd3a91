"""Calls of the PC/SC interface become events; both logs of pcsc-spy use it.

The conversation is the reader's name, which SCardConnect says; every other call says a
handle. A reset comes out before the first exchange that follows it, so that the ATR, which
programs ask for between the two, can be in it. An ATR that is said later is a note.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset
from ykt_sim.trace.readers.base import Found, Line, Source, no_sw
from ykt_sim.trace.readers.hexrows import Read
from ykt_sim.trace.readers.pairs import bad_line, failed, remember

#: Error codes of PC/SC that say something of the card.
_RESET_CARD: Final = 0x80100068
_REMOVED_CARD: Final = 0x80100069
#: Dispositions: what becomes of the card (PC/SC part 5).
_RESET: Final = 1
_UNPOWER: Final = 2
_EJECT: Final = 3
#: Bit of a reader's state: no card.
_EMPTY: Final = 0x10
ATTR_ATR: Final = 0x00090303
_ATR_CALLS: Final = frozenset({"SCardStatus", "SCardGetAttrib"})


class PcscCall(msgspec.Struct):
    """One call, from whatever log.

    Attributes:
        name: of the function.
        t: seconds, when it was called.
        line: its first line.
        rv: what it gave back; None when the log ends first.
        rv_text: the same as it was written.
        duration_ms: None when the log does not say.
        reader: name of the reader, where the call says it.
        handle: of the connection to a card.
        sent, received, atr: buffers, or why they cannot be read; None where there is none.
        disposition: what to do with the card.
        buffers: lines of the buffers.
        states: reader, event state and ATR, as SCardGetStatusChange gives them.
    """

    name: str
    t: float
    line: Line
    rv: int | None = None
    rv_text: str = ""
    duration_ms: float | None = None
    reader: str = ""
    handle: str = ""
    sent: Read | None = None
    received: Read | None = None
    atr: Read | None = None
    disposition: int = 0
    buffers: list[int] = msgspec.field(default_factory=list)
    states: list[tuple[str, int, Read | None]] = msgspec.field(default_factory=list)

    @property
    def ok(self) -> bool:
        """It succeeded."""
        return self.rv == 0


class _Card(msgspec.Struct):
    """What is known of the card in one reader."""

    atr: bytes = b""
    powered: bool = False
    reset_due: bool = False
    gone: bool = False


class Calls:
    """Follows the calls of a file.

    Args:
        source: the file, which is told what cannot be used.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._cards: dict[str, _Card] = {}
        self._handles: dict[str, str] = {}
        self._latest = "card"

    def done(self, call: PcscCall) -> list[Found]:
        """What a call means; calls that are none of the card's business mean nothing."""
        kind = call.name
        if kind == "SCardTransmit":
            return self._transmit(call)
        if kind == "SCardGetStatusChange":
            return [found for state in call.states for found in self._state(call, *state)]
        if call.ok and kind == "SCardConnect":
            return self._connect(call)
        if call.ok and kind in _ATR_CALLS and call.atr:
            return self._atr(call, call.atr)
        for row in call.buffers:
            self._source.account.unused(row)
        return self._disposed(call) if call.ok else []

    def _session(self, call: PcscCall) -> str:
        if "?" in call.handle:  # hidden: there can only be one connection at a time
            return self._latest
        return self._handles.get(call.handle) or (
            f"handle {call.handle}" if call.handle else "card"
        )

    def _card(self, session: str) -> _Card:
        card = self._cards.get(session)
        if card is None:
            card = _Card()
            remember(self._cards, session, card)
        return card

    def _connect(self, call: PcscCall) -> list[Found]:
        session = self._latest = call.reader or "card"
        if call.handle:
            remember(self._handles, call.handle, session)
        card = self._card(session)
        # A second connection to a card under power does not reset it.
        card.reset_due |= not card.powered
        card.powered, card.gone = True, False
        return []

    def _atr(self, call: PcscCall, atr: Read) -> list[Found]:
        session = self._session(call)
        if isinstance(atr, str):
            return [self._bad(session, call, f"{call.name}: ATR: {atr}")]
        card = self._card(session)
        known, card.atr = card.atr, atr
        if card.reset_due:
            return self._reset(session, call.t)
        if known == atr:
            return []
        note = Note(t=call.t, text="atr", data={"atr": atr.hex().upper()})
        return [Found(session, note)]

    def _state(self, call: PcscCall, reader: str, state: int, atr: Read | None) -> list[Found]:
        if not call.ok or not reader:
            return []
        if state & _EMPTY:
            return self._gone(reader, call.t) if reader in self._cards else []
        if isinstance(atr, bytes) and atr:
            self._card(reader).atr = atr
        return []

    def _disposed(self, call: PcscCall) -> list[Found]:
        if call.name not in {"SCardReconnect", "SCardEndTransaction", "SCardDisconnect"}:
            return []
        session = self._session(call)
        card = self._card(session)
        if call.name != "SCardDisconnect":
            card.reset_due |= call.disposition in {_RESET, _UNPOWER}
            return []
        # A connection without an exchange still shows which card was there.
        out = self._reset(session, call.t) if card.reset_due and card.atr else []
        if call.disposition in {_UNPOWER, _EJECT}:
            out += self._gone(session, call.t)
        card.reset_due |= call.disposition == _RESET
        return out

    def _transmit(self, call: PcscCall) -> list[Found]:
        session = self._session(call)
        if isinstance(call.sent, str):
            return [self._bad(session, call, f"command: {call.sent}")]
        if not call.sent:
            why = "command: expected the bytes of SCardTransmit, found none"
            return [self._bad(session, call, why)]
        card = self._card(session)
        out = self._reset(session, call.t) if card.reset_due else []
        if isinstance(call.received, bytes) and call.received and call.ok:
            call.received = no_sw(call.received) or call.received
        answer = call.received if call.ok and isinstance(call.received, bytes) else b""
        exchange: Event = Exchange(
            t=call.t,
            channel="card",
            command=call.sent,
            response=answer,
            duration_ms=call.duration_ms,
        )
        out.append(Found(session, exchange))
        if call.ok and isinstance(call.received, str):
            out.append(self._bad(session, call, f"answer: {call.received}"))
        if call.rv:
            out.append(failed(session, call.t, call.name, call.rv_text))
            out += self._gone(session, call.t) if call.rv == _REMOVED_CARD else []
            card.reset_due |= call.rv == _RESET_CARD
        return out

    def _bad(self, session: str, call: PcscCall, why: str) -> Found:
        for row in call.buffers:
            self._source.account.unused(row)
        return bad_line(session, call.t, why, call.line)

    def _reset(self, session: str, t: float) -> list[Found]:
        card = self._card(session)
        card.reset_due, card.powered, card.gone = False, True, False
        return [Found(session, Reset(t=t, channel="card", atr=card.atr))]

    def _gone(self, session: str, t: float) -> list[Found]:
        card = self._card(session)
        was, card.gone = card.gone, True
        card.powered, card.reset_due, card.atr = False, False, b""
        return [] if was else [Found(session, Removed(t=t, channel="card"))]
