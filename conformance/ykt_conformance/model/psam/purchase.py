"""INIT FOR PURCHASE and the check of MAC2 [psam][tBus] purse facts 2, cards facts 4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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
from ykt_conformance.model.psam.files import shape
from ykt_conformance.model.psam.state import LAST, Opened, SamWorld
from ykt_conformance.model.rules import RULES
from ykt_sim.codes import LNT, TUNION
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import diversify_chain, session_key
from ykt_sim.errors import ReadError
from ykt_sim.wire import macs
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.purse import (
    SamCheckData,
    SamPurchaseAnswer,
    SamPurchaseData1,
    SamPurchaseData2,
)

#: Whose key a length is for, as far as both were seen together: one factor, or two.
_LAYOUTS: Final[Mapping[int, tuple[str, type[Any]]]] = {
    SamPurchaseData1.SIZE: (LNT, SamPurchaseData1),
    SamPurchaseData2.SIZE: (TUNION, SamPurchaseData2),
}
#: Algorithm ids under which the key's length alone decides [GM 5.4][deng].
_DES: Final = (0x00, 0x01)


# -- INIT FOR PURCHASE ---------------------------------------------------------------------


def init(world: SamWorld, command: Command, errors: Errors) -> Expectation:
    """`80 70`: the PSAM's number and MAC1 for the card that it is told of."""
    shape(errors, "parameters", bool(command.p1 or command.p2))
    known = _LAYOUTS.get(len(command.data))
    if known is None:
        errors.add(RULES["SAM-LENGTH"], "length")
    if known is None or errors.sure:
        return errors.outcomes()
    standard, layout = known
    try:
        data: Any = layout.parse(command.data)
    except ReadError:
        data = None
    silent = ""
    if data is None:
        silent = "transaction types that no card has"
    elif command.le not in (None, 0, SamPurchaseAnswer.SIZE):
        silent = "another Le than the answer has bytes"
    elif world.standard not in ("", standard):
        silent = "how often this key is divided"
    if silent:
        return (not_stated(silent, _unknown(world)),)
    place = (world.session.df or "", len(command.data), bytes((data.key_version, data.algorithm)))
    rule = RULES["SAM-KEY"]
    tries, wrong = world.claims.tries, world.state.wrong
    if tries and wrong is not None and wrong >= tries:
        return (refused(RULES["SAM-LOCK"], ANY, "locked", _refused(world)),)
    answered = _answered(world, standard, data, place)
    borne = wrong == 0 or (wrong is not None and wrong < tries)
    if not borne or world.state.least > LAST or not _there(world, place):
        return (answered, refused(rule, ANY, "no such key, or no more", _refused(world)))
    return (answered,)


def _there(world: SamWorld, place: tuple[str, int, bytes]) -> bool:
    """The key is there: the form says so, or it served before."""
    if place[0] and place in world.state.taken:
        return True
    return bool(world.standard) and place[2] == world.claims.key


def _answered(world: SamWorld, standard: str, data: Any, place: tuple[str, int, bytes]) -> Outcome:
    state = world.state

    def look(answer: bytes) -> str | Wrong:
        if len(answer) != SamPurchaseAnswer.SIZE:
            due_size = f"{SamPurchaseAnswer.SIZE} bytes"
            return Wrong(f"{len(answer)} bytes", RULES["SAM-MAC1"], due_size)
        said = SamPurchaseAnswer.parse(answer)
        number = int.from_bytes(said.terminal_serial, "big")
        if number < state.least or (state.exact and number != state.least):
            least = f"{state.least:08X}"
            due = f"number {least}" if state.exact else f"at least {least}"
            return Wrong(f"number {number:08X}", RULES["SAM-NUMBER"], due)
        session = _session(world, standard, data, said.terminal_serial)
        due_mac = _mac1(world, session, data) if session is not None else None
        if due_mac is not None and due_mac != said.mac1:
            return Wrong("another MAC1", RULES["SAM-MAC1"], said.terminal_serial + due_mac)
        return ""

    def then(answer: Response | None) -> None:
        counts = world.claims.counts == "init"
        if answer is None:
            state.least += counts and state.exact
            _unknown(world)(None)
            return
        state.taken.add(place)
        serial = SamPurchaseAnswer.parse(answer.data).terminal_serial
        number = int.from_bytes(serial, "big")
        state.least = number + counts
        state.exact = bool(world.claims.counts)
        session = _session(world, standard, data, serial)
        mac2 = None
        if session is not None:
            mac2 = des.mac(session, macs.PurchaseMac2Input.pack(amount=data.amount))
        world.session.opened, world.session.missed = Opened(number, mac2), False

    return done(RULES["SAM-KEY"], then, look=look)


