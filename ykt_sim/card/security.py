"""Challenges, authentication, PINs, and blocking [GM 7.1-7.3, 7.10, 8.1-8.6].

Error counters: the try that uses up the last one answers 63C0, every later one 6983.
A challenge serves the next command only; without one the answer is 6984.
"""

from __future__ import annotations

import hmac

import msgspec

from ykt_sim.card import misbehave
from ykt_sim.card.context import Context
from ykt_sim.card.messaging import MAC_LENGTH, challenge_iv, check_mac
from ykt_sim.card.model import MF, Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State
from ykt_sim.codes import SW, KeyType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key
from ykt_sim.errors import CryptoError
from ykt_sim.wire.apdu import Command

#: Wrong APPLICATION UNBLOCK in a row that lock the application for good [GM 8.2].
_UNBLOCK_TRIES = 3
_TEMPORARY, _PERMANENT = 1, 2


def get_challenge(context: Context, command: Command) -> tuple[bytes, State]:
    """GET CHALLENGE: 4 or 8 random bytes, valid for the next command only."""
    if command.p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    wrong = context.deviations
    odd = "challenge-any-length" in wrong
    if command.data or not command.le or (command.le not in (4, 8) and not odd):
        raise Refusal(SW.WRONG_LENGTH)
    context.session.challenge = context.rng(command.le)
    if "challenge-fixed" in wrong:
        context.session.challenge = b"\x5a" * command.le
    return context.session.challenge, context.session.state


def _spend_try(context: Context, key_type: int, key_id: int, key: Key) -> Refusal:
    """Count a wrong try; gives the 63Cx to answer."""
    if not key.tries:
        return Refusal(SW.PIN_WRONG_0 | 15)
    left = key.left - 1
    if context.deviations:
        left = misbehave.tries_left(context.deviations, key_type, key.left)
    cell = ("key", context.session.df, key_type, key_id)
    context.put(cell, msgspec.structs.replace(key, left=left))
    return Refusal(SW.PIN_WRONG_0 | left)


def _usable(context: Context, key_type: int, key_id: int, missing: int) -> Key:
    key = context.key(key_type, key_id)
    if key is None:
        raise Refusal(missing)
    if key.tries and not key.left and "blocked-key-works" not in context.deviations:
        raise Refusal(SW.KEY_BLOCKED)
    return key


def _succeed(context: Context, key_type: int, key_id: int, key: Key) -> None:
    """Reset the error counter and raise the security register to the key's follow state."""
    if key.left != key.tries and "tries-not-restored" not in context.deviations:
        cell = ("key", context.session.df, key_type, key_id)
        context.put(cell, msgspec.structs.replace(key, left=key.tries))
    if "authentication-opens-nothing" in context.deviations:
        return
    if context.session.df == MF:
        context.session.mf_state = key.follow & 15
    else:
        context.session.df_state = key.follow & 15


def external_authenticate(context: Context, command: Command) -> tuple[bytes, State]:
    """EXTERNAL AUTHENTICATE with key 39: E(key, challenge), 4-byte challenges zero-padded."""
    if command.p1:
        raise Refusal(SW.WRONG_P1P2)
    if len(command.data) != 8:
        raise Refusal(SW.WRONG_LENGTH)
    if not context.has_key_file(context.session.df):
        raise Refusal(SW.FILE_NOT_FOUND)
    key = _usable(context, KeyType.EXTERNAL_AUTH, command.p2, SW.KEY_NOT_FOUND)
    context.demand(key.use_ac)
    expected = des.ecb(key.value, challenge_iv(context))
    if "any-cryptogram" in context.deviations:
        expected = command.data
    if not hmac.compare_digest(expected, command.data):
        raise _spend_try(context, KeyType.EXTERNAL_AUTH, command.p2, key)
    _succeed(context, KeyType.EXTERNAL_AUTH, command.p2, key)
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
    if command.p1:
        raise Refusal(SW.WRONG_P1P2)
    if not 2 <= len(command.data) <= 8 and "pin-length-not-checked" not in context.deviations:
        raise Refusal(SW.WRONG_LENGTH)
    if not context.has_key_file(context.session.df):
        raise Refusal(SW.FILE_NOT_FOUND)
    if "any-pin-id" in context.deviations:
        command = command._replace(p2=0)
    key = _usable(context, KeyType.PIN, command.p2, SW.KEY_INDEX)
    context.demand(key.use_ac)
    _compare_pin(context, command.p2, key, command.data)
    _succeed(context, KeyType.PIN, command.p2, key)
    context.session.pin_verified = True
    return b"", State.IDLE


