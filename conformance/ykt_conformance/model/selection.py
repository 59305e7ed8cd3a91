"""SELECT: which application is found, what its FCI holds, what entering it ends [GM 7.4]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from ykt_conformance.drive import commands as c
from ykt_conformance.model.contents import fci_wrong, learn_tunion
from ykt_conformance.model.expect import (
    ANY,
    OK,
    Errors,
    Expectation,
    Outcome,
    Wrong,
    done,
    not_stated,
    refused,
)
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import Cyclic, Directory, Transparent, Variable
from ykt_conformance.model.world import BASIC, HIDDEN, MIFARE, PPSE, World, length, parameters
from ykt_sim.codes import AID_NAMES, LNT, SW, TUNION
from ykt_sim.errors import ReadError
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import BY_NAME
from ykt_sim.wire.tlv import Fci

_FIDS: Final = {0xDDF1: BASIC, 0xADF3: LNT, 0xADF1: MIFARE}
#: P2 of other cards: first, last, next, previous, and no FCI wanted [ISO 7816-4].
_OTHER_P2: Final = frozenset((0x01, 0x02, 0x03, 0x0C))
_ISSUER_DATA: Final = bytes.fromhex("9F0C")
_SHORT, _LONG = 5, 16
#: What a blocked application may say to SELECT [LAB][GM 8.3].
_BLOCKED: Final = (0x6283, 0x6284, SW.NOT_SUPPORTED, SW.APP_LOCKED)
_HIDDEN_WORDS: Final = (SW.FILE_NOT_FOUND,)


def select(world: World, command: Command, errors: Errors) -> Expectation:
    """SELECT by name or by file identifier."""
    lost = _lost(world)
    parameters(errors, command.p1 not in (0x00, BY_NAME) or (
        command.p2 not in _OTHER_P2 and command.p2 != 0))  # fmt: skip
    if command.p2 in _OTHER_P2:
        errors.add(RULES["P1P2"], "parameters", SW.WRONG_P1P2, sure=False)
    if command.p1 == BY_NAME:
        length(errors, len(command.data) > _LONG, SW.FILE_NOT_FOUND, SW.WRONG_DATA)
        if errors.sure:
            return errors.outcomes()
        if command.p2 or len(command.data) < _SHORT:
            return (not_stated("SELECT of another occurrence or a short name", lost),)
        return _by_name(world, command, errors)
    length(errors, len(command.data) not in (0, 2), SW.FILE_NOT_FOUND)
    if errors.sure or not world.session.known:
        return errors.outcomes() if errors.sure else (not_stated("where it is sent", lost),)
    if command.p2 or not command.data:
        return (not_stated("SELECT of the MF, or of another occurrence", lost),)
    return _by_fid(world, command, int.from_bytes(command.data, "big"))


def _lost(world: World, *, blocked: bool = False) -> Callable[[Response | None], None]:
    """Nobody knows what is selected now, unless it was refused: what is blocked may be entered."""

    def then(answer: Response | None) -> None:
        if blocked or answer is None or answer.sw == SW.OK or answer.data:
            world.state.session.known = False
        world.refused()

    return then


# -- by name -----------------------------------------------------------------------------


def _by_name(world: World, command: Command, errors: Errors) -> Expectation:
    name, found = command.data, world.state.directories
    whole = [one for one in found.values() if one.name == name]
    if whole:
        return _entered(world, command, whole[0])
    part = [one for one in found.values() if one.name.startswith(name)]
    longer = [one for one in found.values() if name.startswith(one.name)]
    if part:
        return _by_part(world, command, part)
    if any(one.fci is None for one in longer):
        return (not_stated("a longer name than was seen", _lost(world)),)
    given = any(name.startswith(known) for known in AID_NAMES) and not _claimed_away(world, name)
    if given and not longer:
        return (not_stated("the form is silent on this application", _lost(world)),)
    errors.add(RULES["SEL-ABSENT"], "absent", SW.FILE_NOT_FOUND)
    return errors.outcomes()


def _by_part(world: World, command: Command, part: list[Directory]) -> Expectation:
    """Of applications whose names begin so, which it is is the card's choice."""
    if all(_shut(world, app) for app in part):
        return (refused(RULES["PPSE-LOCK"], ANY, "hidden", world.refused),)
    if any(app.standard in HIDDEN for app in part):
        blocked = any(app.blocked != 0 for app in part)
        return (not_stated("the beginning of a name", _lost(world, blocked=blocked)),)
    return tuple(one for app in part for one in _entered(world, command, app, part=True))


