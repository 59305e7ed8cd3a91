"""Our cards in the system's PC/SC reader, by way of vsmartcard's virtual reader ``vpcd``.

``vpcd`` is a driver of pcscd that listens on a TCP port for each slot (35963, 35964). The
card's side, this module, connects to it: while the connection stands there is a card in the
slot, when it ends the card is out.

Each message has a length of two bytes, big-endian. A message of one byte from the driver is
a control: 0 power off, 1 power on, 2 reset, 4 "tell your ATR"; only the last one is
answered. Anything else is a command APDU and is answered with its response [vsmartcard,
``ifd-vpcd``, read in the protocol and with Debian's 3.3].

The driver sends length and body in two writes without ``TCP_NODELAY``. Where the receiver
delays its acknowledgement the second write waits for it: about 44 ms for each command. So
``TCP_QUICKACK``, which Linux forgets all the time, is set again before every receive, and
an answer goes out in one send.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ykt_sim.errors import CardRemovedError, LinkError
from ykt_sim.transport.address import Address, read_address
from ykt_sim.transport.link import Link

#: Where Debian's driver listens for its first slot; the next slot is one higher.
HOST: Final = "127.0.0.1"
PORT: Final = 0x8C7B
_POWER_OFF, _POWER_ON, _RESET, _GET_ATR = 0, 1, 2, 4
#: What is left of an answer when the field breaks down in it. The driver takes no empty one,
#: and a card that leaves and is back at once confuses pcscd (see `GAP_S`).
_CUT_OFF: Final = b"\x00"
_LENGTH: Final = struct.Struct(">H")
#: Longest answer that the length field can say.
_MAX: Final = 0xFFFF
#: Seconds between two tries to reach a reader that is not there (yet).
RETRY_S: Final = 0.1
#: Seconds that a card stays out at least. pcscd looks every 400 ms; a card that is back before
#: it has looked leaves pcscd with a card that it takes for powered, or for absent for ever.
GAP_S: Final = 0.9
_CONNECT_S: Final = 5.0

Say = Callable[[str], object]


def read_slot(text: str) -> Address:
    """Where a virtual reader listens: ``HOST:PORT``, ``HOST`` or nothing for Debian's defaults.

    Raises:
        UsageError: no such form.
    """
    whole = text if ":" in text else f"{text}:{PORT}"
    return read_address(whole, f"HOST:PORT, such as {HOST}:{PORT}", host=HOST)


class VirtualSlot:
    """One card in one slot of a virtual reader; `run` serves it until `stop`.

    The card is any link. What it says goes out unchanged; a card that is removed in the
    middle of a command (`CardRemovedError`) leaves the reader without an answer.

    Args:
        address: of the slot.
        card: the card; used from the thread of `run` only, but for what `hold` guards.
        inserted: False leaves the slot empty until `insert`.
        comes_back: a card that left by itself in the middle of a command only lost the
            field for a moment: its answer is cut off after one byte, and the next power-on
            brings it back. Otherwise it stays out until `insert`.
        gap_s: seconds that the card stays out at least, once it was in.
        quick_ack: False leaves the delayed acknowledgement in place, to show what it costs.
        say: takes lines for the operator.

    Attributes:
        commands: APDUs answered so far.
        connected: a reader holds the card now.
    """

    def __init__(
        self,
        address: Address,
        card: Link,
        *,
        inserted: bool = True,
        comes_back: bool = False,
        quick_ack: bool = True,
        gap_s: float = GAP_S,
        say: Say = lambda _line: None,
    ) -> None:
        self.address = address
        self.card = card
        self.commands = 0
        self.connected = False
        self.hold = threading.RLock()
        self._inserted = inserted
        self._comes_back = comes_back
        self._quick_ack = quick_ack and hasattr(socket, "TCP_QUICKACK")
        self._say = say
        self._stopping = False
        self._atr = b""
        self._powered = False
        self._gap_s = gap_s
        self._left = -gap_s
        self._waker, self._woken = socket.socketpair()
        self._woken.settimeout(0)

    # -- from any thread ---------------------------------------------------------------

    @property
    def inserted(self) -> bool:
        """The card is in the slot, or will be as soon as there is a reader."""
        return self._inserted

    def insert(self) -> None:
        """Put the card into the slot."""
        self._inserted = True
        self._wake()

    def remove(self) -> None:
        """Take the card out; a command under way is answered first."""
        self._inserted = False
        self._wake()

    def stop(self) -> None:
        """Take the card out and end `run`."""
        self._stopping = True
        self._wake()

    def change_card(self, card: Link) -> None:
        """Put another card in the place of this one, between two commands.

        The reader does not notice: if it had the power on, the new card gets it at once.
        """
        with self.hold:
            self.card.close()
            self.card = card
            self._atr = b""
            if self._powered:
                self._power_on()

    def _wake(self) -> None:
        with suppress(OSError):
            self._waker.send(b"w")

    # -- the thread that serves --------------------------------------------------------

    def run(self) -> None:
        """Serve until `stop`; reconnects whenever the reader comes (back)."""
        told = ""
        try:
            while not self._stopping:
                if not self._inserted:
                    self._sleep(None)
                    continue
                out = self._left + self._gap_s - time.monotonic()
                if out > 0:
                    self._sleep(out)
                    continue
                try:
                    reader = socket.create_connection(self.address, _CONNECT_S)
                except OSError as error:
                    line = f"no virtual reader at {self.address} ({error.strerror or error})"
                    if line != told:
                        self._say(f"{line}: waiting for pcscd with vpcd")
                        told = line
                    self._sleep(RETRY_S)
                    continue
                told = ""
                with reader:
                    self._serve(reader)
        finally:
            with self.hold:
                self._power_off()
            self._waker.close()
            self._woken.close()

    def _sleep(self, seconds: float | None) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            selector.select(seconds)
        self._drain()

    def _drain(self) -> None:
        with suppress(OSError):
            while self._woken.recv(64):
                pass

    def _serve(self, reader: socket.socket) -> None:
        reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader.settimeout(None)
        self.connected = True
        self._say(f"card in the reader at {self.address}")
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(reader, selectors.EVENT_READ)
                selector.register(self._woken, selectors.EVENT_READ)
                while self._inserted and not self._stopping:
                    ready = {key.fileobj for key, _ in selector.select()}
                    if self._woken in ready:
                        self._drain()
                        continue
                    self._answer(reader, self._receive(reader))
        except CardRemovedError as gone:
            self._inserted = False
            self._say(f"card out of the reader at {self.address}: {gone}")
        except (OSError, EOFError) as error:
            self._say(f"the reader at {self.address} went away ({error})")
        finally:
            self.connected = False
            self._left = time.monotonic()
            with self.hold:
                self._power_off()

    def _receive(self, reader: socket.socket) -> bytes:
        return self._exactly(reader, _LENGTH.unpack(self._exactly(reader, _LENGTH.size))[0])

    def _exactly(self, reader: socket.socket, count: int) -> bytes:
        data = b""
        while len(data) < count:
            if self._quick_ack:
                reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            more = reader.recv(count - len(data))
            if not more:
                raise EOFError("it closed the connection")
            data += more
        return data

    def _answer(self, reader: socket.socket, message: bytes) -> None:
        """Do what the driver says; raises CardRemovedError when the card left instead."""
        with self.hold:
            if len(message) != 1:
                answer = self._transmit(message)
            elif message[0] == _GET_ATR:
                answer = self._atr or self._power_on()
            else:
                self._control(message[0])
                return
        reader.sendall(_LENGTH.pack(len(answer)) + answer)

    def _control(self, code: int) -> None:
        if code == _POWER_OFF:
            self._power_off()
        elif code in (_POWER_ON, _RESET):
            self._power_on()

    def _power_on(self) -> bytes:
        self._powered = True
        try:
            self._atr = self.card.power_on()
        except LinkError as error:
            raise CardRemovedError(str(error)) from error
        return self._atr

    def _power_off(self) -> None:
        self._powered = False
        with suppress(LinkError):
            self.card.close()

    def _transmit(self, apdu: bytes) -> bytes:
        try:
            answer = self.card.transmit(apdu)
        except CardRemovedError:
            if self._comes_back:
                return _CUT_OFF
            raise
        except LinkError as error:
            raise CardRemovedError(f"it does not answer: {error}") from error
        self.commands += 1
        if len(answer) > _MAX:
            raise CardRemovedError(f"its answer of {len(answer)} bytes does not fit the driver")
        return answer
