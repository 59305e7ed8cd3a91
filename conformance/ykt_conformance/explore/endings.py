"""Steps around what ends: something prepared, ended in one way, asked for without preparing it.

And around what lasts: wrong tries with the power gone between them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_conformance.drive import commands as c
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.secrets import Steps
from ykt_conformance.model.state import Directory
from ykt_conformance.model.world import PPSE, World
from ykt_sim.codes import TUNION

_RECORDS: Final = ("send 00B201F400", "send 00B202F400", "send 00B201C400")
_BALANCE: Final = "send 805C000204"
#: Operations that are begun, as a step says them.
_BEGUN: Final = ("purchase 1", "composite 2", "load 1", "unload 1", "overdraft")
#: Wrong tries of one count.
_TRIES: Final = 4


class Endings:
    """Gives steps around what ends and what lasts.

    Args:
        chance: of the exploration.
        mark: gives a new mark for data.
        gentle: nothing is shown wrongly.
    """

    def __init__(self, chance: Chance, mark: Callable[[], str], *, gentle: bool) -> None:
        self._chance = chance
        self._mark = mark
        self._gentle = gentle

    def ended(self, world: World, here: Directory) -> Steps:
        """Prepare, end, and do what would show it."""
        prepared, probe = self._chance.of(self._prepared(here))
        return (*prepared, *self._ending(world, here), *probe)

    def _ending(self, world: World, here: Directory) -> Steps:
        back = f"select {here.standard}"
        others = [name for name in world.state.directories if name not in (here.standard, PPSE)]
        other = f"select {self._chance.of(others)}" if others else back
        choices: list[tuple[int, Steps]] = [
            (6, ("reset", back)), (2, ("reset", "reset", back)), (1, (back,)), (2, (other, back)),
            (1, ("reset", other, back)), (1, (f"select {PPSE}", "reset", back)),
            (1, (f"select {c.FOREIGN.hex().upper()}",)), (1, ("init purchase all+1",)),
            (1, ("init purchase 0", f"commit {self._mark()}")), (1, ("send 805C0F0204",)),
        ]  # fmt: skip
        if here.standard == TUNION:
            choices.append((1, (f"select {PPSE}", back)))
        return self._chance.weighted(choices)

    def _prepared(self, here: Directory) -> list[tuple[Steps, Steps]]:
        """What is prepared, and what shows that it is still there."""
        begun = f"init {self._chance.of(_BEGUN)}"
        done = f"commit {self._mark()}"
        found: list[tuple[Steps, Steps]] = [
            ((begun,), (done, _BALANCE)),
            ((begun,), (begun, "again", done, _BALANCE)),
            (("verify",), ("init load 0", "init unload 0", "init overdraft")),
            (("send 00B201C400",), ("send 00B2010400", "send 00B0000000")),
        ]
        if here.standard == TUNION:
            low = 1 + self._chance.below(18)
            read = f"send 00B2{low:02X}D000"
            updates = (f"cache 1A {low:02X} {self._mark()}", f"cache 1E 00 {self._mark()}")
            waits = ("init composite 1", *self._chance.of((updates, updates[1:], updates[:1])))
            found += [
                (waits, ("init composite 1", done, *_RECORDS, read)),
                (waits, ("init composite 0", updates[1], done, *_RECORDS, read)),
                (waits, ("init purchase 1", done, *_RECORDS, read)),
            ]
            if not self._gentle:
                write = f"record {low} {low:02X} {self._mark()}"
                number = f"send 00B2{low:02X}D400"
                found += [
                    ((number, "challenge 4", "auth"), (write, number)),
                    (("challenge 8",), ("auth", "challenge 4", "auth")),
                ]
        return found

    def lasting(self, here: Directory) -> Steps:
        """The same wrong try with resets between, then what tells of it."""
        back = f"select {here.standard}"
        away: Steps = self._chance.of((("reset", back), ("reset", "reset", back)))
        new = "31313131" if here.standard == TUNION else "111111"
        tries: list[Steps] = [
            ("verify mac=flip0",), (f"change {new} mac=flip0",), (f"reload {new} mac=flip0",),
            ("challenge 4", f"unlock {new} mac=flip1"),
            ("challenge 4", "unblock mac=flip2"),
        ]  # fmt: skip
        if here.standard == TUNION:
            line = self._chance.of((f"line {c.CARDHOLDER:02X} 54 00", "line 15 28 0114"))
            wrong: Steps = ("challenge 4", f"{line} mac=flip3")
            tries += [("challenge 8", "auth mac=flip1"), wrong, wrong]
        one = self._chance.of(tries)
        first: Steps = ("challenge 4", "block 0") if "unblock" in one[-1] else ()
        steps = first
        for _ in range(2 + self._chance.below(_TRIES - 1)):
            steps += (*one, *away)
        right = tuple(step.partition(" mac=")[0] for step in one)
        return (*steps, *self._chance.of(((), right)), _BALANCE)
