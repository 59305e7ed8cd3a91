"""What a card stimulus gets: the ICS, keys, randoms and what the target can do.

A stimulus is a generator: it yields steps (`drive.steps`) and receives answers.
It never sees the link; everything it learns it learns from answers, as a judge will.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

from ykt_conformance.drive.steps import Step
from ykt_conformance.judge.stated import NOT_STATED
from ykt_sim.codes import LNT, TUNION, KeyType, Operation
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.cards import Use, load_application
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.wire.apdu import Response
from ykt_sim.wire.commands import ONLINE

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
        thorough: tables are swept in full.
    """

    def __init__(
        self,
        ics: Mapping[str, Any],
        keys: KeyRing,
        rng: Callable[[int], bytes],
        capabilities: frozenset[str] = frozenset(),
        *,
        test_keys: bool = True,
        thorough: bool = False,
    ) -> None:
        self.thorough = thorough
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

    def shapes(self, standard: str, pin: bytes) -> tuple[bytes, ...]:
        """A PIN as VERIFY of this card takes it, or may take it where the ICS does not say.

        Two to six bytes [GM 7.10][LAB]; that some want FF behind it, to six or to eight, is seen
        in readers' code.
        """
        filling = self.ics[standard]["pin_filling"]
        if filling == NOT_STATED:
            return tuple(dict.fromkeys((pin, pin.ljust(6, b"\xff"), pin.ljust(8, b"\xff"))))
        return (pin.ljust(int(filling), b"\xff") if filling in ("6", "8") else pin,)

    def pin(self, standard: str) -> bytes | None:
        """PIN bytes as VERIFY takes them: the key file's, or that of our test cards."""
        if not self._test_keys:
            return self.keys.get(standard, "pin")
        return test_pin(standard)


def asks_pin(claimed: Mapping[str, Any], operation: str) -> bool | None:
    """Whether a purse asks for the PIN at INITIALIZE; None where its ICS does not say.

    Args:
        claimed: the purse's section of the ICS.
        operation: any; only those with the host may ask [GM 8.7, 8.10, 8.12].
    """
    if operation not in ONLINE or not claimed["pin"]:
        return False
    if operation == Operation.LOAD:
        return bool(claimed["pin_for_load"])
    said = claimed[f"pin_for_{operation}"]
    return None if said == NOT_STATED else bool(said == "yes")


@cache
def test_pin(standard: str) -> bytes | None:
    """PIN of our test cards as VERIFY takes it; None where a standard has none."""
    template = _PIN_OF.get(standard)
    if template is None:
        return None
    for key in load_application(Use(use=template)).key:
        if int(key.type, 16) == KeyType.PIN:
            return bytes.fromhex(key.value)
    return None
