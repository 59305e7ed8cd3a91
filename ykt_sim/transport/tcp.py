"""A small server of one card that speaks the line protocol over TCP.

The server listens on this machine only and serves one client at a time: the first that says a
line (`door`). Once it has met the card, another one is turned away at once. Each connection meets a
card without power. A line gets exactly one line
of hex back: the ATR after ``reset``, else the answer with its status word; what is no hex is
answered 6700 and never reaches the card. When the card leaves, the connection ends.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ykt_sim.codes import SW
from ykt_sim.errors import LinkError, UsageError
from ykt_sim.transport.address import Address, is_loopback, read_address
from ykt_sim.transport.door import BACKLOG, Caller, Lobby
from ykt_sim.transport.lines import MAX_LINE, RESET
from ykt_sim.transport.link import Link

HOST: Final = "127.0.0.1"
#: Seconds that a client may say nothing, and that it may leave an answer untaken.
IDLE_S: Final = 300.0
_SEND_S: Final = 10.0
_CHUNK: Final = 4096
_NOT_HEX: Final = SW.WRONG_LENGTH.to_bytes(2, "big")

Say = Callable[[str], object]


def read_listen(text: str) -> Address:
    """Read where to listen: ``HOST:PORT`` or ``:PORT`` on this machine, port 0 for any.

    Raises:
        UsageError: no such form, or a host that is not this machine.
    """
    address = read_address(text, f"HOST:PORT, such as {HOST}:4747", host=HOST, zero=True)
    if not is_loopback(address.host):
        raise UsageError(f"{text!r}: the server listens on this machine only, such as {HOST}:4747")
    return address


class LineServer:
    """Serves one card to one client at a time; `run` goes on until `stop`.

    Args:
        address: where to listen; port 0 takes any free one.
        card: the card.
        idle_s: seconds after which a client that says nothing is let go.
        done: asked after each answer; True ends the server.
        say: takes lines for the operator.

    Attributes:
        address: where it really listens.
        commands: lines answered so far.

    Raises:
        UsageError: nothing can listen there.
    """

    def __init__(
        self,
        address: Address,
        card: Link,
        *,
        idle_s: float = IDLE_S,
        done: Callable[[], bool] = lambda: False,
        say: Say = lambda _line: None,
    ) -> None:
        self.commands = 0
        self._card, self._idle_s, self._done, self._say = card, idle_s, done, say
        self._stopping = False
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self._server = socket.socket(family)
        try:
            self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._server.bind(tuple(address))
            self._server.listen(BACKLOG)
        except OSError as error:
            self._server.close()
            raise UsageError(f"{address}: {error.strerror or error}") from None
        self.address = Address(address.host, int(self._server.getsockname()[1]))
        self._waker, self._woken = socket.socketpair()
        self._waker.settimeout(0)
        self._powered = False

    def stop(self) -> None:
        """End `run`; from any thread or a signal's handler."""
        self._stopping = True
        with suppress(OSError):
            self._waker.send(b"w")

    def run(self) -> None:
        """Serve client after client."""
        lobby = Lobby(self._server, MAX_LINE)
        lobby.watch(self._woken)
        try:
            while not self._ended():
                caller = lobby.first(None, self._idle_s)
                if caller is not None:
                    if b"\n" in caller.said:
                        lobby.turn_away()
                    self._meet(lobby, caller)
        finally:
            lobby.close()
            self._power_off()
            for one in (self._server, self._waker, self._woken):
                one.close()

    def _ended(self) -> bool:
        return self._stopping or self._done()

    def _meet(self, lobby: Lobby, caller: Caller) -> None:
        with caller.connection as client:
            self._say("a terminal has come")
            try:
                if not caller.said:
                    raise EOFError(self._silent())
                self._serve(lobby, client, caller.said)
            except LinkError as error:
                self._say(f"the card left: {error}")
            except (OSError, EOFError) as error:
                self._say(f"the terminal has gone ({error})")
            finally:
                self._power_off()

    def _silent(self) -> str:
        return f"it said nothing for {self._idle_s:g} s"

    def _serve(self, lobby: Lobby, client: socket.socket, said: bytes) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.settimeout(_SEND_S)
        heard = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for one in (client, self._server, self._woken):
                selector.register(one, selectors.EVENT_READ)
            while True:
                *lines, rest = said.split(b"\n")
                for line in lines:
                    self._line(client, line)
                    heard = time.monotonic()
                    if self._ended():
                        return
                if len(rest) > MAX_LINE:
                    raise EOFError(f"a line of more than {MAX_LINE} characters")
                # Only when this client says nothing others are turned away: it may be gone
                # already, with its last words to be read, and then they are the next ones.
                while client not in (ready := self._ready(selector, heard)):
                    if self._ended():
                        return
                    if self._server in ready:
                        if not self._powered:
                            raise EOFError("it said nothing to the card, and another came")
                        lobby.turn_away()
                more = client.recv(_CHUNK)
                if not more:
                    raise EOFError("it closed the connection")
                said = rest + more

    def _ready(self, selector: selectors.BaseSelector, heard: float) -> set[object]:
        """Who can be read, waited for as long as the client may say no line."""
        left = heard + self._idle_s - time.monotonic()
        if left <= 0:
            raise EOFError(self._silent())
        return {key.fileobj for key, _ in selector.select(left)}

    def _line(self, client: socket.socket, raw: bytes) -> None:
        text = raw[: MAX_LINE + 1].decode("ascii", "replace").partition("#")[0].strip()
        if not text:
            return
        if len(raw) > MAX_LINE:
            raise EOFError(f"a line of more than {MAX_LINE} characters")
        answer = self._answer(text)
        self.commands += 1
        client.sendall(answer.hex().upper().encode("ascii") + b"\n")

    def _answer(self, text: str) -> bytes:
        if text.lower() == RESET:
            self._powered = True
            return self._card.power_on()
        try:
            apdu = bytes.fromhex(text)
        except ValueError:
            return _NOT_HEX
        if not self._powered:
            self._powered = True
            self._card.power_on()
        return self._card.transmit(apdu)

    def _power_off(self) -> None:
        self._powered = False
        with suppress(LinkError):
            self._card.close()
