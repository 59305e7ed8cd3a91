"""What lies in the folder of one case: its recording, the verdict, the card's state.

``trace.jsonl`` is the recording, card numbers included, so that it can be judged again; what
`judge.withhold` leaves out is noted in it.
``trace.txt`` is the same for the eye, with card numbers masked. ``verdict.json`` sets expected
against received, and tells the story of the recording.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ykt_conformance.judge.results import CaseResult
from ykt_conformance.report.recording import Recording
from ykt_conformance.report.results_json import case_document, plain

#: Whole bytes in hex; digits of card numbers may be masked by ``*``.
_BYTES: Final = re.compile("(?:[0-9A-Fa-f*]{2})+")


def files(result: CaseResult, recording: Recording) -> Iterator[tuple[str, str]]:
    """Name and text of each file of a case that was run."""
    yield "trace.jsonl", recording.jsonl
    yield "trace.txt", recording.listing
    more = {"difference": difference(result), "story": _story(result)}
    yield "verdict.json", _json(case_document(result) | more)
    if result.before is not None:
        yield "card-before.json", _json(result.before)
    if result.after is not None:
        yield "card-after.json", _json(result.after)


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


def _story(result: CaseResult) -> dict[str, dict[str, str]]:
    """The lines of the story, in both languages."""
    return {line.name: {"en": line.said.en, "zh": line.said.zh} for line in result.story}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(plain(value), ensure_ascii=False, indent=1) + "\n"
