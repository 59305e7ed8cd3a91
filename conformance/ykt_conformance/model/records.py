"""Record files: READ RECORD, READ EXT DATA, plain UPDATE and APPEND RECORD [GM 7.6, 7.8]."""

from __future__ import annotations

from typing import Final

from ykt_conformance.drive import commands as c
from ykt_conformance.judge.stated import NOT_STATED
from ykt_conformance.model.expect import (
    Effect,
    Errors,
    Expectation,
    Outcome,
    Wrong,
    done,
    not_stated,
    refused,
)
from ykt_conformance.model.files import touched
from ykt_conformance.model.rules import RULES, Rule
from ykt_conformance.model.state import (
    Cyclic,
    Directory,
    Transparent,
    Variable,
    blur,
    filled,
    fits,
    shown,
)
from ykt_conformance.model.world import World, length, parameters
from ykt_sim.codes import INS, SW, TUNION
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import BY_NUMBER

_MODES: Final = 0b111
_SECURE: Final = 0x04
#: Length of a record of EF 1A [LAB].
_INDUSTRY: Final = 128
_HIGH: Final = 0x27
Records = Cyclic | Variable


def _target(world: World, command: Command, errors: Errors) -> tuple[Records | None, Expectation]:
    """The file of records a command means, or what else there is to say."""
    session, here = world.session, world.here
    sfi = command.p2 >> 3
    parameters(errors, command.p2 & _MODES > BY_NUMBER, SW.FILE_NOT_FOUND)
    if sfi == 0:
        if session.ef is None:
            errors.add(RULES["FILE-NONE"], "no file", SW.NO_CURRENT_EF)
        sfi = session.ef or 0
    file = here.files.get(sfi) if here is not None else None
    silent = isinstance(file, Transparent) and file.exists is None  # nor is its kind known
    unclear = here is None or (sfi <= 0 and session.ef is not None) or silent
    absent = file is None and sfi == c.NO_FILE and here is not None and here.purse is not None
    if absent:
        errors.add(RULES["FILE-ABSENT"], "absent", SW.FILE_NOT_FOUND)
    elif unclear or (file is None and sfi > 0):
        if not errors.sure:
            return None, (not_stated("the form is silent on this file", world.refused),)
        errors.add(RULES["FILE-ABSENT"], "unclear", sure=False)
    there = file.exists if isinstance(file, Transparent | Variable) else True
    if there is False:
        errors.add(RULES["FILE-ABSENT"], "absent", SW.FILE_NOT_FOUND, *_UNREADABLE)
    elif isinstance(file, Transparent) and not silent:
        errors.add(RULES["FILE-TYPE"], "type", SW.FILE_TYPE)
    if there is None:
        errors.add(RULES["FILE-ABSENT"], "absent", SW.FILE_NOT_FOUND, sure=False)
    if errors.sure or not isinstance(file, Cyclic | Variable):
        return None, errors.outcomes()
    return file, ()


_UNREADABLE: Final = (SW.SECURITY, SW.CONDITIONS, SW.NOT_SUPPORTED)


def _named(world: World, command: Command, outcomes: Expectation) -> Expectation:
    """The outcomes, and the file was named by its short identifier."""
    return tuple(one.also(lambda _: touched(world, command.p2 >> 3)) for one in outcomes)


def read_record(world: World, command: Command, errors: Errors) -> Expectation:
    """READ RECORD by number, or by identifier in files that have them."""
    if command.cla & _SECURE:
        return _named(world, command, (not_stated("a protected read", world.refused),))
    length(errors, bool(command.data))
    file, other = _target(world, command, errors)
    if file is None:
        return _named(world, command, other)
    mode, p1 = command.p2 & _MODES, command.p1
    found: Expectation
    if isinstance(file, Variable) and file.strange:
        found = (not_stated("what was written into this file", world.refused),)
    elif isinstance(file, Cyclic):
        found = _cyclic(world, command, errors, file)
    elif mode == BY_NUMBER and p1:
        found = _by_number(world, command, errors, file)
    elif mode == 0:
        found = _by_id(world, command, errors, file, p1)
    else:
        found = (not_stated("the record pointer", world.refused),)
    return _named(world, command, found)


def _wrong_le(errors: Errors, command: Command, size: int | None) -> None:
    asked = command.le
    if asked is None:
        errors.add(RULES["REC-LE"], "Le", sure=False)
    elif size is not None and asked not in (0, size):
        errors.add(RULES["REC-LE"], "Le", 0x6C00 | size, SW.WRONG_LENGTH)
    elif size is None and asked:
        errors.add(RULES["REC-LE"], "Le", sure=False)


