"""An exploration: steps drawn by the model's own state, until an answer breaks a rule.

A target that gives fresh cards gets histories of many lengths, each on a new card; any other is
explored as it is, gently: nothing is done that cannot be undone.
"""

from __future__ import annotations

import copy
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore.card import CARD
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.play import Coverage, Player, Said, Tried, plain, try_steps
from ykt_conformance.explore.shrink import shrink
from ykt_conformance.explore.subject import AnyModel, Chooser, Gentle, Steps, Subject
from ykt_conformance.judge.results import ALL_PASS, SOME_FAIL, SOME_UNPROVEN
from ykt_conformance.model import Divergence
from ykt_conformance.run.targets.names import CardTarget
from ykt_sim.errors import LinkError, YktError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event
from ykt_sim.transport import Link

#: How long histories are, in steps; short ones are many.
_LENGTHS: Final = (30, 30, 60, 120, 250, 600)
#: Steps that are still tried on a card that is dead.
_AFTER_DEATH: Final = 6
#: Exchanges, events and steps that are kept of a card that is never fresh again.
_KEPT: Final = 5_000
#: Lists of the plan that are played on one card.
_ON_ONE: Final = 40
#: Seconds that the plan may take where nobody says otherwise.
_PLAN_S: Final = 600.0
#: Exchanges that are shown where a list could not be shortened.
_SHOWN: Final = 60
Progress = Callable[[int, str], object]


class ExplorePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is explored and how far.

    Attributes:
        target: the card or PSAM.
        form: its ICS, or its terminal's, as nested mappings.
        clock: monotonic seconds.
        keys: ring to start from.
        test_keys: the card has the published test keys.
        seed: of all choices.
        steps: exchanges to stop after; 0: no bound.
        seconds: to stop after.
        whole: the plan is played to its end, for ten minutes at most, whatever `seconds` says.
        shrink_s: seconds that shortening may take; 0: the list is left as it is.
        passed: ids of rules whose divergences are passed over.
        progress: told how many exchanges there were, and where it is.
        subject: what the target is.
    """

    target: CardTarget
    form: Mapping[str, Any]
    clock: Callable[[], float]
    keys: KeyRing = msgspec.field(default_factory=KeyRing)
    test_keys: bool = True
    seed: int = 0
    steps: int = 0
    seconds: float = 30.0
    whole: bool = False
    shrink_s: float = 20.0
    passed: frozenset[str] = frozenset()
    progress: Progress = lambda _count, _where: None
    subject: Subject = CARD

    def ring(self) -> KeyRing:
        """A ring that has learnt nothing of any card yet."""
        return copy.deepcopy(self.keys)

    def model(self) -> AnyModel:
        """A model that has seen nothing."""
        return self.subject.model(
            self.form, self.ring(), new=self.target.fresh, test_keys=self.test_keys
        )

    def gentle(self) -> Gentle | None:
        """What says what may be sent; None where every start gives a new one."""
        if self.target.fresh:
            return None
        return self.subject.gentle(
            shows=not (self.target.far and self.test_keys), far=self.target.far
        )

    def open(self, history: int) -> Link:
        """The card for a history; the same randoms for the same one."""
        return self.target.open(int.from_bytes(seeded(self.seed, f"card {history}")(6), "big"))


class Explored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an exploration.

    Attributes:
        target, seed: as in the plan.
        exchanges, histories, seconds: how far it went.
        divergence: the first one, or None.
        steps: the shortest list of steps that shows it.
        said: what was said when they were played; `events` the same as a recording.
        history: number of the history it came from; its card has its randoms from it.
        shrunk: the steps were made shorter on fresh cards.
        given: the steps were given and not drawn.
        coverage: what was reached.
        passed_over: ids of rules whose divergences were passed over.
        dropped: exchanges with the last card, before those said, that were not kept.
        planned, played: lists of steps that come first, and those of them that were played.
        bound: what ended it where nothing was found; empty for what was given.
        lost: why it ended early; empty when it did not.
    """

    target: str
    seed: int
    exchanges: int
    histories: int
    seconds: float
    coverage: Coverage
    divergence: Divergence | None = None
    steps: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    events: tuple[Event, ...] = ()
    history: int = 0
    shrunk: bool = False
    given: bool = False
    passed_over: frozenset[str] = frozenset()
    dropped: int = 0
    planned: int = 0
    played: int = 0
    bound: str = ""
    lost: str = ""

    @property
    def exit_code(self) -> int:
        """0 no divergence, 1 one, 2 it ended early or nothing was asked."""
        if self.divergence is not None:
            return SOME_FAIL
        return SOME_UNPROVEN if self.lost or not self.exchanges else ALL_PASS

    def document(self) -> dict[str, Any]:
        """As plain data."""
        found = self.divergence
        return {
            "target": self.target,
            "seed": self.seed,
            "exchanges": self.exchanges,
            "histories": self.histories,
            "seconds": round(self.seconds, 3),
            "planned": self.planned,
            "played": self.played,
            "bound": self.bound,
            "lost": self.lost,
            "divergence": divergence_document(found) if found is not None else None,
            "steps": list(self.steps),
            "shrunk": self.shrunk,
            "said": plain(self.said),
            "dropped": self.dropped,
            "passed_over": sorted(self.passed_over),
            "states": list(self.coverage.states),
            "commands": {name: dict(kinds) for name, kinds in self.coverage.commands().items()},
            "reached": len(self.coverage.reached),
        }

    def lines(self) -> Iterator[str]:
        """What people read."""
        found = self.divergence
        if found is not None:
            yield str(found.rule)
            if not (self.shrunk or self.given):
                yield "  not shortened:"
        if found is not None and self.dropped:
            yield f"  {self.dropped} exchanges before these were not kept"
        for one in self.said[-_SHOWN:]:
            sent = one.command.hex().upper() or "reset"
            yield f"    {one.step:32} {sent} -> {one.answer.hex().upper() or '-'}"
        if found is not None:
            yield f"  expected  {found.expected}"
            yield f"  received  {found.received}: {found.why}"
        for rule in sorted(self.passed_over):
            yield f"passed over: {rule}"
        yield from self._reached()
        if self.lost:
            yield f"ended early: {self.lost}"
        if self.planned and found is None:
            yield f"planned: {self.played} of {self.planned} lists of steps were played"
        if self.bound and found is None:
            yield f"ended by: {self.bound}"
        told = "a divergence" if found is not None else "no divergence"
        yield (
            f"{self.target}: {told} in {self.exchanges} exchanges, {self.histories} histories, "
            f"{self.seconds:.1f} s, seed {self.seed}"
        )

    def _reached(self) -> Iterator[str]:
        reached = self.coverage
        for name, kinds in reached.commands().items():
            told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
            yield f"  {name:28} {told}"
        yield (
            f"covered: {len(reached.states)} states, {len(reached.commands())} commands, "
            f"{len(reached.reached)} of state, command and outcome together"
        )


