"""Steps around keys and PINs: authentication, protected writes, PINs, blocking.

A gentle exploration, of a card that is never fresh again, shows the right PIN and the right key
at most (`explore.gentle` says of every command whether it may be sent).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ykt_conformance.drive import commands as c
from ykt_conformance.explore.chance import Chance
from ykt_conformance.model.state import Directory
from ykt_conformance.model.world import BASIC
from ykt_sim.codes import LNT, TUNION

Steps = tuple[str, ...]
WRONG_MAC: Final = ("mac=zero", "mac=flip0", "mac=flip1", "mac=flip2", "mac=flip3")
_PINS: Final[Mapping[str, tuple[str, ...]]] = {
    TUNION: ("313233343536", "31323334", "393837363534"), LNT: ("123456", "654321", "1111"),
}  # fmt: skip
_BALANCE: Final = "send 805C000204"


class Secrets:
    """Gives steps around keys and PINs.

    Args:
        chance: of the exploration.
        mark: gives a new mark for data.
        gentle: only what no try is counted for is drawn.
    """

    def __init__(self, chance: Chance, mark: Callable[[], str], *, gentle: bool) -> None:
        self._chance = chance
        self._mark = mark
        self._gentle = gentle

    def pin(self, here: Directory) -> Steps:
        """VERIFY and what sets a PIN anew."""
        if self._gentle:
            return self._chance.of((("verify",), ("verify", "init load 1")))
        pins, secret = _PINS[here.standard], here.pin
        new = self._chance.of(pins)
        choices: list[tuple[int, Steps]] = [
            (8, ("verify",)), (3, ("verify 6",)), (2, ("verify add=1", "verify")),
            (1, ("verify p2=0E",)), (1, ("send 0020000001FF",)), (1, ("send 0020000000",)),
            (1, ("send 0020000009313233343536373839",)), (1, ("verify p1=01",)),
            (4, (f"verify mac=flip{self._chance.below(6)}",)),
            (1, ("verify mac=flip0",) * 3), (1, ("verify mac=flip0", "reset")),
            (1, (f"change {new} mac=flip{self._chance.below(6)}",)),
            (1, ("verify mac=flip1", "init load 1")),
            (2, (f"change {new}", "verify")), (2, (f"reload {new}", "verify")),
            (1, (f"reload {new} {self._chance.of(WRONG_MAC)}", "verify")),
            (2, ("challenge 4", f"unlock {new}", "verify")),
            (1, ("challenge 4", f"unlock {new} {self._chance.of(WRONG_MAC)}", "verify")),
        ]  # fmt: skip
        if secret.left == 0:
            choices.append((12, ("challenge 8", f"unlock {new}", "verify")))
        return self._chance.weighted(choices)

    def challenges(self) -> Steps:
        """GET CHALLENGE, right and wrong."""
        return (self._chance.of(("challenge 4", "challenge 8", "challenge 4", "challenge 0",
                                 "challenge 5", "challenge 16", "challenge 4 p1=01")),)  # fmt: skip

    def secured(self, here: Directory) -> Steps:
        """What a challenge is for: authentication, protected writes."""
        size = self._chance.of((4, 8))
        challenge = f"challenge {size}"
        choices: list[tuple[int, Steps]] = [(6, (challenge, "auth"))]
        if not self._gentle:
            choices += [(1, ("auth",)), (2, (challenge, _BALANCE, "auth")),
                        (1, (challenge, "auth p2=0E")),
                        (2, (challenge, f"auth mac=flip{self._chance.below(8)}")),
                        (1, (challenge, "auth mac=zero"))]  # fmt: skip
            if here.standard in (TUNION, BASIC):
                choices += self._line(here, challenge)
        if here.standard == TUNION:
            choices += self._records(challenge)
        return self._chance.weighted(choices)

    def _line(self, here: Directory, challenge: str) -> list[tuple[int, Steps]]:
        sfi = c.CARDHOLDER if here.standard == TUNION else c.APPLICATION
        offset = self._chance.of((5, 5, 20, 50, 54, 55, 60))
        if here.standard == BASIC:
            offset = self._chance.of((35, 36, 37, 69))
        data = self._chance.of(("01", "A1B2C3", "112233445566", "00"))
        text = f"line {sfi:02X} {offset} {data}"
        read = f"send 00B0{c.by_sfi(sfi):02X}0000"
        choices: list[tuple[int, Steps]] = [
            (4, (challenge, text, read)), (1, (text, read)), (1, (f"{text} cla=00", read)),
            (2, (challenge, f"{text} {self._chance.of(WRONG_MAC)}", read)),
            (1, (challenge, f"{text} spoil={self._chance.below(3)}", read)),
            (1, (challenge, _BALANCE, text, read)),
            (2, (challenge, f"{text} mac=flip3") * 3),
        ]  # fmt: skip
        if here.standard == TUNION:
            other = self._chance.of(("line 15 28 0114", "line 15 28 0000"))
            choices.append((1, (challenge, other, "select tunion", "send 00B0950000")))
        return choices

    def _records(self, challenge: str) -> list[tuple[int, Steps]]:
        low = 1 + self._chance.below(18)
        read = f"send 00B2{low:02X}D400"
        write = f"record {low} {low:02X} {self._mark()}"
        choices: list[tuple[int, Steps]] = [(2, (read, write, read))]
        log = "send 00DC01C417" + "11" * 23
        choices += [(1, (log, "send 00B201C400")), (1, ("send 00E200C017" + "11" * 23,)),
                    (2, (challenge, "auth", log, "send 00B201C400")),
                    (1, ("send 00E200F030" + "22" * 48, "send 00B201F400"))]  # fmt: skip
        if not self._gentle:
            choices += [
                (3, (read, challenge, "auth", write, read)),
                (1, (read, challenge, "auth", "reset", "select tunion", write, read)),
                (1, (read, challenge, "auth", "select tunion", write, read)),
                (1, (read, challenge, "auth mac=flip1", write, read)),
            ]  # fmt: skip
        return choices

    def block(self, here: Directory) -> Steps:
        """Blocking, and tries of it; not for a gentle exploration."""
        challenge = f"challenge {self._chance.of((4, 8))}"
        name = here.standard
        wrong = self._chance.of(WRONG_MAC)
        choices: list[tuple[int, Steps]] = [
            (6, (challenge, "block 0", _BALANCE, f"select {name}")),
            (2, (challenge, f"block 0 {wrong}", _BALANCE)),
            (1, ("block 0", _BALANCE)),
            (1, (challenge, _BALANCE, "block 0")),
            (1, (challenge, "block 1", challenge, "unblock", "reset", f"select {name}")),
            (1, (challenge, f"cardblock {wrong}", _BALANCE)),
            (1, (challenge, f"unblock {wrong}", _BALANCE)),
        ]  # fmt: skip
        if self._chance.one_in(4):
            choices.append((3, (challenge, "cardblock", _BALANCE, "reset", "select tunion")))
        return self._chance.weighted(choices)

    def blocked(self, here: Directory) -> Steps:
        """In a blocked application: what it still answers, and the way out."""
        challenge = f"challenge {self._chance.of((4, 8))}"
        name = here.standard
        back: list[tuple[int, Steps]] = [(4, (challenge, "unblock", "send 00B201C400", _BALANCE))]
        stray: list[tuple[int, Steps]] = [(1, ("unblock",))]
        choices: list[tuple[int, Steps]] = [
            *(() if self._gentle else back),
            (1, (f"select {name}",)), (1, ("verify",)), (1, ("init purchase 1",)),
            *(() if self._gentle else stray),
            (1, ("reset", f"select {name}", _BALANCE)),
        ]  # fmt: skip
        if not self._gentle:
            wrong = f"unblock {self._chance.of(WRONG_MAC)}"
            choices += [(2, (challenge, wrong)), (1, (challenge, wrong) * 3)]
        return self._chance.weighted(choices)
