"""The bibliography: what the marks of clauses and rules stand for, and official item numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from ykt_conformance.cases.clauses import Clause

TABLE: Final = "sources.toml"
_MARK: Final = re.compile(r"\[([A-Za-z][\w/-]*)")
#: A test item of the accreditation laboratory, as JT/T 1356.2 numbers them.
_ITEM: Final = re.compile(r"\bEP_[A-Z]+_\d{3}\b")


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a mark stands for, in English and Chinese."""

    en: str
    zh: str


@cache
def sources() -> Mapping[str, Source]:
    """Mark -> what it stands for."""
    text = (resources.files("ykt_conformance.report") / TABLE).read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Source])


def marks(text: str) -> tuple[str, ...]:
    """The marks in a clause's source, e.g. ``GM`` of ``[GM 8.8]``; each once."""
    return tuple(dict.fromkeys(_MARK.findall(text)))


def official(stated: str, clauses: Iterable[Clause]) -> str:
    """Official item numbers of a case: its own, and those its clauses' sources give."""
    own = [stated] if stated else []
    given = (item for clause in clauses for item in _ITEM.findall(clause.source))
    return " ".join(dict.fromkeys((*own, *given)))
