"""Judges the recordings of a finished run again, by the suite that is here, and says what differs.

A verdict rests on recording, form, keys and suite alone, so the same must come out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.cases.case import Case
from ykt_conformance.cases.registry import all_cases
from ykt_conformance.cases.select import decide
from ykt_conformance.judge.alike import pattern
from ykt_conformance.judge.deviation import Modelled, fault_of, overruled
from ykt_conformance.judge.judging import TEST_KEYS, judge
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.judge.withhold import WITHHELD, holders
from ykt_conformance.run.modelled import modelled
from ykt_conformance.run.tapped import tapped
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Note, Trace

_NO_KEYS: Final = "none"


class Claim(msgspec.Struct, frozen=True):
    """What a run says came of a case on one recording.

    Attributes:
        case: its id.
        recording: name of the recording; empty for a case that did not apply and has none.
        verdict: of the case.
        reason: told of it, without numbers of cards; empty where only the verdict is known.
        broken: rules of the reference model with the events at which they are broken; None where
            it was not asked.
    """

    case: str
    recording: str
    verdict: str
    reason: str = ""
    broken: frozenset[tuple[str, int | None]] | None = None


class Circumstances(msgspec.Struct, frozen=True):
    """What a run's verdicts rest on beside its recordings.

    Attributes:
        kind: of the run.
        keys: which keys were used, in words.
        own: an owner's keys, where they are at hand.
        fresh: each case had a new card.
        ignored: ids of rules of the reference model by which nothing failed.
    """

    kind: str
    keys: str
    own: KeyRing | None = None
    fresh: bool = False
    ignored: frozenset[str] = frozenset()

    def ring(self) -> KeyRing | None:
        """Keys to judge with; None where they are an owner's and not here."""
        if self.keys.startswith(TEST_KEYS):
            return KeyRing()
        if self.keys.startswith(_NO_KEYS):
            return KeyRing(test_keys=False)
        return self.own


class Judgings(msgspec.Struct, frozen=True):
    """What came of judging again.

    Attributes:
        judged: how many claims came out the same.
        differing: each claim that did not, in words.
        left: why claims were not judged again, with how many.
    """

    judged: int
    differing: tuple[str, ...]
    left: Mapping[str, int]


def judge_again(
    claims: Iterable[Claim],
    recordings: Mapping[str, Trace],
    forms: Mapping[str, Mapping[str, Any]],
    how: Circumstances,
) -> Judgings:
    """Judge every claim again.

    Args:
        claims: of the run, those of one recording in a row.
        recordings: by name.
        forms: values of the ICS by the name of the recording; by an empty one that of the others.
        how: what else the verdicts rest on.
    """
    known = {case.id: case for case in all_cases()}
    differing: list[str] = []
    left: Counter[str] = Counter()
    judged = 0
    hearing: _Hearing | None = None
    redactor = Redactor()
    for claim in claims:
        case, trace = known.get(claim.case), recordings.get(claim.recording)
        form = forms.get(claim.recording, forms[""])
        applies = case is None or _applies(case, form)
        if applies is (claim.verdict == Verdict.NOT_APPLICABLE):
            said = "applies" if applies else "does not apply"
            differing.append(f"{claim.case}: {claim.verdict}, but by the form it {said}")
            continue
        why = _left(case, trace, how)
        if not applies or why:
            judged += not applies
            left[why] += applies
            continue
        if case is None or trace is None:
            differing.append(f"{claim.case}: recording {claim.recording!r} is missing")
            continue
        if hearing is None or hearing.name != claim.recording:
            hearing = _Hearing(claim.recording, trace, form, how, redactor)
        wrong = hearing.against(claim, case)
        judged += not wrong
        differing += [wrong] if wrong else []
    return Judgings(judged, tuple(differing), {why: count for why, count in left.items() if count})


def _applies(case: Case, form: Mapping[str, Any]) -> bool:
    return decide(case, form, lambda _need: True).verdict is not Verdict.NOT_APPLICABLE


