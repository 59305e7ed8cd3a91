"""What every reader of a foreign trace format shares: where bytes come from, what comes out.

A reader is a generator. It takes a `Source` and yields `Found` events one by one, in the
order of the file, keeping nothing but the exchange it is in the middle of: a file of any
size passes through in bounded memory.

Rules for all of them:

* No exchange is invented. A command without an answer comes out with an empty response, an
  answer without a command only as a `broken` note, half a line as a `broken` note.
* An answer ends in a status word (`ends_in_sw`), or it is no answer.
* Nothing is lost silently: what looks like part of an exchange and cannot be used is a
  `broken` note with its offset in the file and what was expected there. Lines of text that
  are none of the format's business (log chatter), and what stands behind the bytes of a line
  that is, go to `Source.passed`, which tells the bytes in them.
* No input raises anything but `TraceError`, and that only where nothing of the file can be
  used: wrong file kind, wrong version.
* What a file says of a whole conversation (when it was recorded, which card it was) is the
  conversation's first event: the note that `header_note` makes. Most formats say nothing of
  it and have no such note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import BinaryIO, Final, NamedTuple

import msgspec

from ykt_sim.textfile import UTF_8, decode, decode_line, encoding_of
from ykt_sim.trace.model import Event, Note
from ykt_sim.trace.readers.account import Account
from ykt_sim.trace.readers.runs import Run, runs

#: Bytes a `sniff` function gets to see.
HEAD: Final = 1 << 16
#: Bytes of one line; what is longer comes out cut, with `Line.cut` set.
MAX_LINE: Final = 1 << 20
#: Text of the note that stands where a file is damaged or says something unusable.
BROKEN: Final = "broken"
#: Text of the note that holds fields of `ykt_sim.trace.model.Header`; first of its session.
HEADER: Final = "header"
_CHUNK: Final = 1 << 18
_SHOWN: Final = 60
#: Characters of a line whose runs are remembered.
_SHORT: Final = 160
_ANSI: Final = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")


class Found(NamedTuple):
    """One event with the conversation it belongs to.

    Attributes:
        session: name of the conversation inside the file, e.g. the reader's name, a handle
            or ``card 2``; events of one session make one trace. A card that comes back
            (same ATR or UID) stays in its session, another one opens a new session.
        event: times are seconds since the first time stamp of the file, never negative,
            0.0 for everything where the format has no times.
    """

    session: str
    event: Event


class Line(NamedTuple):
    """One line of text.

    Attributes:
        number: from 1.
        offset: of its first byte in the file.
        text: without line end, colour codes and byte order mark.
        cut: it was longer than `MAX_LINE` and the rest of it was dropped.
    """

    number: int
    offset: int
    text: str
    cut: bool = False


@lru_cache(maxsize=256)
def _chatter(text: str) -> tuple[Run, ...]:
    return tuple(runs(text))


class Source:
    """A file that is read once, forwards, and never held whole.

    Args:
        stream: opened as bytes; need not be seekable.
        name: for messages.
        progress: told the number of bytes taken from the stream so far, now and then.

    Attributes:
        head: the first `HEAD` bytes, for `Format.sniff`; still to be read.
        offset: of the next byte that `read` or `lines` will give.
        account: of the bytes in its lines that are in no event.
        partial: the line that `lines` gave last has no line end: it is the last one of the
            file and perhaps only the beginning of what was to be written.
    """

    def __init__(
        self,
        stream: BinaryIO,
        name: str = "trace",
        progress: Callable[[int], object] = lambda _count: None,
    ) -> None:
        self.name = name
        self.offset = 0
        self.account = Account()
        self.partial = False
        self._stream = stream
        self._progress = progress
        self._buffer = b""
        self._at = 0
        self._ended = False
        while len(self._buffer) < HEAD and not self._ended:
            self._fill(HEAD)
        self.head = self._buffer[:HEAD]

    def _fill(self, count: int = _CHUNK) -> None:
        more = self._stream.read(count)
        self._ended = not more
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
        self._progress(self.offset + len(self._buffer))

    def _take(self, end: int) -> bytes:
        data = self._buffer[self._at : end]
        self._at = end
        self.offset += len(data)
        return data

    def read(self, count: int) -> bytes:
        """The next bytes: as many as asked for, fewer only at the end of the file."""
        end = self._at + count
        if end <= len(self._buffer):
            data = self._buffer[self._at : end]
            self._at = end
            self.offset += count
            return data
        while len(self._buffer) - self._at < count and not self._ended:
            self._fill(max(_CHUNK, count - len(self._buffer) + self._at))
        return self._take(min(len(self._buffer), self._at + count))

    def lines(self) -> Iterator[Line]:
        """The rest of the file as text, its encoding told by trial (`ykt_sim.textfile`).

        Line ends are LF or CR LF; bad bytes become U+FFFD, colour codes are taken out.
        """
        encoding = encoding_of(self.head) if self.offset == 0 else UTF_8
        newline = "\n".encode(encoding)
        number = 0
        while True:
            offset = self.offset
            raw = self._short() if encoding == UTF_8 else b""
            if raw and raw.isascii() and b"\x1b" not in raw:
                # As what follows reads it: nothing to decode, no mark, no colours.
                number += 1
                self.partial = False
                yield Line(number, offset, raw.decode("ascii").rstrip("\r\n"))
                continue
            raw = raw or self._line(newline)
            if not raw:
                return
            number += 1
            text = decode_line(raw[:MAX_LINE], encoding).removeprefix("\ufeff")
            if "\x1b" in text:
                text = _ANSI.sub("", text)
            cut = len(raw) > MAX_LINE
            self.partial = not cut and not raw.endswith(newline)
            yield Line(number, offset, text.rstrip("\r\n"), cut)

    def passed(self, line: Line, text: str | None = None) -> None:
        """The reader has no use for a line, or for a part of it: its bytes are told.

        Args:
            line: as `lines` gave it.
            text: the part, the whole line without.
        """
        text = line.text if text is None else text
        # What a program says again and again is looked at once.
        if found := _chatter(text) if len(text) < _SHORT else runs(text):
            self.account.told(found, line.number)

    def byte_lines(self) -> Iterator[bytes]:
        """The rest of the file as lines with their ends; of a longer one `MAX_LINE` + 1 bytes."""
        while raw := self._line(b"\n"):
            yield raw

    def _short(self) -> bytes:
        """A whole line with its end that is in the buffer and not too long, else nothing."""
        at = self._at
        end = self._buffer.find(b"\n", at, at + MAX_LINE) + 1
        if not end:
            return b""
        self._at = end
        self.offset += end - at
        return self._buffer[at:end]

    def _line(self, newline: bytes) -> bytes:
        """A line with its end; of a longer one the first `MAX_LINE` + 1 bytes."""
        kept = b""
        while True:
            end = self._end_of_line(newline)
            if end >= 0 or self._ended:
                kept += self._take(end if end >= 0 else len(self._buffer))
                return kept[: MAX_LINE + 1]
            if len(self._buffer) - self._at > MAX_LINE:
                # An endless line: keep its beginning, let the rest go by. An even number of
                # bytes is taken, so that a unit of UTF-16 is never cut in two.
                whole = (len(self._buffer) - self._at) & ~1
                kept = (kept + self._take(self._at + whole))[: MAX_LINE + 1]
            self._fill()

    def _end_of_line(self, newline: bytes) -> int:
        at = self._buffer.find(newline, self._at)
        while at >= 0 and (at - self._at) % len(newline):
            at = self._buffer.find(newline, at + 1)
        return at + len(newline) if at >= 0 else -1


def ends_in_sw(answer: bytes) -> bool:
    """The last two bytes may be a status word (ISO/IEC 7816-4: 6XXX but 60XX, or 9XXX)."""
    return len(answer) >= 2 and answer[-2] >> 4 in {6, 9} and answer[-2] != 0x60


def no_sw(answer: bytes) -> str:
    """What is wrong with an answer that does not end in a status word, or nothing."""
    if ends_in_sw(answer):
        return ""
    found = answer[-2:].hex().upper() or "nothing"
    return f"expected a status word (6XXX or 9XXX) at the end, found {found}"


def head_text(head: bytes) -> str:
    """The beginning of a file as `Source.lines` would show it, for `Format.sniff`."""
    text = decode(head)
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    return text.replace("\r\n", "\n")


def broken(
    session: str, t: float, why: str, *, offset: int, line: int | None = None, raw: str = ""
) -> Found:
    """A marker for a place that cannot be used.

    Args:
        session, t: as in `Found`.
        why: what was expected and what was there.
        offset: in the file; `line` from 1 for text.
        raw: what stood there, cut to 60 characters.
    """
    data: dict[str, object] = {"why": why, "offset": offset}
    if line is not None:
        data["line"] = line
    if raw:
        data["raw"] = raw[:_SHOWN]
    return Found(session, Note(t=t, text=BROKEN, data=data))


def header_note(session: str, t: float = 0.0, **fields: object) -> Found:
    """What the file says of a whole conversation, by the names of `model.Header`."""
    return Found(session, Note(t=t, text=HEADER, data=fields))


class Format(msgspec.Struct, frozen=True):
    """A foreign format.

    Attributes:
        name: for ``--from``, e.g. ``pcscd``.
        title: one line for people, naming the program that writes it.
        sniff: how sure a file's first bytes (`HEAD` at most) are of this format: 0 not at
            all, 100 a magic number or an unmistakable line, 50 plausible, 10 last resort.
        read: yields what is found in a source.
    """

    name: str
    title: str
    sniff: Callable[[bytes], int]
    read: Callable[[Source], Iterator[Found]]
    aliases: tuple[str, ...] = ()
