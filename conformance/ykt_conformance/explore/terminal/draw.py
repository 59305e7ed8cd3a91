"""Which scene comes next: cards on both sides of every boundary, in every order, torn and misheard.

A card is plain or differs in one thing, seldom in two, so that what is found has one cause. Taps go
on with what is begun: a card that was torn comes back, at once or after others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.drive.behind import USES
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.terminal import wishes
from ykt_sim.codes import LNT, LOAD, TUNION

#: How often a card pays elsewhere; a log holds ten.
_AWAY: Final = (1, 1, 1, 2, 3, 5, 9)
_LENGTHS: Final = (1, 2, 2, 3, 3, 4, 5, 7, 10)
#: Taps of a long day, seldom drawn: numbers and counters go beyond one byte.
_LONG: Final = 300


class Draw:
    """Draws scenes for a terminal.

    Args:
        chance: of this scene.
        ics: the terminal's statement.
        clock: the target's clock can be set.
    """

    def __init__(self, chance: Chance, ics: Mapping[str, Any], *, clock: bool) -> None:
        self._chance, self._ics, self._clock = chance, ics, clock
        self._load = ics["device"]["kind"] == LOAD
        self._steps: list[str] = []
        self._kinds: dict[str, str] = {}
        self._torn: list[str] = []
        takes = ics["applications"]["priority"]
        # Mostly cards that it takes; both purses of one card, and those that it does not, too.
        self._either = (*takes, *takes, "dual", "dual", TUNION.value, LNT.value)

    def scene(self) -> tuple[str, ...]:
        """The steps of one scene."""
        chance = self._chance
        if self._clock and chance.one_in(3):
            self._steps.append(f"clock {chance.of(wishes.CLOCKS)}")
        if self._clock and chance.one_in(400):
            return self._long()
        if chance.one_in(2):
            # What a good card leaves behind in the terminal shows with the next one only.
            name = self._named(chance.of(self._ics["applications"]["priority"]))
            self._steps += [f"card {name} {self._kinds[name]}", f"tap {name}"]
        self._card()
        for _ in range(chance.of(_LENGTHS)):
            if chance.one_in(3) and len(self._kinds) < 6:
                self._card()
            self._tap()
        return tuple(self._steps)

    def _long(self) -> tuple[str, ...]:
        """Cards that pay all day, one after the other."""
        chance = self._chance
        kinds = [chance.of(self._either) for _ in range(2)]
        self._steps += [
            f"card {name} {kind} balance=most" for name, kind in zip("AB", kinds, strict=True)
        ]
        for _ in range(_LONG):
            torn = " tear=debit!" if chance.one_in(20) else ""
            self._steps.append(f"tap {chance.of('AAB')}{torn}")
        return tuple(self._steps)

    # -- cards ---------------------------------------------------------------------------

    def _named(self, kind: str) -> str:
        """The next card's name."""
        name = chr(ord("A") + len(self._kinds))
        self._kinds[name] = kind
        return name

    def _card(self) -> None:
        chance = self._chance
        kind = "blank" if chance.one_in(40) else chance.of(self._either)
        name = self._named(kind)
        words: list[str] = []
        if kind != "blank" and not chance.one_in(3):
            words = [self._wish(kind)]
            if chance.one_in(6):
                words.append(self._wish(kind))
        self._steps.append(wishes.card(name, kind, words))

    def _wish(self, kind: str) -> str:
        return self._chance.weighted(self._chance.of(wishes.tables(self._ics, kind)))

    # -- taps ----------------------------------------------------------------------------

    def _tap(self) -> None:
        chance = self._chance
        name = self._who()
        if chance.one_in(4 if name in self._torn else 15):
            for _ in range(chance.of(_AWAY)):
                self._elsewhere(name)
        back = name in self._torn
        if back:
            self._torn.remove(name)
        words = [f"tap {name}"]
        if self._load:
            words.append(chance.weighted(wishes.AMOUNTS))
        if back and chance.one_in(4):
            words.append(chance.of(wishes.BACK))
            self._torn.append(name)
        elif chance.one_in(3 if self._torn else 4):
            words.append(f"tear={self._tear()}")
            self._torn.append(name)
        elif chance.one_in(8):
            words.append(f"hear={chance.weighted(wishes.hears(load=self._load))}")
        self._steps.append(" ".join(filter(None, words)))

    def _who(self) -> str:
        """A card that was torn comes back, or the newest one comes, or any."""
        chance = self._chance
        if self._torn and chance.one_in(2):
            return chance.of(self._torn)
        return list(self._kinds)[-1] if chance.one_in(2) else chance.of(list(self._kinds))

    def _tear(self) -> str:
        chance = self._chance
        done = "" if chance.one_in(3) else "!"
        if chance.one_in(4):
            return f"{1 + chance.below(14)}{done}"
        if not chance.one_in(4):
            return f"{'credit' if self._load else 'debit'}{done}"
        return f"{chance.of(wishes.LOAD_TEARS if self._load else wishes.TEARS)}{done}"

    def _elsewhere(self, name: str) -> None:
        kind = self._kinds[name]
        if kind != "blank":
            purse = self._chance.of((TUNION, LNT)) if kind == "dual" else kind
            does = f" does={self._chance.of(tuple(USES))}" if self._chance.one_in(2) else ""
            self._steps.append(f"elsewhere {name} {purse}{does}")
