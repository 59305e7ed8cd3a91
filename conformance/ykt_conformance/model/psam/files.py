"""Directories, files and challenges of a PSAM [LAB PSAM 2046..2048, 6352..6354]."""

from __future__ import annotations

from typing import Final

from ykt_conformance.model.expect import (
    ANY,
    Effect,
    Errors,
    Expectation,
    Outcome,
    Wrong,
    done,
    not_stated,
    refused,
)
from ykt_conformance.model.psam.state import MF, SamWorld
from ykt_conformance.model.rules import NOT_STATED, RULES
from ykt_conformance.model.state import Transparent, fits, shown
from ykt_sim.codes import TUNION
from ykt_sim.errors import ReadError
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.applications import SamFile
from ykt_sim.wire.commands import BY_NAME, BY_SFI
from ykt_sim.wire.tlv import Fci

_LONGEST: Final = 16
_SFI: Final = 0x1F
#: Names that begin so are registered for nobody [ISO/IEC 7816-5].
_UNREGISTERED: Final = 0xF0
_TERMINAL_SIZE: Final = 6
_CHALLENGES: Final = (4, 8)


def shape(errors: Errors, kind: str, wrong: bool) -> None:  # noqa: FBT001 - a test's outcome
    """A refusal by any word where P1, P2 or a length are none that were ever seen."""
    if wrong:
        errors.add(RULES["SAM-SHAPE"], kind)


# -- SELECT --------------------------------------------------------------------------------


def select(world: SamWorld, command: Command, errors: Errors) -> Expectation:
    """SELECT by file identifier or by name."""
    by_name, size = command.p1 == BY_NAME, len(command.data)
    shape(errors, "parameters", command.p1 not in (0x00, BY_NAME))
    shape(errors, "length", size > _LONGEST if by_name else size not in (0, 2))
    if errors.sure:
        return tuple(one for refusal in errors.outcomes() for one in _kept(world, refusal))
    target = command.data.hex().upper()
    there = target == MF or target in world.claims.applications
    if command.p2 or not size:
        silent = not_stated("SELECT of another occurrence, or without a name", _lost(world))
        return (silent, *_kept(world, refused(NOT_STATED, ANY, "not stated"))[1:])
    enters = _entered(world, target, command.data if by_name else b"")
    if not there and by_name and command.data[0] & 0xF0 == _UNREGISTERED:
        return (*_kept(world, refused(RULES["SAM-ABSENT"], ANY, "absent")),)
    if target == MF or (there and world.session.df == MF):
        return (enters,)
    if not there and target not in world.seen.fcis:
        return (*_kept(world, refused(NOT_STATED, ANY, "not stated")), enters)
    return (enters, *_kept(world, refused(RULES["SAM-SELECT"], ANY, "absent")))


def _entered(world: SamWorld, target: str, name: bytes) -> Outcome:
    before = world.seen.fcis.get(target)

    def look(data: bytes) -> str | Wrong:
        there = named(data)
        if there and not there.startswith(name):
            return Wrong(f"the FCI of {there.hex().upper()}", due=f"84 beginning {name.hex()}")
        if before is not None and data != before:
            return Wrong("another FCI than before", RULES["SAM-FILE"], before)
        return ""

    def then(answer: Response | None) -> None:
        session = world.session
        if answer is not None:
            world.seen.fcis.setdefault(target, answer.data)
        session.df = target
        world.blur_des()
        if world.claims.ends == "yes":
            session.opened, session.missed = None, False
        elif world.claims.ends != "no" and session.opened is not None:
            session.opened.sure = False

    return done(RULES["SAM-SELECT"], then, look=look)


def named(fci: bytes) -> bytes:
    """The name in an FCI; empty where there is none."""
    try:
        return Fci.parse(fci).df_name
    except ReadError:
        return b""


def _kept(world: SamWorld, outcome: Outcome) -> tuple[Outcome, ...]:
    """Whether a refused SELECT leaves what was selected is not stated: both."""

    def back(_answer: Response | None) -> None:
        world.session.df = MF

    kept = outcome.also(world.shaken)
    return (kept,) if world.session.df in (MF, None) else (kept, kept.also(back))


def _lost(world: SamWorld) -> Effect:
    def then(answer: Response | None) -> None:
        if answer is None or answer.ok:
            world.session.df = None
        world.shaken()

    return then


# -- READ BINARY ---------------------------------------------------------------------------


