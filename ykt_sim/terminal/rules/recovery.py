"""Whether a torn transaction happened: what counter and log of the card say.

The counter in a proof and in EF 18 is the one AFTER the transaction, the terminal's own
record has the one BEFORE it (purse facts 0.1, 0.2).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta

from ykt_sim.codes import Standard
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.journal import Unshown
from ykt_sim.wire.commands import ONLINE, OPERATIONS
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.files import TransactionRecord

#: Types that move the counter of loads: whatever is done with the issuer's host [GM 8.7-8.12].
_ONLINE = {
    kind for operation in ONLINE for kind in (OPERATIONS[operation].ed, OPERATIONS[operation].ep)
}


def _between(earlier: str, later: str) -> timedelta | None:
    """Time from one reading of a terminal's clock to another; None where one is no date."""
    try:
        begun, ended = (datetime.strptime(one, "%Y%m%d%H%M%S") for one in (earlier, later))  # noqa: DTZ007 - both local
    except ValueError:
        return None
    return ended - begun


class RecoveryRules:
    """After a torn tap."""

    def torn(self, pending: Container[tuple[Standard, str]], standard: Standard, card: str) -> bool:
        """A card whose payment was torn settles that first; ``pending`` by standard and card."""
        return (standard, card) in pending

    def torn_elsewhere(
        self,
        pending: Iterable[tuple[Standard, str]],
        known: Container[Standard],
        standard: Standard,
        card: str,
    ) -> Standard | None:
        """The other standard under which a payment of this very card was torn.

        A dual card's PAN holds the ten digits of its Lingnan Tong number after the IIN [DUMP,
        one card]; without this a torn payment could be followed by one in the other purse.
        """
        for other, theirs in pending:
            if other == standard or other not in known:
                continue
            pan, number = (theirs, card) if other == Standard.TUNION else (card, theirs)
            if pan[8:18] == number[-10:]:
                return other
        return None

    def counter_after(self, record: ClearingRecord) -> int:
        """Where the card's counter stands once the transaction has happened [purse facts 0.1]."""
        return record.counter + 1

    def by_counter(self, counter: int, record: ClearingRecord) -> ev.Signal:
        """The counter of the torn transaction: it never happened; any later one: ask the log.

        The log and not the proof: a proof names neither terminal nor amount, so a ride paid
        elsewhere would pass for ours.
        """
        return ev.NotCharged() if counter == record.counter else ev.AskLog()

    def at_its_counter(self, line: TransactionRecord, record: ClearingRecord) -> bool:
        """Loads, unloads and changes of a limit count apart from purchases.

        The log shows the counter after the transaction.
        """
        same = (line.type in _ONLINE) == (record.kind == "load")
        return same and line.counter == self.counter_after(record)

    def shown_again(self, unshown: Unshown, now: str, wanted: int, window: int) -> bool:
        """A restarted terminal owes this card its last word [YKT].

        Args:
            unshown: the accepted tap.
            now: the terminal's clock, 14 digits; one that went back tells nothing.
            wanted: fen to load now; another amount is another load.
            window: seconds after the tap; 0: never.
        """
        record, passed = unshown.record, _between(unshown.time, now)
        if passed is None or (record.kind == "load" and record.amount != wanted):
            return False
        return timedelta() <= passed < timedelta(seconds=window)

    def same_codes(self, tac: bytes, record: ClearingRecord) -> bool:
        """A proof is that of a transaction whose TAC is known, or may be where it is not [YKT]."""
        return not record.tac or tac.hex().upper() == record.tac

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
