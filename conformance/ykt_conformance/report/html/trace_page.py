"""One trace as a page that stands alone: what it says of itself, its times, its ladder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ykt_conformance.report.html.frame import facts, header, page
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.ladder import Ladder, lanes
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, tag, text
from ykt_conformance.report.html.plots import case_plot, steps
from ykt_sim.meaning.annotate import Annotated, annotate
from ykt_sim.trace.model import Header, Note, Trace
from ykt_sim.trace.readers.base import BROKEN

#: Events of a page; a browser takes no more with comfort. Of a longer trace both ends.
MAX_EVENTS: Final = 5000


def shown(count: int) -> int:
    """How many of so many events a page shows."""
    return min(count, MAX_EVENTS)


def render_trace(trace: Trace, name: str) -> str:
    """The page of a trace; card numbers are masked, personal data and keys hidden.

    Args:
        trace: the recording.
        name: of its file, for the title.
    """
    items = tuple(annotate(trace))
    hider = Hider()
    hider.learn(trace, items)
    title = text(hider.text(name))
    head = header(both("APDU trace", "APDU 报文记录"), title, _counts(trace))
    sections = (
        tag("section", head, _facts(trace.header, hider), id="summary"),
        _times(items),
        _recording(items, hider),
    )
    return page(Safe(f"{title} – ykt trace"), join(sections, "\n"))


def _counts(trace: Trace) -> Safe:
    exchanges = len(trace.exchanges)
    broken = sum(isinstance(event, Note) and event.text == BROKEN for event in trace.events)
    english, chinese = f"{exchanges} exchanges", f"{exchanges} 条指令"
    if broken:
        english += f", {broken} broken places"
        chinese += f"，{broken} 处损坏"
    return both(english + ".", chinese + "。")


def _facts(header: Header, hider: Hider) -> Safe:
    names = {
        "card": "卡", "terminal": "终端", "source": "来源", "created": "时间",
        "seed": "随机种子", "provenance": "出处",
    }  # fmt: skip
    found = [
        (both(name, chinese), text(hider.text(str(getattr(header, name)))))
        for name, chinese in names.items()
        if getattr(header, name) not in {"", None}
    ]
    hidden = both(
        "Card numbers are masked, personal data and keys are hidden.",
        "卡号已掩码，个人数据和密钥已隐去。",
    )
    return join((facts(found) if found else NOTHING, tag("p", hidden, cls="quiet")))


def _times(items: Sequence[Annotated]) -> Safe:
    found = steps(items)
    if not found:
        return NOTHING
    return tag("section", tag("h2", both("Times", "时序")), case_plot(found), id="times")


def _recording(items: Sequence[Annotated], hider: Hider) -> Safe:
    ladder = Ladder(hider)
    left = len(items) - shown(len(items))
    half = shown(len(items)) // 2
    ends = (range(half), range(half + left, len(items))) if left else (range(len(items)),)
    gap = tag(
        "p", both(f"… {left} events are not on this page", f"……{left} 条不在本页"), cls="quiet"
    )
    parts = [lanes(ladder.render(items, only=end, anchor="t")) for end in ends]
    title = tag("h2", both("What was said", "报文"))
    return tag("section", title, join(parts, gap), id="recordings")
