"""What can come out of a case.

Verdicts are never folded into each other and nothing passes by silence: a judge that
finds nothing to judge answers `Unproven`, and that is INCONCLUSIVE.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

Subject = Literal["card", "terminal"]


class Verdict(StrEnum):
    """Outcome of one case."""

    PASS = "PASS"  # noqa: S105 - a verdict, no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    ERROR = "ERROR"


class Fault(msgspec.Struct, frozen=True):
    """What a judge found wrong.

    Attributes:
        reason: one sentence, with both values.
        event: index of the trace event it speaks about, or None.
        expected, received: hex or words, for the side-by-side in the report.
        offset: first differing byte in the command or answer, or None.
        clause: the one that it breaks, empty for any of its case's.
    """

    reason: str
    event: int | None = None
    expected: str = ""
    received: str = ""
    offset: int | None = None
    clause: str = ""


class Unproven(msgspec.Struct, frozen=True):
    """The trace does not show what the case asks; never a pass."""

    reason: str


class Held(msgspec.Struct, frozen=True):
    """The case holds, with words worth telling, such as how a time was made up."""

    reason: str


Judgement = Fault | Unproven | None
#: What a case's judge may answer.
Found = Judgement | Held
