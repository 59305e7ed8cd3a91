"""Secure messaging on files: line MAC and encipherment [GM 9, verified by vectors].

MAC over CLA INS P1 P2 Lc(=length+4) data, initial value the challenge (4 bytes and four
zero bytes, or 8 bytes). A protected read carries its own MAC in the request and gets one
over the returned bytes in the answer, under the same challenge. The file's access byte
chooses the key 36: bits 4-3 for reads, bits 2-1 for writes, 11 is key 00 and 00 key 03.
"""

from __future__ import annotations

import hmac

import msgspec

from ykt_sim.card import misbehave
from ykt_sim.card.context import Context
from ykt_sim.card.model import Df, Ef, Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW, KeyType
from ykt_sim.crypto import des
from ykt_sim.errors import CryptoError
from ykt_sim.wire.apdu import Command

MAC_LENGTH = 4
#: Longest data of a protected READ [GM 6.1]: length byte, padding and MAC must still fit.
MAX_PROTECTED = 0xEF


def challenge_iv(context: Context) -> bytes:
    """The initial value from the last GET CHALLENGE; 6984 when there is none."""
    challenge = context.session.challenge
    if not challenge:
        raise Refusal(SW.CHALLENGE_INVALID)
    if "challenge-four-bytes" in context.deviations:
        challenge = challenge[:4]
    return challenge.ljust(8, b"\0")


def check_mac(
    context: Context,
    command: Command,
    key_type: int,
    key_id: int,
    wrong: int,
    df: int | None = None,
) -> Key:
    """Verify the MAC that ends the command's data and keep the key's error counter.

    Raises:
        Refusal: 6A88 no such key, 6983 key blocked, 6984 no challenge, 6987 no MAC,
            ``wrong`` for a wrong MAC.
    """
    owner = context.session.df if df is None else df
    key = context.key(key_type, key_id, owner)
    if key is None:
        raise Refusal(SW.KEY_NOT_FOUND)
    if key.tries and not key.left:
        raise Refusal(SW.KEY_BLOCKED)
    if len(command.data) < MAC_LENGTH:
        raise Refusal(SW.SM_MISSING)
    iv = challenge_iv(context)
    body, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
    message = command.header + bytes((len(command.data),)) + body
    cell = ("key", owner, key_type, key_id)
    due = des.mac(key.value, message, iv)
    if context.deviations:
        mac = misbehave.line_mac(context.deviations, due, mac)
    if not hmac.compare_digest(due, mac):
        if key.tries:
            context.put(cell, msgspec.structs.replace(key, left=key.left - 1))
        raise Refusal(wrong)
    if key.tries and key.left != key.tries:
        context.put(cell, msgspec.structs.replace(key, left=key.tries))
    return key


def _line_key_id(bits: int) -> int:
    return 3 - (bits & 3)


def unwrap_write(context: Context, command: Command, ef: Ef) -> bytes:
    """Give the plain data of an UPDATE or APPEND after checking its protection."""
    secure = bool(command.cla & 0x04)
    if not ef.protection & 0x80:
        if secure:
            raise Refusal(SW.CLA_LINE_PROTECTION)
        return command.data
    if not secure and "mac-not-demanded" in context.deviations:
        return command.data
    if not secure:
        raise Refusal(SW.SM_MISSING)
    key_id = _line_key_id(ef.access)
    try:
        key = check_mac(context, command, KeyType.LINE_PROTECTION, key_id, SW.SM_MAC_WRONG)
    except Refusal as refusal:
        _lock_after_failures(context, refusal, key_id)
        raise
    data = command.data[:-MAC_LENGTH]
    if ef.protection & 0x40:
        try:
            data = des.decipher(key.value, data)
        except CryptoError:
            raise Refusal(SW.WRONG_DATA) from None
    return data


def _lock_after_failures(context: Context, refusal: Refusal, key_id: int) -> None:
    """Three wrong MACs on a purse application's files lock it for good [GM 7.7, App. A]."""
    if refusal.sw != SW.SM_MAC_WRONG:
        return
    df = context.df()
    if "line-mac-never-locks" in context.deviations:
        return
    key = context.memory.staged(("key", context.session.df, KeyType.LINE_PROTECTION, key_id))
    if df.lock_on_line_mac and isinstance(key, Key) and key.tries and not key.left:
        context.put(("df", context.session.df), msgspec.structs.replace(df, blocked=2))
        raise Refusal(SW.APP_LOCKED)


def unwrap_read(context: Context, command: Command, ef: Ef) -> Key | None:
    """Check the protection of a READ; gives the key when the answer must be protected."""
    secure = bool(command.cla & 0x04)
    if not ef.protection & 0x80:
        if secure:
            raise Refusal(SW.CLA_LINE_PROTECTION)
        if command.data:
            raise Refusal(SW.WRONG_LENGTH)
        return None
    if not secure:
        if not ef.access & 0x80:
            raise Refusal(SW.SM_MISSING)
        if command.data:
            raise Refusal(SW.WRONG_LENGTH)
        return None
    if len(command.data) != MAC_LENGTH:
        raise Refusal(SW.SM_MISSING)
    return check_mac(
        context,
        command,
        KeyType.LINE_PROTECTION,
        _line_key_id(ef.access >> 2),
        SW.SM_MAC_WRONG,
    )


def protect_answer(context: Context, ef: Ef, key: Key | None, data: bytes) -> bytes:
    """Encipher and MAC what a protected READ returns; plain reads pass through."""
    if key is None:
        return data
    if ef.protection & 0x40:
        data = des.encipher(key.value, data)
    return data + des.mac(key.value, data, challenge_iv(context))


def master_key_df(context: Context) -> int:
    """Directory whose key 39/00 protects WRITE KEY: the current one, else an ancestor.

    The first key of a new DF is written under its parent's master key, as the issuing
    sessions of a public client against a real card show.
    """
    fid = context.session.df
    while context.key(KeyType.EXTERNAL_AUTH, 0, fid) is None:
        df = context.memory.cells.get(("df", fid))
        if not isinstance(df, Df) or df.parent == fid or not df.parent:
            raise Refusal(SW.KEY_NOT_FOUND)
        fid = df.parent
    return fid
