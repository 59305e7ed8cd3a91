r"""What pcsc-spy prints.

::

    SCardTransmit
     i hCard: 0x0A6D7A8D
     i bSendLength 0x00000005 (5)
     i bSendBuffer
     i  0000 80 5C 00 02 04                                  .\...
     o bRecvLength 0x00000006 (6)
     o bRecvBuffer
     o  0000 00 00 27 10 90 00                               ..'...
     => Command successful. (SCARD_S_SUCCESS [0x00000000])  [0.000756]

``i`` goes in, ``o`` comes out. Every further thread is indented by four blanks more, and
``-t`` writes its number. ``-d`` hides handles and durations. There are no times, only how
long a call took; versions before 1.8.9 wrote these microseconds with nine digits.

Not read: SCardControl; buffers that ``-d`` leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.hexrows import Dump, Read, parse_counted, too_many
from ykt_sim.trace.readers.pairs import MAX_OPEN, bad_line
from ykt_sim.trace.readers.pcsc_calls import ATTR_ATR, Calls, PcscCall

_LINE: Final = re.compile(
    r"(?P<pad> {0,400})(?:\(t(?P<thread>[0-9]{1,4})\) )?(?P<gap> ?)"
    r"(?:(?P<call>SCard[A-Za-z]{1,40})|(?P<side>[io]) (?P<text>.*)|=> (?P<result>.*))",
    re.DOTALL,
)
_RV: Final = re.compile(r"\[(0x[0-9A-Fa-f]{1,16})\]")
_TOOK: Final = re.compile(r"\[([0-9]{1,6})\.([0-9]{6}|[0-9]{9})\]\s*\Z")
_HEX: Final = re.compile(r"0x[0-9A-Fa-f]{1,16}")
_SNIFF: Final = re.compile(
    r"^ {0,400}(?:\(t[0-9]{1,4}\) )? ?[io] [bhds][A-Za-z]{3,20}:? ", re.MULTILINE
)
_CALL: Final = re.compile(r"^ {0,400}(?:\(t[0-9]{1,4}\) )?SCard[A-Za-z]{1,40}$", re.MULTILINE)

_BUFFERS: Final = {"bSendBuffer": "bSendLength", "bRecvBuffer": "bRecvLength", "bAttr": "bAttrLen"}


def _sniff(head: bytes) -> int:
    text = head_text(head)
    return 96 if _CALL.search(text) and _SNIFF.search(text) else 0


def _value(text: str) -> int:
    number = _HEX.search(text)
    return int(number[0], 16) if number is not None else 0


class _Thread:
    """The call one thread is in."""

    def __init__(self, source: Source, call: PcscCall | None = None) -> None:
        self._source = source
        self.call = call
        self._lengths: dict[str, int] = {}
        self._field = ""
        self._dump: Dump | None = None
        self._is_atr = False

    def parameter(self, text: str, line: Line) -> str:
        """Take one parameter; gives what is wrong with it, or nothing."""
        if self.call is None:
            return "expected the name of a call before its parameters"
        if text.startswith(" ") and self._field:
            return self._row(text[1:].lstrip(" ") if "NULL" in text else text[1:], line)
        self._close()
        name, _, value = text.strip().partition(" ")
        name = name.rstrip(":")
        value = value.strip()
        if name in _BUFFERS:
            self._open(name)
        elif text.startswith(" "):
            self._source.passed(line, text)
        elif name == "bAtr":
            count = self._lengths.get("bAtrLen", 0)
            if value and value != "NULL":
                self.call.atr = too_many(count) or parse_counted(value, count, line)
        else:
            self._plain(self.call, name, value)
        return ""

    def _plain(self, call: PcscCall, name: str, value: str) -> None:
        if name in {"hCard", "phCard"}:
            if _value(value) or name == "hCard":
                call.handle = value.partition(" ")[0]
        elif name == "szReader":
            call.reader = value
        elif name in {"dwDisposition", "dwInitialization"}:
            call.disposition = _value(value)
        elif name == "dwAttrId":
            self._is_atr = _value(value) == ATTR_ATR
        elif name in {"bSendLength", "bRecvLength", "bAttrLen", "bAtrLen"}:
            self._lengths[name] = _value(value)

    def _open(self, name: str) -> None:
        self._field = name
        count = self._lengths.get(_BUFFERS[name], 0)
        why = too_many(count)
        if why:
            self._keep(why)
            self._field = ""
        else:
            self._dump = Dump(count, offsets=True)

    def _row(self, text: str, line: Line) -> str:
        if text.strip() == "NULL":
            self._dump, self._field = None, ""
            return ""
        if self._dump is None:
            self._source.passed(line, text)
            return ""
        if self.call is not None:
            self.call.buffers.append(line.number)
        why = self._dump.row(text) if self._dump.missing else "expected no more rows"
        if why:
            self._keep(why)
            self._dump, self._field = None, ""
        return ""

    def _close(self) -> None:
        if self._dump is not None:
            self._keep(self._dump.read())
        self._dump, self._field = None, ""

    def _keep(self, data: Read) -> None:
        if self.call is None:
            return
        if self._field == "bSendBuffer":
            self.call.sent = data
        elif self._field == "bRecvBuffer":
            self.call.received = data
        elif self._is_atr:
            self.call.atr = data

    def end(self, result: str) -> PcscCall | None:
        """The call comes back, or the file ends."""
        self._close()
        call, self.call = self.call, None
        rv = _RV.search(result)
        if call is None or rv is None:
            return call
        call.rv, call.rv_text = int(rv[1], 16) & 0xFFFFFFFF, rv[1]
        took = _TOOK.search(result)
        if took is not None:
            call.duration_ms = round(int(took[1]) * 1000 + int(took[2]) / 1000, 3)
        return call


def _read(source: Source) -> Iterator[Found]:
    calls = Calls(source)
    threads: dict[str, _Thread] = {}

    def end(thread: _Thread, result: str) -> list[Found]:
        call = thread.end(result)
        if call is None or (call.rv is None and call.name != "SCardTransmit"):
            return []
        return calls.done(call)

    for line in source.lines():
        found = _LINE.match(line.text)
        if found is None:
            source.passed(line)
            continue
        name = found["thread"] or str(len(found["pad"] + found["gap"]) // 4)
        thread = threads.get(name)
        if thread is None:
            if len(threads) >= MAX_OPEN:
                yield from end(threads.pop(next(iter(threads))), "")
            thread = threads[name] = _Thread(source)
        if found["call"]:
            yield from end(thread, "")
            threads[name] = _Thread(source, PcscCall(found["call"], 0.0, line))
        elif found["side"]:
            why = thread.parameter(found["text"], line)
            if why and found["text"].strip().startswith(("bSend", "bRecv")):
                yield bad_line(f"thread {name}", 0.0, why, line)
        else:
            yield from end(thread, found["result"])
    for thread in threads.values():
        yield from end(thread, "")


FORMAT: Final = Format(
    name="pcsc-spy-pretty",
    title="output of pcsc-spy",
    sniff=_sniff,
    read=by_card(_read),
    aliases=("pcsc-spy-text",),
)
