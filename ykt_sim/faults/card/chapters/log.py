"""Faults of the transaction log; the rules are in `ykt_sim.card.rules.log`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_sim.card.model import Cells, Ef, Money
from ykt_sim.card.rules.log import LogRules
from ykt_sim.card.states import Transaction
from ykt_sim.codes import TransactionType
from ykt_sim.faults.card.fault import CardFault, Restart, Rule
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import TransactionRecord

_LOG: Final = TunionFile.LOG
_NO_LINE: Final = bytes(TransactionRecord.SIZE)


def _line(change: Callable[[bytes], bytes]) -> type[LogRules]:
    """Another line is written."""

    class Line(LogRules):
        def line(self, transaction: Transaction, money: Money, datetime: str) -> bytes:
            return change(super().line(transaction, money, datetime))

    return Line


def _with(at: int, part: bytes) -> type[LogRules]:
    """Other bytes stand at one place of every line."""
    return _line(lambda line: line[:at] + part + line[at + len(part) :])


def _one_less(line: bytes) -> bytes:
    return (int.from_bytes(line[:2], "big") - 1).to_bytes(2, "big") + line[2:]


def _year_added(line: bytes) -> bytes:
    return line if line[16] == 0x20 else line[:16] + b"\x20\x24" + line[18:]


class _NewestReplaced(LogRules):
    def lines(self, ef: Ef, old: tuple[bytes, ...], line: bytes) -> tuple[bytes, ...]:
        return super().lines(ef, old[1:], line)


class _OneLineLess(LogRules):
    def lines(self, ef: Ef, old: tuple[bytes, ...], line: bytes) -> tuple[bytes, ...]:
        lines = super().lines(ef, old, line)
        return (*lines[:-1], _NO_LINE) if len(lines) == ef.max_records else lines


class _NoLoads(LogRules):
    def kept(self, ef: Ef, transaction: Transaction) -> bool:
        return transaction.type != TransactionType.EP_LOAD and super().kept(ef, transaction)


def _loses_line(cells: Cells) -> None:
    for key, value in cells.items():
        if key[0] == "data" and key[2] == _LOG and isinstance(value, tuple):
            cells[key] = (*value[1:], _NO_LINE)


FAULTS: Final = (
    CardFault(
        "log-number-before",
        "the log carries the number before the transaction",
        Rule(_line(_one_less)),
    ),
    CardFault("log-type-always-06", "every line of the log says purchase", Rule(_with(9, b"\x06"))),
    CardFault("log-amount-zero", "the log has no amounts", Rule(_with(5, bytes(4)))),
    CardFault("log-terminal-zero", "the log has no terminal numbers", Rule(_with(10, bytes(6)))),
    CardFault("log-without-limit", "the log has no overdraft limit", Rule(_with(2, bytes(3)))),
    CardFault(
        "log-year-added",
        "the log writes a year over what the wallet's terminal sent",
        Rule(_line(_year_added)),
    ),
    CardFault("log-newest-replaced", "a new line replaces the newest one", Rule(_NewestReplaced)),
    CardFault("log-one-less", "the log keeps one line less", Rule(_OneLineLess)),
    CardFault("loads-not-logged", "loads are not logged", Rule(_NoLoads)),
    CardFault(
        "reset-loses-log-line", "a reset loses the newest line of the log", Restart(_loses_line)
    ),
)
