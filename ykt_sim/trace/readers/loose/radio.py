"""Logs whose bytes are frames of the air: blocks of ISO 14443-4, with or without checksums.

Nothing in such a log is an APDU as it stands. Two checksums that are right prove it (one
stretch of bytes in thirty thousand has one by chance), or block numbers that take turns in
front of what are commands. The frames go to the engine that reads captures (`isodep`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from ykt_sim.trace.iso14443 import (
    CHAINING,
    CID_FOLLOWS,
    HLTA,
    NUMBER,
    NVB_ALL,
    RATS,
    REQA,
    SELECT_LEVELS,
    WUPA,
    Block,
    Side,
    block_kind,
    has_crc,
)
from ykt_sim.trace.readers.base import Found, Source
from ykt_sim.trace.readers.blocks import Frame
from ykt_sim.trace.readers.isodep import IsoDep
from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.halves import flaw_of
from ykt_sim.trace.readers.loose.rows import LogRow, RowKind
from ykt_sim.trace.readers.loose.words import Says
from ykt_sim.trace.readers.runs import runs

#: Bytes of the shortest frame with a checksum, and of a block with a command in it.
_SHORTEST: Final = 3
_COMMAND: Final = 5
_PPS: Final = 0xD0
_SIDES: Final = (Says.COMMAND, Says.ANSWER)
_AGAIN: Final = "APDU of a block again"


class OnAir(NamedTuple):
    """How the frames of a log are to be read.

    Attributes:
        crc: they have their checksums.
        reader: what the words call the reader's frames; None where no words tell the sides.
        keys: words of frames; lines with others show the same APDUs without blocks.
    """

    crc: bool
    reader: Says | None
    keys: frozenset[str] = frozenset()


def on_air(rows: list[LogRow]) -> OnAir | None:
    """Whether the bytes of a log are frames, and who is who; None for other logs.

    Who polls, activates the card, or sends blocks with commands in them is the reader,
    whatever the words say: a log may be written by the card's side.
    """
    shown = [row for row in rows if row.kind is RowKind.BYTES]
    told = [row for row in shown if row.role in _SIDES]
    if not told and all(row.bare for row in shown):
        return _without_words([row.data for row in shown])
    long = [row for row in told if len(row.data) >= _SHORTEST]
    checked = sum(has_crc(row.data) for row in long)
    if checked > 1 and 2 * checked >= len(long):
        sent = {
            side: sum(_of_reader(row.data, crc=True) for row in told if row.role is side)
            for side in _SIDES
        }
        flipped = sent[Says.ANSWER] > sent[Says.COMMAND]
        keys = frozenset(row.key for row in long if has_crc(row.data))
        return OnAir(crc=True, reader=Says.ANSWER if flipped else Says.COMMAND, keys=keys)
    for side, other in ((Says.COMMAND, Says.ANSWER), (Says.ANSWER, Says.COMMAND)):
        for key in dict.fromkeys(row.key for row in told if row.role is side):
            mine = [row.data for row in told if row.role is side and row.key == key]
            cards = _cards(told, key, other)
            if cards and _sends_blocks(mine):
                return OnAir(crc=False, reader=side, keys=frozenset({key, *cards}))
    return None


def _without_words(frames: list[bytes]) -> OnAir | None:
    """Frames in lines of mere hex, which take turns."""
    long = [frame for frame in frames if len(frame) >= _SHORTEST]
    crc = sum(map(has_crc, long)) * 2 >= max(4, len(long))
    sent = [_of_reader(frame, crc=crc) for frame in frames]
    if sum(sent) < 2 or any(a and b for a, b in pairwise(sent)):
        return None
    begin = sum(mine or _begins(frame) for frame, mine in zip(frames, sent, strict=True))
    bodies = [frame[:-2] if crc else frame for frame in frames]
    blocks = [body for body in bodies if len(body) >= _COMMAND and _is_block(body)]
    if len(blocks) < 2 or (not crc and begin < len(frames)):
        return None
    turns = all((a[0] ^ b[0]) & NUMBER for a, b in pairwise(blocks))
    return OnAir(crc=crc, reader=None) if crc or turns else None


def _sends_blocks(frames: list[bytes]) -> bool:
    """All commands are in blocks, whose numbers take turns; before them the card is activated."""
    long = [frame for frame in frames if len(frame) >= _COMMAND and not _activates(frame)]
    if len(long) < 2 or not all(map(_is_block, long)):
        return False
    return all((a[0] ^ b[0]) & NUMBER for a, b in pairwise(long))


def _cards(told: list[LogRow], key: str, other: Says) -> set[str]:
    """The words of the card's frames: all are blocks, but where the card is being activated."""
    activating = False
    begin: dict[str, bool] = {}
    for row in told:
        if row.key == key:
            activating = _activates(row.data)
        elif row.role is other and not activating:
            begin[row.key] = begin.get(row.key, True) and _begins(row.data)
    return {name for name, all_of_it in begin.items() if all_of_it}


