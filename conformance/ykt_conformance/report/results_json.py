"""``results.json``: the run for programs. Keys and their order are stable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.judge.campaign import Campaign
from ykt_conformance.judge.deviation import Modelled
from ykt_conformance.judge.results import CaseResult, Exclusion, RunResult
from ykt_conformance.report.said import messages

FORMAT: Final = "ykt-conformance"
VERSION: Final = 1
#: Folder of one case below the run's folder.
CASE_FOLDER: Final = "cases/{id}"


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
        "cases": [case_document(result) for result in run.results],
    }


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


def model_document(model: Modelled) -> dict[str, Any]:
    """What the reference model says, as plain data."""
    return {
        "judged": model.judged,
        "not_stated": model.not_stated,
        "failed": model.failed,
        "deviations": [msgspec.to_builtins(found) for found in model.deviations],
    }


def case_document(result: CaseResult) -> dict[str, Any]:
    """One case as plain data; ``folder`` is there when a trace was kept."""
    fault = result.fault
    return {
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
        "folder": CASE_FOLDER.format(id=result.id) if result.trace is not None else None,
    }


def plain(value: Any) -> Any:
    """Nested mappings and tuples as dicts and lists, for JSON."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def render(run: RunResult) -> str:
    """The file's text."""
    return json.dumps(document(run), ensure_ascii=False, indent=1) + "\n"
