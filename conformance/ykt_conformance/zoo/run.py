"""The zoo: the suite tried on implementations that are wrong on purpose.

Every deviation is run with the cases declared for it, and each must FAIL for the declared
reason. Before that every case is run on the sound implementations, where nothing may fail.
A deviation that survives, a case that no deviation kills and a wrong reason are failures
of this suite, not of the implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ykt_conformance.cases.case import Case
from ykt_conformance.cases.clauses import load_clauses
from ykt_conformance.cases.registry import (
    SUITE_VERSION,
    card_cases,
    cases,
    suite_sha256,
    terminal_cases,
)
from ykt_conformance.ics import form as forms
from ykt_conformance.judge.results import SOME_FAIL, CaseResult, RunResult
from ykt_conformance.judge.verdict import Subject, Verdict
from ykt_conformance.report.html.zoo_page import Mutant, ZooTable
from ykt_conformance.run.card import run_card
from ykt_conformance.run.plan import VERSIONS, RunPlan
from ykt_conformance.run.targets.names import form_of, open_target
from ykt_conformance.run.terminal import run_terminal
from ykt_conformance.zoo import terminal
from ykt_conformance.zoo.card import table as card
from ykt_conformance.zoo.torn import TORN, TornMutant, found
from ykt_sim.bench.make import deviations
from ykt_sim.errors import UsageError

SUBJECTS: Final[tuple[Subject, ...]] = ("card", "terminal")
#: Sound implementations the cases must hold on before anything else counts.
SOUND: Final[Mapping[Subject, tuple[str, ...]]] = {
    "card": ("lnt", "tunion", "dual"),
    "terminal": (
        "bus-legacy", "bus-upgraded", "bus-tunion", "metro-entry", "metro-exit", "bus-board",
        "bus-alight", "ferry-upgraded", "load-point",
    ),
}  # fmt: skip

Progress = Callable[[int, int, str], object]


class Declared(Protocol):
    """One entry of `zoo.card.table.MUTANTS` or `zoo.terminal.MUTANTS`."""

    @property
    def name(self) -> str:
        """Name of the deviation."""
        ...

    @property
    def profile(self) -> str:
        """Profile it is tried on."""
        ...

    @property
    def kills(self) -> Mapping[str, str]:
        """Case id to part of the reason it must fail for."""
        ...


@dataclass(frozen=True)
class ZooResult:
    """A finished zoo run.

    Attributes:
        table: every deviation with what became of it.
        unsound: cases that do not hold on a sound implementation, as text.
        partial: only some deviations were run.
    """

    table: ZooTable
    unsound: tuple[str, ...] = ()
    partial: bool = False

    @property
    def exit_code(self) -> int:
        """0 when every deviation died as declared, every case killed, and nothing else failed."""
        return SOME_FAIL if self.problems else 0

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with this suite; empty when nothing is."""
        found = list(self.unsound)
        for mutant in self.table.amiss:
            found += [f"{mutant.target}: {text}" for text in mutant.problems or ("it survived",)]
        found += [f"{case}: no deviation kills it" for case in self.table.idle]
        return tuple(found)

    def document(self) -> dict[str, Any]:
        """The result as plain data."""
        table = self.table
        return {
            "suite": {"version": table.suite_version, "sha256": table.suite_sha256},
            "started": table.started,
            "finished": table.finished,
            "duration_s": table.duration_s,
            "mutants": [
                {
                    "name": mutant.name,
                    "subject": mutant.subject,
                    "target": mutant.target,
                    "about": mutant.about,
                    "declared": list(mutant.declared),
                    "killed_by": list(mutant.killed_by),
                    "reasons": dict(mutant.reasons),
                    "problems": list(mutant.problems),
                }
                for mutant in table.mutants
            ],
            "idle": list(table.idle),
            "unsound": list(self.unsound),
            "clauses": {
                clause: {"cases": list(ids), "killed": list(self.killed_under(ids))}
                for clause, ids in table.clauses.items()
            },
            "problems": list(self.problems),
        }

    def killed_under(self, ids: Iterable[str]) -> Iterator[str]:
        """Names of the deviations that cases with these ids killed."""
        wanted = frozenset(ids)
        for mutant in self.table.mutants:
            if wanted & frozenset(mutant.killed_by):
                yield mutant.name

    def lines(self) -> Iterator[str]:
        """The kill table per clause, then what is wrong."""
        table = self.table
        yield f"{'clause':<16}{'cases':>6}{'killed':>8}  deviations"
        for clause, ids in table.clauses.items():
            names = tuple(self.killed_under(ids))
            if self.partial and not names:
                continue
            shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
            yield f"{clause:<16}{len(ids):>6}{len(names):>8}  {shown}"
        yield ""
        yield from self.problems
        killed = len(table.mutants) - len(table.survivors)
        yield (
            f"{killed} of {len(table.mutants)} deviations killed as declared, "
            f"{len(table.idle)} cases kill nothing, {len(self.unsound)} fail on sound "
            f"implementations; {table.duration_s:.1f} s"
        )


def declared(subject: Subject) -> tuple[Declared, ...]:
    """The deviations of one subject with what must notice them; PSAMs are parts of terminals."""
    swept = tuple(one for one in TORN if (one.room == "card") == (subject == "card"))
    return (*(card.MUTANTS if subject == "card" else terminal.MUTANTS), *swept)


