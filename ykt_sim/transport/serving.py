"""A server of virtual slots: one thread a slot, and a socket for the operator's words.

The operator's socket is a Unix socket. Each connection brings one JSON object in one line,
``{"do": "insert", "slot": 0}``, and gets one back: ``{"ok": true, ...}``, or
``{"ok": false, "error": "..."}``. What can be said:

``status``  every slot: card, inserted, connected, commands
``insert``, ``remove``  the card of a slot
``fresh``   a new card in its first state; ``seed`` makes its randoms repeatable
``tear``    cut the card's power at the n-th physical ``write`` of its next command
``facts``   what the card holds, without keys
``stop``    end the server
"""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from ykt_sim.errors import LinkError, UsageError
from ykt_sim.transport.address import Address
from ykt_sim.transport.door import BACKLOG, Guests
from ykt_sim.transport.link import Factual, Link, Tearable
from ykt_sim.transport.signals import stopped_by_signals
from ykt_sim.transport.vpcd import VirtualSlot

_MAX_LINE: Final = 1 << 16
_ASK_S: Final = 10.0
#: Seconds between two looks whether to end.
_LOOK_S: Final = 0.1


class Served(msgspec.Struct):
    """A slot with what the operator may do to its card.

    Attributes:
        name: what the card is, for the operator.
        slot: where it is.
        renew: gives a new card in its first state from a seed; None where there is no such.
    """

    name: str
    slot: VirtualSlot
    renew: Callable[[int], Link] | None = None


def default_control(address: Address) -> Path:
    """Where a server of this address listens for the operator, unless told otherwise."""
    return Path(tempfile.gettempdir()) / f"ykt-serve-{os.getuid()}-{address.port}.sock"


