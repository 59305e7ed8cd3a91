"""The reference model of a card: it predicts every answer, judges it, and moves on with it.

A chapter says what a command may be answered (`expect.Outcome`), the outcome that fits says what
follows.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from ykt_conformance.model import blocking as b
from ykt_conformance.model import files, records, security
from ykt_conformance.model.balance import get_balance, prove
from ykt_conformance.model.commit import commit
from ykt_conformance.model.composite import cache
from ykt_conformance.model.expect import (
    ANY,
    OK,
    Errors,
    Expectation,
    Outcome,
    not_stated,
    refused,
)
from ykt_conformance.model.initialize import initialize
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.selection import select
from ykt_conformance.model.state import Session
from ykt_conformance.model.world import ECASH, Randoms, World, both, first_state, pins_of
from ykt_conformance.model.worlds import Worlds
from ykt_sim.codes import INS, SW
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import BY_NAME, COMMANDS

Chapter = Callable[[World, Command, Errors], Expectation]

#: Commands of a purse: refused where no purse is selected.
_PURSE: Final[dict[int, Chapter]] = {
    INS.GET_BALANCE: get_balance, INS.INITIALIZE: initialize, INS.CREDIT_FOR_LOAD: commit,
    INS.DEBIT: commit, INS.UPDATE_OVERDRAFT: commit, INS.GET_TRANSACTION_PROVE: prove,
}  # fmt: skip
#: Commands that leave a card as it was.
_READS: Final = frozenset(
    {
        INS.SELECT, INS.READ_BINARY, INS.READ_RECORD, INS.READ_EXT_DATA, INS.GET_BALANCE,
        INS.GET_CHALLENGE, INS.GET_DATA, INS.GET_RESPONSE, INS.GET_TRANSACTION_PROVE,
    }
)  # fmt: skip
#: A wrong PIN or key that has cost a try: 63CX.
_TRIES: Final = 0x63
#: The others, by instruction.
_CHAPTERS: Final[dict[int, Chapter]] = {
    INS.SELECT: select,
    INS.READ_BINARY: files.read_binary,
    INS.UPDATE_BINARY: files.update_binary,
    INS.READ_RECORD: records.read_record,
    INS.READ_EXT_DATA: records.read_ext_data,
    INS.APPEND_RECORD: records.write_record,
    INS.GET_DATA: files.get_data,
    INS.GET_CHALLENGE: security.get_challenge,
    INS.EXTERNAL_AUTHENTICATE: security.external_authenticate,
    INS.VERIFY: security.verify,
    INS.CHANGE_PIN: security.change_or_reload,
    INS.PIN_UNBLOCK: security.unblock_pin,
    INS.APP_BLOCK: b.block,
    INS.APP_UNBLOCK: b.unblock,
    INS.CARD_BLOCK: b.block_card,
} | _PURSE  # fmt: skip
_CLASSES: Final = frozenset((0x00, 0x04, 0x80, 0x84))
_CLASS_WORDS: Final = (
    SW.CLA_NOT_SUPPORTED, SW.INS_NOT_SUPPORTED, SW.CLA_LINE_PROTECTION, SW.SM_MISSING,
    SW.SM_MAC_WRONG, SW.SM_NOT_SUPPORTED,
)  # fmt: skip
#: Bits of a class byte that name a logical channel, and what may be said of one [ISO 7816-4].
_CHANNEL: Final = 0x03
_CHANNEL_WORDS: Final = (0x6881, SW.SM_NOT_SUPPORTED)
_TAKEN: Final[dict[int, frozenset[int]]] = {
    ins: frozenset(cla for row in COMMANDS if row.ins == ins for cla in row.cla)
    for ins in (*_CHAPTERS, INS.UPDATE_RECORD)
}
#: Instructions that some card may know: of the tables, and those that ISO 7816-4 gives out.
_MAYBE: Final = frozenset(row.ins for row in COMMANDS) | frozenset(
    (0x04, 0x0C, 0x10, 0x12, 0x14, 0x22, 0x2A, 0x2C, 0x44, 0x46, 0x70, 0x86, 0x87, 0xA0, 0xA1,
     0xA2, 0xB1, 0xB3, 0xC2, 0xC3, 0xCB, 0xD0, 0xD1, 0xD2, 0xD3, 0xD7, 0xDA, 0xDB, 0xDD, 0xE4,
     0xE6, 0xFE)
)  # fmt: skip
#: Successful commands that leave a transaction open [mem].
_KEEP: Final = frozenset((INS.READ_BINARY, INS.READ_RECORD, INS.READ_EXT_DATA, INS.GET_BALANCE))
_SFI_OR_PLAIN: Final = 0x80


class Model(Worlds[World]):
    """The reference model of one card.

    Args:
        form: the ICS as nested mappings.
        keys: a ring of one's own; it learns from the card.
        new: the card is in its first state: counters zero, nothing logged, all tries left.
        test_keys: the PINs are those of the published test cards.
    """

    def __init__(
        self,
        form: Mapping[str, Any],
        keys: KeyRing | None = None,
        *,
        new: bool = False,
        test_keys: bool = True,
    ) -> None:
        self._form = form
        self._keys = keys if keys is not None else KeyRing(test_keys=test_keys)
        self._test_keys = test_keys
        self._randoms = Randoms()
        super().__init__(self._first(new=new))

    def _first(self, *, new: bool) -> World:
        pins = pins_of(self._form, self._keys, test_keys=self._test_keys)
        state = first_state(self._form, pins, new=new)
        return World(state, self._form, self._keys, self._randoms, new=new)

    def _expect(self, world: World, command: bytes) -> Expectation:
        return _expect(world, command)

    def _moved(
        self, world: World, command: bytes, outcome: Outcome, response: Response | None
    ) -> World:
        session = world.session
        before = session.transaction
        session.challenge = b""
        outcome.then(response)
        if before is not None and session.transaction is before and not _keeps(command, outcome):
            before.sure = False
        return world

    def _copy(self, world: World) -> World:
        state = copy.deepcopy(world.state)
        return World(state, world.form, world.keys, world.randoms, new=world.new)

    def gap(self) -> None:
        """Something was missed: nothing is believed any more, what follows is learnt anew."""
        told = {
            name: {world.state.directories[name].pin.value for world in self._worlds}
            for name in self.world.state.directories
        }
        self._worlds = [self._first(new=False)]
        for name, values in told.items():
            own = self.world.state.directories[name].pin
            own.value = next(iter(values)) if len(values) == 1 else None
        self.world.session.known = False
        self.world.session.locked = None
        self.world.session.challenge = None

    def _remember(self, command: bytes, response: Response) -> None:
        """Randoms belong to all worlds."""
        if response.sw != SW.OK or len(command) < 5:
            return
        data = response.data
        if command[1] == INS.GET_CHALLENGE and len(data) in (4, 8):
            self._randoms.take(data)
        elif command[1] == INS.INITIALIZE and len(data) in (15, 16, 19):
            start = {15: 11, 16: 8, 19: 11}[len(data)]
            self._randoms.take(data[start : start + 4])

    def _powered(self, world: World) -> None:
        world.state.session = Session()


def _keeps(command: bytes, outcome: Outcome) -> bool:
    """A command that leaves a transaction as sure as it was."""
    if outcome.kind != OK:
        return False
    update = command[1] == INS.UPDATE_RECORD and bool(command[0] & 0x80)
    return command[1] in _KEEP or update


def _expect(world: World, raw: bytes) -> Expectation:
    """What one world says of a command: at least one outcome, whatever it is."""
    return _said(world, raw) or (not_stated("what is answered to this", _shaken(world)),)


def _said(world: World, raw: bytes) -> Expectation:
    try:
        command = Command.parse(raw)
    except ReadError:
        return (refused(RULES["BROKEN"], ANY, "broken", _shaken(world)),)
    if world.state.dead:
        return (refused(RULES["BLOCK-DEAD"], (SW.NOT_SUPPORTED,), "dead"),)
    errors = world.errors()
    by_name = command.ins == INS.SELECT and command.p1 == BY_NAME
    if not (world.session.known or by_name or command.ins == INS.GET_CHALLENGE):
        return (not_stated("nobody knows what is selected", _somewhere(world, command)),)
    chapter = _chapter(command)
    if chapter is None:
        return _unknown(world, command, errors)
    if command.cla not in _TAKEN[command.ins]:
        foreign = command.cla not in _CLASSES
        words: tuple[int, ...] = (SW.CLA_NOT_SUPPORTED,) if foreign else _CLASS_WORDS
        if foreign and command.cla & _CHANNEL:
            words += _CHANNEL_WORDS
        errors.add(RULES["CLASS"], "class", *words)
        here = world.here
        if here is not None and here.blocked:
            errors.add(RULES["BLOCK-DEAD"], "blocked", *b.DEAD)
        return errors.outcomes()
    return _in_place(world, command, errors, chapter)


def _in_place(world: World, command: Command, errors: Errors, chapter: Chapter) -> Expectation:
    """Where the command is sent: in a blocked application, where no purse is, or in place."""
    here = world.here
    if here is not None and here.blocked and command.ins not in b.ANSWERED:
        errors.add(RULES["BLOCK-DEAD"], "blocked")
        return errors.outcomes()
    purse = command.ins in _PURSE or chapter is cache
    if purse and (here is None or here.purse is None):
        if here is not None and here.standard == ECASH:
            return (not_stated("purse commands in the e-cash", world.refused),)
        errors.add(RULES["NO-PURSE"], "no purse")
        return errors.outcomes()
    if here is None and command.ins not in (INS.SELECT, INS.GET_CHALLENGE):
        return (not_stated("what the MF holds", world.refused),)
    return chapter(world, command, errors)


def _chapter(command: Command) -> Chapter | None:
    if command.ins == INS.UPDATE_RECORD:
        return cache if command.cla & _SFI_OR_PLAIN else records.write_record
    if command.ins == INS.APPEND_RECORD and command.cla & 0x80:
        return None
    return _CHAPTERS.get(command.ins)


def _unknown(world: World, command: Command, errors: Errors) -> Expectation:
    if command.ins in _MAYBE:
        return (not_stated("whether the card has this command", _perhaps_named(world)),)
    words = [SW.INS_NOT_SUPPORTED]
    if command.cla not in _CLASSES:
        words.append(SW.CLA_NOT_SUPPORTED)
    errors.add(RULES["INS"], "instruction", *words)
    here = world.here
    if here is not None and here.blocked:
        errors.add(RULES["BLOCK-DEAD"], "blocked", *b.DEAD)
    return errors.outcomes()


def _shaken(world: World) -> Callable[[Response | None], None]:
    """Whatever it was, challenge and transaction may be gone."""

    def then(_answer: Response | None) -> None:
        world.session.challenge = None
        world.refused()

    return then


def _somewhere(world: World, command: Command) -> Callable[[Response | None], None]:
    """A command in a place that nobody knows: what it may have changed is not known any more."""

    def then(answer: Response | None) -> None:
        world.refused()
        done = answer is None or answer.sw == SW.OK or answer.sw >> 8 == _TRIES
        if done and command.ins not in _READS:
            world.state.directories = first_state(world.form, {}, new=False).directories

    return then


def _perhaps_named(world: World) -> Callable[[Response | None], None]:
    """A command that the card may know: it may have named a file as well."""

    def then(answer: Response | None) -> None:
        if answer is None or answer.sw not in (SW.INS_NOT_SUPPORTED, SW.CLA_NOT_SUPPORTED):
            world.session.ef = -1

    return both(_shaken(world), then)
