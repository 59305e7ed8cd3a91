"""Deviations of blocking: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "block-without-effect",
        DUAL,
        {
            **same(
                "command 80 5C 00 02 of an application that is blocked was accepted",
                "C-1501",
                "C-1551",
            ),
            "C-1505": "command 80 5C 00 02 of an application that is locked was accepted",
        },
    ),
    M("block-hits-all", DUAL, {"C-2118": "SELECT beside a blocked application was answered 6283"}),
    M(
        "reset-unblocks",
        DUAL,
        {
            "C-1408": "GET BALANCE of a locked application was accepted",
            "C-1504": "SELECT of a blocked T-Union purse was answered 9000",
        },
    ),
    M(
        "blocked-select-9000",
        DUAL,
        {"C-1504": "SELECT of a blocked T-Union purse was answered 9000"},
    ),
    M(
        "permanent-block-undone",
        DUAL,
        {
            "C-1505": "APPLICATION UNBLOCK of a locked application was answered 9000",
            "C-1506": "APPLICATION UNBLOCK of a locked application was answered 6983",
        },
    ),
    M("unblock-never-locks", DUAL, {"C-1506": "a wrong APPLICATION UNBLOCK was answered 6988"}),
    M(
        "unblock-empties-log",
        DUAL,
        same("a read after block and unblock: byte 1", "C-1502", "C-1552"),
    ),
)