class Server:
    """Serves cards until it is stopped.

    Args:
        cards: one for each slot, in order.
        control: path of the operator's socket.

    Raises:
        UsageError: another server uses that path.
    """

    def __init__(self, cards: Sequence[Served], control: Path) -> None:
        self.cards = tuple(cards)
        self.control = control
        # A plain flag: `stop` is called from signal handlers too, and an Event's lock could be
        # held by the very thread that the signal interrupts.
        self._stopping = False
        self._socket = _listen(control)
        self._guests = Guests()
        self._speaking = threading.Lock()

    def run(self) -> int:
        """Serve until a signal or the operator says stop; gives the signal's number, or 0.

        SIGUSR1 inserts every card, SIGUSR2 takes every card out.
        """
        moves = {
            signal.SIGUSR1: lambda: self._each(VirtualSlot.insert),
            signal.SIGUSR2: lambda: self._each(VirtualSlot.remove),
        }
        threads = [threading.Thread(target=one.slot.run) for one in self.cards]
        threads.append(threading.Thread(target=self._listen, daemon=True))
        with stopped_by_signals(self.stop, moves) as got:
            try:
                for thread in threads:
                    thread.start()
                while not self._stopping:
                    time.sleep(_LOOK_S)
            finally:
                for one in self.cards:
                    one.slot.stop()
                for thread in threads[:-1]:
                    thread.join()
                self._socket.close()
                with suppress(OSError):
                    self.control.unlink()
        return got[0] if got else 0

    def _each(self, move: Callable[[VirtualSlot], object]) -> None:
        for one in self.cards:
            move(one.slot)

    def stop(self) -> None:
        """End `run`."""
        self._stopping = True

    # -- the operator ------------------------------------------------------------------

    def _listen(self) -> None:
        while True:
            try:
                found, _ = self._socket.accept()
            except OSError:
                return
            self._guests.serve(found, self._answer)

    def _answer(self, found: socket.socket) -> None:
        line = _line(found)
        with self._speaking:
            reply = self._reply(line)
        found.settimeout(_ASK_S)
        found.sendall(reply + b"\n")

    def _reply(self, line: bytes) -> bytes:
        try:
            said = json.loads(line)
            if not isinstance(said, dict):
                raise UsageError("expected a JSON object")
            return json.dumps({"ok": True, **self._do(said)}).encode()
        except (ValueError, LinkError, RecursionError) as error:
            return json.dumps({"ok": False, "error": str(error)}).encode()

    def _do(self, said: dict[str, Any]) -> dict[str, Any]:
        word = said.get("do")
        if word == "status":
            return {"slots": [self._status(number) for number in range(len(self.cards))]}
        if word == "stop":
            self.stop()
            return {}
        number = said.get("slot", 0)
        if not isinstance(number, int) or not 0 <= number < len(self.cards):
            raise UsageError(f"no slot {number!r}: there are 0 to {len(self.cards) - 1}")
        one = self.cards[number]
        if word == "insert":
            one.slot.insert()
        elif word == "remove":
            one.slot.remove()
        elif word == "fresh":
            self._fresh(one, said.get("seed", 0))
        elif word == "tear":
            self._tear(one, said.get("write", 1))
        elif word == "facts":
            return {"facts": self._facts(one)}
        else:
            known = "status, insert, remove, fresh, tear, facts, stop"
            raise UsageError(f"cannot do {word!r}: there are {known}")
        return {"slot": self._status(number)}

    def _status(self, number: int) -> dict[str, Any]:
        one = self.cards[number]
        return {
            "slot": number, "card": one.name, "reader": str(one.slot.address),
            "inserted": one.slot.inserted, "connected": one.slot.connected,
            "commands": one.slot.commands,
        }  # fmt: skip

    @staticmethod
    def _fresh(one: Served, seed: object) -> None:
        if one.renew is None or not isinstance(seed, int):
            raise UsageError(f"{one.name} cannot be made anew: serve a sim: card")
        one.slot.change_card(one.renew(seed))
        one.slot.insert()

    @staticmethod
    def _tear(one: Served, write: object) -> None:
        if not isinstance(write, int) or write < 1:
            raise UsageError(f"write counts from 1, got {write!r}")
        card = one.slot.card
        if not isinstance(card, Tearable):
            raise _unable(one, "tear")
        with one.slot.hold:
            card.tear(write)

    @staticmethod
    def _facts(one: Served) -> dict[str, Any]:
        card = one.slot.card
        if not isinstance(card, Factual):
            raise _unable(one, "facts")
        with one.slot.hold:
            return card.facts()


def _unable(one: Served, what: str) -> UsageError:
    return UsageError(f"{one.name} does not know {what!r}: serve a sim: card")


def _listen(path: Path) -> socket.socket:
    if path.is_socket():
        with suppress(LinkError):
            ask(path, {"do": "status"})
            raise UsageError(f"{path}: another server uses it; give --control another path")
        path.unlink()
    found = socket.socket(socket.AF_UNIX)
    try:
        found.bind(str(path))
        path.chmod(0o600)
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        raise UsageError(f"{path}: {error.strerror or error}") from None
    return found


def ask(path: Path, said: dict[str, object]) -> dict[str, Any]:
    """Say something to a running server; gives its answer.

    Raises:
        LinkError: no server there, or none that answers.
        UsageError: the server refuses; its reason.
    """
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.settimeout(_ASK_S)
            server.connect(str(path))
            server.sendall(json.dumps(said).encode() + b"\n")
            answer = json.loads(_line(server))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise LinkError(f"no ykt card serve answers at {path}: {why}") from None
    if not answer.pop("ok", False):
        raise UsageError(str(answer.get("error", "refused")))
    return dict(answer)


def _line(found: socket.socket) -> bytes:
    """A line, the whole of it within a time; TimeoutError."""
    data, end = b"", time.monotonic() + _ASK_S
    while b"\n" not in data and len(data) < _MAX_LINE:
        found.settimeout(max(0.001, end - time.monotonic()))
        more = found.recv(4096)
        if not more:
            break
        data += more
    return data.partition(b"\n")[0]
