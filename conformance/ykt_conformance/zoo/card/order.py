"""Deviations of which command is answered: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "wrong-state-6985",
        DUAL,
        {
            **same("DEBIT without its INITIALIZE was answered 6985", "C-1601", "C-1651"),
            **same("CREDIT FOR LOAD without its INITIALIZE was answered 6985", "C-1602", "C-1652"),
            **same("a commit after SELECT or reset was answered 6985", "C-1605", "C-1655"),
            **same("a second DEBIT for a refused purchase was answered 6985", "C-1607", "C-1657"),
            "C-2116": "DEBIT in another purse than INITIALIZE was answered 6985",
        },
    ),
    M(
        "refusal-keeps-transaction",
        DUAL,
        same("a second DEBIT for a refused purchase was answered 9000", "C-1607", "C-1657"),
    ),
    M(
        "read-ends-transaction",
        DUAL,
        same("DEBIT after reads was answered 6901", "C-1604", "C-1654"),
    ),
    M("class-not-checked", DUAL, {"C-1901": "a command of class D0 was answered 9000"}),
    M("unknown-ins-6e00", DUAL, {"C-1902": "an unknown instruction was answered 6E00"}),
    M("malformed-accepted", DUAL, {"C-1911": "00, which is no command, was accepted"}),
    M(
        "card-block-without-effect",
        DUAL,
        {"C-1507": "command 00 A4 04 00 after CARD BLOCK was answered 9000"},
    ),
)
