"""Cards and SAMs in real readers, by PC/SC. Nothing else in the package knows pyscard.

A reader is named by its number, its name, or a part of its name that no other reader has.
Every call into PC/SC is bounded: it is made in a thread of the link's own, and one that
does not come back in time leaves the link broken, with the thread behind (PC/SC cannot be
told to give up a command). Every PC/SC error comes out as a `LinkError` that says what to
do about it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from ykt_sim.errors import CardRemovedError, LinkError, SilentError, UsageError
from ykt_sim.transport.chaining import ResponseChaining
from ykt_sim.transport.link import parse_options

#: Seconds to wait for one answer, and for PC/SC itself to connect, reset or disconnect.
ANSWER_S: Final = 10.0
SERVICE_S: Final = 20.0
_SLICE_MS: Final = 500
_SHORTEST: Final = 4
_RETRY_S: Final = 0.05
#: What the name of vsmartcard's virtual reader begins with.
VIRTUAL: Final = "Virtual PCD"

_PROTOCOLS: Final = {"any": "SCARD_PROTOCOL_ANY", "t0": "SCARD_PROTOCOL_T0",
                     "t1": "SCARD_PROTOCOL_T1"}  # fmt: skip
_SHARES: Final = {"exclusive": "SCARD_SHARE_EXCLUSIVE", "shared": "SCARD_SHARE_SHARED"}
_STATES: Final = ("PRESENT", "EMPTY", "MUTE", "UNPOWERED", "INUSE", "EXCLUSIVE", "UNAVAILABLE")

_ATTRIBUTES: Final = {
    "vendor": "SCARD_ATTR_VENDOR_NAME",
    "kind": "SCARD_ATTR_VENDOR_IFD_TYPE",
    "driver_version": "SCARD_ATTR_VENDOR_IFD_VERSION",
}

#: PC/SC error -> error class and what it means here, with what to do. {reader} is filled in.
_PROBLEMS: Final[dict[str, tuple[type[LinkError], str]]] = {
    "SCARD_E_NO_SERVICE": (LinkError, "the PC/SC service does not run: start it"
                           " (systemctl start pcscd.socket, or pcscd as root)"),
    "SCARD_E_SERVICE_STOPPED": (LinkError, "the PC/SC service was stopped: start it and try again"),
    "SCARD_E_INVALID_HANDLE": (LinkError, "the PC/SC service was restarted: connect again"),
    "SCARD_E_NO_READERS_AVAILABLE": (LinkError, "PC/SC knows no reader: plug one in; if it is,"
                                     " its driver is missing (Debian: libccid; ACS: libacsccid1)"),
    "SCARD_E_UNKNOWN_READER": (LinkError, "{reader} is gone: plug it in again"),
    "SCARD_E_READER_UNAVAILABLE": (LinkError, "{reader} was unplugged: plug it in again"),
    "SCARD_E_SHARING_VIOLATION": (LinkError, "another program uses the card in {reader}: end it,"
                                  " or give share=shared and live with its commands between ours"),
    "SCARD_W_RESET_CARD": (LinkError, "another program reset the card in {reader}: end it,"
                           " or give share=exclusive"),
    "SCARD_W_UNPOWERED_CARD": (LinkError, "another program took the power from the card in"
                               " {reader}: end it, or give share=exclusive"),
    "SCARD_W_UNRESPONSIVE_CARD": (LinkError, "the card in {reader} does not answer its reset:"
                                  " turn it round, clean it, or take the other card away"),
    "SCARD_W_UNSUPPORTED_CARD": (LinkError, "{reader} cannot read this kind of card"),
    "SCARD_E_PROTO_MISMATCH": (LinkError, "the card in {reader} does not speak the protocol asked"
                               " for: give protocol=any"),
    "SCARD_E_NO_SMARTCARD": (CardRemovedError, "no card in {reader}: insert one"),
    "SCARD_W_REMOVED_CARD": (CardRemovedError, "the card was taken out of {reader}"),
    "SCARD_E_NOT_TRANSACTED": (CardRemovedError, "no answer from the card in {reader}: it left the"
                               " field, or the contact was lost"),
    "SCARD_F_COMM_ERROR": (CardRemovedError, "no answer from the card in {reader}: it left the"
                           " field, the contact was lost, or the PC/SC service ended"),
    "SCARD_E_COMM_DATA_LOST": (CardRemovedError, "the answer of the card in {reader} was lost"),
    "SCARD_E_TIMEOUT": (SilentError, "{reader} gave no answer in its own time"),
    "SCARD_W_SECURITY_VIOLATION": (LinkError, "PC/SC refuses this user: polkit must allow"
                                   " org.debian.pcsc-lite.access_pcsc and access_card"),
    "SCARD_E_NO_ACCESS": (LinkError, "PC/SC refuses this user: polkit must allow"
                          " org.debian.pcsc-lite.access_pcsc and access_card"),
}  # fmt: skip


def _scard() -> Any:
    try:
        return import_module("smartcard.scard")
    except ImportError as error:
        raise LinkError(
            "PC/SC needs pyscard: pip install 'ykt-sim[pcsc]'"
            f" (Debian: apt install pcscd swig libpcsclite-dev first); {error}"
        ) from None


def _check(scard: Any, code: int, what: str, reader: str) -> None:
    """Raise what a PC/SC error means."""
    if code == scard.SCARD_S_SUCCESS:
        return
    for name, (kind, text) in _PROBLEMS.items():
        if code == getattr(scard, name, None):
            raise kind(text.format(reader=reader or "the reader"))
    said = scard.SCardGetErrorMessage(code).strip()
    where = f" in {reader}" if reader else ""
    raise LinkError(f"PC/SC could not {what}{where}: {said} (0x{code & 0xFFFFFFFF:08X})")


#: Readers with a command under way that nobody waits for any more.
_STUCK: Final[set[str]] = set()


class _Calls:
    """Makes blocking calls in a thread, each bounded in time.

    Attributes:
        reader: whose calls these are, once that is known.
        stuck: a call did not come back in time; nothing more can be asked.
    """

    def __init__(self) -> None:
        self.reader = ""
        self._todo: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.stuck = False
        threading.Thread(target=self._run, name="pcsc", daemon=True).start()

    def _run(self) -> None:
        while (job := self._todo.get()) is not None:
            box, function, arguments = job
            try:
                box.put((function(*arguments), None))
            except Exception as error:  # noqa: BLE001 - it is raised where the call was made
                box.put((None, error))
            _STUCK.discard(self.reader)

    def __call__(self, seconds: float, function: Callable[..., Any], *arguments: Any) -> Any:
        """The call's result; raises SilentError when it takes longer."""
        if self.stuck:
            raise SilentError("an earlier command is still without an answer")
        box: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._todo.put((box, function, arguments))
        try:
            result, error = box.get(timeout=seconds)
        except queue.Empty:
            self.stuck = True
            _STUCK.add(self.reader)
            raise SilentError(f"no answer within {seconds:g} s") from None
        if error is not None:
            raise LinkError(f"pyscard: {type(error).__name__}: {error}")
        return result

    def end(self) -> None:
        """Let the thread end after what it is doing."""
        self._todo.put(None)


