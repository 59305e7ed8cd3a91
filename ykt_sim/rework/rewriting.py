"""Commands of one conversation, changed so that they mean the same in another one.

What depends on the card is changed only where the conversation itself shows the dependence:
a number that the card had said before, or a difference to one.
"""

from __future__ import annotations

from typing import Any, Final

from ykt_sim.codes import INS
from ykt_sim.crypto import des
from ykt_sim.errors import CryptoError, WireError
from ykt_sim.meaning.classes import ByteClass
from ykt_sim.meaning.commands import MAC_SIZE, is_protected
from ykt_sim.meaning.live import Live
from ykt_sim.meaning.purse_codes import PurseTransaction
from ykt_sim.meaning.understand import Piece, Understood
from ykt_sim.rework.moving import Move
from ykt_sim.rework.outcome import balance_in
from ykt_sim.trace.model import Exchange
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import BY_NAME, COMMITS, ONLINE, OPERATIONS
from ykt_sim.wire.record import Record

_BODY: Final = 5
#: Bytes of an AID that say which application it is; phones append a tail of their own.
_AID: Final = 8
_LIMIT: Final = 0x1_0000_0000
_COUNTERS: Final = 0x1_0000
#: Names that a directory may list.
_LISTED: Final = 64
_WRITES: Final = frozenset({INS.UPDATE_RECORD, INS.UPDATE_BINARY, INS.APPEND_RECORD})
#: Commands whose data are enciphered with a key of the card, and the key's role.
_ENCIPHERED: Final = {INS.PIN_UNBLOCK: "pin_unblock", INS.WRITE_KEY: "external_auth"}
_ONLINE_TYPES: Final = frozenset(
    kind for row in OPERATIONS.values() if row.online for kind in (row.ed, row.ep)
)


