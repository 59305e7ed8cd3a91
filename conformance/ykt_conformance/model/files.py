"""Transparent files: READ and UPDATE BINARY, GET DATA [GM 7.5, 7.7]."""

from __future__ import annotations

from typing import Final

from ykt_conformance.drive import commands as c
from ykt_conformance.judge.stated import NOT_STATED
from ykt_conformance.model.contents import card_data_wrong, learn_lnt, learn_tunion, thirty_wrong
from ykt_conformance.model.expect import (
    ANY,
    Effect,
    Errors,
    Expectation,
    Outcome,
    Wrong,
    done,
    empty,
    not_stated,
    refused,
)
from ykt_conformance.model.messaging import LINE_MAC, line_right, mac_is_right, no_challenge
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import (
    Cyclic,
    Directory,
    File,
    Transparent,
    Variable,
    blur,
    filled,
    fits,
    shown,
)
from ykt_conformance.model.world import BASIC, ECASH, World, both, length, parameters
from ykt_sim.codes import LNT, SW, TUNION
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import BY_SFI

_COUNTRY: Final = bytes.fromhex("00000156")
_SECURE: Final = 0x04
_LOCKING: Final = (c.APPLICATION, c.CARDHOLDER)
_TRIES: Final = 3


def _target(
    world: World, command: Command, errors: Errors
) -> tuple[Transparent | None, int, Expectation]:
    """The file a binary command means and the offset; or what else there is to say."""
    session, here = world.session, world.here
    if command.p1 & BY_SFI:
        parameters(errors, bool(command.p1 & 0x60), SW.FILE_NOT_FOUND)
        sfi, offset = command.p1 & 0x1F, command.p2
    else:
        sfi, offset = session.ef if session.ef is not None else 0, command.p1 << 8 | command.p2
        if session.ef is None:
            errors.add(RULES["FILE-NONE"], "no file", SW.NO_CURRENT_EF)
    unnamed = sfi <= 0 and (session.ef is not None or bool(command.p1 & BY_SFI))
    if here is None or unnamed:
        if errors.sure:
            errors.add(RULES["FILE-ABSENT"], "unclear", sure=False)
            return None, 0, errors.outcomes()
        return None, 0, (not_stated("nobody knows which file is meant"),)
    if sfi > 0:
        errors_of(here, sfi, errors)
    file = here.files.get(sfi)
    if errors.sure and not isinstance(file, Transparent):
        return None, 0, errors.outcomes()
    if not isinstance(file, Transparent) or file.exists is False:
        return None, 0, errors.outcomes()
    return file, offset, ()


def errors_of(here: Directory, sfi: int, errors: Errors) -> None:
    """What is wrong with the file that a binary command means."""
    if sfi not in here.files and sfi == c.NO_FILE and here.purse is not None:
        errors.add(RULES["FILE-ABSENT"], "absent", SW.FILE_NOT_FOUND)
        return
    file = here.files.setdefault(sfi, Transparent())
    there = True if isinstance(file, Cyclic) else file.exists
    if there is False:
        errors.add(RULES["FILE-ABSENT"], "absent", SW.FILE_NOT_FOUND, *_UNREADABLE)
    elif isinstance(file, Cyclic | Variable):
        errors.add(RULES["FILE-TYPE"], "type", SW.FILE_TYPE)
    if there is None:
        errors.add(RULES["FILE-ABSENT"], "absent", SW.FILE_NOT_FOUND, sure=False)


#: What a file that is not to be read may say as well as that it is not there.
_UNREADABLE: Final = (SW.SECURITY, SW.CONDITIONS, SW.NOT_SUPPORTED)


def touched(world: World, sfi: int) -> None:
    """A file was named by its short identifier; whether that makes it current is not stated."""
    if sfi and world.session.ef != sfi:
        world.session.ef = -1


def read_binary(world: World, command: Command, errors: Errors) -> Expectation:
    """READ BINARY."""
    sfi = command.p1 & 0x1F if command.p1 & BY_SFI else 0
    if command.cla & _SECURE:
        return (not_stated("a protected read", _unclear(world)),)
    length(errors, bool(command.data))
    file, offset, other = _target(world, command, errors)
    if file is None:
        return tuple(_with(one, world, sfi) for one in other)
    size, asked = file.size, command.le
    if file.exists is None:
        errors.add(RULES["FILE-ABSENT"], "type or rights", sure=False)
    if size is not None and offset >= size:
        errors.add(RULES["FILE-OFFSET"], "offset", SW.WRONG_OFFSET)
    elif size is None and offset:
        errors.add(RULES["FILE-OFFSET"], "offset", SW.WRONG_OFFSET, sure=False)
    if asked is None or (asked and (size is None or offset + asked > size)):
        errors.add(RULES["LENGTH"], "Le", sure=False)
    left = None if size is None else max(size - offset, 0)
    exact = left if asked in (None, 0) else asked
    if exact is not None and left is not None and exact > left:
        exact = left
    return tuple(
        _with(one, world, sfi) for one in errors.outcomes(_given(world, file, sfi, offset, exact))
    )


