r"""The terminal's journal: append-only lines that survive a crash at any byte.

A line is ``YKTJ1 <length> <crc> <json>\n``: length of the JSON and CRC-32 over it, eight
hex digits each. Reading takes every line that is whole and steps over what is not, so
damage costs the damaged lines only. A tap ends in ONE line holding decision, clearing
record and the pending entry it settles; half an ending cannot exist. What a card's next
transaction supersedes is settled by the line that announces that one. When an accepted tap
has been shown, a line says so.

A journal may be cut into segments: each but the first begins with a checkpoint, one line
that holds all a terminal needs to know of the segments before.

Here are pure functions on bytes; appending to a file and syncing is the driver's part.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from ykt_sim.codes import Standard
from ykt_sim.wire.decision import ClearingRecord, Decision

MARK: Final = b"YKTJ1 "
#: Standard and card number.
Key = tuple[Standard, str]
_HEAD: Final = len(MARK) + 8 + 1 + 8 + 1
#: Marks in one damaged line that are tried, the last ones: each may cost a checksum over it.
_MARKS: Final = 64


class Pending(msgspec.Struct, frozen=True, tag="pending", tag_field="entry"):
    """Written before DEBIT or CREDIT is sent: money may be about to move.

    Attributes:
        record: what may be about to happen.
        settles: sequence numbers of older entries of the card that are over with this one.
        dispute: one of them that could not be cleared up, until a tap has reported it.
    """

    record: ClearingRecord
    settles: tuple[int, ...] = ()
    dispute: ClearingRecord | None = None

    @property
    def key(self) -> Key:
        """Whose return settles it."""
        return self.record.standard, self.record.card


class TapEnd(msgspec.Struct, frozen=True, tag="tap", tag_field="entry"):
    """The end of a tap.

    Attributes:
        decision: what was shown.
        clearing: the record for clearing, when money moved.
        dispute: a record whose truth is not settled.
        settles: sequence numbers of pending entries that are over with this tap.
        shows: sequence number of the transaction for which the card was let through: a line
            `Shown` follows. 0 when it was not, and in journals from before there were such lines.
    """

    decision: Decision
    clearing: ClearingRecord | None = None
    dispute: ClearingRecord | None = None
    settles: tuple[int, ...] = ()
    shows: int = 0


class Shown(msgspec.Struct, frozen=True, tag="shown", tag_field="entry"):
    """Written when the passenger has been told that a tap was accepted.

    Attributes:
        sequence: of its transaction.
    """

    sequence: int


class Unshown(NamedTuple):
    """An accepted tap after which the terminal died, perhaps before anybody was told.

    Attributes:
        record: its transaction.
        time: of the tap, 14 digits.
    """

    record: ClearingRecord
    time: str

    @property
    def key(self) -> Key:
        """Who is to be told."""
        return self.record.standard, self.record.card


class Checkpoint(msgspec.Struct, frozen=True, tag="checkpoint", tag_field="entry"):
    """The first line of a segment: what is left of the segments before it.

    Attributes:
        next_sequence: first free sequence number.
        serials: highest PSAM transaction number by terminal number, as `Recovered` has them.
        pending: entries not settled; each stands in an earlier segment too.
        unshown: taps that were accepted and perhaps never shown.
    """

    next_sequence: int
    serials: dict[str, int]
    pending: tuple[Pending, ...]
    unshown: tuple[Unshown, ...] = ()


Entry = Pending | TapEnd | Shown | Checkpoint

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """One line with its newline."""
    body = _encoder.encode(entry)
    return _head(len(body), crc32(body)) + body + b"\n"


def _head(size: int, crc: int) -> bytes:
    return b"%b%08X %08X " % (MARK, size, crc)


def decode(line: bytes) -> Entry | None:
    """Read one whole line; None when it is damaged or cut."""
    found = _read(line, 0)
    return found[0] if found is not None and found[1] == len(line) else None


def _read(data: bytes, at: int) -> tuple[Entry, int] | None:
    head = data[at : at + _HEAD]
    if len(head) < _HEAD or not head.startswith(MARK):
        return None
    try:
        size, crc = int(head[len(MARK) : len(MARK) + 8], 16), int(head[-9:-1], 16)
    except ValueError:
        return None
    if head != _head(size, crc):
        return None
    end = at + _HEAD + size
    if data.find(b"\n", at + _HEAD, end + 1) != end or crc32(data[at + _HEAD : end]) != crc:
        return None
    try:
        return _decoder.decode(data[at + _HEAD : end]), end + 1
    except (ValueError, RecursionError):  # no UTF-8 in a text is no error of msgspec's
        return None


def _behind(data: bytes, damage: int) -> int:
    """Where the next whole entry begins; the end of the data when there is none.

    In front of it in its line may be what a crash left of another.
    """
    start = damage + 1
    while (end := data.find(b"\n", start)) >= 0:
        marks: list[int] = []
        at = data.rfind(MARK, start, end)
        while at >= 0 and len(marks) < _MARKS:
            marks.append(at)
            at = data.rfind(MARK, start, at)
        for at in reversed(marks):
            if _read(data, at) is not None:
                return at
        start = end + 1
    return len(data)


class Recovered(NamedTuple):
    """What a journal tells after a restart.

    Attributes:
        entries: all whole entries in order.
        pending: entries not settled by any tap, by standard and card number.
        unshown: taps that were accepted and perhaps never shown, likewise.
        next_sequence: first free sequence number.
        good: bytes up to the end of the last whole line; what follows is a torn write.
        damaged: places (byte offsets) where something had to be stepped over.
        serials: highest PSAM transaction number by terminal number, 12 digits.
    """

    entries: tuple[Entry, ...]
    pending: dict[Key, Pending]
    unshown: dict[Key, Unshown]
    next_sequence: int
    good: int
    damaged: tuple[int, ...]
    serials: dict[str, int]


def checkpoint(found: Recovered) -> bytes:
    """The line that begins a new segment behind the ones this was found in."""
    pending, unshown = tuple(found.pending.values()), tuple(found.unshown.values())
    return encode(Checkpoint(found.next_sequence, found.serials, pending, unshown))


def checkpoint_size(data: bytes) -> int:
    """Bytes of the checkpoint that a segment begins with; 0 when it begins with none."""
    found = _read(data, 0)
    return found[1] if found is not None and isinstance(found[0], Checkpoint) else 0


def reread(data: bytes) -> Recovered:
    """Read a journal whatever happened to it."""
    entries: list[Entry] = []
    damaged: list[int] = []
    at = good = 0
    while at < len(data):
        found = _read(data, at)
        if found is None:
            damaged.append(at)
            at = _behind(data, at)
            continue
        entries.append(found[0])
        at = good = found[1]
    serials: dict[str, int] = {}
    last = 0
    for entry in entries:
        if isinstance(entry, Checkpoint):
            serials |= entry.serials
        last = max(last, *_numbers(entry))
        for record in _records(entry):
            serial = int(record.terminal_serial, 16)
            serials[record.terminal] = max(serial, serials.get(record.terminal, 0))
    pending, unshown = _open(entries)
    return Recovered(tuple(entries), pending, unshown, last + 1, good, tuple(damaged), serials)


def _open(
    entries: Iterable[Entry],
) -> tuple[dict[Key, Pending], dict[Key, Unshown]]:
    """What is not settled, and what was accepted and perhaps never shown."""
    pending: dict[Key, Pending] = {}
    unshown: dict[Key, Unshown] = {}
    for entry in entries:
        match entry:
            case Checkpoint():
                pending = {one.key: one for one in entry.pending}
                unshown = {one.key: one for one in entry.unshown}
            case Pending():
                # The terminal settles a card's entry before it begins anew with that card.
                pending[entry.key] = entry
                unshown.pop(entry.key, None)
            case TapEnd():
                _ended(entry, pending, unshown)
            case Shown(sequence=number):
                for key in [key for key, one in unshown.items() if one.record.sequence == number]:
                    del unshown[key]
    return pending, unshown


def _ended(end: TapEnd, pending: dict[Key, Pending], unshown: dict[Key, Unshown]) -> None:
    """What a tap's end says of entries before it."""
    clearing, dispute = end.clearing, end.dispute
    for key, entry in list(pending.items()):
        record = entry.record
        if end.shows == record.sequence:
            # A damaged journal may have one number of two cards: its record says whose it is.
            told = Unshown(clearing or record, end.decision.time)
            unshown[told.key] = told
        # A newer record of the card leaves nothing open; that of an older dispute does.
        later = any(
            one is not None and (one.standard, one.card) == key and one.sequence > record.sequence
            for one in (clearing, dispute)
        )
        if later or record.sequence in end.settles:
            del pending[key]
        elif dispute is not None and dispute == entry.dispute:
            pending[key] = msgspec.structs.replace(entry, dispute=None)


def _numbers(entry: Entry) -> tuple[int, ...]:
    """Sequence numbers that are not free any more."""
    match entry:
        case Checkpoint(next_sequence=number):
            return (number - 1,)
        case Pending(record=record, settles=settles):
            return (record.sequence, *settles)
        case TapEnd(clearing=clearing, dispute=dispute, settles=settles, shows=shows):
            records = (clearing, dispute)
            return (shows, *settles, *(one.sequence for one in records if one is not None))
        case Shown(sequence=number):
            return (number,)


def _records(entry: Entry) -> list[ClearingRecord]:
    match entry:
        case Pending(record=record):
            return [record]
        case TapEnd(clearing=clearing, dispute=dispute):
            return [record for record in (clearing, dispute) if record is not None]
        case _:
            return []
