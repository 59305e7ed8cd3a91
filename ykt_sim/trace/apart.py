"""Events of one reader's conversation, dealt to the cards that were there in turn.

Cards of one kind answer to reset alike, so a card is told by its numbers: 9F0C of its FCI, EF 15,
its UID. A number is known by the application and the place it was told in and is compared
with no other. After a reset, a removal, a run of SELECTs or a question for the UID, events
are held until a number says whose they are. Where none is told, another ATR than that card's is
another card, and everything else is the same card. Events of the PSAM and remarks go with the
card that is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from ykt_sim.codes import AID_LNT_BASIC, AID_LNT_WALLET, AID_SHENZHEN, INS
from ykt_sim.errors import WireError
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.tlv import Fci

#: Events that may wait for a number.
HELD: Final = 256
#: Cards that are remembered; of more, the oldest would be taken for a new one.
MOST: Final = 100_000

_TUNION: Final = bytes.fromhex("A0000006320101")
_LNT_DATA: Final = slice(8, 16)
_TUNION_DATA: Final = slice(10, 20)
#: Where the number stands in 9F0C, by the DF name's beginning [LAB][CODE][DUMP].
_IN_FCI: Final = ((_TUNION, _TUNION_DATA), (AID_SHENZHEN, slice(16, 20)))
#: The same in EF 15.
_IN_FILE: Final = (
    (_TUNION, _TUNION_DATA), (AID_LNT_BASIC, _LNT_DATA), (AID_LNT_WALLET, _LNT_DATA),
)  # fmt: skip
_FILE_15: Final = 0x95
_GET_UID: Final = bytes.fromhex("FFCA0000")
_OK: Final = b"\x90\x00"

#: Application and place, and the number told there.
_Told = tuple[tuple[bytes, str], bytes]


class _Card(msgspec.Struct):
    """What one card said of itself."""

    atr: bytes = b""
    numbers: dict[tuple[bytes, str], bytes] = msgspec.field(default_factory=dict)


class Dealer:
    """Says of each event of one reader's conversation whose it is, from 1; some must wait."""

    def __init__(self) -> None:
        self._cards: dict[int, _Card] = {1: _Card()}
        self._owners: dict[_Told, int] = {}
        self._count = 1
        self._current = 1
        self._holding = True
        self._powered = True  # the hold began with power, so SELECTs in it begin no other
        self._held: list[Event] = []
        self._told: list[_Told] = []
        self._atr = b""
        self._asked = False
        self._selecting = False
        self._name = b""

    def take(self, event: Event) -> Iterator[tuple[int, Event]]:
        """Take an event; give those of which it is known now whose they are."""
        if isinstance(event, Note) or event.channel != "card":
            yield from self._keep(event)
        elif isinstance(event, Removed):
            yield from self._begin(powered=True)
            yield self._current, event
        elif isinstance(event, Reset):
            if self._asked or not self._holding:
                yield from self._begin(powered=True)
            self._atr = event.atr or self._atr
            self._name = b""
            yield from self._keep(event)
        else:
            yield from self._exchange(event)

    def _exchange(self, event: Exchange) -> Iterator[tuple[int, Event]]:
        selects = event.command[1:2] == bytes((INS.SELECT,))
        uid = event.command.startswith(_GET_UID)
        if (selects or uid) and not self._selecting and not (self._holding and self._powered):
            yield from self._begin(powered=False)
        self._selecting = selects or uid
        self._asked = True
        told = self._number(event)
        yield from self._keep(event)
        if told is None:
            return
        if not self._holding:
            self._learn(told)
            return
        self._told.append(told)
        owner = self._owners.get(told)
        mine = self._cards[self._current].numbers
        if owner is not None:
            yield from self._settle(owner)
        elif told[0] in mine:
            yield from self._settle(self._new())
        elif not mine and not self._other_atr():
            yield from self._settle(self._current)

    def _keep(self, event: Event) -> Iterator[tuple[int, Event]]:
        if not self._holding:
            yield self._current, event
            return
        self._held.append(event)
        if len(self._held) >= HELD:
            yield from self.end()

    def _begin(self, *, powered: bool) -> Iterator[tuple[int, Event]]:
        """Another card may have come: what was held before is the last one's."""
        yield from self.end()
        self._holding, self._powered, self._asked = True, powered, False

    def end(self) -> Iterator[tuple[int, Event]]:
        """No number settles it: the ATR does."""
        if not self._holding:
            return
        card = self._current
        if self._other_atr():
            known = (number for number, one in self._cards.items() if one.atr == self._atr)
            card = self._new() if self._told else next(known, 0) or self._new()
        yield from self._settle(card)

    def _other_atr(self) -> bool:
        return bool(self._atr) and self._cards[self._current].atr not in {b"", self._atr}

    def _new(self) -> int:
        self._count += 1
        self._cards[self._count] = _Card()
        if len(self._cards) > MOST:
            oldest = next(number for number in self._cards if number != self._current)
            for told in self._cards.pop(oldest).numbers.items():
                self._owners.pop(told, None)
        return self._count

    def _settle(self, card: int) -> Iterator[tuple[int, Event]]:
        self._current, self._holding = card, False
        self._cards[card].atr = self._atr or self._cards[card].atr
        for told in self._told:
            self._learn(told)
        for event in self._held:
            yield card, event
        self._held, self._told, self._atr = [], [], b""

    def _learn(self, told: _Told) -> None:
        """The card that is there told a number; the first one told in a place stays."""
        if self._cards[self._current].numbers.setdefault(told[0], told[1]) == told[1]:
            self._owners.setdefault(told, self._current)

    def _number(self, event: Exchange) -> _Told | None:
        """The number that an answer tells, with where it was told."""
        data = event.response.removesuffix(_OK)
        if data == event.response:
            return None
        if event.command.startswith(_GET_UID):
            random = len(data) == 4 and data[0] == 0x08
            return None if random else _told(b"", "UID", data)
        try:
            command = Command.parse(event.command)
        except WireError:
            return None
        if command.ins == INS.SELECT:
            return self._selected(command, data)
        is_15 = command.p1 == _FILE_15 and not command.p2
        if is_15 and command.ins == INS.UPDATE_BINARY:  # it may say another number from now on
            self._forget()
        reads = is_15 and command.ins == INS.READ_BINARY
        return _at(self._name, "EF 15", data, _IN_FILE) if reads else None

    def _selected(self, command: Command, data: bytes) -> _Told | None:
        if command.p1 != 0x04 and len(command.data) == 2 and command.data != b"\x3f\x00":
            return None  # a file by its number: the application stays
        self._name = command.data if command.p1 == 0x04 else b""
        try:
            fci = Fci.parse(data)
        except WireError:
            return None
        self._name = fci.df_name or self._name
        return _at(self._name, "9F0C", fci.issuer_data or b"", _IN_FCI)

    def _forget(self) -> None:
        numbers = self._cards[self._current].numbers
        for told in numbers.items():
            self._owners.pop(told, None)
        numbers.clear()


def _at(
    name: bytes, place: str, data: bytes, table: tuple[tuple[bytes, slice], ...]
) -> _Told | None:
    for begins, part in table:
        if name.startswith(begins) and len(data) >= part.stop:
            return _told(name, place, data[part])
    return None


def _told(name: bytes, place: str, number: bytes) -> _Told | None:
    """None for a number that was never written."""
    return ((name, place), number) if set(number) - {0x00} and set(number) - {0xFF} else None


def apart(events: Iterable[Event]) -> Iterator[tuple[int, Event]]:
    """Each event with its card, from 1 in order of appearance; a card's events stay in order.

    Args:
        events: of one reader's conversation.
    """
    dealer = Dealer()
    for event in events:
        yield from dealer.take(event)
    yield from dealer.end()
