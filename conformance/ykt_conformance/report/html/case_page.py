"""One case in the report: verdict, reason, clauses, times, ladder, the card's state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ykt_conformance.cases.clauses import Clause
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.report.html.frame import facts, story_facts
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.ladder import Ladder, lanes, milliseconds
from ykt_conformance.report.html.marks import side_by_side
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, table, tag, text
from ykt_conformance.report.html.plots import case_plot, steps
from ykt_conformance.report.html.words import BASES, CLASSES, LEVELS, told, verdict_badge
from ykt_conformance.report.recording import Recording
from ykt_conformance.report.sources import official

#: Cases whose details are open when the page is.
_OPEN: Final = (Verdict.FAIL, Verdict.ERROR)
#: Events shown before and after the offending one when the ladder stands elsewhere.
_AROUND: Final = 2
#: Changes of the card's state that are listed.
_CHANGES: Final = 40
_VALUE: Final = 160


class CaseWriter:
    """Writes the cases of one run."""

    def __init__(
        self,
        hider: Hider,
        recordings: Mapping[int, Recording],
        clauses: Mapping[str, Clause],
        budget: int,
        everywhere: str = "",
    ) -> None:
        """Begin with no case written.

        Args:
            hider: has learnt from all recordings.
            recordings: of the run.
            clauses: that cases may cite.
            budget: bytes that ladders may take.
            everywhere: numbers of all recordings, where there are many; a case that came out alike
                in all of them does not name them.
        """
        self._hider = hider
        self._recordings = recordings
        self._clauses = clauses
        self._ladder = Ladder(hider)
        self._left = budget
        self._everywhere = everywhere
        self._said: dict[str, Safe] = {}
        self._named: Counter[str] = Counter()

    def write(self, result: CaseResult, group: int) -> Safe:
        """One case; ``group`` is the number of its group."""
        name = tag("span", both(result.title, result.title_zh), cls="title")
        title = join((tag("code", text(result.id)), name), " ")
        head = tag("summary", verdict_badge(result.verdict), Safe(" "), title)
        body = join((
            self._story(result),
            tag("p", told(result.reason, self._hider.text), cls="reason"),
            self._compared(result.fault),
            self._facts(result),
            self._clause_list(result.clauses, whole=result.verdict in _OPEN),
            self._recorded(result),
            self._state(result),
        ))  # fmt: skip
        self._named[result.id] += 1
        place = result.id  # of a case that came out in several ways the first has its name
        if self._named[result.id] > 1:
            place = f"{result.id}-{self._named[result.id]}"
        is_open = " open" if result.verdict in _OPEN else ""
        return Safe(
            f'<details class="k {CLASSES[result.verdict]}" id="{text(place)}" '
            f'data-v="{result.verdict}" data-g="{group}"{is_open}>'
            f'{head}<div class="in">{body}</div></details>'
        )

    def shared_section(self) -> Safe:
        """Ladders that several cases rest on; nothing when there are none."""
        found = [one for one in self._recordings.values() if one.shared]
        if not found:
            return NOTHING
        parts = []
        for one in found:
            header = one.trace.header
            about = self._own("; ".join(part for part in (header.provenance, header.card) if part))
            head = join((tag("p", about, cls="quiet"), story_facts(one.story, self._hider.text)))
            ladder = lanes(self._ladder.render(one.items, anchor=one.anchor))
            plot = case_plot(steps(one.items))
            parts.append(Safe(f'<div id="{one.anchor}">{head}{plot}{ladder}</div>'))
        title = tag("h2", both("The recording", "报文记录"))
        return tag("section", title, *parts, id="recordings")

    def _story(self, result: CaseResult) -> Safe:
        """The story of the case's own recording; that of a shared one stands with it."""
        if result.trace is None or self._recordings[id(result.trace)].shared:
            return NOTHING
        return story_facts(result.story, self._hider.text)

    def _own(self, value: object) -> Safe:
        return text(self._hider.text(str(value)))

    def _compared(self, fault: Fault | None) -> Safe:
        if fault is None:
            return NOTHING
        return side_by_side(self._hider.text(fault.expected), self._hider.text(fault.received))

    def _facts(self, result: CaseResult) -> Safe:
        found = []
        if result.selected and result.selected != result.reason:
            found.append(
                (both("selected because", "选取依据"), told(result.selected, self._hider.text))
            )
        if result.needs:
            found.append((both("needs", "前提"), text(", ".join(result.needs))))
        if result.found_in not in ("", self._everywhere):
            found.append((both("recordings", "日志编号"), text(result.found_in)))
        cited = [self._clauses[name] for name in result.clauses if name in self._clauses]
        item = official(result.official, cited)
        if item:
            found.append((both("official item", "官方项目编号"), text(item)))
        if result.duration_s:
            took = milliseconds(result.duration_s * 1000)
            found.append((both("time taken", "用时"), text(took)))
        return facts(found) if found else NOTHING

    def _clause_list(self, names: Iterable[str], *, whole: bool) -> Safe:
        """Clauses; in words where they are said first, or the case is open when the page is."""
        return tag("ul", *(self._clause(name, whole=whole) for name in names), cls="clauses")

    def _clause(self, name: str, *, whole: bool) -> Safe:
        clause, said = self._clauses.get(name), self._said.get(name)
        shown = tag("code", text(name))
        if said is not None:
            return tag("li", shown, said) if whole else tag("li", tag("a", shown, href=f"#{name}"))
        if clause is None:
            return tag("li", shown)
        rank = join((
            both(clause.level, LEVELS.get(clause.level, "")),
            both(clause.basis, BASES.get(clause.basis, "")),
            text(clause.source),
        ), " · ")  # fmt: skip
        words = both(clause.text, clause.text_zh)
        said = self._said[name] = join((NOTHING, words, tag("small", rank)), " ")
        return tag("li", shown, said, id=name)

    # -- recording ---------------------------------------------------------------------

    def _recorded(self, result: CaseResult) -> Safe:
        if result.trace is None:
            return NOTHING
        one = self._recordings[id(result.trace)]
        fault = result.fault
        if one.shared:
            return self._excerpt(one, result)
        plot = case_plot(steps(one.items))
        if result.verdict is Verdict.PASS and self._left < 0:
            return join((plot, self._elsewhere(result)))
        ladder = self._ladder.render(one.items, fault=fault, subject=result.subject)
        self._left -= len(ladder)
        return join((plot, lanes(ladder)))

    def _excerpt(self, one: Recording, result: CaseResult) -> Safe:
        event = result.fault.event if result.fault is not None else None
        link = tag("a", both("the recording", "完整报文记录"), href=f"#{one.anchor}")
        if event is None:
            return tag("p", link, cls="quiet")
        only = range(max(event - _AROUND, 0), min(event + _AROUND + 1, len(one.items)))
        ladder = self._ladder.render(
            one.items, fault=result.fault, subject=result.subject, only=only
        )
        there = tag("a", both(f"event {event} in the recording", f"报文记录第 {event} 条"),
                    href=f"#{one.anchor}e{event}")  # fmt: skip
        return join((lanes(ladder), tag("p", there, cls="quiet")))

    def _elsewhere(self, result: CaseResult) -> Safe:
        return tag("p", both(
            f"The ladder is in trace.txt under {result.id}; this report would grow too large.",
            f"报文时序图见 trace.txt 中 {result.id}；本报告篇幅有限。",
        ), cls="quiet")  # fmt: skip

    # -- state -------------------------------------------------------------------------

    def _state(self, result: CaseResult) -> Safe:
        if result.before is None or result.after is None:
            return NOTHING
        changes = list(_changes(result.before, result.after))
        head = tag("summary", both(f"card state: {len(changes)} changes",
                                   f"卡片状态：{len(changes)} 处变化"))  # fmt: skip
        if not changes:
            return tag("p", both("card state: unchanged", "卡片状态：无变化"), cls="quiet")
        rows = [
            [tag("code", self._own(name)), self._value(before), self._value(after)]
            for name, before, after in changes[:_CHANGES]
        ]
        top = (both("what", "项目"), both("before", "之前"), both("after", "之后"))
        rest = len(changes) - _CHANGES
        more = tag("p", both(f"and {rest} more", f"另有 {rest} 处")) if rest > 0 else NOTHING
        return tag("details", head, table(top, rows, "state"), more, cls="st")

    def _value(self, value: object) -> Safe:
        shown = "–" if value is None else str(value)
        if len(shown) > _VALUE:
            shown = f"{shown[:_VALUE]}…"
        return tag("code", self._own(shown))


def _changes(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, object, object]]:
    """Leaves of nested data that are not the same, with their paths; None where there is none."""
    if before == after:
        return
    one, other = _inside(before), _inside(after)
    if one is None and other is None:
        yield path, before, after
        return
    if one is None and before is not None:
        yield path, before, None
    if other is None and after is not None:
        yield path, None, after
    for step in dict.fromkeys((*(one or ()), *(other or ()))):
        place = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else step
        yield from _changes((one or {}).get(step), (other or {}).get(step), place)


def _inside(value: Any) -> dict[int | str, Any] | None:
    """What data has inside, by name or number; None for a leaf."""
    if isinstance(value, Mapping):
        return {str(key): inner for key, inner in value.items()}
    return dict(enumerate(value)) if isinstance(value, list | tuple) else None
