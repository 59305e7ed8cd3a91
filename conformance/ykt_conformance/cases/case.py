"""What a case is.

A case is one frozen record. Its stimulus is a generator that yields steps and receives
answers, or a scenario with cards and taps; its judge is a pure function over a `View` of
the resulting trace. A live run keeps the trace and judges the trace, so a verdict can be
had again from the recording.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import msgspec

from ykt_conformance.drive.card import CardBench, CardFlow
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.verdict import Found, Subject
from ykt_conformance.judge.view import View


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a card case and a terminal case have in common: all that a recording needs.

    Attributes:
        subject: what is under test.
        id: permanent and opaque, ``C-`` or ``T-`` and four digits; never reused.
        group: heading it stands under in reports.
        title, title_zh: one line each.
        clauses: ids from ``cases/clauses/*.toml``.
        official: official test item, only where a source gives it.
        applies: expression over the ICS, e.g. ``tunion and purse.overdraft``.
        needs: capabilities of the target: ``reset``, ``tear``, ``fresh``, ``keys:tunion.load``.
        judge: pure function of the view.
        swept: every rule of the reference model that must hold fails it, not those alone that say
            what its clauses say.
    """

    subject: ClassVar[Subject]

    id: str
    group: str
    title: str
    title_zh: str
    clauses: tuple[str, ...]
    judge: Callable[[View], Found]
    official: str = ""
    applies: str = "True"
    needs: frozenset[str] = msgspec.field(default_factory=frozenset)
    swept: bool = False


class CardCase(Case, frozen=True, kw_only=True):
    """A case that drives a card.

    Attributes:
        stimulus: generator of steps; receives the answers.
    """

    subject = "card"

    stimulus: Callable[[CardBench], CardFlow]


class TerminalCase(Case, frozen=True, kw_only=True):
    """A case that puts cards before a terminal.

    Attributes:
        scene: makes the cards and presents them.
    """

    subject = "terminal"

    scene: Callable[[TerminalBench], None]
