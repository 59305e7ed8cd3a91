"""Issuing commands: CREATE FILE, WRITE KEY, ERASE DF [SM 1].

A directory that has no key file when it is entered is open: files and keys may be added
freely until it is entered again. That is how a blank card is personalised by APDU, and
how public clients do it on real FM1208 cards.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.card.context import Context
from ykt_sim.card.messaging import MAC_LENGTH, check_mac, master_key_df
from ykt_sim.card.model import MF, Df, Ef, Key, Money, PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State
from ykt_sim.codes import SW, FileType, KeyType, Operation, Purse
from ykt_sim.crypto import des
from ykt_sim.errors import CryptoError
from ykt_sim.wire.apdu import Command

#: Bytes of administration per file, as counted for the space of a directory.
_FILE_HEADER: Final = 8
_KEY_HEADER: Final = 5
_PLAIN_TYPES: Final = (
    FileType.TRANSPARENT,
    FileType.FIXED,
    FileType.VARIABLE,
    FileType.CYCLIC,
)
_FLOW_KEYS: Final = (KeyType.EXTERNAL_AUTH, KeyType.PIN)
_COUNTED_KEYS: Final = (
    KeyType.LINE_PROTECTION,
    KeyType.PIN_UNBLOCK,
    KeyType.PIN_RELOAD,
    KeyType.EXTERNAL_AUTH,
    KeyType.PIN,
)
_KNOWN_KEYS: Final = frozenset(int(key) for key in KeyType)


def create_file(context: Context, command: Command) -> tuple[bytes, State]:
    """CREATE FILE of any kind in the current directory; FID in P1 P2."""
    data = command.data
    if len(data) < 7:
        raise Refusal(SW.WRONG_LENGTH)
    df = context.df()
    if not context.session.unlocked:
        context.demand(df.create_ac)
    fid = command.p1 << 8 | command.p2
    kind, protection = data[0] & 0x3F, data[0] & 0xC0
    size = int.from_bytes(data[1:3], "big")
    if kind == FileType.DF:
        return _create_df(context, fid, size, data)
    if len(data) != 7:
        raise Refusal(SW.WRONG_LENGTH)
    if context.ef(fid) is not None or _names_directory(context, fid):
        raise Refusal(SW.WRONG_P1P2)
    if kind == FileType.PURSE:
        return _create_purse(context, fid, data)
    if kind == FileType.KEY:
        if context.has_key_file(context.session.df):
            raise Refusal(SW.WRONG_P1P2)
        ef = Ef(type=kind, size=size, write_ac=data[4], protection=protection, read_ac=0x0F)
        _need_space(context, size + _FILE_HEADER)
        _put_file(context, fid, ef, None)
        return b"", State.IDLE
    if kind not in _PLAIN_TYPES:
        raise Refusal(SW.WRONG_DATA)
    ef = Ef(
        type=kind,
        size=size if kind in (FileType.TRANSPARENT, FileType.VARIABLE) else 0,
        max_records=data[1] if kind in (FileType.FIXED, FileType.CYCLIC) else 0,
        record_length=data[2] if kind in (FileType.FIXED, FileType.CYCLIC) else 0,
        read_ac=data[3],
        write_ac=data[4],
        protection=protection,
        access=data[6],
    )
    if not size or (kind in (FileType.FIXED, FileType.CYCLIC) and not (data[1] and data[2])):
        raise Refusal(SW.WRONG_DATA)
    _need_space(context, file_space(ef))
    content: bytes | tuple[bytes, ...] = bytes(size) if kind == FileType.TRANSPARENT else ()
    _put_file(context, fid, ef, content)
    return b"", State.IDLE


def _names_directory(context: Context, fid: int) -> bool:
    """True when SELECT by this FID already means a directory from here."""
    here = context.session.df
    children = context.structure.children.get(here, ())
    return fid in {MF, here, context.df().parent} - {0} or fid in children


def _put_file(
    context: Context, fid: int, ef: Ef, content: bytes | tuple[bytes, ...] | None
) -> None:
    df = context.session.df
    context.put(("ef", df, fid), ef)
    if content is not None:
        context.put(("data", df, fid), content)


def _create_df(context: Context, fid: int, size: int, data: bytes) -> tuple[bytes, State]:
    """38 size2 createAC eraseAC appSFI FFFF name(0..16)."""
    name = data[8:]
    if len(data) < 8 or len(name) > 16:
        raise Refusal(SW.WRONG_LENGTH)
    cells = context.memory.cells
    if ("df", fid) in cells or context.ef(fid) is not None:
        raise Refusal(SW.WRONG_P1P2)
    if name and any(isinstance(value, Df) and value.name == name for value in cells.values()):
        raise Refusal(SW.WRONG_P1P2)
    _need_space(context, size + _FILE_HEADER)
    parent = context.session.df
    context.put(
        ("df", fid),
        Df(
            parent=parent,
            name=name,
            app_id=data[5],
            create_ac=data[3],
            erase_ac=data[4],
            size=size,
        ),
    )
    return b"", State.IDLE


def _create_purse(context: Context, fid: int, data: bytes) -> tuple[bytes, State]:
    """2F 0208 useAC 00 FF logSFI; FID 0001 is ED, 0002 is EP."""
    if fid not in (Purse.ED, Purse.EP):
        raise Refusal(SW.WRONG_P1P2)
    if data[1:3] != b"\x02\x08":
        raise Refusal(SW.WRONG_DATA)
    _need_space(context, 16 + _FILE_HEADER)
    df = context.session.df
    money = f"{df:04X}-{fid}"
    loads = (Operation.LOAD, Operation.UNLOAD, Operation.OVERDRAFT, Operation.CASH)
    context.put(("ef", df, fid), Ef(type=FileType.PURSE, size=16, read_ac=0x0F, write_ac=0x0F))
    context.put(
        ("purse", df, fid),
        PurseState(
            money=money,
            log_fid=data[6],
            use_ac=data[3],
            overdraft=fid == Purse.ED,
            pin_for=(*loads, Operation.PURCHASE, "balance") if fid == Purse.ED else loads,
        ),
    )
    context.put(("money", money), Money())
    return b"", State.IDLE


def file_space(ef: Ef) -> int:
    """Bytes a file takes from its directory."""
    if ef.record_length:
        return ef.max_records * (ef.record_length + 1) + _FILE_HEADER
    return ef.size + _FILE_HEADER


def _need_space(context: Context, wanted: int) -> None:
    """6A84 unless the current directory has room for ``wanted`` more bytes."""
    fid = context.session.df
    room = context.card.capacity if fid == MF else context.df().size
    used = 0
    for key, value in context.memory.cells.items():
        if key[0] == "ef" and key[1] == fid and isinstance(value, Ef):
            used += file_space(value)
        elif isinstance(value, Df) and value.parent == fid and key[1] != MF:
            used += value.size + _FILE_HEADER
    if used + wanted > room:
        raise Refusal(SW.NO_SPACE)


def erase_df(context: Context, command: Command) -> tuple[bytes, State]:
    """ERASE DF: everything inside the current directory is gone, the directory stays."""
    if command.p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    if command.data:
        raise Refusal(SW.WRONG_LENGTH)
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


def write_key(context: Context, command: Command) -> tuple[bytes, State]:
    """WRITE KEY: P1 01 adds, P1 = type modifies; `84` with encipherment and MAC or MAC.

    Data is type useAC changeAC b4 b5 value: (version, algorithm) for purse and internal
    keys, (follow state, error counter) for 39 and 3A, (FF, error counter) for 36-38.
    """
    key_file = _key_file(context)
    adding = command.p1 == 0x01
    if adding:
        if not context.session.unlocked:
            context.demand(key_file.write_ac)
    elif command.p1 & 0x3F not in _KNOWN_KEYS:
        raise Refusal(SW.WRONG_P1P2)
    data = _unwrap_key(context, command)
    if adding:
        key_type, key = _parse_key(data, None)
        cell = ("key", context.session.df, key_type, command.p2)
        if cell in context.memory.cells:
            raise Refusal(SW.WRONG_DATA)
        _key_space(context, key_file, key)
        context.put(cell, key)
        return b"", State.IDLE
    old = context.key(command.p1 & 0x3F, command.p2)
    if old is None:
        raise Refusal(SW.KEY_NOT_FOUND)
    if not context.session.unlocked:
        context.demand(old.change_ac)
    if old.protection and command.cla != 0x84:
        raise Refusal(SW.SM_MISSING)
    key_type, key = _parse_key(data, (command.p1 & 0x3F, old))
    if key_type != command.p1 & 0x3F:
        raise Refusal(SW.WRONG_DATA)
    context.put(("key", context.session.df, key_type, command.p2), key)
    return b"", State.IDLE


def _key_file(context: Context) -> Ef:
    """Header of the current directory's key file; 6A82 when it has none."""
    fid = context.structure.key_files.get(context.session.df)
    ef = None if fid is None else context.ef(fid)
    if ef is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    return ef


