"""Rows of bytes under a head that is something else: they are what their head is.

A program that shows a command once more, field by field, may have its data in rows below; a
key or a challenge may stand below its name. Such rows are no part of an answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ykt_sim.trace.readers.base import ends_in_sw
from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.rows import LogRow, RowKind
from ykt_sim.trace.readers.loose.words import Says

LOGICAL: Final = "wrapped or logical command"
_HEAD: Final = 4


class Heads:
    """Takes the rows of a log in order."""

    def __init__(self) -> None:
        self._name = ""
        self._sure = False
        self._command = b""

    def row(self, row: LogRow) -> LogRow:
        """The row, as something with a name when it stands under such a head."""
        if row.kind is RowKind.BYTES and row.bare and row.role is None:
            return self._below(row)
        if row.kind is RowKind.OTHER and not row.key.strip():
            return row
        self._name, self._sure = "", False
        if row.kind is RowKind.HEADER:
            self._name = row.name
            self._command = b""
        elif row.kind is RowKind.BYTES and row.logical and row.role is Says.COMMAND:
            again = self._command[:_HEAD] == row.data[:_HEAD]
            if again or row.key == "fields":
                self._name, self._sure = LOGICAL, again
        elif row.kind is RowKind.BYTES:
            self._command = row.data
        return row

    def _below(self, row: LogRow) -> LogRow:
        whole = fits.is_usual_command(row.data) or ends_in_sw(row.data) or fits.is_atr(row.data)
        if not self._name or (whole and not self._sure):
            self._name = ""
            self._command = self._command or row.data
            return row
        self._sure = True
        return replace(row, kind=RowKind.NAMED, name=self._name)