def _compare_pin(context: Context, key_id: int, key: Key, pin: bytes) -> None:
    if context.deviations:
        pin = misbehave.pin(context.deviations, pin, key.value)
    if not hmac.compare_digest(pin.rstrip(b"\xff"), key.value):
        context.session.pin_verified = False
        raise _spend_try(context, KeyType.PIN, key_id, key)


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
    key = _usable(context, KeyType.PIN, command.p2, SW.KEY_INDEX)
    old, separator, new = command.data.partition(b"\xff")
    new = new.rstrip(b"\xff")
    if not separator or not 2 <= len(new) <= 6:
        raise Refusal(SW.WRONG_LENGTH)
    if "old-pin-not-checked" not in context.deviations:
        _compare_pin(context, command.p2, key, old)
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
    reload_key = _usable(context, KeyType.PIN_RELOAD, reload_id, SW.KEY_INDEX)
    pin, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
    if "reload-without-mac" in context.deviations:
        mac = des.mac(tac_key(reload_key.value), pin)
    if not hmac.compare_digest(des.mac(tac_key(reload_key.value), pin), mac):
        _spend_try(context, KeyType.PIN_RELOAD, reload_id, reload_key)
        raise Refusal(SW.MAC_INVALID)
    pin = pin.rstrip(b"\xff")
    if len(pin) < 2:
        raise Refusal(SW.WRONG_DATA)
    if reload_key.left != reload_key.tries:
        cell = ("key", context.session.df, KeyType.PIN_RELOAD, reload_id)
        context.put(cell, msgspec.structs.replace(reload_key, left=reload_key.tries))
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
    if "block-without-mac" in context.deviations:
        return
    check_mac(context, command, KeyType.LINE_PROTECTION, 0, SW.SM_MAC_WRONG)


def block_application(context: Context, command: Command) -> tuple[bytes, State]:
    """APPLICATION BLOCK: P2 00 temporary, 01 permanent; P1 00 DES [LAB: 01 SM4, refused]."""
    if command.p1 or command.p2 > 1:
        raise Refusal(SW.WRONG_P1P2)
    df = context.df()
    if context.session.df == MF:
        raise Refusal(SW.CONDITIONS)
    _line_command(context, command)  # 9000 even if already blocked [GM 8.3]
    blocked = _PERMANENT if command.p2 else _TEMPORARY
    context.put(
        ("df", context.session.df),
        msgspec.structs.replace(df, blocked=max(df.blocked, blocked), unblock_failures=0),
    )
    if context.deviations:
        misbehave.block(context, blocked)
    context.session.ef = None
    return b"", State.IDLE


def unblock_application(context: Context, command: Command) -> tuple[bytes, State]:
    """APPLICATION UNBLOCK; three wrong ones in a row lock the application for good."""
    if command.p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    df = context.df()
    cell = ("df", context.session.df)
    if df.blocked == _PERMANENT and "permanent-block-undone" not in context.deviations:
        raise Refusal(SW.APP_LOCKED)
    if not df.blocked:
        raise Refusal(SW.CONDITIONS)
    try:
        _line_command(context, command)
    except Refusal as refusal:
        if refusal.sw != SW.SM_MAC_WRONG:
            raise
        failures = df.unblock_failures + 1
        locked = failures >= _UNBLOCK_TRIES and "unblock-never-locks" not in context.deviations
        context.put(
            cell,
            msgspec.structs.replace(
                df, unblock_failures=failures, blocked=_PERMANENT if locked else df.blocked
            ),
        )
        raise Refusal(SW.APP_LOCKED if locked else refusal.sw) from None
    context.put(cell, msgspec.structs.replace(df, blocked=0, unblock_failures=0))
    if "unblock-empties-log" in context.deviations:
        misbehave.empty_log(context)
    return b"", State.IDLE


def block_card(context: Context, command: Command) -> tuple[bytes, State]:
    """CARD BLOCK: afterwards every command answers 6A81."""
    if command.p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    _line_command(context, command)
    context.put(("card",), msgspec.structs.replace(context.card, blocked=True))
    return b"", State.IDLE
