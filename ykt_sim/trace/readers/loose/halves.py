"""A command or an answer while it is put together from the rows of a log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.rows import LogRow
from ykt_sim.trace.readers.loose.survey import Plan, StatusPlace, counts


@dataclass
class Half:
    """A command or an answer that is put together.

    Attributes:
        rows: where its bytes stand.
        data: the bytes so far.
        sw: a status word that stands apart.
        why: what is wrong with one of the lines.
        sure: words say whose bytes they are.
        logical: what a program meant, not what was sent.
        ended: the status word has been read, or another line stands between.
        asked: bytes of data that the card waits for (T=0).
        sw_first: the status word was read before the data.
        doubted: bytes follow that nobody uses; they may be the rest of it.
        code: bytes of a return code that stands below it, which may be data.
        spent: milliseconds that a line of its own says.
        began: the last time before its first line, in seconds since the first of the log.
    """

    rows: list[LogRow] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    sw: bytes | None = None
    why: str = ""
    sure: bool = False
    logical: bool = False
    ended: bool = False
    asked: int = 0
    sw_first: bool = False
    partial: bool = False
    doubted: bool = False
    code: int = 0
    spent: float | None = None
    began: float = 0.0

    @property
    def data(self) -> bytes:
        """The bytes of all rows."""
        return b"".join(self.parts)

    def awaits(self, row: LogRow) -> bool:
        """The row says that it is a further part of this message."""
        part, last = row.part, self.rows[-1].part
        if part is None or last is None or part.of != last.of:
            return False
        return part.number > last.number and row.key == self.rows[-1].key

    def lacks(self, row: LogRow, data: bytes) -> bool:
        """The row carries this command on, as it says, or because just its bytes are wanting."""
        return self.awaits(row) or fits.carries_on(self.data, data)

    def repeated_by(self, plan: Plan, data: bytes) -> bool:
        """The status word once more, in a log whose answers end in theirs."""
        inside = plan.place is StatusPlace.INSIDE and self.sw is None and not plan.below
        return inside and fits.is_sw(data) and self.data[-2:] == data

    @property
    def may_lack_data(self) -> bool:
        """Behind its status word data may come, and fewer did than it announced."""
        told = self.rows[0].count
        missing = not self.parts if told is None else len(self.data) < told
        return missing and fits.has_data(self.sw)

    def may_go_on(self, data: bytes) -> bool:
        """An answer that ends like one in the middle: a template, or rows of a dump."""
        if self.sw is None and fits.goes_on(self.data, data):
            return True
        sizes = {len(part) for part in self.parts}
        return (
            self.sw is None
            and len(sizes) == 1
            and len(data) <= max(sizes) >= 8
            and data not in self.data
            and fits.is_answer(self.data + data)
        )

    @property
    def whole_with_sw(self) -> bytes:
        """The same with the status word that stands apart."""
        return self.data + (self.sw or b"")


#: Why four bytes are no command: the rest of it stands in lines of its own.
#: Seconds; nobody waits longer for a card.
_LONGEST_S: Final = 3600
FIELDS: Final = (
    "expected a whole command, its Lc stands in a line of its own; put the fields of a command "
    "into one line, or take them out with --from re:PATTERN"
)
FRAMED: Final = (
    "expected a command, these bytes are a frame of a reader or of the air around one; "
    "take commands and answers out with --from re:PATTERN"
)


def flaw_of(row: LogRow) -> str:
    """What the line itself shows to be wrong with its bytes."""
    return row.why or ("expected a whole line, this one is cut" if row.cut else "")


def miscounted(plan: Plan, one: Half) -> str:
    """A length that is announced and not that of the bytes."""
    row = one.rows[0]
    parts = [part for each in one.rows if (part := each.part)]
    if len(parts) > 1 or any(part.sure for part in parts):
        every = [(at, parts[0].of) for at in range(1, parts[0].of + 1)]
        if [part[:2] for part in parts] != every:
            return f"expected parts 1 to {parts[0].of}, some are missing"
    if row.count is None or not (row.counted or row.key in plan.counted):
        return ""
    if counts(row.count, one.data) or counts(row.count, one.whole_with_sw):
        return ""
    if len(one.parts) > 1 and fits.is_sw(one.parts[-1]) and counts(row.count, one.data[:-2]):
        return ""  # the status word in a line of its own
    return f"expected {row.count} bytes, found {len(one.data)}"


def took(command: Half, answer: Half) -> float | None:
    """Milliseconds that an exchange took: as a line says, or by the times of both.

    Nothing takes no time: two times that are the same do not measure it; nor do times that are
    further apart than any card may take.
    """
    for row in answer.rows:
        if row.took is not None:
            return row.took
    if command.spent is not None:
        return command.spent
    start, end = command.rows[0].t, answer.rows[0].t
    if start is None or end is None or not 0 < end - start < _LONGEST_S:
        return None
    return round((end - start) * 1000, 3)


def shown(data: bytes) -> str:
    """Bytes in a message."""
    return data.hex().upper() or "nothing"


def procedure(command: Half, data: bytes) -> bool:
    """The card says that it goes on (its INS) or needs time (60); ISO/IEC 7816-3, T=0."""
    if len(data) != 1 or len(command.data) != fits.HEADER:
        return False
    if data == command.data[1:2]:
        command.asked = command.data[4]
        return True
    return data == b"\x60"


def of_another(command: Half, row: LogRow) -> str:
    """Why an answer is none to the open command: another reader spoke in between."""
    sent = command.rows[0].lane
    if not (sent.isdigit() and row.lane.isdigit()) or sent == row.lane:
        return ""
    return f"answer: expected one of reader {sent}, this is one of {row.lane}; they are mixed"


def counted(row: LogRow, data: bytes) -> bool:
    """A number in the row says that the command has as many bytes as it has."""
    return row.count is not None and counts(row.count, data) and len(data) > 4
