"""Deviations of composite purchases: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M("one-update-only", DUAL, {"C-0601": "UPDATE CAPP DATA CACHE was answered 6A84"}),
    M(
        "composite-needs-update",
        DUAL,
        same("the commit of a composite with the right MAC was answered 6985", "C-0611", "C-0615"),
    ),
    M(
        "cache-written-at-once",
        DUAL,
        {
            "C-0607": "a record read before the debit: byte 0",
            "C-0608": "a read after updates without a debit: byte 0",
            "C-0609": "a read after a refused composite purchase: byte 0",
            "C-1811": "a read after the card left early: byte 0",
        },
    ),
    M(
        "cache-length-not-checked",
        DUAL,
        {"C-0613": "an update of 47 bytes for file 1E with P1 00 was accepted"},
    ),
    M(
        "trip-overwrites-newest",
        DUAL,
        same("record 2 of EF 1E (record 1 before the ride): byte 0", "C-0605", "C-0610"),
    ),
    M("trip-log-one-less", DUAL, {"C-0616": "record 30 of EF 1E: byte 0"}),
    M("industry-update-lost", DUAL, {"C-0606": "record 2701 after the ride: byte 3"}),
    M(
        "industry-update-spills",
        DUAL,
        {"C-0614": "record 2702 (not updated): 0 bytes instead of 128"},
    ),
)
