"""Words that allow writing to a real card: ``--allow-writes`` and ``--number``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from ykt_sim.errors import UsageError
from ykt_sim.transport.guard import Permit, WriteGuard
from ykt_sim.transport.pcsc import open_reader

_SCHEME = "pcsc:"


def in_reader(target: str) -> bool:
    """True for a card in a real reader, ``pcsc:READER``."""
    return target.startswith(_SCHEME)


def needed(permit: Permit) -> None:
    """Raise UsageError unless writing is allowed: a tap always writes."""
    if not permit.allow:
        raise UsageError(
            "a tap writes to the card: give --allow-writes, and --number with its whole"
            " number (or 'virtual', for our cards in a virtual reader)"
        )


def guarded(target: str, permit: Permit) -> WriteGuard:
    """A guarded link to the card in a reader, ``pcsc:READER``."""
    return permit.guard(open_reader(target.removeprefix(_SCHEME)))


def write_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the two words; the verb gets them as one `Permit`."""

    @functools.wraps(function)
    def call(*, allow_writes: bool, number: tuple[str, ...], **given: Any) -> Any:
        return function(permit=Permit(allow_writes, number), **given)

    flag = click.option("--allow-writes", is_flag=True, help="Allow writing to a real card.")
    named = click.option(
        "--number", multiple=True, metavar="DIGITS", help="The card that may be written to, its"
        " whole number; may repeat. 'virtual': any card in a virtual reader.",
    )  # fmt: skip
    wrapped: Callable[..., Any] = flag(named(call))
    return wrapped
