"""``results.json``: the run for programs. Keys and their order are stable."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.judge.campaign import Campaign
from ykt_conformance.judge.deviation import Modelled
from ykt_conformance.judge.results import CaseResult, Cause, Exclusion, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.evidence import Evidence
from ykt_conformance.report.said import english, messages

FORMAT: Final = "ykt-conformance"
#: 2: recordings stand in one trace, no longer in a folder for each case.
VERSION: Final = 2
#: Whole bytes in hex; digits of card numbers may be masked by ``*``.
_BYTES: Final = re.compile("(?:[0-9A-Fa-f*]{2})+")


def document(run: RunResult) -> dict[str, Any]:
    """The run as plain data."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "kind": run.kind,
        "target": run.target,
        "suite": {"version": run.suite_version, "sha256": run.suite_sha256},
        "ics": {"name": run.ics_name, "sha256": run.ics_sha256, "values": plain(run.ics)},
        "seed": run.seed,
        "keys": run.keys,
        "timing": run.timing,
        "versions": dict(run.versions),
        "started": run.started,
        "finished": run.finished,
        "duration_s": run.duration_s,
        "counts": run.counts,
        "exit_code": run.exit_code,
        "campaign": _campaign_document(run.campaign),
        "excluded": [_excluded_document(left) for left in run.excluded],
        "findings": [
            {
                "path": finding.path,
                "claimed": finding.claimed,
                "observed": finding.observed,
                "why": finding.why,
                "case": finding.case,
                "event": finding.event,
            }
            for finding in run.findings
        ],
        "model": None if run.model is None else model_document(run.model),
        "judging": plain(run.judging),
        "again": run.again,
        "causes": [_cause_document(cause) for cause in run.causes],
        "stopped": run.stopped,
        "cases": [case_document(result) | again(run, result) for result in run.results],
    }


def again(run: RunResult, result: CaseResult) -> dict[str, str]:
    """The line that repeats a case."""
    line = run.repeats(result)
    return {"again": line} if line and result.verdict is not Verdict.NOT_APPLICABLE else {}


def _campaign_document(campaign: Campaign) -> dict[str, Any] | None:
    """What the laboratory states; None where there is no campaign file."""
    if not campaign.text:
        return None
    return {
        "name": campaign.name,
        "sha256": campaign.sha256,
        **plain(campaign.entries),
        "deviations": list(campaign.deviations),
    }


def _excluded_document(left: Exclusion) -> dict[str, Any]:
    """A case that was left out, as plain data; it has no verdict."""
    return {
        "id": left.id,
        "because": left.because,
        "need": left.need,
        "subject": left.subject,
        "group": left.group,
        "title": left.title,
        "title_zh": left.title_zh,
        "clauses": list(left.clauses),
        "official": left.official,
    }


def _cause_document(cause: Cause) -> dict[str, Any]:
    """What several cases have in common, in both languages."""
    chinese = messages().chinese
    return {
        "reason": english(cause.reason),
        "reason_zh": chinese(cause.reason),
        "why": english(cause.why),
        "why_zh": chinese(cause.why),
        "cases": list(cause.cases),
    }


def model_document(model: Modelled) -> dict[str, Any]:
    """What the reference model says, as plain data."""
    return {
        "judged": model.judged,
        "not_stated": model.not_stated,
        "failed": model.failed,
        "deviations": [msgspec.to_builtins(found) for found in model.deviations],
    }


def case_document(result: CaseResult) -> dict[str, Any]:
    """One case as plain data; where its recording is stands in `evidence.Evidence.of`."""
    fault = result.fault
    found: dict[str, Any] = {
        "id": result.id,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "reason_zh": messages().chinese(result.reason),
        "subject": result.subject,
        "group": result.group,
        "title": result.title,
        "title_zh": result.title_zh,
        "clauses": list(result.clauses),
        "official": result.official,
        "selected": result.selected,
        "needs": list(result.needs),
        "duration_s": result.duration_s,
        "event": None if fault is None else fault.event,
        "expected": "" if fault is None else fault.expected,
        "received": "" if fault is None else fault.received,
        "offset": None if fault is None else fault.offset,
    }
    if result.found_in:
        found["found_in"] = result.found_in
    if differing := difference(result):
        found["difference"] = differing
    return found


def difference(result: CaseResult) -> list[dict[str, Any]]:
    """Bytes that differ between expected and received, by position; words give none."""
    fault = result.fault
    if fault is None or not (_BYTES.fullmatch(fault.expected) and _BYTES.fullmatch(fault.received)):
        return []
    expected, received = fault.expected.upper(), fault.received.upper()
    differing: list[dict[str, Any]] = []
    for place in range(0, max(len(expected), len(received)), 2):
        wanted, got = expected[place : place + 2], received[place : place + 2]
        if wanted != got:
            differing.append({"offset": place // 2, "expected": wanted, "received": got})
    return differing


def plain(value: Any) -> Any:
    """Nested mappings and tuples as dicts and lists, for JSON."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def render(run: RunResult, evidence: Evidence) -> str:
    """The file's text: the run, and where in its folder everything is.

    What several rows would repeat stands once: the story of a recording with it, not with the cases
    that rest on it, and each string of verdicts in ``patterns``, of which rows give the number.
    """
    found = document(run)
    for case, result in zip(found["cases"], run.results, strict=True):
        case.update(evidence.of(result))
    rows = found["recordings"] = [msgspec.to_builtins(place) for place in evidence.places]
    if run.recordings:
        numbers = {run.ics_sha256: 1} | {sha: n for n, sha in enumerate(run.more_ics, 2)}
        patterns = list(dict.fromkeys(one.verdicts for one in run.recordings))
        by_letters = {letters: number for number, letters in enumerate(patterns, 1)}
        found |= {"order": list(run.order), "patterns": patterns}
        for row, one in zip(rows, run.recordings, strict=True):
            row |= {"source": one.source, "form": numbers[one.ics_sha256],
                    "verdicts": by_letters[one.verdicts]}  # fmt: skip
    stories = {case["recording"]: result.story
               for case, result in zip(found["cases"], run.results, strict=True)}  # fmt: skip
    for row in rows:
        if lines := stories.get(row["name"]):
            row["story"] = {line.name: {"en": line.said.en, "zh": line.said.zh} for line in lines}
    return _written(found)


def _written(found: Mapping[str, Any]) -> str:
    """The data with a line for each key, and for each row of a list of rows."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    lines = []
    for key, value in found.items():
        said = encode(value)
        if isinstance(value, list) and any(isinstance(row, dict) for row in value):
            said = "[\n  " + ",\n  ".join(map(encode, value)) + "\n ]"
        lines.append(f" {encode(key)}: {said}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
