"""What a case is.

A case is one frozen record. Its stimulus is a generator that yields steps and receives
answers; its judge is a pure function over a `View` of the resulting trace. A live run
keeps the trace and judges the trace, so a verdict can be had again from the recording.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Step
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.verdict import Found, Subject
from ykt_conformance.judge.view import View


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
