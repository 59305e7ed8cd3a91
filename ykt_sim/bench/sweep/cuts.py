"""Where a tap can be cut, and how: the links, the journal and the display count its steps.

A step is a command to the card or the PSAM, a question to the host, a journal line, or the
display. What may happen at one:

=================  ==========================================================================
``leave-before``   the card leaves before it hears the command; ``leave-after``: before its
                   answer is heard; ``leave-heard``: right after its answer
``silent-before``  the command is lost, ``silent-after`` the answer; the card stays
``refuse``         6985 is heard and nothing is done; ``lie``: it is done all the same
``garble``         done, and the answer is cut short
``tear:N``         the power is cut inside the N-th physical write, which leaves neither the old
                   nor the new value; ``stop:N``: before it begins. The card, or the PSAM, alone
``tear-die:N``     the same, and the terminal dies with it; ``stop-die:N`` likewise
``die-before``     the terminal dies before the step; ``die-after``: right after it
``tear:P``         of a line: P percent of its bytes are written, the terminal dies
``zeros``          of a line: the second half of it is zeros, the terminal dies
``absent``         the application is not found (6A82)
=================  ==========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from random import Random
from typing import Final, Literal, NoReturn

import msgspec

from ykt_sim.bench.make import Rng
from ykt_sim.card.memory import CutPlan
from ykt_sim.codes import AID_PPSE, INS, aid_name
from ykt_sim.errors import CardRemovedError, LinkError, PowerCutError, UsageError
from ykt_sim.faults.card import AnyCard
from ykt_sim.sam import Psam
from ykt_sim.sam.memory import SamCutPlan
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import BY_NAME, SELECT, find

Kind = Literal["card", "reset", "psam", "host", "line", "display"]
_LOSES: Final = ("silent-before", "silent-after", "die-before", "die-after")
_LIES: Final = ("refuse", "lie", "garble")
#: What may happen at a step; with numbers of writes where there are any.
HOWS: Final[dict[Kind, tuple[str, ...]]] = {
    "card": ("leave-before", "leave-after", "leave-heard", *_LOSES, *_LIES),
    "reset": ("leave-before", "leave-after", "die-before", "die-after"),
    "psam": (*_LOSES, *_LIES),
    "host": _LOSES,
    "line": ("die-before", "tear", "zeros", "die-after"),
    "display": ("die-before",),
}
#: Of writes to the chip of a card or a PSAM.
WRITES: Final = ("tear", "stop", "tear-die", "stop-die")
#: Percent of a torn line that are written.
PARTS: Final = (1, 50, 99)
#: Only ever done by a case that says so, to the first application that is selected.
ABSENT: Final = "absent"
_SELECT: Final = "SELECT "
_PPSE: Final = _SELECT + aid_name(AID_PPSE)
_KNOWN: Final = frozenset((ABSENT, *WRITES, *(how for hows in HOWS.values() for how in hows)))
_REFUSED: Final = b"\x69\x85"
_NOT_FOUND: Final = b"\x6a\x82"
_TEXT: Final = re.compile(r"([0-9]{1,4}):([a-z-]+)(?::([0-9]{1,4}))?")
#: Commands by which a card tells what became of a transaction.
_TELLS: Final = ("READ RECORD", "GET TRANSACTION PROVE")
#: Highest number of a write that is drawn: more than any command has.
_MOST_WRITES: Final = 24


class DiedError(Exception):
    """The terminal has no power any more."""


class Cut(msgspec.Struct, frozen=True):
    """What happens at which step of a tap.

    Attributes:
        at: the step, from 1.
        how: as in the table above; empty where chance is to choose it when the step is there.
        part: number of the write, or percent of the line.
    """

    at: int
    how: str = ""
    part: int = 0

    def __str__(self) -> str:
        return f"{self.at}:{self.how}" + (f":{self.part}" if self.part else "")

    @classmethod
    def of(cls, text: str) -> Cut:
        """Read it as it is written; raises UsageError."""
        found = _TEXT.fullmatch(text)
        if found is None or found[2] not in _KNOWN:
            raise UsageError(f"a cut is STEP:HOW or STEP:HOW:NUMBER, e.g. 14:leave-after: {text!r}")
        return cls(int(found[1]), found[2], int(found[3] or 0))


class Step(msgspec.Struct, frozen=True):
    """One step of a tap that was not cut.

    Attributes:
        kind: what it is; name: in words.
        writes: physical writes of the chip in it.
    """

    kind: Kind
    name: str
    writes: int = 0

    def cuts(self, at: int) -> Iterator[Cut]:
        """Everything that can happen at it."""
        for how in HOWS[self.kind]:
            if self.kind == "line" and how == "tear":
                yield from (Cut(at, how, part) for part in PARTS)
            else:
                yield Cut(at, how)
        for write in range(1, self.writes + 1):
            yield from (Cut(at, how, write) for how in WRITES)


class Knife:
    """Counts the steps of one tap and cuts it at one of them.

    Args:
        cut: None for a whole tap.
        chance: chooses how, where the cut leaves it open.

    Attributes:
        steps: that were taken.
        done: the cut as it was made, with the step's name; None as long as it was not.
    """

    def __init__(self, cut: Cut | None = None, chance: Random | None = None) -> None:
        self._cut, self._chance = cut, chance
        self.steps: list[Step] = []
        self.done: tuple[Cut, str] | None = None

    def step(self, kind: Kind, name: str) -> Cut | None:
        """One more step; gives what happens at it."""
        self.steps.append(Step(kind, name))
        cut = self._cut
        if cut is None or self.done is not None:
            return None
        if cut.how == ABSENT:
            here = name.startswith(_SELECT) and name != _PPSE
        else:
            here = len(self.steps) == cut.at
        if not here:
            return None
        if not cut.how and self._chance is not None:
            cut = _drawn(cut.at, kind, self._chance)
        self.done = cut, name
        return cut

    def wrote(self, writes: int) -> None:
        """So many physical writes were in the last step."""
        if writes:
            self.steps[-1] = msgspec.structs.replace(self.steps[-1], writes=writes)

    @property
    def mute(self) -> bool:
        """The terminal was told of the card's log or proof what is not true."""
        if self.done is None:
            return False
        cut, name = self.done
        return cut.how in _LIES and name.startswith(_TELLS)


