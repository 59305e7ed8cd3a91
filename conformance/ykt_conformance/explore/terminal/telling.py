"""What is told of an exploration of a terminal: a recording, and who is hidden in the rest."""

from __future__ import annotations

from ykt_conformance.explore.terminal.run import Explored, ScenePlan
from ykt_conformance.judge.judging import TEST_KEYS
from ykt_conformance.judge.redact import Redactor
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Header, Trace


def recording(found: Explored, *, created: str) -> Trace:
    """The scene that was played last as a recording."""
    header = Header(
        created=created,
        source="ykt conform explore",
        card="simulated cards of the suite",
        terminal=found.target,
        seed=found.seed,
        provenance=f"exploration; keys: {TEST_KEYS}",
    )
    return Trace(header=header, events=found.events)


def redactor(trace: Trace, plan: ScenePlan, *, unmask: bool) -> Redactor:
    """Knows the numbers of the cards that were made, and of those that stand in commands."""
    found = Redactor(numbers=not unmask)
    found.learn_trace(trace.header, understand(trace), plan.ring())
    found.learn_issued(trace)
    return found
