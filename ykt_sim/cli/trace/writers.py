"""The formats that `ykt trace convert` writes, and what each of them cannot carry.

`WRITERS` is the table. A writer's module is imported when it is used.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Protocol, TypeAlias

from ykt_sim.trace.iso14443 import historical_of, pseudo_atr
from ykt_sim.trace.model import Event, Note, Reset, Trace

#: Every format: its name to ``module:attribute``. Imported when needed.
WRITERS: Final[dict[str, str]] = {
    "native": "ykt_sim.cli.trace.writers:NATIVE",
    "text": "ykt_sim.cli.trace.writers:TEXT",
    "html": "ykt_sim.cli.trace.writers:HTML",
    "pcapng": "ykt_sim.cli.trace.writers:PCAPNG",
    "proxmark-list": "ykt_sim.cli.trace.writers:PROXMARK_LIST",
    "proxmark-trace": "ykt_sim.cli.trace.writers:PROXMARK_TRACE",
}
#: Seconds after which Proxmark3's 32 bits of carrier periods begin anew.
_WRAPS: Final = (1 << 32) / 13.56e6

Make: TypeAlias = Callable[[Trace, str], bytes]
Lost: TypeAlias = Callable[[Trace], Iterator[str]]


@dataclass(frozen=True)
class Writer:
    """A format that can be written.

    Attributes:
        title: one line for people.
        make: the file's bytes, from a trace and the name of the file it is from.
        lost: what of a trace the format cannot carry, one line each.
        read_as: name of the reader that takes the file back; empty for what people read.
        binary: not for a terminal.
    """

    title: str
    make: Make
    lost: Lost
    read_as: str = ""
    binary: bool = False


class _Write(Protocol):
    def __call__(self, trace: Trace, out: Any, /) -> object: ...


def writer_named(name: str) -> Writer:
    """The writer of that name in the table; KeyError when there is none."""
    module, _, attribute = WRITERS[name].partition(":")
    found: Writer = getattr(import_module(module), attribute)
    return found


def _late(place: str) -> Callable[..., Any]:
    """A function that is imported when it is called."""

    def call(*given: Any, **more: Any) -> Any:
        module, _, attribute = place.partition(":")
        return getattr(import_module(module), attribute)(*given, **more)

    return call


def _binary(write: _Write) -> Make:
    def make(trace: Trace, _name: str) -> bytes:
        out = io.BytesIO()
        write(trace, out)
        return out.getvalue()

    return make


def _text(write: _Write) -> Make:
    def make(trace: Trace, _name: str) -> bytes:
        out = io.StringIO()
        write(trace, out)
        return out.getvalue().encode()

    return make


def _native(trace: Trace, _name: str) -> bytes:
    text: str = _late("ykt_sim.trace.jsonl:write_trace")(trace)
    return text.encode()


def _ladder(trace: Trace, _name: str) -> bytes:
    lines = _late("ykt_sim.cli.trace.show:trace_lines")(trace)
    return "".join(f"{line}\n" for line in lines).encode()


def _page(trace: Trace, name: str) -> bytes:
    text: str = _late("ykt_conformance.report.trace_page:render_trace")(trace, name)
    return text.encode()


# -- what is lost ----------------------------------------------------------------------


def _nothing(_trace: Trace) -> Iterator[str]:
    yield from ()


def _times(trace: Trace) -> Iterator[str]:
    """The ladder tells when a command was sent, and no durations."""
    count = sum(event.duration_ms is not None for event in trace.exchanges)
    if count:
        yield f"{_many(count, 'duration')} of exchanges"


def _page_lost(trace: Trace) -> Iterator[str]:
    left = len(trace.events) - _late("ykt_conformance.report.trace_page:shown")(len(trace.events))
    if left:
        yield f"{_many(left, 'event')} in the middle, so that the page can be opened"
    yield "digits of card numbers, keys and personal data, which are hidden"


def _radio(trace: Trace) -> Iterator[str]:
    """What was not between reader and card, and what the air does not know."""
    sam = sum(not isinstance(event, Note) and event.channel == "sam" for event in trace.events)
    if sam:
        yield f"{_many(sam, 'event')} of the SAM, which is not on the air"
    notes = sum(isinstance(event, Note) for event in trace.events)
    if notes:
        yield _many(notes, "note")
    own = [event for event in trace.exchanges if event.channel == "card"]
    unknown = sum(bool(event.response) and event.duration_ms is None for event in own)
    if unknown:
        yield f"that {_many(unknown, 'duration')} are not known: they come out as 0 ms"
    changed = sum(_changed(event) for event in trace.events)
    if changed:
        yield (
            f"{_many(changed, 'ATR')} that no contactless card has: of each the historical "
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


def _proxmark(trace: Trace) -> Iterator[str]:
    yield from _radio(trace)
    if trace.header.created:
        yield "the time of day"
    gone = sum(type(event).__name__ == "Removed" for event in trace.events)
    if gone:
        yield f"{_many(gone, 'removal')}: the format does not say that the field went off"
    last = max((event.t for event in trace.events), default=0.0)
    if last > _WRAPS:
        yield f"times: they start anew after {_WRAPS:.0f} s, and the trace has {last:.0f} s"


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


NATIVE: Final = Writer("trace of ykt-sim (JSON Lines)", _native, _nothing, "native")
TEXT: Final = Writer("ladder of terminal, card and PSAM, as trace show prints it", _ladder, _times)
HTML: Final = Writer("the ladder as a page that stands alone", _page, _page_lost)
PCAPNG: Final = Writer(
    "radio capture for Wireshark: pcapng, link type 264",
    _binary(_late("ykt_sim.trace.writers.pcapng:write")), _radio, "pcap14443", binary=True,
)  # fmt: skip
PROXMARK_LIST: Final = Writer(
    "what Proxmark3's 'trace list -t 14a' prints",
    _text(_late("ykt_sim.trace.writers.proxmark:write")), _proxmark, "proxmark-list",
)  # fmt: skip
PROXMARK_TRACE: Final = Writer(
    "what Proxmark3's 'trace save' stores",
    _binary(_late("ykt_sim.trace.writers.proxmark:write_binary")), _proxmark, "proxmark-trace",
    binary=True,
)  # fmt: skip
