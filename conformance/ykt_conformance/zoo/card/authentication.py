"""Deviations of authentication: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M("challenge-fixed", DUAL, {"C-1301": "a challenge comes again"}),
    M("challenge-any-length", DUAL, {"C-1302": "GET CHALLENGE of 5 bytes was answered 9000"}),
    M(
        "challenge-stays",
        DUAL,
        {
            "C-1306": "EXTERNAL AUTHENTICATE without a challenge of its own was accepted",
            "C-1406": "UPDATE BINARY without a challenge of its own was accepted",
        },
    ),
    M(
        "challenge-four-bytes",
        DUAL,
        {
            "C-1309": "EXTERNAL AUTHENTICATE was answered 63C2",
            "C-1402": "UPDATE BINARY with the right MAC was answered 6988",
        },
    ),
    M(
        "any-cryptogram",
        DUAL,
        same("EXTERNAL AUTHENTICATE with a wrong cryptogram was answered 9000", "C-1305", "C-1311"),
    ),
)
