"""One line of a log: which bytes stand in it, and what the line itself says of them.

A line gives any number of `LogRow` items: mostly one, two where command and answer stand in
one line. What a line alone cannot tell (whose bytes they are, whether a status word belongs
to them) is left open for `survey` and `exchanges`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.hexrows import MAX_APDU, parse_loose
from ykt_sim.trace.readers.loose import frames, lengths
from ykt_sim.trace.readers.loose.addresses import Addresses
from ykt_sim.trace.readers.loose.dumps import Offsets, without_column, without_text
from ykt_sim.trace.readers.loose.fronts import Sources, uncounted, unfronted, unplaced
from ykt_sim.trace.readers.loose.parts import (
    RETURN_CODE,
    SIDES,
    Part,
    is_pointer,
    names_of,
    parts_of,
    without_end,
)
from ykt_sim.trace.readers.loose.sections import Sections
from ykt_sim.trace.readers.loose.timing import times
from ykt_sim.trace.readers.loose.tokens import (
    Dress,
    HexPiece,
    is_decimal_row,
    pieces,
    plain,
    sub,
    undressed,
)
from ykt_sim.trace.readers.loose.words import Label, Says, label, lane_word
from ykt_sim.trace.readers.runs import NAMES, Run, left, runs


class RowKind(Enum):
    """What a row is."""

    BYTES = auto()
    STATUS = auto()
    HEADER = auto()
    NAMED = auto()
    OTHER = auto()


@dataclass(frozen=True)
class LogRow:
    """What a line says.

    Attributes:
        line: the line.
        kind: `BYTES`: part of an APDU; `STATUS`: a status word alone; `HEADER`: words for a
            command or an answer, the bytes come in the next lines; `NAMED`: bytes that are
            something else; `OTHER`: no bytes.
        role: what the words say: COMMAND, ANSWER, or None.
        key: the words, for lines of one kind.
        data: the bytes.
        sw: the status word where it stands apart.
        count: bytes (or hex digits) that are announced; `counted`: a word says it is that.
        lane: ``sam``, ``card``, the number of a slot, or nothing.
        t: seconds since the first time of the log, None without a time.
        took: milliseconds that the line names.
        why: what is wrong with the bytes.
        name: of `NAMED` bytes, and of a head that is for such bytes.
        bare: nothing but bytes stands in the line.
        weak: only an arrow or the word APDU tells the role.
        left: bytes of the line that are in none of its rows.
        neutral: no word stands in front, or only one for data.
        shown: the bytes as the line shows them, with what stands in front.
        logical: the words say that these bytes are not what was sent.
        cut: the line is not whole.
        part: which part of a message the line has, where it says so.
    """

    line: Line
    kind: RowKind
    role: Says | None = None
    key: str = ""
    data: bytes = b""
    sw: bytes | None = None
    count: int | None = None
    counted: bool = False
    lane: str = ""
    t: float | None = None
    took: float | None = None
    why: str = ""
    name: str = ""
    bare: bool = False
    weak: bool = False
    left: tuple[Run, ...] = ()
    logical: bool = False
    neutral: bool = False
    shown: str = ""
    cut: bool = False
    part: lengths.Fragment | None = None


_REMARK: Final = re.compile(r"\s(?://|#|--(?![>-])|;;)|(?<=\s)\|(?=\s*[A-Za-z.]*[g-zG-Z])")
_NAME_END: Final = re.compile(r"[A-Za-z][0-9A-Za-z]*[-.]\Z")
_ELLIPSIS: Final = re.compile(
    r"[\s\])>\"']{0,3}(?:\.\.|…|[(\[<]?(?:\+?\d{1,6} )?(?:more|truncated|cut|snip|省略))"
    # Cut inside what dresses the next byte: ``, (b…``, `` 0x…``.
    r"|\s{0,3}(?:[,;(\\][\s\w(),;\\]{0,12}|0x?|[0-9a-f])(?:\.\.|…)",
    re.IGNORECASE,
)
_FIELDS: Final = re.compile(
    r"\b(?:c|cla|class)\s?[=:]\s?(?:0x)?(?P<cla>[0-9A-Fa-f]{2})\b.{0,6}?"
    r"\b(?:i|ins)\s?[=:]\s?(?:0x)?(?P<ins>[0-9A-Fa-f]{2})\b.{0,6}?"
    r"\bp1\s?[=:]\s?(?:0x)?(?P<p1>[0-9A-Fa-f]{2})\b.{0,6}?"
    r"\bp2\s?[=:]\s?(?:0x)?(?P<p2>[0-9A-Fa-f]{2})\b(?P<rest>.*)",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(
    r"\b(?P<name>lc|le|p3|data)\s?[=:]\s?(?:0x)?"
    r"[<\[\"']?(?P<value>-?[0-9A-Fa-f]++(?![0-9A-Za-z])(?: {1,2}[0-9A-Fa-f]++(?![0-9A-Za-z]))*)?",
    re.IGNORECASE,
)
#: The Le that asks for all there is.
_ALL: Final = 256
_TOOL_BYTES: Final = r"((?:, [0-9a-f]{2}){0,65536})"
_APDUTOOL: Final = re.compile(
    r"\s*(CLA: [0-9a-f]{2}, INS: [0-9a-f]{2}, P1: [0-9a-f]{2}, P2: [0-9a-f]{2}), Lc: ([0-9a-f]{2})"
    rf"{_TOOL_BYTES}, Le: ([0-9a-f]{{2}}){_TOOL_BYTES}, (SW1: [0-9a-f]{{2}}, SW2: [0-9a-f]{{2}})\s*"
)
_EID: Final = re.compile(
    r"SCardTransmit\((?:(?P<command>[0-9A-Fa-f][0-9A-Fa-f ]{7,})\)"
    r"|\): SW12 = (?P<sw>[0-9A-Fa-f]{2} ?[0-9A-Fa-f]{2})\s*\Z)"
)
#: The length of a command in a line of its own.
_LC: Final = re.compile(r"(?<![A-Za-z])(?:L[Cc]|lc|P3)\s?[:=]\s?(?:0x)?[0-9A-Fa-f]{1,3}\s*\Z")
#: What may stand around bytes that are alone in their line.
_BEFORE: Final = re.compile(r"[\s\"'`\[({<,|*:+-]*")
_BEHIND: Final = re.compile(r"[\s\"'`\])}>,;|\\*:]*(?:\Z|\.\.|…|//|\s#|\s--(?![>-])|\s;)")
#: A byte with a digit that is none, as a slip of the pen or of a scanner.
_HALF_HEX: Final = re.compile(
    r"[ ,:-]{0,2}(?:[0-9A-Fa-f][G-Zg-z]|[G-Zg-z][0-9A-Fa-f])(?![0-9A-Za-z=:])"
)
_BUFFER: Final = re.compile(
    r"^\s*[<(\[]?(?:Buffer|data|hex|bytes|raw)\b\s{0,2}[:=]?", re.IGNORECASE
)
#: A time of day that is cut, in a log of times: no bytes.
_HALF_TIME: Final = re.compile(
    r"\s*[\[(]?(?:(?:[01]\d|2[0-3]):[0-5]?\d?(?::\d{0,2}){0,2}[.,:]?\d*|\d{3,12}[.,]\d{0,9})\s*"
    r"|\s*[\[(]\d{1,12}\s*"
)
_WORD_BEHIND: Final = re.compile(r"\s+(?:[^\W\d_]*[g-zG-Z]|[^\x00-\x7f])")
_HEADER_LIKE: Final = 120
#: A line that is a heading by the word APDU alone ends in it.
_APDU_LAST: Final = re.compile(r"(?:APDU|TPDU)s?\W{0,4}\Z", re.IGNORECASE)


@dataclass
class Parser:
    """Reads lines of one log.

    Attributes:
        dress: how bytes are written in it.
        clock: its times.
        quoted: every line begins with the ``>`` of mail.
        numbered: every line begins with its number; `found`: as grep writes it.
        lengths: the number of the bytes stands behind them.
        leading: status words stand in front of the data of answers.
        offsets: of its dumps; `addresses`: those that stand behind other words.
        rulers: lines that count the columns of a dump look like bytes.
        sections: headings that name lanes; `sources`: files of programs that do.
        separator: of the cells of a table that nobody understands: no bytes go across it.
    """

    dress: Dress = field(default_factory=Dress)
    clock: times.Stamped = field(default_factory=times.Stamped)
    quoted: bool = False
    numbered: bool = False
    lengths: bool = False
    leading: bool = False
    offsets: Offsets = field(default_factory=Offsets)
    addresses: Addresses = field(default_factory=Addresses)
    rulers: bool = False
    found: bool = False
    sections: Sections = field(default_factory=Sections)
    sources: Sources = field(default_factory=Sources)
    separator: str = ""
    _follows: bool = False
    _direct: bool = False
    _asked: bool = False
    _listed: bool = False
    _aside: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def untold(self) -> str:
        """What is not understood of the times of the log."""
        return self.clock.why

    def rows(self, line: Line) -> list[LogRow]:
        """What a line says; at least one row."""
        text = plain(line.text.replace(self.separator, " ~ ") if self.separator else line.text)
        text = unfronted(text, quoted=self.quoted, numbered=self.numbered, found=self.found)
        whole = text
        lane, heading = self.sections.take(text)
        if heading:
            return [LogRow(line, RowKind.OTHER, key=text)]
        lane = lane or self.sources.lane(text)
        t, took, text = self.clock.take(text)
        # A number alone may be a time: its digits are told as one.
        alone = [] if text.strip() else [run._replace(name="time") for run in runs(whole)]
        text = self.addresses.take(
            unplaced(uncounted(text, whole), rulers=self.rulers, timed=t is not None)
        )
        listed, self._listed = self._listed, is_decimal_row(text)
        text = undressed(lengths.with_units(text), self.dress, listed=listed)
        number = lengths.behind(text) if self.lengths else None
        if number is not None:
            text = text[: number.start] + "~" * (number.end - number.start) + text[number.end :]
        fragment, text = lengths.fragment(text)
        self._aside = []
        rows = self._read(line, text)
        if number is not None and rows[-1].kind is RowKind.BYTES:
            rows[-1] = replace(rows[-1], count=number.size, counted=True)
        rest = [*alone, *left_of(text, rows, self._aside)]
        if any(row.kind is not RowKind.BYTES or not row.bare for row in rows):
            self.offsets.at = 0
        rows = [self._unframed(row) for row in rows]
        self._follows = any(row.kind is RowKind.BYTES for row in rows)
        rows[0] = replace(rows[0], left=(*rows[0].left, *rest))
        return [
            replace(
                row, t=t, took=took, cut=row.cut or line.cut, part=fragment, lane=row.lane or lane
            )
            for row in rows
        ]

    def _read(self, line: Line, text: str) -> list[LogRow]:  # noqa: PLR0911 - kinds of lines
        special = _apdutool(line, text) or _eid(line, text) or _fields(line, text)
        if special:
            return special
        cut_time = self.clock.known and _HALF_TIME.fullmatch(text) is not None
        if self.offsets.is_end(text):
            return [LogRow(line, RowKind.NAMED, name="offset")]
        if _LC.search(text):
            return [LogRow(line, RowKind.NAMED, name="lc")]
        body = None if cut_time else self._dump_row(line, text)
        if body is not None:
            return [body]
        if cut_time:
            return [LogRow(line, RowKind.OTHER, left=(Run("", "", 0, len(text)),), key=text)]
        for start, end, what in names_of(text):
            self._aside.append((start, end, what))
            text = text[:start] + "~" * (end - start) + text[end:]
        for take, what in ((without_column, "text column"), (_unremarked, "remark")):
            size, text = len(text), take(text)
            self._aside.append((len(text), size, what))
        below = self._follows and line.text[:2].isspace()
        found = parts_of(text, leading=self.leading, goes_on=below)
        self._aside += found.aside
        if found.parts:
            return [_row(line, text, part) for part in found.parts]
        if found.named is not None:
            name, data, lane = found.named
            return [LogRow(line, RowKind.NAMED, data=data, lane=lane, name=name)]
        return [replace(_wordy(line, text), count=found.number, counted=found.counted)]

    def _dump_row(self, line: Line, text: str) -> LogRow | None:  # noqa: PLR0911
        """A row of nothing but bytes, perhaps with an offset in front and text behind."""
        text = _BUFFER.sub(lambda word: " " * len(word[0]), text, count=1)
        found = pieces(text)
        if not found or label(text[: found[0].start]).says is not None:
            return None
        if not _BEFORE.fullmatch(text[: found[0].start]):
            return None
        if is_pointer(found[0], text) and text[found[0].end + 1 :].strip():
            return None
        main, skipped = self.offsets.taken(found)
        if main is None or (skipped and label(text[found[0].end : main.start]).says is not None):
            return None
        main, text_behind = without_text(main, text)
        if not text_behind and not _BEHIND.match(text[main.end :]):
            return None
        if main.odd or (
            len(main.data) < 2
            and not (
                skipped or (self._follows and (text_behind or not text[main.end :].strip(" ,;)]}")))
            )
        ):
            return None
        if not text_behind and not skipped and label(text[: main.start]).says is not None:
            return None
        self.offsets.at += len(main.data)
        if skipped:
            self._aside.append((0, main.start, "offset"))
        if text_behind:
            self._aside.append((main.end, len(text), "text column"))
        cut = not text_behind and _ELLIPSIS.match(text[main.end :]) is not None
        shown = text[: main.end]
        return LogRow(line, RowKind.BYTES, data=main.data, bare=True, cut=cut, shown=shown)

    def _unframed(self, row: LogRow) -> LogRow:
        """The APDU in a frame of a reader's chip, or a remark that it is such a frame."""
        if row.kind is not RowKind.BYTES:
            return row
        inner = frames.chip_frame(row.data, asked=self._asked)
        self._asked = self._asked if inner == b"" else inner is not None and frames.asks(inner)
        if inner is None:
            return row
        if inner[:1] == frames.FROM_CHIP and self._direct:
            inner = inner[:-2]  # the status word of the reader, behind the one of the card
        self._direct = frames.is_direct(row.data)
        return unframed(row, inner)


