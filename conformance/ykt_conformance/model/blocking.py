"""APPLICATION BLOCK and UNBLOCK, CARD BLOCK, and what is left of a blocked one [GM 8.1-8.3]."""

from __future__ import annotations

from typing import Final

from ykt_conformance.model.expect import (
    Effect,
    Errors,
    Expectation,
    Outcome,
    empty,
    not_stated,
    refused,
)
from ykt_conformance.model.messaging import STALE, line_right, mac_is_right, no_challenge
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import Directory
from ykt_conformance.model.world import BASIC, World, length, parameters
from ykt_sim.codes import INS, LNT, SW, TUNION
from ykt_sim.wire.apdu import Command, Response

#: What a blocked application answers all the same: it must be possible to unblock it.
ANSWERED: Final = frozenset(
    (INS.SELECT, INS.GET_CHALLENGE, INS.APP_BLOCK, INS.APP_UNBLOCK, INS.CARD_BLOCK)
)
#: What a blocked application says to the rest.
DEAD: Final = (
    SW.NOT_SUPPORTED, SW.APP_LOCKED, SW.CONDITIONS, SW.SECURITY, SW.KEY_BLOCKED, SW.FILE_INVALID,
)  # fmt: skip
_TRIES: Final = 3
_KEYED: Final = (TUNION, LNT, BASIC)


def block(world: World, command: Command, errors: Errors) -> Expectation:
    """APPLICATION BLOCK: P2 00 for a time, 01 for good; P1 01 would be SM4."""
    here = world.here
    if here is None or here.standard not in _KEYED or command.p1 == 1:
        return (not_stated("which directories can be blocked, and by SM4", _loses(world)),)
    parameters(errors, command.p1 > 1 or command.p2 > 1)
    level = 2 if command.p2 else 1

    def then(_answer: Response | None) -> None:
        here.blocked = max(here.blocked or 0, level)
        here.unblock_wrong = 0
        line_right(here)
        world.refused()

    return _under_mac(world, command, errors, here, empty(RULES["BLOCK"], then))


def _loses(world: World) -> Effect:
    def then(answer: Response | None) -> None:
        if answer is None or answer.sw == SW.OK:
            world.session.known = False
        world.refused()

    return then


def _under_mac(
    world: World, command: Command, errors: Errors, here: Directory, success: Outcome
) -> Expectation:
    """The bare line MAC: right, wrong (6988, and nothing happens), or not known."""
    length(errors, len(command.data) != 4, SW.SM_MISSING, SW.SM_MAC_WRONG)
    no_challenge(world, errors)
    tries = (here.line_update or 0) + here.line_other
    if here.line_update is None or tries >= _TRIES - 1:
        errors.add(RULES["BLOCK-MAC"], "tries", SW.KEY_BLOCKED, SW.APP_LOCKED, sure=False)
    if errors.sure:
        return tuple(_counted(world, here, one) for one in errors.outcomes())
    right = mac_is_right(world, command, "line")
    outcomes = [] if right is False else [success]
    if right is not True:
        wrong = refused(RULES["BLOCK-MAC"], (SW.SM_MAC_WRONG,), "MAC", world.refused)
        outcomes.append(wrong)
    found = errors.outcomes(*outcomes)
    return tuple(one if one is success else _counted(world, here, one) for one in found)


def _counted(world: World, here: Directory, outcome: Outcome) -> Outcome:
    """A refusal that counts for the line key, or may."""

    def then(answer: Response | None) -> None:
        here.line_other += 1
        if answer is not None and answer.sw == SW.APP_LOCKED:
            world.lock(here)

    return outcome.also(then)


def unblock(world: World, command: Command, errors: Errors) -> Expectation:
    """APPLICATION UNBLOCK; three wrong ones in a row lock the application for good."""
    here = world.here
    if here is None or here.standard not in _KEYED:
        return (not_stated("which directories can be unblocked", _loses(world)),)
    parameters(errors, bool(command.p1 or command.p2))
    if here.blocked == 2:
        errors.add(RULES["BLOCK-GOOD"], "for good", SW.APP_LOCKED)
        length(errors, len(command.data) != 4, SW.SM_MISSING)
        if mac_is_right(world, command, "line") is not True:
            errors.add(RULES["BLOCK-MAC"], "MAC", *STALE, SW.KEY_BLOCKED, sure=False)
        return errors.outcomes()
    if here.blocked != 1:
        then = _doubts(world, here)
        challenge = world.session.challenge
        if challenge == b"" or mac_is_right(world, command, "line") is False:
            return (refused(RULES["BLOCK-MAC"], (), "MAC", then),)
        return (not_stated("APPLICATION UNBLOCK of what is not blocked", then),)

    def undone(_answer: Response | None) -> None:
        here.blocked, here.unblock_wrong = 0, 0
        line_right(here)

    found = _under_mac(world, command, errors, here, empty(RULES["BLOCK"], undone))
    return tuple(one for outcome in found for one in _third(world, here, outcome))


def _third(world: World, here: Directory, outcome: Outcome) -> Expectation:
    """The third wrong unblock in a row is 9303 and locks."""
    if outcome.kind != "MAC":
        return (outcome,)

    def locks(_answer: Response | None) -> None:
        world.lock(here)

    def counts(_answer: Response | None) -> None:
        if here.unblock_wrong is not None:
            here.unblock_wrong += 1

    wrongs = here.unblock_wrong
    lock = refused(RULES["BLOCK-THREE"], (SW.APP_LOCKED,), "third MAC", locks)
    said = outcome.also(counts)
    if wrongs is None or (here.line_other > wrongs):
        return said, lock
    return (lock,) if wrongs >= _TRIES - 1 else (said,)


def _doubts(world: World, here: Directory) -> Effect:
    def then(answer: Response | None) -> None:
        if answer is not None and answer.sw == SW.OK:
            here.blocked = 0
        here.line_other += 1
        if answer is not None and answer.sw == SW.APP_LOCKED:
            here.blocked = None
        world.refused()

    return then


def block_card(world: World, command: Command, errors: Errors) -> Expectation:
    """CARD BLOCK: afterwards every command is 6A81."""
    here = world.here
    if here is None or here.standard not in _KEYED:
        return (not_stated("whose key blocks the card here", _loses(world)),)
    parameters(errors, bool(command.p1 or command.p2))
    if here.blocked:
        errors.add(RULES["BLOCK-DEAD"], "blocked", *DEAD, sure=False)

    def then(_answer: Response | None) -> None:
        world.state.dead = True

    return _under_mac(world, command, errors, here, empty(RULES["BLOCK"], then))
