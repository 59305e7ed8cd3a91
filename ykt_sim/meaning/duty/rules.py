"""The rules of money and duty: what each says and where it stands.

Levels: ``must`` stands in a source, ``should`` is general knowledge or a decision of this
project, ``observed`` was seen at some terminals only.
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
        level: ``must``, ``should``, ``observed`` or ``project``, our own decision.
        clauses: clauses of the conformance suite that say the same.
    """

    id: str
    text: str
    source: str
    level: Literal["must", "should", "observed", "project"] = "must"
    clauses: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id} [{self.level}]: {self.text} {self.source}"

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {
            "rule": self.id,
            "text": self.text,
            "source": self.source,
            "level": self.level,
            "clauses": list(self.clauses),
        }


class _File(msgspec.Struct):
    rule: tuple[Rule, ...]


def load_rules(path: Path, prefix: str) -> Mapping[str, Rule]:
    """The rules of a file, by their ids without the prefix."""
    found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File).rule
    return {rule.id.removeprefix(prefix): rule for rule in found}


#: Every rule by its id without ``D-``.
DUTIES: Final = load_rules(Path(__file__).parent / "rules.toml", "D-")
