"""Deviations of GET BALANCE: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "p1-00-without-limit",
        DUAL,
        {
            "C-0401": "P1=00 against B + C - D is 10000, expected 13000",
            "C-0903": "balance 10000 fen after tunion overdraft of 2000 done on 10000 fen",
        },
    ),
    M("p1-03-zero", DUAL, same("P1=00 against B + C - D is 10500, expected 0", "C-0401", "C-0410")),
    M("p1-05-eight-bytes", DUAL, {"C-0404": "P1=05 gives 8 bytes, expected 16"}),
    M(
        "balance-three-bytes",
        DUAL,
        same("GET BALANCE P1=00 gives 3 bytes, expected 4", "C-0403", "C-0409"),
    ),
    M(
        "balance-any-parameters",
        DUAL,
        {"C-0408": "GET BALANCE with P1 or P2 out of range was accepted"},
    ),
)
