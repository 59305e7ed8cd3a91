"""The readers that PC/SC knows: listed, chosen by a word, waited for.

A reader is named by its number, its name, or a part of its name that no other reader has.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from ykt_sim.errors import LinkError, SilentError, UsageError
from ykt_sim.transport.pcsc_service import PROBLEMS, Service

#: What the name of vsmartcard's virtual reader begins with.
VIRTUAL: Final = "Virtual PCD"
_SLICE_MS: Final = 500
_STATES: Final = ("PRESENT", "EMPTY", "MUTE", "UNPOWERED", "INUSE", "EXCLUSIVE", "UNAVAILABLE")


class Reader(msgspec.Struct, frozen=True):
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
    service = Service()
    try:
        return _look(service)
    finally:
        service.close()


def _look(service: Service) -> tuple[Reader, ...]:
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
        raise LinkError(PROBLEMS["SCARD_E_NO_READERS_AVAILABLE"][1])
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
    service = Service()
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


def _pause(service: Service, wait_ms: int) -> None:
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