def _drawn(at: int, kind: Kind, chance: Random) -> Cut:
    chips = WRITES if kind in ("card", "psam") else ()
    how = chance.choice((*HOWS[kind], *chips))
    if kind == "line":
        return Cut(at, how, chance.choice(PARTS) if how == "tear" else 0)
    most = _MOST_WRITES if kind == "card" else 2
    return Cut(at, how, chance.randint(1, most) if how in WRITES else 0)


class CutLink:
    """A link to the card or the PSAM with a knife in it.

    Args:
        engine: at the other end; a PSAM has power already.
        kind: ``card`` or ``psam``.
        knife: of this tap.
    """

    def __init__(self, engine: AnyCard | Psam, kind: Literal["card", "psam"], knife: Knife) -> None:
        self._engine, self._kind, self._knife = engine, kind, knife
        self._gone = self._begun = False

    def power_on(self) -> bytes:
        """Reset; the one that begins a tap is no step of it."""
        begun, self._begun = self._begun, True
        cut = self._knife.step("reset", "reset") if begun else None
        if self._gone or (cut is not None and cut.how.endswith("before")):
            self._lose(cut)
        atr = self._engine.power_on()
        if cut is not None:
            self._lose(cut)
        return atr

    def close(self) -> None:
        """Take the power away."""
        self._engine.power_off()

    def transmit(self, apdu: bytes) -> bytes:
        """One command, or what becomes of it."""
        if self._gone:
            self._lose(None)
        cut = self._knife.step(self._kind, named(apdu))
        if cut is None:
            return self._whole(apdu)
        if cut.how in (ABSENT, "refuse"):
            return _NOT_FOUND if cut.how == ABSENT else _REFUSED
        if cut.how.endswith("before"):
            self._lose(cut)
        if cut.how in WRITES:
            return self._inside(apdu, cut)
        answer = self._engine.process(apdu)
        if cut.how == "lie":
            return _REFUSED
        if cut.how == "garble":
            return answer[:1] + answer[-2:] if len(answer) > 2 else b""
        if cut.how == "leave-heard":
            self._leave()
        else:
            self._lose(cut)
        return answer

    def _whole(self, apdu: bytes) -> bytes:
        if isinstance(self._engine, Psam):
            # One commit: the slot, and behind it.
            self._knife.wrote(2 if _keeps(apdu) else 0)
            try:
                return self._engine.process(apdu)
            except PowerCutError:
                self._lose(None)
        self._engine.cut_plan(None)
        answer = self._engine.process(apdu)
        self._knife.wrote(self._engine.writes)
        return answer

    def _inside(self, apdu: bytes, cut: Cut) -> bytes:
        """The power goes in the middle of a write, or before it; what was answered is lost."""
        torn, answer = cut.how.startswith("tear"), b""
        if isinstance(self._engine, Psam):
            self._engine.cut_plan(SamCutPlan(cut.part, torn=torn))
        else:
            self._engine.cut_plan(CutPlan(cut.part, torn=torn))
        with suppress(PowerCutError):
            answer = self._engine.process(apdu)
        self._engine.cut_plan(None)
        self._leave()
        if cut.how.endswith("die"):
            raise DiedError
        # Whoever writes after the answer, or less than that, was heard before the power went; that
        # a PSAM which had nothing to write is without power shows at once.
        heard = answer if self._kind == "card" or _keeps(apdu) else b""
        return heard or self._lose(None)

    def _leave(self) -> None:
        self._gone = True
        self._engine.power_off()

    def _lose(self, cut: Cut | None) -> NoReturn:
        """Nothing is heard any more."""
        how = cut.how if cut is not None else "leave"
        if how.startswith("die"):
            raise DiedError
        if how.startswith("leave") and self._kind == "card":
            self._leave()
            raise CardRemovedError("gone")
        raise LinkError("silent")


def _keeps(apdu: bytes) -> bool:
    """A PSAM writes its number before it answers this."""
    return apdu[1] == INS.SAM_INIT_PURCHASE


@lru_cache(maxsize=256)
def named(apdu: bytes) -> str:
    """A command in words: its name, and what is selected or told by its parameters."""
    command = Command.parse(apdu)
    row = find(command)
    if row is SELECT and command.p1 == BY_NAME:
        return f"{_SELECT}{aid_name(command.data)}"
    return f"{row.name} {command.p1:02X}{command.p2:02X}"


def counting() -> Rng:
    """Randoms that are the same from story to story, and never twice the same in one."""
    drawn = 0

    def rng(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return drawn.to_bytes(count, "big")

    return rng
