"""The terminals' half of the zoo: which cases must fail for which deviation, and why.

A deviation is a name from `ykt_sim.faults.terminal.FAULTS`; it is run as
``sim:PROFILE?deviate=NAME``. For each declared case a part of the reason is given, so that a
case that fails for another reason than the wrong thing does not count.

Faults in the accounts (clearing records, amounts) fail nearly every case, because money is
part of every judge; only the cases made for them are declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class TerminalMutant:
    """One deviation at one terminal.

    Attributes:
        name: of the deviation.
        profile: terminal profile that has it.
        kills: case id -> part of the reason with which it must fail.
    """

    name: str
    profile: str
    kills: Mapping[str, str]

    @property
    def target(self) -> str:
        """As ``ykt conform terminal --target`` takes it."""
        return f"sim:{self.profile}?deviate={self.name}"


def _all(reason: str, *cases: str) -> dict[str, str]:
    return dict.fromkeys(cases, reason)


M = TerminalMutant
_BUS, _MINISTRY, _LEGACY, _FERRY = "bus-upgraded", "bus-tunion", "bus-legacy", "ferry-upgraded"
_ENTRY, _EXIT, _BOARD, _ALIGHT = "metro-entry", "metro-exit", "bus-board", "bus-alight"
_LOAD: Final = "load-point"

MUTANTS: Final = (
    # faults of the field: city and acquirer
    M("city-of-card", _BUS, {
        "T-0901": "the card's issuing city", "T-0904": "city in EF 1E is 1000",
    }),
    M("city-of-neighbour", _BUS, {"T-0904": "city in EF 1E is 5820"}),
    M("city-7835", _BUS, {"T-0903": "no city code", "T-0904": "is 7835"}),
    M("city-postcode", _BUS, {"T-0903": "no city code", "T-0904": "is 5180"}),
    M("city-zero", _BUS, {"T-0903": "no city code", "T-0904": "is 0000"}),
    M("city-previous", _BUS, {"T-0902": "the city of the trip before"}),
    M("acquirer-issuer-form", _BUS, {
        "T-0905": "is 02205810FFFFFFFF", "T-0906": "an issuer's form",
    }),
    M("acquirer-zero-padded", _BUS, {
        "T-0905": "is 1220581000000000", "T-0907": "not 8 digits padded with F",
    }),
    M("acquirer-of-card", _BUS, {"T-0905": "acquirer", "T-0908": "the card's issuer"}),
    M("acquirer-ascii", _BUS, {"T-0905": "acquirer", "T-0907": "not 8 digits padded with F"}),
    M("acquirer-old-number", _BUS, {"T-0905": "is 00015860FFFFFFFF"}),
    M("trip-year-wrong", _BUS, {"T-0909": "year in EF 1E is 2024", "T-0806": "is 2024"}),
    M("no-trip", _BUS, {"T-0801": "0 updates of EF 1E"}),
    M("no-trip-for-own-cards", _BUS, {"T-0910": "0 updates of EF 1E"}),
    M("no-entry-record", _ENTRY, {
        "T-0801": "0 updates of EF 1E", "T-0803": "no update of EF 1A",
        "T-0814": "no entry stands on the card",
    }),
    # other fields
    M("trip-before-industry", _EXIT, {"T-0802": "EF 1E is written before EF 1A"}),
    M("trip-type-wrong", _BUS, {"T-0808": "type in EF 1E is 0A"}),
    M("trip-industry-wrong", _BUS, {"T-0809": "industry in EF 1E is 04"}),
    M("trip-amount-full", _MINISTRY, {"T-0804": "amount in EF 1E is 000000C8"}),
    M("trip-amount-wrong", _BUS, {"T-0804": "amount in EF 1E is 000000C9"}),
    M("trip-balance-before", _BUS, _all("balance_after in EF 1E", "T-0805", "T-0604", "T-1307")),
    M("trip-terminal-zero", _BUS, {"T-0807": "terminal in EF 1E is 0000000000000000"}),
    M("trip-line-zero", _BUS, {"T-0810": "line_station in EF 1E is 00000000000000"}),
    M("trip-time-zero", _BUS, {"T-0806": "is 20250601000000"}),
    M("industry-state-stuck", _EXIT, {"T-0812": "state in EF 1A is 01"}),
    M("industry-entry-lost", _ALIGHT, {"T-0813": "boarding city in EF 1A is 0000"}),
    M("industry-city-wrong", _EXIT, _all("exit city in EF 1A is 1000", "T-0812", "T-0911")),
    M("industry-time-wrong", _ENTRY, {"T-0811": "entry datetime in EF 1A"}),
    M("industry-maximum-zero", _ENTRY, {"T-0811": "amount in EF 1A is 00000000"}),
    M("industry-id-wrong", _EXIT, {"T-0803": "the EF 1A record is 2703"}),
    # entry
    M("skips-ppse", _FERRY, {"T-0101": "not what entry 'ppse-first' begins with"}),
    M("aid-not-listed", _FERRY, {"T-0102": "PPSE did not list"}),
    M("first-listed-only", _MINISTRY, {"T-0104": "no application this terminal takes"}),
    M("unknown-card-accepted", _MINISTRY, _all("was accepted", "T-0108", "T-0205")),
    M("unknown-card-accepted", _LEGACY, _all("was accepted", "T-0108", "T-0206")),
    M("long-aid-unknown", _FERRY, {"T-0103": "no application this terminal takes"}),
    M("wrong-priority", _FERRY, {
        **_all("paid from lnt, not tunion", "T-0107", "T-0203", "T-0204"),
        "T-0310": "card has expired",
    }),
    M("no-reset-after-ppse", _FERRY, {"T-0105": "without a reset"}),
    M("no-fallback", _FERRY, {"T-0106": "a good card was not accepted"}),
    M("fci-fixed-offset", _BUS, _all("a good card was not accepted", "T-1301", "T-1303", "T-1305")),
    M("fci-from-the-end", _BUS, _all("a good card was not accepted", "T-1302", "T-1304")),
    M("fci-30-only", _BUS, {"T-1304": "9F0C of 32 bytes"}),
    M("fci-needs-9f0c", _BUS, {"T-1306": "no 9F0C"}),
    M("lnt-15-70-only", _BUS, {"T-1309": "a good card was not accepted"}),
    # checks of the card
    M("start-ignored", _BUS, {
        **_all("INITIALIZE was sent to a card that is not valid yet", "T-0301", "T-0306"),
        "T-2210": "D-START",
    }),
    M("start-today-refused", _BUS, _all("card is not valid yet", "T-0302", "T-0307")),
    M("expiry-ignored", _BUS, {
        **_all("INITIALIZE was sent to a card that has expired", "T-0303", "T-0308"),
        "T-2220": "D-EXPIRY", "T-2234": "D-EXPIRY",
    }),
    M("expiry-ignored", _LOAD, {"T-0303": "INITIALIZE was sent to a card that has expired"}),
    M("expiry-today-refused", _BUS, _all("card has expired", "T-0304", "T-0309", "T-2206")),
    M("bad-date-accepted", _BUS, {"T-0305": "INITIALIZE was sent"}),
    M("white-list-ignored", _BUS, {"T-0401": "INITIALIZE was sent", "T-2218": "D-ISSUER"}),
    M("white-list-own-only", _BUS, _all("refused with 2449", "T-0403", "T-0202")),
    M("iin-ignored", _BUS, {"T-0402": "INITIALIZE was sent"}),
    M("iin-shown-as-2449", _BUS, {"T-0402": "shows 2449"}),
    M("black-list-ignored", _BUS, {
        **_all("INITIALIZE was sent to a card that is in the black list", "T-0404", "T-0405"),
        "T-2221": "D-BLACK",
    }),
    M("black-list-too-wide", _BUS, _all("card is in the black list", "T-0406", "T-0407")),
    M("flag-ignored", _BUS, {
        **_all("INITIALIZE was sent", "T-0501", "T-0504", "T-0505"),
        **_all("D-FLAG", "T-2209", "T-2235"),
    }),
    M("own-cards-need-flag", _BUS, {"T-0502": "card is not interoperable"}),
    M("ef17-needed", _BUS, {"T-0503": "no EF 17"}),
    M("ef17-missing-accepted", _BUS, {
        **_all("INITIALIZE was sent", "T-0504", "T-0505"), "T-2219": "D-FLAG",
    }),
    M("df11-ignored", _BUS, {"T-0505": "INITIALIZE was sent"}),
    M("ep-not-reselected", _BUS, {"T-0503": "INITIALIZE: 6A82"}),
    M("blocked-ignored", _BUS, {
        **_all("goes on with", "T-0506", "T-0510"), "T-0508": "INITIALIZE was sent",
    }),
    M("blocked-ignored", _LOAD, {"T-0506": "INITIALIZE was sent to a card that is blocked"}),
    M("locked-ignored", _BUS, {"T-0507": "goes on with", "T-2203": "D-BLOCKED"}),
    M("unsupported-ignored", _BUS, {"T-0509": "INITIALIZE was sent", "T-2203": "D-BLOCKED"}),
    # balance
    M("balance-unchecked", _BUS, _all("DEBIT was sent to a card that", "T-0601", "T-0603",
                                      "T-0606", "T-0607", "T-0609")),
    M("exact-balance-refused", _BUS, _all("balance is too low", "T-0602", "T-0608")),
    M("zero-shown-as-low", _BUS, _all("2731 belongs to", "T-0601", "T-1308")),
    M("overdraft-unused", _BUS, {"T-0605": "balance is too low"}),
    M("overdraft-always", _FERRY, {"T-0610": "DEBIT was sent"}),
    M("balance-two-bytes", _BUS, {
        "T-0604": "balance_after in EF 1E is 0000FF37", "T-2207": "balance is zero",
    }),
    M("top-bit-kept", _BUS, {"T-1308": "2731 belongs to"}),
    # payment
    M("fare-one-fen-more", _BUS, {
        **_all("INITIALIZE asks for 201 fen, due are 200", "T-0202", "T-0207", "T-1201"),
        **_all("INITIALIZE asks for 191 fen, due are 190", "T-0201", "T-1202"),
        "T-0715": "201 fen, the fare is 200", "T-0716": "191 fen, the fare is 190",
    }),
    M("fare-lnt-full", _LEGACY, {"T-0201": "INITIALIZE asks for 200 fen, due are 190"}),
    M("simple-for-composite", _BUS, {"T-0710": "composite has 03", "T-0801": "0 updates"}),
    M("lnt-type-wrong", _BUS, {"T-0711": "simple has 01"}),
    M("plain-update", _BUS, {"T-0815": "updated with a plain command"}),
    M("key-index-zero", _BUS, _all("key index is 00", "T-0708", "T-0709")),
    M("terminal-number-zero", _BUS, _all("terminal is 000000000000", "T-0706", "T-0707")),
    M("clock-a-day-behind", _BUS, _all("date and time in DEBIT are", "T-0703", "T-0704")),
    M("lnt-date-with-year", _BUS, {"T-0705": "the fare in DEBIT is 8229 fen"}),
    M("lnt-fare-is-charge", _BUS, {"T-0705": "the fare in DEBIT is 190 fen"}),
    M("mac1-zero", _BUS, _all("MAC1 is wrong", "T-0701", "T-0702")),
    M("serial-repeated", _BUS, {
        **_all("PSAM number 1 is repeated", "T-0712", "T-0713", "T-0714"),
        "T-2208": "DEBIT: 9302",
    }),
    M("debit-p1-02", _BUS, {"T-0710": "DEBIT has P1=02"}),
    M("cache-refused-ignored", _BUS, {"T-1009": "DEBIT was sent"}),
    M("init-refused-ignored", _BUS, {"T-1008": "DEBIT was sent", "T-2205": "D-REFUSED"}),
    M("debit-refused-accepted", _BUS, _all("was accepted", "T-1006", "T-1007")),
    M("mac2-failed-accepted", _BUS, {
        **_all("was accepted", "T-1001", "T-1002", "T-1003"), "T-2201": "D-FORGED",
    }),
    M("short-answer-accepted", _BUS, {"T-1004": "was accepted", "T-2204": "D-FORGED"}),
    M("month-step-reached", _EXIT, {"T-2213": "D-PRICE"}),
    M("transfer-all-day", _MINISTRY, _all("D-PRICE", "T-2214", "T-2217", "T-2233")),
    M("fare-one-way", _EXIT, {"T-2212": "D-PRICE"}),
    M("second-tap-free", _BUS, {
        "T-1201": "asks for 0 fen", "T-1202": "asks for 0 fen", "T-2216": "D-PRICE",
    }),
    # torn taps
    M("removed-accepted", _BUS, _all("accepted although the card was taken away",
                                     "T-1101", "T-1102", "T-1103")),
    M("torn-accepted", _BUS, _all("accepted although the card was taken away",
                                  "T-1104", "T-1105", "T-1106", "T-1107", "T-1108")),
    M("torn-forgotten", _BUS, {
        **_all("moved 400 fen in all, one ride is 200", "T-1105", "T-1107", "T-1108"),
        "T-1106": "moved 380 fen in all, one ride is 190", "T-1111": "one ride is 190",
        **_all("D-TORN-TWICE", "T-2215", "T-2222", "T-2223", "T-2231"),
    }),
    M("torn-forgotten", _LOAD, _all("moved 4000 fen in all", "T-1610", "T-1611")),
    M("one-pending-only", _BUS, {
        **_all("moved 400 fen in all", "T-1107", "T-1108"), "T-2202": "D-TORN-TWICE",
    }),
    M("log-ignored", _BUS, {"T-1109": "paid 400 fen here", "T-1105": "moved 400 fen in all"}),
    M("proof-suffices", _BUS, {"T-1110": "passed and paid 0 fen here"}),
    M("torn-uncharged-accepted", _BUS, {"T-1104": "moved 0 fen in all"}),
    M("torn-uncharged-accepted", _LOAD, {"T-1609": "moved 0 fen in all"}),
    # rides
    M("entry-inside-ignored", _BOARD, {
        "T-1205": "due are 500 fen", "T-1206": "due are 475 fen",
    }),
    M("exit-outside-free", _ALIGHT, {
        "T-1207": "due are 500 fen", "T-1208": "due are 475 fen",
    }),
    M("exit-outside-free", _EXIT, {
        **_all("INITIALIZE was sent to a card that never entered", "T-1207", "T-1208"),
        "T-2226": "D-OUTSIDE",
    }),
    M("entry-not-found", _EXIT, _all("ride was never begun", "T-1203", "T-1204")),
    M("exit-always-maximum", _EXIT, {
        **_all("asks for 700 fen, due are 400", "T-1203", "T-1204"), "T-2232": "D-PRICE",
    }),
    M("unknown-station-free", _EXIT, {"T-1209": "asks for 0 fen, due are 700"}),
    # reports
    M("clearing-missing", _BUS, _all("accepted without a clearing record", "T-1408", "T-1409")),
    M("clearing-counter-after", _BUS, _all("counter in the clearing record", "T-1401", "T-1402",
                                           "T-1403", "T-1404")),
    M("clearing-counter-after", _LOAD, {"T-1612": "counter in the clearing record"}),
    M("clearing-codes-swapped", _BUS, _all("the TAC in the clearing record does not belong",
                                           "T-1405", "T-1406")),
    M("clearing-amount-wrong", _BUS, _all("amount in the clearing record is", "T-1401", "T-1402")),
    M("clearing-serial-zero", _BUS, _all("terminal_serial in the clearing record",
                                         "T-1401", "T-1402")),
    M("clearing-city-of-card", _BUS, {"T-0912": "city in the clearing record is 1000"}),
    M("clearing-time-wrong", _BUS, _all("datetime in the clearing record", "T-1401", "T-1403")),
    M("clearing-card-wrong", _BUS, _all("card in the clearing record", "T-1401", "T-1402")),
    M("clearing-balance-wrong", _BUS, _all("balance_after in the clearing record",
                                           "T-1401", "T-1402")),
    M("clearing-of-disputed", _BUS, {"T-1005": "goes to clearing"}),
    M("sequence-stuck", _BUS, {"T-1407": "clearing record 1 follows 1"}),
    # time and loads
    M("reads-on-and-on", _BUS, {"T-1501": "claimed are 400 ms", "T-1502": "claimed are 50 ms"}),
    M("load-limit-ignored", _LOAD, {
        "T-1604": "too much or too little", "T-2211": "D-LOAD-LIMIT",
    }),
    M("load-tac-ignored", _LOAD, {"T-1608": "was accepted"}),
    M("load-without-pin", _LOAD, _all("6982", "T-1602", "T-1603")),
    M("load-refused-accepted", _LOAD, {"T-1605": "was accepted"}),
    M("load-amount-wrong", _LOAD, {"T-1601": "a good card was not accepted"}),
)  # fmt: skip
