"""The link protocol, and the table that opens one by name.

A target is ``scheme:rest``. The table names a callable by module and attribute, imported
when a target of that scheme is opened, so that a link nobody uses costs nothing and may
need packages nobody has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final, Protocol, cast
from urllib.parse import parse_qsl

from ykt_sim.errors import UsageError


class Link(Protocol):
    """A card or SAM at the other end of a wire, a field or a function call."""

    def power_on(self) -> bytes:
        """Reset or activate; gives the ATR. Raises LinkError when nobody answers."""
        ...

    def transmit(self, apdu: bytes) -> bytes:
        """Send one command APDU; gives data and status word, whatever the status word.

        Raises:
            CardRemovedError: the card left before it answered.
            LinkError: the other side cannot be reached.
        """
        ...

    def close(self) -> None:
        """Give the other side up; may be called twice."""
        ...


class Opener(Protocol):
    """Opens the part of a target after the colon."""

    def __call__(self, rest: str, /) -> Link:
        """Open a link or raise a YktError."""
        ...


#: Scheme -> "module:callable".
LINKS: Final[dict[str, str]] = {
    "null": "ykt_sim.transport.null:open_null",
    "pcsc": "ykt_sim.transport.pcsc:open_reader",
    "sim": "ykt_sim.bench.make:open_card",
    "sam": "ykt_sim.bench.make:open_sam",
    "tcp": "ykt_sim.transport.tcp:open_tcp",
}


def open_link(target: str) -> Link:
    """Open a target such as ``sim:dual``, ``sim:card.json``, ``sam:bus-upgraded`` or ``pcsc:0``.

    Raises:
        UsageError: no scheme, or one that is not in `LINKS`.
        YktError: whatever the scheme's opener finds wrong.
    """
    scheme, colon, rest = target.partition(":")
    if not colon or scheme not in LINKS:
        known = ", ".join(f"{name}:" for name in sorted(LINKS))
        raise UsageError(f"cannot open {target!r}: a target starts with one of {known}")
    module, _, name = LINKS[scheme].partition(":")
    opener = cast("Opener", getattr(import_module(module), name))
    return opener(rest)


def parse_options(
    rest: str, known: Mapping[str, Callable[[str], Any]]
) -> tuple[str, dict[str, Any]]:
    """Split ``dual?deviate=x&balance=5``; UsageError for an option that is not known."""
    base, _, query = rest.partition("?")
    options: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in known:
            raise UsageError(f"no option {key!r} in {rest!r}; there are {', '.join(known)}")
        try:
            options[key] = known[key](value)
        except ValueError:
            raise UsageError(f"option {key}={value!r} in {rest!r} is no number") from None
    return base, options
