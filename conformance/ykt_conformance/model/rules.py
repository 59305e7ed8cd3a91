"""The rules of the reference model: what each says, where it stands, which clauses say it too.

Levels are those of the clauses: ``must`` stands in a source, ``should`` rests on general
knowledge of PBOC cards, ``observed`` was seen on some cards only, ``project`` is our decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ykt_sim.meaning.duty.rules import Rule, load_rules

__all__ = ["NOT_STATED", "RULES", "Rule"]

#: What stands for a rule where there is none.
NOT_STATED: Final = Rule("R-NONE", "no source says what comes", "", "observed")
#: Every rule by its id without ``R-``.
RULES: Final[Mapping[str, Rule]] = load_rules(Path(__file__).parent / "rules.toml", "R-")
