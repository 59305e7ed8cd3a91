"""What a card in a trace has been through, as far as status words depend on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.codes import INS, SW, BalanceKind, Cla, KeyType, Operation
from ykt_sim.meaning.commands import file_reference, is_protected
from ykt_sim.meaning.purse_codes import TITLES
from ykt_sim.meaning.spans import TOP_BIT
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.model import Exchange, Removed, Reset
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application
from ykt_sim.wire.commands import BY_NAME, ONLINE, operation_of, transaction_type

#: What ended a transaction where none was begun.
NOTHING: Final = ("nothing", "无")
_TYPE_BITS: Final = 0x3F
_MASK_TRIES: Final = 0xFFF0
_READS: Final = frozenset({INS.READ_BINARY, INS.READ_RECORD})
_ADDS_KEY: Final = 0x01
#: P1 of GET BALANCE that tells what there is, not a limit or what was drawn.
_WHOLE: Final = frozenset({BalanceKind.AVAILABLE, BalanceKind.ACTUAL, BalanceKind.ALL})


class FileSeen(msgspec.Struct):
    """What reading a file showed of it.

    Attributes:
        by: the command that read it.
        size: bytes of the whole file, 0 while it was never read whole.
        record: bytes of a record, 0 while none was read.
        highest: number of the highest record that was read.
    """

    by: str = ""
    size: int = 0
    record: int = 0
    highest: int = 0


class Story(msgspec.Struct):
    """State of the card's channel before the event at hand.

    Attributes:
        selected: name of the directory in words, empty before a SELECT.
        application: what it is.
        ppse: PPSE was selected since the last reset.
        listed: DF names that PPSE listed.
        taken: DF names that were selected, since the card came.
        pin: ``""`` never presented, ``ok``, ``wrong``, or ``lost`` by a reset or SELECT.
        authenticated: EXTERNAL AUTHENTICATE succeeded in this directory.
        challenge: a challenge is fresh.
        operation: what INITIALIZE began and no commit has ended; None otherwise.
        ended: why there is none: what came last instead, in English and in Chinese.
        good_indexes: key indexes with which INITIALIZE succeeded, by operation.
        key_types: types of the keys written in this directory, None where none was.
        balance: in fen as the card said it last, None before.
        ceiling: in fen as GET BALANCE P1=05 said it, None before.
        commits: number in the last commit of a type, as a proof asks for it.
        wrong_macs: how many MACs were found wrong in a row.
        number, kind: of the transaction that was begun last, as a proof asks for it.
        blocked: ``application`` or ``card`` after a successful command that blocks it.
        purses: directory and P2 of every purse that told its balance or began something.
        files: what was read, by directory and short identifier.
        tries: tries that are left, by instruction and key, as the card said it last.
        counters: what the next transaction has, online ones under True.
        online: what was begun last counts online.
        last: instruction of the last command, 0 before one and after a reset.
        extended: record that READ EXT DATA read last and no cache update took up since.
    """

    selected: str = ""
    application: Application = Application.NONE
    ppse: bool = False
    listed: tuple[str, ...] = ()
    taken: set[bytes] = msgspec.field(default_factory=set)
    pin: str = ""
    authenticated: bool = False
    challenge: bool = False
    operation: Operation | None = None
    ended: tuple[str, str] = NOTHING
    good_indexes: dict[Operation, int] = msgspec.field(default_factory=dict)
    key_types: set[int] | None = None
    balance: int | None = None
    ceiling: int | None = None
    commits: dict[int, int] = msgspec.field(default_factory=dict)
    wrong_macs: int = 0
    blocked: str = ""
    number: int = 0
    kind: int = 0
    purses: set[tuple[str, int]] = msgspec.field(default_factory=set)
    files: dict[tuple[str, int], FileSeen] = msgspec.field(default_factory=dict)
    tries: dict[tuple[int, int], int] = msgspec.field(default_factory=dict)
    counters: dict[bool, int] = msgspec.field(default_factory=dict)
    online: bool = False
    last: int = 0
    extended: tuple[int | None, int | None] | None = None

    def take(self, item: Understood) -> None:
        """Go on by one event."""
        event = item.event
        if not isinstance(event, Exchange):
            if isinstance(event, Reset | Removed) and event.channel == "card":
                self._reset()
                if isinstance(event, Removed):
                    self.purses, self.files, self.tries, self.counters = set(), {}, {}, {}
                    self.taken = set()
            return
        asked, sw = item.asked, item.annotated.sw
        if event.channel != "card" or asked is None:
            return
        if sw is None or (sw >> 8 == 0x61 and not item.fetching):
            return
        if not item.fetching and asked.ins != INS.GET_RESPONSE:
            self.challenge = False
        self._said(asked, item)
        if sw & _MASK_TRIES == SW.PIN_WRONG_0:
            self.tries[asked.ins, asked.p2] = sw & 0x0F
        elif sw == SW.OK:
            self._worked(asked, item.annotated.name, len(event.response) - 2)
        if sw in {SW.MAC_INVALID, SW.SM_MAC_WRONG}:
            self.wrong_macs += 1
        self.last = asked.ins
        change = _CHANGES.get(asked.ins)
        if change is not None:
            change(self, asked, item, sw)
        elif sw != SW.OK and self.operation:
            self.ended = _answered(item.annotated.name, sw)

    def _reset(self) -> None:
        """Power lost: what is selected, shown and begun is gone; money and numbers stay."""
        self.selected, self.application, self.listed = "", Application.NONE, ()
        self.ppse = self.authenticated = self.challenge = False
        self.pin = "lost" if self.pin in {"ok", "lost"} else ""
        self.key_types, self.last, self.extended = None, 0, None
        if self.operation:
            self.operation, self.ended = None, ("a reset", "复位")

    def file(self, asked: Command) -> FileSeen | None:
        """What is known of the file that a command names; None where nothing is."""
        place = file_reference(asked)
        known = None if place is None or place.sfi is None else (self.selected, place.sfi)
        return None if known is None else self.files.get(known)

    def _worked(self, asked: Command, name: str, size: int) -> None:
        self.tries.pop((asked.ins, asked.p2), None)
        if asked.ins in {INS.INITIALIZE, INS.GET_BALANCE}:
            self.purses.add((self.selected, asked.p2))
        elif asked.ins in _READS and not is_protected(asked):
            self._read(asked, name, size)

    def _read(self, asked: Command, name: str, size: int) -> None:
        place = file_reference(asked)
        if place is None or place.sfi is None or place.many:
            return
        file = self.files.setdefault((self.selected, place.sfi), FileSeen())
        file.by = name
        if place.record is not None:
            file.record, file.highest = size, max(file.highest, place.record)
        elif place.offset == 0 and not asked.le:
            file.size = size

    def _said(self, asked: Command, item: Understood) -> None:
        part = asked.ins == INS.GET_BALANCE and asked.p1 not in _WHOLE
        for one in () if part else item.annotated.received:
            balance, ceiling = one.fields.get("balance"), one.fields.get("ceiling")
            if isinstance(balance, int):
                self.balance = balance & ~TOP_BIT
            if isinstance(ceiling, int):
                self.ceiling = ceiling

    @property
    def tac_key_missing(self) -> bool:
        """Keys were written in this directory, all of them in the clear, and none is a TAC key."""
        types = self.key_types
        return types is not None and 0 not in types and KeyType.TAC not in types


# -- what each command changes


def _select(story: Story, asked: Command, item: Understood, sw: int) -> None:
    if (sw != SW.OK and sw >> 8 != 0x62) or (not asked.p1 & 0x04 and asked.data[:1] == b"\0"):
        return  # refused, or a file of the same directory
    application = item.annotated.application
    if asked.p1 & BY_NAME:
        story.taken.add(asked.data)
    if application is Application.PPSE:
        story.ppse = True
        story.listed = tuple(
            str(entry.get("aid", ""))
            for one in item.annotated.received
            for entry in _entries(one.fields.get("entries"))
        )
    story.pin = "lost" if story.pin == "ok" else story.pin
    if story.operation:
        story.operation, story.ended = None, ("SELECT", "SELECT")
    story.selected, story.application = item.annotated.target, application
    story.authenticated, story.key_types = False, None


def _verify(story: Story, asked: Command, item: Understood, sw: int) -> None:
    if sw == SW.OK:
        story.pin = "ok"
    elif sw & _MASK_TRIES == SW.PIN_WRONG_0 or sw == SW.KEY_BLOCKED:
        story.pin = "wrong"


def _authenticate(story: Story, asked: Command, item: Understood, sw: int) -> None:
    story.authenticated = story.authenticated or sw == SW.OK


def _challenged(story: Story, asked: Command, item: Understood, sw: int) -> None:
    story.challenge = sw == SW.OK


def _initialize(story: Story, asked: Command, item: Understood, sw: int) -> None:
    operation = operation_of(asked.p1)
    if sw != SW.OK:
        story.operation, story.ended = None, _answered("INITIALIZE", sw)
        return
    story.operation, story.ended = operation, ("", "")
    for one in item.annotated.received:
        counter = one.fields.get("counter")
        story.number = counter + 1 if isinstance(counter, int) else 0
        story.online = operation in ONLINE
        story.counters[story.online] = story.number - 1
    if operation is not None:
        story.good_indexes[operation] = asked.data[0] if asked.data else 0
        story.kind = int(transaction_type(operation, asked.p2))


def _commit(story: Story, asked: Command, item: Understood, sw: int) -> None:
    if not story.operation:
        return
    if sw == SW.OK:
        story.commits[story.kind] = story.number
        story.counters[story.online] = story.number
        story.wrong_macs = 0
    name = item.annotated.name
    by, by_zh = (name, name) if sw == SW.OK else _answered(name, sw)
    title, zh = TITLES[story.operation]
    story.ended = f"{_a(title)} that {by} ended", f"{zh}已由 {by_zh} 结束"
    story.operation = None


def _answered(name: str, sw: int) -> tuple[str, str]:
    return f"{name} answered {sw:04X}", f"{name} 应答 {sw:04X}"


def _a(title: str) -> str:
    return f"{'an' if title[0] in 'aeiou' else 'a'} {title}"


def _write_key(story: Story, asked: Command, item: Understood, sw: int) -> None:
    if sw != SW.OK:
        return
    story.key_types = story.key_types or set()
    plain = asked.cla == Cla.PBOC and asked.p1 == _ADDS_KEY and asked.data
    kind = asked.data[0] if plain else asked.p1
    if not plain and asked.p1 == _ADDS_KEY:
        kind = 0  # enciphered: which type cannot be seen
    story.key_types.add(kind & _TYPE_BITS)


def _block_application(story: Story, asked: Command, item: Understood, sw: int) -> None:
    if sw == SW.OK:
        story.blocked = "application"


def _unblock(story: Story, asked: Command, item: Understood, sw: int) -> None:
    if sw == SW.OK:
        story.blocked = ""


def _block_card(story: Story, asked: Command, item: Understood, sw: int) -> None:
    if sw == SW.OK:
        story.blocked = "card"


def _read_extended(story: Story, asked: Command, item: Understood, sw: int) -> None:
    place = file_reference(asked)
    if sw == SW.OK and place is not None:
        story.extended = place.sfi, place.record_id


def _update_extended(story: Story, asked: Command, item: Understood, sw: int) -> None:
    place = file_reference(asked)
    if sw == SW.OK and place is not None and story.extended == (place.sfi, place.record_id):
        story.extended = None


def _entries(found: object) -> list[dict[str, object]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


_CHANGES: Final[dict[int, Callable[[Story, Command, Understood, int], None]]] = {
    INS.SELECT: _select,
    INS.VERIFY: _verify,
    INS.EXTERNAL_AUTHENTICATE: _authenticate,
    INS.GET_CHALLENGE: _challenged,
    INS.INITIALIZE: _initialize,
    INS.CREDIT_FOR_LOAD: _commit,
    INS.DEBIT: _commit,
    INS.UPDATE_OVERDRAFT: _commit,
    INS.WRITE_KEY: _write_key,
    INS.APP_BLOCK: _block_application,
    INS.APP_UNBLOCK: _unblock,
    INS.CARD_BLOCK: _block_card,
    INS.READ_EXT_DATA: _read_extended,
    INS.UPDATE_EXT_CACHE: _update_extended,
}
