"""Challenges, authentication, PINs, and blocking [GM 7.1-7.3, 7.10, 8.1-8.6].

The rules are in `rules.authentication`, `rules.pin`, `rules.keys` and `rules.blocking`.

Error counters: the try that uses up the last one answers 63C0, every later one 6983.
A challenge serves the next command only; without one the answer is 6984.
"""

from __future__ import annotations

import msgspec

from ykt_sim.card.context import CardContext
from ykt_sim.card.keys import open_state, restore_tries, spend_try, usable
from ykt_sim.card.messaging import MAC_LENGTH, challenge_iv, check_mac
from ykt_sim.card.model import Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.blocking import PERMANENT
from ykt_sim.card.states import State
from ykt_sim.codes import SW, KeyType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key
from ykt_sim.errors import CryptoError
from ykt_sim.wire.apdu import Command


def get_challenge(context: CardContext, command: Command) -> tuple[bytes, State]:
    """GET CHALLENGE: 4 or 8 random bytes, valid for the next command only."""
    rules = context.rules.authentication
    context.rules.parameters.none(command)
    challenge = rules.challenge(context, rules.challenge_length(command))
    context.session.drawn = challenge
    return challenge, context.session.state


def external_authenticate(context: CardContext, command: Command) -> tuple[bytes, State]:
    """EXTERNAL AUTHENTICATE with key 39: E(key, challenge), 4-byte challenges zero-padded."""
    context.rules.parameters.p2_alone(command)
    context.rules.parameters.length(command, 8)
    if not context.has_key_file(context.session.df):
        raise Refusal(SW.FILE_NOT_FOUND)
    key = usable(context, KeyType.EXTERNAL_AUTH, command.p2, SW.KEY_NOT_FOUND)
    context.demand(key.use_ac)
    due = des.ecb(key.value, challenge_iv(context))
    if not context.rules.authentication.fits(due, command.data):
        raise spend_try(context, KeyType.EXTERNAL_AUTH, command.p2, key)
    restore_tries(context, KeyType.EXTERNAL_AUTH, command.p2, key)
    open_state(context, key)
    return b"", State.IDLE


def internal_authenticate(context: CardContext, command: Command) -> tuple[bytes, State]:
    """INTERNAL AUTHENTICATE: P1 00 encipher, 01 decipher, 02 MAC (4 bytes)."""
    rules = context.rules.authentication
    operation = rules.operation(command.p1)
    key = context.key(operation, command.p2)
    if key is None:
        raise Refusal(SW.KEY_NOT_FOUND)
    context.demand(key.use_ac)
    return rules.answered(operation, key.value, command.data), State.IDLE


def verify(context: CardContext, command: Command) -> tuple[bytes, State]:
    """VERIFY a PIN (key 3A); trailing FF may be omitted."""
    rules = context.rules.pin
    context.rules.parameters.p2_alone(command)
    rules.length(command.data)
    if not context.has_key_file(context.session.df):
        raise Refusal(SW.FILE_NOT_FOUND)
    key = usable(context, KeyType.PIN, command.p2, SW.KEY_INDEX)
    context.demand(key.use_ac)
    if not rules.fits(key.value, command.data):
        raise _wrong_pin(context, command.p2, key)
    restore_tries(context, KeyType.PIN, command.p2, key)
    open_state(context, key)
    context.session.pin_verified = True
    return b"", State.IDLE


def _wrong_pin(context: CardContext, key_id: int, key: Key) -> Refusal:
    context.session.pin_verified = False
    return spend_try(context, KeyType.PIN, key_id, key)


def change_or_reload_pin(context: CardContext, command: Command) -> tuple[bytes, State]:
    """`80 5E`: P1 01 changes the PIN with the old one, P1 00 reloads it with key 38."""
    if command.p1 == 0x01:
        return _change_pin(context, command)
    context.rules.parameters.p2_alone(command)
    return _reload_pin(context, command)


def _set_pin(context: CardContext, key_id: int, key: Key, pin: bytes) -> None:
    cell = ("key", context.session.df, KeyType.PIN, key_id)
    context.put(cell, msgspec.structs.replace(key, value=pin, left=key.tries))


def _change_pin(context: CardContext, command: Command) -> tuple[bytes, State]:
    """Old PIN, FF, new PIN; each 2 to 6 bytes."""
    context.rules.parameters.between(command, 5, 13)
    key = usable(context, KeyType.PIN, command.p2, SW.KEY_INDEX)
    old, new = context.rules.pin.change(command.data)
    if not context.rules.pin.old_fits(key.value, old):
        raise _wrong_pin(context, command.p2, key)
    _set_pin(context, command.p2, key, new)
    return b"", State.IDLE