def divergence_document(found: Divergence) -> dict[str, Any]:
    """A divergence as plain data."""
    return {
        **found.rule.document(),
        "command": found.command.hex().upper(),
        "expected": found.expected,
        "received": found.received,
        "why": found.why,
        "event": found.event,
    }


class _Search:
    """An exploration that goes on."""

    def __init__(self, plan: ExplorePlan) -> None:
        self.plan = plan
        self.coverage = Coverage()
        self.tried: Counter[tuple[str, ...]] = Counter()
        self.begun = plan.clock()
        self.exchanges = 0
        self.histories = 0
        self.passed_over: set[str] = set()
        self.steps: deque[str] = deque()
        self.player: Player | None = None
        chance = Chance(seeded(plan.seed, "plan"))
        self.ahead = deque(plan.subject.first(plan.form, chance) if plan.target.fresh else ())
        self.planned = len(self.ahead)

    def said(self) -> tuple[Said, ...]:
        """What was said to the last card."""
        return tuple(self.player.said) if self.player is not None else ()

    def events(self) -> tuple[Event, ...]:
        """The same as a recording."""
        return tuple(self.player.events) if self.player is not None else ()

    def dropped(self) -> int:
        """Exchanges with the last card that were not kept."""
        return self.player.sent - len(self.player.said) if self.player is not None else 0

    def over(self) -> bool:
        """Steps or time are used up."""
        return bool(self.bound())

    def bound(self) -> str:
        """What is used up, in words; empty while nothing is."""
        plan = self.plan
        most = max(plan.seconds, _PLAN_S) if plan.whole and self.ahead else plan.seconds
        if plan.steps and self.exchanges >= plan.steps:
            return f"the bound of {plan.steps} exchanges"
        if plan.clock() - self.begun >= most:
            return f"the bound of {most:g} s"
        return ""

    def history(self) -> Divergence | None:
        """One card, from its first power-on to its last step."""
        plan = self.plan
        number = self.histories
        self.histories += 1
        chance = Chance(seeded(plan.seed, f"explore {number}"))
        can = plan.target.capabilities
        chooser = plan.subject.chooser(chance, can, self.tried, gentle=not plan.target.fresh)
        fresh = plan.target.fresh
        kept = None if fresh else _KEPT
        self.steps, self.player = deque(maxlen=kept), None
        link = plan.open(number)
        try:
            player = Player(
                plan.subject, link, plan.model(), self.coverage, plan.passed,
                gentle=plan.gentle(), kept=kept,
            )  # fmt: skip
            self.player = player
            found = player.first
            # Every other history is drawn: what no list foresaw is not left until they are through.
            if self.ahead and found is None and number % 2 == 0:
                return self._planned(player)
            most = chance.of(_LENGTHS) if fresh else 1 << 30
            dead = 0
            while found is None and len(self.steps) < most and dead < _AFTER_DEATH:
                if self.over():
                    break
                found = self._some(player, chooser)
                dead += plan.subject.dead(player.model.world)
            return found
        finally:
            if self.player is not None:
                self.passed_over |= self.player.passed_over
            link.close()

    def _planned(self, player: Player) -> Divergence | None:
        """Lists of the plan on one card, as long as it is fit for the next one."""
        found = self._played(player, self.plan.subject.prologue(self.plan.form))
        for _ in range(_ON_ONE):
            if found is not None or not self.ahead or self.over():
                break
            found = self._played(player, self.ahead.popleft())
            if self.plan.subject.spoilt(player.model.world):
                break
        return found

    def _some(self, player: Player, chooser: Chooser) -> Divergence | None:
        return self._played(player, chooser.next(player.model.world))

    def _played(self, player: Player, steps: Steps) -> Divergence | None:
        for step in steps:
            before = player.sent
            self.steps.append(step)
            found = player.play(step)
            self.exchanges += player.sent - before
            if player.sent == before and not self.plan.target.fresh:
                self.steps.pop()  # it was not sent, and is not to be when they are played again
            if found is not None:
                return found
        self.plan.progress(self.exchanges, f"{self.plan.subject.name} {self.histories}")
        return None


