"""What the reference model says of a recording, in the words of results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from ykt_conformance.judge.deviation import Deviation, Modelled
from ykt_conformance.judge.stated import ANSWERS
from ykt_conformance.model import Divergence, walk
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event

_HEADER: Final = 4


def modelled(
    events: Iterable[Event],
    form: Mapping[str, Any],
    keys: KeyRing,
    hide: Callable[[str], str],
    *,
    new: bool,
    test_keys: bool,
    ignored: frozenset[str] = frozenset(),
    case: str = "",
) -> Modelled:
    """Judge every exchange of a recording by the model.

    Args:
        events: of the recording.
        form: the ICS as nested mappings.
        keys: a ring of its own.
        hide: takes secrets and numbers out of a text.
        new: the card was in its first state.
        test_keys: the PINs are those of the published test cards.
        ignored: ids of rules by which nothing fails.
        case: id of the case, or empty.

    A rule whose clause the ICS answers with what is done instead is told and fails nothing.
    A model that fails says so and finds nothing: that is no fault of the card.
    """
    try:
        found = walk(events, form, keys, new=new, test_keys=test_keys)
    except Exception as error:  # noqa: BLE001 - a mistake of the model's own
        return Modelled(failed=hide(f"{type(error).__name__}: {error}"))
    levels = levels_of(
        form, ignored, ((one.rule.id, one.rule.clauses) for one in found.divergences)
    )
    deviations = tuple(_told(one, hide, levels, case) for one in found.divergences)
    return Modelled(found.judged, found.not_stated, deviations)


def levels_of(
    form: Mapping[str, Any], ignored: Iterable[str], rules: Iterable[tuple[str, Collection[str]]]
) -> dict[str, str]:
    """Levels that rules have for this form other than their own: ``ignored``, ``answered``.

    Args:
        form: the ICS as nested mappings.
        ignored: ids of rules by which nothing fails.
        rules: id and clauses of those that are broken.
    """
    answered = form.get(ANSWERS, {}).keys()
    return dict.fromkeys(ignored, "ignored") | {
        rule: "answered" for rule, clauses in rules if not answered.isdisjoint(clauses)
    }


def _told(
    found: Divergence, hide: Callable[[str], str], levels: Mapping[str, str], case: str
) -> Deviation:
    rule = found.rule
    return Deviation(
        rule=rule.id,
        level=levels.get(rule.id, rule.level),
        text=rule.text,
        source=rule.source,
        clauses=rule.clauses,
        why=hide(found.why),
        expected=hide(found.expected),
        received=hide(found.received),
        command=found.command[:_HEADER].hex().upper(),
        case=case,
        event=found.event,
    )
