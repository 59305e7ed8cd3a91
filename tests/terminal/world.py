"""A small world for end-to-end tests: sim card, PSAM, terminal, and links that misbehave."""

from __future__ import annotations

from collections.abc import Callable

from ykt_sim.bench.bench import Bench
from ykt_sim.bench.make import make_card
from ykt_sim.card import Card
from ykt_sim.errors import CardRemovedError, LinkError
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.transport import EngineLink, Link

NOW = "20250601080000"
Deviation = Callable[[Link, bytes], bytes]


def counting() -> Callable[[int], bytes]:
    """Randoms that repeat from run to run."""
    state = 0

    def rng(count: int) -> bytes:
        nonlocal state
        state += 1
        return state.to_bytes(count, "big")

    return rng


def card(profile: str, balance: int = 8800) -> Card:
    return make_card(profile, counting(), balance=balance)


def bench(profile: TerminalProfile | str) -> Bench:
    return Bench(profile, rng=counting())


def restarted(old: Bench) -> Bench:
    """The same terminal after a power cut: its PSAM and its journal are what is left."""
    return Bench(old.machine.profile, sam=old.sam, journal=old.journal)


class DeviantLink:
    """Does something else at the n-th command (from 1), counted over its life."""

    def __init__(self, link: Link, at: int, deviation: Deviation) -> None:
        self._link = link
        self._at = at
        self._deviation = deviation
        self.count = 0
        self._gone = False

    def power_on(self) -> bytes:
        self._gone = False
        return self._link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        if self._gone:
            raise CardRemovedError("gone")
        self.count += 1
        if self.count != self._at:
            return self._link.transmit(apdu)
        try:
            return self._deviation(self._link, apdu)
        except CardRemovedError:
            self._gone = True
            raise

    def close(self) -> None:
        self._link.close()


def removed_before(_link: Link, _apdu: bytes) -> bytes:
    raise CardRemovedError("before")


def removed_after(link: Link, apdu: bytes) -> bytes:
    link.transmit(apdu)
    raise CardRemovedError("after")


def silent_before(_link: Link, _apdu: bytes) -> bytes:
    raise LinkError("silent")


def silent_after(link: Link, apdu: bytes) -> bytes:
    link.transmit(apdu)
    raise LinkError("silent")


def garbled_after(link: Link, apdu: bytes) -> bytes:
    """Executed, but the answer is 9000 with one byte of data."""
    link.transmit(apdu)
    return b"\xaa\x90\x00"


def refused(sw: int) -> Deviation:
    """Not executed."""

    def deviation(_link: Link, _apdu: bytes) -> bytes:
        return sw.to_bytes(2, "big")

    return deviation


def lied(sw: int) -> Deviation:
    """Executed, and said to be refused."""

    def deviation(link: Link, apdu: bytes) -> bytes:
        link.transmit(apdu)
        return sw.to_bytes(2, "big")

    return deviation


def failed_after(link: Link, apdu: bytes) -> bytes:
    """Executed, but the card says memory failure."""
    link.transmit(apdu)
    return b"\x65\x81"


DEVIATIONS: dict[str, Deviation] = {
    "removed-before": removed_before,
    "removed-after": removed_after,
    "silent-before": silent_before,
    "silent-after": silent_after,
    "garbled-after": garbled_after,
    "refused-6A82": refused(0x6A82),
    "refused-6985": refused(0x6985),
    "blocked-9303": refused(0x9303),
    "failed-after-6581": failed_after,
    "lied-6985": lied(0x6985),
}


def ask(engine: Card, name: str, *commands: str) -> list[str]:
    """Select an application by name and send commands, on a freshly powered card."""
    link = EngineLink(engine)
    link.power_on()
    select = bytes.fromhex(name) if name.startswith("A0") else name.encode()
    link.transmit(bytes((0, 0xA4, 4, 0, len(select))) + select)
    return [link.transmit(bytes.fromhex(command)).hex().upper() for command in commands]


def balance_of(engine: Card, standard: str) -> int:
    """Actual balance of a purse, asked with the card's own commands."""
    name = "A000000632010105" if standard == "tunion" else "PAY.TICL"
    if standard == "lnt":
        (answer,) = ask(engine, name, "805C000204")
    else:
        (answer,) = ask(engine, name, "805C030204")
    assert answer.endswith("9000")
    return int(answer[:-4], 16)
