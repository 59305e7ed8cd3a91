"""Deviations of the amounts: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "reset-takes-a-fen",
        DUAL,
        {
            "C-0407": "the balance after a reset is 9998, expected 9999",
            "C-0505": "a read after a reset: byte 3",
        },
    ),
    M(
        "balances-drift",
        DUAL,
        {
            "C-2102": "the balance of the other purse is 9923, expected 10000",
            "C-2104": "after lnt purchase the tunion balance is 10000 fen",
            "C-2105": "after lnt load the tunion balance is 10000 fen",
        },
    ),
    M(
        "debit-takes-double",
        DUAL,
        {
            "C-0209": "balance 9996 fen after tunion purchase of 2 done on 10000 fen",
            "C-0505": "balance 9754 fen after tunion purchase of 123 done on 10000 fen",
            "C-0555": "balance 9754 fen after lnt purchase of 123 done on 10000 fen",
            "C-0604": "balance 9774 fen after tunion composite of 113 done on 10000 fen",
            "C-2103": "after tunion purchase the lnt balance is 9846 fen",
        },
    ),
    M(
        "debit-a-fen-less",
        DUAL,
        {
            "C-0505": "balance 9878 fen after tunion purchase of 123 done on 10000 fen",
            "C-0555": "balance 9878 fen after lnt purchase of 123 done on 10000 fen",
            "C-0604": "balance 9888 fen after tunion composite of 113 done on 10000 fen",
        },
    ),
    M(
        "last-fen-unspendable",
        DUAL,
        same("INITIALIZE for purchase of 10000 fen was answered 9401", "C-0509", "C-0559"),
    ),
    M(
        "zero-amount-refused",
        DUAL,
        same("DEBIT of a purchase of 0 fen was answered 9401", "C-0513", "C-0563"),
    ),
    M("composite-is-free", DUAL, {"C-2107": "after tunion composite the lnt balance is 10000 fen"}),
    M(
        "load-a-fen-less",
        DUAL,
        {
            "C-0753": "balance 10099 fen after lnt load of 100 done on 10000 fen",
            "C-2106": "after tunion load the lnt balance is 10076 fen",
        },
    ),
    M("ceiling-not-checked", DUAL, same("load of 90001 fen was accepted", "C-0706", "C-0756")),
    M(
        "ceiling-one-less",
        DUAL,
        same("INITIALIZE FOR LOAD up to the ceiling was answered 6985", "C-0707", "C-0757"),
    ),
    M(
        "unload-leaves-money",
        DUAL,
        {
            "C-0803": "balance 10000 fen after tunion unload of 100 done on 10000 fen",
            "C-0853": "balance 10000 fen after lnt unload of 100 done on 10000 fen",
        },
    ),
    M("unload-unbounded", DUAL, {"C-0856": "unload of 10001 fen was accepted"}),
    M(
        "unload-takes-limit",
        DUAL,
        {"C-0910": "an unload that would give away the overdraft limit was accepted"},
    ),
    M(
        "limit-added",
        DUAL,
        {"C-0903": "balance 12500 fen after tunion overdraft of 500 done on 12000 fen"},
    ),
    M(
        "limit-below-drawn",
        DUAL,
        {"C-0906": "a limit of 1000 fen with 1500 fen drawn was accepted"},
    ),
    M(
        "a-plus-c-unbounded",
        DUAL,
        {"C-0907": "a limit of 16677216 fen with 0 fen drawn was accepted"},
    ),
    M(
        "limit-spent-first",
        DUAL,
        {
            "C-0402": "both actual balance and overdrawn amount",
            "C-0908": "the actual balance after the purchase is 500, expected 0",
        },
    ),
    M(
        "load-repays-nothing",
        DUAL,
        {"C-0909": "the actual balance after the load is 300, expected 0"},
    ),
    M("overdraft-everywhere", DUAL, {"C-0911": "INITIALIZE FOR UPDATE on the wallet was accepted"}),
)