def _unwrap_key(context: Context, command: Command) -> bytes:
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
        if len(plain) > 2 and (plain[0] & 0x3F in _KNOWN_KEYS or len(plain) in (8, 16)):
            return plain
    return body


def _parse_key(data: bytes, old: tuple[int, Key] | None) -> tuple[int, Key]:
    """A full key record, or on modification also the bare new value."""
    if old is not None:
        key_type, key = old
        full = len(data) >= 7 and data[0] & 0x3F == key_type
        if not full or (key_type != KeyType.PIN and len(data) in (8, 16)):
            return key_type, msgspec.structs.replace(
                _with_value(key_type, key, data), left=key.tries
            )
    if len(data) < 7:
        raise Refusal(SW.WRONG_LENGTH)
    key_type = data[0] & 0x3F
    if key_type not in _KNOWN_KEYS:
        raise Refusal(SW.WRONG_DATA)
    counted = key_type in _COUNTED_KEYS
    # counter byte: high nibble maximum, low nibble what is left
    tries, left = (data[4] >> 4, data[4] & 15) if counted else (0, 0)
    key = Key(
        value=b"",
        protection=data[0] & 0xC0,
        use_ac=data[1],
        change_ac=data[2],
        version=0 if counted else data[3],
        algorithm=0 if counted else data[4],
        follow=data[3] & 15 if key_type in _FLOW_KEYS else 0,
        tries=tries,
        left=min(left, tries),
    )
    return key_type, _with_value(key_type, key, data[5:])


def _with_value(key_type: int, key: Key, value: bytes) -> Key:
    if key_type == KeyType.PIN:
        value = value.rstrip(b"\xff")
        if not 2 <= len(value) <= 8:
            raise Refusal(SW.WRONG_LENGTH)
    elif len(value) not in (8, 16):
        raise Refusal(SW.WRONG_LENGTH)
    return msgspec.structs.replace(key, value=value)


def _key_space(context: Context, key_file: Ef, key: Key) -> None:
    df = context.session.df
    used = sum(
        len(value.value) + _KEY_HEADER
        for cell, value in context.memory.cells.items()
        if cell[0] == "key" and cell[1] == df and isinstance(value, Key)
    )
    if used + len(key.value) + _KEY_HEADER > key_file.size:
        raise Refusal(SW.NO_SPACE)