def unframed(row: LogRow, inner: bytes) -> LogRow:
    """The row of an APDU in a frame of a reader's chip.

    Args:
        row: whose bytes are the frame.
        inner: what it holds for or from the chip (`frames.chip_frame`).
    """
    found = frames.apdu(inner)
    if found is None:
        return replace(row, kind=RowKind.NAMED, name="frame of the reader")
    role, data, why = found
    return replace(row, role=role, key=f"frame {role.name}", data=data, why=why or row.why)


def left_of(text: str, rows: list[LogRow], aside: list[tuple[int, int, str]]) -> list[Run]:
    """The bytes of a line that are in none of its rows.

    Args:
        text: the line without times.
        rows: what it says.
        aside: where bytes stand that are something else, and what.
    """
    found: list[Run] = []
    for start, end, name in aside:
        if runs(text[start:end]):
            digits = pieces(text[start:end])[0].digits if name == RETURN_CODE else ""
            found.append(Run(digits, name, start, end))
        text = text[:start] + "~" * (end - start) + text[end:]
    if any(row.why for row in rows):
        return found  # the whole line is marked
    return found + left(text, [data for row in rows for data in (row.data, row.sw or b"")])


def _eid(line: Line, text: str) -> list[LogRow]:
    found = _EID.search(text[: 1 << 16]) if "SCardTransmit(" in text else None
    if found is None:
        return []
    if found["command"]:
        return [LogRow(line, RowKind.BYTES, Says.COMMAND, "eid", bytes.fromhex(found["command"]))]
    return [LogRow(line, RowKind.STATUS, Says.ANSWER, "eid", sw=bytes.fromhex(found["sw"]))]


