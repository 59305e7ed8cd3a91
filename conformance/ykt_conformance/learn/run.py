"""Learning a card: a machine for each subject, and every rule that was broken on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.drive.limits import RESET, seeded
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.play import Coverage
from ykt_conformance.explore.run import Explored, ExplorePlan, shortest
from ykt_conformance.judge.results import ALL_PASS, SOME_FAIL, SOME_UNPROVEN
from ykt_conformance.learn import alphabet, psam
from ykt_conformance.learn.alphabet import Subject
from ykt_conformance.learn.asking import NO_ANSWER, POWER, Broken, Card, EndedEarly
from ykt_conformance.learn.learner import Search, learner
from ykt_conformance.learn.machine import Machine, Word
from ykt_conformance.learn.rows import Marks
from ykt_conformance.model.rules import NOT_STATED, Rule
from ykt_sim.errors import LinkError, UsageError, YktError

#: Random words for each machine, unless a plan says otherwise.
WALKS: Final = 300
#: What there is to learn, by subject.
_EVERY: Final = {"card": alphabet.every, "psam": psam.every}
#: Equal shares of the time left that one machine may take at most.
_SHARES: Final = 4


class LearnPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is learnt and how far.

    Attributes:
        explore: the card, what it is held to, and its clock; `seconds` bound all of it,
            `steps` are exchanges to stop after.
        only: names of subjects; none: all.
        queries: words to stop after; 0: no bound.
        extra: states beyond those of a machine up to which the W-method looks.
        walks: random words for each machine.
        first: stop at the first difference.
    """

    explore: ExplorePlan
    only: tuple[str, ...] = ()
    queries: int = 0
    extra: int = 0
    walks: int = WALKS
    first: bool = False


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt of one subject.

    Attributes:
        subject: with the alphabet.
        machine: the last one, or None where not even a first one was asked for.
        labels: what the model makes of each state.
        expected: by state and letter, what the model allows.
        queries, exchanges, seconds, rounds: how much it took.
        sure: extra states up to which the W-method is through; -1: it is not.
        walked: random words that brought nothing new.
        ended: why it ended early; empty when it did not.
    """

    subject: Subject
    machine: Machine | None
    labels: tuple[str, ...] = ()
    expected: tuple[Mapping[str, str], ...] = ()
    queries: int = 0
    exchanges: int = 0
    seconds: float = 0.0
    rounds: int = 0
    sure: int = -1
    walked: int = 0
    ended: str = ""

    def unheard(self) -> Word:
        """Letters that were answered, but never 9000 in any state."""
        if self.machine is None:
            return ()
        return tuple(
            letter for letter in self.machine.letters
            if not any(moves[letter].output in (POWER, NO_ANSWER)
                       or moves[letter].output.startswith("9000") for moves in self.machine.moves)
        )  # fmt: skip


class Difference(msgspec.Struct, frozen=True):
    """A letter that breaks a rule.

    Attributes:
        letter: of the alphabet, or a step before every word.
        places: states in which it does, by subject.
        found: the shortest steps that show it, as an exploration tells them.
    """

    letter: str
    places: Mapping[str, tuple[int, ...]]
    found: Explored

    @property
    def rule(self) -> Rule:
        """That is broken."""
        return self.found.divergence.rule if self.found.divergence is not None else NOT_STATED


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of learning a card.

    Attributes:
        target, seed: as in the plan.
        seconds: how long it took.
        machines: by subject.
        differences: from the model.
        gentle: the target gives no fresh card, so nothing that lasts was tried.
    """

    target: str
    seed: int
    seconds: float
    machines: tuple[Learned, ...]
    differences: tuple[Difference, ...]
    gentle: bool = False

    @property
    def exchanges(self) -> int:
        """With the card, of all machines."""
        return sum(one.exchanges for one in self.machines)

    def marks(self, name: str) -> Marks:
        """Rules of one machine by state and letter that break them."""
        return {
            (state, one.letter): one.rule.id
            for one in self.differences
            for state in one.places.get(name, ())
        }

    @property
    def exit_code(self) -> int:
        """0 no difference, 1 some, 2 a machine is not complete."""
        if self.differences:
            return SOME_FAIL
        whole = all(not one.ended for one in self.machines)
        return ALL_PASS if whole and self.machines else SOME_UNPROVEN


