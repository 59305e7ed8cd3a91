"""Our published test keys, and how a card's keys come from them.

Only these keys ever enter the project. They are for test cards alone: they are public,
so a card or PSAM that holds them protects nothing.

Diversification of T-Union keys takes two levels, issuer id then the low eight bytes of
the PAN field [LAB rules 1 and 2][CODE]. The rule of Lingnan Tong is not public; one level
with the eight-byte logical card number is this project's own convention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import msgspec

from ykt_sim.codes import Standard
from ykt_sim.crypto.derive import diversify_chain
from ykt_sim.errors import ProfileError
from ykt_sim.profiles.loading import load

#: Roles of master keys; every standard has each of them.
ROLES = (
    "purchase",
    "load",
    "unload",
    "overdraft",
    "tac",
    "line",
    "pin_unblock",
    "pin_reload",
    "external_auth",
)


class TestKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The test key file.

    Attributes:
        notice: what these keys are, repeated wherever they are shown.
        key_version, key_index: of the purse keys on our cards and PSAMs.
        standards: standard -> role -> 16-byte master key in hex.
    """

    __test__ = False

    notice: str
    key_version: int
    key_index: int
    standards: dict[Standard, dict[str, str]]

    def masters(self, standard: str) -> dict[str, bytes]:
        """Master keys of one standard by role, 16 bytes each; ProfileError for no standard."""
        try:
            roles = self.standards[Standard(standard)]
        except (KeyError, ValueError):
            known = ", ".join(sorted(self.standards))
            raise ProfileError(f"no test keys for standard {standard!r}; known: {known}") from None
        return {role: bytes.fromhex(value) for role, value in roles.items()}


@cache
def load_test_keys() -> TestKeys:
    """Read the published test keys; raises ProfileError when the file is wrong."""
    keys = load("", "testkeys", TestKeys)
    for standard, roles in keys.standards.items():
        for role in ROLES:
            value = roles.get(role, "")
            if len(value) != 32:
                raise ProfileError(f"testkeys.toml: {standard}.{role} must be 32 hex digits")
    return keys


def card_keys(masters: Mapping[str, bytes], factors: Sequence[bytes]) -> dict[str, bytes]:
    """Diversify every role's master key; factors are 8 bytes each, issuer first."""
    return {role: diversify_chain(key, *factors) for role, key in masters.items()}
