"""The transaction log, EF 18: one line for each commit, the newest first [GM 8].

The line carries the counter AFTER the transaction (purse facts 0).
"""

from __future__ import annotations

from ykt_sim.card.model import Ef, Money
from ykt_sim.card.states import Transaction
from ykt_sim.codes import FileType
from ykt_sim.wire.files import TransactionRecord


class LogRules:
    """What a commit writes into the log."""

    def kept(self, ef: Ef, transaction: Transaction) -> bool:
        """Every commit is logged, where the purse's log file takes its lines [GM 8]."""
        del transaction
        return ef.type == FileType.CYCLIC and ef.record_length == TransactionRecord.SIZE

    def line(self, transaction: Transaction, money: Money, datetime: str) -> bytes:
        """Number after, limit, amount, type, terminal, and the time as it was sent [GM 8][LAB]."""
        return TransactionRecord.pack(
            counter=transaction.counter + 1,
            overdraft_limit=money.limit,
            amount=transaction.amount,
            type=transaction.type,
            terminal=transaction.terminal,
            date=datetime[:8],
            time=datetime[8:],
        )

    def lines(self, ef: Ef, old: tuple[bytes, ...], line: bytes) -> tuple[bytes, ...]:
        """The new line comes first, the oldest goes when the file is full [GM 8]."""
        return (line, *old)[: ef.max_records]
