"""Challenges, EXTERNAL AUTHENTICATE, PINs [GM 7.1, 7.2, 7.10, 8.4-8.6]."""

from __future__ import annotations

from typing import Final, NamedTuple

from ykt_conformance.judge.stated import NOT_STATED
from ykt_conformance.model.expect import (
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
from ykt_conformance.model.messaging import STALE, mac_is_right, no_challenge
from ykt_conformance.model.rules import RULES, Rule
from ykt_conformance.model.state import Directory, Secret
from ykt_conformance.model.world import BASIC, PPSE, World, both, length, parameters
from ykt_sim.codes import LNT, SW, TUNION
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key
from ykt_sim.errors import CryptoError
from ykt_sim.wire.apdu import Command, Response

_CHALLENGES: Final = (4, 8)
#: A PIN or key identifier that no card is taken to have: the suite's own [cases C-16xx].
ABSENT_ID: Final = 0x0E
#: Where an external key is claimed to be: what it opens are the files of these.
_AUTHENTICATES: Final = (TUNION, BASIC)
_NO_KEY: Final = (SW.KEY_NOT_FOUND, SW.KEY_INDEX, SW.WRONG_P1P2, SW.FILE_NOT_FOUND)


def get_challenge(world: World, command: Command, errors: Errors) -> Expectation:
    """GET CHALLENGE: four or eight fresh bytes, good for the next command."""
    parameters(errors, bool(command.p1 or command.p2))
    length(errors, bool(command.data))
    if command.le not in _CHALLENGES:
        errors.add(RULES["AUTH-LENGTH"], "Le", SW.WRONG_LENGTH)

    def look(data: bytes) -> str | Wrong:
        if len(data) != command.le:
            return Wrong(f"{len(data)} bytes", due=f"{command.le} bytes")
        stale = world.randoms.wrong(data)
        return Wrong(stale, due="a fresh random") if stale else ""

    def then(answer: Response | None) -> None:
        world.session.challenge = answer.data if answer is not None else None

    return errors.outcomes(done(RULES["AUTH-RANDOM"], then, look=look))


# -- EXTERNAL AUTHENTICATE ---------------------------------------------------------------


def external_authenticate(world: World, command: Command, errors: Errors) -> Expectation:
    """EXTERNAL AUTHENTICATE with key 00."""
    here = world.here
    if here is None or (world.key("external_auth") is None and here.purse is None):
        return (not_stated("which keys this directory has", world.refused),)
    parameters(errors, bool(command.p1))
    length(errors, len(command.data) != 8)
    if command.p2 == ABSENT_ID:
        errors.add(RULES["PIN-NONE"], "key", *_NO_KEY)
    elif command.p2 or here.standard not in _AUTHENTICATES:
        return (not_stated("which keys there are", _blurs_auth(world)),)
    if here.auth.left == 0:
        errors.add(RULES["AUTH-BLOCKED"], "blocked", SW.KEY_BLOCKED)
    if errors.sure:
        return errors.outcomes()
    return _cryptogram(world, command, errors, here.auth)


def _cryptogram(world: World, command: Command, errors: Errors, secret: Secret) -> Expectation:
    challenge, key = world.session.challenge, world.key("external_auth")
    if challenge is None or key is None:
        return (not_stated("whether the cryptogram is right", _blurs_auth(world)),)
    wrong = _wrong(world, secret, RULES["AUTH-WRONG"], also=(SW.SM_MAC_WRONG,))
    if secret.left is None and not secret.full:
        errors.add(RULES["AUTH-BLOCKED"], "blocked", SW.KEY_BLOCKED, sure=False)
    if challenge == b"":
        stale = refused(RULES["AUTH-STALE"], STALE[:2], "challenge", world.refused)
        return errors.outcomes(stale, *wrong)
    if des.ecb(key, challenge.ljust(8, b"\0")) != command.data:
        return errors.outcomes(*wrong)

    def then(_answer: Response | None) -> None:
        secret.right()
        world.session.auth = True
        if world.session.pin:
            world.session.pin = None  # one register for both, or two: not stated
        world.refused()

    return errors.outcomes(empty(RULES["AUTH-RIGHT"], then))


def _blurs_auth(world: World) -> Effect:
    def then(answer: Response | None) -> None:
        if answer is None or answer.sw == SW.OK:
            world.session.auth = None
        if world.here is not None:
            world.here.auth.unsure()
            if answer is None or answer.sw != SW.OK:
                world.here.auth.wrong(None)
        world.refused()

    return then


def _wrong(
    world: World, secret: Secret, rule: Rule, *, also: tuple[int, ...] = (), pin: bool = False
) -> list[Outcome]:
    """63Cx with one try less; what is used up is 63C0, and 6983 from then on."""

    def then(answer: Response | None) -> None:
        left = None if secret.left is None else max(secret.left - 1, 0)
        if answer is not None and answer.sw & 0xFFF0 == 0x63C0:
            left = answer.sw & 15
        secret.wrong(left)
        if pin:
            world.session.pin = False
        world.refused()

    due = secret.left if secret.left is not None else (secret.most if secret.full else None)
    words = [0x63C0 | due - 1] if due else [0x63C0 | left for left in range(15)]
    return [refused(rule, (*words, *also), "wrong", then)]


# -- PIN -----------------------------------------------------------------------------------


def _pin_at(world: World, errors: Errors, pin_id: int) -> tuple[Directory | None, Expectation]:
    """The directory whose PIN is meant, or what else there is to say."""
    here = world.here
    if here is None or here.standard not in (TUNION, LNT):
        if here is not None and here.standard == PPSE:
            errors.add(RULES["PIN-NONE"], "no PIN")
            return None, errors.outcomes()
        return None, (not_stated("which PINs this directory has", world.refused),)
    if not world.claimed("pin") or pin_id == ABSENT_ID:
        errors.add(RULES["PIN-NONE"], "no PIN", *_NO_KEY)
    elif pin_id:
        return None, (not_stated("which PINs there are", _blurs_pin(world)),)
    return here, ()


def _blurs_pin(world: World) -> Effect:
    def then(_answer: Response | None) -> None:
        world.session.pin = None
        if world.here is not None:
            world.here.pin.wrong(None)
        world.refused()

    return then


#: How many bytes VERIFY takes, by what the form says of filling.
_WIDTHS: Final = {"none": range(2, 7), "6": (6,), "8": (8,), "any": range(2, 9)}


def _width(world: World, errors: Errors, size: int) -> None:
    """How many bytes a card takes is its own affair where the form says nothing."""
    here = world.here
    claimed = world.form.get(here.standard, {}) if here is not None else {}
    taken = _WIDTHS.get(claimed.get("pin_filling", NOT_STATED))
    if taken is None or size not in taken:
        errors.add(RULES["PIN-LENGTH"], "length", SW.WRONG_LENGTH, sure=taken is not None)


def verify(world: World, command: Command, errors: Errors) -> Expectation:
    """VERIFY: two to six bytes, FF behind them is filling; which of it is taken: the form."""
    parameters(errors, bool(command.p1))
    data, size = command.data, len(command.data)
    if not 2 <= size <= 8:
        errors.add(RULES["PIN-LENGTH"], "length", SW.WRONG_LENGTH)
    else:
        _width(world, errors, size)
    here, other = _pin_at(world, errors, command.p2)
    if here is None:
        return errors.outcomes() if errors.sure else other
    secret = here.pin
    if secret.left == 0:
        errors.add(RULES["PIN-BLOCKED"], "blocked", SW.KEY_BLOCKED)
    if errors.sure:
        return errors.outcomes()
    if secret.left is None and not secret.full:
        errors.add(RULES["PIN-BLOCKED"], "blocked", SW.KEY_BLOCKED, sure=False)

    def shown(_answer: Response | None) -> None:
        secret.right()
        world.session.pin = True
        if world.session.auth:
            world.session.auth = None  # one register for both, or two: not stated
        world.refused()

    right = None if secret.value is None else data.rstrip(b"\xff") == secret.value
    wrong = _wrong(world, secret, RULES["PIN-WRONG"], pin=True) if right is not True else []
    success = [empty(RULES["PIN-RIGHT"], shown)] if right is not False else []
    return errors.outcomes(*success, *wrong)


def change_or_reload(world: World, command: Command, errors: Errors) -> Expectation:
    """CHANGE PIN (P1 01) and RELOAD PIN (P1 00)."""
    parameters(errors, command.p1 > 1)
    reload = command.p1 == 0
    least, most = (6, 10) if reload else (5, 13)
    length(errors, not least <= len(command.data) <= most)
    here, other = _pin_at(world, errors, command.p2)
    if here is None:
        return errors.outcomes() if errors.sure else other
    return (_reload if reload else _change)(world, command, errors, here)


def _wrong_old(world: World, secret: Secret) -> list[Outcome]:
    """A wrong old PIN costs a try; whether it takes away what a right one gave is not stated."""

    def blurred(_answer: Response | None) -> None:
        world.session.pin = world.session.pin and None

    return [one.also(blurred) for one in _wrong(world, secret, RULES["PIN-WRONG"])]


def _change(world: World, command: Command, errors: Errors, here: Directory) -> Expectation:
    secret = here.pin
    old, separator, filled = command.data.partition(b"\xff")
    new = filled.rstrip(b"\xff")
    length(errors, not separator or not 2 <= len(new) <= 6, SW.WRONG_DATA)
    if secret.left == 0:
        errors.add(RULES["PIN-BLOCKED"], "blocked", SW.KEY_BLOCKED)
    elif secret.left is None and not secret.full:
        errors.add(RULES["PIN-BLOCKED"], "blocked", SW.KEY_BLOCKED, sure=False)
    right = None if secret.value is None else old == secret.value
    if errors.sure:
        if right is not True:
            wrong = _wrong_old(world, secret)
            return (*errors.outcomes(), *(wrong if secret.left != 0 else ()))
        return errors.outcomes()
    wrong = _wrong_old(world, secret) if right is not True else []
    success = [] if right is False else [
        empty(RULES["PIN-CHANGE"], _set(world, secret, new))]  # fmt: skip
    return errors.outcomes(*success, *wrong)


def _set(world: World, secret: Secret, new: bytes | None) -> Effect:
    """A new PIN; whether it gives tries back, and whether it counts as shown, is not stated."""

    def then(_answer: Response | None) -> None:
        secret.value = new
        secret.unsure()
        if not world.session.pin:
            world.session.pin = None
        world.refused()

    return then


def _reload(world: World, command: Command, errors: Errors, here: Directory) -> Expectation:
    key = world.key("pin_reload")
    filled, mac = command.data[:-4], command.data[-4:]
    new = filled.rstrip(b"\xff")
    setting = _Setting(new, "PIN-RELOAD", SW.MAC_INVALID)
    if not 2 <= len(new) <= 6:
        errors.add(RULES["PIN-RELOAD"], "data", SW.WRONG_DATA, SW.WRONG_LENGTH, sure=False)
    _spent(here, errors, setting)
    if errors.sure:
        return errors.outcomes()
    right = None if key is None else des.mac(tac_key(key), filled) == mac
    return _sets(world, here, errors, right, setting)


class _Setting(NamedTuple):
    """A PIN set under a MAC: the new PIN, None where not known; the rule; a wrong MAC's word."""

    new: bytes | None
    rule: str
    word: int

    @property
    def counter(self) -> str:
        """Where wrong tries of its key are counted."""
        return "reload_wrong" if self.rule == "PIN-RELOAD" else "unlock_wrong"


def _spent(here: Directory, errors: Errors, setting: _Setting) -> None:
    """The tries of the key may be used up, which may be said whatever else is wrong."""
    wrongs: int | None = getattr(here, setting.counter)
    if wrongs is None or wrongs or here.pin.left == 0:
        errors.add(RULES[setting.rule], "tries", SW.KEY_BLOCKED, SW.APP_LOCKED, sure=False)


def _sets(
    world: World,
    here: Directory,
    errors: Errors,
    right: bool | None,  # noqa: FBT001 - what was found of the MAC
    setting: _Setting,
) -> Expectation:
    """A PIN is set under a MAC whose wrong tries count for its key."""
    rule, counter = RULES[setting.rule], setting.counter
    wrongs: int | None = getattr(here, counter)

    def wrong(answer: Response | None) -> None:
        setattr(here, counter, None if wrongs is None else wrongs + 1)
        if answer is not None and answer.sw == SW.APP_LOCKED:
            here.blocked = None
        world.refused()

    def fine(_answer: Response | None) -> None:
        setattr(here, counter, 0)
        if here.pin.left == 0:
            here.pin.left = None

    outcomes: list[Outcome] = []
    if right is not False:
        then = both(fine, _set(world, here.pin, setting.new))
        outcomes.append(empty(rule, then))
    if right is not True:
        outcomes.append(refused(rule, (setting.word,), "MAC", wrong))
    return errors.outcomes(*outcomes)


def unblock_pin(world: World, command: Command, errors: Errors) -> Expectation:
    """PIN UNBLOCK: the enciphered PIN and a line MAC under key 37."""
    length(errors, len(command.data) not in (0x0C, 0x14))
    parameters(errors, bool(command.p1 and command.p2))
    here, other = _pin_at(world, errors, command.p1 or command.p2)
    if here is None:
        return errors.outcomes() if errors.sure else other
    no_challenge(world, errors)
    _spent(here, errors, _Setting(None, "PIN-UNBLOCK", SW.SM_MAC_WRONG))
    if errors.sure:
        return errors.outcomes()
    right, key = mac_is_right(world, command, "pin_unblock"), world.key("pin_unblock")
    new: bytes | None = None
    try:
        new = None if key is None else des.decipher(key, command.data[:-4]).rstrip(b"\xff")
    except CryptoError:
        errors.add(RULES["PIN-UNBLOCK"], "data", SW.WRONG_DATA, SW.SM_MAC_WRONG)
    if new is None or not 2 <= len(new) <= 6:
        errors.add(RULES["PIN-UNBLOCK"], "data", SW.WRONG_DATA, SW.WRONG_LENGTH,
                   SW.SM_MAC_WRONG, sure=False)  # fmt: skip
    return _sets(world, here, errors, right, _Setting(new, "PIN-UNBLOCK", SW.SM_MAC_WRONG))
