"""What a case is, and what can come out of it.

A case is one frozen record. Its stimulus is a generator that yields steps and receives
answers; its judge is a pure function over a `View` of the resulting trace. A live run
keeps the trace and judges the trace, so a verdict can be had again from the recording.

Verdicts are never folded into each other and nothing passes by silence: a judge that
finds nothing to judge answers `Unproven`, and that is INCONCLUSIVE.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from conformance.bench_card import CardBench
    from conformance.bench_terminal import TerminalBench
    from conformance.view import View


class Verdict(StrEnum):
    """Outcome of one case."""

    PASS = "PASS"  # noqa: S105 - a verdict, no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Fault:
    """What a judge found wrong.

    Attributes:
        reason: one sentence, with both values.
        event: index of the trace event it speaks about, or None.
        expected, received: hex or words, for the side-by-side in the report.
        offset: first differing byte in the command or answer, or None.
    """

    reason: str
    event: int | None = None
    expected: str = ""
    received: str = ""
    offset: int | None = None


@dataclass(frozen=True)
class Unproven:
    """The trace does not show what the case asks; never a pass."""

    reason: str


@dataclass(frozen=True)
class Held:
    """The case holds, with words worth telling, such as how a time was made up."""

    reason: str


Judgement = Fault | Unproven | None
#: What a case's judge may answer.
Found = Judgement | Held


class Impossible(Exception):  # noqa: N818 - a reason, not a fault of the program
    """A stimulus cannot bring the card or terminal where the case needs it."""


# -- steps a card stimulus yields ------------------------------------------------------


@dataclass(frozen=True)
class Send:
    """Send one command APDU; the generator receives the answer (`wire.apdu.Response`)."""

    command: bytes


@dataclass(frozen=True)
class Reset:
    """Power-cycle the card; the generator receives an empty answer with 9000."""


@dataclass(frozen=True)
class Tear:
    """Cut the power at the n-th physical write during the next command, then power-cycle.

    Only targets with the capability ``tear`` take it. The generator receives the answer
    if one came, else an answer without data and status word 0000.
    """

    command: bytes
    write: int


@dataclass(frozen=True)
class Pull:
    """Send a command, take the card away before its answer is read, then power-cycle."""

    command: bytes


Step = Send | Reset | Tear | Pull


Subject = Literal["card", "terminal"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One conformance case.

    Attributes:
        id: permanent and opaque, ``C-`` or ``T-`` and four digits; never reused.
        subject: what is under test.
        group: heading it stands under in reports.
        title, title_zh: one line each.
        clauses: ids from ``conformance/clauses/*.toml``.
        official: official test item, only where a source gives it.
        applies: expression over the ICS, e.g. ``tunion and purse.overdraft``.
        needs: capabilities of the target: ``reset``, ``tear``, ``fresh``, ``keys:tunion.load``.
        stimulus: generator of steps (card) or the scenario (terminal).
        judge: pure function of the view.
    """

    id: str
    subject: Subject
    group: str
    title: str
    title_zh: str
    clauses: tuple[str, ...]
    judge: Callable[[View], Found]
    stimulus: Callable[[CardBench], Generator[Step, object, None]] | Callable[[TerminalBench], None]
    official: str = ""
    applies: str = "True"
    needs: frozenset[str] = field(default_factory=frozenset)