def _with(outcome: Outcome, world: World, sfi: int) -> Outcome:
    """The outcome, and the file was named."""

    def named(answer: Response | None) -> None:
        touched(world, sfi)
        here = world.here
        absent = answer is not None and answer.sw == SW.FILE_NOT_FOUND and here is not None
        file = here.files.get(sfi) if here is not None else None
        if absent and isinstance(file, Transparent) and file.exists is None:
            file.exists = False

    return outcome.also(named)


def _unclear(world: World) -> Effect:
    """Nobody knows which file is current now."""

    def then(_answer: Response | None) -> None:
        world.session.ef = -1
        world.refused()

    return then


def _given(world: World, file: Transparent, sfi: int, offset: int, exact: int | None) -> Outcome:
    """The bytes that a read gives."""

    def look(data: bytes) -> str | Wrong:
        if exact is not None and len(data) != exact:
            rule = RULES["FILE-SIZE" if offset == 0 else "FILE-SAME"]
            return Wrong(f"{len(data)} bytes, not {exact}", rule, f"{exact} bytes")
        due = file.part(offset, len(data))
        if not fits(due, data):
            return Wrong(f"the file holds {shown(due)}", due=filled(due, data))
        return _sound(world, sfi, offset, data)

    def then(answer: Response | None) -> None:
        file.exists = True
        if answer is None:
            return
        file.write(offset, answer.data)
        if file.size is None and exact is None and world.session.df == BASIC:
            file.size = offset + len(answer.data)
        if offset == 0 and sfi == c.APPLICATION:
            _learn(world, answer.data)

    return done(RULES["FILE-SAME"], then, look=look)


def _sound(world: World, sfi: int, offset: int, data: bytes) -> str | Wrong:
    """Whether what was read first may stand there at all."""
    here = world.session.df
    if offset:
        return ""
    if _written(world, sfi):
        return ""
    if here == TUNION and sfi == c.APPLICATION and len(data) >= 30:
        return thirty_wrong(world, data[:30])
    if here == TUNION and sfi == c.CARD_INFO and data[:4] != _COUNTRY[: len(data)]:
        due = (_COUNTRY + data[4:])[: len(data)]
        return Wrong(f"country {data[:4].hex().upper()}", RULES["FILE-17"], due)
    if here == BASIC and sfi == c.APPLICATION and len(data) >= 70:
        return card_data_wrong(world, data)
    return ""


def _written(world: World, sfi: int) -> bool:
    here = world.here
    return here is not None and here.writes_records.get(sfi, False)


def _learn(world: World, data: bytes) -> None:
    if world.session.df == TUNION and len(data) >= 30:
        learn_tunion(world, data)
    elif world.session.df == BASIC:
        learn_lnt(world, data)


# -- writing -------------------------------------------------------------------------------


def update_binary(world: World, command: Command, errors: Errors) -> Expectation:
    """UPDATE BINARY: the files of these applications are written under the line MAC only."""
    here, sfi = world.here, command.p1 & 0x1F if command.p1 & BY_SFI else 0
    other_kind = here.files.get(sfi) if here is not None else None
    if isinstance(other_kind, Cyclic | Variable):  # nor has anybody the right to write it so
        errors.add(RULES["REC-RIGHT"], "rights", SW.SECURITY, SW.SM_MISSING, sure=False)
    file, offset, other = _target(world, command, errors)
    if file is None or here is None:
        blurs = _blurs(world, *(here.files.values() if here is not None else ()))
        blurs = blurs if here is None else both(blurs, _may_count(here))
        blurred = (one.also(blurs) if one.anything else one for one in other)
        return tuple(_with(one, world, sfi) for one in blurred)
    if _writer(world, sfi) != "line":
        then = both(_blurs(world, file), _may_count(here))
        return (not_stated("who may write this file is the issuer's choice", then),)
    if not command.cla & _SECURE:
        errors.add(RULES["SM-NONE"], "no MAC", SW.SM_MISSING, SW.SECURITY, *_CLASS_OR_NONE)
        return tuple(_with(one, world, sfi) for one in errors.outcomes())
    right = mac_is_right(world, command, "line")
    length(errors, len(command.data) < LINE_MAC, SW.SM_MISSING, SW.SM_MAC_WRONG)
    no_challenge(world, errors)
    data = command.data[:-LINE_MAC]
    if file.size is not None and offset + len(data) > file.size:
        errors.add(RULES["SM-END"], "end", *(SW.WRONG_OFFSET, SW.WRONG_LENGTH, SW.NO_SPACE))
    elif file.size is None and offset + len(data) > len(file.content):
        errors.add(RULES["SM-END"], "end", sure=False)
    length(errors, not data, SW.WRONG_DATA)
    left_over = (here.line_update or 0) + here.line_other
    if left_over >= _TRIES or here.line_update is None:
        errors.add(RULES["SM-LOCK"], "tries", SW.KEY_BLOCKED, SW.APP_LOCKED, sure=False)
    outcomes = _judged(world, errors, right, (file, sfi, offset, data))
    return tuple(_with(one, world, sfi) for one in outcomes)