def _apdutool(line: Line, text: str) -> list[LogRow]:
    """Both sides in one line, as apdutool of the Java Card kit writes them.

    The Le it shows is the number of bytes that came; behind data the one that was sent is
    not told. An Lc of 0 is none: the byte behind such a header is the Le.
    """
    found = _APDUTOOL.fullmatch(text) if "SW1:" in text else None
    if found is None:
        return []
    header, size, data, count, answer, sw = (
        bytes.fromhex(re.sub(r"[^0-9a-f]", "", re.sub(r"[A-Z]+[0-9a-z]?:", "", part)))
        for part in found.groups()
    )
    tail = size + data if size[0] else count
    why = "" if size[0] == len(data) else f"Lc {size[0]:02X} announces other than {len(data)} bytes"
    lost = "" if count[0] == len(answer) & 0xFF else "Le says another number of bytes"
    return [
        LogRow(line, RowKind.BYTES, Says.COMMAND, "apdutool", header + tail, why=why),
        LogRow(line, RowKind.BYTES, Says.ANSWER, "apdutool answer", answer, sw, why=lost)
        if answer
        else LogRow(line, RowKind.STATUS, Says.ANSWER, "apdutool answer", sw=sw),
    ]


def _fields(line: Line, text: str) -> list[LogRow]:
    """A command that is written field by field."""
    found = _FIELDS.search(text[: 1 << 12])
    if found is None:
        return []
    header = bytes.fromhex(found["cla"] + found["ins"] + found["p1"] + found["p2"])
    values = {
        one["name"].lower(): "".join((one["value"] or "").split())
        for one in _FIELD.finditer(found["rest"])
    }
    size = values.get("lc") or values.get("p3") or ""
    digits, le = values.get("data", ""), values.get("le", "")
    data = header
    why = ""
    if len(digits) % 2:
        why = "an odd number of digits"
        return [LogRow(line, RowKind.BYTES, Says.COMMAND, "fields", header, why=why)]
    body = bytes.fromhex(digits)
    if body:
        data += bytes((len(body) & 0xFF,)) + body
        if size and int(size, 16) != len(body) and size != str(len(body)):
            why = f"Lc {size} announces other than the {len(body)} bytes of data"
    elif len(values.get("p3", "")) == 2:
        data += bytes.fromhex(values["p3"])  # of T=0: what is asked for
    if le == "0":
        le, why = "", why or "expected two digits of Le: 0 may be none, or 00"
    if le.isdigit() and len(le) != 2 and int(le) <= _ALL:
        le = f"{int(le) & 0xFF:02x}"  # a number: 4, 256
    if len(le) == 2 and le != "-1":
        data += bytes.fromhex(le)
    logical = "em=" in text or values.get("le") == "0"  # what was sent may follow
    logical |= not body and values.get("lc", "").strip("0") != ""
    row = LogRow(line, RowKind.BYTES, Says.COMMAND, "fields", data, why=why, logical=logical)
    return [replace(row, lane=lane_word(text[: found.start()]))]


