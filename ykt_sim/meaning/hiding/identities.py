"""Whose number a field holds: numbers of cards, devices and people, found in a trace.

This is the one finder: what replaces numbers (`rework.sanitise`) and what hides them
(`meaning.hiding.masking`) are told the same things, each through `Learner`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, Protocol, cast

from ykt_sim.codes import Standard
from ykt_sim.errors import WireError
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.classes import ByteClass, class_of
from ykt_sim.meaning.spans import Span, field_spans
from ykt_sim.meaning.understand import BLOCK, Piece, Side, Understood, telling
from ykt_sim.trace.model import Exchange, Header, Note
from ykt_sim.wire.digits import unpack_pan
from ykt_sim.wire.files import (
    BusRecord,
    LntTransactionRecord,
    RailRecord,
    TransactionRecord,
    TripRecord,
)
from ykt_sim.wire.record import Record
from ykt_sim.wire.tlv import Tlv

#: Digits of a T-Union card number.
PAN_DIGITS: Final = 19
#: Digits of a PAN that go into key diversification; and of a Lingnan Tong number.
FACTOR_DIGITS: Final = 16
LNT_PREFIX: Final = "510000"
#: Identity fields that name an institution or a kind of thing, not a card or device.
KEPT: Final = frozenset({"issuer", "factor2", "fid"})
CARD_FIELDS: Final = frozenset({"card_number", "card_number_copy"})
_SAM_SERIAL: Final = 10
#: Bytes of fields that hold a whole number.
_SIZES: Final[dict[str, frozenset[int]]] = {
    "pan": frozenset({10}),
    "card_number": frozenset({8}),
    "card_number_copy": frozenset({8}),
    "factor1": frozenset({8}),
    "terminal": frozenset({6, 8}),
    "serial": frozenset({10}),
    "record_serial": frozenset({8}),
}
#: Tags whose value is a card number, or begins with one [EMV book 3]: 5A, track 2, track 1.
_PAN_TAG: Final = 0x5A
_TRACK_2: Final = frozenset({0x57, 0x9F6B})
_TRACK_1: Final = 0x56
#: Without a last byte of one of these tags there is none of them.
_NUMBER_TAGS: Final = re.compile(rb"[\x56\x57\x5A\x6B]")
#: Track 2: a number, a separator, expiry date and service code [ISO/IEC 7813].
_TRACK_DIGITS: Final = r"([3-9][0-9]{12,18})D[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}"
#: Alone, and behind a tag and its length, which may look like digits of the number.
_TRACKS: Final = (
    re.compile(_TRACK_DIGITS),
    re.compile(f"(?:57|9F6B)[012][0-9A-F]{_TRACK_DIGITS}"),
)
_DATE: Final = "20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
#: Numbers that begin as those of Lingnan Tong and T-Union do, with their filling, and any in
#: front of two dates, as many schemes have it in 9F0C and EF 15.
_OURS: Final = re.compile(
    r"(?=(510000[0-9]{10})|0(310[45][0-9]{15})|(310[45][0-9]{15})[DF]"
    rf"|0([3-9][0-9]{{18}})(?={_DATE}{_DATE}))"
)
#: The same in bytes as far as is quickly seen: without it there is none of them.
_OURS_BEGIN: Final = re.compile(
    rb"\x51\x00\x00|\x03\x10[\x40-\x5F]|\x31[\x04\x05]|[\x03-\x09].{9}\x20.{3}\x20", re.DOTALL
)
_TAGGED: Final = re.compile("5A0([4-9A])")
#: Fewest and most digits of a card number [ISO/IEC 7812-1].
_PAN_SIZES: Final = range(8, 20)

#: Names of note fields that hold a number of a card or terminal.
NOTED_CARDS: Final = frozenset({"card", "pan", "number", "card_number", "lnt_number"})
NOTED_TERMINALS: Final = frozenset({"terminal", "terminal_8"})
FACTORS: Final = "factors"
#: Records that notes about a card hold in hex, by field name and standard.
_RECORDS: Final[dict[str, dict[str, type[Record]]]] = {
    "log": {Standard.TUNION: TransactionRecord, Standard.LNT: LntTransactionRecord},
    "trip": {Standard.TUNION: TripRecord},
    "2701": {Standard.TUNION: RailRecord},
    "2702": {Standard.TUNION: BusRecord},
}
_WHOLE_PAN: Final = re.compile(r"(?<![0-9])[0-9]{19}(?![0-9])")


class Learner(Protocol):
    """Who wants to know the numbers of a trace."""

    def learn_pan(self, number: str) -> None:
        """A card number as ISO/IEC 7812 has them; 19 digits for T-Union."""

    def learn_lnt(self, number: str) -> None:
        """A Lingnan Tong card number, 16 digits."""

    def learn_factor(self, digits: str) -> None:
        """The part of a card number that diversifies keys, where it stands alone."""

    def learn_part(self, digits: str) -> None:
        """A part of a card number, read through a window."""

    def learn_terminal(self, number: str) -> None:
        """A terminal number, 12 digits, or 16 with what stands before it."""

    def learn_person(self, raw: bytes) -> None:
        """A name or the number of a person's document, as a card keeps it."""

    def learn(self, digits: str) -> None:
        """Any other number of one card or device, hex."""

    def allow(self, code: str) -> None:
        """The number of an institution."""


