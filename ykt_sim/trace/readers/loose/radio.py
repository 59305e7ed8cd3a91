"""Logs whose bytes are frames of the air: blocks of ISO 14443-4, with or without checksums.

Nothing in such a log is an APDU as it stands. Two checksums that are right prove it (one
stretch of bytes in thirty thousand has one by chance), or block numbers that take turns in
front of what are commands. The frames go to the engine that reads captures (`isodep`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from ykt_sim.trace.iso14443 import CHAINING, CID_FOLLOWS, NUMBER, Block, Side, block_kind, has_crc
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
_SIDES: Final[dict[Says, Side]] = {Says.COMMAND: "reader", Says.ANSWER: "card"}


def on_air(rows: list[LogRow]) -> bool | None:
    """Whether the bytes of a log are frames: True with checksums, False without; else None."""
    shown = [row for row in rows if row.kind is RowKind.BYTES and row.role in _SIDES]
    long = [row for row in shown if len(row.data) >= _SHORTEST]
    checked = sum(has_crc(row.data) for row in long)
    if checked > 1 and 2 * checked >= len(long):
        return True
    blocks = [
        row.data
        for row in shown
        if row.role is Says.COMMAND and len(row.data) >= _COMMAND and _is_block(row.data)
    ]
    commands = sum(row.role is Says.COMMAND and len(row.data) >= _COMMAND for row in shown)
    answers = [row for row in shown if row.role is Says.ANSWER]
    if len(blocks) < 2 or len(blocks) < commands or not all(_begins(row.data) for row in answers):
        return None
    turns = all((a[0] ^ b[0]) & NUMBER for a, b in pairwise(blocks))
    return False if turns else None


def _begins(data: bytes) -> bool:
    return block_kind(data[0]) is not None


def _is_block(data: bytes) -> bool:
    """An I-block with a whole command in it, or the first of several."""
    if block_kind(data[0]) is not Block.I:
        return False
    inner = data[2:] if data[0] & CID_FOLLOWS else data[1:]
    usual = fits.is_usual_command(inner) or bool(data[0] & CHAINING)
    return usual and not fits.is_usual_command(data)


class Air:
    """Puts the frames of one log together.

    Args:
        source: the file.
        crc: frames have their checksums.
    """

    def __init__(self, source: Source, *, crc: bool) -> None:
        self._source = source
        self._crc = crc
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
        side = _SIDES.get(row.role) if row.role is not None else None
        if row.kind is RowKind.BYTES and side is not None:
            yield from self._flush()
            flaw = flaw_of(row)
            self._frame = Frame(
                self._t, side, row.data, crc=self._crc, flaw=flaw, cut=bool(flaw),
                timed=row.t is not None, offset=row.line.offset, line=number,
            )  # fmt: skip
        elif row.kind is RowKind.BYTES and row.bare and self._frame is not None:
            self._frame = self._frame._replace(data=self._frame.data + row.data)
        else:
            yield from self._flush()
            if row.kind is RowKind.BYTES:
                account.told(runs(row.shown)[-1:], number)

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
        yield from self._radio.end()