def _left(case: Case | None, trace: Trace | None, how: Circumstances) -> str:
    """Why a claim is not judged again; empty where it is."""
    if case is None:
        return "no case of this suite"
    if trace is None:
        return ""
    if how.ring() is None:
        return "the owner's keys are not here; --keys gives them"
    if any(isinstance(event, Note) and event.text == WITHHELD for event in trace.events):
        return "personal data or PINs were left out of the recording"
    return ""


class _Hearing:
    """One recording, judged again."""

    def __init__(
        self, name: str, trace: Trace, form: Mapping[str, Any], how: Circumstances,
        redactor: Redactor,
    ) -> None:  # fmt: skip
        self.name = name
        self._trace = trace
        self._form = form
        self._how = how
        self._redactor = redactor
        ring = self._ring()
        view = View.of(trace, form, ring) if _readable(trace, form) else None
        redactor.learn_trace(trace.header, understand(trace), ring)
        redactor.learn_issued(trace)
        if view is not None:
            redactor.learn_holders(holders(view))

    def _ring(self) -> KeyRing:
        ring = self._how.ring()
        return KeyRing(test_keys=False) if ring is None else ring

    def against(self, claim: Claim, case: Case) -> str:
        """What speaks against a claim, in words; empty when nothing does."""
        verdict, reason, broken = self._judged(case)
        where = f"{claim.case} on recording {claim.recording!r}"
        if verdict != claim.verdict:
            return f"{where}: {claim.verdict}, judged again {verdict}: {reason}"
        if claim.reason and pattern(claim.reason) != pattern(reason):
            return f"{where}: {claim.reason!r}, judged again {reason!r}"
        if claim.broken is not None and claim.broken != broken:
            rules = ", ".join(sorted({rule for rule, _ in claim.broken ^ broken}))
            return f"{where}: the reference model judges otherwise by {rules}"
        return ""

    def _judged(self, case: Case) -> tuple[Verdict, str, frozenset[tuple[str, int | None]]]:
        """Verdict, reason, and the rules of the model that are broken."""
        outcome = judge(case, self._trace, self._form, self._ring())
        verdict, reason = outcome.verdict, self._redactor.text(outcome.reason)
        model = self._model(case)
        if model is None:
            return verdict, reason, frozenset()
        rules = frozenset((one.rule, one.event) for one in model.deviations)
        broken = overruled(verdict, model, case.clauses, swept=case.swept)
        if broken is None:
            return verdict, reason, rules
        return Verdict.FAIL, fault_of(broken, self._trace).reason, rules

    def _model(self, case: Case) -> Modelled | None:
        """What the model of a live run says; a recording's verdicts do not rest on any."""
        events, form, hide = self._trace.events, self._form, self._redactor.text
        if self._how.kind == "card":
            return modelled(
                events, form, self._ring(), hide, new=self._how.fresh,
                test_keys=self._how.keys.startswith(TEST_KEYS),
                ignored=self._how.ignored, case=case.id,
            )  # fmt: skip
        if self._how.kind == "terminal":
            return tapped(events, form, self._ring(), hide, ignored=self._how.ignored, case=case.id)
        return None


def _readable(trace: Trace, form: Mapping[str, Any]) -> bool:
    try:
        View.of(trace, form)
    except ReadError:
        return False
    return True


def claims_of(
    order: Iterable[str], verdicts: str, recording: str, reasons: Mapping[tuple[str, str], str]
) -> Iterator[Claim]:
    """The claims of one of several recordings.

    Args:
        order: ids of the cases.
        verdicts: first letters of their verdicts.
        recording: its name.
        reasons: told of this recording, by case and verdict.
    """
    by_letter = {verdict.value[0]: verdict.value for verdict in Verdict}
    for case, letter in zip(order, verdicts, strict=True):
        verdict = by_letter[letter]
        yield Claim(case, recording, verdict, reasons.get((case, verdict), ""))