def _cyclic(world: World, command: Command, errors: Errors, file: Cyclic) -> Expectation:
    if command.p2 & _MODES != BY_NUMBER or not command.p1:
        return (not_stated("records of cyclic files without a number", world.refused),)
    _wrong_le(errors, command, file.length)
    if command.p1 > len(file.records):
        errors.add(RULES["REC-COUNT"], "number", SW.RECORD_NOT_FOUND)
        return errors.outcomes()
    at = command.p1 - 1
    due = file.records[at]

    def look(data: bytes) -> str | Wrong:
        if len(data) != file.length:
            return Wrong(f"{len(data)} bytes", due=f"{file.length} bytes")
        if due is None or fits(due, data):
            return ""
        return Wrong(f"the record is {shown(due)}", due=filled(due, data))

    def then(answer: Response | None) -> None:
        if answer is not None:
            file.records[at] = answer.data

    zero = due is not None and not any(due)
    return errors.outcomes(done(RULES["REC-ZERO" if zero else "REC-SAME"], then, look=look))


def _record(file: Variable, low: int | None, number: int | None, rule: Rule) -> Outcome:
    """A record of a file with identifiers, found by one or by its number."""
    due = file.ids.get(low) if low is not None else None

    def look(data: bytes) -> str | Wrong:
        size = file.id_size
        if len(data) <= size or (file.id_size == 2 and len(data) != _INDUSTRY):
            full = f"{_INDUSTRY} bytes" if size == 2 else f"more than {size} bytes"
            return Wrong(f"{len(data)} bytes", due=due or full)
        named = bytes((_HIGH,))[: size - 1] + bytes((data[size - 1] if low is None else low,))
        right = due or named + data[size:]
        if size == 2 and data[0] != _HIGH:
            return Wrong(f"it begins {data[:2].hex().upper()}", due=right)
        if data[size - 1] != named[-1]:
            return Wrong(f"it is record {data[:size].hex().upper()}", due=right)
        known = due if due is not None else file.ids.get(data[size - 1])
        if known is not None and known != data:
            return Wrong(f"the record is {known.hex().upper()}", due=known)
        return ""

    def then(answer: Response | None) -> None:
        file.exists = True
        if answer is None:
            return
        found = answer.data[file.id_size - 1]
        file.ids[found] = answer.data
        if number is not None:
            file.numbers[number] = found

    return done(rule, then, look=look)


def _size(file: Variable, low: int | None) -> int | None:
    """Bytes of a record, None where they are not known."""
    known = file.ids.get(low) if low is not None else None
    if known is not None:
        return len(known)
    return _INDUSTRY if file.id_size == 2 else None


def _by_number(world: World, command: Command, errors: Errors, file: Variable) -> Expectation:
    number = command.p1
    low = file.numbers.get(number)
    _wrong_le(errors, command, _size(file, low))
    if number >= file.behind:
        errors.add(RULES["REC-COUNT"], "number", SW.RECORD_NOT_FOUND)
        return errors.outcomes()
    if errors.sure and low is None:
        errors.add(RULES["REC-COUNT"], "number", SW.RECORD_NOT_FOUND, sure=False)
    outcomes = errors.outcomes(_record(file, low, number, RULES["REC-SAME"]))
    if low is not None or errors.sure or number <= len(file.ids):
        return outcomes

    def behind(_answer: Response | None) -> None:
        file.behind = min(file.behind, number)

    return (*outcomes, refused(
        RULES["REC-COUNT"], (SW.RECORD_NOT_FOUND,), "number", behind))  # fmt: skip


def _by_id(world: World, command: Command, errors: Errors, file: Variable, low: int) -> Expectation:
    absent = low in file.absent or (file.id_size == 2 and low not in file.ids)
    _wrong_le(errors, command, _size(file, low))
    if absent:
        errors.add(RULES["REC-ID"], "identifier", SW.RECORD_NOT_FOUND)
        return errors.outcomes()
    outcomes = errors.outcomes(_record(file, low, None, RULES["REC-ID"]))
    if low in file.ids or errors.sure:
        return outcomes
    gone = refused(
        RULES["REC-ID"], (SW.RECORD_NOT_FOUND,), "identifier", lambda _: file.absent.add(low)
    )
    return (*outcomes, gone)


def read_ext_data(world: World, command: Command, errors: Errors) -> Expectation:
    """READ EXT DATA: an industry record by its two bytes of identifier [LAB]."""
    here = world.here
    if here is None or here.standard != TUNION or not world.claimed("ext_data"):
        return (not_stated("READ EXT DATA is not claimed", world.refused),)
    parameters(errors, bool(command.p1))
    if command.p2 & _MODES:
        errors.add(RULES["P1P2"], "parameters", SW.WRONG_P1P2, sure=False)
    file, other = _target(world, command, errors)
    if file is not None:
        other = _ext(world, command, errors, file)
    return _named(world, command, other)


