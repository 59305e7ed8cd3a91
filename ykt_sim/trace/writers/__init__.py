"""Writers of traces: our own format and other programs', one file each for theirs.

`WRITERS` is the table: what a format is called, how it is made, and what of a trace it
cannot carry. A module is imported when it is used.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final, Protocol, TypeAlias

import msgspec

from ykt_sim.trace.iso14443 import historical_of, pseudo_atr
from ykt_sim.trace.model import Event, Note, Recorded, Reset

__all__ = ["WRITERS", "BinarySink", "Lost", "Write", "Writer", "late", "many", "nothing"]

#: Seconds after which Proxmark3's 32 bits of carrier periods begin anew.
_WRAPS: Final = (1 << 32) / 13.56e6


class BinarySink(Protocol):
    """Anything bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Take the bytes."""


Write: TypeAlias = Callable[[Recorded, str, BinarySink], None]
Lost: TypeAlias = Callable[[Recorded], Iterator[str]]


class Writer(msgspec.Struct, frozen=True):
    """A format that can be written.

    Attributes:
        title: one line for people.
        write: writes a trace, given the name of the file it is from; piece by piece where the
            format allows that, so that the trace may be of any length.
        lost: what of a trace the format cannot carry, one line each.
        read_as: name of the reader that takes the file back; empty for what people read.
        binary: not for a terminal.
    """

    title: str
    write: Write
    lost: Lost
    read_as: str = ""
    binary: bool = False

    def make(self, trace: Recorded, name: str) -> bytes:
        """The whole file in memory."""
        out = io.BytesIO()
        self.write(trace, name, out)
        return out.getvalue()


class _Encoded:
    """Takes text for a file of bytes."""

    def __init__(self, out: BinarySink) -> None:
        self._out = out

    def write(self, text: str) -> None:
        self._out.write(text.encode())


def late(place: str) -> Callable[..., Any]:
    """A function that is imported when it is called."""

    def call(*given: Any, **more: Any) -> Any:
        module, _, attribute = place.partition(":")
        return getattr(import_module(module), attribute)(*given, **more)

    return call


def _binary(write: Callable[..., object]) -> Write:
    return lambda trace, _name, out: _drop(write(trace, out))


def _text(write: Callable[..., object]) -> Write:
    return lambda trace, _name, out: _drop(write(trace, _Encoded(out)))


def _drop(_value: object) -> None:
    """A writer gives nothing back."""


# -- what is lost ----------------------------------------------------------------------


def nothing(_trace: Recorded) -> Iterator[str]:
    """Everything of a trace is carried."""
    yield from ()


def _radio(trace: Recorded) -> Iterator[str]:
    """What was not between reader and card, and what the air does not know."""
    sam = sum(not isinstance(event, Note) and event.channel == "sam" for event in trace.events)
    if sam:
        yield f"{many(sam, 'event')} of the SAM, which is not on the air"
    notes = sum(isinstance(event, Note) for event in trace.events)
    if notes:
        yield many(notes, "note")
    unknown = sum(
        event.channel == "card" and bool(event.response) and event.duration_ms is None
        for event in trace.exchanges
    )
    if unknown:
        yield f"that {many(unknown, 'duration')} are not known: they come out as 0 ms"
    changed = sum(_changed(event) for event in trace.events)
    if changed:
        yield (
            f"{many(changed, 'ATR')} that no contactless card has: of each the historical "
            "bytes are kept where there are any"
        )
    header = trace.header
    said = [name for name in ("source", "card", "terminal", "provenance") if getattr(header, name)]
    if said:
        yield f"of the header: {', '.join(said)}"


def _changed(event: Event) -> bool:
    if not isinstance(event, Reset) or event.channel != "card":
        return False
    return pseudo_atr(historical_of(event.atr) or b"") != event.atr


def _proxmark(trace: Recorded) -> Iterator[str]:
    yield from _radio(trace)
    if trace.header.created:
        yield "the time of day"
    gone = sum(type(event).__name__ == "Removed" for event in trace.events)
    if gone:
        yield f"{many(gone, 'removal')}: the format does not say that the field went off"
    last = max((event.t for event in trace.events), default=0.0)
    if last > _WRAPS:
        yield f"times: they start anew after {_WRAPS:.0f} s, and the trace has {last:.0f} s"


def many(count: int, what: str) -> str:
    """A count in words: ``1 note``, ``2 notes``."""
    return f"1 {what}" if count == 1 else f"{count} {what}s"


WRITERS: Final[Mapping[str, Writer]] = {
    "native": Writer(
        "trace of ykt-sim (JSON Lines)", _text(late("ykt_sim.trace.jsonl:write")), nothing, "native"
    ),
    "pcapng": Writer(
        "radio capture for Wireshark: pcapng, link type 264",
        _binary(late("ykt_sim.trace.writers.pcapng:write")), _radio, "pcap14443", binary=True,
    ),
    "proxmark-list": Writer(
        "what Proxmark3's 'trace list -t 14a' prints",
        _text(late("ykt_sim.trace.writers.proxmark:write")), _proxmark, "proxmark-list",
    ),
    "proxmark-trace": Writer(
        "what Proxmark3's 'trace save' stores",
        _binary(late("ykt_sim.trace.writers.proxmark:write_binary")), _proxmark, "proxmark-trace",
        binary=True,
    ),
}  # fmt: skip
