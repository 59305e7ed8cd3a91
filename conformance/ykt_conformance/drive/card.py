"""What a card stimulus gets: the ICS, keys, randoms and what the target can do.

A stimulus is a generator: it yields steps (`drive.steps`) and receives answers.
It never sees the link; everything it learns it learns from answers, as a judge will.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

from ykt_conformance.drive.steps import Step
from ykt_sim.codes import LNT, TUNION, KeyType
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.cards import Use, load_application
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.wire.apdu import Response

#: What a stimulus is: ``answer = yield Send(apdu)``.
CardFlow: TypeAlias = Generator[Step, Response, None]

#: Application templates whose key file holds the test cards' PIN.
_PIN_OF: Final[dict[str, str]] = {TUNION: "tunion-ep", LNT: "lnt-wallet"}


class CardBench:
    """The surroundings of one card case.

    Attributes:
        ics: the ICS as nested mappings, e.g. ``bench.ics["tunion"]["log_records"]``.
        keys: card keys; the runner lets them learn from every answer.
        capabilities: of the target, e.g. ``reset``, ``fresh``, ``tear``.
        rng: gives n random bytes, repeatable by the run's seed.
    """

    def __init__(
        self,
        ics: Mapping[str, Any],
        keys: KeyRing,
        rng: Callable[[int], bytes],
        capabilities: frozenset[str] = frozenset(),
        *,
        test_keys: bool = True,
    ) -> None:
        self.ics = ics
        self.keys = keys
        self.rng = rng
        self.capabilities = capabilities
        self._test_keys = test_keys

    def can(self, capability: str) -> bool:
        """True when the target has it; ``keys:tunion.load`` asks for a card key or PIN.

        With the published test keys every role is there, though a key itself is known
        only after the card has said who it is.
        """
        if not capability.startswith("keys:"):
            return capability in self.capabilities
        standard, _, role = capability.removeprefix("keys:").partition(".")
        if role == "pin":
            return self.pin(standard) is not None
        if self._test_keys:
            return standard in _PIN_OF and role in load_test_keys().masters(standard)
        return self.keys.get(standard, role) is not None

    def pin(self, standard: str) -> bytes | None:
        """PIN bytes as VERIFY takes them: the key file's, or that of our test cards."""
        if not self._test_keys:
            return self.keys.get(standard, "pin")
        return _test_pin(standard)


@cache
def _test_pin(standard: str) -> bytes | None:
    template = _PIN_OF.get(standard)
    if template is None:
        return None
    for key in load_application(Use(use=template)).key:
        if int(key.type, 16) == KeyType.PIN:
            return bytes.fromhex(key.value)
    return None
