"""Challenges, authentication, PINs, and blocking [GM 7.1-7.3, 7.10, 8.1-8.6].

The rules are in `rules.authentication`, `rules.pin`, `rules.keys` and `rules.blocking`.

Error counters: the try that uses up the last one answers 63C0, every later one 6983.
A challenge serves the next command only; without one the answer is 6984.
"""

from __future__ import annotations

import msgspec

from ykt_sim.card.context import Context
from ykt_sim.card.keys import open_state, restore_tries, spend_try, usable
from ykt_sim.card.messaging import MAC_LENGTH, challenge_iv, check_mac
from ykt_sim.card.model import MF, Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.blocking import PERMANENT
from ykt_sim.card.states import State
from ykt_sim.codes import SW, KeyType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key
from ykt_sim.errors import CryptoError
from ykt_sim.wire.apdu import Command

_TEMPORARY = 1


def get_challenge(context: Context, command: Command) -> tuple[bytes, State]:
    """GET CHALLENGE: 4 or 8 random bytes, valid for the next command only."""
    rules = context.rules.authentication
    if command.p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    challenge = rules.challenge(context, rules.challenge_length(command))
    context.session.drawn = challenge
    return challenge, context.session.state


def external_authenticate(context: Context, command: Command) -> tuple[bytes, State]:
    """EXTERNAL AUTHENTICATE with key 39: E(key, challenge), 4-byte challenges zero-padded."""
    if command.p1:
        raise Refusal(SW.WRONG_P1P2)
    if len(command.data) != 8:
        raise Refusal(SW.WRONG_LENGTH)
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


_INTERNAL = (KeyType.DES_ENCRYPT, KeyType.DES_DECRYPT, KeyType.DES_MAC)


def internal_authenticate(context: Context, command: Command) -> tuple[bytes, State]:
    """INTERNAL AUTHENTICATE: P1 00 encipher, 01 decipher, 02 MAC (4 bytes)."""
    if command.p1 >= len(_INTERNAL):
        raise Refusal(SW.WRONG_P1P2)
    key = context.key(_INTERNAL[command.p1], command.p2)
    if key is None:
        raise Refusal(SW.KEY_NOT_FOUND)
    context.demand(key.use_ac)
    if not command.data or (command.p1 < 2 and len(command.data) % 8):
        raise Refusal(SW.WRONG_LENGTH)
    if command.p1 == 0:
        return des.ecb(key.value, command.data), State.IDLE
    if command.p1 == 1:
        return des.ecb_decrypt(key.value, command.data), State.IDLE
    return des.mac(key.value, command.data), State.IDLE


def verify(context: Context, command: Command) -> tuple[bytes, State]:
    """VERIFY a PIN (key 3A); trailing FF may be omitted."""
    rules = context.rules.pin
    if command.p1:
        raise Refusal(SW.WRONG_P1P2)
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


def _wrong_pin(context: Context, key_id: int, key: Key) -> Refusal:
    context.session.pin_verified = False
    return spend_try(context, KeyType.PIN, key_id, key)


def change_or_reload_pin(context: Context, command: Command) -> tuple[bytes, State]:
    """`80 5E`: P1 01 changes the PIN with the old one, P1 00 reloads it with key 38."""
    if command.p1 == 0x01:
        return _change_pin(context, command)
    if command.p1 == 0x00:
        return _reload_pin(context, command)
    raise Refusal(SW.WRONG_P1P2)


def _set_pin(context: Context, key_id: int, key: Key, pin: bytes) -> None:
    cell = ("key", context.session.df, KeyType.PIN, key_id)
    context.put(cell, msgspec.structs.replace(key, value=pin, left=key.tries))


def _change_pin(context: Context, command: Command) -> tuple[bytes, State]:
    """Old PIN, FF, new PIN; each 2 to 6 bytes."""
    if not 5 <= len(command.data) <= 13:
        raise Refusal(SW.WRONG_LENGTH)
    key = usable(context, KeyType.PIN, command.p2, SW.KEY_INDEX)
    old, separator, new = command.data.partition(b"\xff")
    new = new.rstrip(b"\xff")
    if not separator or not 2 <= len(new) <= 6:
        raise Refusal(SW.WRONG_LENGTH)
    if not context.rules.pin.old_fits(key.value, old):
        raise _wrong_pin(context, command.p2, key)
    _set_pin(context, command.p2, key, new)
    return b"", State.IDLE