def _unremarked(text: str) -> str:
    """The line up to a remark behind its bytes; the end of a name is none: ``gate-1 | ...``."""
    found = [piece for piece in pieces(text) if not _NAME_END.search(text[: piece.start])]
    if not found:
        return text
    remark = _REMARK.search(text, found[0].start)
    if remark is None:
        return text
    behind = next((piece for piece in found if piece.start >= remark.end()), None)
    if remark[0] == "|" and behind is not None:
        says = label(text[remark.end() : behind.start]).says
        if says in {*SIDES, Says.APDU, Says.STATUS, Says.SW1}:
            return text  # a bar between command and answer
    return text[: remark.start()]


def _wordy(line: Line, text: str) -> LogRow:
    """A line without bytes that are an APDU."""
    text = without_end(text)
    stray = any(not run.name for run in runs(text))
    if stray or not text.strip() or len(text) > _HEADER_LIKE:
        return LogRow(line, RowKind.OTHER, key=text[:80])
    says = label(text)
    role = Says.COMMAND if says.says is Says.APDU else says.says if says.says in SIDES else None
    telling = role is not None and (says.says is not Says.APDU or _APDU_LAST.search(text))
    if not telling and text[-1] not in ":>=-":
        return LogRow(line, RowKind.OTHER, key=text[:80])
    weak = says.weak or says.says is Says.APDU
    name = (NAMES.findall(text) or ["named"])[-1].lower() if _is_named(says) else ""
    return LogRow(line, RowKind.HEADER, role, says.key, lane=lane_word(text), weak=weak, name=name)


