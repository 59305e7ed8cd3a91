"""Deviations of PINs: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M("any-pin", DUAL, same("a wrong PIN was answered 9000", "C-1202", "C-1207", "C-1252")),
    M("pin-two-bytes", DUAL, same("a wrong PIN was answered 9000", "C-1202", "C-1252")),
    M("pin-padding-refused", DUAL, same("the right PIN was answered 63C2", "C-1201", "C-1251")),
    M(
        "pin-length-not-checked",
        DUAL,
        same("VERIFY of a wrong length was answered 63C1", "C-1205", "C-1255"),
    ),
    M("any-pin-id", DUAL, same("VERIFY of an unknown PIN was answered 9000", "C-1206", "C-1256")),
    M("old-pin-not-checked", DUAL, {"C-1257": "a wrong PIN was answered 9000"}),
    M(
        "reload-without-mac",
        DUAL,
        same("RELOAD PIN with a wrong MAC was answered 9000", "C-1208", "C-1258"),
    ),
)
