"""CREATE FILE, ERASE DF and WRITE KEY: what a card may be made to hold [SM 1].

A directory that has no key file when it is entered is open: files and keys may be added
freely until it is entered again. That is how a blank card is personalised by APDU, and
how public clients do it on real FM1208 cards [CODE].
"""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.card.model import MF, CellKey, Df, Ef, Key, PurseState
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW, FileType, KeyType, Operation, Purse
from ykt_sim.wire.apdu import Command

#: Bytes of administration per file, as counted for the space of a directory.
FILE_HEADER: Final = 8
_KEY_HEADER: Final = 5
_SIZED: Final = (FileType.TRANSPARENT, FileType.VARIABLE)
_COUNTED_RECORDS: Final = (FileType.FIXED, FileType.CYCLIC)
_FLOW_KEYS: Final = (KeyType.EXTERNAL_AUTH, KeyType.PIN)
_COUNTED_KEYS: Final = (
    KeyType.LINE_PROTECTION,
    KeyType.PIN_UNBLOCK,
    KeyType.PIN_RELOAD,
    KeyType.EXTERNAL_AUTH,
    KeyType.PIN,
)
KNOWN_KEYS: Final = frozenset(int(key) for key in KeyType)


class IssuingRules:
    """What may be created, written and erased; in the order of the commands."""

    # -- CREATE FILE

    def least(self, data: bytes) -> None:
        """A header has seven bytes or more, else 6700, whoever asks [SM 1]."""
        if len(data) < 7:
            raise Refusal(SW.WRONG_LENGTH)

    def exact(self, data: bytes) -> None:
        """That of a file has no more than seven, else 6700 [SM 1]."""
        if len(data) != 7:
            raise Refusal(SW.WRONG_LENGTH)

    def may_create(self, card: Powered) -> None:
        """Who creates has the rights the directory asks for, unless it is open [SM 1]."""
        df = card.df()
        if not card.session.unlocked:
            card.demand(df.create_ac)

    def file_id(self, card: Powered, fid: int) -> None:
        """No two files have one identifier, nor one that SELECT knows from here: 6A86 [SM 1]."""
        here = card.session.df
        children = card.structure.children.get(here, ())
        directory = fid in {MF, here, card.df().parent} - {0} or fid in children
        if card.ef(fid) is not None or directory:
            raise Refusal(SW.WRONG_P1P2)

    def directory(self, card: Powered, fid: int, data: bytes) -> bytes:
        """A directory has up to sixteen bytes of name, else 6700 [SM 1]; gives the name.

        Identifier and name are its own on the whole card, else 6A86.
        """
        name = data[8:]
        if len(data) < 8 or len(name) > 16:
            raise Refusal(SW.WRONG_LENGTH)
        cells = card.memory.cells
        if ("df", fid) in cells or card.ef(fid) is not None:
            raise Refusal(SW.WRONG_P1P2)
        if name and any(isinstance(value, Df) and value.name == name for value in cells.values()):
            raise Refusal(SW.WRONG_P1P2)
        return name

    def key_file(self, card: Powered) -> None:
        """A directory has one key file: a second one is 6A86 [SM 1]."""
        if card.has_key_file(card.session.df):
            raise Refusal(SW.WRONG_P1P2)

    def purse(self, card: Powered, fid: int, data: bytes) -> PurseState:
        """FID 0001 is ED, 0002 EP, else 6A86; the size is written 0208, else 6A80 [SM 1]."""
        if fid not in (Purse.ED, Purse.EP):
            raise Refusal(SW.WRONG_P1P2)
        if data[1:3] != b"\x02\x08":
            raise Refusal(SW.WRONG_DATA)
        loads = (Operation.LOAD, Operation.UNLOAD, Operation.OVERDRAFT, Operation.CASH)
        return PurseState(
            money=f"{card.session.df:04X}-{fid}",
            log_fid=data[6],
            use_ac=data[3],
            overdraft=fid == Purse.ED,
            pin_for=(*loads, Operation.PURCHASE, "balance") if fid == Purse.ED else loads,
        )

    def plain_file(self, data: bytes) -> Ef:
        """A file is transparent or holds records, and has room for some, else 6A80 [SM 1].

        Size stands in two bytes; for fixed and cyclic files number of records and length.
        """
        kind, size = data[0] & 0x3F, int.from_bytes(data[1:3], "big")
        counted = kind in _COUNTED_RECORDS
        if kind not in (*_SIZED, *_COUNTED_RECORDS):
            raise Refusal(SW.WRONG_DATA)
        if not size or (counted and not (data[1] and data[2])):
            raise Refusal(SW.WRONG_DATA)
        return Ef(
            type=kind,
            size=0 if counted else size,
            max_records=data[1] if counted else 0,
            record_length=data[2] if counted else 0,
            read_ac=data[3],
            write_ac=data[4],
            protection=data[0] & 0xC0,
            access=data[6],
        )

    def room(self, card: Powered, wanted: int) -> None:
        """6A84 unless the current directory has room for so many bytes more [SM 1]."""
        fid = card.session.df
        room = card.card.capacity if fid == MF else card.df().size
        used = 0
        for key, value in card.memory.cells.items():
            if key[0] == "ef" and key[1] == fid and isinstance(value, Ef):
                used += file_space(value)
            elif isinstance(value, Df) and value.parent == fid and key[1] != MF:
                used += value.size + FILE_HEADER
        if used + wanted > room:
            raise Refusal(SW.NO_SPACE)

    # -- WRITE KEY

    def may_add(self, card: Powered, key_file: Ef) -> None:
        """Who adds a key has the rights the key file asks for, unless it is open [SM 1]."""
        if not card.session.unlocked:
            card.demand(key_file.write_ac)

    def key_type(self, p1: int) -> int:
        """P1 names the type of the key to change, else 6A86 [SM 1]."""
        if p1 & 0x3F not in KNOWN_KEYS:
            raise Refusal(SW.WRONG_P1P2)
        return p1 & 0x3F

    def new_key(self, card: Powered, cell: CellKey) -> None:
        """A key is added once: 6A80 when it is there already [SM 1]."""
        if cell in card.memory.cells:
            raise Refusal(SW.WRONG_DATA)

    def may_change(self, card: Powered, command: Command, key: Key) -> None:
        """Who changes a key has the rights that it asks for, unless all is open [SM 1].

        A key that is protected itself takes no change without MAC: 6987.
        """
        if not card.session.unlocked:
            card.demand(key.change_ac)
        if key.protection and command.cla != 0x84:
            raise Refusal(SW.SM_MISSING)

    def key(self, data: bytes) -> tuple[int, Key]:
        """Seven bytes or more, else 6700, of a type there is, else 6A80 [SM 1].

        Type useAC changeAC b4 b5 value. The two bytes are version and algorithm of purse and
        internal keys, follow state and error counter of 39 and 3A, FF and error counter of 36
        to 38; a counter's high digit is the most, the low one what is left.
        """
        if len(data) < 7:
            raise Refusal(SW.WRONG_LENGTH)
        key_type = data[0] & 0x3F
        if key_type not in KNOWN_KEYS:
            raise Refusal(SW.WRONG_DATA)
        counted = key_type in _COUNTED_KEYS
        tries, left = (data[4] >> 4, data[4] & 15) if counted else (0, 0)
        key = Key(
            value=self.key_value(key_type, data[5:]),
            protection=data[0] & 0xC0,
            use_ac=data[1],
            change_ac=data[2],
            version=0 if counted else data[3],
            algorithm=0 if counted else data[4],
            follow=data[3] & 15 if key_type in _FLOW_KEYS else 0,
            tries=tries,
            left=min(left, tries),
        )
        return key_type, key

    def changed(self, data: bytes, key_type: int, key: Key) -> Key:
        """A change brings the whole key, of the same type, or its new value alone [SM 1]."""
        full = len(data) >= 7 and data[0] & 0x3F == key_type
        if full and (key_type == KeyType.PIN or len(data) not in (8, 16)):
            return self.key(data)[1]
        return msgspec.structs.replace(key, value=self.key_value(key_type, data), left=key.tries)

    def key_value(self, key_type: int, value: bytes) -> bytes:
        """Keys have 8 or 16 bytes, PINs two to eight before their filling; else 6700 [SM 1]."""
        if key_type == KeyType.PIN:
            value = value.rstrip(b"\xff")
            if not 2 <= len(value) <= 8:
                raise Refusal(SW.WRONG_LENGTH)
        elif len(value) not in (8, 16):
            raise Refusal(SW.WRONG_LENGTH)
        return value

    def key_room(self, card: Powered, key_file: Ef, key: Key) -> None:
        """6A84 unless the key file has room for one key more [SM 1]."""
        df = card.session.df
        used = sum(
            len(value.value) + _KEY_HEADER
            for cell, value in card.memory.cells.items()
            if cell[0] == "key" and cell[1] == df and isinstance(value, Key)
        )
        if used + len(key.value) + _KEY_HEADER > key_file.size:
            raise Refusal(SW.NO_SPACE)


def file_space(ef: Ef) -> int:
    """Bytes a file takes from its directory."""
    if ef.record_length:
        return ef.max_records * (ef.record_length + 1) + FILE_HEADER
    return ef.size + FILE_HEADER