class _Service:
    """A context of the PC/SC service."""

    def __init__(self) -> None:
        self.scard = _scard()
        self.calls = _Calls()
        try:
            self.context = self.ask(
                "be reached", "", "SCardEstablishContext", self.scard.SCARD_SCOPE_USER
            )
        except LinkError:
            self.calls.end()
            raise

    def ask(self, what: str, reader: str, name: str, *arguments: Any) -> Any:
        """Call a PC/SC function; gives what it returns behind its error code."""
        code, *rest = self.raw(SERVICE_S, name, *arguments)
        _check(self.scard, code, what, reader)
        return rest[0] if len(rest) == 1 else rest

    def raw(self, seconds: float, name: str, *arguments: Any) -> tuple[Any, ...]:
        """Call a PC/SC function; gives error code and results, whatever the code."""
        found = self.calls(seconds, getattr(self.scard, name), *arguments)
        return tuple(found) if isinstance(found, list | tuple) else (found,)

    def readers(self) -> list[str]:
        """Names of the readers, in the order of PC/SC."""
        code, *rest = self.raw(SERVICE_S, "SCardListReaders", self.context, [])
        if code == self.scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        _check(self.scard, code, "list readers", "")
        return list(rest[0])

    def states(self, known: list[tuple[Any, ...]], wait_ms: int) -> list[tuple[str, int, bytes]]:
        """Name, state bits and ATR of readers; waits for a change from the states given."""
        found = self.raw(
            SERVICE_S + wait_ms / 1000, "SCardGetStatusChange", self.context, wait_ms, known
        )
        code, rest = found[0], found[1] if len(found) > 1 else []
        if code != self.scard.SCARD_E_TIMEOUT:
            _check(self.scard, code, "look at the readers", "")
        return [(name, state, bytes(atr)) for name, state, atr in rest]

    def close(self) -> None:
        """Leave the service."""
        if not self.calls.stuck:
            with suppress(LinkError):
                self.raw(SERVICE_S, "SCardReleaseContext", self.context)
        self.calls.end()