def _is_named(says: Label) -> bool:
    """The words are for something else than an APDU, whoever sends it."""
    return says.says is Says.NAMED and says.side is None


def _row(line: Line, text: str, part: Part) -> LogRow:
    piece = part.piece
    lane = lane_word(part.front)
    key = part.label.key
    if piece is None:
        return LogRow(
            line, RowKind.STATUS, part.role, key, sw=part.sw, lane=lane, count=part.count,
            counted=part.counted,
        )  # fmt: skip
    why = part.why
    piece, shown = without_text(_trimmed(piece, text, part.role), text)
    shown = shown and text[piece.end :].strip() != ""
    why = "" if shown else why
    behind = "" if shown else text[piece.end :]
    if not why and (_HALF_HEX.match(behind) or len(piece.data) > MAX_APDU):
        read = parse_loose(text[piece.start :], line)
        why = read if isinstance(read, str) else ""
    return LogRow(
        line, RowKind.BYTES, part.role, key, piece.data, part.sw or None, part.count, lane=lane,
        why=why, counted=part.counted,
        weak=part.label.weak or part.label.says is Says.APDU,
        bare=bool(part.sw) and not key and _BEFORE.fullmatch(part.front) is not None,
        shown=text[: piece.end],
        neutral=not part.label.key or part.label.says in {Says.DATA, Says.LENGTH},
        cut=_ELLIPSIS.match(behind) is not None, logical=part.label.wrapped,
        name="atr" if part.label.atr else "",
    )  # fmt: skip


def _trimmed(piece: HexPiece, text: str, role: Says | None) -> HexPiece:
    """Without words at the end that happen to be hex digits: ``90 00 be careful``."""
    if not _WORD_BEHIND.match(text[piece.end :]):
        return piece
    if role is not Says.ANSWER or label(text[piece.end :]).says is not None:
        return piece
    for size in range(len(piece.groups) - 1, max(1, len(piece.groups) - 3), -1):
        if not all(nibble >= 0x0A for byte in piece.groups[size] for nibble in divmod(byte, 16)):
            break
        shorter = sub(piece, 0, size)
        if shorter.data[-2:] == b"\x90\x00":
            return shorter
    return piece
