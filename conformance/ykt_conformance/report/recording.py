"""The traces of a run, each decoded once however many cases and pages rest on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ykt_conformance.judge.results import RunResult
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.story.lines import Line
from ykt_sim.meaning.story.noted import noted_once
from ykt_sim.meaning.understand import Understood, understand
from ykt_sim.trace.model import Exchange, Note, Reset, Trace


@dataclass
class Recording:
    """A trace of the run, decoded; several cases may rest on it.

    Attributes:
        number: of the recording in the run.
        trace, understood: what was recorded, and each event of it.
        story: its lines; empty where nothing was exchanged.
        cases: ids of those that rest on it.
    """

    number: int
    trace: Trace
    understood: tuple[Understood, ...]
    story: tuple[Line, ...] = ()
    cases: list[str] = field(default_factory=list)

    @cached_property
    def items(self) -> tuple[Annotated, ...]:
        """Each event decoded."""
        return tuple(known.annotated for known in self.understood)

    @property
    def shared(self) -> bool:
        """True when the ladder stands once, apart from its cases."""
        return len(self.cases) > 1

    @property
    def anchor(self) -> str:
        """Prefix of the ids of its events."""
        return f"r{self.number}"


def recordings(run: RunResult) -> dict[int, Recording]:
    """Every trace of a run, by its identity."""
    found: dict[int, Recording] = {}
    for result in run.results:
        if result.trace is None:
            continue
        known = found.get(id(result.trace))
        if known is None:
            items = result.items or tuple(understand(result.trace))
            known = Recording(len(found), result.trace, items, result.story)
            found[id(result.trace)] = known
        known.cases.append(result.id)
    return found


def listing(trace: Trace, items: Sequence[Understood], hider: Masker) -> Iterator[str]:
    """A trace for the eye, line by line: each event with what it means.

    Args:
        trace: what was recorded.
        items: its events, understood.
        hider: has learnt what must not be seen; it is given the same pieces as for a page.
    """
    header, hide = trace.header, hider.text
    yield hide(f"# {header.provenance}; {header.card}; {header.source}") + "\n"
    for known in items:
        event = known.event
        start = f"{known.index:4d} {event.t:10.6f}"
        if isinstance(event, Note):
            yield f"{start}  * {noted_once(known.annotated).told(hide)}\n"
        elif isinstance(event, Exchange):
            ms = "" if event.duration_ms is None else f" {event.duration_ms:.3f} ms"
            answer = hide(event.response.hex().upper()) or "no answer"
            yield f"{start}  {event.channel} > {hide(event.command.hex().upper())}\n"
            yield f"     < {answer}{ms}\n"
            yield f"     {hide(known.annotated.summary())}\n"
        elif isinstance(event, Reset):
            yield f"{start}  {event.channel} reset, ATR {hide(event.atr.hex().upper())}\n"
        else:
            yield f"{start}  {event.channel} removed\n"
