"""UPDATE CAPP DATA CACHE: updates that wait for the debit [GM 8.9.2][LAB]."""

from __future__ import annotations

from typing import Final

from ykt_conformance.drive import commands as c
from ykt_conformance.model.expect import (
    Effect,
    Errors,
    Expectation,
    empty,
    not_stated,
)
from ykt_conformance.model.files import touched
from ykt_conformance.model.records import Records
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import Cyclic, Directory, Transaction, Transparent, Variable
from ykt_conformance.model.world import World
from ykt_sim.codes import SW, TUNION, Operation
from ykt_sim.wire.apdu import Command, Response

_MODES: Final = 0b111
_SECURE: Final = 0x84
_HIGH: Final = 0x27
_LENGTHS: Final = (SW.WRONG_LENGTH, SW.WRONG_DATA, SW.NO_SPACE)
_RECORDS: Final = (SW.RECORD_NOT_FOUND, SW.WRONG_DATA, SW.FILE_NOT_FOUND, SW.NO_SPACE)
#: What a purse that has no such file or takes no such update says.
_ABSENT: Final = (
    SW.FILE_NOT_FOUND, SW.FILE_TYPE, SW.SECURITY, SW.NOT_SUPPORTED, SW.NO_CURRENT_EF,
    SW.WRONG_P1P2,
)  # fmt: skip


def cache(world: World, command: Command, errors: Errors) -> Expectation:
    """UPDATE CAPP DATA CACHE, `80 DC`."""
    here, transaction = world.here, world.session.transaction
    if here is None or here.purse is None:
        return errors.outcomes()
    if transaction is None or transaction.operation != Operation.COMPOSITE:
        errors.add(RULES["CAPP-STATE"], "state", SW.WRONG_STATE)
        return errors.outcomes()
    if not transaction.sure:
        errors.add(RULES["COMMIT-KEPT"], "state", SW.WRONG_STATE, sure=False)
    found = _placed(world, here, command, errors, transaction)
    return tuple(one.also(lambda _: touched(world, command.p2 >> 3)) for one in found)


def _placed(
    world: World, here: Directory, command: Command, errors: Errors, transaction: Transaction
) -> Expectation:
    """An update in a composite purchase, by the file it names."""
    if command.cla == _SECURE:
        return (not_stated("a cache update under MAC", _unknown(transaction)),)
    sfi = command.p2 >> 3 or world.session.ef or 0
    file = here.files.get(sfi)
    gone = isinstance(file, Variable) and file.exists is False
    if file is None or isinstance(file, Transparent) or gone:
        known = here.standard == TUNION and (file is not None or sfi == c.NO_FILE)
        return _no_records(errors, transaction, known=known)
    if sfi == c.LOG:
        errors.add(RULES["REC-CARD"], "the card's own")
        return errors.outcomes()
    return _update(command, errors, transaction, (sfi, command.p2 & _MODES, file))


def _no_records(errors: Errors, transaction: Transaction, *, known: bool) -> Expectation:
    """What is said of a file that has no records, or that the form says nothing of."""
    if not known:
        return (not_stated("the form is silent on this file", _unknown(transaction)),)
    errors.add(RULES["CAPP-WRONG"], "file", *_ABSENT)
    return errors.outcomes()


def _unknown(transaction: Transaction) -> Effect:
    """Updates of which nothing is known wait: the records after the debit are not known."""

    def then(answer: Response | None) -> None:
        if answer is None or answer.sw == SW.OK:
            transaction.cache.append((-1, b""))

    return then


def _update(
    command: Command,
    errors: Errors,
    transaction: Transaction,
    place: tuple[int, int, Records],
) -> Expectation:
    sfi, mode, file = place
    record = command.data
    if isinstance(file, Variable) and file.strange:
        return (not_stated("what was written into this file", _unknown(transaction)),)
    if isinstance(file, Cyclic):
        known = mode == 0 and command.p1 == 0
        if len(record) != file.length:
            errors.add(RULES["CAPP-WRONG"], "length", *_LENGTHS)
    else:
        known = mode == 0 and file.id_size == 2
        low = record[1] if len(record) > 1 else -1
        known = known and (record[:1] == bytes((_HIGH,)) or low not in file.ids)
        if known and (low not in file.ids or command.p1 not in (0, low)):
            errors.add(RULES["CAPP-WRONG"], "record", *_RECORDS, *_LENGTHS)
        if file.id_size == 2 and len(record) != 128:
            errors.add(RULES["CAPP-WRONG"], "length", *_LENGTHS, *_RECORDS)
        if record[2:3] != bytes((max(len(record) - 3, 0) & 0xFF,)):
            errors.add(RULES["CAPP-WRONG"], "own length", *_LENGTHS, *_RECORDS, sure=False)
    if mode > 4:
        errors.add(RULES["P1P2"], "parameters", SW.WRONG_P1P2)
    if errors.sure:
        return errors.outcomes()
    if not known:
        return (not_stated("updates by number, or of other files", _unknown(transaction)),)
    if any(other == sfi for other, _ in transaction.cache):
        errors.add(RULES["CAPP-UPDATE"], "second", sure=False)  # how many fit is not known

    def then(_answer: Response | None) -> None:
        transaction.cache.append((sfi, record))

    return errors.outcomes(empty(RULES["CAPP-UPDATE"], then))
