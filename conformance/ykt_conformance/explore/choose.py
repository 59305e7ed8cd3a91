"""What to try next: steps weighted by what the model knows of the card.

Valid steps go on with what is begun, wrong ones miss it by one thing. What a step may have
changed is read back now and then, by every command that tells of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from ykt_conformance.drive import commands as c
from ykt_conformance.explore.bends import Bends
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.endings import Endings
from ykt_conformance.explore.secrets import WRONG_MAC, Secrets, Steps
from ykt_conformance.explore.steps import NAMES, STRAY
from ykt_conformance.model.state import Directory
from ykt_conformance.model.world import BASIC, ECASH, MIFARE, PPSE, World
from ykt_sim.codes import LNT, TUNION, Operation

#: Amounts around what there is, what fits, and where bytes end, in the words of steps.
_SPENT: Final = ("0", "1", "2", "100", "255", "256", "all", "all-1", "all+1", "actual", "actual+1",
                 "65535", "65536", "16777216", "4294967295")  # fmt: skip
_LOADED: Final = ("0", "1", "100", "1000", "room", "room-1", "room+1", "room+200", "70000",
                  "16777216", "4294967295")  # fmt: skip
_LIMITS: Final = ("0", "1", "500", "2000", "all", "all+1", "actual", "65536", "16677215",
                  "16677216", "16777215")  # fmt: skip
_TYPES: Final = ("02", "03", "06", "07", "09", "01", "00")
_WRONG_INIT: Final = (" key=0E", " key=0E", " key=0E", " key=02", " key=00", " p2=01", " p2=02",
                      " p1=02", " p1=07", " le=05", " le=00", " le=no")  # fmt: skip
_WRONG_COMMIT: Final = ("p1=02", "p1=03", "p1=01", "p2=02", "p1=07", "cut=1", "add=1", "le=05",
                        "le=00", "le=no", "p2=07")  # fmt: skip
_EDITS: Final = (
    "cla=00", "cla=04", "cla=80", "cla=81", "cla=84", "cla=D0", "ins=7F", "ins=F7", "ins=02",
    "p1=01",
    "p1=07", "p1=FF", "p2=00", "p2=01", "p2=07", "p2=55", "le=no", "le=00", "le=01", "le=04",
    "le=05", "le=08", "le=FF", "cut=1", "cut=2", "add=1", "add=8", "spoil=0", "spoil=1", "spoil=4",
    "spoil=7", "spoil=10", "cut=1 p1=07", "add=1 le=05",
)  # fmt: skip
_BROKEN: Final = ("send 805001020B01", "send 00A404000AA0000006", "send 0020000006313233")
_FRAGMENTS: Final = ("send 00", "send 00A4", "send 00B095")
#: Reads of EF 1A in full: by number, by identifier, by both bytes of it.
_IDS: Final = (0x01, 0x02, 0x03, 0x11, 0x12, 0x13, 0x00)

#: Steps drawn to choose the least tried of.
_DRAWN: Final = 3
#: Transactions in which a counter of one byte comes round.
_BYTE: Final = 0x101
#: Lists of steps of which it is remembered how often they were tried.
_REMEMBERED: Final = 200_000
Family = Callable[[], Steps]


class Chooser:
    """Gives the next steps.

    Args:
        chance: of the exploration.
        can: what the target can do.
        tried: how often steps were drawn, on this card and on those before it.
        gentle: the target gives no fresh card: nothing is done that cannot be undone.
    """

    def __init__(
        self, chance: Chance, can: frozenset[str], tried: Counter[tuple[str, ...]], *, gentle: bool
    ) -> None:
        self._chance = chance
        self._can = can
        self._mark = 0
        self._gentle = gentle
        self._secrets = Secrets(chance, self._new, gentle=gentle)
        self._endings = Endings(chance, self._new, gentle=gentle)
        self._industry_read = "send 00B201D000"
        self._tried = tried
        self._bends = Bends(between=12, tear=_tears, writes=8, pull=90, edit=self._edit,
                            whole=_shows if gentle else _none)  # fmt: skip

    def next(self, world: World) -> Steps:
        """Steps that belong together: of some that were drawn those that were tried least here."""
        here = str(world.session.df)
        drawn = [self._some(world) for _ in range(_DRAWN)]
        keys = [(here, *map(_unmarked, steps)) for steps in drawn]
        counts = [self._tried[key] for key in keys]
        best = counts.index(min(counts))
        if len(self._tried) >= _REMEMBERED:
            self._tried.clear()
        self._tried[keys[best]] += 1
        return self._bends.bent(drawn[best], lambda: self._some(world), self._chance, self._can)

    def _some(self, world: World) -> Steps:
        return self._chance.weighted(self._families(world))()

    def _edit(self) -> str:
        """A change of one thing: one that is known to tell, or any value of a byte."""
        if not self._chance.one_in(4):
            return self._chance.of(_EDITS)
        name = self._chance.of(("cla", "p1", "p2", "le"))
        return f"{name}={self._chance.below(256):02X}"

    def _new(self) -> str:
        self._mark += 1
        return str(self._mark)

    # -- families ------------------------------------------------------------------------

    def _families(self, world: World) -> list[tuple[int, Family]]:
        here = world.here
        known: list[tuple[int, Family]] = [
            (2, lambda: ("reset",)),
            (2, self._malformed),
            (2, lambda: self._enter(world)),
        ]
        if not world.session.known or here is None:
            return [*known, (30, lambda: self._enter(world)), (3, self._stray)]
        if here.blocked:
            return [*known, (12, lambda: self._secrets.blocked(here)), (6, self._stray),
                    (8, lambda: self._read(world, here))]  # fmt: skip
        known += [
            (6 if here.purse is not None else 36, lambda: self._enter(world)),
            (24, lambda: self._read(world, here)),
            (4, self._secrets.challenges),
            (1, self._select_else),
        ]
        if here.standard in (TUNION, LNT, BASIC):
            known += [
                (5, lambda: self._secrets.secured(here)),
                *([] if self._gentle else [(3, lambda: self._secrets.block(here))]),
            ]
        if here.purse is not None:
            known += self._purse(world, here)
        else:
            known.append((2, self._stray))
        return known

    def _purse(self, world: World, here: Directory) -> list[tuple[int, Family]]:
        known: list[tuple[int, Family]] = [
            (18, lambda: self._begin(world, here)),
            (14, lambda: self._whole(world, here)),
            (6, lambda: self._secrets.pin(here)),
            (5, lambda: self._prove(here)),
            (3, self._stray),
            (2, lambda: ("again",)),
            (8, lambda: self._late(world, here)),
            (2, lambda: self._many(world, here)),
            (10, lambda: self._endings.ended(world, here)),
            *([] if self._gentle else [(4, lambda: self._endings.lasting(here))]),
        ]
        transaction = world.session.transaction
        if transaction is not None:
            known.append((40, lambda: self._finish(world, here, transaction.operation)))
        return known

    def _enter(self, world: World) -> Steps:
        names = [name for name in NAMES if name in world.state.directories]
        purses = [name for name in names if name in (TUNION, LNT)]
        if not names:
            return self._select_else()
        name = self._chance.of(purses if purses and not self._chance.one_in(3) else names)
        if name == LNT and world.keys.get(LNT, "purchase") is None:
            return (f"select {BASIC}", "send 00B0950000", f"select {LNT}")
        if self._chance.one_in(12):
            return (f"select {name} {self._chance.of(('le=no', 'p2=55', 'p1=55'))}",)
        return (f"select {name}",)

    def _select_else(self) -> Steps:
        names = ["F000000000010105", "A0000006320101", "A00000063201", "A000000632010109", "DDF1",
                 "ADF3", "3F00", "0015", "A000000632010105" + "00" * 9, MIFARE, ECASH, PPSE,
                 "A0000006320101055800022058100000"]  # fmt: skip
        return (f"select {self._chance.of(names)}",)

    # -- reading ---------------------------------------------------------------------------

    def _read(self, world: World, here: Directory) -> Steps:
        choices: list[tuple[int, Family]] = []
        if here.purse is not None:
            choices.append((8, lambda: self._balance(world)))
            count = world.form[here.standard]["log_records"]
            choices.append((6, lambda: self._numbered(c.LOG, count)))
        if here.standard == TUNION:
            trips = world.form[TUNION]["trip_records"]
            choices += [(4, lambda: self._numbered(c.TRIPS, trips)), (6, self._industry),
                        (1, lambda: self._numbered(c.PRIVATE, 1))]  # fmt: skip
        if here.standard in (TUNION, BASIC):
            choices.append((6, lambda: self._binary(here)))
        if here.standard == BASIC:
            choices.append(
                (
                    2,
                    lambda: (
                        self._chance.of(
                            (
                                "send 00B2184000",
                                "send 00B2C84000",
                                "send 00B2014400",
                                "send 00B2554000",
                            )
                        ),
                    ),
                )
            )
        if here.standard == ECASH:
            choices.append(
                (
                    2,
                    lambda: (
                        self._chance.of(
                            (
                                "send 80CA9F7900",
                                "send 80CA9F7909",
                                "send 80CA9F5D00",
                                "send 80A8000002830000",
                            )
                        ),
                    ),
                )
            )
        choices.append((1, self._wrong_read))
        return self._chance.weighted(choices)()

    def _balance(self, world: World) -> Steps:
        if self._chance.one_in(6):
            p1, p2, le = self._chance.below(18), self._chance.of((0, 1, 2, 3, 7)), 4
            return (f"send 805C{p1:02X}{p2:02X}{self._chance.of((le, 0, 16, 5)):02X}",)
        last = 6 if world.form["behaviour"]["balance_p1"] else 1
        if self._chance.one_in(4):
            return tuple(_balance_of(p1) for p1 in range(last))
        return (_balance_of(self._chance.below(last)),)

    def _numbered(self, sfi: int, count: int) -> Steps:
        if self._chance.one_in(10):
            return tuple(_numbered(number, sfi) for number in range(1, count + 1))
        number = self._chance.of((1, 1, 1, 2, 2, 3, count, count, count - 1 or 1, count + 1, 0))
        if self._chance.one_in(6):
            le = self._chance.of((0x17, 0x16, 0x30, 0x05, 0x80, 0x01))
            return (_numbered(number, sfi) + f" le={le:02X}",)
        return (_numbered(number, sfi),)

    def _industry(self) -> Steps:
        low = self._chance.of((*_IDS, *range(1, 19)))
        by_number = 1 + self._chance.below(19)
        return (self._chance.of((
            f"send 00B2{low:02X}D000", f"send 80B400D00227{low:02X}00",
            f"send 00B2{by_number:02X}D400", f"send 80B400D0022A{low:02X}00",
            f"send 00B2{low:02X}D000 le={self._chance.of((0x80, 0x7F, 0x10)):02X}",
        )),)  # fmt: skip

    def _binary(self, here: Directory) -> Steps:
        sfi = self._chance.of((c.APPLICATION, c.APPLICATION, c.CARDHOLDER, c.CARD_INFO))
        if here.standard == BASIC:
            sfi = c.APPLICATION
        offset = self._chance.of((0, 0, 0, 1, 5, 8, 29, 30, 31, 54, 55, 60, 100, 200))
        le = self._chance.of((0, 0, 0, 1, 2, 8, 0x1E, 0x1D, 0x37))
        if self._chance.one_in(8):
            return (f"send 00B0{offset:04X}{le:02X}",)
        return (f"send 00B0{c.by_sfi(sfi):02X}{offset:02X}{le:02X}",)

    def _wrong_read(self) -> Steps:
        return (self._chance.of((
            "send 00B09D0000", "send 00B201EC00", "send 00B0980000", "send 00B201AC00",
            "send 00B0F50000", "send 00B201C700", "send 00B201C500", "send 00B20104FF",
            "send 80B401D002270100", "send 00B0000000",
        )),)  # fmt: skip

    # -- transactions ------------------------------------------------------------------------

    def _operation(self, world: World, here: Directory) -> str:
        claimed = world.form[here.standard]
        known = [name for name, word in _CLAIMS.items() if claimed[word]]
        if self._chance.one_in(15):
            return self._chance.of(tuple(_CLAIMS))
        return self._chance.of(known)

    def _begin(self, world: World, here: Directory) -> Steps:
        operation = self._operation(world, here)
        steps: Steps = ()
        asks = claimed_pin(world.form, here.standard)
        if operation in _HOST and asks and world.session.pin is not True:
            steps = ("verify",) if not self._chance.one_in(4) else ()
        amounts = _LOADED if operation == Operation.LOAD else _SPENT
        amount = self._chance.of(amounts) if operation != Operation.OVERDRAFT else ""
        text = f"init {operation} {amount}".strip()
        if self._chance.one_in(16):
            text += self._chance.of(_WRONG_INIT)
        return (*steps, text)

    def _whole(self, world: World, here: Directory) -> Steps:
        """A transaction from INITIALIZE to commit, and what tells of it."""
        begin = self._begin(world, here)
        operation = begin[-1].split()[1]
        steps = (*begin, *self._finish(world, here, operation))
        if self._chance.one_in(2):
            steps += (self._chance.of(("send 00B201C400", _balance_of(0), "prove last last")),)
        if self._chance.one_in(3) and operation == Operation.COMPOSITE:
            steps += ("send 00B201F400", "send 00B202F400", self._industry_read)
        return steps

    def _finish(self, world: World, here: Directory, operation: str) -> Steps:
        del world
        text = f"commit {self._new()}"
        if operation == Operation.OVERDRAFT:
            text += f" {self._chance.of(_LIMITS)}"
        wrong = self._chance.below(14)
        if wrong == 0:
            text += f" {self._chance.of(WRONG_MAC)}"
        elif wrong == 1:
            text += f" spoil={self._chance.below(11)}"
        elif wrong == 2 and operation == Operation.PURCHASE:
            text += " p1=02"
        elif wrong == 3:
            text += f" {self._chance.of(_WRONG_COMMIT)}"
        steps: Steps = ()
        composite = operation == Operation.COMPOSITE and here.standard == TUNION
        if composite or self._chance.one_in(40):
            steps = self._updates()
        if self._chance.one_in(8):
            steps += (self._chance.of((_balance_of(0), "send 00B201C400", "send 00B0950000",
                                       "send 00B201F400", "challenge 4")),)  # fmt: skip
        return (*steps, text)

    def _late(self, world: World, here: Directory) -> Steps:
        """A commit after something that ends its transaction, or may; updates that were left."""
        begin = self._begin(world, here)
        operation = begin[-1].split()[1]
        back = f"select {here.standard}"
        others = [name for name in world.state.directories if name != here.standard]
        other = f"select {self._chance.of(others)}" if others else back
        between = self._chance.of((
            (), (back,), (other, back), ("reset", back), (f"commit {self._new()} mac=flip3",),
            (f"commit {self._new()} cut=1",), ("init purchase all+1",), (_balance_of(0),),
            ("send 00B201C400",), (begin[-1],), ("prove last last",), ("challenge 4",),
        ))  # fmt: skip
        updates = self._updates() if operation == Operation.COMPOSITE else ()
        end = f"commit {self._new()}"
        if operation == Operation.OVERDRAFT:
            end += f" {self._chance.of(_LIMITS)}"
        reads = ("send 00B201F400", self._industry_read) if updates else (_balance_of(0),)
        if self._chance.one_in(3):
            between += (begin[-1],)
        return (*begin, *updates, *between, end, *reads, "send 00B201C400")

    def _many(self, world: World, here: Directory) -> Steps:
        """Transactions beyond the length of a file, and all of the file after them.

        Now and then as many as a byte can count, and one more.
        """
        claimed = world.form[here.standard]
        rides = here.standard == TUNION and claimed["composite"]
        count = claimed["trip_records"] if rides else claimed["log_records"]
        steps: list[str] = []
        for _ in range(_BYTE if self._chance.one_in(20) else count + 1):
            steps.append("init composite 0" if rides else "init purchase 0")
            if rides:
                steps.append(f"cache 1E 00 {self._new()}")
            steps.append(f"commit {self._new()}")
        sfi = c.TRIPS if rides else c.LOG
        return (*steps, *(_numbered(number, sfi) for number in range(1, count + 2)))

    def _updates(self) -> Steps:
        both = self._chance.below(5)
        low = self._chance.of(tuple(range(1, 19)))
        steps: list[str] = []
        if both in (0, 1, 2):
            self._industry_read = f"send 00B2{low:02X}D000"
            steps.append(f"cache 1A {low:02X} {self._new()}")
        if both in (0, 1, 3):
            steps.append(f"cache 1E 00 {self._new()}")
        if self._chance.one_in(4):
            steps.append(self._chance.of((
                f"cache 1A 13 {self._new()}", f"cache 1E 00 {self._new()} cut=1",
                f"cache 1A 03 {self._new()} cut=1", f"cache 1A 03 {self._new()} p1=00",
                f"cache 1E 00 {self._new()} p2=E8", f"cache 1E 00 {self._new()} p2=C0",
                f"cache 1A 03 {self._new()} p1=04",
            )))  # fmt: skip
        if self._chance.one_in(10):
            steps.append(f"send 00B2{low:02X}D000")
            steps.append("send 00B201F400")
        return tuple(steps)

    def _stray(self) -> Steps:
        return (self._chance.of((*STRAY, f"cache 1E 00 {self._new()}", _balance_of(0),
                                 "init purchase 0", "prove 06 1", "send 805C030204")),)  # fmt: skip

    def _prove(self, here: Directory) -> Steps:
        proof = here.purse.proof if here.purse is not None else None
        kind = self._chance.of(("last", "last", "last", *_TYPES))
        number = self._chance.of(("last", "last", "last-1", "last+1", "0", "1"))
        del proof
        text = f"prove {kind} {number}"
        if self._chance.one_in(8):
            text += self._chance.of((" cut=1", " add=1", " p1=01", " le=04"))
        return (text,)

    # -- what is no command -------------------------------------------------------------------

    def _malformed(self) -> Steps:
        known = _BROKEN + (_FRAGMENTS if "fragments" in self._can else ())
        return (self._chance.of((*known, "send 007F000000", "send 80F7000000", "send D0B0950000",
                                 "send D05C000204", "send D084000004")),)  # fmt: skip


_CLAIMS: Final = {Operation.LOAD: "load", Operation.PURCHASE: "simple",
                  Operation.COMPOSITE: "composite", Operation.UNLOAD: "unload",
                  Operation.OVERDRAFT: "overdraft"}  # fmt: skip
_LASTING: Final = ("commit", "line", "record", "block", "unblock", "change", "reload")
#: Steps that show a PIN or a key, or are made under one.
_SECRET: Final = ("verify", "change", "reload", "unlock", "auth", "line", "block", "unblock",
                  "cardblock")  # fmt: skip
_HOST: Final = (Operation.LOAD, Operation.UNLOAD, Operation.OVERDRAFT)


def claimed_pin(form: Mapping[str, Any], standard: str) -> bool:
    """A load on this purse asks for the PIN."""
    return bool(form[standard]["pin_for_load"])


def _balance_of(p1: int) -> str:
    return f"send 805C{p1:02X}02{0x10 if p1 == 5 else 4:02X}"


def _numbered(number: int, sfi: int) -> str:
    return f"send 00B2{number:02X}{sfi << 3 | 4:02X}00"


def _unmarked(step: str) -> str:
    """The step without the mark that makes its data different from others'."""
    words = step.split()
    at = {"commit": 1, "cache": 3, "record": 3}.get(words[0])
    return step if at is None else " ".join(words[:at] + words[at + 1 :])


def _tears(step: str) -> int:
    """How rarely a step is torn: one that changes what a card keeps without power more often."""
    return 10 if step.partition(" ")[0] in _LASTING else 60


def _shows(step: str) -> bool:
    return step.partition(" ")[0] in _SECRET


def _none(_step: str) -> bool:
    return False
