"""A sweep: every single cut of every flow with everything that may follow, or a sample of more."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from random import Random
from typing import Final, NamedTuple

import msgspec

from ykt_sim.bench.sweep.after import AFTER
from ykt_sim.bench.sweep.begin import Start, begin
from ykt_sim.bench.sweep.case import Case, Outcome, cuts_of, play, whole_steps
from ykt_sim.bench.sweep.cuts import Cut, Step
from ykt_sim.bench.sweep.flows import Flow, Setting, flows_of
from ykt_sim.errors import UsageError

#: Cuts of a flow, and samples, that one worker plays at a time.
_CUTS, _SAMPLES = 8, 20
#: Pieces that are played sooner than another process has started.
_ALONE: Final = 8
#: Draws after which a sample is given up whose cuts are never reached.
_TRIES: Final = 200
#: Steps that a tap may have beyond those of the whole one: what recovery asks.
_MORE_STEPS: Final = 6
#: Stories that broke a rule, as many as are kept whole; the others are counted.
KEPT: Final = 100


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is swept.

    Attributes:
        setting: who meets whom.
        flows: names; empty for those of the terminal. every: all that the card can do.
        depth: cuts in one story, one a tap.
        samples: stories drawn by chance; 0: every single cut, with a depth of one only.
        seed: of the samples.
        jobs: processes; 0: as many as there are processors.
        after: names of what is presented; empty for all.
        first: stop at the first story that breaks a rule.
    """

    setting: Setting = Setting()
    flows: tuple[str, ...] = ()
    every: bool = False
    depth: int = 1
    samples: int = 0
    seed: int = 1
    jobs: int = 1
    after: tuple[str, ...] = ()
    first: bool = False


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One story in short.

    Attributes:
        flow, cuts, after: what was played; steps: names of what was cut.
        first, back: what the display said at the first tap, and when the card came back.
        broken: ids of the rules that were broken.
    """

    flow: str
    cuts: tuple[str, ...]
    steps: tuple[str, ...]
    after: str
    first: str
    back: str
    broken: tuple[str, ...]


class Swept(msgspec.Struct):
    """What came of a sweep.

    Attributes:
        plan: what was swept.
        points: number of single cuts by flow; of the whole tap, whatever the depth.
        rows: every story.
        broken: those that broke a rule, whole, `KEPT` at most.
    """

    plan: Plan
    points: dict[str, int]
    rows: list[Row] = msgspec.field(default_factory=list)
    broken: list[Outcome] = msgspec.field(default_factory=list)

    @property
    def violations(self) -> int:
        """Stories that broke a rule."""
        return sum(1 for row in self.rows if row.broken)

    def counts(self, flow: str) -> dict[str, Counter[str]]:
        """What the display said when the card came back, by what was presented."""
        found: dict[str, Counter[str]] = {}
        for row in self.rows:
            if row.flow == flow:
                found.setdefault(row.after, Counter())[row.back or "not back"] += 1
        return found


class _Work(NamedTuple):
    """A piece of a sweep: cuts of a flow, or numbers of samples."""

    plan: Plan
    flow: str
    cuts: tuple[Cut, ...] = ()
    numbers: tuple[int, ...] = ()


def sweep(plan: Plan, done: Callable[[int, int], object] = lambda _done, _all: None) -> Swept:
    """Play it.

    Args:
        plan: what is swept.
        done: told how many stories were played, of how many.

    Raises:
        UsageError: words that mean nothing; a card that is not let through uncut.
    """
    flows = _flows(plan)
    for name in plan.after:
        if name not in AFTER:
            raise UsageError(f"nothing {name!r} is presented; there are {', '.join(AFTER)}")
    if plan.depth > 1 and not plan.samples:
        raise UsageError("more than one cut is swept by samples: say how many")
    cuts = {flow.name: cuts_of(_start(plan.setting, flow)) for flow in flows}
    swept = Swept(plan, {name: len(found) for name, found in cuts.items()})
    work = list(_sampled(plan) if plan.samples else _whole(plan, cuts))
    total = plan.samples or sum(swept.points.values()) * len(plan.after or AFTER)
    for rows, broken in _played(work, plan.jobs or os.cpu_count() or 1):
        swept.rows += rows
        swept.broken += broken[: KEPT - len(swept.broken)]
        done(len(swept.rows), total)
        if plan.first and broken:
            break
    return swept


def replay(setting: Setting, case: Case) -> Outcome:
    """Play one story; raises UsageError for a flow that is none, or a cut that is not reached."""
    (flow,) = flows_of(setting, (case.flow,))
    came = play(_start(setting, flow), case)
    must_reach(case, came)
    return came


def must_reach(case: Case, came: Outcome) -> None:
    """Every cut was made; UsageError where one was not."""
    if len(came.steps) < len(case.cuts):
        missed = case.cuts[len(came.steps)]
        raise UsageError(f"cut {missed} is never reached: {came.story[len(came.steps)]}")


def _flows(plan: Plan) -> list[Flow]:
    return flows_of(plan.setting, plan.flows, every=plan.every)


@lru_cache(maxsize=64)
def _start(setting: Setting, flow: Flow) -> Start:
    return begin(setting, flow)


@lru_cache(maxsize=64)
def _steps(setting: Setting, flow: Flow) -> Sequence[Step]:
    return whole_steps(_start(setting, flow))


def _whole(plan: Plan, cuts: dict[str, list[Cut]]) -> Iterator[_Work]:
    for flow, found in cuts.items():
        for at in range(0, len(found), _CUTS):
            yield _Work(plan, flow, cuts=tuple(found[at : at + _CUTS]))


def _sampled(plan: Plan) -> Iterator[_Work]:
    for at in range(0, plan.samples, _SAMPLES):
        yield _Work(plan, "", numbers=tuple(range(at, min(at + _SAMPLES, plan.samples))))


Played = tuple[list[Row], list[Outcome]]


def _played(work: list[_Work], jobs: int) -> Iterator[Played]:
    """Every piece in order, whoever plays it."""
    if jobs <= 1 or len(work) <= _ALONE:
        yield from map(_play, work)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(_play, work)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _play(work: _Work) -> Played:
    rows: list[Row] = []
    broken: list[Outcome] = []
    for came in _outcomes(work):
        rows.append(_row(came))
        if came.broken:
            broken.append(came)
        if work.plan.first and broken:
            break
    return rows, broken


def _outcomes(work: _Work) -> Iterator[Outcome]:
    plan = work.plan
    flows = {flow.name: flow for flow in _flows(plan)}
    for cut in work.cuts:
        for after in plan.after or AFTER:
            start = _start(plan.setting, flows[work.flow])
            yield play(start, Case(work.flow, (cut,), after))
    for number in work.numbers:
        yield _sample(plan, list(flows.values()), number)


def _sample(plan: Plan, flows: list[Flow], number: int) -> Outcome:
    """The sample of this number: drawn until every cut of it was reached."""
    chance = Random(f"{plan.seed}:{plan.depth}:{number}")  # noqa: S311 - repeatable
    came: Outcome | None = None
    for _ in range(_TRIES):
        flow = chance.choice(flows)
        start, steps = _start(plan.setting, flow), _steps(plan.setting, flow)
        cuts = tuple(Cut(_at(chance, len(steps), more=bool(n))) for n in range(plan.depth))
        case = Case(flow.name, cuts, chance.choice(plan.after or tuple(AFTER)))
        came = play(start, case, chance)
        if len(came.case.cuts) == plan.depth and all(cut.how for cut in came.case.cuts):
            return came
    raise UsageError(f"sample {number}: no {plan.depth} cuts in {_TRIES} stories")


def _at(chance: Random, steps: int, *, more: bool) -> int:
    """A step; every other time one of the last, where money moves."""
    last = steps + (_MORE_STEPS if more else 0)
    begin_at = steps * 2 // 3 if chance.random() < 0.5 else 1
    return chance.randint(begin_at, last)


def _row(came: Outcome) -> Row:
    case = came.case
    rules = dict.fromkeys(one.rule.id for one in came.broken)
    cuts = tuple(map(str, case.cuts))
    return Row(case.flow, cuts, came.steps, case.after, came.first, came.back, tuple(rules))
