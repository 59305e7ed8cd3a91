"""Deviations of SELECT and the FCI: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, LNT, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "fci-names-neighbour",
        DUAL,
        {
            "C-0101": "84 in the FCI of the T-Union purse: byte 7",
            "C-0102": "84 in the FCI of PAY.APPY: byte 7",
            "C-0103": "84 in the FCI of PAY.TICL: byte 7",
        },
    ),
    M("fci-keeps-old-ef15", DUAL, {"C-2225": "9F0C is still 0220"}),
    M("fci-9f0c-stale", DUAL, {"C-0105": "EF 15 against 9F0C of the FCI: byte 28"}),
    M(
        "fci-dates-swapped",
        DUAL,
        {
            "C-0108": "dates 20401215 to 20170715 are no period",
            "C-2114": "T-Union dates 20401215 to 20170715 are no period",
        },
    ),
    M(
        "fci-other-pan",
        DUAL,
        {
            "C-0105": "EF 15 against 9F0C of the FCI: byte 15",
            "C-2111": "the Lingnan Tong number does not stand in the PAN behind the IIN",
        },
    ),
    M(
        "fci-issuer-zero-padded",
        DUAL,
        {"C-0108": "issuer id 0220581000000000 is not 8 digits and FFFFFFFF"},
    ),
    M("fci-without-version", DUAL, {"C-0107": "9F08 has 0 byte(s), 1 claimed"}),
    M("fci-random-tail", DUAL, {"C-0115": "the FCI when selected again: byte 51"}),
    M("basic-fci-with-a5", DUAL, {"C-0109": "the FCI of PAY.APPY: byte 1"}),
    M("wallet-fci-short", DUAL, {"C-0110": "9F0C of PAY.TICL has 32 bytes, expected 33"}),
    M(
        "df11-missing",
        DUAL,
        {
            "C-0117": "DF11 has 0 bytes, expected 32",
            "C-2113": "DF11 is declared and the FCI of the e-cash has none",
        },
    ),
    M("df11-other-pan", DUAL, {"C-2112": "e-cash and purse have different PANs"}),
    M("no-select-by-fid", DUAL, {"C-0111": "SELECT DDF1 was answered 6A82"}),
    M("mf1x-answers-9000", DUAL, {"C-0112": "SELECT PAY.MF1X, claimed retired, was answered 9000"}),
    M("select-needs-le", DUAL, {"C-0113": "SELECT without Le was answered 6700"}),
    M("select-any-parameters", DUAL, {"C-0119": "SELECT with P2=5A was answered 6A82"}),
    M(
        "whole-names-only",
        DUAL,
        {"C-0114": "SELECT with the first seven bytes of the T-Union AID was answered 6A82"},
    ),
    M("long-names-cut", DUAL, {"C-1910": "SELECT with seventeen bytes was accepted"}),
    M(
        "unknown-name-accepted",
        LNT,
        {
            "C-0104": "SELECT of F000000000010105 was answered 9000",
            "C-0208": "SELECT PPSE was answered 9000",
        },
    ),
    M(
        "ppse-no-lockout",
        DUAL,
        {
            "C-0106": "SELECT PAY.APPY after PPSE was answered 9000",
            "C-0206": "SELECT PAY.TICL after PPSE was answered 9000",
        },
    ),
    M("ppse-lists-wallet", DUAL, {"C-0205": "the PPSE lists PAY.TICL"}),
    M(
        "ppse-lists-absent",
        DUAL,
        {"C-0202": "SELECT of A000000632010107, which is listed, was answered 6A82"},
    ),
    M(
        "ppse-without-priority",
        DUAL,
        {"C-0201": "a directory entry 61 has no AID 4F or no priority 87"},
    ),
    M(
        "ppse-priorities-equal",
        DUAL,
        {"C-0203": "the PPSE gives priorities [2, 2], expected 1 to 2 in its order"},
    ),
    M(
        "ppse-order-reversed",
        DUAL,
        {
            "C-0106": "the PPSE lists A000000632010105 A000000632010106",
            "C-0203": "the PPSE gives priorities [2, 1], expected 1 to 2 in its order",
        },
    ),
    M("ppse-label-wrong", DUAL, {"C-0204": "the PPSE calls A000000632010106 'PBOC EP'"}),
    M(
        "select-keeps-transaction",
        DUAL,
        {
            **same("a commit after SELECT or reset was answered 9000", "C-1605", "C-1655"),
            "C-2116": "DEBIT in another purse than INITIALIZE was answered 9000",
        },
    ),
    M(
        "one-standard-a-session",
        DUAL,
        {"C-2101": "SELECT of a purse beside the other was answered 6A82"},
    ),
    M(
        "pin-survives-select",
        DUAL,
        {
            "C-1260": "INITIALIZE FOR LOAD after the PIN was lost was answered 9000",
            "C-2117": "INITIALIZE FOR LOAD with the PIN of the other application was answered 9000",
        },
    ),
    M(
        "rights-survive-select",
        DUAL,
        {"C-1308": "UPDATE RECORD after authentication and another SELECT was answered 9000"},
    ),
)
