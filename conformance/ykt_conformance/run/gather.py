"""A file of many recordings, each judged by itself, as one result.

A result stands for all recordings in which its case came out alike (`judge.alike`): the first of
them is kept, of the others only which they are.
"""

from __future__ import annotations

import shlex

import msgspec
from msgspec.structs import replace

from ykt_conformance.judge.alike import outcome, pattern, ranges
from ykt_conformance.judge.deviation import Deviation, Modelled
from ykt_conformance.judge.grouped import grouped
from ykt_conformance.judge.results import CaseResult, Finding, Judged, RunResult
from ykt_conformance.judge.verdict import Verdict


class _Alike(msgspec.Struct):
    """The first of some results, and in which recordings they are."""

    first: CaseResult
    numbers: list[int]


class Gathered:
    """Takes the results of recordings one by one."""

    def __init__(self) -> None:
        self._first: RunResult | None = None
        self._last: RunResult | None = None
        self._seconds = 0.0
        self._alike: dict[tuple[str, ...], _Alike] = {}
        self._findings: dict[tuple[str, str], Finding] = {}
        self._recordings: list[Judged] = []
        self._forms: dict[str, str] = {}
        self._judged = self._silent = 0
        self._failed: dict[str, None] = {}
        self._deviations: dict[tuple[str, str], Deviation] = {}

    def add(self, run: RunResult, name: str, source: str, session: str) -> None:
        """Take the result of a recording.

        Args:
            run: what came of it.
            name: of the recording in the run's folder.
            source: file and conversation that it comes from.
            session: the conversation, as ``--session`` takes it.
        """
        self._first = self._first or run
        self._last = run
        self._seconds += run.duration_s
        self._forms.setdefault(run.ics_sha256, run.ics_text)
        letters = "".join(result.verdict.value[0] for result in run.results)
        self._recordings.append(Judged(name, source, run.ics_sha256, letters))
        number = len(self._recordings)
        words = shlex.join(("--session", session))
        for result in run.results:
            known = self._alike.get(outcome(result))
            if known is None:
                self._alike[outcome(result)] = _Alike(replace(result, words=words), [number])
            else:
                known.numbers.append(number)
        for finding in run.findings:
            self._findings.setdefault((finding.path, finding.observed), finding)
        if run.model is not None:
            self._model(run.model)

    def _model(self, model: Modelled) -> None:
        self._judged += model.judged
        self._silent += model.not_stated
        if model.failed:
            self._failed.setdefault(model.failed)
        for found in model.deviations:
            key = found.rule, pattern(found.why)
            known = self._deviations.get(key)
            more = 0 if known is None else known.more + 1 + found.more
            self._deviations[key] = found if known is None else replace(known, more=more)

    def result(self, target: str, again: str = "") -> RunResult:
        """All of it; there must be one recording at least.

        Args:
            target: name of the file.
            again: the line that judges the whole file again.
        """
        if self._first is None or self._last is None:
            raise ValueError("nothing was gathered")
        order = tuple(result.id for result in self._first.results)
        found = sorted(self._alike.values(), key=lambda one: order.index(one.first.id))
        told = tuple(replace(one.first, found_in=ranges(one.numbers)) for one in found)
        forms = dict(self._forms)
        del forms[self._first.ics_sha256]
        return replace(
            self._first,
            target=target,
            again=again,
            finished=self._last.finished,
            duration_s=round(self._seconds, 6),
            results=told,
            findings=tuple(self._findings.values()),
            causes=grouped(one for one in told if one.verdict is not Verdict.INCONCLUSIVE),
            model=None if self._first.model is None else self._modelled(),
            recordings=tuple(self._recordings),
            order=order,
            more_ics=forms,
        )

    def _modelled(self) -> Modelled:
        told = tuple(self._deviations.values())
        return Modelled(self._judged, self._silent, told, "; ".join(self._failed))
