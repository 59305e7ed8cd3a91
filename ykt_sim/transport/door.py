"""Who is let in by a server of ours: whoever speaks, however many others say nothing.

Nobody knows who connects. A connection costs a file and perhaps a thread, and one that says
nothing, or half a line, could hold the server for ever. So connections are counted: when there
are too many, the one that has been there longest goes. An honest client speaks at once, and is
served as if the others were not there.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

#: Connections that a server holds at a time.
MOST: Final = 64
#: Connections that wait at a listening socket until they are let in; the system may take fewer.
BACKLOG: Final = 1024
_CHUNK: Final = 4096


class Guests:
    """Connections that are served at a time, each in a thread: the oldest goes for the newest."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._here: dict[socket.socket, None] = {}

    def serve(self, guest: socket.socket, answer: Callable[[socket.socket], object]) -> None:
        """Serve a connection in a thread, and close it; an OSError ends it and nothing else.

        Where there are too many, what waits on the oldest of them meets its end.
        """
        with self._lock:
            while len(self._here) >= self._most:
                oldest = next(iter(self._here))
                del self._here[oldest]
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
            self._here[guest] = None
        threading.Thread(target=self._serve, args=(guest, answer), daemon=True).start()

    def _serve(self, guest: socket.socket, answer: Callable[[socket.socket], object]) -> None:
        try:
            with suppress(OSError):
                answer(guest)
        finally:
            # Out of the list first: what is in it may be shut down, and a number of a closed
            # one may belong to somebody else already.
            with self._lock:
                self._here.pop(guest, None)
            guest.close()


class Caller(NamedTuple):
    """A connection that is to be served; whoever gets it closes it.

    Attributes:
        said: what was received so far: a whole line at least, or too much for one; empty when
            it let its time pass.
    """

    connection: socket.socket
    said: bytes


class _Guest:
    """A connection in the lobby."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.came = time.monotonic()
        self.said = b""
        self.told = b""

    def tell(self, line: bytes) -> None:
        """Say a line; whoever has gone, or takes nothing, is found out when it is heard."""
        self.told = line
        with suppress(OSError):
            self.connection.sendall(line)


class Lobby:
    """Connections of which one is to be served: the first that says a whole line.

    Args:
        server: a listening socket; it is made non-blocking and stays its owner's.
        line: bytes of a line; who sends more without its end is given as well, to be told so.
        most: connections that may wait; when there are more, the oldest goes.
    """

    def __init__(self, server: socket.socket, line: int, most: int = MOST) -> None:
        server.settimeout(0)
        self._server, self._line, self._most = server, line, most
        self._here: dict[socket.socket, _Guest] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(server, selectors.EVENT_READ)

    def watch(self, signal: socket.socket) -> None:
        """Let `first` also end when this can be read."""
        self._selector.register(signal, selectors.EVENT_READ)

    def somebody(self, seconds: float) -> bool:
        """True when there is a connection, waited for at most so long."""
        if not self._here and self._selector.select(seconds):
            self._let_in()
        return bool(self._here)

    def first(self, start_s: float | None, speak_s: float, told: bytes = b"") -> Caller | None:
        """The first connection that says a line.

        Args:
            start_s: seconds to wait where there is no connection (any more); None for ever.
            speak_s: seconds that a connection has for its first line, from now or from when it
                comes. One that lets them pass is given as it is.
            told: said to everybody who is here, or comes, before one has spoken. Who was told
                something before has not made use of it, and goes.

        Returns:
            None when nobody is there, or when a watched socket can be read.
        """
        begun = time.monotonic()
        for here in tuple(self._here.values()) if told else ():
            if here.told:
                self._drop(here)
            else:
                here.tell(told)
        while True:
            oldest = next(iter(self._here.values()), None)
            left = None
            if oldest is not None:
                left = max(0.0, max(oldest.came, begun) + speak_s - time.monotonic())
            elif start_s is not None:
                left = max(0.0, begun + start_s - time.monotonic())
            ready = [key.fileobj for key, _ in self._selector.select(left)]
            if not ready and left is not None and not left:
                return None if oldest is None else self._give(oldest, b"")
            # Those who are here come before those at the door, who may push the oldest out.
            for one in ready:
                if isinstance(one, socket.socket) and (guest := self._here.get(one)):
                    if found := self._hear(guest):
                        return found
                elif one is not self._server:
                    return None
            if self._server in ready:
                self._let_in(told)

    def turn_away(self) -> None:
        """Send everybody away, also who waits at the door."""
        while self._here:
            self._drop(next(iter(self._here.values())))
        with suppress(OSError):
            while True:
                self._server.accept()[0].close()

    def close(self) -> None:
        """Send everybody away who was let in."""
        while self._here:
            self._drop(next(iter(self._here.values())))
        self._selector.close()

    def _let_in(self, told: bytes = b"") -> None:
        with suppress(OSError):
            connection, _ = self._server.accept()
            connection.settimeout(0)
            while len(self._here) >= self._most:
                self._drop(next(iter(self._here.values())))
            self._here[connection] = _Guest(connection)
            self._selector.register(connection, selectors.EVENT_READ)
            self._here[connection].tell(told)

    def _hear(self, guest: _Guest) -> Caller | None:
        """Take what a connection says; one that ends, or says too much at once, goes."""
        try:
            more = guest.connection.recv(_CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            more = b""
        guest.said += more
        if b"\n" in more or len(guest.said) > self._line:
            return self._give(guest, guest.said)
        if not more:
            self._drop(guest)
        return None

    def _give(self, guest: _Guest, said: bytes) -> Caller:
        self._forget(guest)
        guest.connection.settimeout(None)
        return Caller(guest.connection, said)

    def _drop(self, guest: _Guest) -> None:
        self._forget(guest)
        guest.connection.close()

    def _forget(self, guest: _Guest) -> None:
        self._selector.unregister(guest.connection)
        del self._here[guest.connection]
