"""Notes and headers of a trace that is given away: what they say of numbers and dates.

Fields whose names are known are rewritten by what they hold. Any other text may hold anything:
the originals in it are replaced, and where digits remain that could be a part of one, it is
reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from ykt_sim.codes import AID_NAMES
from ykt_sim.meaning.classes import ByteClass
from ykt_sim.meaning.hiding.identities import (
    FACTORS,
    NOTED_TERMINALS,
    is_number,
    record_of,
    record_pieces,
)
from ykt_sim.rework.pseudonyms import LONG, Pseudonyms
from ykt_sim.rework.sanitise.fields import Shift, holds_nothing, identity, shifted
from ykt_sim.trace.model import Header, Note
from ykt_sim.wire.digits import iso_date
from ykt_sim.wire.record import Record

Problems = list[tuple[str, int]]

_CODES: Final = frozenset({"tac", "mac2"})
_DATES: Final = frozenset({"time", "datetime", "clock", "date", "created"})
#: Names of note fields whose digits are codes, counts, places or institutions.
_PLAIN: Final = frozenset(
    {
        "acquirer",
        "city",
        "code",
        "counter",
        "iin",
        "issuer",
        "line_station",
        "offset",
        "sequence",
        "terminal_serial",
        "sha256",
        "suite",
    }
)
_TIME: Final = re.compile(r"[0-9T:. -]*|[0-9A-F]{14}")
_TERMINAL: Final = re.compile(r"[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16}")
_CODE: Final = re.compile(r"[0-9A-Fa-f.]{0,64}|YKT-[0-9]{2}")
_ISSUER: Final = re.compile(r"[0-9]{8}F{8}")
_MASKED: Final = re.compile(r"\b[0-9]{2,12}\*{2,}[0-9]{0,6}(?![0-9*])")
#: Digits in texts that are no numbers of anybody: ISO dates, ids of our own cases.
_EXEMPT: Final = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])|\b[CT]-[0-9]{4}\b")
_RAW: Final = "raw"
_RUN: Final = re.compile(r"[0-9A-Fa-f]+")
_DIGITS: Final = re.compile(r"[0-9]{4,}")
_AIDS: Final = frozenset(aid.hex().upper() for aid in AID_NAMES)
_ISO_DATE: Final = re.compile(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")
_MOST_INTEGER: Final = 10**10


class NoteTexts:
    """Rewrites texts with the replacements of one run.

    Args:
        names: the replacements.
    """

    def __init__(self, names: Pseudonyms) -> None:
        self._names = names
        self._shift = Shift(0, date.min)

    # -- rewriting -------------------------------------------------------------------

    def note(self, note: Note, codes: Mapping[bytes, bytes], shift: Shift) -> tuple[Note, Problems]:
        """Give the note with other numbers; and what in it may still hold one, zeroed.

        Args:
            note: the original.
            codes: what took the place of each MAC and TAC of the trace.
            shift: how dates are moved.
        """
        self._shift = shift
        problems: Problems = []
        text = self._free(note.text, "text", problems)
        data = self._value(note.data, (), codes, problems)
        return msgspec.structs.replace(note, text=text, data=data), problems

    def header(self, header: Header, statement: str, shift: Shift) -> tuple[Header, Problems]:
        """Give the header with other numbers, no seed, and a word on what was done."""
        self._shift = shift
        problems: Problems = []
        said = {
            name: self._free(getattr(header, name), name, problems)
            for name in ("source", "card", "terminal")
        }
        provenance = header.provenance.replace(statement, "").rstrip("; ")
        provenance = self._free(provenance, "provenance", problems)
        provenance = f"{provenance}; {statement}" if provenance else statement
        created = self._dated(header.created)
        return msgspec.structs.replace(
            header, **said, created=created, provenance=provenance, seed=None
        ), problems

    def _value(
        self,
        value: object,
        path: tuple[str, ...],
        codes: Mapping[bytes, bytes],
        problems: Problems,
    ) -> Any:
        if isinstance(value, dict):
            out: dict[str, object] = {}
            for key, item in value.items():
                name = self._free(str(key), "name of a member", problems)
                out[name] = self._value(item, (*path, str(key)), codes, problems)
            return out
        if isinstance(value, list | tuple):
            return [self._value(item, path, codes, problems) for item in value]
        if isinstance(value, str):
            return self._text(value, path, codes, problems)
        too_long = isinstance(value, int) and abs(value) >= _MOST_INTEGER
        if too_long:
            problems.append((".".join(path), len(str(value))))
            return 0
        return value

    def _text(
        self, value: str, path: tuple[str, ...], codes: Mapping[bytes, bytes], problems: Problems
    ) -> str:
        name = path[-1] if path else ""
        record = record_of(path)
        if name in _CODES:
            return self._code(value, codes)
        if record is not None:
            return self._record(value, record, name, problems)
        known = self._by_name(value, name, path)
        return known if known is not None else self._free(value, ".".join(path), problems)

    def _by_name(self, value: str, name: str, path: tuple[str, ...]) -> str | None:
        """A text whose field says what it is; None when it says nothing."""
        if FACTORS in path and is_number(value):
            return self._names.factor(value)
        if name in _DATES and _TIME.fullmatch(value):
            return self._dated(value)
        if name in NOTED_TERMINALS and _TERMINAL.fullmatch(value):
            return self._names.terminal(value.upper())
        plain = name in _PLAIN and _CODE.fullmatch(value)
        return value if plain or (FACTORS in path and _ISSUER.fullmatch(value)) else None

    def _code(self, value: str, codes: Mapping[bytes, bytes]) -> str:
        try:
            raw = bytes.fromhex(value)
        except ValueError:
            return "0" * len(value)
        return codes.get(raw, self._names.code("code", raw)).hex().upper()

    def _record(self, value: str, record: type[Record], name: str, problems: Problems) -> str:
        """A file's record in hex: numbers replaced, dates moved, the unknown reported."""
        raw, pieces = record_pieces(value, record)
        if not pieces:
            return self._free(value, name, problems)
        out = bytearray(raw)
        for piece in pieces:
            new = piece.raw
            if piece.byte_class is ByteClass.IDENTITY:
                new = identity(self._names, piece)
            elif piece.byte_class is ByteClass.DATE and self._shift.days:
                new = shifted(piece, self._shift)
            elif piece.byte_class is ByteClass.UNKNOWN and not holds_nothing(piece):
                problems.append((f"{name}.{piece.name}", piece.size))
                new = bytes(piece.size)
            out[piece.offset : piece.offset + piece.size] = new
        return out.hex().upper()

    def _dated(self, value: str) -> str:
        if not self._shift.days:
            return value
        iso = _ISO_DATE.match(value)
        if iso is not None:
            moved = self._shift.digits("".join(iso.groups()))
            return f"{moved[:4]}-{moved[4:6]}-{moved[6:8]}{value[10:]}"
        return self._shift.moment(value)

    # -- free text -------------------------------------------------------------------

    def _free(self, value: str, name: str, problems: Problems) -> str:
        """Text of any kind: numbers replaced, then searched for what remains."""
        rest: list[str] = []
        new: list[str] = []
        at = 0
        for start, end in self._places(value):
            rest.append(value[at:start])
            new += [rest[-1], self._number(value[start:end])]
            at = end
        rest.append(value[at:])
        new.append(rest[-1])
        raw = name.rpartition(".")[2] == _RAW and bool(value.strip("0"))
        left = _EXEMPT.sub(" ", " ".join(rest))
        if raw or any(self._suspicious(run[0]) for run in _RUN.finditer(left)):
            problems.append((name, len(value)))
            return re.sub(r"[0-9A-Fa-f]" if raw else r"[0-9]", "0", value)
        return "".join(new)

    def _number(self, text: str) -> str:
        """Replacement of a number or masked number that stands in a text."""
        if "*" in text:
            return self._masked(text)
        known = self._names.known(text.upper())
        return known if known is not None else "0" * len(text)

    def _masked(self, text: str) -> str:
        found = self._names.masked(text)
        return found if found is not None else "*" * len(text)

    def _places(self, value: str) -> Iterator[tuple[int, int]]:
        """Where originals and masked numbers stand, side by side."""
        at = 0
        for found in _MASKED.finditer(value):
            yield from self._names.find(value, at, found.start())
            yield found.span()
            at = found.end()
        yield from self._names.find(value, at, len(value))

    def _suspicious(self, run: str) -> bool:
        """True for digits that may be a number, or a part of one that is known."""
        run = run.upper()
        if run in _AIDS or not run.strip("0") or self._names.is_public(run):
            return False
        if not self._shift.days and iso_date(run) is not None:
            return False
        if len(run) >= LONG:
            return True
        parts = _DIGITS.findall(run)
        return any(part.strip("0") and self._names.is_part(part) for part in parts)
