"""What a run gives: one `CaseResult` per case in one `RunResult`; report writers take it whole.

Everything is frozen. Texts in results have gone through `judge.redact` already; the
traces are as recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from ykt_conformance.judge.campaign import Campaign
from ykt_conformance.judge.deviation import Deviation, Modelled
from ykt_conformance.judge.verdict import Fault, Subject, Verdict
from ykt_sim.meaning.story.lines import Line
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.model import Trace

RunKind = Literal["card", "terminal", "trace"]

#: Exit codes of ``ykt conform``.
ALL_PASS: Final = 0
SOME_FAIL: Final = 1
SOME_UNPROVEN: Final = 2
USAGE: Final = 3


class Finding(msgspec.Struct, frozen=True):
    """Something observed that contradicts the ICS.

    Attributes:
        path: entry of the ICS, e.g. ``tunion.ef17``.
        claimed, observed: both values as text.
        why: what was seen.
        case: id of the case in whose trace it was seen; empty in trace mode.
        event: index of the event in that trace, or None.
    """

    path: str
    claimed: str
    observed: str
    why: str
    case: str = ""
    event: int | None = None

    def __str__(self) -> str:
        where = f" ({self.case})" if self.case else ""
        return f"{self.path}: claimed {self.claimed}, observed {self.observed}: {self.why}{where}"


class CaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one case.

    Attributes:
        id, subject, group, title, title_zh, clauses, official, needs: as in the case.
        verdict: never folded into another one.
        reason: one sentence; for PASS what the judge had before it.
        selected: why the case was run, or why not.
        fault: what the judge found, for FAIL.
        duration_s: seconds the stimulus took; 0 when there was none.
        trace: the recording that was judged; None when the case was not run.
        before, after: the card's state as plain data where we own the card.
        story: of the recording, in at most five lines; empty where nothing was exchanged.
        model: what the reference model says of the trace, of cards' cases.
        items: the events of the trace, understood; empty where no report was asked for.
        findings: what in the trace contradicts the ICS.
        found_in: in which of several recordings it came out like this, e.g. ``1-40,42``; the
            trace is that of the first one. Empty where the run has one recording a case.
        words: of a command line that judges this one of several recordings again.
    """

    id: str
    subject: Subject
    group: str
    title: str
    title_zh: str
    clauses: tuple[str, ...]
    verdict: Verdict
    reason: str
    selected: str
    official: str = ""
    needs: tuple[str, ...] = ()
    fault: Fault | None = None
    duration_s: float = 0.0
    trace: Trace | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    story: tuple[Line, ...] = ()
    model: Modelled | None = None
    items: tuple[Understood, ...] = ()
    findings: tuple[Finding, ...] = ()
    found_in: str = ""
    words: str = ""


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """A case that somebody left out; it was not run and has no verdict.

    Attributes:
        id, subject, group, title, title_zh, clauses, official: as in the case.
        because: the reason as declared.
        need: what the case needs of the target, where that was excluded; empty for the case itself.
    """

    id: str
    subject: Subject
    group: str
    title: str
    title_zh: str
    clauses: tuple[str, ...]
    because: str
    official: str = ""
    need: str = ""

    @property
    def reason(self) -> str:
        """The declared reason, with what it was declared of."""
        return f"needs {self.need}, excluded: {self.because}" if self.need else self.because


class Cause(msgspec.Struct, frozen=True):
    """What several cases went wrong for.

    Attributes:
        reason: that of the first of them, without what the case wanted to show by it.
        why: what brought it about there, as far as the recording shows it; empty otherwise.
        cases: their ids.
    """

    reason: str
    why: str
    cases: tuple[str, ...]

    def __str__(self) -> str:
        why = f": {self.why}" if self.why else ""
        return f"{len(self.cases)} cases: {self.reason}, first in {self.cases[0]}{why}"


class Judged(msgspec.Struct, frozen=True):
    """One of several recordings of a run.

    Attributes:
        name: in ``trace.jsonl``.
        source: file and conversation it comes from.
        ics_sha256: of the form that it was judged by.
        verdicts: first letters of the verdicts of all cases, in the order of `RunResult.order`.
    """

    name: str
    source: str
    ics_sha256: str
    verdicts: str


