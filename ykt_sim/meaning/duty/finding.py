"""What is found against a terminal."""

from __future__ import annotations

import msgspec

from ykt_sim.meaning.duty.rules import DUTIES, Rule


class Finding(msgspec.Struct, frozen=True):
    """One thing that was not as a rule wants it.

    Attributes:
        rule: that is broken.
        visit: number of the visit, from 1.
        why: one sentence.
        expected, received: the two values, in words or digits; empty where there are none.
        event: index of the event it speaks about; None where it speaks of the whole visit.
    """

    rule: Rule
    visit: int
    why: str
    expected: str = ""
    received: str = ""
    event: int | None = None


def breaks(
    name: str, visit: int, why: str, due: object = "", got: object = "", event: int | None = None
) -> Finding:
    """A finding against a rule by its name without ``D-``."""
    return Finding(DUTIES[name], visit, why, str(due), str(got), event)
