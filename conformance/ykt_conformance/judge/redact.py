"""Takes card numbers and keys out of everything that is written except the traces.

What has to go is learnt from the traces themselves: PANs and logical card numbers that
the card told, and every key the ring knows for it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault
from ykt_sim.codes import INS, Standard, Tag
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.keyfile import ROLE_TYPES
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.commands import BY_SFI
from ykt_sim.wire.ecash import EcashCardInfo
from ykt_sim.wire.files import LntApplication, TunionApplication
from ykt_sim.wire.tlv import Fci

_HEAD, _TAIL = 8, 4
_PAN_DIGITS: Final = 19
#: P1 of READ BINARY of EF 15, which both standards have.
_EF_15: Final = BY_SFI | TunionFile.APPLICATION
_KEY_TEXT: Final = "(key)"


def mask(number: str) -> str:
    """A card number with its middle digits hidden: ``31048703*******0017``."""
    hidden = len(number) - _HEAD - _TAIL
    return number[:_HEAD] + "*" * hidden + number[-_TAIL:] if hidden > 0 else "*" * len(number)


class Redactor:
    """Replaces what it has learnt in any text or plain data."""

    def __init__(self) -> None:
        self._replace: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, calls: Iterable[Call], keys: KeyRing | None = None) -> None:
        """Take card numbers from what cards said, and keys from a ring that has learnt."""
        before = len(self._replace)
        for call in calls:
            if call.channel == "card" and call.response.data:
                for number in _numbers(call):
                    self._hide(number)
        for value in _keys(keys) if keys is not None else ():
            self._replace[value.hex().upper()] = _KEY_TEXT
        if len(self._replace) != before:
            self._compile()

    def learn_facts(self, facts: Mapping[str, Any] | None) -> None:
        """Take card numbers from a card's state, as ``ykt card show`` describes it."""
        for number in set(_numbers_in(facts)):
            self._hide(number)
        self._compile()

    def learn_holders(self, texts: Iterable[str]) -> None:
        """Take what EF 16 says of a person, as hex (`judge.withhold`)."""
        for text in texts:
            self._replace[text] = "*" * len(text)
        self._compile()

    def _hide(self, number: str) -> None:
        """Mask a number, and the low 16 digits of a PAN, which PSAM commands carry."""
        hidden = mask(number)
        self._replace[number] = hidden
        if len(number) == _PAN_DIGITS:
            self._replace[number[-16:]] = hidden[-16:]

    def _compile(self) -> None:
        words = sorted(self._replace, key=len, reverse=True)
        if words:
            self._pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)

    def text(self, text: str) -> str:
        """The text with numbers masked and keys taken out."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._replace[found[0].upper()], text)

    def fault(self, fault: Fault | None) -> Fault | None:
        """A fault with its texts redacted."""
        if fault is None:
            return None
        return Fault(
            self.text(fault.reason),
            fault.event,
            self.text(fault.expected),
            self.text(fault.received),
            fault.offset,
        )

    def data(self, value: Any) -> Any:
        """Plain data with every text in it redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(item) for item in value]
        return value


def _numbers(call: Call) -> set[str]:
    found: set[str] = set()
    data = call.response.data
    try:
        if call.is_(INS.SELECT):
            fci = Fci.parse(data)
            issuer, metadata = fci.issuer_data, fci.get(Tag.ECASH_METADATA)
            if issuer is not None and fci.df_name.startswith(b"\xa0\x00\x00\x06\x32"):
                found.add(_pan(TunionApplication.parse(issuer[: TunionApplication.SIZE]).pan))
            if metadata is not None:
                found.add(_pan(EcashCardInfo.parse(metadata[: EcashCardInfo.SIZE]).pan))
        elif call.is_(INS.READ_BINARY) and call.command.p1 == _EF_15 and call.command.p2 == 0:
            if call.standard == Standard.TUNION:
                found.add(_pan(TunionApplication.parse(data[: TunionApplication.SIZE]).pan))
            elif call.standard == "lnt-basic":
                record = LntApplication.parse(data[: LntApplication.SIZE])
                found.add(record.card_number)
    except ReadError:
        pass
    return {number for number in found if len(number.strip("0F")) > _TAIL}


def _numbers_in(value: Any) -> Iterator[str]:
    """Numbers in files 15 anywhere in a description."""
    if isinstance(value, Mapping):
        kind, content = value.get("kind"), value.get("content")
        if isinstance(content, list | tuple) and content:
            with contextlib.suppress(ValueError, TypeError):
                data = bytes.fromhex(content[0])
                if kind == "tunion:15":
                    yield _pan(TunionApplication.parse(data[: TunionApplication.SIZE]).pan)
                elif kind == "lnt:15":
                    yield LntApplication.parse(data[: LntApplication.SIZE]).card_number
        for item in value.values():
            yield from _numbers_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _numbers_in(item)


def _pan(field: str) -> str:
    return field.upper().strip("F")[-19:]


def _keys(ring: KeyRing) -> Iterable[bytes]:
    for standard in Standard:
        for role in ROLE_TYPES:
            value = ring.get(standard, role)
            if value is not None and len(value) >= 8:
                yield value
        tac = ring.tac(standard)
        if tac is not None:
            yield tac
    yield from (value for value in ring.values() if len(value) >= 8)
