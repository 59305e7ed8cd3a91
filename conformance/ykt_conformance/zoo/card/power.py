"""Deviations of power and restarts: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "selection-survives-reset",
        DUAL,
        {"C-0116": "a purse command after reset, before any SELECT, was accepted"},
    ),
    M("atr-changes", DUAL, {"C-0118": "the ATR changes from reset to reset"}),
    M(
        "lockout-survives-reset",
        DUAL,
        {"C-0207": "SELECT PAY.APPY after a reset was answered 6A82"},
    ),
    M(
        "no-journal",
        DUAL,
        {
            **same("half of the purchase", "C-1802", "C-1852"),
            "C-1804": "half of the composite",
            **same("half of the load", "C-1806", "C-1856"),
            "C-1808": "half of the unload",
            "C-1810": "half of the overdraft",
            "C-1812": "EF 16 after a torn update is neither old nor new",
        },
    ),
    M(
        "randoms-restart",
        DUAL,
        {
            **same("two INITIALIZE answered the same random", "C-0511", "C-0561"),
            "C-1301": "a challenge comes again",
        },
    ),
    M(
        "rights-survive-reset",
        DUAL,
        {"C-1307": "UPDATE RECORD after authentication and a reset was answered 9000"},
    ),
)
