"""The line protocol over standard streams, as `ykt card pipe` speaks it: one line in, one out.

In: a command APDU in hex (blanks allowed), or ``reset``. Out: the answer with its status
word in hex, or the ATR. In: ``fresh SEED``. Out: ``fresh`` and the ATR of a new card.
Blank lines and comments get no answer. A line that is not hex never reaches the card; it is
answered ``6700`` and explained on stderr, so that a program can rely on exactly one line of
hex for every line it sends.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import BinaryIO, Final, NamedTuple, Self

from ykt_sim.bench.files import statement
from ykt_sim.codes import SW
from ykt_sim.transport.lines import FRESH
from ykt_sim.transport.link import Link
from ykt_sim.wire.digits import unhex

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

#: Most digits of a seed.
_SEED: Final = 20
_NOT_HEX: Final = SW.WRONG_LENGTH.to_bytes(2, "big")


class InputStoppedError(Exception):
    """A signal ended the input."""


class Lines:
    """Lines of a stream until it ends or SIGINT, SIGTERM or SIGHUP comes.

    A signal never breaks into a command under way: the line is answered first.

    Attributes:
        stopped_by: the signal's number, 0 while none came.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting = False
        self._old: dict[int, signal.Handlers | Callable[..., object] | int | None] = {}
        self.stopped_by = 0

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._old[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        for number, old in self._old.items():
            signal.signal(number, old)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self.stopped_by = number
        if self._waiting:
            raise InputStoppedError

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self.stopped_by:
            raise StopIteration
        self._waiting = True
        try:
            line = self._stream.readline()
        except InputStoppedError:
            raise StopIteration from None
        finally:
            self._waiting = False
        if not line:
            raise StopIteration
        return line


class Answer(NamedTuple):
    """What goes out for one line: an answer APDU or an ATR, and what was wrong with the line."""

    data: bytes
    is_atr: bool = False
    error: str = ""
    fresh: bool = False

    def text(self, *, as_json: bool) -> str:
        """Give the line to print."""
        digits = self.data.hex().upper()
        if not as_json:
            return f"{FRESH} {digits}" if self.fresh else digits
        if self.is_atr:
            return json.dumps({"atr": digits} | ({FRESH: True} if self.fresh else {}))
        out = {"data": digits[:-4], "sw": digits[-4:]}
        return json.dumps(out | {"error": self.error} if self.error else out)


def answers(
    link: Link, lines: Lines, renew: Callable[[int], Link] | None = None
) -> Iterator[Answer]:
    """Answer each line that says something, until the input ends.

    Args:
        link: to the card or PSAM, powered on.
        lines: the input.
        renew: makes a new one, its randoms from a seed; None where ``fresh`` is no word.

    Raises:
        LinkError: it gave no answer.
    """
    for number, raw in enumerate(lines, 1):
        line = statement(raw)
        if not line:
            continue
        if line.lower() == "reset":
            yield Answer(link.power_on(), is_atr=True)
            continue
        seed = _fresh_seed(line)
        if seed is not None and renew is not None:
            link = renew(seed)
            yield Answer(link.power_on(), is_atr=True, fresh=True)
            continue
        try:
            apdu = unhex(line)
        except ValueError as error:
            yield Answer(_NOT_HEX, error=f"line {number}: {error}")
        else:
            yield Answer(link.transmit(apdu))


def _fresh_seed(line: str) -> int | None:
    """The seed in ``fresh SEED``; None for any other line."""
    word, _, digits = line.partition(" ")
    known = word.lower() == FRESH and digits.isascii() and digits.isdigit() and len(digits) <= _SEED
    return int(digits) if known else None