def _reload_pin(context: Context, command: Command) -> tuple[bytes, State]:
    """New PIN and a MAC over it with the XOR of key 38's halves, initial value zero."""
    if not 6 <= len(command.data) <= 10:
        raise Refusal(SW.WRONG_LENGTH)
    key = context.key(KeyType.PIN, command.p2)
    if key is None:
        raise Refusal(SW.KEY_INDEX)
    ids = context.key_ids(KeyType.PIN_RELOAD)
    if not ids:
        raise Refusal(SW.KEY_INDEX)
    reload_id = command.p2 if command.p2 in ids else ids[0]
    reload_key = usable(context, KeyType.PIN_RELOAD, reload_id, SW.KEY_INDEX)
    pin, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
    if not context.rules.pin.reload_mac_fits(des.mac(tac_key(reload_key.value), pin), mac):
        spend_try(context, KeyType.PIN_RELOAD, reload_id, reload_key)
        raise Refusal(SW.MAC_INVALID)
    pin = pin.rstrip(b"\xff")
    if len(pin) < 2:
        raise Refusal(SW.WRONG_DATA)
    restore_tries(context, KeyType.PIN_RELOAD, reload_id, reload_key)
    _set_pin(context, command.p2, key, pin)
    return b"", State.IDLE


def unblock_pin(context: Context, command: Command) -> tuple[bytes, State]:
    """`84 24`: E(key 37, length || PIN) and MAC; the PIN sent becomes the PIN.

    The PIN's identifier stands in P1 in public clients and in P2 in the manual's own
    example [GM 8.4], so either is taken while the other one is 00.
    """
    if command.p1 and command.p2:
        raise Refusal(SW.WRONG_P1P2)
    pin_id = command.p1 or command.p2
    if len(command.data) not in (0x0C, 0x14):
        raise Refusal(SW.WRONG_LENGTH)
    pin_key = context.key(KeyType.PIN, pin_id)
    if pin_key is None:
        raise Refusal(SW.KEY_INDEX)
    ids = context.key_ids(KeyType.PIN_UNBLOCK)
    if not ids:
        raise Refusal(SW.KEY_INDEX)
    unlock_id = pin_id if pin_id in ids else ids[0]
    key = check_mac(context, command, KeyType.PIN_UNBLOCK, unlock_id, SW.SM_MAC_WRONG)
    try:
        pin = des.decipher(key.value, command.data[:-MAC_LENGTH])
    except CryptoError:
        raise Refusal(SW.WRONG_DATA) from None
    pin = pin.rstrip(b"\xff")
    if not 2 <= len(pin) <= 8:
        raise Refusal(SW.WRONG_DATA)
    _set_pin(context, pin_id, pin_key, pin)
    return b"", State.IDLE


def _line_command(context: Context, command: Command) -> None:
    """Verify the bare MAC of a blocking command with key 36/00."""
    if len(command.data) != MAC_LENGTH:
        raise Refusal(SW.WRONG_LENGTH)
    check_mac(context, command, KeyType.LINE_PROTECTION, 0, SW.SM_MAC_WRONG)


def block_application(context: Context, command: Command) -> tuple[bytes, State]:
    """APPLICATION BLOCK: P2 00 temporary, 01 permanent; P1 00 DES [LAB: 01 SM4, refused]."""
    if command.p1 or command.p2 > 1:
        raise Refusal(SW.WRONG_P1P2)
    df = context.df()
    if context.session.df == MF:
        raise Refusal(SW.CONDITIONS)
    _line_command(context, command)  # 9000 even if already blocked [GM 8.3]
    blocked = PERMANENT if command.p2 else _TEMPORARY
    context.put(
        ("df", context.session.df),
        msgspec.structs.replace(df, blocked=max(df.blocked, blocked), unblock_failures=0),
    )
    context.session.ef = None
    return b"", State.IDLE


def unblock_application(context: Context, command: Command) -> tuple[bytes, State]:
    """APPLICATION UNBLOCK; three wrong ones in a row lock the application for good."""
    if command.p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    df = context.df()
    cell = ("df", context.session.df)
    rules = context.rules.blocking
    rules.for_a_time(df)
    if not df.blocked:
        raise Refusal(SW.CONDITIONS)
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
        raise Refusal(SW.APP_LOCKED if locked else refusal.sw) from None
    context.put(cell, msgspec.structs.replace(df, blocked=0, unblock_failures=0))
    return b"", State.IDLE


def block_card(context: Context, command: Command) -> tuple[bytes, State]:
    """CARD BLOCK: afterwards every command answers 6A81."""
    if command.p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    _line_command(context, command)
    context.put(("card",), msgspec.structs.replace(context.card, blocked=True))
    return b"", State.IDLE
