"""The driver's side of vpcd, played by hand: a listening socket that says what it is told."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ykt_sim.transport.address import Address
from ykt_sim.transport.link import Link
from ykt_sim.transport.vpcd import VirtualSlot

OFF, ON, RESET, ATR = 0, 1, 2, 4


class Driver:
    """A virtual reader without PC/SC behind it."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(10)
        self.address = Address("127.0.0.1", int(self.server.getsockname()[1]))
        self.card: socket.socket | None = None

    def accept(self) -> None:
        """Wait for a card."""
        self.drop()
        self.card, _ = self.server.accept()
        self.card.settimeout(10)

    def no_card_for(self, seconds: float) -> bool:
        """True when none comes in this time."""
        self.server.settimeout(seconds)
        try:
            self.card, _ = self.server.accept()
        except TimeoutError:
            return True
        finally:
            self.server.settimeout(10)
        return False

    def say(self, code: int) -> None:
        """A control without an answer."""
        self.send(bytes((code,)))

    def send(self, data: bytes) -> None:
        """A message in one write; the real driver makes two."""
        assert self.card is not None
        self.card.sendall(struct.pack(">H", len(data)) + data)

    def dribble(self, data: bytes) -> None:
        """A message byte by byte."""
        assert self.card is not None
        self.card.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in struct.pack(">H", len(data)) + data:
            self.card.sendall(bytes((byte,)))

    def answer(self) -> bytes:
        """The next message from the card; empty when it left."""
        (size,) = struct.unpack(">H", self.exactly(2) or b"\0\0")
        return self.exactly(size)

    def exactly(self, count: int) -> bytes:
        assert self.card is not None
        data = b""
        while len(data) < count:
            more = self.card.recv(count - len(data))
            if not more:
                return b""
            data += more
        return data

    def ask(self, text: str) -> str:
        """A command and its answer, hex."""
        self.send(bytes.fromhex(text))
        return self.answer().hex().upper()

    def atr(self) -> str:
        self.say(ATR)
        return self.answer().hex().upper()

    def drop(self) -> None:
        if self.card is not None:
            self.card.close()
            self.card = None

    def close(self) -> None:
        self.drop()
        self.server.close()


@contextmanager
def slot(card: Link, driver: Driver, **more: Any) -> Iterator[VirtualSlot]:
    """A slot that serves a card to a driver in a thread."""
    more.setdefault("gap_s", 0.0)
    found = VirtualSlot(driver.address, card, **more)
    thread = threading.Thread(target=found.run)
    thread.start()
    try:
        yield found
    finally:
        found.stop()
        thread.join(10)
        assert not thread.is_alive()