class _Learning:
    """Learning that goes on."""

    def __init__(self, plan: LearnPlan) -> None:
        self.plan = plan
        self.begun = plan.explore.clock()
        self.exchanges = self.queries = 0
        self.broken: dict[tuple[str, str], tuple[Broken, dict[str, tuple[int, ...]]]] = {}

    def over(self, until: float) -> Callable[[Card], bool]:
        """Whether time until then, or what else the plan bounds, is used up."""
        plan, explore = self.plan, self.plan.explore

        def over(card: Card) -> bool:
            exchanges, queries = self.exchanges + card.exchanges, self.queries + card.num_queries
            explore.progress(exchanges, f"{card.subject.name}: {card.num_queries} words")
            return (
                explore.clock() >= until
                or bool(explore.steps and exchanges >= explore.steps)
                or bool(plan.queries and queries > plan.queries)
                or (plan.first and bool(card.broken))
            )

        return over

    def one(self, subject: Subject, until: float, run: Any) -> Learned:
        """Learn one machine.

        Raises:
            LinkError: the card cannot be reached at all.
        """
        explore = self.plan.explore
        begun = explore.clock()
        card = Card(explore, subject, self.over(until))
        chance = Chance(seeded(explore.seed, f"learn {subject.name}"))
        search = Search(card, subject.letters, chance, extra=self.plan.extra, walks=self.plan.walks)
        ended = ""
        labels: list[str] = []
        expected: list[Mapping[str, str]] = []
        try:
            run(subject.letters, card, search)
            for label, row in _product(card, search.machine):
                labels.append(label)
                expected.append(row)
        except EndedEarly as reason:
            ended = str(reason)
        except YktError as error:
            if not (self.exchanges or card.exchanges) and isinstance(error, LinkError):
                raise
            ended = str(error)
        finally:
            card.close()
        self.exchanges += card.exchanges
        self.queries += card.num_queries
        self._keep(subject.name, card, search.machine)
        return Learned(
            subject=subject, machine=search.machine, labels=tuple(labels),
            expected=tuple(expected), queries=card.num_queries, exchanges=card.exchanges,
            seconds=explore.clock() - begun, rounds=search.rounds, sure=search.sure,
            walked=search.walked, ended=ended,
        )  # fmt: skip

    def _keep(self, name: str, card: Card, machine: Machine | None) -> None:
        """The fewest steps for each rule and letter, and where they were seen."""
        for key, broken in card.broken.items():
            best, places = self.broken.get(key, (broken, {}))
            if len(broken.steps) < len(best.steps):
                best = broken
            states = {machine.after(word) for word in broken.words} if machine else set()
            places[name] = tuple(sorted(states))
            self.broken[key] = best, places

    def differences(self) -> Iterator[Difference]:
        """What was broken, with the shortest steps that show it."""
        explore = self.plan.explore
        for (_, letter), (broken, places) in self.broken.items():
            yield Difference(letter, places, self._shown(explore, broken))

    def _shown(self, explore: ExplorePlan, broken: Broken) -> Explored:
        steps, tried, shrunk = broken.steps, broken.tried, False
        if tried.divergence is not None and explore.target.fresh and explore.shrink_s:
            short = shortest(explore, 0, steps, tried.divergence)
            if short is not None:
                shrunk, (_, steps, tried) = True, short
        return Explored(
            target=explore.target.name, seed=explore.seed, exchanges=len(tried.said),
            histories=1, seconds=0.0, coverage=Coverage(), divergence=tried.divergence,
            steps=steps, said=tried.said, events=tried.events, shrunk=shrunk,
        )  # fmt: skip


def _product(card: Card, machine: Machine | None) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Walk machine and model side by side: what the model makes of each state and allows there."""
    state_of = card.plan.subject.state
    for access in machine.access if machine is not None else ():
        player = card.play(access)
        letters = machine.letters if machine is not None else ()
        yield (
            state_of(player.model.world),
            {letter: " or ".join(player.allowed(letter)) for letter in letters},
        )


def learn(plan: LearnPlan) -> Learnt:
    """Learn a card.

    Raises:
        UsageError: AALpy is missing, no such subject, or the target cannot be reset.
        LinkError: the card cannot be reached at all.
    """
    target, explore = plan.explore.target, plan.explore
    run = learner()
    if RESET not in target.capabilities:
        raise UsageError(f"{target.name}: learning needs a card that can be reset, and it cannot")
    gentle = not target.fresh
    every = _EVERY[explore.subject.name](explore.form, target.capabilities, gentle=gentle)
    known = alphabet.wanted(every, plan.only, gentle=gentle)
    learning = _Learning(plan)
    end = learning.begun + explore.seconds
    machines: list[Learned] = []
    for n, subject in enumerate(known):
        now = explore.clock()
        until = min(end, now + _SHARES * (end - now) / (len(known) - n))
        machines.append(learning.one(subject, until, run))
        if plan.first and learning.broken:
            break
    differences = tuple(learning.differences())
    return Learnt(
        target=target.name, seed=explore.seed, seconds=explore.clock() - learning.begun,
        machines=tuple(machines), differences=differences, gentle=gentle,
    )  # fmt: skip