#: Entries of the form that say under whose MAC a file is written.
_WRITER: Final[dict[tuple[str, int], str]] = {
    (TUNION, c.APPLICATION): "ef15_update", (TUNION, c.CARDHOLDER): "ef16_update",
    (BASIC, c.APPLICATION): "ef15_update",
}  # fmt: skip


def _writer(world: World, sfi: int) -> str:
    """Under whose MAC a file is written; EF 17 is taken to be like EF 15."""
    standard = world.session.df
    entry = _WRITER.get((standard, c.APPLICATION if sfi == c.CARD_INFO else sfi))
    return str(world.form[LNT if standard == BASIC else standard][entry]) if entry else NOT_STATED


_CLASS_OR_NONE: Final = (SW.CLA_LINE_PROTECTION, SW.SM_MAC_WRONG)


def _judged(
    world: World,
    errors: Errors,
    right: bool | None,  # noqa: FBT001 - what was found of the MAC
    place: tuple[Transparent, int, int, bytes],
) -> Expectation:
    """What an update gives by its MAC: right, wrong or not known."""
    here = world.here
    if here is None:
        return errors.outcomes()
    file, sfi, offset, data = place

    def written(_answer: Response | None) -> None:
        file.write(offset, data)
        here.writes_records[sfi] = True
        line_right(here)
        world.refused()

    wrong: list[Outcome] = []
    if errors.sure:
        if right is False:
            errors.add(RULES["SM-WRONG"], "MAC", SW.SM_MAC_WRONG, SW.APP_LOCKED)
        return tuple(_counts(world, one) for one in errors.outcomes())
    if right is not True:
        wrong = _wrong_mac(world, here, locks=sfi in _LOCKING and here.standard == TUNION)
    success = [] if right is False else [empty(RULES["SM-RIGHT"], written)]
    return errors.outcomes(*success, *wrong) if success or wrong else errors.outcomes()


def _counts(world: World, outcome: Outcome) -> Outcome:
    """A refusal of which nobody knows whether it counted as a wrong MAC."""
    here = world.here

    def then(answer: Response | None) -> None:
        if here is not None and answer is not None and answer.sw == SW.APP_LOCKED:
            world.lock(here)
        elif here is not None:
            here.line_update = None

    return outcome.also(then)


def _may_count(here: Directory) -> Effect:
    """A wrong MAC on a file of which nobody knows whether it counts with the others."""

    def then(answer: Response | None) -> None:
        if answer is not None and answer.sw == SW.SM_MAC_WRONG:
            here.line_update = None

    return then


def _wrong_mac(world: World, here: Directory, *, locks: bool) -> list[Outcome]:
    """A wrong MAC is 6988; the third in a row on EF 15 and 16 locks the application."""

    def counted(_answer: Response | None) -> None:
        if locks:
            here.line_update = None if here.line_update is None else here.line_update + 1
        else:
            here.line_other += 1
        world.refused()

    def locked(_answer: Response | None) -> None:
        world.lock(here)

    said = refused(RULES["SM-WRONG"], (SW.SM_MAC_WRONG,), "MAC", counted)
    lock = refused(RULES["SM-LOCK"], (SW.APP_LOCKED,), "third MAC", locked)
    if here.line_update is None or here.line_other:
        return [said, lock, refused(RULES["SM-LOCK"], (SW.KEY_BLOCKED,), "tries", counted)]
    if not locks:
        return [said] if here.line_update + here.line_other < _TRIES else [
            said, refused(RULES["SM-LOCK"], ANY, "tries", counted)]  # fmt: skip
    return [lock] if here.line_update >= _TRIES - 1 else [said]


def _blurs(world: World, *files: File) -> Effect:
    """These files may hold anything now."""

    def then(answer: Response | None) -> None:
        if answer is None or answer.sw == SW.OK:
            for file in files:
                blur(file)

    return both(then, _unclear(world))


# -- e-cash ----------------------------------------------------------------------------------


def get_data(world: World, command: Command, errors: Errors) -> Expectation:
    """GET DATA: of the e-cash 9F79, anything else is not stated."""
    here, tag = world.here, command.p1 << 8 | command.p2
    claimed = here is not None and here.standard == ECASH and world.form[ECASH]["balance"]
    if here is None or not claimed or tag != 0x9F79:
        return (not_stated("which data there are", world.refused),)
    if command.le not in (None, 0, 9):
        errors.add(RULES["LENGTH"], "Le", sure=False)

    def look(data: bytes) -> str | Wrong:
        if data[:3] != bytes.fromhex("9F7906") or len(data) != 9:
            return Wrong("it is not 9F79 06 and six bytes", due="9F79 06 and six bytes")
        seen = here.data.get(tag) or data
        return "" if seen == data else Wrong(f"before it was {seen.hex().upper()}", due=seen)

    def then(answer: Response | None) -> None:
        if answer is not None:
            here.data[tag] = answer.data

    return errors.outcomes(done(RULES["DATA"], then, look=look))
