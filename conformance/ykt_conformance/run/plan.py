"""What a run is asked to do: the same plan for cards, terminals and traces."""

from __future__ import annotations

import copy
import platform
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from ykt_conformance.cases.case import Case
from ykt_conformance.cases.clauses import answer_problems
from ykt_conformance.cases.select import choose, exclude
from ykt_conformance.drive.limits import Limits, Rng, seeded
from ykt_conformance.ics import form as forms
from ykt_conformance.ics.form import IcsFile, check
from ykt_conformance.judge.campaign import Campaign
from ykt_conformance.judge.results import CaseResult, Exclusion
from ykt_conformance.judge.verdict import Subject
from ykt_conformance.model import RULES
from ykt_sim.bench.chance import rng
from ykt_sim.errors import UsageError
from ykt_sim.meaning.duty import DUTIES
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.transport.calibrate import Calibration, load_calibration
from ykt_sim.version import __version__

CaseT = TypeVar("CaseT", bound=Case)
#: Called after every case with its number from 1, how many there are, and its result.
Progress = Callable[[int, int, CaseResult], object]


def _silent(_number: int, _total: int, _result: CaseResult) -> None:
    return None


class RunPlan(msgspec.Struct, Generic[CaseT], frozen=True, kw_only=True):
    """A run, decided on.

    Attributes:
        cases: chosen cases in order (`cases.select.choose`); a recording is judged by cases
            of either kind, a card or a terminal is driven by its own.
        ics: the implementation's statement.
        clock: monotonic seconds; `now` gives the time of day as ISO text.
        keys: ring to start from; every case gets a copy of its own.
        keys_text: what the ring is, in words.
        seed: of all randomness in the run.
        limits: what bounds a case.
        progress: told after every case.
        ignored: ids of rules of the reference model by which nothing fails.
        calibration: of the way to the card or terminal; None when nobody measured it.
        stories: tell the story of every recording, for a report.
        unmasked: card numbers are to stay whole in what is written.
        again: the command line that does it again, for those who read the result.
        thorough: tables are swept in full, not by pairs.
        excluded: cases that were chosen and then left out by declaration.
        campaign: what the laboratory states of the run.
    """

    cases: tuple[CaseT, ...]
    ics: IcsFile
    clock: Callable[[], float]
    now: Callable[[], str]
    keys: KeyRing = msgspec.field(default_factory=KeyRing)
    keys_text: str = "published test keys, diversified from what the card says of itself"
    test_keys: bool = True
    seed: int = 0
    limits: Limits = msgspec.field(default_factory=Limits)
    progress: Progress = _silent
    ignored: frozenset[str] = frozenset()
    calibration: Calibration | None = None
    stories: bool = True
    unmasked: bool = False
    again: str = ""
    thorough: bool = False
    excluded: tuple[Exclusion, ...] = ()
    campaign: Campaign = Campaign()

    def ring(self) -> KeyRing:
        """A ring that has learnt nothing of any card yet."""
        return copy.deepcopy(self.keys)

    def rng(self, purpose: str) -> Rng:
        """Randoms for one case, the same whatever was run before it."""
        return seeded(self.seed, purpose)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks of a run, in words.

    Attributes:
        ids: only these cases.
        where: only cases for which the expression holds.
        keys: a key file; without one the published test keys are used.
        seed: of all randomness; drawn without one.
        calibration: a file of the time on the way.
        stories: as in `RunPlan`.
        unmasked: as in `RunPlan`.
        ignored: ids of rules of the model by which nothing fails.
        thorough: as in `RunPlan`.
        excluded: id of a case, or what cases need of a target -> why they are left out.
        campaign: a campaign file that was read; what it excludes is excluded too.
    """

    ids: tuple[str, ...] = ()
    where: str = ""
    keys: str = ""
    seed: int | None = None
    calibration: str = ""
    stories: bool = False
    unmasked: bool = False
    ignored: tuple[str, ...] = ()
    thorough: bool = False
    excluded: Mapping[str, str] = msgspec.field(default_factory=dict)
    campaign: Campaign = Campaign()


def known_rules(ids: tuple[str, ...]) -> frozenset[str]:
    """Ids of rules of the models of cards and taps; UsageError for one that is none."""
    known = {rule.id for rule in (*RULES.values(), *DUTIES.values())}
    unknown = sorted(set(ids) - known)
    if unknown:
        raise UsageError(f"no rule {', '.join(unknown)}; rules are named in every finding")
    return frozenset(ids)


def problems_of(form: IcsFile) -> list[str]:
    """What is wrong with a form, and with the clauses that it answers."""
    return [*check(form.ics), *answer_problems(form.ics.clauses, form.subject)]


def must_be_sound(form: IcsFile) -> None:
    """Raises UsageError for a form that contradicts itself or the clauses it answers."""
    for problem in problems_of(form):
        raise UsageError(f"{form.name}: {problem}")


def asked_form(name: str, subject: Subject) -> IcsFile:
    """The form that a target is held to.

    Args:
        name: of a shipped form, or a file; empty where neither words nor target give one.
        subject: what the target is.

    Raises:
        UsageError: there is none, or it is of the other subject.
        ProfileError: the file is wrong.
    """
    if not name:
        raise UsageError("give --ics FILE; ykt conform ics new and draft make one")
    form = forms.load(name)
    if form.subject != subject:
        raise UsageError(f"{form.name} is the ICS of a {form.subject}, not of a {subject}")
    return form


def drawn(seed: int | None) -> int:
    """A seed that was given, or one that is drawn."""
    return int.from_bytes(rng(None)(4), "big") if seed is None else seed


def make_plan(
    known: tuple[CaseT, ...],
    ics: IcsFile,
    wanted: Wanted,
    *,
    now: Callable[[], str],
    limits: Limits | None = None,
    progress: Progress = _silent,
    stated: bool = True,
) -> RunPlan[CaseT]:
    """The plan of a run, from what is asked.

    Args:
        known: cases to choose from.
        ics: the implementation's statement.
        wanted: what is asked.
        now: the time of day as ISO text.
        limits: what bounds a case.
        progress: told after every case.
        stated: somebody states the ICS, so it must not contradict itself.

    Raises:
        UsageError: the ICS contradicts itself, no case is left, or an exclusion is of nothing.
        ProfileError: a file is wrong.
    """
    if stated:
        must_be_sound(ics)
    more: dict[str, Any] = {}
    if wanted.keys:
        more = {"keys": KeyRing.from_file(wanted.keys), "keys_text": "a key file of the owner's"}
    for twice in sorted(wanted.excluded.keys() & wanted.campaign.exclusions.keys()):
        raise UsageError(f"{twice} is excluded twice, by words and by {wanted.campaign.name}")
    chosen = choose(known, ids=wanted.ids, where=wanted.where)
    declared = {**wanted.campaign.exclusions, **wanted.excluded}
    left, excluded = exclude(chosen, known, declared, ics.values if stated else None)
    return RunPlan(
        cases=left,
        excluded=excluded,
        campaign=wanted.campaign,
        ics=ics,
        clock=time.monotonic,
        now=now,
        test_keys=not wanted.keys,
        seed=drawn(wanted.seed),
        limits=limits or Limits(),
        progress=progress,
        calibration=load_calibration(wanted.calibration) if wanted.calibration else None,
        stories=wanted.stories,
        unmasked=wanted.unmasked,
        thorough=wanted.thorough,
        ignored=known_rules(wanted.ignored),
        **more,
    )


VERSIONS: Final[Mapping[str, str]] = {
    "ykt-sim": __version__,
    "python": platform.python_version(),
    "platform": f"{platform.system()} {platform.machine()}",
}
