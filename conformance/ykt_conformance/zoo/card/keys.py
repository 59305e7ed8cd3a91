"""Deviations of error counters and rights: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "pin-not-counted",
        DUAL,
        same("a wrong PIN with 3 tries left was answered 63C3", "C-1203", "C-1253"),
    ),
    M(
        "pin-never-blocks",
        DUAL,
        same("a wrong PIN with 1 tries left was answered 63C1", "C-1204", "C-1254"),
    ),
    M(
        "tries-not-restored",
        DUAL,
        same("a wrong PIN with 3 tries left was answered 63C0", "C-1202", "C-1252"),
    ),
    M(
        "blocked-key-works",
        DUAL,
        same("a PIN after its last try was answered 9000", "C-1204", "C-1209", "C-1259"),
    ),
    M(
        "reset-gives-tries-back",
        DUAL,
        same("a wrong PIN with 2 tries left was answered 63C2", "C-1203", "C-1253"),
    ),
    M(
        "authentication-opens-nothing",
        DUAL,
        {"C-1303": "UPDATE RECORD after authentication was answered 6982"},
    ),
    M("authentication-not-counted", DUAL, {"C-1310": "tries left went from 3 to 3"}),
)