def _reload_pin(context: CardContext, command: Command) -> tuple[bytes, State]:
    """New PIN and a MAC over it with the XOR of key 38's halves, initial value zero."""
    rules = context.rules.pin
    context.rules.parameters.between(command, 6, 10)
    key = context.key(KeyType.PIN, command.p2)
    if key is None:
        raise Refusal(SW.KEY_INDEX)
    reload_id = rules.keeper(command.p2, context.key_ids(KeyType.PIN_RELOAD))
    reload_key = usable(context, KeyType.PIN_RELOAD, reload_id, SW.KEY_INDEX)
    pin, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
    if not rules.reload_mac_fits(des.mac(tac_key(reload_key.value), pin), mac):
        spend_try(context, KeyType.PIN_RELOAD, reload_id, reload_key)
        rules.reload_mac_wrong()
    pin = rules.new(pin)
    restore_tries(context, KeyType.PIN_RELOAD, reload_id, reload_key)
    _set_pin(context, command.p2, key, pin)
    return b"", State.IDLE


def unblock_pin(context: CardContext, command: Command) -> tuple[bytes, State]:
    """`84 24`: E(key 37, length || PIN) and MAC; the PIN sent becomes the PIN."""
    rules = context.rules.pin
    pin_id = context.rules.parameters.either(command)
    context.rules.parameters.length(command, 0x0C, 0x14)
    pin_key = context.key(KeyType.PIN, pin_id)
    if pin_key is None:
        raise Refusal(SW.KEY_INDEX)
    unlock_id = rules.keeper(pin_id, context.key_ids(KeyType.PIN_UNBLOCK))
    key = check_mac(context, command, KeyType.PIN_UNBLOCK, unlock_id, SW.SM_MAC_WRONG)
    try:
        pin = des.decipher(key.value, command.data[:-MAC_LENGTH])
    except CryptoError:
        raise Refusal(SW.WRONG_DATA) from None
    _set_pin(context, pin_id, pin_key, rules.new(pin))
    return b"", State.IDLE


def _line_command(context: CardContext, command: Command) -> None:
    """Verify the bare MAC of a blocking command with key 36/00."""
    context.rules.parameters.length(command, MAC_LENGTH)
    check_mac(context, command, KeyType.LINE_PROTECTION, 0, SW.SM_MAC_WRONG)


def block_application(context: CardContext, command: Command) -> tuple[bytes, State]:
    """APPLICATION BLOCK: P2 00 temporary, 01 permanent; P1 00 DES [LAB: 01 SM4, refused]."""
    rules = context.rules.blocking
    rules.parameters(command)
    df = context.df()
    rules.application(context.session.df)
    _line_command(context, command)  # 9000 even if already blocked [GM 8.3]
    blocked = rules.level(df, command.p2)
    context.put(
        ("df", context.session.df),
        msgspec.structs.replace(df, blocked=blocked, unblock_failures=0),
    )
    context.session.ef = None
    return b"", State.IDLE


def unblock_application(context: CardContext, command: Command) -> tuple[bytes, State]:
    """APPLICATION UNBLOCK; three wrong ones in a row lock the application for good."""
    context.rules.parameters.none(command)
    df = context.df()
    cell = ("df", context.session.df)
    rules = context.rules.blocking
    rules.for_a_time(df)
    rules.is_blocked(df)
    try:
        _line_command(context, command)
    except Refusal as refusal:
        if refusal.sw != SW.SM_MAC_WRONG:
            raise
        failures = df.unblock_failures + 1
        locked = rules.locks(failures)
        context.put(
            cell,
            msgspec.structs.replace(
                df, unblock_failures=failures, blocked=PERMANENT if locked else df.blocked
            ),
        )
        raise Refusal(rules.told(locked)) from None
    context.put(cell, msgspec.structs.replace(df, blocked=0, unblock_failures=0))
    return b"", State.IDLE


def block_card(context: CardContext, command: Command) -> tuple[bytes, State]:
    """CARD BLOCK: afterwards every command answers 6A81."""
    context.rules.parameters.none(command)
    _line_command(context, command)
    context.put(("card",), msgspec.structs.replace(context.card, blocked=True))
    return b"", State.IDLE