@dataclass(frozen=True)
class Reader:
    """A reader as PC/SC shows it.

    Attributes:
        index: its number, from 0, as ``pcsc:0`` names it.
        name: its name.
        states: of PRESENT, EMPTY, MUTE, UNPOWERED, INUSE, EXCLUSIVE, UNAVAILABLE.
        atr: of the card in it; empty when there is none.
        count: how often a card came or went since the service has known the reader.
    """

    index: int
    name: str
    states: tuple[str, ...]
    atr: bytes
    count: int = 0

    @property
    def present(self) -> bool:
        """A card is in it and answers."""
        return "PRESENT" in self.states and "MUTE" not in self.states

    @property
    def virtual(self) -> bool:
        """It is vsmartcard's virtual reader."""
        return self.name.startswith(VIRTUAL)


def list_readers() -> tuple[Reader, ...]:
    """All readers with what is in them, none waited for; raises LinkError."""
    service = _Service()
    try:
        return _look(service)
    finally:
        service.close()


def _look(service: _Service) -> tuple[Reader, ...]:
    names = service.readers()
    unaware = service.scard.SCARD_STATE_UNAWARE
    found = service.states([(name, unaware) for name in names], 0) if names else []
    return tuple(
        Reader(number, name, _words(service.scard, state), atr, state >> 16 & 0xFFFF)
        for number, (name, state, atr) in enumerate(found)
    )


def _words(scard: Any, state: int) -> tuple[str, ...]:
    return tuple(word for word in _STATES if state & getattr(scard, f"SCARD_STATE_{word}"))


def choose(names: list[str], wanted: str) -> str:
    """The reader that is meant by a number, a name or a part of one.

    Raises:
        LinkError: there is no reader at all, or none with that number or name.
        UsageError: the part of a name fits several.
    """
    if not names:
        raise LinkError(_PROBLEMS["SCARD_E_NO_READERS_AVAILABLE"][1])
    listed = "; ".join(f"{number}: {name}" for number, name in enumerate(names))
    if wanted.isascii() and wanted.isdigit():
        if int(wanted) < len(names):
            return names[int(wanted)]
        raise LinkError(f"there is no reader {wanted}, there are {listed}")
    if wanted in names:
        return wanted
    fitting = [name for name in names if wanted.lower() in name.lower()]
    if not fitting:
        raise LinkError(f"no reader has {wanted!r} in its name, there are {listed}")
    if len(fitting) > 1:
        raise UsageError(f"{wanted!r} fits {len(fitting)} readers, say which: {listed}")
    return fitting[0]


