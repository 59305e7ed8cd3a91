"""Numbers that stand in place of real ones.

A replacement is made of its original with a keyed hash. The key is handed in and nobody keeps
it, so a replacement leads back to nobody, yet one original becomes the same replacement
everywhere. Length, issuer part and alphabet stay; so does a check digit where the original had
one. No replacement is an original, and no two originals get the same one; a number too short
for that becomes zeros.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ykt_sim.meaning.hiding.identities import FACTOR_DIGITS, LNT_PREFIX, PAN_DIGITS, is_blank

#: The first eight digits of a T-Union card number name the issuer (IIN).
IIN_DIGITS: Final = 8
#: Digits of a PAN that are printed on Lingnan Tong cards; on dual cards both numbers hold
#: them [DUMP dual-guangzhou-2024].
_BODY: Final = slice(8, 18)
#: Digits of a Lingnan Tong number; the first six are the same on all cards.
LNT_DIGITS: Final = 16
#: Digits of a terminal number; the first four say whose kind of device it is.
TERMINAL_DIGITS: Final = 12
_TERMINAL_PREFIX: Final = 4
#: With so few digits that are not leading zeros a number tells nothing and is found anywhere.
_SIGNIFICANT: Final = 6
#: Hashes to try before a number counts as too short to be replaced.
_TRIES: Final = 1_000
_SHORTEST_NAME: Final = 2
#: Digits from which a number is searched for as a whole; shorter ones are parts.
LONG: Final = 8
_PART: Final = 4
_HEX_RUN: Final = re.compile(r"[0-9A-Fa-f]{8,}")


def luhn(number: str) -> str:
    """Check digit that belongs behind these digits [ISO/IEC 7812-1]."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def telling(number: str) -> bool:
    """True for a number with enough digits of its own to be recognised by."""
    return len(number.lstrip("0").rstrip("F")) >= _SIGNIFICANT


