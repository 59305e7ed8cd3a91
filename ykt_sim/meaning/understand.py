"""Every byte of a trace, with its class.

`understand` goes along a trace event by event and cuts each command and each answer into
pieces that lie side by side: no byte is left out and none is in two pieces. It follows what
is selected (through `annotate`), which command GET RESPONSE fetches the answer of, and how
far a purse transaction has come. Nothing is kept but that state.
"""

from __future__ import annotations

import bisect
import operator
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, Literal

import msgspec

from ykt_sim.codes import INS, SW, Cla, Operation
from ykt_sim.errors import WireError
from ykt_sim.meaning.annotate import Annotated, annotate
from ykt_sim.meaning.classes import (
    NUMBERLESS,
    SECURED,
    SECURED_KINDS,
    ByteClass,
    class_of,
    is_filling,
    name_class,
)
from ykt_sim.meaning.spans import Decoded, Span
from ykt_sim.trace.model import Event, Exchange, Reset, Trace
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import COMMITS, operation_of
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.tlv import PADDING, Tlv, tag_name

Side = Literal["command", "response"]

_FIRST_HISTORICAL: Final = 2
#: Shortest run of bytes without a field that is looked through for numbers.
BLOCK: Final = 6
#: Kinds of fields that are no cryptograms.
_UNSECURED: Final = frozenset(FieldKind) - SECURED_KINDS
#: Kinds of answers that are TLV.
_TLV_KINDS: Final = frozenset({"fci", "ppse", "pse", "answer:GET DATA"})
_OFFSET: Final = operator.attrgetter("offset")


class Stage(StrEnum):
    """How far a purse transaction has come."""

    IDLE = "idle"
    INITIALISED = "initialised"
    CACHED = "cached"
    DEBITED = "debited"


class Piece(msgspec.Struct, frozen=True):
    """Some bytes of a command or answer that belong together.

    Attributes:
        offset, size: in bytes, from the first byte of the command or answer.
        name: of the field, or what the bytes are.
        byte_class: what they are for.
        raw: the bytes.
        value: decoded, or the bytes.
        zh: the Chinese term, where there is one.
    """

    offset: int
    size: int
    name: str
    byte_class: ByteClass
    raw: bytes
    value: object
    zh: str = ""

    @property
    def text(self) -> str:
        """The value as an engineer writes it."""
        return Span(self.offset, self.size, self.name, FieldKind.DATA, self.value).text


class Understood(msgspec.Struct, frozen=True):
    """One event with a class for every byte.

    Attributes:
        index: of the event in the trace, from 0.
        annotated: what `annotate` says of the event.
        operation: purse transaction that is in progress on the card, None when none is.
        phase: how far it has come after this event.
    """

    index: int
    annotated: Annotated
    operation: Operation | None = None
    phase: Stage = Stage.IDLE

    @property
    def event(self) -> Event:
        """The event itself."""
        return self.annotated.event

    @property
    def asked(self) -> Command | None:
        """The command that was asked, as in `Annotated`."""
        return self.annotated.asked

    @property
    def fetching(self) -> bool:
        """The event is a GET RESPONSE for ``asked``."""
        return self.annotated.fetching

    @property
    def command(self) -> tuple[Piece, ...]:
        """The pieces of the command, side by side from the first byte to the last."""
        return self.annotated.once(_command)

    @property
    def response(self) -> tuple[Piece, ...]:
        """The pieces of the answer, of a reset those of the ATR; empty for other events."""
        return self.annotated.once(_response)

    def pieces(self) -> Iterator[tuple[Side, Piece]]:
        """All pieces with the side they are on."""
        return pieces(self.annotated)


class _Follow(msgspec.Struct):
    """What goes on between commands to the card."""

    operation: Operation | None = None
    phase: Stage = Stage.IDLE


class _Walk(msgspec.Struct):
    card: _Follow = msgspec.field(default_factory=_Follow)


def understand(events: Trace | Iterable[Event]) -> Iterator[Understood]:
    """Give every event with classes for all its bytes; takes a trace or a stream of events."""
    walk = _Walk()
    for index, item in enumerate(annotate(events)):
        event = item.event
        if isinstance(event, Exchange):
            yield _exchange(index, item, event, walk)
        else:
            yield Understood(index, item)
            if getattr(event, "channel", None) == "card":
                walk.card = _Follow()


def _exchange(index: int, item: Annotated, event: Exchange, walk: _Walk) -> Understood:
    card = walk.card
    if event.channel == "card":
        _follow(card, item.asked, item.sw)
    return Understood(index, item, card.operation, card.phase)


