"""Transparent files: READ and UPDATE BINARY [GM 7.5, 7.7]."""

from __future__ import annotations

from ykt_sim.card.model import Ef
from ykt_sim.card.refusal import Refusal
from ykt_sim.codes import SW, FileType


class FilesRules:
    """What of a file is meant, and what is given or taken; in the order of the commands."""

    def short_id(self, p1: int) -> int:
        """P1 100sssss names a file by its SFI; 6A86 when bits 7 or 6 are set [GM 7.5]."""
        if p1 & 0x60:
            raise Refusal(SW.WRONG_P1P2)
        return p1 & 0x1F

    def file_type(self, ef: Ef) -> None:
        """Binary commands are for transparent files, else 6981 [GM 7.5, 7.7]."""
        if ef.type != FileType.TRANSPARENT:
            raise Refusal(SW.FILE_TYPE)

    def offset(self, offset: int, size: int) -> None:
        """The offset lies inside the file, else 6B00 [GM 7.5, 7.7]."""
        if offset >= size:
            raise Refusal(SW.WRONG_OFFSET)

    def length(self, le: int | None, left: int, most: int) -> int:
        """Le 00 asks for all that is left, more than that is 6Cxx, no Le is 6700 [GM 7.5].

        ``most`` is what an answer can hold.
        """
        if le is None:
            raise Refusal(SW.WRONG_LENGTH)
        if le > left:
            raise Refusal(SW.WRONG_LE | left)
        if le > most:
            raise Refusal(SW.WRONG_LENGTH)
        return le or min(left, most)

    def part(self, content: bytes, offset: int, length: int) -> bytes:
        """So many bytes are given, from the offset on [GM 7.5]."""
        return content[offset : offset + length]

    def inside(self, data: bytes, left: int) -> bytes:
        """An update stays inside the file and holds something, else 6700 [GM 7.7]."""
        if not 0 < len(data) <= left:
            raise Refusal(SW.WRONG_LENGTH)
        return data