def read_pattern(text: str) -> str:
    """Check an ATR pattern: hex, ``..`` for any byte, ``*`` at the end for any rest."""
    pattern = "".join(text.split()).upper()
    body = pattern.removesuffix("*").replace("..", "00")
    try:
        bytes.fromhex(body)
    except ValueError:
        raise UsageError(f"ATR {text!r}: expected hex, .. for any byte, * for any rest") from None
    return pattern


def atr_fits(atr: bytes, pattern: str) -> bool:
    """True when an ATR fits a pattern of `read_pattern`; every card fits an empty one."""
    if not pattern:
        return True
    body, rest = pattern.removesuffix("*"), pattern.endswith("*")
    text = atr.hex().upper()
    if len(text) < len(body) or (len(text) > len(body) and not rest):
        return False
    return all(want in (".", have) for want, have in zip(body, text, strict=False))


def wait_for_card(
    wanted: str = "", *, pattern: str = "", seconds: float = 60.0, clock: Callable[[], float]
) -> Reader:
    """Wait until a card is in a reader.

    Args:
        wanted: the reader, as for `choose`; any when empty. It need not be there yet.
        pattern: an ATR pattern the card must fit; other cards are passed over.
        seconds: longest wait.
        clock: monotonic seconds.

    Raises:
        SilentError: none came in time.
        LinkError: PC/SC cannot be reached.
    """
    end = clock() + seconds
    service = _Service()
    try:
        while True:
            for reader in _candidates(_look(service), wanted):
                if reader.present and atr_fits(reader.atr, pattern):
                    return reader
            left = end - clock()
            if left <= 0:
                raise SilentError(_nobody(wanted, pattern, seconds))
            _pause(service, min(_SLICE_MS, max(1, int(left * 1000))))
    finally:
        service.close()


def _candidates(readers: tuple[Reader, ...], wanted: str) -> list[Reader]:
    if not wanted:
        return list(readers)
    try:
        name = choose([reader.name for reader in readers], wanted)
    except LinkError:
        return []
    return [reader for reader in readers if reader.name == name]


def _pause(service: _Service, wait_ms: int) -> None:
    """Wait for a change at any reader, at most so long."""
    scard, names = service.scard, service.readers()
    if not names:
        time.sleep(wait_ms / 1000)
        return
    known = service.states([(name, scard.SCARD_STATE_UNAWARE) for name in names], 0)
    changed = scard.SCARD_STATE_CHANGED
    service.states([(name, state & ~changed, list(atr)) for name, state, atr in known], wait_ms)


def _nobody(wanted: str, pattern: str, seconds: float) -> str:
    what = f"card with an ATR like {pattern}" if pattern else "card"
    where = f"reader {wanted!r}" if wanted else "any reader"
    return f"no {what} came to {where} within {seconds:g} s"


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
        self._service: _Service | None = None
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
        service = self._service = self._service or _Service()
        scard = service.scard
        self.reader = service.calls.reader = choose(service.readers(), self._wanted)
        if self.reader in _STUCK:
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
        _check(service.scard, code, "send a command", self.reader)
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

    def _here(self) -> _Service:
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


def open_reader(rest: str, *, answer_s: float = ANSWER_S, wait_s: float = 0.0) -> ResponseChaining:
    """Opener of ``pcsc:``: ``READER[?share=..][&protocol=..][&atr=..][&wait=SECONDS]``.

    T=0 cards are asked for what they announce (61xx, 6Cxx); with T=1 and contactless cards
    the status words come through as they are.
    """
    wanted, options = parse_options(
        rest, {"share": str, "protocol": str, "atr": str, "wait": float}
    )
    link = PcscLink(
        wanted,
        share=options.get("share", "exclusive"),
        protocol=options.get("protocol", "any"),
        pattern=options.get("atr", ""),
        wait_s=options.get("wait", wait_s),
        answer_s=answer_s,
    )
    return ResponseChaining(link, t0=lambda: link.protocol == "T=0")
