"""Faults in what a terminal thinks: methods of `ykt_sim.terminal.rules` replaced.

Each is a class derived from the chapter whose rule it breaks; faults on one rule pile up
by ``super()``, so that two can be tried together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from ykt_sim.codes import AID_TUNION_EP, SW, Code, Standard
from ykt_sim.errors import WireError
from ykt_sim.faults.terminal.border import hearing
from ykt_sim.faults.terminal.fault import Between, Rule, TerminalFault
from ykt_sim.faults.terminal.hears import INIT_ANSWER, Misread, misreading
from ykt_sim.profiles.terminals import Distance, Fare, Station, TerminalProfile, Transfer
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.phases import Phase
from ykt_sim.terminal.rules import (
    CheckRules,
    EntryRules,
    FareRules,
    PurchaseRules,
    RecoveryRules,
)
from ykt_sim.terminal.rules.checks import INTEROPERABLE
from ykt_sim.terminal.tap import Entered, Quote, Tap
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.files import LntApplication, TransactionRecord, TunionApplication

# -- entry ----------------------------------------------------------------------------------


class _AidNotListed(EntryRules):
    def tunion_aid(self, _listed: Sequence[bytes]) -> bytes | None:
        return AID_TUNION_EP


class _FirstListedOnly(EntryRules):
    def tunion_aid(self, listed: Sequence[bytes]) -> bytes | None:
        return super().tunion_aid(listed[:1])


class _LongAidUnknown(EntryRules):
    def tunion_aid(self, listed: Sequence[bytes]) -> bytes | None:
        return super().tunion_aid([aid for aid in listed if len(aid) <= len(AID_TUNION_EP)])


class _NoReset(EntryRules):
    def ways_to_basic(self) -> tuple[ev.Signal, ...]:
        return tuple(way for way in super().ways_to_basic() if not isinstance(way, ev.TryReset))


class _FixedOffset(EntryRules):
    def application_in_fci(self, fci: bytes) -> bytes | None:
        return fci[21:51]


class _FromTheEnd(EntryRules):
    def application_in_fci(self, fci: bytes) -> bytes | None:
        return fci[-30:]


class _ThirtyOnly(EntryRules):
    def application_in_fci(self, fci: bytes) -> bytes | None:
        found = super().application_in_fci(fci)
        if found is not None and len(found) != TunionApplication.SIZE:
            raise WireError(f"9F0C of {len(found)} bytes")
        return found


class _InFciOrNowhere(EntryRules):
    def application_in_fci(self, fci: bytes) -> bytes | None:
        found = super().application_in_fci(fci)
        if found is None:
            raise WireError("no 9F0C")
        return found


class _SeventyOnly(EntryRules):
    def lnt_application(self, data: bytes) -> bytes:
        return data[: LntApplication.SIZE]


# -- checks ---------------------------------------------------------------------------------


class _StartIgnored(CheckRules):
    def begun(self, _today: str, _start: str) -> ev.Refuse | None:
        return None


class _StartTodayRefused(CheckRules):
    def begun(self, today: str, start: str) -> ev.Refuse | None:
        right = super().begun(today, start)
        return ev.Refuse(Code.NOT_YET_VALID, start) if today == start else right


class _ExpiryIgnored(CheckRules):
    def unexpired(self, _today: str, _expiry: str) -> ev.Refuse | None:
        return None


class _ExpiryTodayRefused(CheckRules):
    def unexpired(self, today: str, expiry: str) -> ev.Refuse | None:
        right = super().unexpired(today, expiry)
        return ev.Refuse(Code.EXPIRED, expiry) if today == expiry else right


class _BadDateAccepted(CheckRules):
    def real_dates(self, _start: str, _expiry: str) -> ev.Refuse | None:
        return None

    def begun(self, today: str, start: str) -> ev.Refuse | None:
        return super().begun(today, start) if start.isdigit() else None

    def unexpired(self, today: str, expiry: str) -> ev.Refuse | None:
        return super().unexpired(today, expiry) if expiry.isdigit() else None


class _WhiteListIgnored(CheckRules):
    def known_issuer(self, _issuer: str, _issuers: frozenset[str]) -> ev.Refuse | None:
        return None

    def issuer_has_iin(
        self, issuer: str, iin: str, pairs: frozenset[tuple[str, str]]
    ) -> ev.Refuse | None:
        listed = any(issuer == one for one, _ in pairs)
        return super().issuer_has_iin(issuer, iin, pairs) if listed else None


class _IinIgnored(CheckRules):
    def issuer_has_iin(
        self, _issuer: str, _iin: str, _pairs: frozenset[tuple[str, str]]
    ) -> ev.Refuse | None:
        return None


class _FlagIgnored(CheckRules):
    def interoperable(
        self, _flag: str | None, _issuer: str, _own: tuple[str, ...]
    ) -> ev.Refuse | None:
        return None


class _OwnNeedFlag(CheckRules):
    def interoperable(
        self, flag: str | None, issuer: str, _own: tuple[str, ...]
    ) -> ev.Refuse | None:
        return super().interoperable(flag, issuer, ())


class _Df11Ignored(CheckRules):
    def flag_in_ecash(self, fci: bytes) -> str | None:
        return None if super().flag_in_ecash(fci) is None else INTEROPERABLE


class _BalanceUnchecked(CheckRules):
    def enough(self, _available: int, _need: int, *, zero: bool) -> ev.Refuse | None:
        del zero
        return None


class _ExactRefused(CheckRules):
    def enough(self, available: int, need: int, *, zero: bool) -> ev.Refuse | None:
        refusal = super().enough(available, need, zero=zero)
        if refusal is None and available == need:
            return ev.Refuse(Code.INSUFFICIENT_BALANCE, f"{available} of {need} fen")
        return refusal


class _TopBitKept(CheckRules):
    def told(self, balance: int) -> int:
        return balance


# -- fares ----------------------------------------------------------------------------------


class _OneFenMore(FareRules):
    def quote(self, profile: TerminalProfile, tap: Tap) -> Quote | ev.Refuse:
        quote = super().quote(profile, tap)
        if isinstance(quote, ev.Refuse):
            return quote
        return quote._replace(amount=quote.amount + 1, need=quote.need + 1)


class _LntFull(FareRules):
    def discounted(self, fare: Fare, standard: Standard, amount: int, month: int | None) -> int:
        return (
            amount
            if standard == Standard.LNT
            else super().discounted(fare, standard, amount, month)
        )


class _AlwaysTransfer(FareRules):
    def transferred(self, profile: TerminalProfile, transfer: Transfer, tap: Tap) -> bool:
        day = replace(transfer, minutes=1440)
        return super().transferred(profile, day, tap)


class _StepReached(FareRules):
    def discounted(self, fare: Fare, standard: Standard, amount: int, month: int | None) -> int:
        return super().discounted(fare, standard, amount, None if month is None else month + 1)


class _OneWay(FareRules):
    def by_distance(self, distance: Distance, start: Station, end: Station) -> int:
        if start.at > end.at:
            return super().by_distance(distance, end, end)
        return super().by_distance(distance, start, end)


class _AlwaysMaximum(FareRules):
    def exit(
        self,
        profile: TerminalProfile,
        standard: Standard,
        entered: Entered | None,
        month: int | None,
    ) -> Quote | ev.Refuse:
        quote = super().exit(profile, standard, entered, month)
        if isinstance(quote, ev.Refuse):
            return quote
        return quote._replace(amount=profile.fare.maximum, need=profile.fare.maximum)


class _EntryNotFound(FareRules):
    def exit(
        self,
        profile: TerminalProfile,
        standard: Standard,
        _entered: Entered | None,
        month: int | None,
    ) -> Quote | ev.Refuse:
        return super().exit(profile, standard, None, month)


class _OutsideFree(FareRules):
    def never_entered(self, _profile: TerminalProfile) -> int | ev.Refuse:
        return 0


class _UnknownFree(FareRules):
    def unknown_station(self, _profile: TerminalProfile, _entered: Entered) -> int | ev.Refuse:
        return 0


class _SecondTapFree(FareRules):
    """Remembers the card that was the last to pay."""

    def __init__(self) -> None:
        self._last = ""

    def quote(self, profile: TerminalProfile, tap: Tap) -> Quote | ev.Refuse:
        again, self._last = tap.card == self._last, tap.card
        quote = super().quote(profile, tap)
        if again and isinstance(quote, Quote):
            return quote._replace(amount=0, need=0)
        return quote


# -- purchase -------------------------------------------------------------------------------


class _DayBehind(PurchaseRules):
    def debit_time(self, profile: TerminalProfile, tap: Tap, quote: Quote) -> str:
        # Byte 3 of both forms: YYYYMMDDhhmmss, and fare, MMDD, hhmm, sub-type.
        right = super().debit_time(profile, tap, quote)
        day = int(right[6:8]) - 1 or 28
        return f"{right[:6]}{day:02d}{right[8:]}"


class _LntDateWithYear(PurchaseRules):
    def lnt_time(self, _profile: TerminalProfile, now: str, _quote: Quote) -> str:
        return now


class _LntFareIsCharge(PurchaseRules):
    def lnt_fare(self, quote: Quote) -> int:
        return quote.amount


class _TripFirst(PurchaseRules):
    def cache_order(self) -> tuple[int, ...]:
        *before, last = super().cache_order()
        return (last, *before)


# -- torn taps ------------------------------------------------------------------------------


class _UnchargedAccepted(RecoveryRules):
    def by_counter(self, counter: int, record: ClearingRecord) -> ev.Signal:
        found = super().by_counter(counter, record)
        return ev.Proven() if isinstance(found, ev.NotCharged) else found


class _LogIgnored(RecoveryRules):
    def ours(self, _line: TransactionRecord, _record: ClearingRecord) -> bool:
        return False


_REFUSED_INITIALIZE: Final = Misread(frozenset((Phase.INIT,)), SW.BALANCE_INSUFFICIENT, INIT_ANSWER)
_REFUSED_CACHE: Final = Misread(frozenset((Phase.CACHE,)), SW.WRONG_STATE)

FAULTS: Final = (
    # entry
    TerminalFault(
        "aid-not-listed",
        "the standard AID is selected whatever PPSE lists",
        (Rule(_AidNotListed),),
    ),
    TerminalFault(
        "first-listed-only",
        "only the first AID in PPSE is looked at",
        (Rule(_FirstListedOnly),),
    ),
    TerminalFault(
        "long-aid-unknown",
        "a long AID in PPSE is not recognised",
        (Rule(_LongAidUnknown),),
    ),
    TerminalFault(
        "no-reset-after-ppse",
        "PAY.APPY is selected after PPSE without a reset",
        (Rule(_NoReset),),
    ),
    TerminalFault(
        "fci-fixed-offset",
        "9F0C is taken from a fixed place in the FCI",
        (Rule(_FixedOffset),),
    ),
    TerminalFault(
        "fci-from-the-end",
        "9F0C is taken from the end of the FCI",
        (Rule(_FromTheEnd),),
    ),
    TerminalFault(
        "fci-30-only",
        "a 9F0C that is not 30 bytes long is refused",
        (Rule(_ThirtyOnly),),
    ),
    TerminalFault(
        "fci-needs-9f0c",
        "EF 15 is not read when the FCI has no 9F0C",
        (Rule(_InFciOrNowhere),),
    ),
    TerminalFault(
        "lnt-15-70-only",
        "an EF 15 of 68 bytes is refused under Lingnan Tong",
        (Rule(_SeventyOnly),),
    ),
    # checks of the card
    TerminalFault("start-ignored", "the start date is not judged", (Rule(_StartIgnored),)),
    TerminalFault(
        "start-today-refused",
        "a card is refused on its start date",
        (Rule(_StartTodayRefused),),
    ),
    TerminalFault("expiry-ignored", "the expiry date is not judged", (Rule(_ExpiryIgnored),)),
    TerminalFault(
        "expiry-today-refused",
        "a card is refused on its last day",
        (Rule(_ExpiryTodayRefused),),
    ),
    TerminalFault(
        "bad-date-accepted",
        "dates that are no dates are not judged",
        (Rule(_BadDateAccepted),),
    ),
    TerminalFault(
        "white-list-ignored",
        "issuers outside the white list are taken",
        (Rule(_WhiteListIgnored),),
    ),
    TerminalFault(
        "iin-ignored",
        "an IIN that does not go with the issuer is taken",
        (Rule(_IinIgnored),),
    ),
    TerminalFault(
        "flag-ignored",
        "the interoperability flag is not judged",
        (Rule(_FlagIgnored),),
    ),
    TerminalFault(
        "own-cards-need-flag",
        "cards of the own issuer are refused without the flag",
        (Rule(_OwnNeedFlag),),
    ),
    TerminalFault(
        "df11-ignored",
        "DF11 is looked for, its interoperability flag is not read",
        (Rule(_Df11Ignored),),
    ),
    # balance
    TerminalFault(
        "balance-unchecked",
        "neither balance nor the card's 9401 keeps it from DEBIT",
        (
            Between(hearing(misreading(_REFUSED_INITIALIZE, _REFUSED_CACHE))),
            Rule(_BalanceUnchecked),
        ),
    ),
    TerminalFault(
        "exact-balance-refused",
        "a balance of just the fare is refused",
        (Rule(_ExactRefused),),
    ),
    TerminalFault(
        "top-bit-kept",
        "the top bit of GET BALANCE is taken for money",
        (Rule(_TopBitKept),),
    ),
    # fares
    TerminalFault("fare-one-fen-more", "one fen too much is charged", (Rule(_OneFenMore),)),
    TerminalFault("fare-lnt-full", "Lingnan Tong cards get no discount", (Rule(_LntFull),)),
    TerminalFault(
        "month-step-reached",
        "the discount of the month begins at its step, not above it",
        (Rule(_StepReached),),
    ),
    TerminalFault("transfer-all-day", "a transfer lasts all day", (Rule(_AlwaysTransfer),)),
    TerminalFault("fare-one-way", "a ride back along the line costs the least", (Rule(_OneWay),)),
    TerminalFault("exit-always-maximum", "every exit costs the maximum", (Rule(_AlwaysMaximum),)),
    TerminalFault(
        "entry-not-found",
        "an exit does not see that the card has entered",
        (Rule(_EntryNotFound),),
    ),
    TerminalFault(
        "exit-outside-free",
        "an exit without an entry costs nothing",
        (Rule(_OutsideFree),),
    ),
    TerminalFault(
        "unknown-station-free",
        "a ride from a station that is not in the table costs nothing",
        (Rule(_UnknownFree),),
    ),
    TerminalFault(
        "second-tap-free",
        "the same card tapped again pays nothing",
        (Rule(_SecondTapFree),),
    ),
    # purchase
    TerminalFault(
        "clock-a-day-behind",
        "DEBIT carries yesterday's date",
        (Rule(_DayBehind),),
    ),
    TerminalFault(
        "lnt-date-with-year",
        "DEBIT carries YYYYMMDDhhmmss to a Lingnan Tong wallet",
        (Rule(_LntDateWithYear),),
    ),
    TerminalFault(
        "lnt-fare-is-charge",
        "the fare in DEBIT is what was charged, not the full fare",
        (Rule(_LntFareIsCharge),),
    ),
    TerminalFault(
        "trip-before-industry",
        "EF 1E is updated before EF 1A",
        (Rule(_TripFirst),),
    ),
    # torn taps
    TerminalFault(
        "torn-uncharged-accepted",
        "a torn tap that never happened passes for paid",
        (Rule(_UnchargedAccepted),),
    ),
    TerminalFault(
        "log-ignored",
        "a torn tap that did happen is charged again",
        (Rule(_LogIgnored),),
    ),
)
