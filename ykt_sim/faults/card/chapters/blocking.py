"""Faults of blocking; the rules are in `ykt_sim.card.rules.blocking`."""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.card.context import CardContext
from ykt_sim.card.model import Cells, Df
from ykt_sim.card.rules.blocking import BlockingRules
from ykt_sim.card.states import State
from ykt_sim.card.tables import Handler, Table
from ykt_sim.codes import INS, SW, Standard
from ykt_sim.faults.card.fault import CardFault, Restart, Row, Rule, Switch, handled
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import TransactionRecord

_LOG: Final = TunionFile.LOG
_PURSES: Final = tuple(Standard)


def _goes_on(table: Table) -> Table:
    return {ins: row._replace(while_blocked=True) for ins, row in table.items()}


def _others_too(block: Handler, context: CardContext, command: Command) -> tuple[bytes, State]:
    answer = block(context, command)
    own = context.memory.staged(("df", context.session.df))
    for cell, df in context.memory.cells.items():
        if isinstance(own, Df) and isinstance(df, Df) and df.standard in _PURSES:
            context.put(cell, msgspec.structs.replace(df, blocked=max(df.blocked, own.blocked)))
    return answer


def _empties_log(unblock: Handler, context: CardContext, command: Command) -> tuple[bytes, State]:
    answer = unblock(context, command)
    lines = tuple(bytes(TransactionRecord.SIZE) for _ in context.records(_LOG))
    context.put(("data", context.session.df, _LOG), lines)
    return answer


class _UndoesLock(BlockingRules):
    def for_a_time(self, df: Df) -> None:
        pass


class _NeverLocks(BlockingRules):
    def locks(self, failures: int) -> bool:
        del failures
        return False


def _unblocked(cells: Cells) -> None:
    for cell, df in cells.items():
        if isinstance(df, Df):
            cells[cell] = msgspec.structs.replace(df, blocked=0)


FAULTS: Final = (
    CardFault("block-without-effect", "a blocked application goes on working", Row(_goes_on)),
    CardFault(
        "block-hits-all",
        "APPLICATION BLOCK blocks the other applications as well",
        handled(INS.APP_BLOCK, _others_too),
    ),
    CardFault("reset-unblocks", "a reset lifts every block", Restart(_unblocked)),
    CardFault(
        "blocked-select-9000",
        "SELECT of a blocked application answers 9000",
        Switch(Df, {"blocked_select_sw": int(SW.OK)}),
    ),
    CardFault("permanent-block-undone", "a permanent block can be undone", Rule(_UndoesLock)),
    CardFault(
        "unblock-never-locks",
        "wrong unblocks never lock the application",
        Rule(_NeverLocks),
    ),
    CardFault(
        "unblock-empties-log",
        "unblocking empties the log",
        handled(INS.APP_UNBLOCK, _empties_log),
    ),
)
