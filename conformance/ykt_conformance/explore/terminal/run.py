"""An exploration of a terminal: scenes until one breaks a rule, then the shortest such one."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from ykt_conformance.drive.limits import LimitError, Limits, seeded
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.shrink import shrink
from ykt_conformance.explore.terminal.draw import Draw
from ykt_conformance.explore.terminal.first import first
from ykt_conformance.explore.terminal.likeness import Numbers
from ykt_conformance.explore.terminal.play import Met, Played, play
from ykt_conformance.explore.terminal.scene import clock_of
from ykt_conformance.judge.results import ALL_PASS, SOME_FAIL, SOME_UNPROVEN
from ykt_conformance.run.terminal import TerminalTarget
from ykt_sim.errors import LinkError, YktError
from ykt_sim.meaning.duty import Finding
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event

#: Why a scene is told as it was drawn.
_UNASKED: Final = "no time was given for it"
_HISTORY: Final = (
    "the scene alone does not show it again, so it needs what the terminal keeps of earlier scenes"
)

Progress = Callable[[int, str], object]


class ScenePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is explored and how far.

    Attributes:
        target: the terminal.
        form: its ICS as nested mappings.
        clock: monotonic seconds.
        keys: ring to start from.
        seed: of all choices.
        taps, scenes: to stop after; 0: no bound.
        seconds: to stop after, whatever the other bounds are.
        numbers: of cards, for a terminal that lives longer than a scene; None: it begins anew.
        shrink_s: seconds that shortening may take; 0: the scene is left as it is.
        passed: ids of rules that are passed over.
        limits: what bounds a scene.
        progress: told how many taps there were, and where it is.
    """

    target: TerminalTarget
    form: Mapping[str, Any]
    clock: Callable[[], float]
    keys: KeyRing = msgspec.field(default_factory=KeyRing)
    seed: int = 0
    taps: int = 0
    scenes: int = 0
    seconds: float = 600.0
    numbers: Numbers | None = None
    shrink_s: float = 20.0
    passed: frozenset[str] = frozenset()
    limits: Limits = msgspec.field(default_factory=lambda: Limits(case_s=3600, commands=20_000))
    progress: Progress = lambda _count, _where: None

    def ring(self) -> KeyRing:
        """A ring that has learnt nothing of any card yet."""
        return copy.deepcopy(self.keys)

    def play(self, number: int, steps: Sequence[str]) -> Played:
        """Play steps on the terminal and with the cards of a scene's number.

        Raises:
            YktError: the terminal is lost, or took too much.
        """
        name = f"scene {number}"
        terminal = self.target.open(name, clock_of(tuple(steps)))
        rng = seeded(self.seed, name)
        bench = TerminalBench(self.form, terminal, rng, self.limits)
        terminal.attach(bench)
        try:
            return play(bench, steps, self.ring(), self.numbers or Numbers())
        except LimitError as error:
            raise LinkError(f"{name}: {error}") from None


