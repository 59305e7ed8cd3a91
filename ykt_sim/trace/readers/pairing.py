"""Commands and answers that come one by one, made into exchanges.

For formats that show APDUs as such, each with its direction: whatever does not pair up
comes out as `base` wants it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ykt_sim.trace.model import Channel, Exchange
from ykt_sim.trace.readers.base import Found, broken, no_sw

#: Bytes an APDU may have, with extended lengths.
MAX_APDU = 4 + 3 + 65535 + 3


def milliseconds(start: float, end: float) -> float | None:
    """Time between two stamps in seconds, without the dust of floating point.

    None where the clock went back: that is no duration.
    """
    return None if end < start else round((end - start) * 1000, 6)


class Pairing:
    """One conversation's command that waits for its answer.

    Args:
        session: for the events.
        channel: ``card`` or ``sam``.
        timed: whether the times mean anything; without, no durations are given.
    """

    def __init__(self, session: str, *, channel: Channel = "card", timed: bool = True) -> None:
        self.session = session
        self._channel = channel
        self._timed = timed
        self._command = b""
        self._t = 0.0
        self._where: tuple[int, int | None] = (0, None)

    @property
    def waiting(self) -> bool:
        """A command has been seen and no answer yet."""
        return bool(self._command)

    def command(
        self, t: float, data: bytes, *, offset: int, line: int | None = None
    ) -> Iterator[Found]:
        """A command; the one before it, if still open, goes out without an answer."""
        yield from self.close("the next command came before an answer")
        if len(data) < 4:
            why = f"expected a command of 4 bytes at least, got {len(data)}"
            yield broken(self.session, t, why, offset=offset, line=line, raw=data.hex())
            return
        self._command, self._t, self._where = data, t, (offset, line)

    def answer(
        self, t: float, data: bytes, *, offset: int, line: int | None = None
    ) -> Iterator[Found]:
        """An answer to the open command."""
        if not self._command:
            why = "an answer without a command before it"
            yield broken(self.session, t, why, offset=offset, line=line, raw=data.hex())
        elif why := no_sw(data):
            yield self._exchange(b"", None)
            yield broken(self.session, t, why, offset=offset, line=line, raw=data.hex())
        else:
            yield self._exchange(data, milliseconds(self._t, t) if self._timed else None)

    def close(self, why: str) -> Iterator[Found]:
        """Nothing more will come for the open command."""
        if self._command:
            (offset, line), t = self._where, self._t
            yield self._exchange(b"", None)
            yield broken(self.session, t, why, offset=offset, line=line)

    def _exchange(self, answer: bytes, duration: float | None) -> Found:
        event = Exchange(
            t=self._t,
            channel=self._channel,
            command=self._command,
            response=answer,
            duration_ms=duration,
        )
        self._command = b""
        return Found(self.session, event)