class NumberSearch:
    """Finds any of many numbers in one pass over a text.

    Args:
        numbers: hex digits in upper case; those shorter than `LONG` are left out.
    """

    def __init__(self, numbers: Iterable[str]) -> None:
        self._numbers = frozenset(number for number in numbers if len(number) >= LONG)
        self._sizes = sorted({len(number) for number in self._numbers}, reverse=True)

    def find(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Places in a part of a text, side by side, the longest number first."""
        for run in _HEX_RUN.finditer(text, start, end):
            digits, at = run[0].upper(), 0
            while at < len(digits):
                parts = (digits[at : at + size] for size in self._sizes)
                found = next((len(part) for part in parts if part in self._numbers), 0)
                if found:
                    yield run.start() + at, run.start() + at + found
                at += found or 1


@dataclass
class Pseudonyms:
    """Originals and their replacements, over all files of a run.

    Originals are learnt first, from everything; replacements are given afterwards, so that
    none of them can be an original.

    Attributes:
        secret: key of the hash.
        people: names and numbers of persons, as text.
    """

    secret: bytes
    people: set[str] = field(default_factory=set)
    _originals: set[str] = field(default_factory=set)
    _made: dict[tuple[str, str], str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _suffixes: dict[str, str] = field(default_factory=dict)
    _bodies: set[str] = field(default_factory=set)
    _public: set[str] = field(default_factory=set)
    _all: frozenset[str] = frozenset()
    _search: NumberSearch = field(default_factory=lambda: NumberSearch(()))
    _parts: frozenset[str] = frozenset()
    _counted: int = -1

    # -- learning --------------------------------------------------------------------

    def allow(self, code: str) -> None:
        """Take the number of an institution, which stays and may stand in texts."""
        if not is_blank(code):
            self._public.add(code)

    def is_public(self, digits: str) -> bool:
        """True for the number of an institution that the traces name."""
        return digits in self._public

    def learn_pan(self, number: str) -> None:
        """Take a T-Union card number, 19 digits."""
        if is_blank(number):
            return
        self._originals.add(number)
        if len(number) == PAN_DIGITS:
            self._suffixes[number[-FACTOR_DIGITS:]] = number
            self.allow(number[:IIN_DIGITS])

    def learn_lnt(self, number: str) -> None:
        """Take a Lingnan Tong card number, 16 digits."""
        if not is_blank(number[len(LNT_PREFIX) :]):
            self._originals.add(number)

    def learn_terminal(self, number: str) -> None:
        """Take a terminal number, 12 digits, or 16 with what stands before it."""
        number = number[-TERMINAL_DIGITS:]
        if not is_blank(number):
            self._originals.add(number)

    def learn_person(self, raw: bytes) -> None:
        """Take a name or the number of a person's document, as a card keeps it."""
        raw = raw.strip(b"\x00\xff ")
        text = raw.decode("gb18030", "ignore").strip()
        if len(text) < _SHORTEST_NAME or not text.strip("0"):
            return
        self.people.add(text)
        if re.fullmatch(r"[0-9]{8,}", text):
            self._originals.add(text)
        if len(raw) * 2 >= LONG:
            self._originals.add(raw.hex().upper())

    def learn_factor(self, digits: str) -> None:
        """Take what diversifies keys, where the number it is of may not be known."""
        self.learn(digits)

    def learn_part(self, digits: str) -> None:
        """Take a part of a card number."""
        self.learn(digits)

    def learn(self, digits: str) -> None:
        """Take any other number, hex."""
        if not is_blank(digits):
            self._originals.add(digits)

    @property
    def originals(self) -> frozenset[str]:
        """Everything learnt, and the parts of it that stand alone elsewhere."""
        self._count()
        return self._all

    def is_part(self, digits: str) -> bool:
        """True for four to seven digits that are a part of an original."""
        self._count()
        return digits in self._parts

    def find(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Places of originals in a part of a text."""
        self._count()
        return self._search.find(text, start, end)

    def _count(self) -> None:
        """Work out again what depends on all originals, when one has come."""
        if self._counted == len(self._originals):
            return
        self._counted = len(self._originals)
        self._bodies = {n[len(LNT_PREFIX) :] for n in self._originals if _is_lnt(n)}
        self._bodies |= {pan[_BODY] for pan in self._suffixes.values() if pan.isdecimal()}
        self._bodies = {body for body in self._bodies if not is_blank(body)}
        parts = set(self._suffixes) | self._bodies
        self._all = frozenset(self._originals | {part for part in parts if not is_blank(part)})
        self._search = NumberSearch(self._all)
        self._parts = frozenset(
            number[at : at + size]
            for number in self._all
            for size in range(_PART, LONG)
            for at in range(len(number) - size + 1)
        )

    # -- giving ----------------------------------------------------------------------

    def pan(self, number: str) -> str:
        """Replacement of a card number: issuer part kept, on dual cards in step with `lnt`."""
        if is_blank(number):
            return number
        if len(number) != PAN_DIGITS or not number.isdecimal():
            return self._make("pan", number, min(IIN_DIGITS, len(number) // 2))
        found = self._made.get(("pan", number))
        if found is None:
            found = self._whole(number)
            self._made["pan", number] = found
            self._used.add(found)
        return found

    def _whole(self, number: str) -> str:
        """IIN, the printed number's replacement, and a last digit."""
        head = number[:IIN_DIGITS] + self._make("body", number[_BODY], 0)
        if luhn(number[:-1]) == number[-1]:
            return head + luhn(head)
        shift = int(number[-1]) + self._hash("last", head, 0)[0]
        made = (f"{head}{(shift + step) % 10}" for step in range(10))
        return next((new for new in made if new not in self._used), f"{head}{shift % 10}")

    def factor(self, digits: str) -> str:
        """Replacement of a diversification factor: the number's last 16 digits."""
        if digits in self._suffixes:
            return self.pan(self._suffixes[digits])[-FACTOR_DIGITS:]
        if _is_lnt(digits) or digits in self._originals:
            return self.lnt(digits)
        if is_blank(digits):
            return digits
        return self._make("factor", digits, IIN_DIGITS - (PAN_DIGITS - FACTOR_DIGITS))

    def lnt(self, number: str) -> str:
        """Replacement of a Lingnan Tong number."""
        if not _is_lnt(number):
            return self.other("lnt", number)
        printed = number[len(LNT_PREFIX) :]
        return number if is_blank(printed) else LNT_PREFIX + self._make("body", printed, 0)

    def terminal(self, number: str) -> str:
        """Replacement of a terminal number; what stands before its 12 digits stays."""
        head, tail = number[:-TERMINAL_DIGITS], number[-TERMINAL_DIGITS:]
        if is_blank(tail):
            return number
        return head + self._make("terminal", tail, _TERMINAL_PREFIX)

    def other(self, kind: str, digits: str, keep: int = 0) -> str:
        """Replacement of another number, digit by digit in its own alphabet."""
        return digits if is_blank(digits) else self._make(kind, digits, keep)

    def code(self, kind: str, raw: bytes) -> bytes:
        """Bytes that look like a code and are none, the same for the same original."""
        return self._hash(kind, raw.hex(), 0)[: len(raw)]

    def known(self, text: str) -> str | None:
        """Replacement of a number or a part of one by the text alone; None for others."""
        self._count()
        if text in self._suffixes:
            return self.factor(text)
        if text in self._originals:
            if len(text) == PAN_DIGITS:
                return self.pan(text)
            if _is_lnt(text):
                return self.lnt(text)
            if len(text) == TERMINAL_DIGITS:
                return self.terminal(text)
            return next((new for (_, old), new in self._made.items() if old == text), None)
        return self._make("body", text, 0) if text in self._bodies else None

    def masked(self, text: str) -> str | None:
        """A number with stars in its middle, as the replacement would be masked."""
        head, stars, tail = re.fullmatch(r"([0-9]*)(\*+)([0-9]*)", text.strip()).groups()  # type: ignore[union-attr]
        fits = [
            number
            for number in self._originals
            if len(number) == len(text) and number.startswith(head) and number.endswith(tail)
        ]
        new = self.known(fits[0]) if len(fits) == 1 else None
        if new is None:
            return None
        return new[: len(head)] + stars + new[len(new) - len(tail) :]

    def _make(self, kind: str, original: str, keep: int) -> str:
        self._count()
        found = self._made.get((kind, original))
        if found is not None:
            return found
        for attempt in range(_TRIES):
            new = original[:keep] + self._digits(kind, original, keep, attempt)
            taken = new in self._originals or new in self._bodies or new in self._used
            if not taken and not is_blank(new[keep:]):
                break
        else:
            new = "0" * len(original)
        self._made[kind, original] = new
        self._used.add(new)
        return new

    def _digits(self, kind: str, original: str, keep: int, attempt: int) -> str:
        """Digits of the original's alphabet, decimal or hex; a trailing filling stays."""
        tail = original[keep:]
        body = tail.rstrip("F") if not tail.isdecimal() else tail
        base = 10 if body.isdecimal() else 16
        stream = int.from_bytes(self._hash(kind, original, attempt, 2 * len(tail) + 16), "big")
        digits = ""
        for _ in body:
            stream, digit = divmod(stream, base)
            digits += "0123456789ABCDEF"[digit]
        return digits + tail[len(body) :]

    def _hash(self, kind: str, text: str, attempt: int, size: int = 64) -> bytes:
        message = f"{kind}|{text}|{attempt}".encode()
        digest = hmac.new(self.secret, message, hashlib.sha256).digest()
        return hashlib.shake_256(digest).digest(size)


def _is_lnt(number: str) -> bool:
    return len(number) == LNT_DIGITS and number.startswith(LNT_PREFIX)
