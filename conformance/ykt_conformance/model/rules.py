"""The rules of the reference model: what each says, where it stands, which clauses say it too.

Levels are those of the clauses: ``must`` stands in a source, ``should`` rests on general
knowledge of PBOC cards, ``observed`` was seen on some cards only, ``project`` is our decision.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """One rule.

    Attributes:
        id: permanent.
        text: what it says.
        source: where it stands, with the marks of the fact sheets.
        level: ``must``, ``should`` or ``observed``.
        clauses: clauses of the suite that say the same.
    """

    id: str
    text: str
    source: str
    level: Literal["must", "should", "observed", "project"] = "must"
    clauses: tuple[str, ...] = ()


#: What stands for a rule where there is none.
NOT_STATED: Final = Rule("R-NONE", "no source says what comes", "", "observed")


class _File(msgspec.Struct):
    rule: tuple[Rule, ...]


def _load() -> Mapping[str, Rule]:
    text = (Path(__file__).parent / "rules.toml").read_text("utf-8")
    found = msgspec.convert(tomllib.loads(text), _File).rule
    return {rule.id.removeprefix("R-"): rule for rule in found}


#: Every rule by its id without ``R-``.
RULES: Final = _load()
