"""Secure messaging on files: line MAC and encipherment [GM 9, verified by vectors].

MAC over CLA INS P1 P2 Lc(=length+4) data, initial value the challenge (4 bytes and four
zero bytes, or 8 bytes). A protected read carries its own MAC in the request and gets one
over the returned bytes in the answer, under the same challenge. The file's access byte
chooses the key 36: bits 4-3 for reads, bits 2-1 for writes, 11 is key 00 and 00 key 03.
"""

from __future__ import annotations

import msgspec

from ykt_sim.card.context import CardContext
from ykt_sim.card.keys import restore_tries, spend_try, usable
from ykt_sim.card.model import Df, Ef, Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW, KeyType
from ykt_sim.crypto import des
from ykt_sim.errors import CryptoError
from ykt_sim.wire.apdu import Command

MAC_LENGTH = 4
#: Longest data of a protected READ [GM 6.1]: length byte, padding and MAC must still fit.
MAX_PROTECTED = 0xEF


def challenge_iv(context: CardContext) -> bytes:
    """The initial value from the last GET CHALLENGE; 6984 when there is none."""
    challenge = context.session.challenge
    if not challenge:
        raise Refusal(SW.CHALLENGE_INVALID)
    return context.rules.authentication.initial(challenge)


def check_mac(
    context: CardContext,
    command: Command,
    key_type: KeyType,
    key_id: int,
    wrong: int,
    df: int | None = None,
) -> Key:
    """Verify the MAC that ends the command's data and keep the key's error counter.

    Raises:
        Refusal: 6A88 no such key, 6983 key blocked, 6984 no challenge, 6987 no MAC,
            ``wrong`` for a wrong MAC.
    """
    key = usable(context, key_type, key_id, SW.KEY_NOT_FOUND, df)
    if len(command.data) < MAC_LENGTH:
        raise Refusal(SW.SM_MISSING)
    iv = challenge_iv(context)
    body, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
    message = command.header + bytes((len(command.data),)) + body
    if not context.rules.messaging.mac_fits(command, des.mac(key.value, message, iv), mac):
        spend_try(context, key_type, key_id, key, df)
        raise Refusal(wrong)
    restore_tries(context, key_type, key_id, key, df)
    return key


def _line_key_id(bits: int) -> int:
    return 3 - (bits & 3)


def unwrap_write(context: CardContext, command: Command, ef: Ef) -> bytes:
    """Give the plain data of an UPDATE or APPEND after checking its protection."""
    secure = bool(command.cla & 0x04)
    if not ef.protection & 0x80:
        if secure:
            raise Refusal(SW.CLA_LINE_PROTECTION)
        return command.data
    if not secure:
        context.rules.messaging.without_mac()
        return command.data
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


def _lock_after_failures(context: CardContext, refusal: Refusal, key_id: int) -> None:
    """Lock the application and say so when the wrong MAC was one too many."""
    if refusal.sw != SW.SM_MAC_WRONG:
        return
    df = context.df()
    key = context.memory.staged(("key", context.session.df, KeyType.LINE_PROTECTION, key_id))
    if isinstance(key, Key) and context.rules.messaging.locks(df, key):
        context.put(("df", context.session.df), msgspec.structs.replace(df, blocked=2))
        raise Refusal(SW.APP_LOCKED)


def unwrap_read(context: CardContext, command: Command, ef: Ef) -> Key | None:
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


def protect_answer(context: CardContext, ef: Ef, key: Key | None, data: bytes) -> bytes:
    """Encipher and MAC what a protected READ returns; plain reads pass through."""
    if key is None:
        return data
    if ef.protection & 0x40:
        data = des.encipher(key.value, data)
    return data + des.mac(key.value, data, challenge_iv(context))


def master_key_df(context: CardContext) -> int:
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
