"""One trace as a page that stands alone: what it says of itself, its times, its ladder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ykt_conformance.report.html.frame import facts, header, page, story_facts
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.ladder import Ladder, lanes
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, tag, text
from ykt_conformance.report.html.plots import case_plot, steps
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.cryptograms import Checked, Status, check
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.explain.words import verdict
from ykt_sim.meaning.story.lines import tell
from ykt_sim.meaning.story.tale import Tale
from ykt_sim.trace.model import Header, Note, Trace
from ykt_sim.trace.readers.base import BROKEN

#: Events of a page; a browser takes no more with comfort. Of a longer trace both ends.
MAX_EVENTS: Final = 5000
#: Reasons that are written out.
_REASONS: Final = 40
_MASKED: Final = ("Card numbers are masked", "卡号已掩码")


def shown(count: int) -> int:
    """How many of so many events a page shows."""
    return min(count, MAX_EVENTS)


def render_trace(
    trace: Trace,
    name: str,
    keys: Keys | None = None,
    *,
    published: bool = False,
    unmasked: bool = False,
) -> str:
    """The page of a trace; card numbers are masked, personal data and keys hidden.

    Args:
        trace: the recording.
        name: of its file, for the title.
        keys: of its cards; None where only status words are explained.
        published: the keys are published ones, so right values may be told.
        unmasked: card numbers stay whole.
    """
    known = tuple(check(trace, keys, published=published, explained=True))
    items = tuple(one.understood.annotated for one in known)
    hider = Hider(numbers=not unmasked)
    hider.learn_trace(trace)
    title = text(hider.text(name))
    head = header(both("APDU trace", "APDU 报文记录"), title, _counts(trace))
    sections = (
        tag("section", head, _facts(trace.header, hider, unmasked=unmasked), id="summary"),
        _story(trace.header, known, hider, keyed=keys is not None),
        _explained(known, hider),
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


def _facts(header: Header, hider: Hider, *, unmasked: bool) -> Safe:
    names = {
        "card": "卡", "terminal": "终端", "source": "来源", "created": "时间",
        "seed": "随机种子", "provenance": "出处",
    }  # fmt: skip
    found = [
        (both(name, chinese), text(hider.text(str(getattr(header, name)))))
        for name, chinese in names.items()
        if getattr(header, name) not in {"", None}
    ]
    numbers = ("Card numbers are whole", "卡号未掩码") if unmasked else _MASKED
    hidden = both(
        f"{numbers[0]}, personal data and keys are hidden.",
        f"{numbers[1]}，个人数据和密钥已隐去。",
    )
    return join((facts(found) if found else NOTHING, tag("p", hidden, cls="quiet")))


def _story(header: Header, items: Sequence[Checked], hider: Hider, *, keyed: bool) -> Safe:
    """The story in at most five lines."""
    tale = Tale(header)
    for item in items:
        tale.take(item)
    told = story_facts(tell(tale, keyed=keyed).lines, hider.text)
    return tag("section", tag("h2", both("Story", "经过")), told, id="story")


def _explained(items: Sequence[Checked], hider: Hider) -> Safe:
    """Wrong codes with what makes them, and what brought refusals about."""
    rows = []
    for item in items:
        event, name = item.understood.index, item.understood.annotated.name
        for one in item.verdicts:
            if one.status is Status.WRONG:
                why = ("", "") if one.explanation is None else verdict(one.explanation)
                said = f"{one}: {why[0]}".rstrip(": "), f"{one}：{why[1]}".rstrip("：")
                rows.append((event, name, *said))
        for at in item.mismatches:
            rows.append((event, name, f"{at.name}: {at.why}", f"{at.name}：{at.why}"))
        rows += [(event, name, one.en, one.zh) for one in item.causes]
    if not rows:
        return NOTHING
    shown = []
    for event, name, en, zh in rows[:_REASONS]:
        head = "" if en.startswith(name) else f"{name}: "
        line = hider.text(f"event {event}: {head}{en}"), hider.text(f"第 {event} 条：{head}{zh}")
        shown.append(tag("li", both(*line)))
    if len(rows) > _REASONS:
        left = len(rows) - _REASONS
        shown.append(tag("li", both(f"and {left} more", f"另有 {left} 处")))
    return tag("section", tag("h2", both("Why", "原因")), tag("ul", *shown), id="why")


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