def is_kept(name: str) -> bool:
    """True for an identity field that is nobody's own number."""
    return name in KEPT or name.endswith("acquirer")


def is_sam_serial(piece: Piece) -> bool:
    """A PSAM's serial number ends in its terminal number."""
    return piece.name == "serial" and piece.size == _SAM_SERIAL


def is_cut(field: Piece | Span) -> bool:
    """True for a part of a number, read through a window: the whole is not known."""
    name = field.name
    sizes = _SIZES.get(name.rpartition("_")[2] if "terminal" in name else name)
    return sizes is not None and field.size not in sizes


def is_blank(digits: str) -> bool:
    """True for a field that holds no number: zeros or F only."""
    return not digits.strip("0") or not digits.strip("F")


def is_number(text: str) -> bool:
    """True for text that is a card number and nothing else."""
    return text.isdecimal() and len(text) in {PAN_DIGITS, FACTOR_DIGITS} and not is_blank(text)


def learn_event(learner: Learner, item: Understood) -> None:
    """Tell every number that an event holds."""
    for method, what in item.annotated.once(_learnt):
        getattr(learner, method)(what)


class _Listener:
    """Notes what it is told, by the names of `Learner`, so that others can be told the same."""

    def __init__(self) -> None:
        self.heard: dict[tuple[str, Any], None] = {}

    def __getattr__(self, method: str) -> Callable[[Any], None]:
        return lambda what: self.heard.setdefault((method, what))


def _learnt(annotated: Annotated) -> tuple[tuple[str, Any], ...]:
    """What a `Learner` is to be told of an event; equal events share it."""
    listener = _Listener()
    _learn(cast("Learner", listener), Understood(0, annotated))
    return tuple(listener.heard)


def _learn(learner: Learner, item: Understood) -> None:
    event = item.event
    if isinstance(event, Note):
        learn_note(learner, event)
        return
    found = list(telling(item.annotated))
    for _, piece in found:
        learn_piece(learner, piece)
    if isinstance(event, Exchange):
        for number in _unexplained_numbers(found, event):
            if len(number) == FACTOR_DIGITS and number.startswith(LNT_PREFIX):
                learner.learn_lnt(number)
            else:
                learner.learn_pan(number)


def _unexplained_numbers(found: list[tuple[Side, Piece]], event: Exchange) -> Iterator[str]:
    """Card numbers in bytes that no layout explains, or explains otherwise; sent or answered."""
    yield from own_numbers(event.command)
    yield from own_numbers(event.response)
    unknown = [
        (side, one)
        for side, one in found
        if one.byte_class is ByteClass.UNKNOWN and one.size >= BLOCK
    ]
    if any(side == "response" for side, _ in unknown):
        yield from tagged_numbers(event.response[:-2])
    for _, piece in unknown:
        yield from tagged_numbers(piece.raw)
        yield from loose_numbers(piece.raw)


def learn_piece(learner: Learner, piece: Piece) -> None:
    """Tell the number in an identity field, and what EF 16 says of a person."""
    name = piece.name
    if piece.byte_class is ByteClass.PERSONAL:
        learner.learn_person(piece.raw)
    if piece.byte_class is not ByteClass.IDENTITY:
        return
    digits = piece.raw.hex().upper()
    if is_kept(name):
        learner.allow(digits.rstrip("F"))
    elif is_cut(piece) and (name == "pan" or name in CARD_FIELDS):
        learner.learn_part(digits)
    elif name == "pan":
        learner.learn_pan(unpack_pan(digits) or digits)
    elif name in CARD_FIELDS:
        learner.learn_lnt(digits)
    elif name == "factor1":
        if digits.startswith(LNT_PREFIX):
            learner.learn_lnt(digits)
        else:
            learner.learn_factor(digits)
    elif name.endswith("terminal"):
        learner.learn_terminal(digits)
    elif is_sam_serial(piece):
        learner.learn(digits)
        learner.learn_terminal(digits)
    else:
        learner.learn(digits)


