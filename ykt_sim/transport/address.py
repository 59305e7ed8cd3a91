"""Where a TCP connection goes or is waited for: ``HOST:PORT``, read in one place."""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

from ykt_sim.errors import UsageError

_MAX_PORT: Final = 0xFFFF


class Address(NamedTuple):
    """A host, by name or number and without brackets, and a port there."""

    host: str
    port: int

    def slot(self, number: int) -> Address:
        """Address of another slot of the same virtual reader: its slots are in a row."""
        return Address(self.host, self.port + number)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def read_address(
    text: str, form: str = "HOST:PORT", *, name: str = "", host: str = "", zero: bool = False
) -> Address:
    """Read ``HOST:PORT``; a host with colons may stand in brackets.

    Args:
        text: what to read.
        form: what it should look like, for the error.
        name: what the user wrote, where that is more than the text; for the error.
        host: meant where the text names none; empty when it has to.
        zero: port 0 is right too, for any free one to listen on.

    Raises:
        UsageError: no such form, or no such port.
    """
    said, colon, port = text.rpartition(":")
    said = said.strip("[]") or host
    wrong = f"{name or text!r}: expected {form}"
    if not said or not colon or not (port.isascii() and port.isdigit()):
        raise UsageError(wrong)
    if not (0 if zero else 1) <= int(port) <= _MAX_PORT:
        raise UsageError(f"{wrong}; there is no such port")
    return Address(said, int(port))


def is_loopback(host: str) -> bool:
    """True for an address, or ``localhost``, that no other machine can reach."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
