"""Targets of a card run: what the suite makes of ``sim:``, ``pipe:``, ``tcp:``, ``pcsc:``.

What a name means is read by `ykt_sim.bench.targets`. A target with the capability
``fresh`` gives a card in its first state each time, so every case gets a link of its own;
any other is opened once and reset between the cases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec.structs import replace

from ykt_conformance.drive.limits import FRESH, RESET, TEAR, Limits
from ykt_conformance.ics.form import form_names
from ykt_conformance.run.targets.served import OPTIONS, served
from ykt_sim.bench.targets import Opening, Target, profile_named, read_target, read_terminal
from ykt_sim.transport import Link
from ykt_sim.transport.chaining import ResponseChaining
from ykt_sim.transport.guard import READ_ONLY, Permit

#: Kinds of targets that are tested.
KINDS: Final = ("sim", "pipe", "tcp", "pcsc")
SAM_KINDS: Final = ("sam", "pipe", "tcp", "pcsc")
#: Balance of a fresh simulated card in fen, unless ``?balance=`` says otherwise.
BALANCE: Final = 10_000


class CardTarget(msgspec.Struct, frozen=True):
    """A card under test.

    Attributes:
        name: as the user wrote it.
        capabilities: what it can do.
        open: gives a new link; the seed is for the card's own randoms.
        form: name of the shipped ICS that belongs to it, or empty.
        far: times measured hold a way to the card that is worth telling apart.
    """

    name: str
    capabilities: frozenset[str]
    open: Callable[[int], Link]
    form: str = ""
    far: bool = False

    @property
    def fresh(self) -> bool:
        """True when every opening gives a card in its first state."""
        return FRESH in self.capabilities


def open_target(
    name: str,
    limits: Limits | None = None,
    *,
    fresh: bool = False,
    permit: Permit = READ_ONLY,
) -> CardTarget:
    """Read a target's name; nothing is started yet.

    Args:
        name: e.g. ``sim:dual``, ``sim:dual?deviate=NAME``, ``pipe:ykt card pipe c.json``.
        limits: what bounds the waits.
        fresh: the user states that each opening gives a card in its first state.
        permit: what may be written to a card in a real reader.

    Raises:
        UsageError: no such scheme, or the rest does not fit it.
    """
    limits = limits or Limits()
    target = read_target(name, KINDS, also={"pcsc": OPTIONS})
    how = Opening(permit=permit, balance=BALANCE, answer_s=limits.answer_s, start_s=limits.start_s)
    if target.name.options.get("control"):
        return CardTarget(name, frozenset({RESET, FRESH, TEAR}), served(target, how), far=True)
    can = {RESET} | target.can | ({FRESH} if fresh else set())
    if target.kind == "sim":
        _open(target, how)(0).close()  # a profile or deviation nobody knows is found here
    return CardTarget(
        name, frozenset(can), _open(target, how), form=form_of(name), far=target.kind == "pcsc"
    )


def _open(target: Target, how: Opening) -> Callable[[int], Link]:
    return lambda seed: target.open(replace(how, seed=seed))


def open_sam_target(name: str, limits: Limits | None = None, *, fresh: bool = False) -> CardTarget:
    """Read the name of a PSAM; nothing is started yet. One in a reader is never written to.

    What it announces by 61xx is fetched, so that answers are whole.

    Args:
        name: e.g. ``sam:bus-upgraded``, ``sam:psam.json``, ``pipe:COMMAND``, ``pcsc:READER``.
        limits, fresh: as for `open_target`.

    Raises:
        UsageError: no such scheme, or the rest does not fit it.
    """
    limits = limits or Limits()
    target = read_target(name, SAM_KINDS)
    how = Opening(answer_s=limits.answer_s, start_s=limits.start_s)
    if target.kind == "sam":
        target.open(how).close()  # a terminal or a file nobody knows is found here
    can = {RESET} | target.can | ({FRESH} if fresh else set())
    opened = _open(target, how)
    chained = opened if TEAR in can else lambda seed: ResponseChaining(opened(seed))
    terminal = target.name.rest if target.kind == "sam" else ""
    return CardTarget(
        name, frozenset(can), chained,
        form=terminal if terminal in form_names("terminal") else "", far=target.kind == "pcsc",
    )  # fmt: skip


def terminal_form(name: str) -> str:
    """Name of the shipped ICS of a simulated terminal; empty where no target is named.

    Raises:
        UsageError: a target that is no terminal of ours.
    """
    if not name:
        return ""
    read_terminal(name)
    return form_of(name)


def form_of(name: str) -> str:
    """Name of the shipped ICS that belongs to a ``sim:`` target; empty for any other."""
    profile = profile_named(name)
    return profile if profile in form_names() else ""
