"""Anyone's terminal as the target: it connects to us when it senses a card.

The line protocol, as the documentation gives it:

* The terminal connects to the address we listen on when a card is in its field, and again
  for the next card. A connection made while we hold no card waits until we do; one that has
  given up waiting by then, or has said how its tap ended, is about no card.
* It sends a command APDU in hex, one line each; we answer data and status word in hex, one
  line each. The line ``reset`` resets the card; the answer is its ATR.
* We end our side of the connection to take the card away. The terminal can still report.
* Before it hangs up it may report what it decided, in one line: ``#`` and a JSON object
  with ``outcome`` (``accepted``, ``refused``, or ``retry`` for "tap the same card again"),
  ``amount`` in fen, ``code`` when refused, and where its ICS claims it ``clearing``: an
  object with amount, counter (before), terminal, terminal_serial, datetime, tac, sequence,
  and if it likes type, card, issuer, balance_before, balance_after, city, acquirer.
* Where its ICS says that it is told its clock, our first line on each connection is ``#`` and a
  JSON object with ``clock``, 14 digits, and at a load point ``amount``, fen; it waits for that.
* A tap is over when it reports, hangs up, or sends nothing for the time-out.

Every wait is bounded. No address but the one given is listened on; where that is not this
machine's own, it is said. Of several connections the first that speaks is the terminal's.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.drive.moments import later
from ykt_conformance.drive.terminal import CardSide, Shown, Terminal, TerminalBench, TerminalReport
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.outside import (
    MAX_REPORT,
    REPORT_S,
    WallClock,
    capabilities,
    read_report,
    stated_time,
)
from ykt_sim.bench.targets import read_place
from ykt_sim.codes import LOAD
from ykt_sim.errors import CardRemovedError, LinkError, SilentError, UsageError
from ykt_sim.transport.address import is_loopback
from ykt_sim.transport.door import BACKLOG, Caller, Lobby
from ykt_sim.transport.lines import MAX_LINE

#: Offset of tcpi_min_rtt (microseconds) in struct tcp_info of Linux. The smallest round trip
#: is that of the handshake; later ones hold the terminal's own time as well.
_RTT_AT: Final = 148
#: Connections of one tap that may let their time pass.
_SILENT: Final = 8


class ListenTarget:
    """A listening socket; each case gets the terminal behind it."""

    def __init__(
        self, address: str, plan: RunPlan[TerminalCase], present: str, say: Callable[[str], object]
    ) -> None:
        host, port = read_place(address).address
        self.name = f"listen {address}"
        self.basis = f"this program's monotonic clock; on the way: {ListenTerminal.basis}"
        self.capabilities = capabilities(plan.ics.values, tells=True)
        self._plan, self._prompt, self._say = plan, present == "prompt", say
        try:
            self.socket = socket.create_server((host, port), backlog=BACKLOG)
        except OSError as error:
            raise UsageError(f"{address}: {error.strerror or error}") from None
        self._lobby = Lobby(self.socket, MAX_REPORT)
        self._begun = plan.clock()
        say(f"listening on {host}:{self.port} for a terminal")
        if not is_loopback(self.socket.getsockname()[0]):
            say(
                f"anyone who reaches {host}:{self.port} can be the terminal: nothing is asked and"
                " nothing is encrypted; 127.0.0.1 is reached from this machine only"
            )

    @property
    def port(self) -> int:
        """Where we listen; chosen by the system when 0 was asked for."""
        return int(self.socket.getsockname()[1])

    def open(self, name: str, clock: str = "") -> Terminal:
        """The terminal that will connect, with another clock at its first tap if one is given."""
        del name
        return ListenTerminal(self, self._plan, clock)

    def close(self) -> None:
        """Stop listening."""
        self._lobby.close()
        self.socket.close()

    def now(self) -> str:
        """The terminal's clock as the ICS states it, 14 digits."""
        return stated_time(self._plan, self._begun)

    def await_one(self, shown: Shown) -> bool:
        """Wait until a terminal senses the card, or somebody else connects.

        Returns:
            True when somebody was there before the card.

        Raises:
            LinkError: nobody came.
        """
        wait = self._plan.limits.start_s
        if self._prompt:
            self._lobby.turn_away()  # made before a card was announced, they are about no card
            wait = self._plan.limits.prompt_s
            what = f", load {shown.amount} fen" if shown.amount else ""
            self._say(f"hold to the terminal: {shown.title}{what}")
        if self._lobby.somebody(0):
            return True
        if not self._lobby.somebody(wait):
            raise LinkError(f"no terminal came within {wait:g} s")
        return False

    def speaker(self, told: bytes) -> Caller | None:
        """The first that says a line; None when all have hung up.

        Args:
            told: a line for whoever is connected, or comes before one has spoken; may be empty.
        """
        found = self._lobby.first(0, self._plan.limits.answer_s, told)
        if found is not None:
            found.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found


#: A line that a card answers.
_COMMAND: Final = re.compile(rb"\s*(?:reset|[0-9a-f][0-9a-f ]*)\s*(?:\n|\Z)", re.IGNORECASE)