class Rewriter:
    """Knows what both cards said, and changes commands accordingly.

    Args:
        old, new: both conversations, as far as they have come.
        move: how to move dates; None to keep them.
    """

    def __init__(self, old: Live, new: Live, move: Move | None = None) -> None:
        self._old, self._new, self._move = old, new, move
        #: Balances told last, in the old and in the new conversation, by application and kind.
        self._balances: dict[str, dict[str, tuple[int, int]]] = {}
        #: Counter that INITIALIZE told last, by application and whether it counts loads.
        self._counters: dict[tuple[str, bool], tuple[int, int]] = {}
        self._names: dict[bytes, bytes] = {}
        self._amount = 0
        self._same_begin = self._same_challenge = False

    # -- commands ------------------------------------------------------------------------

    def command(self, event: Exchange, known: Understood) -> tuple[bytes, str]:
        """Give a card command for the new conversation, and why it cannot be made."""
        asked = known.asked
        out = bytearray(event.command)
        if asked is None:
            return event.command, ""
        if self._move is not None:
            for offset, raw in self._move.pieces(known.command):
                out[offset : offset + len(raw)] = raw
        if asked.ins == INS.GET_TRANSACTION_PROVE:
            self._counter(asked, known, out)
        elif asked.ins in _WRITES:
            self._written(known, out)
        elif asked.ins == INS.SELECT and asked.p1 & BY_NAME:
            name = self._names.get(asked.data)
            if name is not None:
                return asked._replace(data=name).build(), ""
        elif asked.ins in _ENCIPHERED and is_protected(asked):
            return self._enciphered(asked, bytes(out))
        return bytes(out), ""

    def _counter(self, asked: Command, known: Understood, out: bytearray) -> None:
        """The counter after a transaction that this conversation has seen begin."""
        online = asked.p2 in _ONLINE_TYPES
        pair = self._counters.get((str(known.annotated.application), online))
        if pair is None or len(asked.data) != wire.ProveData.SIZE:
            return
        was = int.from_bytes(asked.data, "big")
        if was in {pair[0], pair[0] + 1}:
            now = (was + pair[1] - pair[0]) % _COUNTERS
            out[_BODY : _BODY + len(asked.data)] = now.to_bytes(len(asked.data), "big")

    def _written(self, known: Understood, out: bytearray) -> None:
        """Balances in a record: those that are the card's, before or after the amount."""
        told = self._balances.get(str(known.annotated.application), {})
        for piece in known.command:
            if piece.byte_class is not ByteClass.BALANCE or piece.size != 4:
                continue
            value = int.from_bytes(piece.raw, "big")
            for old, new in reversed(told.values()):
                now = value + new - old
                if value in {old, old - self._amount, old + self._amount} and 0 <= now < _LIMIT:
                    out[piece.offset : piece.offset + piece.size] = now.to_bytes(4, "big")
                    break

    def _enciphered(self, asked: Command, raw: bytes) -> tuple[bytes, str]:
        """Data under a key of the old card, enciphered with the new card's key."""
        role = _ENCIPHERED[INS(asked.ins)]
        old, new = self._old.key(role), self._new.key(role)
        if old is None or new is None or old == new:
            return raw, ""
        sent = asked.data[:-MAC_SIZE]
        try:
            body = des.encipher(new, des.decipher(old, sent))
        except CryptoError:
            body = b""
        if len(body) != len(sent):
            return raw, "its data cannot be deciphered with the keys given"
        return asked._replace(data=body + asked.data[-MAC_SIZE:]).build(), ""

    def sam_command(self, event: Exchange, asked: Command, purse: PurseTransaction) -> bytes | None:
        """``80 70`` as a terminal would tell it of the new card; None where it is odd."""
        two = len(asked.data) == wire.SamPurchaseData2.SIZE
        layout: type[Record] = wire.SamPurchaseData2 if two else wire.SamPurchaseData1
        try:
            data: Any = layout.parse(asked.data)
        except WireError:
            return None
        said = purse.answer
        told: dict[str, object] = {
            "random": said.random,
            "counter": said.counter,
            "key_version": said.key_version,
            "algorithm": said.algorithm,
        }
        factors = self._new.factors(purse.standard)
        if len(factors) == 1 + two:
            told["factor1"] = factors[-1]
            if two:
                told["factor2"] = factors[0]
        if self._move is not None:
            told["datetime"] = self._move.moment(data.datetime)
        try:
            body = data.replace(**told).build()
        except WireError:
            return None
        return event.command[:_BODY] + bytes(body) + event.command[_BODY + len(body) :]

    # -- answers -------------------------------------------------------------------------

    def unchanged(self, event: Exchange, command: bytes, known: Understood) -> bool:
        """True when all that goes into a command's code is as it was in the trace."""
        asked = known.asked
        if command != event.command or asked is None:
            return False
        if asked.ins in COMMITS:
            return self._same_begin
        return self._same_challenge

    def answered(self, known: Understood, old: Exchange, new: Exchange) -> None:
        """Take what both cards said to one command."""
        asked, now = known.asked, self._new.last
        if asked is None or now is None:
            return
        self._same_challenge = asked.ins == INS.GET_CHALLENGE and old.response == new.response
        if asked.ins == INS.SELECT:
            self._listed(known, now)
        was, told_now = balance_in(known), balance_in(now)
        application = str(known.annotated.application)
        if was is not None and told_now is not None:
            told = self._balances.setdefault(application, {})
            told.pop(was[0], None)  # the newest is last
            told[was[0]] = was[1], told_now[1]
        if asked.ins == INS.INITIALIZE:
            self._same_begin = (old.command, old.response) == (new.command, new.response)
            amounts = [p.raw for p in known.command if p.byte_class is ByteClass.AMOUNT]
            self._amount = int.from_bytes(amounts[0], "big") if amounts else 0
            counters = [_field(item, "counter") for item in (known, now)]
            if counters[0] is not None and counters[1] is not None:
                online = known.operation in ONLINE
                self._counters[application, online] = (counters[0], counters[1])

    def _listed(self, known: Understood, now: Understood) -> None:
        """Names that both directories list, where only the tail differs."""
        new = {name[:_AID]: name for name in _names(now)}
        for name in _names(known)[:_LISTED]:
            other = new.get(name[:_AID])
            if other is not None and other != name and len(name) >= _AID:
                self._names[name] = other


def _field(item: Understood, name: str) -> int | None:
    pieces = [piece for piece in item.response if piece.name == name]
    return int.from_bytes(pieces[0].raw, "big") if pieces else None


def _names(item: Understood) -> list[bytes]:
    """Names of applications in a directory."""
    found: list[bytes] = []
    last: Piece | None = None
    for piece in item.response:
        if piece.name.startswith("4F "):
            tail = last is not None and piece.name == f"{last.name}_tail"
            if tail and found:
                found[-1] += piece.raw
            else:
                found.append(piece.raw)
        last = piece
    return found
