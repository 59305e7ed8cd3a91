"""The story of a recording, in the words of `ykt trace show`; it heads a case in a report."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from ykt_conformance.judge.verdict import Fault
from ykt_sim.meaning.cryptograms import check_understood
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.story.lines import Line, tell
from ykt_sim.meaning.story.tale import Tale
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.model import Exchange, Header


def story_of(
    header: Header, items: Iterable[Understood], keys: KeyRing, *, explained: bool = True
) -> tuple[Line, ...]:
    """Tell a recording in at most five lines, card numbers whole; none without an exchange.

    Args:
        header: of the recording.
        items: its events.
        keys: of its cards, as far as they are known; the ring stays as it is.
        explained: say of wrong codes what makes them; that takes longer than all else.
    """
    known = tuple(items)
    if not any(isinstance(item.event, Exchange) for item in known):
        return ()
    tale = Tale(header)
    given = None if keys.empty else copy.deepcopy(keys)
    for item in check_understood(known, given, published=keys.published, explained=explained):
        tale.take(item)
    return tell(tale, keyed=given is not None).lines


def driven(lines: Iterable[Line], fault: Fault | None) -> tuple[Line, ...]:
    """The story of a card that a case drove: what the case did wrong on purpose is no cause.

    Args:
        lines: of the story.
        fault: of the case; a cause is told where it speaks of the same event.
    """
    event = None if fault is None else fault.event
    return tuple(
        line for line in lines if line.name != "cause" or f"(event {event})" in line.said.en
    )