def _follow(state: _Follow, asked: Command | None, sw: int | None) -> None:
    """Move the transaction on as a card does: any INITIALIZE begins, a commit ends."""
    if state.phase is Stage.DEBITED:
        state.operation, state.phase = None, Stage.IDLE
    if asked is None or asked.cla & 0xF0 != Cla.PBOC:
        return
    begun = operation_of(asked.p1) if asked.ins == INS.INITIALIZE and sw == SW.OK else None
    if begun is not None:
        state.operation, state.phase = begun, Stage.INITIALISED
    elif state.operation is None:
        return
    elif asked.ins == INS.UPDATE_RECORD and sw == SW.OK:
        state.phase = Stage.CACHED
    elif asked.ins in COMMITS and sw == SW.OK:
        state.phase = Stage.DEBITED
    elif asked.ins in COMMITS and sw is not None and sw >> 8 != 0x61:
        state.operation, state.phase = None, Stage.IDLE


def pieces(item: Annotated) -> Iterator[tuple[Side, Piece]]:
    """All pieces of an event with the side they are on."""
    for piece in item.once(_command):
        yield "command", piece
    for piece in item.once(_response):
        yield "response", piece


def telling(item: Annotated) -> Iterator[tuple[Side, Piece]]:
    """Those pieces that may tell who a card, a device or a person is.

    Not among them are fields of a kind that never does, and bytes without a field that are
    fewer than `BLOCK`.
    """
    for piece in _command(item, BLOCK, NUMBERLESS):
        yield "command", piece
    for piece in _response(item, BLOCK, NUMBERLESS):
        yield "response", piece


def secured(item: Annotated) -> Iterator[tuple[Side, Piece]]:
    """The cryptograms of an event: those pieces that are worked out with a key."""
    for piece in _command(item, sys.maxsize, _UNSECURED):
        if piece.byte_class in SECURED:
            yield "command", piece
    for piece in _response(item, sys.maxsize, _UNSECURED):
        if piece.byte_class in SECURED:
            yield "response", piece


def _command(
    item: Annotated, least: int = 0, skipped: frozenset[FieldKind] = frozenset()
) -> tuple[Piece, ...]:
    event = item.event
    if not isinstance(event, Exchange):
        return ()
    if item.asked is None:
        return _odd_command(event.command)
    own = Command.parse(event.command) if item.fetching else item.asked
    spans = item.command_spans
    return _cover(spans, event.command, own, item, sent=True, least=least, skipped=skipped)


def _response(
    item: Annotated, least: int = 0, skipped: frozenset[FieldKind] = frozenset()
) -> tuple[Piece, ...]:
    event = item.event
    if isinstance(event, Exchange):
        spans, answer = item.response_spans, event.response
        return _cover(spans, answer, item.asked, item, sent=False, least=least, skipped=skipped)
    return atr_pieces(event.atr) if isinstance(event, Reset) else ()


# -- covering --------------------------------------------------------------------------


def _cover(
    spans: Iterable[Span],
    data: bytes,
    asked: Command | None,
    item: Annotated,
    *,
    sent: bool,
    least: int,
    skipped: frozenset[FieldKind],
) -> tuple[Piece, ...]:
    """Lay pieces side by side over all bytes: fields first, then what lies between them.

    Gaps of fewer bytes than ``least`` are left out, and fields of the kinds in ``skipped`` but for
    data without a layout.
    """
    found: list[Piece] = []
    at, size, gap = 0, len(data), max(1, least)
    gaps = _Gaps(data, () if sent else item.received)
    for span in sorted(spans, key=_OFFSET):
        start = span.offset
        end = start + span.size
        if start < at or end > size or start == end:
            continue
        if start - at >= gap:
            found += gaps.fill(at, start)
        at = end
        if span.kind in skipped and span.name != "data":
            continue
        if span.kind is FieldKind.IDENTITY or (sent and span.name == "data"):
            found += _pieces(span, data, asked, sent=sent)
        else:
            raw = data[start:end]
            name, byte_class = class_of(span, raw, asked, sent=sent)
            found.append(Piece(start, span.size, name, byte_class, raw, span.value, span.zh))
    if size - at >= gap:
        found += gaps.fill(at, size)
    return tuple(found)


