"""A link that speaks lines of hex: the protocol of ``ykt card pipe``.

Out: a command APDU in hex, or ``reset``. In: the answer with its status word, or the ATR.
Out: ``fresh SEED``, once, where a new card is wanted. In: ``fresh`` and the new card's ATR;
anything else says that the other side makes none.
Every wait is bounded; what is not an answer is an error that quotes it.
"""

from __future__ import annotations

import socket
import time
from typing import Final, Protocol

from ykt_sim.errors import LinkError, SilentError

#: Characters of a line; 256 bytes of data and a status word need 516.
MAX_LINE: Final = 4096
#: The line that asks for a reset.
RESET: Final = "reset"
#: The line that asks for a card in its first state begins so, and so does its answer.
FRESH: Final = "fresh"
#: What an ATR begins with.
_ATR: Final = ("3B", "3F")
_SHOWN: Final = 40


class Wire(Protocol):
    """Bytes to and from the other side."""

    def write(self, data: bytes) -> None:
        """Send all of it; raises OSError."""
        ...

    def read(self, timeout: float) -> bytes:
        """Give what there is, empty at the end; raises TimeoutError or OSError."""
        ...

    def close(self) -> None:
        """Give the other side up."""
        ...

    def why(self) -> str:
        """What the other side said of its end; empty when nothing is known."""
        ...


class SocketWire:
    """A TCP connection."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout)
        except OSError as error:
            raise LinkError(f"{host}:{port}: {error.strerror or error}") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes) -> None:
        """Send a line."""
        self._socket.sendall(data)

    def read(self, timeout: float) -> bytes:
        """Receive what comes within the time."""
        self._socket.settimeout(max(timeout, 0.001))
        return self._socket.recv(MAX_LINE)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def why(self) -> str:
        """Nothing more is known of the other side."""
        return ""


def _read(answer: bytes) -> bytes:
    """Bytes of a line of hex; LinkError quotes what is none."""
    text = answer.decode("ascii", "replace").strip()
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise LinkError(f"answered {text[:_SHOWN]!r}, which is not hex") from None


class LineLink:
    """A link over a wire.

    Args:
        wire: to the target.
        answer_s: seconds to wait for an answer.
        start_s: seconds to wait for the first one, while the target starts.
    """

    def __init__(self, wire: Wire, answer_s: float, start_s: float) -> None:
        self._wire = wire
        self._answer_s = answer_s
        self._next_s = max(start_s, answer_s)
        self._rest = b""
        self._broken = ""

    def power_on(self) -> bytes:
        """Reset the target; gives its ATR."""
        return _read(self._ask(RESET))

    def renew(self, seed: int) -> bool:
        """Ask for a new card; True when the other side says that there is one.

        The answer must begin with the word: a program that takes any line for a reset answers
        with an ATR alone, and its card is the old one.
        """
        try:
            word, _, atr = self._ask(f"{FRESH} {seed}").decode("ascii", "replace").partition(" ")
        except LinkError:
            return False
        return word == FRESH and atr.strip().upper().startswith(_ATR)

    def transmit(self, apdu: bytes) -> bytes:
        """One command; raises SilentError, or LinkError for what is no answer."""
        answer = _read(self._ask(apdu.hex().upper()))
        if len(answer) < 2:
            raise LinkError(f"answered {answer.hex()!r}, a status word has two bytes")
        return answer

    def close(self) -> None:
        """Give the target up."""
        self._broken = self._broken or "closed"
        self._wire.close()

    def _ask(self, line: str) -> bytes:
        if self._broken:
            raise LinkError(self._broken)
        try:
            self._send(line)
            answer = self._line()
        except SilentError:
            self._broken = "no answer to an earlier command"
            raise
        except TimeoutError:
            self._broken = "no answer to an earlier command"
            raise SilentError("no answer in time") from None
        except OSError as error:
            raise LinkError(self._ended(str(error.strerror or error))) from None
        self._next_s = self._answer_s
        return answer

    def _send(self, line: str) -> None:
        try:
            self._wire.write(line.encode() + b"\n")
        except BrokenPipeError:
            # It ended before it was asked. What it said until then answers nothing, but may
            # tell more of what is wrong with it than a broken pipe does.
            _read(self._line())
            raise

    def _ended(self, what: str) -> str:
        why = self._wire.why()
        self._broken = f"the target ended: {why}" if why else f"the target ended: {what}"
        return self._broken

    def _line(self) -> bytes:
        end = time.monotonic() + self._next_s
        while b"\n" not in self._rest:
            if len(self._rest) > MAX_LINE:
                self._broken = f"answered a line of more than {MAX_LINE} characters"
                raise LinkError(self._broken)
            left = end - time.monotonic()
            if left <= 0:
                raise SilentError(f"no answer within {self._next_s:g} s")
            try:
                more = self._wire.read(left)
            except TimeoutError:
                continue
            if not more:
                raise LinkError(self._ended("it closed the connection"))
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line
