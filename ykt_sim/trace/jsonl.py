"""Traces as JSON Lines: a header line, then one event a line.

::

    {"format":"ykt-trace","version":1,"created":"2017-11-01T08:00:00","source":"bench",...}
    {"t":0.0,"ch":"card","ev":"reset","atr":"3B8F80014D54"}
    {"t":0.001,"ch":"card","c":"00A40400085041592E41505059","r":"6F0A84085041592E415050599000","ms":0.3}
    {"t":0.5,"ch":"card","ev":"removed"}
    {"t":0.5,"ev":"note","text":"refused","data":{"code":"2449"}}

A file may hold several recordings, each behind a note that names it and says in which of the
header's fields it differs::

    {"t":0.0,"ev":"note","text":"recording","data":{"name":"C-0101","created":"2017-11-01"}}

Reading is a stream: one line in memory at a time, of at most `MAX_LINE` characters. What
is wrong with a file comes out as `TraceError` with the number of the line. Blank lines
are skipped. A file of an older version passes through one converter per step
(`CONVERTERS`), a file of a newer one is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol, TypeAlias

import msgspec

from ykt_sim.errors import TraceError
from ykt_sim.trace.model import (
    VERSION,
    Channel,
    Event,
    Exchange,
    Header,
    Note,
    Recorded,
    Removed,
    Reset,
    Trace,
)

FORMAT: Final = "ykt-trace"
#: Text of the note that begins one of several recordings in a file.
RECORDING: Final = "recording"
#: Characters in one line; a short APDU needs under 1,200, a note may hold a record.
MAX_LINE: Final = 1 << 20

JsonObject: TypeAlias = dict[str, object]
#: Turns one line's object of version n into version n+1; the header line comes first.
Converter: TypeAlias = Callable[[JsonObject], JsonObject]

#: Version to the converter that leads to the next version. Version 1 is the first.
CONVERTERS: Final[dict[int, Converter]] = {}

_decode: Final = msgspec.json.Decoder(JsonObject).decode
_encode: Final = msgspec.json.Encoder().encode


class TextSink(Protocol):
    """Anything text can be written to."""

    def write(self, text: str, /) -> object:
        """Take the text."""


#: Text, an open file (opened as bytes, bad UTF-8 is named with its exact line), or lines.
Lines: TypeAlias = str | Iterable[str] | Iterable[bytes]


def _until_empty(readline: Callable[[int], str | bytes]) -> Iterator[str | bytes]:
    while line := readline(MAX_LINE + 1):
        yield line


def _numbered(source: Lines) -> Iterator[tuple[int, str]]:
    """Number the lines, never holding more than MAX_LINE characters of an open file."""
    if isinstance(source, str):
        source = source.split("\n")  # JSON text may hold other line separators
    readline = getattr(source, "readline", None)
    lines: Iterator[str | bytes]
    lines = _until_empty(readline) if readline else iter(source)
    number = 0
    while True:
        number += 1
        try:
            found = next(lines)
            if len(found) > MAX_LINE:
                raise TraceError(f"line {number}: longer than {MAX_LINE} characters")
            line = found if isinstance(found, str) else found.decode()
        except StopIteration:
            return
        except UnicodeDecodeError:
            raise TraceError(f"line {number}: not UTF-8 text") from None
        if line.strip():
            yield number, line


def _object(number: int, line: str) -> JsonObject:
    try:
        return _decode(line)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError) as error:
        raise TraceError(f"line {number}: expected one JSON object: {error}") from None
    except RecursionError:
        raise TraceError(f"line {number}: nested too deeply") from None


class TraceReader:
    """Reads a trace as a stream: `header` at once, then the events by iterating once."""

    def __init__(
        self,
        source: Lines,
        *,
        version: int = VERSION,
        converters: Mapping[int, Converter] = CONVERTERS,
    ) -> None:
        """Read the header line.

        Args:
            source: text, an open file (text or bytes), or any iterable of lines.
            version: the version to arrive at.
            converters: steps from older versions, by the version they start from.

        Raises:
            TraceError: empty, not this format, or a version nobody can convert.
        """
        self._lines = _numbered(source)
        first = next(self._lines, None)
        if first is None:
            raise TraceError("line 1: expected a trace header, the file is empty")
        number, line = first
        head = _object(number, line)
        if head.pop("format", None) != FORMAT:
            raise TraceError(f'line {number}: expected a header with "format":"{FORMAT}"')
        found = head.get("version")
        if not isinstance(found, int) or isinstance(found, bool):
            raise TraceError(f"line {number}: expected a whole number as version, got {found!r}")
        if found > version:
            raise TraceError(
                f"line {number}: version {found} is newer than {version}, the newest known here"
            )
        self._steps: list[Converter] = []
        for step in range(found, version):
            if step not in converters:
                raise TraceError(f"line {number}: version {found} cannot be read any more")
            self._steps.append(converters[step])
        head = self._convert(number, head)
        head["version"] = version
        try:
            self.header = msgspec.convert(head, Header)
        except msgspec.ValidationError as error:
            raise TraceError(f"line {number}: header: {error}") from None

    def _convert(self, number: int, item: JsonObject) -> JsonObject:
        for step in self._steps:
            try:
                item = step(item)
            except (KeyError, TypeError, ValueError) as error:
                raise TraceError(f"line {number}: cannot be converted: {error!r}") from None
        return item

    def __iter__(self) -> Iterator[Event]:
        """Yield the events; raises TraceError with the line number at a damaged one."""
        for number, line in self._lines:
            item = self._convert(number, _object(number, line))
            try:
                yield _event(item)
            except TraceError as error:
                raise TraceError(f"line {number}: {error}") from None


def _event(item: JsonObject) -> Event:
    """Make an event from one line's object; TraceError says what is wrong with it."""
    rest = dict(item)
    t = _seconds("t", rest.pop("t", None))
    kind = rest.pop("ev", "exchange")
    event: Event
    if kind == "note":
        text, data = rest.pop("text", None), rest.pop("data", {})
        if not isinstance(text, str) or not isinstance(data, dict):
            raise TraceError('a note needs "text", and "data" must be an object')
        event = Note(t=t, text=text, data=data)
    elif kind == "reset":
        event = Reset(t=t, channel=_channel(rest), atr=_hex("atr", rest))
    elif kind == "removed":
        event = Removed(t=t, channel=_channel(rest))
    elif kind == "exchange":
        channel, command, response = _channel(rest), _hex("c", rest), _hex("r", rest)
        ms = rest.pop("ms", None)
        if not command:
            raise TraceError('"c" is empty')
        event = Exchange(
            t=t,
            channel=channel,
            command=command,
            response=response,
            duration_ms=None if ms is None else _seconds("ms", ms),
        )
    else:
        raise TraceError(f"unknown event {kind!r}")
    if rest:
        raise TraceError(f"unknown key {next(iter(rest))!r}")
    return event


