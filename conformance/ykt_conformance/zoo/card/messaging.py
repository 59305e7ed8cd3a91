"""Deviations of secure messaging: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "line-mac-not-checked",
        DUAL,
        same("UPDATE BINARY with a wrong MAC was answered 9000", "C-1404", "C-1409"),
    ),
    M("line-mac-two-bytes", DUAL, {"C-1405": "UPDATE BINARY with a wrong MAC was answered 9000"}),
    M("line-mac-reversed", DUAL, {"C-1401": "UPDATE BINARY with the right MAC was answered 6988"}),
    M("mac-not-demanded", DUAL, {"C-1403": "UPDATE BINARY without MAC was answered 9000"}),
    M("line-mac-never-locks", DUAL, {"C-1408": "the third wrong MAC was answered 6988"}),
    M(
        "block-without-mac",
        DUAL,
        same("APPLICATION BLOCK with a wrong MAC was answered 9000", "C-1503", "C-1553"),
    ),
)
