"""From a recording to a verdict; the same for a run that has just ended and an old file.

What the runner met while it drove the target stands in the trace as a note (`STOPPED`),
so the verdict needs nothing but the trace, the ICS and the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from ykt_conformance.judge.causes import explained
from ykt_conformance.judge.stated import stated
from ykt_conformance.judge.verdict import Fault, Found, Held, Unproven, Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.judge.withhold import WITHHELD
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Exchange, Note, Trace
from ykt_sim.trace.readers.base import BROKEN

#: Words in a trace's provenance that say which keys the card has.
TEST_KEYS: Final = "published test keys"
#: Text of the note that opens a case's recording; data: id and suite version.
CASE: Final = "case"
#: Text of the note that says why a stimulus ended early; data: case, how, reason.
STOPPED: Final = "stopped"
#: Text of the note at the begin of a row of a sweep; data: sweep, row.
ROW: Final = "row"

#: ``how`` of a stopped note -> verdict, unless the judge finds a fault in what was recorded.
STOPS: Final[Mapping[str, Verdict]] = {
    "impossible": Verdict.INCONCLUSIVE,
    "limit": Verdict.INCONCLUSIVE,
    "silent": Verdict.FAIL,
    "link": Verdict.ERROR,
    "refused": Verdict.ERROR,
    "error": Verdict.ERROR,
}


class Judged(Protocol):
    """What is judged by: a case's id, its clauses and its judge."""

    @property
    def id(self) -> str:
        """Id of the case, to find its notes in the trace."""
        ...

    @property
    def judge(self) -> Callable[[View], Found]:
        """Pure function of the view."""
        ...

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the clauses that it rests on."""
        ...


class Outcome(msgspec.Struct, frozen=True):
    """A verdict with its reason."""

    verdict: Verdict
    reason: str
    fault: Fault | None = None


def judge(
    case: Judged, trace: Trace, ics: Mapping[str, Any], keys: KeyRing | None = None
) -> Outcome:
    """Judge one case on a recording.

    Args:
        case: the case.
        trace: its recording, or any other.
        ics: values of the ICS.
        keys: a ring of one's own; it learns from this trace.

    A fault behind a place of the recording that could not be read is INCONCLUSIVE: what was
    said there is not known. Where the statement answers the clause, `stated` says what becomes of
    it. Else it counts even when the stimulus ended early; otherwise the
    reason of the early end decides, and a judge that found nothing never passes. What a sweep plays
    is judged by its own case and by the reference model: no other case speaks of it. The reason of
    a FAIL says what brought it about, where the recording shows it.

    Only bytes that cannot be read (`ReadError`) are the fault of who sent them. Whatever else
    a judge raises is its own mistake, a `PackError` too, and ERROR.
    """
    stop = _stopped(case, trace)
    view = View(trace.events, ics)
    rows = view.noted(ROW)
    if rows and all(row.get("sweep") != case.id for row in rows):
        return Outcome(Verdict.INCONCLUSIVE, "the recording is of a sweep, which plays odd things")
    try:
        view = View.of(trace, ics, keys)
        found: Found = case.judge(view)
    except ReadError as error:
        found = Fault(f"an answer cannot be read: {error}")
    except Exception as error:  # noqa: BLE001 - a broken judge is an ERROR, never a verdict
        reason = f"the judge of {case.id} failed: {type(error).__name__}: {error}"
        return Outcome(Verdict.ERROR, stop[1] if stop else reason)
    if isinstance(found, Fault):
        return _failed(case, found, view, trace)
    if stop is not None:
        how, reason, event = stop
        verdict = STOPS.get(how, Verdict.ERROR)
        fault = Fault(reason, event, "an answer", "none") if verdict is Verdict.FAIL else None
        return Outcome(verdict, reason, fault)
    if isinstance(found, Unproven):
        return Outcome(Verdict.INCONCLUSIVE, found.reason)
    held = found.reason if isinstance(found, Held) else f"held by {_seen(view)}"
    return Outcome(Verdict.PASS, held)


def _failed(case: Judged, found: Fault, view: View, trace: Trace) -> Outcome:
    """What becomes of a fault that a judge found."""
    missing = _missing(view, trace, found)
    if missing:
        return Outcome(Verdict.INCONCLUSIVE, f"{missing}: {found.reason}")
    excused = stated(case.clauses, found, view.ics)
    if excused is not None:
        return Outcome(*excused)
    why = explained(found, view)
    reason = f"{found.reason}; {why}" if why else found.reason
    return Outcome(Verdict.FAIL, reason, _placed(found, trace))


def _missing(view: View, trace: Trace, fault: Fault) -> str:
    """What is not in the recording and might excuse a fault; empty when nothing.

    Behind a place that a reader could not use, a step may seem to be missing, and an answer
    too short.
    """
    if view.noted(WITHHELD):
        return "personal data was left out of it"
    end = len(trace.events) if fault.event is None else fault.event + 2
    for event in trace.events[:end]:
        if isinstance(event, Note) and event.text == BROKEN:
            place, why = event.data.get("offset"), event.data.get("why")
            return f"the recording is broken before it (byte {place}: {why})"
    return ""


def _seen(view: View) -> str:
    count, resets = len(view.card), len(view.events) - len(view.calls) - len(view.notes)
    return f"{count} exchange(s), {len(view.transactions)} transaction(s), {resets} reset(s)"


def _stopped(case: Judged, trace: Trace) -> tuple[str, str, int | None] | None:
    last: int | None = None
    for index, event in enumerate(trace.events):
        if isinstance(event, Exchange):
            last = index
        elif (
            isinstance(event, Note) and event.text == STOPPED and event.data.get("case") == case.id
        ):
            return str(event.data.get("how")), str(event.data.get("reason")), last
    return None


def _placed(fault: Fault, trace: Trace) -> Fault:
    """Fill in the offset of the first differing byte where both values are hex."""
    if fault.event is not None and not 0 <= fault.event < len(trace.events):
        return msgspec.structs.replace(fault, event=None)
    if fault.offset is not None or not (fault.expected and fault.received):
        return fault
    try:
        expected, received = bytes.fromhex(fault.expected), bytes.fromhex(fault.received)
    except ValueError:
        return fault
    pairs = zip(expected, received, strict=False)
    short = min(len(expected), len(received))
    offset = next((i for i, (a, b) in enumerate(pairs) if a != b), short)
    return msgspec.structs.replace(fault, offset=offset)