class Explored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an exploration.

    Attributes:
        target, seed: as in the plan.
        taps, scenes, seconds: how far it went.
        finding: the first one, or None.
        steps: the shortest scene that shows it.
        met: its taps; `events` the same as a recording.
        scene: its number; cards and PSAM have their randoms from it.
        shrunk: the scene was made shorter; kept: why it was not, empty where it was.
        ended: the bound that was reached.
        given: the scene was given and not drawn.
        reached: what was due and what came of it, with how often.
        unsure: why taps were not held to one way, with how often.
        left: steps that this terminal could not be given, with why; of drawn ones, how many.
        passed_over: ids of rules whose findings were passed over.
        lost: why it ended early; empty when it did not.
    """

    target: str
    seed: int
    taps: int
    scenes: int
    seconds: float
    finding: Finding | None = None
    steps: tuple[str, ...] = ()
    met: tuple[Met, ...] = ()
    events: tuple[Event, ...] = ()
    scene: int = 0
    shrunk: bool = False
    kept: str = ""
    ended: str = ""
    given: bool = False
    reached: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    unsure: Counter[str] = msgspec.field(default_factory=Counter)
    left: tuple[str, ...] = ()
    passed_over: frozenset[str] = frozenset()
    lost: str = ""

    @property
    def needs_history(self) -> bool:
        """The scene does not show the finding by itself."""
        return self.kept == _HISTORY

    @property
    def exit_code(self) -> int:
        """0 nothing found, 1 something, 2 it ended early or nothing was tapped."""
        if self.finding is not None:
            return SOME_FAIL
        return SOME_UNPROVEN if self.lost or not self.taps else ALL_PASS

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "target": self.target,
            "seed": self.seed,
            "taps": self.taps,
            "scenes": self.scenes,
            "seconds": round(self.seconds, 3),
            "ended": self.ended,
            "lost": self.lost,
            "finding": finding_document(self.finding) if self.finding is not None else None,
            "steps": list(self.steps),
            "shrunk": self.shrunk,
            "not_shortened": self.kept,
            "met": [{"step": one.step, "due": one.due, "came": one.came} for one in self.met],
            "left": list(self.left),
            "passed_over": sorted(self.passed_over),
            "reached": [
                {"due": due, "came": came, "taps": count}
                for (due, came), count in sorted(self.reached.items())
            ],
            "unsure": dict(sorted(self.unsure.items())),
        }

    def lines(self) -> Iterator[str]:
        """What people read."""
        found = self.finding
        if found is not None:
            yield str(found.rule)
            if self.kept:
                yield f"  not shortened: {self.kept}"
            yield from self._scene()
            yield f"  expected  {found.expected}"
            yield f"  received  {found.received}: tap {found.visit}: {found.why}"
        elif self.given:
            yield from self._scene()
        for step in self.left:
            yield f"not played: {step}"
        for rule in sorted(self.passed_over):
            yield f"passed over: {rule}"
        yield from self._reached()
        if self.lost:
            yield f"ended early: {self.lost}"
        told = "a finding" if found is not None else "no finding"
        ended = f", ended by the bound of {self.ended}" if self.ended else ""
        yield (
            f"{self.target}: {told} in {self.taps} taps, {self.scenes} scenes, "
            f"{self.seconds:.1f} s, seed {self.seed}{ended}"
        )

    def _scene(self) -> Iterator[str]:
        met = list(self.met)
        for step in self.steps:
            if met and met[0].step == step:
                one = met.pop(0)
                yield f"    {step:40} due: {one.due}; came: {one.came}"
            else:
                yield f"    {step}"

    def _reached(self) -> Iterator[str]:
        by_due: dict[str, Counter[str]] = {}
        for (due, came), count in self.reached.items():
            by_due.setdefault(due, Counter())[came] += count
        for due, kinds in sorted(by_due.items()):
            told = ", ".join(f"{came} {count}" for came, count in sorted(kinds.items()))
            yield f"  {due:44} {told}"
        for why, count in sorted(self.unsure.items()):
            yield f"  left open {count} times: {why}"
        yield f"covered: {len(by_due)} kinds of what is due, {len(self.reached)} with what came"


def finding_document(found: Finding) -> dict[str, Any]:
    """A finding as plain data."""
    return {
        **found.rule.document(),
        "tap": found.visit,
        "expected": found.expected,
        "received": found.received,
        "why": found.why,
        "event": found.event,
    }


class _Search:
    """An exploration that goes on."""

    def __init__(self, plan: ScenePlan) -> None:
        self.plan = plan
        self.begun = plan.clock()
        self.taps = self.scenes = 0
        self.reached: Counter[tuple[str, str]] = Counter()
        self.unsure: Counter[str] = Counter()
        self.passed_over: set[str] = set()
        self.left: Counter[str] = Counter()
        self.steps: tuple[str, ...] = ()
        chance = Chance(seeded(plan.seed, "explore first"))
        self._clock = "clock" in plan.target.capabilities
        self._first = first(plan.form, chance, clock=self._clock)

    def over(self) -> str:
        """Which bound is reached: taps, scenes or time; empty where none is."""
        plan = self.plan
        if plan.taps and self.taps >= plan.taps:
            return f"{plan.taps} taps"
        if plan.scenes and self.scenes >= plan.scenes:
            return f"{plan.scenes} scenes"
        return f"{plan.seconds:g} s" if plan.clock() - self.begun >= plan.seconds else ""

    def _scene(self, number: int) -> tuple[str, ...]:
        if number < len(self._first):
            return self._first[number]
        chance = Chance(seeded(self.plan.seed, f"explore {number}"))
        return Draw(chance, self.plan.form, clock=self._clock).scene()

    def next(self) -> Played:
        """Draw a scene and play it."""
        plan, number = self.plan, self.scenes
        self.scenes += 1
        self.steps = self._scene(number)
        played = plan.play(number, self.steps)
        self.taps += len(played.met)
        self.reached.update((one.due, one.came) for one in played.met)
        self.unsure += played.unsure
        self.left.update(step.split(": ", 1)[1] for step in played.left)
        self.passed_over |= {one.rule.id for one in played.findings} & plan.passed
        plan.progress(self.taps, f"scene {self.scenes}")
        return played


def explore(plan: ScenePlan) -> Explored:
    """Explore a terminal until a finding, or until taps, scenes or time are used up.

    Raises:
        YktError: the terminal cannot be reached at all.
    """
    search = _Search(plan)
    found, played, lost = None, None, ""
    while found is None and not search.over() and not lost:
        try:
            played = search.next()
        except YktError as error:
            if not search.taps:
                raise
            lost = str(error)
        else:
            found = played.first(plan.passed)
    seconds, number, shrunk = plan.clock() - search.begun, search.scenes - 1, False
    steps, kept = search.steps, ""
    ended = search.over() if found is None and not lost else ""
    if found is not None and played is not None:
        short, kept = _shortest(plan, number, steps, found)
        if short is not None:
            shrunk, (steps, played) = True, short
            found = played.first(plan.passed) or found
    shown = played if found is not None else None
    return Explored(
        target=plan.target.name, seed=plan.seed, taps=search.taps, scenes=search.scenes,
        seconds=seconds, finding=found, steps=steps if shown is not None else (),
        met=shown.met if shown is not None else (), events=played.events if played else (),
        scene=number, shrunk=shrunk, kept=kept, ended=ended, reached=search.reached,
        unsure=search.unsure,
        left=tuple(f"{count} steps: {why}" for why, count in sorted(search.left.items())),
        passed_over=frozenset(search.passed_over), lost=lost,
    )  # fmt: skip


def _shortest(
    plan: ScenePlan, number: int, steps: tuple[str, ...], found: Finding
) -> tuple[tuple[tuple[str, ...], Played] | None, str]:
    """The shortest scene that breaks the same rule, or None and why there is none."""
    end = plan.clock() + plan.shrink_s
    if not plan.shrink_s:
        return None, _UNASKED

    def tried(some: Sequence[str]) -> Played | None:
        try:
            played = plan.play(number, some)
        except YktError:
            return None
        first = played.first(plan.passed)
        return played if first is not None and first.rule.id == found.rule.id else None

    if tried(steps) is None:
        return None, _HISTORY
    best = shrink(steps, tried, lambda: plan.clock() < end)
    last = tried(best)
    return (None, _HISTORY) if last is None else ((best, last), "")


def replay(plan: ScenePlan, steps: tuple[str, ...], number: int = 0) -> Explored:
    """Play a given scene, with the cards of a scene's number.

    Raises:
        YktError: the terminal cannot be reached, or a step does not fit.
    """
    begun = plan.clock()
    played = plan.play(number, steps)
    return Explored(
        target=plan.target.name, seed=plan.seed, taps=len(played.met), scenes=1,
        seconds=plan.clock() - begun, finding=played.first(plan.passed), steps=steps,
        met=played.met, events=played.events, scene=number, given=True,
        reached=Counter((one.due, one.came) for one in played.met), unsure=played.unsure,
        left=played.left,
        passed_over=frozenset({one.rule.id for one in played.findings} & plan.passed),
    )  # fmt: skip
