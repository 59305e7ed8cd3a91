"""Deviations of the stored proof: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "proof-number-before",
        DUAL,
        {
            "C-1101": "proof of type 06 number 0001 was answered 9406",
            "C-1105": "proof of type 07 number 0001 was answered 9406",
            **same(
                "proof of type 06 number 0001, not the last transaction, was answered 9000",
                "C-1106",
                "C-1156",
            ),
        },
    ),
    M(
        "proof-tac-first",
        DUAL,
        {
            **same("MAC2 and TAC in the proof: byte 0", "C-1101", "C-1102", "C-1151", "C-1152"),
            **same("TAC in the proof: byte 0", "C-1103", "C-1104", "C-1105", "C-1153", "C-1154"),
        },
    ),
    M(
        "proof-any-number",
        DUAL,
        same(
            "proof of type 06 number 0001, not the last transaction, was answered 9000",
            "C-1106",
            "C-1109",
            "C-1156",
        ),
    ),
    M(
        "proof-any-type",
        DUAL,
        same(
            "proof of type 09 number 0002, not the last transaction, was answered 9000",
            "C-1106",
            "C-1156",
        ),
    ),
    M(
        "proof-keeps-first",
        DUAL,
        {
            "C-1103": "proof of type 02 number 0002 was answered 9406",
            **same(
                "proof of type 06 number 0001, not the last transaction, was answered 9000",
                "C-1109",
                "C-1159",
            ),
        },
    ),
    M(
        "proof-of-nothing",
        DUAL,
        same(
            "proof of type 06 number 0000, not the last transaction, was answered 9000",
            "C-1111",
            "C-1161",
        ),
    ),
    M(
        "proof-length-not-checked",
        DUAL,
        {"C-1112": "a malformed GET TRANSACTION PROVE was accepted"},
    ),
    M(
        "reset-clears-proof",
        DUAL,
        {
            **same("proof of type 06 number 0002 was answered 9406", "C-1108", "C-1158"),
            **same("half of the purchase", "C-1801", "C-1851"),
            "C-1803": "half of the composite",
            **same("half of the load", "C-1805", "C-1855"),
            "C-1807": "half of the unload",
            "C-1809": "half of the overdraft",
        },
    ),
)