def _ext(world: World, command: Command, errors: Errors, file: Records) -> Expectation:
    if isinstance(file, Cyclic) or file.id_size != 2:
        errors.add(RULES["FILE-TYPE"], "type", SW.FILE_TYPE, sure=False)
    length(errors, len(command.data) not in (2, 10))
    if errors.sure:
        return errors.outcomes()
    if isinstance(file, Cyclic) or file.id_size != 2 or command.p2 & _MODES or file.strange:
        return (not_stated("another file or mode", world.refused),)
    if len(command.data) == 10:
        return (not_stated("an answer with MAC", world.refused),)
    high, low = command.data[0], command.data[1]
    if command.le is not None:
        _wrong_le(errors, command, _INDUSTRY)
    if high != _HIGH or low not in file.ids:
        errors.add(RULES["REC-ID"], "identifier", SW.RECORD_NOT_FOUND)
    return errors.outcomes(_record(file, low, None, RULES["REC-ID"]))


# -- writing -------------------------------------------------------------------------------

_NO_RIGHT: Final = (
    SW.SECURITY, SW.SM_MISSING, SW.CONDITIONS, SW.NOT_SUPPORTED, SW.FILE_TYPE, SW.WRONG_LENGTH,
    SW.RECORD_NOT_FOUND, SW.WRONG_DATA, SW.CLA_LINE_PROTECTION, SW.SM_MAC_WRONG, SW.NO_SPACE,
    SW.CHALLENGE_INVALID, SW.WRONG_P1P2, SW.FILE_NOT_FOUND,
)  # fmt: skip


def write_record(world: World, command: Command, errors: Errors) -> Expectation:
    """Plain UPDATE RECORD and APPEND RECORD."""
    if command.ins == INS.APPEND_RECORD and command.p1:
        errors.add(RULES["P1P2"], "parameters", SW.WRONG_P1P2, sure=False)
    here, session = world.here, world.session
    other_kind = here.files.get(command.p2 >> 3) if here is not None else None
    if isinstance(other_kind, Transparent):  # nor has anybody the right to write it so
        errors.add(RULES["SM-NONE"], "rights", SW.SECURITY, SW.SM_MISSING, sure=False)
    file, other = _target(world, command, errors)
    if file is None:
        blurred = tuple(one.also(_blurred_all(here)) if one.anything else one for one in other)
        return _named(world, command, blurred)
    sfi = command.p2 >> 3 or (session.ef or 0)
    if here is not None and isinstance(file, Cyclic) and sfi == c.LOG:
        errors.add(RULES["REC-CARD"], "the card's own", *_NO_RIGHT)
        return _named(world, command, errors.outcomes())
    opens = world.form[TUNION]["auth_opens"] if session.df == TUNION else NOT_STATED
    if opens == NOT_STATED:
        return _named(world, command, (not_stated("who may write records", _blurred(world, file)),))
    if (session.auth is False or opens == "nothing") and here is not None:
        errors.add(RULES["REC-RIGHT"], "rights", *_NO_RIGHT)
        return _named(world, command, errors.outcomes())
    outcome = _written(world, command, errors, file)
    return _named(world, command, outcome)


def _written(world: World, command: Command, errors: Errors, file: Records) -> Expectation:
    """After authentication: an industry record by its number is written, for the rest see."""
    low = _low_of(file, command)
    size = len(file.ids.get(low) or b"") if isinstance(file, Variable) and low else 0
    exact = (
        command.cla == 0 and command.ins == 0xDC and command.p2 & _MODES == BY_NUMBER
        and isinstance(file, Variable) and file.id_size == 2 and size == len(command.data)
        and command.data[:2] == bytes((_HIGH, low or 0)) and command.data[2] == size - 3
    )  # fmt: skip

    def replaced(_answer: Response | None) -> None:
        if isinstance(file, Variable) and low is not None:
            file.ids[low] = command.data
        world.refused()

    if exact and isinstance(file, Variable):
        success = done(RULES["REC-RIGHT"], replaced, data=b"")
        if world.session.auth is None:
            errors.add(RULES["REC-RIGHT"], "rights", *_NO_RIGHT, sure=False)
        return errors.outcomes(success)
    return (not_stated("what other writes of records do", _blurred(world, file)),)


def _low_of(file: Records, command: Command) -> int | None:
    if isinstance(file, Cyclic):
        return None
    return file.numbers.get(command.p1)


def _blurred_all(here: Directory | None) -> Effect:
    """A write that may have gone into any file."""

    def then(answer: Response | None) -> None:
        if here is not None and (answer is None or answer.sw == SW.OK):
            for file in here.files.values():
                blur(file)

    return then


def _blurred(world: World, file: Records) -> Effect:
    """A write that may have done anything to the file."""

    def then(answer: Response | None) -> None:
        if answer is None or answer.sw == SW.OK:
            blur(file)
        world.refused()

    return then
