"""The formats that `ykt trace convert` writes: those for programs, and two for people.

`WRITERS` is the table; what other programs read is made by `ykt_sim.trace.writers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ykt_sim.cli.trace.words import CardKeys, ring_of
from ykt_sim.trace import writers
from ykt_sim.trace.model import Trace
from ykt_sim.trace.writers import Writer, late, many


def _ladder(trace: Trace, _name: str) -> bytes:
    lines = late("ykt_sim.cli.trace.show:trace_lines")(trace)
    return "".join(f"{line}\n" for line in lines).encode()


def _times(trace: Trace) -> Iterator[str]:
    """The ladder tells when a command was sent, and no durations."""
    count = sum(event.duration_ms is not None for event in trace.exchanges)
    if count:
        yield f"{many(count, 'duration')} of exchanges"


def _page(trace: Trace, name: str) -> bytes:
    return made_page(trace, name, None, unmask=False)


def made_page(trace: Trace, name: str, keys: CardKeys | None, *, unmask: bool) -> bytes:
    """The page of a trace, with its codes checked where there are keys."""
    render = late("ykt_conformance.report.html.trace_page:render_trace")
    published = keys is not None and keys.published
    text: str = render(trace, name, ring_of(keys), published=published, unmasked=unmask)
    return text.encode()


def page_lost(trace: Trace, *, unmask: bool = False) -> Iterator[str]:
    """What of a trace is not on its page."""
    count = len(trace.events)
    left = count - late("ykt_conformance.report.html.trace_page:shown")(count)
    if left:
        yield f"{many(left, 'event')} in the middle, so that the page can be opened"
    hidden = "keys" if unmask else "digits of card numbers, keys"
    yield f"{hidden} and personal data, which are hidden"


_PEOPLE: Final = {
    "text": Writer("ladder of terminal, card and PSAM, as trace show prints it", _ladder, _times),
    "html": Writer("the ladder as a page that stands alone", _page, page_lost),
}
#: Every format by name; our own first, those for people next.
WRITERS: Final[Mapping[str, Writer]] = {
    "native": writers.WRITERS["native"], **_PEOPLE, **writers.WRITERS
}  # fmt: skip
