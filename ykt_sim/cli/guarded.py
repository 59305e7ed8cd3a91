"""Words that allow writing to a real card: ``--allow-writes`` and ``--number``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from ykt_sim.errors import UsageError
from ykt_sim.transport import open_link
from ykt_sim.transport.guard import WriteGuard
from ykt_sim.transport.pcsc import VIRTUAL

_SCHEME = "pcsc:"


def in_reader(target: str) -> bool:
    """True for a card in a real reader, ``pcsc:READER``."""
    return target.startswith(_SCHEME)


@dataclass(frozen=True)
class Permit:
    """What may be done to a card in a reader.

    Attributes:
        allow: writing is allowed at all.
        numbers: cards that may be written to; ``virtual`` for any in a virtual reader.
    """

    allow: bool = False
    numbers: tuple[str, ...] = ()

    def needed(self) -> None:
        """Raise UsageError unless writing is allowed: a tap always writes."""
        if not self.allow:
            raise UsageError(
                "a tap writes to the card: give --allow-writes, and --number with its whole"
                " number (or 'virtual', for our cards in a virtual reader)"
            )

    def open(self, target: str) -> WriteGuard:
        """A guarded link to the card in a reader, ``pcsc:READER``."""
        link = open_link(target)
        inner = getattr(link, "link", link)  # below it is only what T=0 needs
        return WriteGuard(
            link,
            numbers=self.numbers,
            allow=self.allow,
            virtual=lambda: str(getattr(inner, "reader", "")).startswith(VIRTUAL),
        )


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