def _claimed_away(world: World, name: bytes) -> bool:
    """The form says that the application is not there."""
    form = world.form
    absent = [aid for standard, aid in c.AID.items() if not form[_section(standard)]["claimed"]]
    if not form[PPSE]["claimed"]:
        absent.append(bytes.fromhex("325041592E5359532E4444463031"))
    return name in absent


def _section(standard: str) -> str:
    return LNT if standard == BASIC else standard


def _entered(
    world: World, command: Command, directory: Directory, *, part: bool = False
) -> Expectation:
    """What SELECT of an application that is on the card may answer."""
    asked = command.data if command.p1 == BY_NAME else b""
    if _shut(world, directory):
        return (_hidden(world),)
    outcomes: list[Outcome] = []
    if _hides(world, directory) and world.session.locked is None:
        outcomes.append(_hidden(world))
    if directory.standard == MIFARE and world.form[LNT]["mf1x"] == "retired":
        return (*outcomes, _retired(world, directory, asked))
    if directory.blocked != 0:
        outcomes.append(_blocked(world, directory))
    if not directory.blocked:
        opened = _open(world, directory, asked, part=part)
        rule = RULES["SEL-LE"] if command.le is None and not part else opened.rule
        outcomes.insert(0, replace(opened, rule=rule))
    if command.le not in (None, 0) and not directory.blocked:
        outcomes.append(refused(RULES["LENGTH"], ANY, "Le", world.refused))
    return tuple(outcomes)


def _hides(world: World, directory: Directory) -> bool:
    """PPSE hides the application, until the next reset."""
    return bool(world.form["behaviour"]["ppse_lockout"]) and directory.standard in HIDDEN


def _shut(world: World, directory: Directory) -> bool:
    """It is hidden now, whatever it is asked for by."""
    return bool(world.session.locked) and _hides(world, directory)


def _hidden(world: World) -> Outcome:
    return refused(RULES["PPSE-LOCK"], _HIDDEN_WORDS, "hidden", world.refused)


def _open(world: World, directory: Directory, asked: bytes, *, part: bool) -> Outcome:
    rule = RULES["SEL-PART" if part else "SEL-NAME"]
    if world.session.locked and directory.standard != PPSE:
        rule = RULES["PPSE-ENTER"]

    def look(data: bytes) -> str | Wrong:
        if directory.fci is not None:
            return _other_fci(directory, data)
        wrong = fci_wrong(world, directory.standard, asked, data)
        return wrong or _other_ef15(directory, data)

    def then(answer: Response | None) -> None:
        enter(world, directory)
        directory.blocked = 0
        if answer is not None:
            directory.fci = answer.data
            _learn(world, directory, answer.data)

    return done(rule, then, look=look)


def _other_fci(directory: Directory, data: bytes) -> str | Wrong:
    """Why this is not the FCI of before, with what was written into EF 15 since."""
    due = _as_it_is(directory)
    if data == due:
        return ""
    if data == directory.fci and due is not None:
        at = data.find(_ISSUER_DATA) + 3
        told, held = (fci[at : at + 30].hex().upper() for fci in (data, due))
        return Wrong(f"9F0C is still {told} and EF 15 was written, it holds {held}",
                     RULES["SEL-SAME"], due)  # fmt: skip
    return Wrong("another FCI than before", RULES["SEL-SAME"], due or data)


def _as_it_is(directory: Directory) -> bytes | None:
    """The FCI as it was told, with what EF 15 holds now where that was written [GM 7.4]."""
    fci = directory.fci
    file = directory.files.get(c.APPLICATION)
    if fci is None or directory.standard != TUNION or not isinstance(file, Transparent):
        return fci
    at = fci.find(_ISSUER_DATA)
    content = file.content[:30]
    if at < 0 or len(content) < 30 or None in content:
        return fci
    now = bytes(byte or 0 for byte in content)
    return fci[: at + 3] + now + fci[at + 33 :]


