"""What a card must hold to pass, by the model of duty: boundaries lie where it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ykt_conformance.drive.issue import TestCard, who
from ykt_sim.codes import Standard
from ykt_sim.meaning.duty.due import due
from ykt_sim.meaning.duty.seen import Purse, State, Visit, Who
from ykt_sim.meaning.duty.terms import Terms


def need_of(card: TestCard, ics: Mapping[str, Any], clock: str) -> int | None:
    """Fen after all that is declared to be given; None where it does not pass or that is open.

    Args:
        card: with plenty on it, as it is tapped.
        ics: of the terminal.
        clock: of the terminal, 14 digits.
    """
    facts = card.facts()
    purses = {one.value: msgspec.convert(facts[one], Purse) for one in Standard if one in facts}
    before = State(int(facts["total"]), purses)
    visit = Visit(number=1, clock=clock, who=msgspec.convert(who(card), Who), before=before)
    what = due(Terms.of(ics), visit)
    if what.price is None or not what.passes or what.price.amount is None:
        return None
    return what.price.need
