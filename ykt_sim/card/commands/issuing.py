"""Issuing commands: CREATE FILE, WRITE KEY, ERASE DF [SM 1]; the rules are in `rules.issuing`."""

from __future__ import annotations

from ykt_sim.card.context import CardContext
from ykt_sim.card.messaging import MAC_LENGTH, check_mac, master_key_df
from ykt_sim.card.model import Df, Ef, Money, PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.issuing import FILE_HEADER, KNOWN_KEYS, file_space
from ykt_sim.card.states import State
from ykt_sim.codes import SW, FileType, KeyType
from ykt_sim.crypto import des
from ykt_sim.errors import CryptoError
from ykt_sim.wire.apdu import Command


def create_file(context: CardContext, command: Command) -> tuple[bytes, State]:
    """CREATE FILE of any kind in the current directory; FID in P1 P2."""
    rules, data = context.rules.issuing, command.data
    rules.least(data)
    rules.may_create(context)
    fid, kind = command.p1 << 8 | command.p2, data[0] & 0x3F
    if kind == FileType.DF:
        return _create_df(context, fid, data)
    rules.exact(data)
    rules.file_id(context, fid)
    if kind == FileType.PURSE:
        return _create_purse(context, fid, data)
    if kind == FileType.KEY:
        rules.key_file(context)
        size = int.from_bytes(data[1:3], "big")
        ef = Ef(type=kind, size=size, write_ac=data[4], protection=data[0] & 0xC0, read_ac=0x0F)
        rules.room(context, size + FILE_HEADER)
        _put_file(context, fid, ef, None)
        return b"", State.IDLE
    ef = rules.plain_file(data)
    rules.room(context, file_space(ef))
    _put_file(context, fid, ef, bytes(ef.size) if kind == FileType.TRANSPARENT else ())
    return b"", State.IDLE


def _put_file(
    context: CardContext, fid: int, ef: Ef, content: bytes | tuple[bytes, ...] | None
) -> None:
    df = context.session.df
    context.put(("ef", df, fid), ef)
    if content is not None:
        context.put(("data", df, fid), content)


def _create_df(context: CardContext, fid: int, data: bytes) -> tuple[bytes, State]:
    """38 size2 createAC eraseAC appSFI FFFF name(0..16)."""
    rules, size = context.rules.issuing, int.from_bytes(data[1:3], "big")
    name = rules.directory(context, fid, data)
    rules.room(context, size + FILE_HEADER)
    made = Df(
        parent=context.session.df,
        name=name,
        app_id=data[5],
        create_ac=data[3],
        erase_ac=data[4],
        size=size,
    )
    context.put(("df", fid), made)
    return b"", State.IDLE


def _create_purse(context: CardContext, fid: int, data: bytes) -> tuple[bytes, State]:
    """2F 0208 useAC 00 FF logSFI."""
    rules, df = context.rules.issuing, context.session.df
    purse = rules.purse(context, fid, data)
    ef = Ef(type=FileType.PURSE, size=16, read_ac=0x0F, write_ac=0x0F)
    rules.room(context, file_space(ef))
    context.put(("ef", df, fid), ef)
    context.put(("purse", df, fid), purse)
    context.put(("money", purse.money), Money())
    return b"", State.IDLE


def erase_df(context: CardContext, command: Command) -> tuple[bytes, State]:
    """ERASE DF: everything inside the current directory is gone, the directory stays."""
    context.rules.parameters.none(command)
    context.rules.parameters.length(command, 0)
    context.demand(context.df().erase_ac)
    doomed = {context.session.df}
    frontier = [context.session.df]
    while frontier:
        for child in context.structure.children.get(frontier.pop(), ()):
            doomed.add(child)
            frontier.append(child)
    cells = context.memory.cells
    kept_money = {
        value.money
        for key, value in cells.items()
        if isinstance(value, PurseState) and key[1] not in doomed
    }
    for key in cells:
        inside = key[0] in ("ef", "data", "key", "purse") and key[1] in doomed
        directory = key[0] == "df" and key[1] in doomed and key[1] != context.session.df
        orphan = key[0] == "money" and key[1] not in kept_money
        if inside or directory or orphan:
            context.put(key, None)
    context.session.ef, context.session.unlocked = None, True
    return b"", State.IDLE


def write_key(context: CardContext, command: Command) -> tuple[bytes, State]:
    """WRITE KEY: P1 01 adds, P1 = type modifies; `84` with encipherment and MAC or MAC."""
    rules, key_file = context.rules.issuing, _key_file(context)
    if command.p1 == 0x01:
        rules.may_add(context, key_file)
        key_type, key = rules.key(_unwrap_key(context, command))
        cell = ("key", context.session.df, key_type, command.p2)
        rules.new_key(context, cell)
        rules.key_room(context, key_file, key)
    else:
        key_type = rules.key_type(command.p1)
        data = _unwrap_key(context, command)
        cell = ("key", context.session.df, key_type, command.p2)
        old = context.key(key_type, command.p2)
        if old is None:
            raise Refusal(SW.KEY_NOT_FOUND)
        rules.may_change(context, command, old)
        key = rules.changed(data, key_type, old)
    context.put(cell, key)
    return b"", State.IDLE


def _key_file(context: CardContext) -> Ef:
    """Header of the current directory's key file; 6A82 when it has none."""
    fid = context.structure.key_files.get(context.session.df)
    ef = None if fid is None else context.ef(fid)
    if ef is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    return ef


def _unwrap_key(context: CardContext, command: Command) -> bytes:
    """Give the plain key record; `84D4` is protected by the master key 39/00."""
    if command.cla == 0x80:
        return command.data
    owner = master_key_df(context)
    master = check_mac(context, command, KeyType.EXTERNAL_AUTH, 0, SW.MAC_INVALID, owner)
    body = command.data[:-MAC_LENGTH]
    if body and len(body) % 8 == 0:
        try:
            plain = des.decipher(master.value, body)
        except CryptoError:
            plain = b""
        if len(plain) > 2 and (plain[0] & 0x3F in KNOWN_KEYS or len(plain) in (8, 16)):
            return plain
    return body
