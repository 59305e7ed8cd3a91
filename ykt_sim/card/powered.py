"""A powered card: memory, volatile session, lookups and access checks.

Whoever refuses raises `Refusal` (`refusal`), which carries a status word; it never leaves
the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ykt_sim.card.memory import Memory
from ykt_sim.card.model import (
    MF,
    CardState,
    Cells,
    Df,
    Ef,
    Key,
    Money,
    PurseState,
)
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Session
from ykt_sim.codes import SW, FileType

Rng = Callable[[int], bytes]


#: What the structure takes from one cell: kind and identifiers, then what of the value counts.
_Told = tuple[str | int | bytes, ...]


@dataclass(frozen=True)
class Structure:
    """What the cells' keys tell: directories, files, keys. Cards built alike share one.

    Attributes:
        directories: (FID, DF name) in order of creation.
        children: FIDs of the directories below a directory.
        short_ids: (directory, SFI) to FID; SFI is the FID's low five bits.
        key_files: directory to FID of its key file.
        key_ids: (directory, key type) to key identifiers, ascending.
    """

    directories: Sequence[tuple[int, bytes]]
    children: Mapping[int, Sequence[int]]
    short_ids: Mapping[tuple[int, int], int]
    key_files: Mapping[int, int]
    key_ids: Mapping[tuple[int, int], Sequence[int]]

    @classmethod
    def of(cls, cells: Cells) -> Structure:
        """Read the structure off the cells."""
        return _structure(tuple(_told(cells)))


def _told(cells: Cells) -> Iterator[_Told]:
    for key, value in cells.items():
        # The kind is asked first: an isinstance of a cell's value that says no is slow.
        if key[0] == "key":
            yield key
        elif key[0] == "ef" and isinstance(value, Ef):
            yield (*key, value.type == FileType.KEY)
        elif key[0] == "df" and isinstance(value, Df):
            yield (*key, value.parent, value.name)


@lru_cache(maxsize=64)
def _structure(told: tuple[Any, ...]) -> Structure:
    directories: list[tuple[int, bytes]] = []
    children: dict[int, list[int]] = {}
    short_ids: dict[tuple[int, int], int] = {}
    key_files: dict[int, int] = {}
    key_ids: dict[tuple[int, int], list[int]] = {}
    for kind, df, *more in told:
        if kind == "key":
            key_type, key_id = more
            key_ids.setdefault((df, key_type), []).append(key_id)
        elif kind == "ef":
            fid, holds_keys = more
            short_ids.setdefault((df, fid & 0x1F), fid)
            if holds_keys:
                key_files[df] = fid
        else:
            parent, name = more
            directories.append((df, name))
            if df != MF:
                children.setdefault(parent, []).append(df)
    for ids in key_ids.values():
        ids.sort()
    return Structure(directories, children, short_ids, key_files, key_ids)


class Powered:
    """One powered card as its rules see it.

    Attributes:
        memory: the cells.
        rng: gives n random bytes.
        session: what dies with power.
        put: writes one cell, None to delete; the engine commits at the end of the command.
    """

    def __init__(self, memory: Memory, rng: Rng) -> None:
        self.memory = memory
        self.rng = rng
        self.put = memory.write
        self.session = Session()
        self._structure: Structure | None = None
        self._generation = 0  # of the memory that the structure was read off
        self.fci_cache: dict[int, tuple[object, object, bytes, bytes]] = {}

    # -- cells -----------------------------------------------------------------

    @property
    def card(self) -> CardState:
        """The card's own cell."""
        value = self.memory.cells[("card",)]
        if not isinstance(value, CardState):
            raise TypeError("card cell damaged")
        return value

    def df(self, fid: int | None = None) -> Df:
        """A directory, the current one by default; 6A82 when it is gone."""
        value = self.memory.cells.get(("df", self.session.df if fid is None else fid))
        if not isinstance(value, Df):
            raise Refusal(SW.FILE_NOT_FOUND)
        return value

    def ef(self, fid: int) -> Ef | None:
        """Header of a file of the current directory."""
        value = self.memory.cells.get(("ef", self.session.df, fid))
        return value if isinstance(value, Ef) else None

    def transparent(self, fid: int) -> bytes:
        """Content of a transparent file of the current directory."""
        value = self.memory.cells.get(("data", self.session.df, fid), b"")
        return value if isinstance(value, bytes) else b""

    def records(self, fid: int) -> tuple[bytes, ...]:
        """Records of a file of the current directory; cyclic files newest first."""
        value = self.memory.cells.get(("data", self.session.df, fid), ())
        return value if isinstance(value, tuple) else ()

    def key(self, key_type: int, key_id: int, df: int | None = None) -> Key | None:
        """A key of the current directory."""
        value = self.memory.cells.get(
            ("key", self.session.df if df is None else df, key_type, key_id)
        )
        return value if isinstance(value, Key) else None

    def purse(self, kind: int) -> PurseState | None:
        """A purse of the current directory."""
        value = self.memory.cells.get(("purse", self.session.df, kind))
        return value if isinstance(value, PurseState) else None

    def money(self, name: str) -> Money:
        """The amounts behind a purse."""
        value = self.memory.cells[("money", name)]
        if not isinstance(value, Money):
            raise TypeError("money cell damaged")
        return value

    # -- structure -----------------------------------------------------------------

    @property
    def structure(self) -> Structure:
        """Indexes over the cells' keys, made again when a cell came or went."""
        memory, found = self.memory, self._structure
        if found is None or self._generation != memory.generation:
            found = self._structure = Structure.of(memory.cells)
            self._generation = memory.generation
        return found

    def key_ids(self, key_type: int) -> Sequence[int]:
        """Identifiers of the current directory's keys of one type, ascending."""
        return self.structure.key_ids.get((self.session.df, key_type), ())

    def has_key_file(self, df: int) -> bool:
        """True when the directory owns a key file."""
        return df in self.structure.key_files

    def fid_of_sfi(self, sfi: int) -> int:
        """FID of the file whose low five bits are ``sfi``; 6A82 when there is none."""
        fid = self.structure.short_ids.get((self.session.df, sfi))
        if fid is None:
            raise Refusal(SW.FILE_NOT_FOUND)
        return fid

    # -- access --------------------------------------------------------------------

    def demand(self, access: int) -> None:
        """Refuse with 6982 unless the access byte is satisfied.

        0Y asks for MF state >= Y, XY for Y <= DF state <= X [UM 5.2].
        """
        high, low = access >> 4, access & 15
        session = self.session
        if not high:
            allowed = session.mf_state >= low
        else:
            state = session.mf_state if session.df == MF else session.df_state
            allowed = low <= state <= high
        if not allowed:
            raise Refusal(SW.SECURITY)