def tagged_numbers(data: bytes) -> Iterator[str]:
    """Card numbers in BER-TLV, by tag; nothing where the bytes are none."""
    if not _NUMBER_TAGS.search(data):
        return
    try:
        items, _ = Tlv.parse_all(data)
    except WireError:
        return
    for item in items:
        for _, _, one in item.walk():
            number = ""
            if one.tag == _PAN_TAG:
                number = one.value.hex().upper().rstrip("F")
            elif one.tag in _TRACK_2:
                number = one.value.hex().upper().partition("D")[0]
            elif one.tag == _TRACK_1:
                number = one.value[1:].partition(b"^")[0].decode("latin-1")
            if number.isdecimal() and len(number) in _PAN_SIZES and not is_blank(number):
                yield number


def own_numbers(data: bytes) -> Iterator[str]:
    """Numbers by how they begin or by the dates behind them [DUMP], whatever is around them."""
    if not _OURS_BEGIN.search(data):
        return
    for found in _OURS.finditer(data.hex().upper()):
        if found.start() % 2 == 0:
            yield found[1] or found[2] or found[3] or found[4]


def loose_numbers(data: bytes) -> Iterator[str]:
    """Card numbers with a right check digit where the bytes around them are in no known order.

    Track 2 data without a tag [ISO/IEC 7813], and tag 5A in what is cut or is no BER-TLV.
    """
    digits = data.hex().upper()
    for track in _TRACKS:
        for found in track.finditer(digits):
            if has_check_digit(found[1]):
                yield found[1]
    for found in _TAGGED.finditer(digits):
        start, size = found.end(), 2 * int(found[1], 16)
        number = digits[start : start + size].rstrip("F")
        whole = start % 2 == 0 and len(digits) >= start + size
        if whole and number.isdecimal() and len(number) in _PAN_SIZES and has_check_digit(number):
            yield number


def has_check_digit(number: str) -> bool:
    """True where the last digit checks the others [ISO/IEC 7812-1]."""
    doubled = (str(2 * int(digit)) for digit in number[-2::-2])
    return sum(map(int, number[::-2] + "".join(doubled))) % 10 == 0


# -- notes and headers ---------------------------------------------------------------------


def learn_note(learner: Learner, note: Note) -> None:
    """Tell the numbers in a note."""
    for number in _WHOLE_PAN.findall(note.text):
        learner.learn_pan(number)
    for path, value in _texts(note.data):
        name = path[-1]
        record = record_of(path)
        for piece in record_pieces(value, record)[1] if record is not None else ():
            learn_piece(learner, piece)
        if FACTORS in path and is_number(value):
            if value.startswith(LNT_PREFIX):
                learner.learn_lnt(value)
            else:
                learner.learn_factor(value)
        elif name in NOTED_CARDS and is_number(value):
            if len(value) == PAN_DIGITS:
                learner.learn_pan(value)
            else:
                learner.learn_lnt(value)
        elif name in NOTED_TERMINALS and value.isalnum():
            learner.learn_terminal(value.upper())
        for number in _WHOLE_PAN.findall(value):
            learner.learn_pan(number)


def learn_header(learner: Learner, header: Header) -> None:
    """Tell the whole card numbers in a header."""
    for value in (header.card, header.terminal, header.source, header.provenance):
        for number in _WHOLE_PAN.findall(value):
            learner.learn_pan(number)


def _texts(value: object, path: tuple[str, ...] = ("",)) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text and number in a note's data with the names that lead to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, path)
    elif isinstance(value, str):
        yield path, value
    elif isinstance(value, int):
        yield path, str(value)


def record_of(path: tuple[str, ...]) -> type[Record] | None:
    """Which record a field of a note holds in hex, by the names that lead to it."""
    found = _RECORDS.get(path[-1])
    return None if found is None else next((found[one] for one in path if one in found), None)


def record_pieces(value: str, record: type[Record]) -> tuple[bytes, tuple[Piece, ...]]:
    """A record in hex and its pieces; no pieces when it does not fit."""
    return _record_pieces(value, cast("Any", record))


@lru_cache(maxsize=512)  # the same few records stand in many notes
def _record_pieces(value: str, record: Any) -> tuple[bytes, tuple[Piece, ...]]:
    try:
        raw = bytes.fromhex(value)
        spans = field_spans(record, raw) if len(raw) == record.SIZE else ()
    except (ValueError, WireError):
        return b"", ()
    found: list[Piece] = []
    for span in spans:
        part = raw[span.offset : span.offset + span.size]
        name, byte_class = class_of(span, part, None, sent=False)
        found.append(Piece(span.offset, span.size, name, byte_class, part, span.value))
    return raw, tuple(found)