def _by_rule(deviations: Iterable[Deviation]) -> dict[str, Deviation]:
    """The first deviation of each rule."""
    found: dict[str, Deviation] = {}
    for one in deviations:
        found.setdefault(one.rule, one)
    return found


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """A finished run.

    Attributes:
        kind: what was run; ``trace`` for judged recordings.
        target: name of the target as given, or of the trace file.
        ics: the ICS as nested mappings; `ics_text` its file, `ics_sha256` of that text.
        suite_version, suite_sha256: of the cases, clauses and judges (`cases.registry`).
        seed: makes the randoms of the run repeatable.
        keys: which keys were used, in words; never the keys themselves.
        versions: of the program, Python and the platform.
        started, finished: ISO times; `duration_s` seconds between them.
        results: in the order they were run.
        excluded: cases that were left out by declaration; no verdict counts them.
        campaign: what the laboratory states of the run.
        findings: contradictions between ICS and what was observed.
        timing: with what the times were taken, and what is known of the time on the way.
        unmasked: card numbers are whole in the texts, and shall be in pages.
        model: what the reference model says of all traces; None where it was not asked.
        stopped: somebody ended it early; cases that were not run are ERROR.
        judging: what else the verdicts rest on: rules that were ignored, whether each case had a
            new card.
        again: the command line that does it again.
        causes: that several cases have in common.
        recordings: where one file held several; then a result stands for all recordings in which
            a case came out alike.
        order: ids of the cases by which each of them was judged.
        more_ics: texts of the other forms that recordings were judged by, by their SHA-256.
    """

    kind: RunKind
    target: str
    ics: Mapping[str, Any]
    ics_name: str
    ics_text: str
    ics_sha256: str
    suite_version: str
    suite_sha256: str
    seed: int | None
    keys: str
    versions: Mapping[str, str]
    started: str
    finished: str
    duration_s: float
    results: tuple[CaseResult, ...]
    excluded: tuple[Exclusion, ...] = ()
    campaign: Campaign = Campaign()
    findings: tuple[Finding, ...] = msgspec.field(default_factory=tuple)
    timing: str = ""
    unmasked: bool = False
    model: Modelled | None = None
    stopped: bool = False
    judging: Mapping[str, Any] = msgspec.field(default_factory=dict)
    again: str = ""
    causes: tuple[Cause, ...] = ()
    recordings: tuple[Judged, ...] = ()
    order: tuple[str, ...] = ()
    more_ics: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many results each verdict has; every verdict is there."""
        found = Counter(result.verdict for result in self.results)
        return {verdict.value: found[verdict] for verdict in Verdict}

    @property
    def broken(self) -> dict[str, Deviation]:
        """Rules of the model that must hold and that the card or terminal breaks, by their id.

        Each with the first answer that breaks it. A recording's answers are told only.
        """
        if self.model is None or self.kind == "trace":
            return {}
        return _by_rule(one for one in self.model.deviations if one.must)

    @property
    def advised(self) -> dict[str, Deviation]:
        """Rules of the model that are not kept and by which nothing fails, by their id.

        A sound subject keeps them too, so a run that breaks some says so wherever it is summed up.
        A table may fail by one of them: it names the rule, and is no longer nothing.
        """
        if self.model is None or self.kind == "trace":
            return {}
        failed = self._named
        return _by_rule(
            one for one in self.model.deviations if one.advised and one.rule not in failed
        )

    @property
    def failed_by(self) -> dict[str, Deviation]:
        """Rules that need not hold everywhere and by which a table fails all the same, by id."""
        if self.model is None or self.kind == "trace":
            return {}
        failed = self._named
        return _by_rule(one for one in self.model.deviations if one.advised and one.rule in failed)

    @property
    def _named(self) -> frozenset[str]:
        """What stands before the first colon in the reasons of cases that fail: rules, if any."""
        return frozenset(
            one.reason.partition(":")[0] for one in self.results if one.verdict is Verdict.FAIL
        )

    @property
    def exit_code(self) -> int:
        """0 all PASS, 1 some FAIL, 2 some INCONCLUSIVE or ERROR, or nothing was tested.

        A card or terminal that breaks a rule of its model that must hold fails too, whatever the
        case; where the model itself failed, nobody knows whether it does. What a recording breaks
        is told only. What was left out by declaration counts neither way.
        """
        counts = self.counts
        model = self.model if self.model is not None and self.kind != "trace" else Modelled()
        if counts[Verdict.FAIL] or self.broken:
            return SOME_FAIL
        if model.failed:
            return SOME_UNPROVEN
        if counts[Verdict.INCONCLUSIVE] or counts[Verdict.ERROR] or not counts[Verdict.PASS]:
            return SOME_UNPROVEN
        return ALL_PASS

    def repeats(self, result: CaseResult) -> str:
        """The command line that does one case again; empty where it is not known."""
        if not self.again:
            return ""
        return " ".join(filter(None, (self.again, result.words, "--case", result.id)))

    def result(self, case_id: str) -> CaseResult:
        """The result of one case; KeyError when it was not run."""
        for found in self.results:
            if found.id == case_id:
                return found
        raise KeyError(case_id)
