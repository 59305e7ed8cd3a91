"""Plays a scene at a terminal and judges what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from ykt_conformance.drive.issue import TestCard
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.explore.terminal import scene
from ykt_conformance.explore.terminal.likeness import Numbers
from ykt_conformance.run.tapped import walk_taps
from ykt_sim.meaning.duty import Finding
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event


class Met(msgspec.Struct, frozen=True):
    """One tap: its step, what was due, and what the terminal said."""

    step: str
    due: str
    came: str


class Played(msgspec.Struct, frozen=True):
    """A scene that was played.

    Attributes:
        findings: against the terminal, in order.
        met: its taps.
        events: the recording.
        unsure: why taps were not held to one way, with how often.
        left: steps that this terminal could not be given, with why.
    """

    findings: tuple[Finding, ...]
    met: tuple[Met, ...]
    events: tuple[Event, ...]
    unsure: Counter[str]
    left: tuple[str, ...]

    def first(self, passed: frozenset[str]) -> Finding | None:
        """The first finding whose rule is not passed over."""
        return next((one for one in self.findings if one.rule.id not in passed), None)


def play(bench: TerminalBench, steps: Iterable[str], ring: KeyRing, numbers: Numbers) -> Played:
    """Play a scene at a terminal.

    Raises:
        LinkError: the terminal is lost.
        LimitError: it took too much.
        UsageError: a step that does not fit.
    """
    cards: dict[str, TestCard] = {}
    tapped: list[str] = []
    left: list[str] = []
    for text in steps:
        step = scene.read_step(text)
        name = step.words[0]
        try:
            if step.verb == "card":
                cards[name] = bench.card(step.words[1], **scene.wishes(bench, step, numbers))
            elif name not in cards:
                continue  # its card was left out
            elif step.verb == "elsewhere":
                purse, what = step.words[1], step.options.get("does", "pays")
                bench.elsewhere(cards[name], purse, bench.fare(purse), what)
            else:
                _tap(bench, cards[name], step)
                tapped.append(text)
        except Impossible as error:
            left.append(f"{text}: {error}")
    return _judged(bench, tapped, ring, tuple(left))


def _judged(
    bench: TerminalBench, tapped: list[str], ring: KeyRing, left: tuple[str, ...]
) -> Played:
    walked = walk_taps(bench.events, bench.ics, ring)
    met: list[Met] = []
    for text, (visit, due) in zip(tapped, walked.met, strict=True):
        said = visit.decision or {}
        came = " ".join(filter(None, (str(said.get("outcome", "")), str(said.get("code") or ""))))
        met.append(Met(text, due, came or "nothing said"))
    return Played(walked.findings, tuple(met), tuple(bench.events), walked.unsure, left)


def _tap(bench: TerminalBench, card: TestCard, step: scene.Step) -> None:
    bench.tap(
        card,
        "explored",
        mutate=scene.mutation(bench, step),
        removal=scene.removal(step),
        amount=scene.load_amount(bench, step),
        title=" ".join((step.verb, *step.words)),
    )
