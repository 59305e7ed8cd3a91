"""Faults of transparent files; the rules are in `ykt_sim.card.rules.files`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_sim.card.model import CellKey, Cells, Df, Ef
from ykt_sim.card.rules.files import FilesRules
from ykt_sim.card.rules.records import RecordsRules
from ykt_sim.codes import INS, SW
from ykt_sim.faults.card.fault import CardFault, Heard, Image, Rule, data, status
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.commands import BY_SFI

_EF_15, _EF_17 = TunionFile.APPLICATION, TunionFile.CARD_INFO
_SECOND_NUMBER_AT: Final = 57
_READS: Final = (INS.READ_BINARY, INS.READ_RECORD)


def _content(where: Callable[[Cells, CellKey], bool], change: Callable[[bytes], bytes]) -> Image:
    """Some transparent files hold something else; ``where`` is given cells and key."""

    def changed(cells: Cells) -> None:
        for key, value in cells.items():
            if isinstance(value, bytes) and where(cells, key):
                cells[key] = change(value)

    return Image(changed)


def _of_basic(cells: Cells, key: CellKey) -> bool:
    df = cells.get(("df", key[1]))
    return isinstance(df, Df) and df.name == b"PAY.APPY" and key[2] == _EF_15


def _other_number(value: bytes) -> bytes:
    at = _SECOND_NUMBER_AT
    return value[:at] + bytes((value[at] ^ 0x01,)) + value[at + 1 :]


def _whole_15(command: bytes, told: bytes) -> bytes:
    whole = command[2:] == bytes((BY_SFI | _EF_15, 0, 0))
    return told + bytes(2) if whole else told


def _without_bits(command: Command) -> Command:
    if command.ins == INS.READ_BINARY:
        return command._replace(p1=command.p1 & ~0x60) if command.p1 & BY_SFI else command
    return command._replace(p2=min(command.p2 & 0b111, 0b100) | command.p2 & ~0b111)


class _FromTheBeginning(FilesRules):
    def part(self, content: bytes, offset: int, length: int) -> bytes:
        del offset
        return super().part(content, 0, length)


class _AnyType(FilesRules, RecordsRules):
    def file_type(self, ef: Ef) -> None:
        pass


class _CutAtTheEnd(FilesRules):
    def inside(self, data: bytes, left: int) -> bytes:
        return super().inside(data[:left], left)


FAULTS: Final = (
    CardFault(
        "ef-15-longer",
        "EF 15 read whole has two bytes more",
        data(INS.READ_BINARY, change=_whole_15),
    ),
    CardFault(
        "ef-17-no-country",
        "EF 17 has zeros as country",
        _content(lambda _cells, key: key[2] == _EF_17, lambda value: bytes(4) + value[4:]),
    ),
    CardFault(
        "second-number-differs",
        "the second card number in EF 15 of PAY.APPY is another one",
        _content(_of_basic, _other_number),
    ),
    CardFault(
        "binary-one-short",
        "READ BINARY gives one byte less",
        data(INS.READ_BINARY, change=lambda _command, told: told[:-1]),
    ),
    CardFault(
        "offset-ignored",
        "READ BINARY starts at the beginning whatever the offset",
        Rule(_FromTheBeginning),
    ),
    CardFault(
        "offset-not-checked",
        "READ BINARY behind the end answers 9000 and nothing",
        status(INS.READ_BINARY, told=SW.OK, instead_of=SW.WRONG_OFFSET),
    ),
    CardFault(
        "absent-file-reads-empty",
        "READ BINARY of a file that is not there answers 9000 and nothing",
        status(INS.READ_BINARY, told=SW.OK, instead_of=SW.FILE_NOT_FOUND),
    ),
    CardFault(
        "no-current-ef-6a82",
        "a read of the current file when there is none is answered 6A82",
        status(*_READS, told=SW.FILE_NOT_FOUND, instead_of=SW.NO_CURRENT_EF),
    ),
    CardFault(
        "file-type-not-checked",
        "binary and record commands are not held apart",
        Rule(_AnyType),
    ),
    CardFault(
        "read-bits-ignored",
        "meaningless bits in P1 and P2 of reads are ignored",
        Heard(_READS, _without_bits),
    ),
    CardFault(
        "get-data-wrong-tag",
        "GET DATA answers under the neighbouring tag",
        data(
            INS.GET_DATA,
            change=lambda _command, told: told[:1] + bytes((told[1] ^ 1,)) + told[2:],
        ),
    ),
    CardFault(
        "update-past-end-cut",
        "an update over the end of a file is cut and done",
        Rule(_CutAtTheEnd),
    ),
)
