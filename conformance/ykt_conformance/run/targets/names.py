"""Targets of a card run: ``sim:``, ``pipe:``, ``tcp:``, ``pcsc:``.

A target opens links. One with the capability ``fresh`` gives a card in its first state
each time, so every case gets a link of its own; any other is opened once and reset
between the cases.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final, Protocol, cast

import msgspec

from ykt_conformance.drive.limits import FRAGMENTS, FRESH, RESET, TEAR, Limits
from ykt_conformance.ics.form import form_names
from ykt_conformance.run.targets.lines import LineLink, ProcessWire, SocketWire
from ykt_sim.errors import UsageError
from ykt_sim.transport.guard import Permit
from ykt_sim.transport.lines import host_and_port
from ykt_sim.transport.link import parse_options

#: Balance of a fresh simulated card in fen, unless ``?balance=`` says otherwise.
BALANCE: Final = 10_000


class CardLink(Protocol):
    """A link to the card under test.

    A simulated one may have two methods more: ``tear(write)`` cuts the power at the n-th
    physical write of the next command, and of that command only; ``facts()`` gives the
    card's state as plain data without keys.
    """

    def power_on(self) -> bytes:
        """Reset; gives the ATR."""
        ...

    def transmit(self, apdu: bytes) -> bytes:
        """One command."""
        ...

    def close(self) -> None:
        """Give the card up."""
        ...


class Target(msgspec.Struct, frozen=True):
    """A target that can be opened.

    Attributes:
        name: as the user wrote it.
        capabilities: what it can do.
        open: gives a new link; the seed is for the card's own randoms.
        form: name of the shipped ICS that belongs to it, or empty.
        far: times measured hold a way to the card that is worth telling apart.
    """

    name: str
    capabilities: frozenset[str]
    open: Callable[[int], CardLink]
    form: str = ""
    far: bool = False

    @property
    def fresh(self) -> bool:
        """True when every opening gives a card in its first state."""
        return FRESH in self.capabilities


class Opener(Protocol):
    """Reads the part of a target after the colon."""

    def __call__(
        self, name: str, rest: str, limits: Limits, permit: Permit, *, fresh: bool
    ) -> Target:
        """Give the target or raise a YktError."""
        ...


#: Scheme -> "module:callable".
TARGETS: Final[Mapping[str, str]] = {
    "sim": "ykt_conformance.run.targets.names:sim",
    "pipe": "ykt_conformance.run.targets.names:pipe",
    "tcp": "ykt_conformance.run.targets.names:tcp",
    "pcsc": "ykt_conformance.run.targets.pcsc:pcsc",
}


def open_target(
    name: str,
    limits: Limits | None = None,
    *,
    fresh: bool = False,
    permit: Permit = Permit(),  # noqa: B008 - frozen
) -> Target:
    """Read a target's name; nothing is started yet.

    Args:
        name: e.g. ``sim:dual``, ``sim:dual?deviate=NAME``, ``pipe:ykt card pipe c.json``.
        limits: what bounds the waits.
        fresh: the user states that each opening gives a card in its first state.
        permit: what may be written to a card in a real reader.

    Raises:
        UsageError: no such scheme, or the rest does not fit it.
    """
    scheme, colon, rest = name.partition(":")
    if not colon or scheme not in TARGETS:
        known = ", ".join(f"{scheme}:" for scheme in TARGETS)
        raise UsageError(f"cannot open {name!r}: a target starts with one of {known}")
    module, _, function = TARGETS[scheme].partition(":")
    opener = cast("Opener", getattr(import_module(module), function))
    return opener(name, rest, limits or Limits(), permit, fresh=fresh)


def form_of(name: str) -> str:
    """Name of the shipped ICS that belongs to a ``sim:`` target; empty for any other."""
    scheme, _, rest = name.partition(":")
    profile = rest.partition("?")[0]
    return profile if scheme == "sim" and profile in form_names() else ""


def sim(name: str, rest: str, limits: Limits, permit: Permit, *, fresh: bool) -> Target:
    """A simulated card: ``PROFILE[?deviate=NAME][&balance=FEN]``."""
    del limits, permit, fresh
    profile, options = parse_options(rest, {"deviate": str, "balance": int})
    options.setdefault("balance", BALANCE)
    bench = import_module("ykt_sim.bench.make")

    def opened(seed: int) -> CardLink:
        return cast("CardLink", bench.open_sim_card(profile, seed=seed, **options))

    opened(0).close()  # an unknown profile or deviation is found here, not in the first case
    return Target(name, frozenset({RESET, FRESH, TEAR, FRAGMENTS}), opened, form=form_of(name))


def pipe(name: str, rest: str, limits: Limits, permit: Permit, *, fresh: bool) -> Target:
    """A program that speaks the line protocol on its standard input and output."""
    del permit
    try:
        words = shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"{name!r}: {error}") from None
    if not words:
        raise UsageError(f"{name!r}: no command after pipe:")
    # Our own `card pipe --profile` makes a new card each time it starts.
    ours = "--profile" in words or any(word.startswith("--profile=") for word in words)
    can = {RESET, FRAGMENTS} | ({FRESH} if fresh or ours else set())

    def opened(_seed: int) -> CardLink:
        return LineLink(ProcessWire(words), limits.answer_s, limits.start_s)

    return Target(name, frozenset(can), opened)


def tcp(name: str, rest: str, limits: Limits, permit: Permit, *, fresh: bool) -> Target:
    """A server that speaks the line protocol: ``HOST:PORT``."""
    del permit
    try:
        host, port = host_and_port(rest)
    except ValueError:
        raise UsageError(f"{name!r}: expected tcp:HOST:PORT") from None

    def opened(_seed: int) -> CardLink:
        wire = SocketWire(host, port, limits.start_s)
        return LineLink(wire, limits.answer_s, limits.start_s)

    can = {RESET, FRAGMENTS} | ({FRESH} if fresh else set())
    return Target(name, frozenset(can), opened)
