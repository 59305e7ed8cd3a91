"""One entry of the cards' half of the zoo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: Profiles the deviations are tried on.
DUAL: Final = "dual"
TUNION: Final = "tunion"
LNT: Final = "lnt"


@dataclass(frozen=True)
class CardMutant:
    """One deviation on one card.

    Attributes:
        name: of the deviation.
        profile: card profile that has it.
        kills: case id -> part of the reason with which it must fail.
    """

    name: str
    profile: str
    kills: Mapping[str, str]

    @property
    def target(self) -> str:
        """As ``ykt conform card --target`` takes it."""
        return f"sim:{self.profile}?deviate={self.name}"


def same(reason: str, *cases: str) -> dict[str, str]:
    """These cases, all for one reason."""
    return dict.fromkeys(cases, reason)