def read_binary(world: SamWorld, command: Command, errors: Errors) -> Expectation:
    """READ BINARY by short identifier."""
    if not command.p1 & BY_SFI or command.le is None:
        return (not_stated("reads of the current file, and without Le", world.shaken),)
    shape(errors, "parameters", bool(command.p1 & ~(BY_SFI | _SFI)))
    shape(errors, "length", bool(command.data))
    if errors.sure:
        return errors.outcomes()
    sfi, df = command.p1 & _SFI, world.session.df
    file = _file(world, df, sfi)
    if file.size is not None and command.p2 >= file.size:
        errors.add(RULES["SAM-OFFSET"], "offset")
        return errors.outcomes()
    reads = _content(world, file, sfi, command.p2, command.le)
    refusal = refused(RULES["SAM-READ"], ANY, "no such file, or no so long one", world.shaken)
    seen = len(file.content) if file.size is None else file.size
    if not _must(world, df, sfi, file) or command.p2 + command.le > seen:
        return (reads, refusal)
    if command.le or file.size is None:
        return (reads,)
    # T=0 may say how many there are when all are asked for.
    return (reads, refused(reads.rule, (0x6C00 | (file.size - command.p2),), "Le"))


def _file(world: SamWorld, df: str | None, sfi: int) -> Transparent:
    """A file as far as it was seen; a file of a place that nobody knows is not kept."""
    known = Transparent() if df is None else world.state.files.get((df, sfi), Transparent())
    if sfi == SamFile.TERMINAL and world.claims.terminal:
        content = list(bytes.fromhex(world.claims.terminal))
        known = Transparent(_TERMINAL_SIZE, [*content], known.exists)
    return known


def _must(world: SamWorld, df: str | None, sfi: int, file: Transparent) -> bool:
    """The file is there: it was read here, or the laboratory reads it in this place."""
    if file.exists:
        return True
    purse = world.standard == TUNION and sfi in (SamFile.TERMINAL, SamFile.APPLICATION)
    return purse or (df == MF and sfi == SamFile.CARD)


def _content(world: SamWorld, file: Transparent, sfi: int, start: int, le: int) -> Outcome:
    rule = RULES["SAM-TERMINAL" if sfi == SamFile.TERMINAL else "SAM-FILE"]
    df = world.session.df

    def look(data: bytes) -> str | Wrong:
        rest = None if file.size is None else file.size - start
        asked = le or rest
        due = asked if rest is None or asked is None else min(asked, rest)
        if due is not None and len(data) != due and (rest is not None or len(data) > due):
            return Wrong(f"{len(data)} bytes", due=f"{due} bytes")
        pattern = file.part(start, len(data))
        if not fits(pattern, data):
            why = (
                "another terminal number" if sfi == SamFile.TERMINAL else "other bytes than before"
            )
            return Wrong(why, due=f"{shown(pattern)}")
        return ""

    def then(answer: Response | None) -> None:
        world.shaken()
        if answer is None:
            return
        _learn(file, start, answer.data, le)
        if df is not None:
            world.state.files[df, sfi] = file
        number = file.content[:_TERMINAL_SIZE]
        if sfi == SamFile.TERMINAL and len(number) == _TERMINAL_SIZE and None not in number:
            world.seen.terminal = bytes(byte or 0 for byte in number).hex().upper()

    return done(rule, then, look=look)


def _learn(file: Transparent, start: int, data: bytes, le: int) -> None:
    file.exists = True
    file.write(start, data)
    if not le or len(data) < le:
        file.size = start + len(data)


# -- GET CHALLENGE -------------------------------------------------------------------------


def get_challenge(world: SamWorld, command: Command, errors: Errors) -> Expectation:
    """GET CHALLENGE: four or eight fresh bytes [LAB PSAM 2047][GM 7.2]."""
    shape(errors, "parameters", bool(command.p1 or command.p2))
    shape(errors, "length", bool(command.data))
    if errors.sure:
        return errors.outcomes()
    if command.le not in _CHALLENGES:
        return (not_stated("challenges of other lengths", world.shaken),)

    def look(data: bytes) -> str | Wrong:
        if len(data) != command.le:
            return Wrong(f"{len(data)} bytes", due=f"{command.le} bytes")
        stale = world.seen.randoms.wrong(data)
        if any(code in data for code in world.seen.codes):
            stale = "a MAC1 that was given, no random"
        return Wrong(stale, due="a fresh random") if stale else ""

    return (done(RULES["SAM-RANDOM"], world.shaken, look=look),)