def explore(plan: ExplorePlan) -> Explored:
    """Explore a card until a divergence, or until steps or time are used up.

    Raises:
        LinkError: the card cannot be reached at all.
    """
    search = _Search(plan)
    found: Divergence | None = None
    lost = ""
    while found is None and not search.over() and not lost:
        try:
            found = search.history()
        except YktError as error:
            if not search.exchanges and isinstance(error, LinkError):
                raise
            lost = str(error)
    tried, shrunk, number = (
        Tried(found, search.said(), search.events()),
        False,
        search.histories - 1,
    )
    steps = tuple(search.steps)
    if found is not None and plan.target.fresh and plan.shrink_s:
        short = shortest(plan, number, steps, found)
        if short is not None:
            shrunk, (number, steps, tried) = True, short
    return Explored(
        target=plan.target.name, seed=plan.seed, exchanges=search.exchanges,
        histories=search.histories, seconds=plan.clock() - search.begun,
        divergence=tried.divergence, steps=steps if found is not None else (),
        said=tried.said if found is not None else (), events=tried.events, history=number,
        shrunk=shrunk, coverage=search.coverage, passed_over=frozenset(search.passed_over),
        dropped=search.dropped(), lost=lost, planned=search.planned,
        played=search.planned - len(search.ahead), bound="" if lost else search.bound(),
    )  # fmt: skip


def shortest(
    plan: ExplorePlan, number: int, steps: tuple[str, ...], found: Divergence
) -> tuple[int, tuple[str, ...], Tried] | None:
    """The shortest list of steps that breaks the same rule; None where it cannot be repeated.

    Gives the number of the card, the steps and what came of them. The first card serves, unless
    the rule is broken with the randoms of its own card only.
    """
    end = plan.clock() + plan.shrink_s

    def tried(card: int, some: Sequence[str]) -> Tried | None:
        try:
            came = try_steps(plan.subject, lambda: plan.open(card), plan.model, some, plan.passed)
        except YktError:
            return None
        same = came.divergence is not None and came.divergence.rule.id == found.rule.id
        return came if same else None

    for card in dict.fromkeys((0, number)):
        if tried(card, steps) is None:
            continue
        best = shrink(steps, partial(tried, card), lambda: plan.clock() < end)
        last = tried(card, best)
        if last is not None:
            return card, best, last
    return None


def replay(plan: ExplorePlan, steps: tuple[str, ...], history: int = 0) -> Explored:
    """Play a list of steps on one card, that of a history.

    Raises:
        LinkError: the card cannot be reached.
        UsageError: a step that does not fit.
    """
    begun, coverage = plan.clock(), Coverage()
    tried = try_steps(
        plan.subject, lambda: plan.open(history), plan.model, steps, plan.passed, coverage
    )
    return Explored(
        target=plan.target.name, seed=plan.seed, exchanges=len(tried.said), histories=1,
        seconds=plan.clock() - begun, divergence=tried.divergence, steps=steps, said=tried.said,
        events=tried.events, history=history, given=True, coverage=coverage,
    )  # fmt: skip