def _other_ef15(directory: Directory, data: bytes) -> str | Wrong:
    """9F0C says what EF 15 holds, where that was read [GM 7.4]."""
    file = directory.files.get(c.APPLICATION)
    issuer = Fci.parse(data).issuer_data
    if directory.standard != TUNION or not isinstance(file, Transparent) or issuer is None:
        return ""
    pairs = zip(file.content, issuer, strict=False)
    if all(own in (None, told) for own, told in pairs):
        return ""
    held = bytes(
        told if own is None else own for own, told in zip(file.content, issuer, strict=False)
    )
    return Wrong("9F0C is not what EF 15 holds", RULES["SEL-SAME"], f"9F0C of {held.hex().upper()}")


def _learn(world: World, directory: Directory, data: bytes) -> None:
    try:
        fci = Fci.parse(data)
    except ReadError:
        return
    directory.name = fci.df_name or directory.name
    file = directory.files.get(c.APPLICATION)
    if directory.standard == TUNION and fci.issuer_data and isinstance(file, Transparent):
        file.write(0, fci.issuer_data[:30])
        learn_tunion(world, fci.issuer_data)


def enter(world: World, directory: Directory) -> None:
    """What entering an application ends: rights, PIN, transaction [GM 7.1, 7.4, 7.10]."""
    session = world.session
    session.known, session.df, session.ef = True, directory.standard, None
    session.pin, session.auth, session.transaction = False, False, None
    session.refused = False
    if directory.standard == PPSE:
        session.locked = True


def _retired(world: World, directory: Directory, asked: bytes) -> Outcome:
    def look(data: bytes) -> str | Wrong:
        return fci_wrong(world, directory.standard, asked, data)

    def then(_answer: Response | None) -> None:
        world.session.known, world.session.transaction = False, None

    outcome = refused(RULES["SEL-MF1X"], (SW.NOT_SUPPORTED,), "retired", then)
    return replace(outcome, look=look)


def _blocked(world: World, directory: Directory) -> Outcome:
    """A blocked application says so; with a warning it is selected all the same [LAB][GM 8.3]."""
    words: tuple[int, ...] = _BLOCKED
    if directory.standard == TUNION:
        words = (int(world.form[TUNION]["blocked_select"], 16),)
        if directory.blocked != 1:
            words += (SW.APP_LOCKED, SW.NOT_SUPPORTED)

    def then(answer: Response | None) -> None:
        if directory.blocked is None:
            directory.blocked = 2 if answer and answer.sw == SW.APP_LOCKED else 1
        if answer is not None and answer.sw >> 8 == 0x62:
            enter(world, directory)
        else:
            world.session.known, world.session.transaction = False, None

    return refused(RULES["BLOCK-SELECT"], words, "blocked", then)


# -- by file identifier --------------------------------------------------------------------


def _by_fid(world: World, command: Command, fid: int) -> Expectation:
    here, standard = world.session.df, _FIDS.get(fid, "")
    directory = world.state.directories.get(standard)
    if directory is not None:
        near = (standard == BASIC and here in ("", BASIC, LNT)) or (
            standard == LNT and here in (BASIC, LNT)
        )
        entered = _entered(world, command, directory)
        if near and world.form[LNT]["fid_select"]:
            return tuple(
                replace(one, rule=RULES["SEL-FID"]) if one.kind == OK else one for one in entered
            )
        absent = refused(RULES["SEL-FID"], ANY, "absent", world.refused)
        return (*entered, absent)
    application = world.here
    file = application.files.get(fid & 0x1F) if application is not None and fid < 0x20 else None
    if file is None:
        return (not_stated("the form is silent on this identifier", _lost(world)),)

    def then(_answer: Response | None) -> None:
        world.session.ef = fid
        world.refused()
        _there(file)

    return (
        done(RULES["FILE-SAME"], then),
        refused(RULES["FILE-ABSENT"], ANY, "absent", world.refused),
    )


def _there(file: Transparent | Cyclic | Variable) -> None:
    if isinstance(file, Transparent | Variable) and file.exists is None:
        file.exists = True