def run_zoo(
    *,
    subject: Subject | None = None,
    only: tuple[str, ...] = (),
    clock: Callable[[], float],
    now: Callable[[], str],
    progress: Progress = lambda _number, _total, _name: None,
) -> ZooResult:
    """Run the zoo.

    Args:
        subject: cards or terminals; None for both.
        only: names of deviations; none means all, with the sound runs and the idle cases.
        clock, now: monotonic seconds, and the time of day as ISO text.
        progress: told (number, total, name) after every target.

    Raises:
        UsageError: a name in ``only`` is no declared deviation.
    """
    begun, started = clock(), now()
    subjects = SUBJECTS if subject is None else (subject,)
    work = [(whose, mutant) for whose in subjects for mutant in declared(whose)]
    unknown = sorted(set(only) - {mutant.name for _, mutant in work})
    if unknown:
        raise UsageError(f"no declared deviation {', '.join(unknown)}")
    chosen = [(whose, mutant) for whose, mutant in work if not only or mutant.name in only]
    sound = [] if only else [(whose, name) for whose in subjects for name in SOUND[whose]]
    total = len(sound) + len(chosen)
    unsound: list[str] = []
    for number, (whose, profile) in enumerate(sound, 1):
        unsound += _unsound(_run(whose, f"sim:{profile}", lambda _case: True, clock, now))
        progress(number, total, f"sim:{profile}")
    tried: list[Mutant] = []
    for number, (whose, mutant) in enumerate(chosen, len(sound) + 1):
        tried.append(_try(whose, mutant, clock, now))
        progress(number, total, mutant.name)
    killers = {case for mutant in tried for case in mutant.killed_by}
    idle = () if only else tuple(_idle(subjects, killers))
    table = ZooTable(
        mutants=tuple(tried),
        idle=idle,
        clauses=_clauses(subjects),
        suite_version=SUITE_VERSION,
        suite_sha256=suite_sha256(),
        versions=VERSIONS,
        started=started,
        finished=now(),
        duration_s=round(clock() - begun, 3),
    )
    return ZooResult(table, tuple(unsound), partial=bool(only))


def _run(
    subject: Subject,
    target: str,
    wanted: Callable[[Case], bool],
    clock: Callable[[], float],
    now: Callable[[], str],
) -> RunResult:
    form = forms.load(form_of(target))
    if subject == "card":
        cards = tuple(filter(wanted, card_cases()))
        plan = RunPlan(cases=cards, ics=form, clock=clock, now=now, stories=False)
        return run_card(open_target(target), plan)
    terminals = tuple(filter(wanted, terminal_cases()))
    ridden = RunPlan(cases=terminals, ics=form, clock=clock, now=now, stories=False)
    return run_terminal(ridden, target=target)


def _unsound(run: RunResult) -> Iterator[str]:
    held = (Verdict.PASS, Verdict.NOT_APPLICABLE)
    for result in run.results:
        if result.verdict not in held:
            yield f"{run.target}: {result.id} is {result.verdict}: {result.reason}"
    for finding in run.findings:
        yield f"{run.target}: {finding}"


def _try(
    subject: Subject, mutant: Declared, clock: Callable[[], float], now: Callable[[], str]
) -> Mutant:
    """Run the declared cases on one deviation, or the sweep of cuts that is declared for it."""
    if isinstance(mutant, TornMutant):
        return _torn(subject, mutant)
    target = f"sim:{mutant.profile}?deviate={mutant.name}"
    run = _run(subject, target, lambda case: case.id in mutant.kills, clock, now)
    failed = [result for result in run.results if result.verdict is Verdict.FAIL]
    problems = [
        text for result in run.results if (text := _problem(result, mutant.kills[result.id]))
    ]
    missing = sorted(mutant.kills.keys() - {result.id for result in run.results})
    problems += [f"{name} is declared, but there is no such case" for name in missing]
    return Mutant(
        name=mutant.name,
        subject=subject,
        target=target,
        about=deviations(subject)[mutant.name],
        declared=tuple(mutant.kills),
        killed_by=tuple(result.id for result in failed),
        reasons={result.id: result.reason for result in failed},
        problems=tuple(problems),
    )


def _torn(subject: Subject, mutant: TornMutant) -> Mutant:
    reasons = found(mutant)
    held = mutant.rule in reasons
    return Mutant(
        name=mutant.name,
        subject=subject,
        target=mutant.target,
        about=deviations(mutant.room)[mutant.name],
        declared=(mutant.rule,),
        killed_by=(mutant.rule,) if held else (),
        reasons=reasons,
        problems=() if held else (f"{mutant.rule} is not broken",),
    )


def _problem(result: CaseResult, reason: str) -> str:
    if result.verdict is not Verdict.FAIL:
        return f"{result.id} is {result.verdict} and not FAIL: {result.reason}"
    if reason not in result.reason:
        return f"{result.id} fails for another reason: {result.reason!r}, not {reason!r}"
    return ""


def _idle(subjects: Iterable[Subject], killers: set[str]) -> Iterator[str]:
    for subject in subjects:
        yield from (case.id for case in cases(subject) if case.id not in killers)


def _clauses(subjects: Iterable[Subject]) -> dict[str, tuple[str, ...]]:
    resting: dict[str, tuple[str, ...]] = {}
    known = load_clauses()
    for subject in subjects:
        for case in cases(subject):
            for clause in case.clauses:
                if clause in known:
                    resting[clause] = (*resting.get(clause, ()), case.id)
    return dict(sorted(resting.items()))
