"""What the model of money and duty says of taps at a terminal, in the words of results.

The PSAM's exchanges are judged beside it where they were seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from ykt_conformance.judge.deviation import Deviation, Modelled
from ykt_conformance.model import Lane, Psam
from ykt_conformance.run.modelled import levels_of
from ykt_sim.meaning.duty import Duty, Finding, Terms, Visit, visits
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event, Exchange, Note

_HEADER: Final = 4


class Met(NamedTuple):
    """A tap, and what was due in it, in words."""

    visit: Visit
    due: str


class Walked(msgspec.Struct, frozen=True):
    """What a walk along taps found.

    Attributes:
        met: the taps, in order.
        findings: against the terminal, then against its PSAM.
        unsure: why taps were not held to one way, with how often.
    """

    met: tuple[Met, ...]
    findings: tuple[Finding, ...]
    unsure: Counter[str]


def walk_taps(events: Sequence[Event], form: Mapping[str, Any], keys: KeyRing) -> Walked:
    """Judge every tap of a recording that marks them; the ring is the caller's to give away.

    Raises:
        ReadError: a note of a tap or card does not have its shape.
    """
    duty = Duty(Terms.of(form), keys)
    met: list[Met] = []
    findings: list[Finding] = []
    for visit in visits(events):
        findings += duty.judge(visit)
        met.append(Met(visit, duty.meant))
    findings += _of_psam(events, form, keys)
    return Walked(tuple(met), tuple(findings), duty.unsure)


def _of_psam(events: Sequence[Event], form: Mapping[str, Any], keys: KeyRing) -> Iterator[Finding]:
    """What the model of a PSAM says of its exchanges."""
    psam, tap = Lane(Psam(form, keys)), 0
    for index, event in enumerate(events):
        if isinstance(event, Note):
            tap += event.text == "tap"
        elif event.channel == "sam":
            for one in psam.take(event):
                yield Finding(one.rule, tap, one.why, one.expected, one.received, index)


def tapped(
    events: Sequence[Event],
    form: Mapping[str, Any],
    keys: KeyRing,
    hide: Callable[[str], str],
    *,
    ignored: frozenset[str] = frozenset(),
    case: str = "",
) -> Modelled:
    """Judge every tap of a recording; one that marks none holds none.

    Args:
        events: of the recording.
        form: the ICS as nested mappings.
        keys: a ring of its own.
        hide: takes secrets and numbers out of a text.
        ignored: ids of rules by which nothing fails.
        case: id of the case, or empty.

    A rule whose clause the ICS answers with what is done instead is told and fails nothing.
    A model that fails says so and finds nothing: that is no fault of the terminal.
    """
    try:
        walked = walk_taps(events, form, keys)
    except Exception as error:  # noqa: BLE001 - a mistake of the model's own
        return Modelled(failed=hide(f"{type(error).__name__}: {error}"))
    levels = levels_of(form, ignored, ((one.rule.id, one.rule.clauses) for one in walked.findings))
    told = tuple(_told(one, events, hide, levels, case) for one in walked.findings)
    silent = sum(walked.unsure.values())
    return Modelled(len(walked.met) - silent, silent, told)


def _told(
    found: Finding, events: Sequence[Event], hide: Callable[[str], str],
    levels: Mapping[str, str], case: str,
) -> Deviation:  # fmt: skip
    rule = found.rule
    event = None if found.event is None else events[found.event]
    return Deviation(
        rule=rule.id,
        level=levels.get(rule.id, rule.level),
        text=rule.text,
        source=rule.source,
        clauses=rule.clauses,
        why=hide(found.why),
        expected=hide(found.expected),
        received=hide(found.received),
        command=event.command[:_HEADER].hex().upper() if isinstance(event, Exchange) else "",
        case=case,
        event=found.event,
        tap=found.visit,
    )
