"""What a model does not allow, as results tell it: answers of a card, and what a terminal did."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_sim.trace.model import Note, Trace

#: Levels of rules that known cards keep.
_KEPT: Final = ("should", "observed")
#: Levels of rules by which nothing fails: nobody has declared otherwise, and no source says must.
ADVISED_BY: Final = frozenset((*_KEPT, "project"))
#: What a divergence of a rule that must hold overrules.
_OVERRULED: Final = (Verdict.PASS, Verdict.INCONCLUSIVE)
#: A row of a table in the reason of a fault.
_ROW: Final = re.compile(r" \(row .*?\)(?=; )")

_MARK: Final = re.compile(r"\[[^\]]*\]")


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that the reference model does not allow, or what a terminal did against its duty.

    Attributes:
        rule, level, text, source, clauses: of the rule that is broken.
        why: what does not fit.
        expected, received: what the rules allow, and the answer in hex; of a tap what was due, and
            what came.
        command: CLA INS P1 P2 in hex; data may hold secrets. Empty where a whole tap is meant.
        case: id of the case in whose trace it was seen; empty in trace mode.
        event: index of the event in that trace.
        more: answers like it that are not listed.
        tap: its number, from 1, where a terminal is judged.
    """

    rule: str
    level: str
    text: str
    source: str
    clauses: tuple[str, ...]
    why: str
    expected: str
    received: str
    command: str
    case: str = ""
    event: int | None = None
    more: int = 0
    tap: int | None = None

    @property
    def must(self) -> bool:
        """The rule must hold."""
        return self.level == "must"

    @property
    def advised(self) -> bool:
        """The rule is to hold, and nothing fails by it."""
        return self.level in ADVISED_BY

    def __str__(self) -> str:
        where = f" ({self.case})" if self.case else ""
        if self.tap is not None:
            return (
                f"{self.rule} [{self.level}]: tap {self.tap}: {self.why}, expected "
                f"{self.expected}, came {self.received}; {self.text} {self.source}{where}"
            )
        return (
            f"{self.rule} [{self.level}]: {self.command} was answered {self.received}, expected "
            f"{self.expected}: {self.why}; {self.text} {self.source}{where}"
        )


class Modelled(msgspec.Struct, frozen=True):
    """What the reference model says of recordings, or that of money and duty of taps.

    Attributes:
        judged: exchanges or taps for which a rule says what comes.
        not_stated: exchanges or taps for which none does; never failed.
        deviations: answers that no rule allows, or what was done against a duty.
        failed: why the model itself failed; empty when it did not.
    """

    judged: int = 0
    not_stated: int = 0
    deviations: tuple[Deviation, ...] = ()
    failed: str = ""

    @classmethod
    def together(cls, parts: Iterable[Modelled]) -> Modelled:
        """All of these as one."""
        known = tuple(parts)
        return cls(
            sum(one.judged for one in known),
            sum(one.not_stated for one in known),
            tuple(found for one in known for found in one.deviations),
            "; ".join(dict.fromkeys(one.failed for one in known if one.failed)),
        )


def overruled(
    verdict: Verdict, found: Modelled | None, clauses: Iterable[str], *, swept: bool = False
) -> Deviation | None:
    """The first deviation by which a case fails although its own judge found nothing.

    That is one from a rule that must hold and says what a clause of the case says. A sweep has no
    judge of its own: it fails by any rule that must hold, and by one that known cards keep where it
    says what the sweep's own clauses say, as the judge of a case would. The others are told, and
    what no rule says never fails.
    """
    mine = frozenset(clauses)
    if found is None or verdict not in _OVERRULED:
        return None
    for one in found.deviations:
        cited = bool(mine & set(one.clauses))
        if (one.must and (swept or cited)) or (swept and cited and one.level in _KEPT):
            return one
    return None


def fault_of(found: Deviation, trace: Trace) -> Fault:
    """A deviation as the fault of a case, with the row of the table in which it was seen."""
    if found.tap is None:
        reason = (
            f"{found.rule}: {found.command} was answered otherwise than any rule allows,"
            f" {found.why}"
        )
        source = found.source
    else:
        reason = f"{found.rule}: tap {found.tap}: {found.why}"
        source = cited(found.source)
    before = trace.events[: _place(found, trace)]
    notes = (one for one in reversed(before) if isinstance(one, Note) and "row" in one.data)
    row = next(notes, None)
    if row is not None:
        reason = f"{reason} (row {row.data['row']})"
    return Fault(f"{reason}; {found.text} {source}", found.event, found.expected,
                 found.received)  # fmt: skip


def cited(source: str) -> str:
    """The marks in a source, without the words between them, which are in English alone."""
    return "".join(_MARK.findall(source))


def _place(found: Deviation, trace: Trace) -> int:
    """Index of the event that is meant, or of the note that opens the tap."""
    if found.event is not None or found.tap is None:
        return found.event or 0
    taps = [
        at for at, one in enumerate(trace.events) if isinstance(one, Note) and one.text == "tap"
    ]
    return taps[found.tap - 1] if 0 < found.tap <= len(taps) else 0


def without_row(reason: str) -> str:
    """The reason of a fault without the row of the table in which it was seen."""
    return _ROW.sub("", reason)