def _seconds(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TraceError(f'expected a number as "{key}", got {value!r}')
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not 0 <= number < math.inf:
        raise TraceError(f'"{key}" must be a finite number from 0 up, got {value!r}')
    return number


def _channel(item: JsonObject) -> Channel:
    channel = item.pop("ch", None)
    if channel == "card":
        return "card"
    if channel == "sam":
        return "sam"
    raise TraceError(f'expected "card" or "sam" as "ch", got {channel!r}')


def _hex(key: str, item: JsonObject) -> bytes:
    text = item.pop(key, None)
    if not isinstance(text, str):
        raise TraceError(f'expected hex text as "{key}", got {text!r}')
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = None
    if data is None or len(text) != 2 * len(data):
        raise TraceError(f'"{key}" is not hex: {text[:40]!r}')
    return data


def read_trace(source: Lines) -> Trace:
    """Read a whole trace from text, an open file or lines; raises TraceError."""
    reader = TraceReader(source)
    return Trace(header=reader.header, events=tuple(reader))


def header_line(header: Header) -> str:
    """Give the first line of a file, without a line end."""
    return _encode({"format": FORMAT, **msgspec.structs.asdict(header)}).decode()


def event_line(event: Event) -> str:
    """Give the line of one event, without a line end."""
    item: JsonObject = {"t": event.t}
    if isinstance(event, Note):
        item |= {"ev": "note", "text": event.text, "data": event.data}
    elif isinstance(event, Reset):
        item |= {"ch": event.channel, "ev": "reset", "atr": event.atr.hex().upper()}
    elif isinstance(event, Removed):
        item |= {"ch": event.channel, "ev": "removed"}
    else:
        item |= {
            "ch": event.channel,
            "c": event.command.hex().upper(),
            "r": event.response.hex().upper(),
        }
        if event.duration_ms is not None:
            item["ms"] = event.duration_ms
    return _encode(item).decode()


class TraceWriter:
    """Writes a trace as it happens: the header at once, then an event per call."""

    def __init__(self, file: TextSink, header: Header) -> None:
        self._file = file
        file.write(header_line(header) + "\n")

    def write(self, event: Event) -> None:
        """Append one event."""
        self._file.write(event_line(event) + "\n")

    __call__ = write


def write(trace: Recorded, out: TextSink) -> None:
    """Write a whole trace event by event."""
    writer = TraceWriter(out, trace.header)
    for event in trace.events:
        writer.write(event)


def recording_note(name: str, header: Header, shared: Header) -> Note:
    """The note that begins a recording in a file of several, whose header is ``shared``."""
    ours, theirs = msgspec.structs.asdict(header), msgspec.structs.asdict(shared)
    differing = {key: value for key, value in ours.items() if value != theirs[key]}
    return Note(t=0.0, text=RECORDING, data={"name": name, **differing})


def recording_of(note: Note, shared: Header) -> tuple[str, Header]:
    """Name and header of the recording that a note begins; raises TraceError."""
    fields = dict(note.data)
    name = fields.pop("name", None)
    if not isinstance(name, str) or not name:
        raise TraceError(f"expected the name of a recording, got {str(name)[:40]!r}")
    try:
        return name, msgspec.convert({**msgspec.structs.asdict(shared), **fields}, Header)
    except msgspec.ValidationError as error:
        raise TraceError(f"recording {name[:40]!r}: {error}") from None


def write_trace(trace: Trace) -> str:
    """Give the whole file as text."""
    lines = [header_line(trace.header), *(event_line(event) for event in trace.events)]
    return "\n".join(lines) + "\n"
