"""What a fault of a card is: a name, one line of text, and where it acts.

The places, outermost first; a fault stands at the first that can hold it:

===========  ==========================================================================
`Switch`     a switch that real cards have, set otherwise
`Image`      the card was made wrong: a change of its cells
`Restart`    a change of its cells at every power-on
`Chance`     the randoms it is given, from every power-on on
`Heard`      the border: what it hears of a command
`Said`       the border: what is heard of its answer
`Late`       the border: when it is heard
`Row`        another row in a table of commands
`Rule`       one method replaced, calling ``super()`` where it can
===========  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ykt_sim.card.context import CardContext
from ykt_sim.card.model import Cells, CellValue
from ykt_sim.card.powered import Rng
from ykt_sim.card.states import State
from ykt_sim.card.tables import Handler, Table
from ykt_sim.errors import WireError
from ykt_sim.wire.apdu import Command


class Switch(msgspec.Struct, frozen=True):
    """A switch that real cards have, set otherwise in every cell of a type.

    Attributes:
        of: type of the cells, e.g. `PurseState`.
        values: attribute to value.
        where: which of these cells; all by default.
    """

    of: type[CellValue]
    values: Mapping[str, Any]
    where: Callable[[Any], bool] = lambda _cell: True

    def change(self, cells: Cells) -> None:
        """Set the switch."""
        for key, value in cells.items():
            if isinstance(value, self.of) and self.where(value):
                cells[key] = msgspec.structs.replace(value, **self.values)  # type: ignore[type-var]


class Image(msgspec.Struct, frozen=True):
    """The card was made wrong: ``change`` is given its cells once, to be changed in place."""

    change: Callable[[Cells], None]


class Restart(msgspec.Struct, frozen=True):
    """Something happens at every power-on: ``change`` is given the cells then."""

    change: Callable[[Cells], None]


class Chance(msgspec.Struct, frozen=True):
    """The randoms: ``source`` is called at every power-on and gives what serves until the next."""

    source: Callable[[], Rng]


class Heard(msgspec.Struct, frozen=True):
    """The card takes a command for another one.

    Attributes:
        ins: which instructions; what is no command at all passes as it is.
        change: gives the command that the card hears instead.
    """

    ins: tuple[int, ...]
    change: Callable[[Command], Command]

    def heard(self, apdu: bytes) -> bytes:
        """What reaches the card."""
        if len(apdu) < 2 or apdu[1] not in self.ins:
            return apdu
        try:
            return self.change(Command.parse(apdu)).build()
        except WireError:
            return apdu


class Said(msgspec.Struct, frozen=True):
    """Something else is heard of an answer.

    Attributes:
        ins: which instructions; none for whatever is sent.
        change: is given command and answer as bytes, status word included.
    """

    ins: tuple[int, ...]
    change: Callable[[bytes, bytes], bytes]

    def said(self, apdu: bytes, answer: bytes) -> bytes:
        """What is heard of the card."""
        if self.ins and (len(apdu) < 4 or apdu[1] not in self.ins):
            return answer
        return self.change(apdu, answer)


class Late(msgspec.Struct, frozen=True):
    """The card is slow with an instruction, by so many seconds."""

    ins: int
    seconds: float


class Row(msgspec.Struct, frozen=True):
    """Another row in the tables of commands: ``change`` gives the table that serves instead."""

    change: Callable[[Table], Table]


class Rule(msgspec.Struct, frozen=True):
    """Methods replaced: ``by`` is a class derived from a chapter of rules, or from `Memory`."""

    by: type


Place = Switch | Image | Restart | Chance | Heard | Said | Late | Row | Rule


class CardFault(msgspec.Struct, frozen=True):
    """One wrong thing.

    Attributes:
        name: as in ``?deviate=NAME``.
        text: what is wrong then, in one line.
        place: where it acts and what it replaces.
    """

    name: str
    text: str
    place: Place


def data(*ins: int, change: Callable[[bytes, bytes], bytes]) -> Said:
    """Other data in answers that end in 9000; ``change`` is given command and data."""
    return Said(
        ins,
        lambda apdu, answer: (
            change(apdu, answer[:-2]) + answer[-2:] if answer[-2:] == b"\x90\x00" else answer
        ),
    )


def status(*ins: int, told: int, instead_of: int) -> Said:
    """Another status word in the place of one."""
    old, new = instead_of.to_bytes(2, "big"), told.to_bytes(2, "big")
    return Said(ins, lambda _apdu, answer: new if answer == old else answer)


def handled(
    ins: int, change: Callable[[Handler, CardContext, Command], tuple[bytes, State]]
) -> Row:
    """A command is handled otherwise in every state; ``change`` is given the right handler."""

    def changed(table: Table) -> Table:
        def other(handler: Handler) -> Handler:
            return lambda context, command: change(handler, context, command)

        row = table[ins]
        handlers = {state: other(handler) for state, handler in row.handlers.items()}
        return {**table, ins: row._replace(handlers=handlers)}

    return Row(changed)
