"""The formats that `ykt trace convert` writes: those for programs, and two for people.

`WRITERS` is the table; what other programs read is made by `ykt_sim.trace.writers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ykt_sim.cli.trace.words import CardKeys, ring_of
from ykt_sim.errors import TraceError
from ykt_sim.trace import writers
from ykt_sim.trace.model import Recorded, Trace
from ykt_sim.trace.readers import LIMIT
from ykt_sim.trace.writers import BinarySink, Writer, late, many


def _ladder(trace: Recorded, _name: str, out: BinarySink) -> None:
    for line in late("ykt_sim.cli.trace.show:trace_lines")(trace):
        out.write(f"{line}\n".encode())


def _times(trace: Recorded) -> Iterator[str]:
    """The ladder tells when a command was sent, and no durations."""
    count = sum(event.duration_ms is not None for event in trace.exchanges)
    if count:
        yield f"{many(count, 'duration')} of exchanges"


def _page(trace: Recorded, name: str, out: BinarySink) -> None:
    write_page(trace, name, out, None, unmask=False)


def write_page(
    trace: Recorded, name: str, out: BinarySink, keys: CardKeys | None, *, unmask: bool
) -> None:
    """Write the page of a trace, with its codes checked where there are keys.

    Raises:
        TraceError: the trace is too long to be in memory, as it is for a page.
    """
    count = _count(trace)
    if count > LIMIT:
        raise TraceError(
            f"{name}: {count} events, html takes at most {LIMIT}; text, native and the captures "
            "take any number"
        )
    whole = Trace(header=trace.header, events=tuple(trace.events))
    render = late("ykt_conformance.report.html.trace_page:render_trace")
    published = keys is not None and keys.published
    text: str = render(whole, name, ring_of(keys), published=published, unmasked=unmask)
    out.write(text.encode())


def page_lost(trace: Recorded, *, unmask: bool = False) -> Iterator[str]:
    """What of a trace is not on its page."""
    count = _count(trace)
    left = count - late("ykt_conformance.report.html.trace_page:shown")(count)
    if left:
        yield f"{many(left, 'event')} in the middle, so that the page can be opened"
    hidden = "keys" if unmask else "digits of card numbers, keys"
    yield f"{hidden} and personal data, which are hidden"


def _count(trace: Recorded) -> int:
    return sum(1 for _ in trace.events)


_PEOPLE: Final = {
    "text": Writer("ladder of terminal, card and PSAM, as trace show prints it", _ladder, _times),
    "html": Writer("the ladder as a page that stands alone", _page, page_lost),
}
#: Every format by name; our own first, those for people next.
WRITERS: Final[Mapping[str, Writer]] = {
    "native": writers.WRITERS["native"], **_PEOPLE, **writers.WRITERS
}  # fmt: skip
