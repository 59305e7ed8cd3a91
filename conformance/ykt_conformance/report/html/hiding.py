"""Keeps card numbers, personal data and keys out of a page, in hex and in words.

What has to go is learnt from the decoded traces. A hidden digit is a ``*``, so bytes keep
their places; card numbers keep their ends, as in ``results.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ykt_conformance.judge.redact import mask
from ykt_conformance.judge.view import View
from ykt_sim.codes import Standard
from ykt_sim.errors import YktError
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.hiding.identities import learn_header
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.spans import Span
from ykt_sim.meaning.understand import understand
from ykt_sim.profiles.keyfile import ROLE_TYPES
from ykt_sim.trace.model import Trace
from ykt_sim.wire.fields import FieldKind

#: Fields that are a card's number, or the part of it that diversifies keys.
_NUMBERS: Final = frozenset({"pan", "card_number", "card_number_copy", "factor1"})
_PAN: Final = 19
#: The low digits of a PAN that diversify keys.
_FACTOR: Final = 16
#: Digits of a number that say who issued it; one with fewer others is no card's.
_TELLING: Final = 4
#: Personal bytes shorter than this are hidden in their place only; elsewhere they are chance.
_LONG: Final = 16


class Hider:
    """Replaces what it has learnt."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._known: set[frozenset[str]] = set()
        self._masker = Masker()

    def learn(self, trace: Trace, items: Iterable[Annotated]) -> None:
        """Take card numbers and personal data from a decoded trace, and keys of its cards."""
        numbers: set[str] = set()
        for known in understand(trace):
            self._masker.take(known)
        learn_header(self._masker, trace.header)
        for item in items:
            for span in (*item.command_spans, *item.response_spans):
                if span.name in _NUMBERS:
                    numbers.add(_digits(span).strip("F")[-_PAN:])
                elif span.kind is FieldKind.PERSONAL:
                    self._personal(span)
        for number in sorted(numbers, key=lambda found: (-len(found), found)):
            if len(number.strip("0")) > _TELLING and number not in self._words:
                masked = mask(number)
                self._words[number] = masked
                self._words.setdefault(number[-_FACTOR:], masked[-_FACTOR:])
        if frozenset(numbers) not in self._known:
            self._known.add(frozenset(numbers))
            self._keys(trace)
        self._pattern = None

    def _personal(self, span: Span) -> None:
        digits = _digits(span)
        if len(digits) >= _LONG and len(set(digits)) > 1:
            self._words[digits] = "*" * len(digits)
            shown = bytes.fromhex(digits).rstrip(b"\x00\xff ").decode("gb18030", "ignore")
            if len(shown) > 1:
                self._words[shown.upper()] = "*" * len(shown)

    def _keys(self, trace: Trace) -> None:
        try:
            ring = View.of(trace, {}).keys
        except YktError:
            return
        for standard in Standard:
            found = [ring.get(standard, role) for role in ROLE_TYPES]
            for key in (*found, ring.tac(standard)):
                if key is not None and len(key) >= 8:
                    self._words[key.hex().upper()] = "*" * (2 * len(key))

    def text(self, text: str) -> str:
        """The text without what was learnt; as long as before."""
        if self._pattern is None:
            words = sorted(self._words, key=lambda word: (-len(word), word))
            self._pattern = re.compile("|".join(map(re.escape, words)) or "(?!)", re.IGNORECASE)
        text = self._pattern.sub(lambda found: self._words[found[0].upper()], text)
        return self._masker.text(text)

    def hex(self, data: bytes, spans: Iterable[Span] = ()) -> str:
        """Bytes in hex, two characters each; personal fields among the spans are hidden."""
        digits = self.text(data.hex().upper())
        for span in spans:
            if span.kind is FieldKind.PERSONAL and any(data[span.offset :][: span.size]):
                start, end = 2 * span.offset, 2 * (span.offset + span.size)
                digits = digits[:start] + "*" * (end - start) + digits[end:]
        return digits


def _digits(span: Span) -> str:
    value = span.value
    return value.hex().upper() if isinstance(value, bytes) else str(value).upper()
