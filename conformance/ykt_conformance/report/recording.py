"""The traces of a run, each decoded once however many cases and files rest on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ykt_conformance.judge.results import RunResult
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.hiding.identities import learn_header
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.story.lines import Line
from ykt_sim.meaning.story.noted import noted
from ykt_sim.meaning.understand import Understood, understand
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Exchange, Header, Note, Reset, Trace


@dataclass
class Recording:
    """A trace of the run, decoded; several cases may rest on it.

    Attributes:
        number: of the recording in the run.
        trace, understood: what was recorded, and each event of it.
        story: its lines; empty where nothing was exchanged.
        unmasked: card numbers are to stay whole in what is written for people.
        cases: ids of those that rest on it.
    """

    number: int
    trace: Trace
    understood: tuple[Understood, ...]
    story: tuple[Line, ...] = ()
    unmasked: bool = False
    cases: list[str] = field(default_factory=list)

    @property
    def shared(self) -> bool:
        """True when the ladder stands once, apart from its cases."""
        return len(self.cases) > 1

    @cached_property
    def items(self) -> tuple[Annotated, ...]:
        """Each event decoded."""
        return tuple(known.annotated for known in self.understood)

    @property
    def anchor(self) -> str:
        """Prefix of the ids of its events."""
        return f"r{self.number}"

    @cached_property
    def jsonl(self) -> str:
        """The trace as it is read again."""
        return write_trace(self.trace)

    @cached_property
    def listing(self) -> str:
        """The trace for the eye: each event with what it means; card numbers are masked."""
        masker = Masker(numbers=not self.unmasked)
        learn_header(masker, self.trace.header)
        for known in self.understood:
            masker.take(known)
        return "".join(f"{masker.text(line)}\n" for line in _lines(self.trace.header, self.items))


def recordings(run: RunResult) -> dict[int, Recording]:
    """Every trace of a run, by its identity."""
    found: dict[int, Recording] = {}
    for result in run.results:
        if result.trace is None:
            continue
        known = found.get(id(result.trace))
        if known is None:
            items = result.items or tuple(understand(result.trace))
            known = Recording(len(found), result.trace, items, result.story, run.unmasked)
            found[id(result.trace)] = known
        known.cases.append(result.id)
    return found


def _lines(header: Header, items: Sequence[Annotated]) -> Iterator[str]:
    yield f"# {header.provenance}; {header.card}; {header.source}"
    for index, item in enumerate(items):
        event = item.event
        start = f"{index:4d} {event.t:10.6f}"
        if isinstance(event, Note):
            yield f"{start}  * {noted(event)}"
        elif isinstance(event, Exchange):
            ms = "" if event.duration_ms is None else f" {event.duration_ms:.3f} ms"
            yield f"{start}  {event.channel} > {event.command.hex().upper()}"
            yield f"{'':15}  {event.channel} < {event.response.hex().upper() or 'no answer'}{ms}"
            yield f"{'':15}    {item.summary()}"
        elif isinstance(event, Reset):
            yield f"{start}  {event.channel} reset, ATR {event.atr.hex().upper()}"
        else:
            yield f"{start}  {event.channel} removed"
