"""Whether a torn transaction happened: what counter and log of the card say.

The counter in a proof and in EF 18 is the one AFTER the transaction, the terminal's own
record has the one BEFORE it (purse facts 0.1, 0.2).
"""

from __future__ import annotations

from ykt_sim.codes import TransactionType
from ykt_sim.terminal import events as ev
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.files import TransactionRecord

_LOADS = (TransactionType.EP_LOAD, TransactionType.ED_LOAD)


class RecoveryRules:
    """After a torn tap."""

    def by_counter(self, counter: int, record: ClearingRecord) -> ev.Signal:
        """The counter of the torn transaction: it never happened; any later one: ask the log.

        The log and not the proof: a proof names neither terminal nor amount, so a ride paid
        elsewhere would pass for ours.
        """
        return ev.NotCharged() if counter == record.counter else ev.AskLog()

    def at_its_counter(self, line: TransactionRecord, record: ClearingRecord) -> bool:
        """Loads and purchases count apart; the log shows the counter after the transaction."""
        same = (line.type in _LOADS) == (record.kind == "load")
        return same and line.counter == record.counter + 1

    def ours(self, line: TransactionRecord, record: ClearingRecord) -> bool:
        """At its counter, the line is ours by amount, type, terminal and time.

        Under Lingnan Tong the same seven bytes hold fare, date, time and sub-type.
        """
        return (
            line.amount == record.amount
            and int(line.type) == record.type
            and line.terminal == record.terminal
            and line.date + line.time == record.datetime
        )