class _Closed(Exception):  # noqa: N818 - no error: the terminal hung up
    """The terminal hung up."""


class ListenTerminal:
    """The terminal that connects."""

    basis = "smallest round trip the kernel saw, for each command"

    def __init__(self, target: ListenTarget, plan: RunPlan[TerminalCase], clock: str) -> None:
        self.capabilities = target.capabilities
        told = "clock" in self.capabilities
        self._starts = clock or (target.now() if told else "")
        self._loads = plan.ics.values["device"]["kind"] == LOAD
        self._wall = WallClock(plan.clock)
        self._target, self._limits = target, plan.limits
        self._way_s: float | None = None

    @property
    def clock(self) -> WallClock:
        """Time of the trace."""
        return self._wall

    def time(self, taps: int) -> str:
        """What its clock shows now; one that is told shows a minute more at each tap."""
        return later(self._starts, minutes=taps) if self._starts else self._target.now()

    def transport_s(self, side: CardSide) -> float | None:
        """Round trips by the kernel's estimate; None where it gives none."""
        return None if self._way_s is None else self._way_s * len(side.commands)

    def attach(self, bench: TerminalBench) -> None:
        """Nothing to add: all that is seen of it goes through the card."""
        del bench

    def present(self, side: CardSide, shown: Shown) -> TerminalReport:
        """Serve connections until a terminal has said something and ended the tap."""
        silent = 0
        for _ in range(BACKLOG):
            before = self.clock.now()
            early = self._target.await_one(shown)
            self.clock.skip(self.clock.now() - before)
            side.power_on()
            caller = self._target.speaker(self._told(shown))
            if caller is not None:
                with caller.connection as found:
                    if early and _gave_up(caller):
                        continue
                    if caller.said:
                        report = self._serve(_Talk(found, self._limits.answer_s, caller.said), side)
                        self._way_s = _round_trip(found)
                        return report
            silent += 1
            if silent == _SILENT:
                break
        raise SilentError("the terminal connects and says nothing")

    def _told(self, shown: Shown) -> bytes:
        """Our first line; empty where the terminal is not told its clock."""
        if "clock" not in self.capabilities:
            return b""
        load = {"amount": shown.amount} if self._loads else {}
        return f"# {json.dumps({'clock': shown.now} | load)}\n".encode()

    def _serve(self, talk: _Talk, side: CardSide) -> TerminalReport:
        begun = time.monotonic()
        while True:
            try:
                line = talk.line()
            except (TimeoutError, _Closed):
                return TerminalReport()
            if line.startswith("#"):
                return read_report(line)
            try:
                answer = side.power_on() if line.lower() == "reset" else side.transmit(_hex(line))
            except CardRemovedError:
                return talk.leave(REPORT_S)
            talk.answer(answer)
            if time.monotonic() - begun > self._limits.case_s:
                return TerminalReport()


class _Talk:
    """Lines on a connection."""

    def __init__(self, found: socket.socket, wait: float, said: bytes) -> None:
        self._socket, self._wait = found, wait
        self._rest = said

    def line(self, wait: float | None = None) -> str:
        """The next line that is not empty; raises TimeoutError or _Closed."""
        end = time.monotonic() + (self._wait if wait is None else wait)
        while True:
            line, newline, rest = self._rest.partition(b"\n")
            if newline:
                self._rest = rest
                text = line.decode("utf-8", "replace").strip()
                if text:
                    return text
                continue
            if len(self._rest) > MAX_REPORT:
                raise LinkError(f"the terminal sent a line of more than {MAX_REPORT} bytes")
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            try:
                more = self._socket.recv(MAX_LINE)
            except TimeoutError:
                raise
            except OSError:
                raise _Closed from None
            if not more:
                raise _Closed
            self._rest += more

    def answer(self, data: bytes) -> None:
        """One answer."""
        with suppress(OSError):
            self._socket.sendall(data.hex().upper().encode() + b"\n")

    def leave(self, wait: float) -> TerminalReport:
        """Take the card away: end our side, then listen for a report."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        end = time.monotonic() + wait
        while (left := end - time.monotonic()) > 0:
            try:
                line = self.line(left)
            except (TimeoutError, _Closed):
                break
            if line.startswith("#"):
                return read_report(line)
        return TerminalReport()


def _gave_up(caller: Caller) -> bool:
    """It waited for the answer to its first command and ended its tap before there was a card."""
    if _COMMAND.match(caller.said) is None:
        return False  # it waited for nothing
    if b"\n#" in caller.said:
        return True
    try:
        return not caller.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _hex(line: str) -> bytes:
    try:
        return bytes.fromhex(line)
    except ValueError:
        raise LinkError(f"the terminal sent {line[:40]!r}: neither hex nor a report") from None


def _round_trip(found: socket.socket) -> float | None:
    """Smallest round-trip time in seconds as Linux knows it."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    try:
        info = found.getsockopt(socket.IPPROTO_TCP, option, _RTT_AT + 4)
        (micros,) = struct.unpack_from("=I", info, _RTT_AT)
    except (OSError, struct.error):
        return None
    return float(micros) / 1e6
