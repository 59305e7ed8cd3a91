"""The PC/SC service itself: calls that are bounded, and errors that say what to do.

SCardTransmit and its like can be neither cancelled nor bounded, so every call is made in a
thread; one that does not come back in time leaves the thread behind and its reader marked
as busy. This module alone knows pyscard.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

from ykt_sim.errors import CardRemovedError, LinkError, SilentError

#: Seconds for PC/SC itself to connect, reset or disconnect.
SERVICE_S: Final = 20.0

#: PC/SC error -> error class and what it means here, with what to do. {reader} is filled in.
PROBLEMS: Final[dict[str, tuple[type[LinkError], str]]] = {
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


def load_scard() -> Any:
    """Pyscard's C-level module; LinkError says how to get it where it is missing."""
    try:
        return import_module("smartcard.scard")
    except ImportError as error:
        raise LinkError(
            "PC/SC needs pyscard: pip install 'ykt-sim[pcsc]'"
            f" (Debian: apt install pcscd swig libpcsclite-dev first); {error}"
        ) from None


def check(scard: Any, code: int, what: str, reader: str) -> None:
    """Raise what a PC/SC error means."""
    if code == scard.SCARD_S_SUCCESS:
        return
    for name, (kind, text) in PROBLEMS.items():
        if code == getattr(scard, name, None):
            raise kind(text.format(reader=reader or "the reader"))
    said = scard.SCardGetErrorMessage(code).strip()
    where = f" in {reader}" if reader else ""
    raise LinkError(f"PC/SC could not {what}{where}: {said} (0x{code & 0xFFFFFFFF:08X})")


#: Readers with a command under way that nobody waits for any more.
STUCK: Final[set[str]] = set()


class Caller:
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
            STUCK.discard(self.reader)

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
            STUCK.add(self.reader)
            raise SilentError(f"no answer within {seconds:g} s") from None
        if error is not None:
            raise LinkError(f"pyscard: {type(error).__name__}: {error}")
        return result

    def end(self) -> None:
        """Let the thread end after what it is doing."""
        self._todo.put(None)


class Service:
    """A context of the PC/SC service."""

    def __init__(self) -> None:
        self.scard = load_scard()
        self.calls = Caller()
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
        check(self.scard, code, what, reader)
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
        check(self.scard, code, "list readers", "")
        return list(rest[0])

    def states(self, known: list[tuple[Any, ...]], wait_ms: int) -> list[tuple[str, int, bytes]]:
        """Name, state bits and ATR of readers; waits for a change from the states given."""
        found = self.raw(
            SERVICE_S + wait_ms / 1000, "SCardGetStatusChange", self.context, wait_ms, known
        )
        code, rest = found[0], found[1] if len(found) > 1 else []
        if code != self.scard.SCARD_E_TIMEOUT:
            check(self.scard, code, "look at the readers", "")
        return [(name, state, bytes(atr)) for name, state, atr in rest]

    def close(self) -> None:
        """Leave the service."""
        if not self.calls.stuck:
            with suppress(LinkError):
                self.raw(SERVICE_S, "SCardReleaseContext", self.context)
        self.calls.end()
