"""Why a code or a status word that a judge complains of is what it is.

Verdicts never rest on this: what is right is the judges' own reckoning. The words are those of
`ykt explain`, so that a report and a log are explained alike.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Final

from ykt_conformance.judge.verdict import Fault
from ykt_conformance.judge.view import View
from ykt_sim.codes import SW
from ykt_sim.meaning.cryptograms import Checked, check
from ykt_sim.meaning.explain import words
from ykt_sim.meaning.explain.search import Explanation

#: Stands between a sentence and the same in Chinese.
BESIDE: Final = " | "


def explained(fault: Fault, view: View) -> str:
    """What brought about what the fault received, in words; empty where nothing says it.

    A code is explained where the fault shows its bytes. A status word is where the fault shows it
    and success was due: of a refusal that was due the cause is the case's own doing.

    Args:
        fault: of a judge, with the event it speaks of.
        view: what the judge saw.
    """
    if fault.event is None or not 0 <= fault.event < len(view.events) or not fault.received:
        return ""
    item: Checked | None = None
    events = view.events[: fault.event + 1]
    for item in check(events, copy.deepcopy(view.keys), explained=True):  # noqa: B007 - the last
        pass
    return "" if item is None else "; ".join(_words(fault, item))


def _once(told: list[Explanation]) -> Iterator[Explanation]:
    """Explanations; of those of codes that no mistake gives one alone, that of the fewest tries."""
    vain = [one for one in told if one.expected is not None and not one.fits]
    yield from (one for one in told if one not in vain)
    if vain:
        yield min(vain, key=lambda one: one.tried)


def _words(fault: Fault, item: Checked) -> Iterator[str]:
    sw = item.understood.annotated.sw
    refused = sw is not None and (fault.expected, fault.received) == (f"{SW.OK:04X}", f"{sw:04X}")
    received = {(side, piece.offset): piece.raw for side, piece in item.understood.pieces()}
    told = [
        one.explanation
        for one in item.verdicts
        if one.explanation is not None
        and (received[one.side, one.offset].hex().upper() in fault.received.upper()
             or (refused and one.side == "command"))
    ]  # fmt: skip
    yield from dict.fromkeys(BESIDE.join(words.cause_pair(one)) for one in _once(told))
    if refused:
        yield from (BESIDE.join((one.en, one.zh)) for one in item.causes if not one.restated)
