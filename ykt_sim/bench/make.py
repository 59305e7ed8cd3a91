"""Cards, PSAMs, terminals and hosts made from profiles, and links to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from msgspec.structs import replace

from ykt_sim.card import Card, CardImage
from ykt_sim.card.describe import describe
from ykt_sim.card.memory import CutPlan
from ykt_sim.card.model import PurseState
from ykt_sim.codes import Standard
from ykt_sim.faults import card as card_faults
from ykt_sim.faults import sam as sam_faults
from ykt_sim.faults import terminal as terminal_faults
from ykt_sim.profiles.cards import CardProfile, Identity, load_card_profile
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.sam import Psam
from ykt_sim.sam.host import IssuerHost
from ykt_sim.sam.issuing import make_image
from ykt_sim.sam.memory import SamCutPlan
from ykt_sim.terminal import Machine
from ykt_sim.terminal.journal import Recovered
from ykt_sim.transport import EngineLink
from ykt_sim.transport.local import Engine

Rng = Callable[[int], bytes]


def make_terminal(
    profile: TerminalProfile | str, recovered: Recovered | None = None, *, deviate: str = ""
) -> Machine:
    """A terminal from a profile or its name; not started yet.

    Args:
        profile: terminal profile or its name.
        recovered: the journal's memory after a restart.
        deviate: names from `faults.terminal.FAULTS` with commas between, or nothing;
            UsageError for any other.
    """
    if isinstance(profile, str):
        profile = load_terminal_profile(profile)
    if not deviate:
        return Machine(profile, recovered)
    return terminal_faults.make_terminal(
        profile, recovered, (name for name in deviate.split(",") if name)
    )


def make_sam(profile: TerminalProfile | str, rng: Rng = os.urandom) -> Psam:
    """The PSAM that belongs into a terminal, with the published test keys."""
    if isinstance(profile, str):
        profile = load_terminal_profile(profile)
    keys = load_test_keys()
    image = make_image(
        serial=profile.sam.serial,
        terminal=profile.sam.terminal,
        acquirer=profile.acquirer,
        purchase_keys={name: keys.masters(name)["purchase"] for name in Standard},
        key_version=keys.key_version,
        key_index=keys.key_index,
    )
    return Psam(image, rng)


def make_host() -> IssuerHost:
    """The issuers' host for loads, with the published test keys."""
    keys = load_test_keys()
    return IssuerHost({name: keys.masters(name) for name in Standard})


def _personalised(profile: CardProfile, **wishes: Any) -> CardImage:
    from ykt_sim.card.personalise import personalise  # noqa: PLC0415 - late on purpose

    return personalise(profile, **wishes)


def make_card(profile: str, rng: Rng = os.urandom, *, balance: int = 0) -> Card:
    """A simulated card from a profile's name; balance in fen."""
    return Card(_personalised(load_card_profile(profile), balance=balance), rng)


class _CutLink(EngineLink):
    """A simulated card or PSAM for the conformance suite: it can be torn.

    Args:
        engine: the card or PSAM.
        cut: sets the plan to cut its power at a step, or with None clears it.
    """

    def __init__(self, engine: Engine, cut: Callable[[int | None], None]) -> None:
        super().__init__(engine)
        self._cut = cut

    def tear(self, write: int) -> None:
        """Cut the power at the n-th physical write (from 1) of the next command."""
        self._cut(write)

    def transmit(self, apdu: bytes) -> bytes:
        """One command; a cut that was not reached is forgotten."""
        try:
            return super().transmit(apdu)
        finally:
            self._cut(None)


class SimSamLink(_CutLink):
    """A simulated PSAM that can be torn."""

    def __init__(self, psam: Psam) -> None:
        super().__init__(
            psam, lambda write: psam.cut_plan(None if write is None else SamCutPlan(cut_at=write))
        )


class SimCardLink(_CutLink):
    """A simulated card that can be torn and asked for its facts."""

    def __init__(self, card: card_faults.AnyCard) -> None:
        super().__init__(
            card, lambda write: card.cut_plan(None if write is None else CutPlan(cut_at=write))
        )
        self._card = card

    def facts(self) -> dict[str, Any]:
        """What the card holds, without secrets (`card.describe`)."""
        return describe(self._card.snapshot())


def open_sim_card(
    profile: str, *, deviate: str = "", seed: int | None = None, balance: int = 0
) -> SimCardLink:
    """A simulated card for the conformance suite.

    Args:
        profile: name of a card profile.
        deviate: names from `faults.card.FAULTS` with commas between, or nothing.
        seed: makes its randoms repeatable; None draws them from the system.
        balance: fen.

    Raises:
        ProfileError: no such profile.
        UsageError: no such fault.
    """
    names = [name for name in deviate.split(",") if name]
    rng = os.urandom if seed is None else Random(seed).randbytes  # noqa: S311 - repeatable
    image = _personalised(load_card_profile(profile), balance=balance)
    return SimCardLink(card_faults.make_card(image, rng, names))


def deviations(subject: str) -> Mapping[str, str]:
    """Named ways to be wrong, with one line each: of a ``card``, a ``terminal`` or a ``sam``."""
    if subject == "terminal":
        return {name: fault.text for name, fault in terminal_faults.FAULTS.items()}
    if subject == "sam":
        return {name: fault.text for name, fault in sam_faults.FAULTS.items()}
    return {name: fault.text for name, fault in card_faults.FAULTS.items()}


def issue_sim_card(
    profile: CardProfile, *, identity: Identity, balance: int = 0, seed: int = 0, counter: int = 0
) -> SimCardLink:
    """A simulated card with numbers and dates of its own, e.g. for a terminal under test.

    Args:
        profile: what kind of card; a profile changed in memory will do.
        identity: its numbers and dates.
        balance: fen.
        seed: makes its randoms repeatable.
        counter: where both counters of every purse stand, 0..FFFF.
    """
    image = _personalised(profile, identity=identity, balance=balance)
    if counter:
        image = CardImage({
            place: replace(cell, offline=counter, online=counter)
            if isinstance(cell, PurseState) else cell
            for place, cell in image.cells.items()
        })  # fmt: skip
    return SimCardLink(Card(image, Random(seed).randbytes))  # noqa: S311 - repeatable
