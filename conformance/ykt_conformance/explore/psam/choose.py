"""Which steps a PSAM is tried with: weighted by what the model knows of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_conformance.explore.bends import Bends
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.psam.steps import OF_THE_MARK
from ykt_conformance.explore.subject import Steps, Tried
from ykt_conformance.model.psam.files import named
from ykt_conformance.model.psam.state import SamWorld
from ykt_sim.codes import LNT, TUNION

#: Amounts at which bytes begin and end.
_AMOUNTS: Final = ("0", "1", "200", "255", "256", "65535", "65536", "16777215", "16777216",
                   "305419896", "4294967295")  # fmt: skip
_TYPES: Final = ("06", "09", "06", "09", "05", "04")
_FILES: Final = ("15", "16", "17")
_EDITS: Final = ("cla=00", "cla=04", "cla=84", "cla=D0", "p1=01", "p2=01", "p1=FF", "p2=80",
                 "le=no", "le=00", "le=05", "cut=1", "cut=8", "add=1", "add=8", "spoil=0",
                 "ins=7F")  # fmt: skip
_SHAPES: Final = ("cut=1", "cut=2", "add=1", "add=4", "add=8", "p1=01", "p2=01", "p2=80")
_ODD: Final = ("send 8070", "send 80720000", "send 007F000000", "send 80F7000000", "send 00B0",
               "send 807200000411223344", "send 80FA000008" + "00" * 8,
               "send 80FA050010" + "00" * 16, "send 00C0000008", "send 0084000000",
               "send D0B0950000", "send 8070000000", "send 8072000000")  # fmt: skip
_FRAGMENTS: Final = ("send 00", "send 8070", "send 807200")
_ELSEWHERE: Final = ("F000000000010105", "0015", "8013", "A000000632010109", "DF01", "pse")
_WRONG: Final = ("mac=zero", "mac=flip0", "mac=flip1", "mac=flip2", "mac=flip3",
                 "mac=turned", "mac=mac1")  # fmt: skip
#: Purchases beyond what a byte counts.
_BYTE: Final = 0x101
#: Steps of a list by which it is remembered.
_KEPT: Final = 20
#: Challenges in a row in which one that comes again is seen.
_CHALLENGES: Final = 80
#: Wrong MAC2 in a row where the form does not say how many are borne.
_FEW: Final = 2


class Chooser:
    """Gives the next steps.

    Args:
        chance: of the exploration.
        can: what the target can do.
        tried: how often steps were drawn; kept by the exploration.
        gentle: only what no try is counted for is drawn.
    """

    def __init__(self, chance: Chance, can: frozenset[str], tried: Tried, *, gentle: bool) -> None:
        self._chance = chance
        self._can = can
        self._tried = tried
        self._gentle = gentle
        self._mark = 0
        self._bends = Bends(between=8, tear=lambda _step: 25, writes=2, pull=40, edit=self._edit)

    def next(self, world: SamWorld) -> Steps:
        """Steps that belong together."""
        steps = self._some(world)
        self._tried[tuple(step.partition(" ")[0] for step in steps[:_KEPT])] += 1
        return self._bends.bent(steps, lambda: self._some(world), self._chance, self._can)

    def _some(self, world: SamWorld) -> Steps:
        return self._chance.weighted(self._families(world))()

    def _edit(self) -> str:
        return self._chance.of(_EDITS)

    # -- families ------------------------------------------------------------------------

    def _families(self, world: SamWorld) -> list[tuple[int, Callable[[], Steps]]]:
        known: list[tuple[int, Callable[[], Steps]]] = [
            (3, lambda: ("reset",)), (5, lambda: self._enter(world)), (8, self._read),
            (4, self._challenges), (3, self._odd), (1, lambda: (f"select {self._other()}",)),
            (2, lambda: self._by_name(world)),
        ]  # fmt: skip
        pays: list[tuple[int, Callable[[], Steps]]] = [
            (24, lambda: self._pay(world)), (8, lambda: self._begin(world)),
            (8, lambda: self._late(world)), (2, lambda: self._many(world)),
            (5, lambda: self._wrongs(world)), (4, self._misshapen), (5, lambda: (self._checked(),)),
            (4, lambda: self._twins(world)),
        ]  # fmt: skip
        if world.standard or not world.claims.applications:
            return known + pays
        return [*known, (40, lambda: self._enter(world)), (4, self._chance.of(pays)[1])]

    def _other(self) -> str:
        return self._chance.of(_ELSEWHERE)

    def _by_name(self, world: SamWorld) -> Steps:
        """SELECT of a name that an FCI had: as it is, its beginning, or another at one end."""
        names = sorted({named(fci) for fci in world.seen.fcis.values()} - {b""})
        if not names:
            return (f"select {self._other()}",)
        name = self._chance.of(names)
        first, last = bytes((name[0] ^ 0x01,)), bytes((name[-1] ^ 0x01,))
        said = self._chance.of((name, name[:-1], name[:-1] + last, first + name[1:], name + last))
        return (f"select {said.hex().upper()}", *self._pay(world))

    def _enter(self, world: SamWorld) -> Steps:
        names = [*dict.fromkeys(world.claims.applications.values())] or [TUNION]
        name = self._chance.of(names)
        if world.session.df == "3F00" or self._chance.one_in(3):
            return (f"select {name}",)
        return ("select mf",) if self._chance.one_in(4) else ("select mf", f"select {name}")

    def _read(self) -> Steps:
        sfi = self._chance.of((*_FILES, *_FILES, "01"))
        offset = self._chance.of((0, 0, 0, 1, 2, 3, 5, 6, 7, 13, 14, 24, 25, 255))
        le = self._chance.of((0, 0, 0, 1, 2, 3, 6, 7, 14, 25, 255))
        return (f"read {sfi} {offset} {le}",)

    def _challenges(self) -> Steps:
        size = self._chance.of((4, 8))
        if self._chance.one_in(6):
            return (f"challenge {size}", "reset", f"challenge {size}", f"challenge {size}")
        times = _CHALLENGES if self._chance.one_in(12) else 1 + self._chance.below(3)
        return (f"challenge {size}",) * times

    def _odd(self) -> Steps:
        known = _ODD + (_FRAGMENTS if "fragments" in self._can else ())
        return (self._chance.of(known),)

    # -- purchases -----------------------------------------------------------------------

    def _new(self) -> str:
        self._mark += 1
        return str(self._mark)

    def _plain(self) -> str:
        """INIT FOR PURCHASE of a card: a new one, one that was here, or one of another issuer."""
        card, issuer = self._chance.of(("1", "2", self._new())), self._chance.of(("1", "1", "2"))
        amount = self._chance.of((*_AMOUNTS, str(self._chance.below(1 << 20))))
        return f"init {amount} {self._chance.of(_TYPES)} {card} {issuer} {self._new()}"

    def _purchase(self, world: SamWorld) -> str:
        """The same; now and then by another key, or with another number of factors."""
        step = self._plain()
        if self._chance.one_in(15):
            levels = "2" if world.standard == LNT else "1"
            step += self._chance.of((f" levels={levels}", " key=0200", " key=0101", " key=0F00"))
        return step

    def _pay(self, world: SamWorld) -> Steps:
        return (self._purchase(world), "check")

    def _begin(self, world: SamWorld) -> Steps:
        return tuple(self._purchase(world) for _ in range(1 + self._chance.below(3)))

    def _checked(self) -> str:
        if self._gentle:
            return "check"
        text = self._chance.of(("check", "check 1", "check 1", "check 2"))
        return f"{text} {self._wrong()}" if self._chance.one_in(3) else text

    def _wrong(self) -> str:
        return self._chance.of(_WRONG)

    def _late(self, world: SamWorld) -> Steps:
        """What ends a purchase, or comes too late or twice for it."""
        begin, wrong = self._purchase(world), f"check {self._wrong()}"
        enter = _enter(world)
        return self._chance.of((
            (begin, "check", "check"), (begin, wrong, "check"), (begin, wrong),
            (begin, "reset", "check"), (begin, "reset", enter, "check"), (begin, enter, "check"),
            (begin, "select mf", "check"), (begin, "challenge 8", "check"),
            (begin, "read 16 0 6", "check"), (begin, self._purchase(world), "check 1", "check"),
            (begin, self._purchase(world), "check"), (begin, "check", "reset", enter, begin),
            (begin, "check", *(("reset", "select mf", enter)), begin, "check 1"),
        ))  # fmt: skip

    def _many(self, world: SamWorld) -> Steps:
        """Purchases in a row; now and then as many as a byte counts, and one more."""
        count = _BYTE if self._chance.one_in(4) else 5
        steps: list[str] = []
        for _ in range(count):
            steps += [self._plain(), "check"]
        return tuple(steps)

    def _wrongs(self, world: SamWorld) -> Steps:
        """Wrong MAC2 in a row, as many as are borne where the form says it, or one fewer.

        Now and then a right one stands between two such rows: it gives the tries back.
        """
        tries = world.claims.tries
        count = tries if tries and self._chance.one_in(2) else _FEW
        steps: list[str] = []
        if self._chance.one_in(2):
            steps += [*self._row(world, count - 1), *self._pay(world)]
        steps += self._row(world, count - self._chance.below(2))
        return (*steps, *self._pay(world))

    def _misshapen(self) -> Steps:
        """A purchase of which one command is wrong by its length or its parameters."""
        edit, begin = self._chance.of(_SHAPES), self._plain()
        if self._chance.one_in(2):
            return (f"{begin} {edit}", "check")
        return (begin, f"check {edit}")

    def _twins(self, world: SamWorld) -> Steps:
        """Two purchases of which one thing is other, or nothing: no answer is that of the first."""
        amount, type_, card, issuer, text = self._plain().split()[1:]
        other = self._new()
        twin = self._chance.of((
            (str(int(amount) ^ 1 << self._chance.below(32)), type_, card, issuer, text),
            (amount, self._chance.of(_TYPES), card, issuer, text),
            (amount, type_, other, issuer, text), (amount, type_, card, other, text),
            (amount, type_, card, issuer, text),
            *((amount, type_, card, issuer, text, f"{name}={other}") for name in OF_THE_MARK),
        ))  # fmt: skip
        first = " ".join(("init", amount, type_, card, issuer, text))
        between = self._chance.of(((), ("check",), ("check", "reset", _enter(world))))
        return (first, *between, " ".join(("init", *twin)), "check")

    def _row(self, world: SamWorld, count: int) -> Steps:
        steps: list[str] = []
        for _ in range(count):
            steps += [self._plain(), f"check {self._wrong()}"]
        return tuple(steps)


def _enter(world: SamWorld) -> str:
    """Selects what is selected anew; behind a reset too."""
    return f"select {world.standard or TUNION}"
