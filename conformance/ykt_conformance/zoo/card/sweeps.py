"""What the sweeps must notice besides: for each of them a deviation of its dimension.

Name of a deviation to case and a part of the reason, which names the rule of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SWEPT: Final[Mapping[str, Mapping[str, str]]] = {
    "last-fen-unspendable": {"C-2201": "R-INIT-TAKEN: 80500102"},
    "ceiling-one-less": {"C-2251": "R-INIT-TAKEN: 80500002"},
    "a-plus-c-unbounded": {"C-2202": "R-COMMIT-LIMIT: 80580000"},
    "trip-log-one-less": {"C-2203": "R-REC-SAME: 00B21EF4"},
    "log-one-less": {"C-2253": "R-REC-SAME: 00B20CC4"},
    "initialize-clears-proof": {"C-2204": "R-PROOF: 805A0006"},
    "proof-any-type": {"C-2254": "R-PROOF-NONE: 805A0002"},
    "select-keeps-transaction": {
        "C-2205": "R-COMMIT-STATE: 80540100",
        "C-2255": "R-COMMIT-STATE: 80540100",
        "C-2270": "R-COMMIT-STATE: 80540100",
    },
    "le-not-checked": {"C-2206": "R-BAL-ASK: 805C0002"},
    "p1p2-not-checked": {"C-2212": "R-P1P2: 80500106"},
    "line-mac-reversed": {"C-2207": "R-SM-RIGHT: 04D69600"},
    "old-pin-not-checked": {"C-2208": "R-PIN-WRONG: 805E0100"},
    "offset-ignored": {"C-2209": "R-FILE-SAME: 00B00001"},
    "record-id-off-by-one": {"C-2210": "R-REC-SAME: 00B201D4"},
    "ext-data-short": {"C-2211": "R-REC-ID: 80B400D0"},
    "tries-not-restored": {
        "C-2213": "R-PIN-WRONG: 00200000",
        "C-2263": "R-PIN-WRONG: 00200000",
    },
    "challenge-stays": {"C-2214": "R-AUTH-STALE: 00820000"},
    "challenge-fixed": {"C-2215": "a random of four bytes came before"},
    "write-without-rights": {"C-2216": "R-REC-RIGHT: 00DC01CC"},
    "ppse-no-lockout": {"C-2217": "R-PPSE-LOCK: 00A40400"},
    "fci-9f0c-stale": {"C-2218": "R-FILE-SAME: 00B09500"},
    "tac-type-06": {"C-2219": "R-COMMIT: 80540100"},
    "rights-survive-reset": {"C-2220": "R-REC-RIGHT: 00DC01D4"},
    "reset-gives-tries-back": {
        "C-2221": "R-PIN-WRONG: 00200000",
        "C-2271": "R-PIN-WRONG: 00200000",
        "C-2222": "R-SM-LOCK: 04D69636",
        "C-2224": "R-AUTH-WRONG: 00820000",
    },
    "reset-unblocks": {"C-2223": "R-BLOCK-SELECT", "C-2273": "R-BLOCK-SELECT"},
    "no-journal": {"C-2228": "leaves=in write", "C-2278": "leaves=in write"},
    "purse-mac-not-checked": {
        "C-2226": "R-COMMIT-MAC: 80",
        "C-2276": "R-COMMIT-MAC: 80",
    },
    "pin-two-bytes": {
        "C-2227": "R-PIN-WRONG: 00200000",
        "C-2277": "R-PIN-WRONG: 00200000",
    },
    "tac-key-left-half": {"C-2269": "R-COMMIT: 80540100"},
}
