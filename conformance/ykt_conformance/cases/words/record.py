"""How a card case is written down: one call, one frozen record."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final, TypeVar

from ykt_conformance.cases.case import CardCase
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Step
from ykt_conformance.judge.verdict import Found, Judgement
from ykt_conformance.judge.view import View
from ykt_sim.codes import LNT, TUNION
from ykt_sim.wire.apdu import Response

_T = TypeVar("_T")

#: Both standards as titles name them.
NAMES: Final[dict[str, tuple[str, str]]] = {
    TUNION: ("T-Union", "交通联合"),
    LNT: ("Lingnan Tong", "岭南通"),
}

#: A generator of steps that receives answers; used with ``yield from``.
Flow = Generator[Step, Response, _T]
Stimulus = Callable[[CardBench], Flow[None]]
Judge = Callable[[View], Judgement]
#: A judge that may also say how a case was held.
Teller = Callable[[View], Found]


def card(  # noqa: PLR0913 - one argument a field of the record
    case_id: str,
    group: str,
    title: str,
    title_zh: str,
    *,
    clauses: str,
    stimulus: Stimulus,
    judge: Teller,
    applies: str = "True",
    needs: str = "",
) -> CardCase:
    """A card case; clauses and needs as words with spaces between them."""
    return CardCase(
        id=case_id,
        group=group,
        title=title,
        title_zh=title_zh,
        clauses=tuple(clauses.split()),
        applies=applies,
        needs=frozenset(needs.split()),
        stimulus=stimulus,
        judge=judge,
    )


def at(standard: str, tunion: str, lnt: str) -> str:
    """Which of two ids: of the case for T-Union, or of the same case for Lingnan Tong."""
    return tunion if standard == TUNION else lnt


def some(noun: str, *, first: bool = False) -> str:
    """A noun with its article, ``an overdraft``; ``first`` in a sentence, ``An overdraft``."""
    article = "an" if noun[0] in "aeiou" else "a"
    return f"{article.capitalize() if first else article} {noun}"
