r"""The terminal's journal: append-only lines that survive a crash at any byte.

A line is ``YKTJ1 <length> <crc> <json>\n``: length of the JSON and CRC-32 over it, eight
hex digits each. Reading takes every line that is whole and steps over what is not, so
damage costs the damaged lines only. A tap ends in ONE line holding decision, clearing
record and the pending entry it settles; half an ending cannot exist.

A journal may be cut into segments: each but the first begins with a checkpoint, one line
that holds all a terminal needs to know of the segments before.

Here are pure functions on bytes; appending to a file and syncing is the driver's part.
"""

from __future__ import annotations

from binascii import crc32
from typing import Final, NamedTuple

import msgspec

from ykt_sim.codes import Standard
from ykt_sim.wire.decision import ClearingRecord, Decision

MARK: Final = b"YKTJ1 "
_HEAD: Final = len(MARK) + 8 + 1 + 8 + 1


class Pending(msgspec.Struct, frozen=True, tag="pending", tag_field="entry"):
    """Written before DEBIT or CREDIT is sent: money may be about to move."""

    record: ClearingRecord

    @property
    def key(self) -> tuple[Standard, str]:
        """Standard and card number: whose return settles it."""
        return self.record.standard, self.record.card


class TapEnd(msgspec.Struct, frozen=True, tag="tap", tag_field="entry"):
    """The end of a tap.

    Attributes:
        decision: what was shown.
        clearing: the record for clearing, when money moved.
        dispute: a record whose truth is not settled.
        settles: sequence numbers of pending entries that are over with this tap.
    """

    decision: Decision
    clearing: ClearingRecord | None = None
    dispute: ClearingRecord | None = None
    settles: tuple[int, ...] = ()


class Checkpoint(msgspec.Struct, frozen=True, tag="checkpoint", tag_field="entry"):
    """The first line of a segment: what is left of the segments before it.

    Attributes:
        next_sequence: first free sequence number.
        serials: highest PSAM transaction number by terminal number, as `Recovered` has them.
        carried: copies of entries that still matter, in order: those not settled, and the
            last few whatever they are. They are in an earlier segment too: who adds up
            segments leaves these out.
    """

    next_sequence: int
    serials: dict[str, int]
    carried: tuple[Pending | TapEnd, ...]


Entry = Pending | TapEnd | Checkpoint
#: Entries that a checkpoint carries whatever they are: the last taps, for who asks after them.
CARRIED: Final = 16

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
    body = data[at + _HEAD : end]
    if len(body) != size or data[end : end + 1] != b"\n" or crc32(body) != crc:
        return None
    try:
        return _decoder.decode(body), end + 1
    except msgspec.MsgspecError:
        return None


class Recovered(NamedTuple):
    """What a journal tells after a restart.

    Attributes:
        entries: all whole entries in order, a checkpoint as the entries it carries.
        pending: entries not settled by any tap, by standard and card number.
        next_sequence: first free sequence number.
        good: bytes up to the end of the last whole line; what follows is a torn write.
        damaged: places (byte offsets) where something had to be stepped over.
        serials: highest PSAM transaction number by terminal number, 12 digits.
    """

    entries: tuple[Pending | TapEnd, ...]
    pending: dict[tuple[Standard, str], Pending]
    next_sequence: int
    good: int
    damaged: tuple[int, ...]
    serials: dict[str, int]


def checkpoint(found: Recovered) -> bytes:
    """The line that begins a new segment behind the ones this was found in."""
    open_ = {entry.record.sequence for entry in found.pending.values()}
    kept = tuple(
        entry
        for entry in found.entries[:-CARRIED]
        if any(record.sequence in open_ for record in _records(entry))
    )
    carried = kept + found.entries[-CARRIED:]
    return encode(Checkpoint(found.next_sequence, found.serials, carried))


def checkpoint_size(data: bytes) -> int:
    """Bytes of the checkpoint that a segment begins with; 0 when it begins with none."""
    found = _read(data, 0)
    return found[1] if found is not None and isinstance(found[0], Checkpoint) else 0


def reread(data: bytes) -> Recovered:
    """Read a journal whatever happened to it."""
    entries: list[Pending | TapEnd] = []
    serials: dict[str, int] = {}
    damaged: list[int] = []
    at = good = last = 0
    while at < len(data):
        found = _read(data, at)
        if found is None:
            damaged.append(at)
            following = data.find(MARK, at + 1)
            while following >= 0 and _read(data, following) is None:
                following = data.find(MARK, following + 1)
            if following < 0:
                break
            at = following
            continue
        read, at = found
        good = at
        if isinstance(read, Checkpoint):
            last = max(last, read.next_sequence - 1)
            for terminal, serial in read.serials.items():
                serials[terminal] = max(serial, serials.get(terminal, 0))
            entries += read.carried
        else:
            entries.append(read)
    pending: dict[tuple[Standard, str], Pending] = {}
    settled = {number for e in entries if isinstance(e, TapEnd) for number in e.settles}
    for entry in entries:
        for record in _records(entry):
            last = max(last, record.sequence)
            serial = int(record.terminal_serial, 16)
            serials[record.terminal] = max(serial, serials.get(record.terminal, 0))
        if isinstance(entry, Pending) and entry.record.sequence not in settled:
            pending[entry.key] = entry
    return Recovered(tuple(entries), pending, last + 1, good, tuple(damaged), serials)


def _records(entry: Pending | TapEnd) -> list[ClearingRecord]:
    if isinstance(entry, Pending):
        return [entry.record]
    return [record for record in (entry.clearing, entry.dispute) if record is not None]