def _pieces(span: Span, data: bytes, asked: Command | None, *, sent: bool) -> Iterator[Piece]:
    """Give the pieces of one field: one, but for names with a tail and PINs with a MAC."""
    raw = data[span.offset : span.offset + span.size]
    is_name = span.kind is FieldKind.IDENTITY and (
        span.name == "df_name" or span.name.startswith(("84 ", "4F "))
    )
    if is_name:
        at = 0
        for number, (size, byte_class) in enumerate(name_class(raw)):
            name = span.name if not number else span.name + "_tail"
            part = raw[at : at + size]
            yield Piece(span.offset + at, size, name, byte_class, part, part, span.zh)
            at += size
        return
    if sent and span.name == "data" and asked is not None:
        reload = asked.ins == INS.CHANGE_PIN and asked.p1 == 0 and span.size > 4
        if reload:
            cut = span.size - 4
            yield Piece(span.offset, cut, "pin", ByteClass.PIN, raw[:cut], raw[:cut])
            mac = raw[cut:]
            yield Piece(span.offset + cut, 4, "line_mac", ByteClass.LINE_MAC, mac, mac)
            return
    name, byte_class = class_of(span, raw, asked, sent=sent)
    yield Piece(span.offset, span.size, name, byte_class, raw, span.value, span.zh)


class _Gaps:
    """Says what lies between the fields: heads of TLV objects, headers of odd commands."""

    def __init__(self, data: bytes, received: tuple[Decoded, ...]) -> None:
        self._data = data
        self._received = received
        self._heads: dict[int, tuple[int, str, ByteClass]] | None = None
        self._starts: list[int] = []

    def fill(self, start: int, end: int) -> Iterator[Piece]:
        """Pieces for the bytes from ``start`` to before ``end``."""
        while start < end:
            size, name, byte_class = self._at(start, end)
            raw = self._data[start : start + size]
            yield Piece(start, size, name, byte_class, raw, raw)
            start += size

    def _at(self, start: int, end: int) -> tuple[int, str, ByteClass]:
        if self._heads is None:
            tlv = any(one.kind in _TLV_KINDS for one in self._received)
            self._heads = self._read_heads() if tlv else {}
            self._starts = sorted(self._heads)
        found = self._heads.get(start)
        if found is not None and start + found[0] <= end:
            return found
        after = bisect.bisect_right(self._starts, start)
        stop = min(self._starts[after], end) if after < len(self._starts) else end
        raw = self._data[start:stop]
        filled = ByteClass.CONSTANT if is_filling("", raw) else ByteClass.UNKNOWN
        return stop - start, "unexplained", filled

    def _read_heads(self) -> dict[int, tuple[int, str, ByteClass]]:
        heads: dict[int, tuple[int, str, ByteClass]] = {}
        try:
            item, _ = Tlv.read(self._data)
        except WireError:
            return heads
        for offset, _, one in item.walk():
            if one.tag == PADDING:
                continue
            tag = len(tag_name(one.tag)) // 2
            heads[offset] = (tag, f"tag {one.name}", ByteClass.CONSTANT)
            length = one.head_size - tag
            heads[offset + tag] = (length, f"length {one.name}", ByteClass.LENGTH)
        return heads


def _odd_command(data: bytes) -> tuple[Piece, ...]:
    """Pieces of what is no short APDU: the header if there is one, the rest unknown."""
    names = ("cla", "ins", "p1", "p2")
    size = 4 if len(data) >= 4 else 0
    pieces = [
        Piece(at, 1, names[at], ByteClass.CODE, data[at : at + 1], data[at : at + 1])
        for at in range(size)
    ]
    if len(data) > size:
        rest = data[size:]
        pieces.append(Piece(size, len(rest), "unexplained", ByteClass.UNKNOWN, rest, rest))
    return tuple(pieces)


def atr_pieces(atr: bytes) -> tuple[Piece, ...]:
    """Cut an ATR into interface bytes, historical bytes and check byte [ISO 7816-3].

    Historical bytes of real cards may hold a serial number of the chip, so they count as
    unknown unless they are a word of letters.
    """
    at = _FIRST_HISTORICAL
    if len(atr) < at:
        return (Piece(0, len(atr), "atr", ByteClass.UNKNOWN, atr, atr),) if atr else ()
    count, more, check = atr[1] & 15, atr[1] >> 4, False
    while more:
        size = more.bit_count()
        following = atr[at + size - 1] if more & 8 and at + size <= len(atr) else 0
        check = check or bool(more & 8 and following & 15)
        at += size
        more = following >> 4
    head, text = min(at, len(atr)), atr[at : at + count]
    rest = atr[head + len(text) :]
    pieces = [Piece(0, head, "interface", ByteClass.CONSTANT, atr[:head], atr[:head])]
    if text:
        (_, byte_class), *_ = name_class(text) if text.isascii() else ((0, ByteClass.UNKNOWN),)
        pieces.append(Piece(head, len(text), "historical", byte_class, text, text))
    if check and rest:
        last = rest[:1]
        pieces.append(Piece(head + len(text), 1, "check", ByteClass.LENGTH, last, last))
        rest = rest[1:]
    if rest:
        where = len(atr) - len(rest)
        pieces.append(Piece(where, len(rest), "unexplained", ByteClass.UNKNOWN, rest, rest))
    return tuple(pieces)
