"""What goes into a purchase: its date and time, and the order of its records."""

from __future__ import annotations

from ykt_sim.codes import LntSubType, Standard
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.terminal.tap import Quote, Tap
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import LntTail


def lnt_tail(now: str, fare: int, sub_type: int) -> str:
    """The seven bytes in place of date and time, as 14 hex digits."""
    return (
        LntTail.pack(
            fare=fare, month_day=now[4:8], hour_minute=now[8:12], sub_type=LntSubType(sub_type)
        )
        .hex()
        .upper()
    )


class PurchaseRules:
    """Between INITIALIZE and DEBIT."""

    def debit_time(self, profile: TerminalProfile, tap: Tap, quote: Quote) -> str:
        """The seven date and time bytes of DEBIT, 14 hex digits.

        A T-Union card is sent the terminal's clock YYYYMMDDhhmmss [CODE x6].
        """
        return (
            tap.now if tap.standard == Standard.TUNION else self.lnt_time(profile, tap.now, quote)
        )

    def lnt_time(self, profile: TerminalProfile, now: str, quote: Quote) -> str:
        """Fare, month, day, hour, minute, sub-type [INF, strong]."""
        return lnt_tail(now, self.lnt_fare(quote), self.lnt_sub_type(profile, now))

    def lnt_fare(self, quote: Quote) -> int:
        """The fare before discounts, not what is charged [DUMP][CODE]; fen."""
        return quote.fare

    def lnt_sub_type(self, profile: TerminalProfile, now: str) -> int:
        """11 at an entry and 17 at an exit, elsewhere the second in BCD [DUMP][INF]."""
        if profile.purchase.lnt_sub_type == "ride" and profile.ride.record:
            entry = profile.direction == "entry"
            return LntSubType.METRO_ENTRY if entry else LntSubType.METRO_EXIT
        return int(now[12:14], 16)

    def cache_order(self) -> tuple[int, ...]:
        """EF 1A is written before EF 1E [LAB]; short file identifiers, first one first."""
        return (TunionFile.INDUSTRY, TunionFile.STATISTICS, TunionFile.TRIPS)