def _refused(world: SamWorld) -> Effect:
    """Whether a refusal uses up a number is not stated."""

    def then(_answer: Response | None) -> None:
        world.state.exact = False
        world.shaken()

    return then


def _unknown(world: SamWorld) -> Effect:
    """Whatever came of it, a transaction may be open, or the old one."""

    def then(answer: Response | None) -> None:
        if answer is None or answer.ok:
            world.session.opened, world.session.missed = None, True
        world.state.exact = world.state.exact and answer is None
        world.shaken()

    return then


def _session(world: SamWorld, standard: str, data: Any, serial: bytes) -> bytes | None:
    master = world.keys.master(standard, "purchase")
    if master is None or data.algorithm not in _DES:
        return None
    factors = (data.factor1,) if standard == LNT else (data.factor2, data.factor1)
    under = macs.PurchaseSessionInput.pack(
        random=data.random, counter=data.counter, serial_low=serial[2:]
    )
    return session_key(diversify_chain(master, *factors), under)


def _mac1(world: SamWorld, session: bytes, data: Any) -> bytes | None:
    terminal = world.seen.terminal
    if not terminal:
        return None
    under = macs.TransactionMacInput.pack(
        amount=data.amount, type=data.type, terminal=terminal, datetime=data.datetime
    )
    return des.mac(session, under)


# -- the check of MAC2 ---------------------------------------------------------------------


def check(world: SamWorld, command: Command, errors: Errors) -> Expectation:
    """`80 72`: MAC2 of the transaction that is open, once."""
    opened = world.session.opened
    shape(errors, "parameters", bool(command.p1 or command.p2))
    shape(errors, "length", len(command.data) != SamCheckData.SIZE)
    if opened is None and not world.session.missed:
        errors.add(RULES["SAM-ORDER"], "nothing begun")
    if errors.sure:
        return errors.outcomes()
    right, wrong = _right(world), _wrong(world)
    if opened is None or opened.mac2 is None:
        return (
            empty(RULES["SAM-MAC2"], right),
            refused(RULES["SAM-MAC2"], ANY, "MAC2", _blurs(world)),
        )
    if command.data != opened.mac2:
        return (refused(RULES["SAM-MAC2"], ANY, "MAC2", wrong),)
    taken = empty(RULES["SAM-MAC2"], right)
    if opened.sure:
        return (taken,)
    return (taken, refused(RULES["SAM-ORDER"], ANY, "no longer open", _closed(world)))


def _closed(world: SamWorld) -> Effect:
    def then(_answer: Response | None) -> None:
        world.session.opened, world.session.missed = None, False
        world.blur_des()

    return then


def _right(world: SamWorld) -> Effect:
    """The number is used now, and all tries are left again."""

    def then(_answer: Response | None) -> None:
        state, opened = world.state, world.session.opened
        if opened is not None and opened.number >= state.least:
            state.least = opened.number + 1
        state.wrong = 0
        _closed(world)(None)

    return then


def _wrong(world: SamWorld) -> Effect:
    """A try is gone, if the transaction was open at all."""

    def then(_answer: Response | None) -> None:
        state, opened = world.state, world.session.opened
        sure = opened is not None and opened.sure
        state.wrong = state.wrong + 1 if sure and state.wrong is not None else None
        state.exact = state.exact and world.claims.counts == "init"
        _closed(world)(None)

    return then


def _blurs(world: SamWorld) -> Effect:
    def then(_answer: Response | None) -> None:
        world.state.wrong = None
        _closed(world)(None)

    return then
