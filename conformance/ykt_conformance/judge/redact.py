"""Takes card numbers and keys out of everything that is written except the traces.

What has to go is learnt from the traces themselves: the numbers that they hold, found and masked
as everywhere (`meaning.hiding`), and every key the ring knows for the card.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeGuard

from msgspec.structs import replace

from ykt_conformance.judge.results import Finding
from ykt_conformance.judge.verdict import Fault
from ykt_sim.codes import Standard
from ykt_sim.meaning.hiding.identities import learn_header
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.story.lines import Line
from ykt_sim.meaning.story.words import Words
from ykt_sim.meaning.understand import Understood
from ykt_sim.profiles.keyfile import ROLE_TYPES
from ykt_sim.trace.model import Header, Note, Trace
from ykt_sim.wire.digits import unpack_pan
from ykt_sim.wire.files import LntApplication, TunionApplication

_KEY_TEXT: Final = "(key)"
_SHORTEST_KEY: Final = 8


class Redactor(Masker):
    """Replaces what it has learnt in any text or plain data."""

    def learn_trace(
        self, header: Header, items: Iterable[Understood], keys: KeyRing | None = None
    ) -> None:
        """Take card numbers from a recording, and keys from a ring that has learnt."""
        learn_header(self, header)
        for item in items:
            self.take(item)
        for value in keys_of(keys) if keys is not None else ():
            self.learn_word(value.hex().upper(), _KEY_TEXT)

    def learn_issued(self, trace: Trace) -> None:
        """Take the numbers of the cards that were made for a scene at a terminal."""
        for event in trace.events:
            if isinstance(event, Note) and event.text == "issued":
                self.learn_pan(str(event.data.get("pan", "")))
                self.learn_lnt(str(event.data.get("number", "")))

    def learn_facts(self, facts: Mapping[str, Any] | None) -> None:
        """Take card numbers from a card's state, as ``ykt card show`` describes it."""
        for kind, number in _numbers_in(facts):
            if kind == Standard.TUNION:
                self.learn_pan(number)
            else:
                self.learn_lnt(number)

    def learn_holders(self, texts: Iterable[str]) -> None:
        """Take what EF 16 says of a person, as hex (`judge.withhold`)."""
        for text in texts:
            self.learn_word(text, "*" * len(text))

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

    def finding(self, finding: Finding) -> Finding:
        """A contradiction with its texts redacted."""
        claimed, observed, why = map(self.text, (finding.claimed, finding.observed, finding.why))
        return replace(finding, claimed=claimed, observed=observed, why=why)

    def story(self, lines: Iterable[Line]) -> tuple[Line, ...]:
        """The lines of a story, redacted."""
        return tuple(
            replace(line, said=Words(self.text(line.said.en), self.text(line.said.zh)))
            for line in lines
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


def _numbers_in(value: Any) -> Iterator[tuple[Standard, str]]:
    """Numbers in files 15 anywhere in a description, with whose they are."""
    if isinstance(value, Mapping):
        kind, content = value.get("kind"), value.get("content")
        if isinstance(content, list | tuple) and content:
            with contextlib.suppress(ValueError, TypeError):
                data = bytes.fromhex(content[0])
                if kind == "tunion:15":
                    pan = TunionApplication.parse(data[: TunionApplication.SIZE]).pan
                    yield Standard.TUNION, unpack_pan(pan) or pan
                elif kind == "lnt:15":
                    number = LntApplication.parse(data[: LntApplication.SIZE]).card_number
                    yield Standard.LNT, number
        for item in value.values():
            yield from _numbers_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _numbers_in(item)


def keys_of(ring: KeyRing) -> Iterator[bytes]:
    """Every key that a ring knows and that is long enough to be told from chance."""
    for standard in Standard:
        found = [ring.get(standard, role) for role in ROLE_TYPES]
        yield from filter(_is_long, (*found, ring.tac(standard)))
    yield from filter(_is_long, ring.values())


def _is_long(key: bytes | None) -> TypeGuard[bytes]:
    return key is not None and len(key) >= _SHORTEST_KEY