def _activates(frame: bytes) -> bool:
    """What a reader sends before the first block: polling, SELECT, RATS, PPS."""
    if len(frame) == 1:
        return frame[0] in {REQA, WUPA}
    if frame[:1] and frame[0] in SELECT_LEVELS:
        return frame[1] in {0x20, NVB_ALL}
    if frame[:2] == HLTA[:2]:
        return len(frame) in {2, 4}
    return (frame[:1] == bytes((RATS,)) and len(frame) in {2, 4}) or _is_pps(frame)


def _is_pps(frame: bytes) -> bool:
    return frame[:1] != b"" and frame[0] & 0xF0 == _PPS and 2 <= len(frame) <= _COMMAND


def _of_reader(frame: bytes, *, crc: bool) -> bool:
    """A frame that no card sends."""
    if _activates(frame) and not _is_pps(frame):
        return True
    body = frame[:-2] if crc else frame
    return len(body) >= _COMMAND and _is_block(body)


def _begins(data: bytes) -> bool:
    return bool(data) and block_kind(data[0]) is not None


def _is_block(data: bytes) -> bool:
    """An I-block with a whole command in it, or the first of several."""
    if block_kind(data[0]) is not Block.I:
        return False
    inner = data[2:] if data[0] & CID_FOLLOWS else data[1:]
    usual = fits.is_usual_command(inner) or bool(data[0] & CHAINING)
    return usual and not (fits.like_command(data) and fits.is_usual_command(data))


class Air:
    """Puts the frames of one log together.

    Args:
        source: the file.
        how: its frames are to be read.
    """

    def __init__(self, source: Source, how: OnAir) -> None:
        self._source = source
        self._crc = how.crc
        self._how = how
        self._last: Side = "card"
        self._plain: LogRow | None = None
        self._radio = IsoDep()
        self._frame: Frame | None = None
        self._t = 0.0
        self.marked = True
        self.exchanges = 0
        self.sure = 0

    def row(self, row: LogRow) -> Iterator[Found]:
        """Take one row of the log."""
        self._t = self._t if row.t is None else max(self._t, row.t)
        account, number = self._source.account, row.line.number
        account.told(row.left, number)
        if row.kind is RowKind.NAMED:
            account.named(row.name, number)
        side = self._side(row) if row.kind is RowKind.BYTES else None
        if self._shows_again(row):
            account.named(_AGAIN, number)
        elif row.kind is RowKind.BYTES and self._is_plain(row):
            yield from self._flush()
            self._unused()
            self._plain = row
        elif row.kind is RowKind.BYTES and side is not None:
            yield from self._flush()
            body = row.data[:-2] if self._crc else row.data
            if self._plain is not None and body.endswith(self._plain.data):
                account.named(_AGAIN, self._plain.line.number)
                self._plain = None
            self._last = side
            flaw = flaw_of(row)
            self._frame = Frame(
                self._t, side, row.data, crc=self._crc, flaw=flaw, cut=bool(flaw),
                timed=row.t is not None, offset=row.line.offset, line=number,
            )  # fmt: skip
        elif row.kind is RowKind.BYTES and row.bare and self._frame is not None:
            self._frame = msgspec.structs.replace(self._frame, data=self._frame.data + row.data)
        else:
            yield from self._flush()
            if row.kind is RowKind.BYTES:
                account.told(runs(row.shown)[-1:], number)

    def _side(self, row: LogRow) -> Side | None:
        """Who sent a frame: by its words, or by turns where there are none."""
        if self._how.reader is None:
            mine = self._last == "card" or _of_reader(row.data, crc=self._crc)
            return "reader" if mine else "card"
        if row.role not in _SIDES:
            return None
        return "reader" if row.role is self._how.reader else "card"

    def _is_plain(self, row: LogRow) -> bool:
        """An APDU as the program meant it, where blocks have words of their own."""
        return row.role in _SIDES and row.key not in self._how.keys

    def _shows_again(self, row: LogRow) -> bool:
        """The APDU of the frame before, without its block."""
        frame = self._frame
        if row.kind is not RowKind.BYTES or frame is None or self._how.reader is None:
            return False
        body = frame.data[:-2] if self._crc else frame.data
        again = row.bare or self._is_plain(row)
        return again and len(row.data) > 1 and body.endswith(row.data)

    def _unused(self) -> None:
        if self._plain is not None:
            shown = runs(self._plain.shown)[-1:]
            self._source.account.told(shown, self._plain.line.number)
        self._plain = None

    def _flush(self) -> Iterator[Found]:
        frame, self._frame = self._frame, None
        if frame is not None:
            for found in self._radio.feed(frame):
                exchange = bool(getattr(found.event, "response", b""))
                self.exchanges += exchange
                self.sure += exchange
                yield found

    def end(self) -> Iterator[Found]:
        """The file ends."""
        yield from self._flush()
        self._unused()
        yield from self._radio.end()
