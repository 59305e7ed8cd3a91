"""Deviations of INITIALIZE: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "balance-in-yuan",
        DUAL,
        same("balance 100 fen after nothing on 10000 fen", "C-0405", "C-0406"),
    ),
    M("first-initialize-kept", DUAL, same("the later DEBIT was answered 9302", "C-1603", "C-1653")),
    M(
        "initialize-counts",
        DUAL,
        same("the offline counter after 0 commit(s) is 2, expected 1", "C-1606", "C-1656"),
    ),
    M("p1p2-not-checked", DUAL, {"C-1903": "INITIALIZE with wrong P1 or P2 was answered 9000"}),
    M(
        "initialize-length-not-checked",
        DUAL,
        {"C-1904": "INITIALIZE of a wrong length was answered 9000"},
    ),
    M("le-not-checked", DUAL, {"C-1905": "INITIALIZE with Le 05 was answered 9000"}),
    M(
        "initialize-answer-short",
        DUAL,
        same("the answer of INITIALIZE has 14 bytes, expected 15", "C-0501", "C-0551"),
    ),
    M(
        "insufficient-6985",
        DUAL,
        {
            **same("INITIALIZE above the balance was answered 6985", "C-0508", "C-0558"),
            "C-0806": "unload of 10001 fen was answered 6985",
        },
    ),
    M(
        "any-key-index",
        DUAL,
        same("INITIALIZE with an unknown key index was answered 9000", "C-0510", "C-0560"),
    ),
    M(
        "purse-random-fixed",
        DUAL,
        same("two INITIALIZE answered the same random", "C-0511", "C-0561"),
    ),
    M("cache-survives-initialize", DUAL, {"C-0608": "EF 1E after a debit without updates: byte 0"}),
    M(
        "mac1-zero",
        DUAL,
        {
            **same("MAC1 of INITIALIZE for load: byte 0", "C-0701", "C-0751"),
            **same("MAC1 of INITIALIZE for unload: byte 0", "C-0801", "C-0851"),
            "C-0901": "MAC1 of INITIALIZE for overdraft: byte 0",
        },
    ),
    M("load-without-pin", DUAL, {"C-0758": "INITIALIZE FOR LOAD without PIN was answered 9000"}),
    M("load-always-with-pin", DUAL, {"C-0708": "INITIALIZE FOR LOAD of 0 fen was answered 6982"}),
    M(
        "limit-not-told",
        DUAL,
        {
            "C-0904": "the overdraft limit is 0, expected 2500",
            "C-1007": "the overdraft limit in the log is 1800, expected 0",
        },
    ),
    M(
        "initialize-logged",
        DUAL,
        {
            "C-1011": "a read after what was not finished: byte 1",
            **same("a read after an abandoned INITIALIZE: byte 1", "C-1606", "C-1656"),
        },
    ),
    M(
        "initialize-clears-proof",
        DUAL,
        same("proof of type 06 number 0002 was answered 9406", "C-1107", "C-1157"),
    ),
)
