"""Cards and SAMs in real readers, by PC/SC.

Every PC/SC error comes out as a `LinkError` that says what to do about it. What a card does
that leaves in the middle of a command (errors of the reader, an empty answer, half of one)
is one thing: `CardRemovedError`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from ykt_sim.errors import CardRemovedError, LinkError, SilentError, UsageError
from ykt_sim.transport.chaining import ResponseChaining
from ykt_sim.transport.pcsc_readers import atr_fits, choose, read_pattern
from ykt_sim.transport.pcsc_service import SERVICE_S, STUCK, Service, check

#: Seconds to wait for one answer.
ANSWER_S: Final = 10.0
_SHORTEST: Final = 4
_RETRY_S: Final = 0.05
_PROTOCOLS: Final = {"any": "SCARD_PROTOCOL_ANY", "t0": "SCARD_PROTOCOL_T0",
                     "t1": "SCARD_PROTOCOL_T1"}  # fmt: skip
_SHARES: Final = {"exclusive": "SCARD_SHARE_EXCLUSIVE", "shared": "SCARD_SHARE_SHARED"}
_ATTRIBUTES: Final = {
    "vendor": "SCARD_ATTR_VENDOR_NAME",
    "kind": "SCARD_ATTR_VENDOR_IFD_TYPE",
    "driver_version": "SCARD_ATTR_VENDOR_IFD_VERSION",
}


class PcscLink:
    """A card in a reader.

    Args:
        wanted: the reader, as for `choose`.
        share: ``exclusive`` (nobody else gets at the card) or ``shared``.
        protocol: ``any``, ``t0`` or ``t1``; contactless readers say T=1.
        pattern: an ATR pattern the card must fit.
        wait_s: seconds to wait for a card, also for one that was taken away to come back.
        answer_s: seconds to wait for an answer.
        clock: monotonic seconds.

    Attributes:
        reader: its name, once connected.
        protocol: spoken with the card, ``T=0`` or ``T=1``, once connected.
        atr: of the card, once connected.
    """

    def __init__(
        self,
        wanted: str,
        *,
        share: str = "exclusive",
        protocol: str = "any",
        pattern: str = "",
        wait_s: float = 0.0,
        answer_s: float = ANSWER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        for name, value, known in (("share", share, _SHARES), ("protocol", protocol, _PROTOCOLS)):
            if value not in known:
                raise UsageError(f"{name}={value!r}: there are {', '.join(known)}")
        self._wanted, self._share, self._asked = wanted, share, protocol
        self._pattern = read_pattern(pattern)
        self._wait_s, self._answer_s, self._clock = wait_s, answer_s, clock
        self._service: Service | None = None
        self._card: Any = None
        self._pci: Any = None
        self.reader = self.protocol = ""
        self.atr = b""

    def power_on(self) -> bytes:
        """Cold reset; connects first, or again when the card or the service was gone.

        Raises:
            CardRemovedError: no card, or none that fits, within the waiting time.
            LinkError: PC/SC, the reader or the card cannot be reached.
        """
        if self._card is not None:
            try:
                return self._reconnect()
            except SilentError:
                raise
            except LinkError:
                self._drop()
        end = self._clock() + self._wait_s
        while True:
            try:
                return self._connect()
            except SilentError:
                raise
            except LinkError:
                self._drop()
                if self._clock() >= end:
                    raise
                time.sleep(_RETRY_S)

    def _connect(self) -> bytes:
        service = self._service = self._service or Service()
        scard = service.scard
        self.reader = service.calls.reader = choose(service.readers(), self._wanted)
        if self.reader in STUCK:
            raise SilentError(f"{self.reader} still waits for the answer to an earlier command")
        self._card, protocol = service.ask(
            "connect to the card", self.reader, "SCardConnect", service.context, self.reader,
            getattr(scard, _SHARES[self._share]), getattr(scard, _PROTOCOLS[self._asked]),
        )  # fmt: skip
        return self._connected(protocol)

    def _reconnect(self) -> bytes:
        service = self._here()
        scard = service.scard
        protocol = service.ask(
            "reset the card", self.reader, "SCardReconnect", self._card,
            getattr(scard, _SHARES[self._share]), getattr(scard, _PROTOCOLS[self._asked]),
            scard.SCARD_UNPOWER_CARD,
        )  # fmt: skip
        return self._connected(protocol)

    def _connected(self, protocol: int) -> bytes:
        service = self._here()
        scard = service.scard
        t0 = protocol == scard.SCARD_PROTOCOL_T0
        self.protocol = "T=0" if t0 else "T=1"
        self._pci = scard.SCARD_PCI_T0 if t0 else scard.SCARD_PCI_T1
        _, _, _, atr = service.ask("ask for the ATR", self.reader, "SCardStatus", self._card)
        self.atr = bytes(atr)
        if not atr_fits(self.atr, self._pattern):
            found = self.atr.hex().upper()
            raise CardRemovedError(
                f"the card in {self.reader} has ATR {found}, waited for {self._pattern}"
            )
        return self.atr

    def transmit(self, apdu: bytes) -> bytes:
        """One command; gives data and status word.

        Raises:
            CardRemovedError: the card left before it had answered.
            SilentError: no answer in time; the link is of no use any more.
            LinkError: no connection.
        """
        if self._card is None:
            raise CardRemovedError("no connection to a card: power_on first")
        if len(apdu) < _SHORTEST:
            raise LinkError(f"PC/SC carries no command of {len(apdu)} byte(s), only of 4 or more")
        service = self._here()
        code, answer = service.raw(
            self._answer_s, "SCardTransmit", self._card, self._pci, list(apdu)
        )
        check(service.scard, code, "send a command", self.reader)
        if len(answer) < 2:  # nothing at all is what vsmartcard's driver says of a card that left
            raise CardRemovedError(
                f"{len(answer)} byte(s) of an answer from the card in {self.reader}, a status"
                " word has two: it left the field in the middle"
            )
        return bytes(answer)

    def facts_of_reader(self) -> dict[str, str]:
        """What the reader says of itself: vendor, kind, version; what it does not say is left out.

        For the connected reader; empty without a connection.
        """
        service = self._service
        if service is None or self._card is None:
            return {}
        found = {}
        for name, attribute in _ATTRIBUTES.items():
            number = getattr(service.scard, attribute)
            code, *rest = service.raw(SERVICE_S, "SCardGetAttrib", self._card, number)
            if code == service.scard.SCARD_S_SUCCESS and rest and rest[0]:
                found[name] = _attribute(name, bytes(rest[0]))
        return found

    def close(self) -> None:
        """Take the power from the card and leave PC/SC; may be called twice."""
        self._drop()

    def _here(self) -> Service:
        if self._service is None:
            raise LinkError("no connection to PC/SC: power_on first")
        return self._service

    def _drop(self) -> None:
        service, card = self._service, self._card
        self._service = self._card = None
        if service is None:
            return
        if card is not None and not service.calls.stuck:
            with suppress(LinkError):
                service.raw(SERVICE_S, "SCardDisconnect", card, service.scard.SCARD_UNPOWER_CARD)
        service.close()


def _attribute(name: str, value: bytes) -> str:
    if name == "driver_version" and len(value) == 4:
        number = int.from_bytes(value, "little")
        return f"{number >> 24}.{number >> 16 & 0xFF}.{number & 0xFFFF}"
    return value.rstrip(b"\0").decode("utf-8", "replace")


class ReaderLink(ResponseChaining):
    """A card in a reader as programs want it.

    T=0 cards are asked for what they announce (61xx, 6Cxx); with T=1 and contactless cards
    the status words come through as they are.
    """

    def __init__(self, link: PcscLink) -> None:
        super().__init__(link, t0=lambda: link.protocol == "T=0")
        self._card = link

    @property
    def reader(self) -> str:
        """Name of the reader, once connected."""
        return self._card.reader

    @property
    def protocol(self) -> str:
        """Spoken with the card, ``T=0`` or ``T=1``, once connected."""
        return self._card.protocol
