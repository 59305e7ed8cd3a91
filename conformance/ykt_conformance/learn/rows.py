"""The moves of a state as rows for drawing."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ykt_conformance.learn.machine import Machine, Move

#: Rules by state and letter that break them.
Marks = Mapping[tuple[int, str], str]


class Row(msgspec.Struct, frozen=True):
    """What a letter does in a state.

    Attributes:
        rule: that it breaks; empty for none.
    """

    letter: str
    move: Move
    rule: str = ""

    @property
    def text(self) -> str:
        """Letter and answer."""
        return f"{self.letter} / {self.move.output}"


def rows(machine: Machine, marks: Marks, state: int) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """What leads to another state or breaks a rule, and what changes nothing.

    Rows that lead to one state stand side by side.
    """
    found = [
        Row(letter, move, marks.get((state, letter), ""))
        for letter, move in machine.moves[state].items()
    ]
    loud = [row for row in found if row.move.target != state or row.rule]
    loud.sort(key=lambda row: (row.move.target, bool(row.rule)))
    return tuple(loud), tuple(row for row in found if row not in loud)
