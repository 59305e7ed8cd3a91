"""Ways for a terminal to be wrong: one name, one wrong thing each, all off by default.

A machine is made with the names that shall hold for it; each stands in one place: an entry
or a line here, in `deviations_written`, or on the line of a flow that it changes. They are
what the conformance suite is tried on; the first ones are faults that terminals in the
field have shown (cards facts 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ykt_sim.codes import Code, TripType
from ykt_sim.errors import UsageError
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.fares import Entered, Quote
from ykt_sim.terminal.phases import Phase

#: Name of a deviation -> what is wrong then, in one line.
DEVIATIONS: Final[Mapping[str, str]] = MappingProxyType({
    # what it writes about the place: faults met in the field
    "city-of-card": "EF 1E carries the card's issuing city (Foshan, Jiangmen buses)",
    "city-of-neighbour": "EF 1E carries a neighbour's city (Huizhou, Zhanjiang buses)",
    "city-7835": "EF 1E carries 7835, which is no city (Zhuhai buses)",
    "city-postcode": "EF 1E carries a city in post-code style, 5180 (Shenzhen tram)",
    "city-zero": "EF 1E carries city 0000 (Dalian)",
    "city-previous": "EF 1E carries the city of the card's trip before (one maker's validators)",
    "acquirer-issuer-form": "the acquirer is written in issuer form, 0 in front (Shenzhen tram)",
    "acquirer-zero-padded": "the acquirer is padded with 00 instead of FF (Foshan, Guangzhou)",
    "acquirer-of-card": "the card's issuer code stands in the acquirer field",
    "acquirer-ascii": "the acquirer is eight ASCII characters",
    "acquirer-old-number": "the acquirer has an organisation number of old (Shantou ferry)",
    "trip-year-wrong": "the year in EF 1E is wrong, in DEBIT it is right (Shijiazhuang)",
    "no-trip": "no EF 1E is written (Zhongshan buses)",
    "no-trip-for-own-cards": "no EF 1E for cards of the own city (Tangshan, Taiyuan)",
    "no-entry-record": "nothing is written at the entry (Shenzhen metro gates)",
    # other fields of the cache updates
    "trip-before-industry": "EF 1E is updated before EF 1A",
    "trip-type-wrong": "EF 1E has type 09 whatever the ride is",
    "trip-industry-wrong": "EF 1E names the industry 04, taxi",
    "trip-amount-full": "EF 1E carries the fare before discount",
    "trip-amount-wrong": "EF 1E carries one fen more than was charged",
    "trip-balance-before": "EF 1E carries the balance before the debit",
    "trip-terminal-zero": "EF 1E has zeros as terminal number",
    "trip-line-zero": "EF 1E has zeros as line and station",
    "trip-time-zero": "EF 1E has no time of day",
    "industry-state-stuck": "the exit leaves state 01 (inside) in EF 1A",
    "industry-entry-lost": "the exit blanks the entry's part of EF 1A",
    "industry-city-wrong": "EF 1A carries the card's issuing city",
    "industry-time-wrong": "EF 1A has another time than DEBIT",
    "industry-maximum-zero": "the entry writes no maximum fare to EF 1A",
    "industry-id-wrong": "the industry record is written as 2703",
    # entry
    "skips-ppse": "PPSE is skipped and AIDs are selected directly",
    "aid-not-listed": "the standard AID is selected whatever PPSE lists",
    "first-listed-only": "only the first AID in PPSE is looked at",
    "unknown-card-accepted": "a card with no application for it passes",
    "long-aid-unknown": "a long AID in PPSE is not recognised",
    "wrong-priority": "the order of preference is the other way round",
    "no-reset-after-ppse": "PAY.APPY is selected after PPSE without a reset",
    "no-fallback": "a card without PPSE is not tried any further",
    "fci-fixed-offset": "9F0C is taken from a fixed place in the FCI",
    "fci-from-the-end": "9F0C is taken from the end of the FCI",
    "fci-30-only": "a 9F0C that is not 30 bytes long is refused",
    "fci-needs-9f0c": "EF 15 is not read when the FCI has no 9F0C",
    "lnt-15-70-only": "an EF 15 of 68 bytes is refused under Lingnan Tong",
    # checks of the card
    "start-ignored": "the start date is not judged",
    "start-today-refused": "a card is refused on its start date",
    "expiry-ignored": "the expiry date is not judged",
    "expiry-today-refused": "a card is refused on its last day",
    "bad-date-accepted": "dates that are no dates are not judged",
    "white-list-ignored": "issuers outside the white list are taken",
    "white-list-own-only": "only cards of the own issuers are taken for listed",
    "iin-ignored": "an IIN that does not go with the issuer is taken",
    "iin-shown-as-2449": "an issuer/IIN mismatch shows the code of the white list",
    "black-list-ignored": "the black list is not judged",
    "black-list-too-wide": "the last two digits do not count in the black list",
    "flag-ignored": "the interoperability flag is not judged",
    "own-cards-need-flag": "cards of the own issuer are refused without the flag",
    "ef17-needed": "a card without EF 17 is refused at once",
    "ef17-missing-accepted": "a card without EF 17 passes as interoperable",
    "df11-ignored": "DF11 is looked for, its interoperability flag is not read",
    "ep-not-reselected": "after the e-cash the purse is not selected again",
    "blocked-ignored": "6283 to SELECT is taken for 9000",
    "locked-ignored": "9303 to SELECT is taken for 9000",
    "unsupported-ignored": "6A81 to SELECT is taken for 9000",
    # balance
    "balance-unchecked": "neither balance nor the card's 9401 keeps it from DEBIT",
    "exact-balance-refused": "a balance of just the fare is refused",
    "zero-shown-as-low": "an empty purse shows the code of a low balance",
    "overdraft-unused": "the card's overdraft does not count",
    "overdraft-always": "the card's overdraft pays where it must not",
    "balance-two-bytes": "two bytes of the balance are used",
    "top-bit-kept": "the top bit of GET BALANCE is taken for money",
    # payment
    "fare-one-fen-more": "one fen too much is charged",
    "fare-lnt-full": "Lingnan Tong cards get no discount",
    "simple-for-composite": "a simple purchase is made where composite is declared",
    "lnt-type-wrong": "a Lingnan Tong purchase is simple for composite or the other way round",
    "plain-update": "records are updated with class 00, outside the purchase",
    "key-index-zero": "INITIALIZE asks for key index 0",
    "terminal-number-zero": "INITIALIZE carries zeros as terminal number",
    "clock-a-day-behind": "DEBIT carries yesterday's date",
    "lnt-date-with-year": "DEBIT carries YYYYMMDDhhmmss to a Lingnan Tong wallet",
    "lnt-fare-is-charge": "the fare in DEBIT is what was charged, not the full fare",
    "mac1-zero": "DEBIT carries zeros as MAC1",
    "serial-repeated": "the PSAM number of the first tap is sent again and again",
    "debit-p1-02": "DEBIT is sent with P1=02",
    "cache-refused-ignored": "DEBIT follows although the card refused a cache update",
    "init-refused-ignored": "DEBIT follows although the card refused INITIALIZE",
    "debit-refused-accepted": "a card that refuses DEBIT passes",
    "mac2-failed-accepted": "a card whose MAC2 the PSAM rejects passes",
    "short-answer-accepted": "a DEBIT answer without MAC2 passes",
    "second-tap-free": "the same card tapped again pays nothing",
    # torn taps
    "removed-accepted": "a card that leaves before DEBIT passes",
    "torn-accepted": "a card that leaves at DEBIT passes at once",
    "torn-forgotten": "a torn DEBIT is forgotten, the card pays again",
    "one-pending-only": "a torn tap is forgotten when another card pays",
    "log-ignored": "a torn tap that did happen is charged again",
    "proof-suffices": "the last transaction passes for ours whoever made it",
    "torn-uncharged-accepted": "a torn tap that never happened passes for paid",
    # rides
    "entry-inside-ignored": "an entry does not look whether the card is inside",
    "exit-outside-free": "an exit without an entry costs nothing",
    "entry-not-found": "an exit does not see that the card has entered",
    "exit-always-maximum": "every exit costs the maximum",
    "unknown-station-free": "a ride from a station that is not in the table costs nothing",
    # what it reports
    "clearing-missing": "no clearing record is made",
    "clearing-counter-after": "the clearing record has the counter after the transaction",
    "clearing-codes-swapped": "TAC and MAC2 change places in the clearing record",
    "clearing-amount-wrong": "the clearing record has one fen more",
    "clearing-serial-zero": "the clearing record has no PSAM number",
    "clearing-city-of-card": "the clearing record has the card's issuing city",
    "clearing-time-wrong": "the clearing record has another time than DEBIT",
    "clearing-card-wrong": "the clearing record has another card's number",
    "clearing-balance-wrong": "the clearing record has the balance before as balance after",
    "clearing-of-disputed": "a disputed transaction goes to clearing",
    "sequence-stuck": "all clearing records have the same number",
    # time and loads
    "reads-on-and-on": "the trip log is read forty times before the card may pay",
    "load-limit-ignored": "any amount can be loaded",
    "load-tac-ignored": "a load passes although the host rejects its TAC",
    "load-without-pin": "the PIN is never presented",
    "load-refused-accepted": "a card that refuses to be loaded passes for loaded",
    "load-amount-wrong": "INITIALIZE FOR LOAD asks for one fen more than was paid",
})  # fmt: skip


def check_deviations(names: Iterable[str]) -> frozenset[str]:
    """The names as a set; UsageError for one that is not in the table."""
    wanted = frozenset(names)
    unknown = sorted(wanted - DEVIATIONS.keys())
    if unknown:
        raise UsageError(f"no terminal deviation {', '.join(unknown)}; ykt conform zoo lists them")
    return wanted


# -- status words misread -------------------------------------------------------------------


class _Misread(NamedTuple):
    """In a phase, a status word (0: any) becomes a good answer with this data."""

    name: str
    phases: frozenset[Phase]
    sw: int
    data: bytes = b""


_SELECTS: Final = frozenset((Phase.SELECT_EP, Phase.SELECT_BASIC, Phase.SELECT_WALLET))
#: 500 yuan, counter 0, no overdraft, key version 01, algorithm 00, random of zeros.
_INIT_ANSWER: Final = bytes.fromhex("0000C35000000000000100") + bytes(4)
_MISREAD: Final = (
    _Misread("blocked-ignored", _SELECTS, 0x6283),
    _Misread("locked-ignored", _SELECTS, 0x9303),
    _Misread("unsupported-ignored", _SELECTS, 0x6A81),
    _Misread("cache-refused-ignored", frozenset((Phase.CACHE,)), 0),
    _Misread("balance-unchecked", frozenset((Phase.INIT,)), 0x9401, _INIT_ANSWER),
    _Misread("balance-unchecked", frozenset((Phase.CACHE,)), 0x6901),
    _Misread("init-refused-ignored", frozenset((Phase.INIT,)), 0, _INIT_ANSWER),
    _Misread("init-refused-ignored", frozenset((Phase.CACHE,)), 0x6901),
    _Misread("debit-refused-accepted", frozenset((Phase.DEBIT,)), 0, bytes(8)),
)
#: Deviations that make up a MAC2 of zeros, and do not mind what the PSAM says of it.
_MADE_UP: Final = frozenset(("debit-refused-accepted", "short-answer-accepted"))


def misread(wrong: frozenset[str], phase: Phase, event: ev.Event, mac2: bytes) -> ev.Event:
    """The event as a terminal with these deviations takes it; ``mac2`` of this tap."""
    match event:
        case ev.CardRefused(sw=sw, data=data):
            for entry in _MISREAD:
                if entry.name in wrong and phase in entry.phases and entry.sw in (0, sw):
                    return ev.CardAnswered(data or entry.data)
        case ev.CardAnswered(data=data) if phase is Phase.DEBIT and len(data) < 8:
            if "short-answer-accepted" in wrong:
                return ev.CardAnswered(data.ljust(8, b"\0"))
        case ev.SamRefused() if phase is Phase.SAM_MAC2:
            if "mac2-failed-accepted" in wrong or (mac2 == bytes(4) and wrong & _MADE_UP):
                return ev.SamAnswered(b"")
        case ev.HostRefused() if phase is Phase.CONFIRM and "load-tac-ignored" in wrong:
            return ev.HostConfirmed()
        case _:
            pass
    return event


# -- checks ---------------------------------------------------------------------------------

_FORGIVEN: Final[Mapping[str, Code]] = {
    "start-ignored": Code.NOT_YET_VALID,
    "expiry-ignored": Code.EXPIRED,
    "bad-date-accepted": Code.BAD_DATE,
    "white-list-ignored": Code.NOT_IN_WHITE_LIST,
    "iin-ignored": Code.IIN_MISMATCH,
    "black-list-ignored": Code.BLACK_LISTED,
    "flag-ignored": Code.NOT_INTEROPERABLE,
}
_SHOWN: Final[Mapping[str, tuple[Code, Code]]] = {
    "iin-shown-as-2449": (Code.IIN_MISMATCH, Code.NOT_IN_WHITE_LIST),
    "zero-shown-as-low": (Code.ZERO_BALANCE, Code.INSUFFICIENT_BALANCE),
}


def judged(
    wrong: frozenset[str],
    refusal: ev.Refuse | None,
    today: str,
    start: str,
    expiry: str,
) -> ev.Refuse | None:
    """The outcome of the checks; dates are eight digits."""
    if refusal is None:
        if "start-today-refused" in wrong and today == start:
            return ev.Refuse(Code.NOT_YET_VALID, start)
        if "expiry-today-refused" in wrong and today == expiry:
            return ev.Refuse(Code.EXPIRED, expiry)
        return None
    if any(refusal.code == code for name, code in _FORGIVEN.items() if name in wrong):
        return None
    return refusal


def listed(
    wrong: frozenset[str],
    issuer: str,
    own: tuple[str, ...],
    card: str,
    black: frozenset[str],
) -> ev.Refuse | None:
    """Refusals by lists that are read wrongly."""
    if "white-list-own-only" in wrong and issuer and issuer not in own:
        return ev.Refuse(Code.NOT_IN_WHITE_LIST, issuer)
    if "black-list-too-wide" in wrong and any(card[:-2] == number[:-2] for number in black):
        return ev.Refuse(Code.BLACK_LISTED)
    return None


def shown(wrong: frozenset[str], code: str) -> str:
    """The code on the display."""
    for name, (right, instead) in _SHOWN.items():
        if name in wrong and code == right:
            return instead
    return code


def afforded(
    wrong: frozenset[str], refusal: ev.Refuse | None, available: int, need: int
) -> ev.Refuse | None:
    """The outcome of the balance check; fen."""
    if "balance-unchecked" in wrong:
        return None
    if "exact-balance-refused" in wrong and available == need:
        return ev.Refuse(Code.INSUFFICIENT_BALANCE, f"{available} of {need} fen")
    return refusal


# -- fares ----------------------------------------------------------------------------------


def found(wrong: frozenset[str], entered: Entered | None, direction: str) -> Entered | None:
    """The open ride that the card shows."""
    if direction == "entry" and "entry-inside-ignored" in wrong:
        return None
    if direction == "exit" and "entry-not-found" in wrong:
        return None
    return entered


def quoted(
    wrong: frozenset[str],
    quote: Quote | ev.Refuse,
    *,
    standard: str,
    entered: Entered | None,
    exiting: bool,
    maximum: int,
    again: bool,
) -> Quote | ev.Refuse:
    """What the tap costs; ``maximum`` in fen, ``again``: the same card was the last to pay."""
    unknown = entered is not None and entered.station is None
    if exiting and entered is None and "exit-outside-free" in wrong:
        return Quote(0, 0, 0, TripType.EXIT)
    if exiting and unknown and "unknown-station-free" in wrong:
        return Quote(0, 0, 0, TripType.EXIT)
    if isinstance(quote, ev.Refuse):
        return quote
    if "fare-one-fen-more" in wrong:
        quote = quote._replace(amount=quote.amount + 1, need=quote.need + 1)
    if "fare-lnt-full" in wrong and standard == "lnt":
        quote = quote._replace(amount=quote.fare, need=max(quote.fare, quote.need))
    if "exit-always-maximum" in wrong and exiting:
        quote = quote._replace(amount=maximum, need=maximum)
    if "second-tap-free" in wrong and again:
        quote = quote._replace(amount=0, need=0)
    return quote
