"""An independent account of money: card images and journals read as data, by code of its own.

Nothing here is shared with what writes those files: an image is JSON whose cells are looked
up by name, a journal is lines of ``YKTJ1 LENGTH CRC JSON``. Lines are folded in once and
forgotten, so the account takes no more memory however long the journals are.

What must hold after every kill: each card holds what it was issued with, plus loads, minus
purchases on record, but for what is announced and not settled; no record is there twice and none
is missing between two of a card; PSAM numbers only rise; what was told as accepted is on record.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Final

_MARK: Final = b"YKTJ1 "
#: Bytes before the JSON of a line: mark, length, blank, CRC, blank.
_HEAD: Final = len(_MARK) + 8 + 1 + 8 + 1
#: Digits of a card's number that our cards differ in: of a T-Union number (19 digits) the ten
#: before the last, of a Lingnan Tong number the last ten.
_OWN: Final = {19: slice(8, 18), 16: slice(6, 16)}

Record = dict[str, Any]


@dataclass
class Holding:
    """One card as the account sees it.

    Attributes:
        path: of its image.
        issued: fen that it was made with.
        paid, loaded: fen on record.
        disputed: fen that a terminal declared not to be cleared up, by terminal and number there.
        counted: by standard and kind, the counters below which each is accounted for.
        ahead: counters on record beyond that.
        maybe: counters that may have been used without money: a way in, or a dispute.
    """

    path: Path
    issued: int
    paid: int = 0
    loaded: int = 0
    disputed: dict[tuple[str, int], int] = field(default_factory=dict)
    counted: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    ahead: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    maybe: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    def due(self) -> int:
        """Fen that it must hold, by the records."""
        return self.issued + self.loaded - self.paid

    def advance(self, place: tuple[str, str]) -> None:
        """Count on over what is on record, and over what a later record proves to have been."""
        ahead, maybe = self.ahead[place], self.maybe[place]
        while self.counted[place] in ahead or (ahead and self.counted[place] in maybe):
            ahead.discard(self.counted[place])
            maybe.discard(self.counted[place])
            self.counted[place] += 1


class Segments:
    """The journal of one terminal in its files, each line given once.

    Args:
        path: of the newest segment; earlier ones are ``NAME.000001`` and so on.

    Attributes:
        files: segments that there are.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = self._done = 0
        self.files = 0

    def new_lines(self) -> Iterator[bytes]:
        """Whole lines that were not given yet.

        A segment that was cut is read to its end under its number; a copy of the newest one that
        a kill left beside it is read once.
        """
        numbered = self._numbered()
        self.files = len(numbered) + self._path.exists()
        for number in sorted(one for one in numbered if one > self._done):
            if not self._is_newest(numbered[number]):
                yield from self._of(numbered[number])
                self._done, self._at = number, 0
        if self._path.exists():
            yield from self._of(self._path)

    def _numbered(self) -> dict[int, Path]:
        start = f"{self._path.name}."
        found = ((one, one.name.removeprefix(start)) for one in self._path.parent.iterdir())
        return {int(end): one for one, end in found if end.isdigit() and one.name != end}

    def _is_newest(self, older: Path) -> bool:
        with older.open("rb") as one, self._path.open("rb") as other:
            return one.readline() == other.readline()

    def _of(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as stream:
            stream.seek(self._at)
            for line in stream:
                if not line.endswith(b"\n"):
                    return  # what a kill left of one: cut off at the next start
                self._at += len(line)
                yield line


def entry(line: bytes) -> Record | None:
    """The JSON of a line; None when it is damaged."""
    body = line[_HEAD:-1]
    head = b"%b%08X %08X " % (_MARK, len(body), zlib.crc32(body))
    if line[:_HEAD] != head:
        return None
    found = json.loads(body)
    return found if isinstance(found, dict) else None


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """Values of the cells of a kind in a card image; raises OSError, ValueError, KeyError."""
    found = json.loads(path.read_bytes())["cells"]
    return [value for key, value in found if key[0] == kind]


class Account:
    """What every card must hold, and what speaks against it.

    Args:
        state: folder of the journals.

    Attributes:
        cards: by the ten digits they differ in.
        wrong: what was found, each thing once.
        numbers: highest PSAM number by terminal.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._journals: dict[str, Segments] = {}
        self._open: dict[str, dict[int, Record]] = defaultdict(dict)
        self.cards: dict[str, Holding] = {}
        self.wrong: dict[str, None] = {}
        self.numbers: dict[str, int] = {}

    def issue(self, number: str, path: Path, balance: int) -> None:
        """A card was made: its ten digits, its image, fen in it."""
        self.cards[number] = Holding(path, balance)

    def check(self, told: set[tuple[str, int, str]]) -> None:
        """Read what is new and hold it against the cards.

        Args:
            told: terminal, sequence number and TAC of each record that was told as accepted
                since the last time.
        """
        seen: set[tuple[str, int, str]] = set()
        for path in sorted(self._state.glob("*.journal")):
            name = path.name.removesuffix(".journal")
            segments = self._journals.setdefault(name, Segments(path))
            for line in segments.new_lines():
                found = entry(line)
                if found is None:
                    self._say(f"{path.name}: a line cannot be read: {line[:60]!r}")
                else:
                    seen |= {(name, *one) for one in self._take(name, found)}
        for terminal, sequence, tac in sorted(told - seen):
            self._say(f"{terminal}: told as accepted and not on record: {sequence}, TAC {tac}")
        for number, card in self.cards.items():
            self._balance(number, card)

    def settled(self) -> None:
        """At the end nothing may be open, and no counter missing."""
        for name, records in self._open.items():
            for record in records.values():
                self._say(f"{name}: never settled: {_named(record)}")
        for number, card in self.cards.items():
            for (standard, kind), ahead in card.ahead.items():
                if ahead:
                    missing = card.counted[standard, kind]
                    self._say(f"card {number}: no record of {standard} {kind} {missing}")
            self._counters(number, card)

    def balance(self, number: str) -> int:
        """Fen in a card's image; raises OSError, ValueError, KeyError."""
        return sum(
            one.get("actual", 0) - one.get("overdrawn", 0)
            for one in cells(self.cards[number].path, "money")
        )

    def used(self, number: str) -> int:
        """The highest counter of a card on record."""
        return max(self.cards[number].counted.values(), default=0)

    def segments(self) -> int:
        """Files of all journals."""
        return sum(one.files for one in self._journals.values())

    def sums(self) -> tuple[int, int, int]:
        """Fen paid, loaded, disputed, of all cards."""
        every = self.cards.values()
        return (
            sum(one.paid for one in every), sum(one.loaded for one in every),
            sum(sum(map(abs, one.disputed.values())) for one in every),
        )  # fmt: skip

    # -- lines -----------------------------------------------------------------------------

    def _take(self, name: str, found: Record) -> Iterator[tuple[int, str]]:
        """Fold one entry in; gives sequence number and TAC of a record for clearing."""
        waiting = self._open[name]
        for number in found.get("settles", ()):
            over = waiting.pop(number, None)
            if over is not None and over["amount"] == 0:
                self._maybe(over)
        if found["entry"] == "pending":
            record = found["record"]
            waiting[record["sequence"]] = record
            self._number(record)
        clearing, dispute = found.get("clearing"), found.get("dispute")
        if dispute is not None:
            self._card(dispute).disputed[name, dispute["sequence"]] = _signed(dispute)
            waiting.pop(dispute["sequence"], None)
            self._maybe(dispute)
        if clearing is not None:
            waiting.pop(clearing["sequence"], None)
            card = self._card(clearing)
            card.disputed.pop((name, clearing["sequence"]), None)
            if clearing["kind"] == "load":
                card.loaded += clearing["amount"]
            else:
                card.paid += clearing["amount"]
            self._cover(clearing)
            yield clearing["sequence"], clearing["tac"]

    def _number(self, record: Record) -> None:
        used = int(record["terminal_serial"], 16)
        last = self.numbers.get(record["terminal"], 0)
        if used and used <= last:
            self._say(f"{record['terminal']}: PSAM number {used:08X} after {last:08X}")
        self.numbers[record["terminal"]] = max(used, last)

    def _cover(self, record: Record) -> None:
        """A counter is on record: once."""
        card, place = self._card(record), (record["standard"], record["kind"])
        counter = record["counter"]
        if counter < card.counted[place] or counter in card.ahead[place]:
            self._say(f"claimed twice: {_named(record)}")
            return
        card.maybe[place].discard(counter)
        card.ahead[place].add(counter)
        card.advance(place)

    def _maybe(self, record: Record) -> None:
        card, place = self._card(record), (record["standard"], record["kind"])
        if record["counter"] >= card.counted[place] and record["counter"] not in card.ahead[place]:
            card.maybe[place].add(record["counter"])
            card.advance(place)

    def _card(self, record: Record) -> Holding:
        digits = record["card"]
        own = _OWN.get(len(digits))
        return self.cards[digits[own] if own else digits]

    # -- cards -----------------------------------------------------------------------------

    def _balance(self, number: str, card: Holding) -> None:
        """What is in the card is what must be, give or take what is open or disputed."""
        try:
            here = self.balance(number)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._say(f"{card.path.name}: cannot be read: {error}")
            return
        off = here - card.due()
        open_ = [_signed(one) for one in self._waiting(card)] + list(card.disputed.values())
        if off not in sums(open_):
            self._say(
                f"card {number}: holds {here} fen, the records say {card.due()}"
                + (f", open: {open_}" if open_ else "")
            )

    def _waiting(self, card: Holding) -> list[Record]:
        return [
            record for records in self._open.values() for record in records.values()
            if self._card(record) is card
        ]  # fmt: skip

    def _counters(self, number: str, card: Holding) -> None:
        """Each transaction that a card counted is on record."""
        for kind, name in (("purchase", "offline"), ("load", "online")):
            counted = sum(one.get(name, 0) for one in cells(card.path, "purse"))
            known = sum(count for (_, what), count in card.counted.items() if what == kind)
            maybe = sum(len(some) for (_, what), some in card.maybe.items() if what == kind)
            if not known <= counted <= known + maybe:
                self._say(f"card {number}: counted {counted} {kind}s, {known} are on record")

    def _say(self, text: str) -> None:
        self.wrong[text] = None


def sums(amounts: list[int]) -> set[int]:
    """Every sum of some of the amounts; of more than ten, of none and of all."""
    if len(amounts) > 10:
        return {0, sum(amounts)}
    return {sum(some) for count in range(len(amounts) + 1) for some in combinations(amounts, count)}


def _signed(record: Record) -> int:
    amount: int = record["amount"]
    return amount if record["kind"] == "load" else -amount


def _named(record: Record) -> str:
    return (
        f"{record['standard']} {record['kind']} of card {record['card']}, counter"
        f" {record['counter']}, {record['amount']} fen"
    )
