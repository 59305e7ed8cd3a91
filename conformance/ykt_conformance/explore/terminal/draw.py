"""Which scene comes next: cards on both sides of every boundary, in every order, torn and misheard.

A card is plain or differs in one thing, seldom in two, so that what is found has one cause. Taps go
on with what is begun: a card that was torn comes back, at once or after others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ykt_conformance.explore.chance import Chance
from ykt_sim.codes import LNT, LOAD, TUNION

#: The terminal's clock at the first tap, where the target can set it: ends of days, months, years.
_CLOCKS: Final = (
    "20250601081733", "20251231235830", "20240229000010", "20240228235930", "20250228235930",
    "20260430235959", "20380119031300", "20791231235900", "20800101000000", "20301009080705",
)  # fmt: skip
_CITY: Final = "5820"

#: How often, and the wishes; those of T-Union cards, of Lingnan Tong cards, of any.
_ANY: Final = (
    (6, "balance=need"), (6, "balance=need-1"), (4, "balance=0"), (2, "balance=need+1"),
    (2, "balance=1"), (3, "balance=most"), (1, "balance=255"), (1, "balance=256"),
    (2, "balance=65535"), (3, "balance=65536"), (2, "balance=need+65535"), (1, "balance=131071"),
    (4, "balance=room"), (4, "balance=room+1"), (4, "black=yes"), (4, "black=next"),
)  # fmt: skip
_TU: Final = (
    (4, "start=1"), (3, "start=0"), (1, "start=-1"), (1, "start=31"), (1, "start=400"),
    (4, "expiry=-1"), (3, "expiry=0"), (1, "expiry=1"), (1, "expiry=-31"), (1, "expiry=-400"),
    (1, "start=none expiry=none"), (2, "start=none"), (2, "expiry=none"),
    (5, "flag=0000"), (3, "flag=0000 issuer=own"), (1, "flag=0100"), (1, "flag=0002"),
    (4, "issuer=nobody"), (4, "issuer=mismatch"), (3, "issuer=beside"), (3, "issuer=own"),
    (2, "issuer=0"), (2, "issuer=1"), (2, "issuer=2"), (3, "ef17=no ecash=yes"),
    (4, "ef17=no ecash=no"), (4, "ef17=no ecash=yes flag=0000"), (3, "ecash=yes"),
    (3, "ppse=no"), (3, "blocked=tunion"), (3, "blocked=tunion locked=yes"), (2, "fci=label"),
    (2, "fci=long"), (2, "fci=short"), (2, "fci=bare"), (2, "fci=padded"), (2, "topbit=yes"),
    (2, "topbit=yes balance=0"), (3, "balance=need-1 overdraft=1000"),
    (3, "balance=0 overdraft=need"), (3, "balance=0 overdraft=need-1"),
    (2, "overdraft=need"), (1, "actual=yes"), (3, f"trip={_CITY}"), (2, "trip=1000"),
)  # fmt: skip
_LN: Final = (
    (4, "lnt_start=1"), (3, "lnt_start=0"), (1, "lnt_start=31"), (4, "lnt_expiry=-1"),
    (3, "lnt_expiry=0"), (1, "lnt_expiry=1"), (1, "lnt_expiry=-31"), (2, "lnt_start=none"),
    (2, "lnt_expiry=none"), (2, "blocked=lnt"), (2, "blocked=lnt locked=yes"),
)  # fmt: skip
_DUAL: Final = ((6, "shared=no"), (2, "shared=no balance=need"))
_RIDES: Final = ((5, "ride=inside"), (4, "ride=none"), (4, "ride=elsewhere"))
_HEARS: Final = (
    (4, "mac2"), (2, "swapped"), (2, "short"), (2, "debit:9302"), (2, "debit:9401"),
    (1, "debit:6901"), (3, "init:6985"), (1, "init:9401"), (3, "cache:6A82"), (3, "select:6283"),
    (3, "select:6A81"), (2, "select:9303"), (1, "select:6284"), (1, "init:9303"), (1, "init:9407"),
    (1, "debit:6581"), (1, "read:6A82"), (1, "balance:6985"),
    (2, "ecash-only"), (3, "long-aid"), (3, "long-9f0c"), (3, "short-15"),
)  # fmt: skip
_LOAD_HEARS: Final = (
    (4, "tac"), (2, "credit:9302"), (2, "init:6985"), (1, "credit:6901"), (2, "select:6283"),
    (2, "select:6A81"),
)  # fmt: skip
_TEARS: Final = ("init", "debit", "cache", "select")
_LOAD_TEARS: Final = ("init", "credit", "select")
_AMOUNTS: Final = (
    (4, ""), (2, "amount=least"), (2, "amount=least-1"), (2, "amount=most"),
    (3, "amount=most+1"), (1, "amount=1"), (1, "amount=0"), (1, "amount=2000"),
)  # fmt: skip
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
            self._steps.append(f"clock {chance.of(_CLOCKS)}")
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
            words = self._wish(kind).split()
            if chance.one_in(6):
                words = _merged(words, self._wish(kind).split())
        self._steps.append(" ".join((f"card {name} {kind}", *words)))

    def _wish(self, kind: str) -> str:
        chance = self._chance
        tables: list[tuple[tuple[int, str], ...]] = [_ANY]
        tables += [_TU, _TU] if kind != LNT else []
        tables += [_LN] if kind != TUNION else []
        tables += [_DUAL] if kind == "dual" else []
        tables += [_RIDES, _RIDES] if self._ics["device"]["record"] else []
        return chance.weighted(chance.of(tables))

    # -- taps ----------------------------------------------------------------------------

    def _tap(self) -> None:
        chance = self._chance
        name = self._who()
        if chance.one_in(4 if name in self._torn else 15):
            self._elsewhere(name)
        if name in self._torn:
            self._torn.remove(name)
        words = [f"tap {name}"]
        if self._load:
            words.append(chance.weighted(_AMOUNTS))
        if chance.one_in(3 if self._torn else 4):
            words.append(f"tear={self._tear()}")
            self._torn.append(name)
        elif chance.one_in(8):
            words.append(f"hear={chance.weighted(_LOAD_HEARS if self._load else _HEARS)}")
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
        return f"{chance.of(_LOAD_TEARS if self._load else _TEARS)}{done}"

    def _elsewhere(self, name: str) -> None:
        kind = self._kinds[name]
        if kind != "blank":
            purse = self._chance.of((TUNION, LNT)) if kind == "dual" else kind
            self._steps.append(f"elsewhere {name} {purse}")


def _merged(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Two wishes; where both say the same option the first one counts."""
    taken = {word.split("=")[0] for word in first}
    return [*first, *(word for word in second if word.split("=")[0] not in taken)]
