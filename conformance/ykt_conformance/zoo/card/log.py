"""Deviations of the transaction log: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M("log-number-before", DUAL, {"C-1006": "the number in the log is 0, expected 1"}),
    M("log-type-always-06", DUAL, same("record 1 of EF 18: byte 9", "C-1002", "C-1004")),
    M("log-amount-zero", DUAL, same("record 1 of EF 18: byte 8", "C-1001", "C-1051")),
    M("log-terminal-zero", DUAL, same("record 1 of EF 18: byte 10", "C-1001", "C-1005", "C-1051")),
    M("log-without-limit", DUAL, {"C-1007": "the overdraft limit in the log is 0, expected 1800"}),
    M(
        "log-year-added",
        DUAL,
        {
            **same("record 1 of EF 18: byte 16", "C-1051", "C-1052", "C-1054"),
            "C-1055": "the last seven bytes of record 1: byte 0",
        },
    ),
    M(
        "log-newest-replaced",
        DUAL,
        {"C-1008": "record 1 of EF 18: byte 1", "C-1009": "record 2 of EF 18: byte 1"},
    ),
    M(
        "log-one-less",
        DUAL,
        {"C-1009": "record 10 of EF 18: byte 1", "C-1059": "record 12 of EF 18: byte 1"},
    ),
    M(
        "loads-not-logged",
        DUAL,
        {
            **same("record 1 of EF 18: byte 1", "C-1003", "C-1053"),
            "C-1008": "record 1 of EF 18: byte 8",
        },
    ),
    M(
        "reset-loses-log-line",
        DUAL,
        {
            **same("a read after a reset: byte 1", "C-0505", "C-0703"),
            **same("a log record after a reset: byte 1", "C-1010", "C-1060"),
        },
    ),
)
