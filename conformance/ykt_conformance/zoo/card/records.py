"""Deviations of record files: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M(
        "record-one-short",
        DUAL,
        {
            "C-0304": "record 1 of EF 18 has 22 bytes, expected 23",
            "C-0311": "record 1 of EF 19 is not id 01, its length, and as many bytes",
        },
    ),
    M(
        "last-record-hidden",
        DUAL,
        {
            "C-0304": "READ RECORD of record 10 of EF 18 was answered 6A83",
            "C-0305": "READ RECORD of record 30 of EF 1E was answered 6A83",
        },
    ),
    M(
        "behind-last-record-wraps",
        DUAL,
        {"C-0320": "READ RECORD of record 13 of EF 18 was answered 9000"},
    ),
    M("oldest-first", DUAL, same("record 1 of EF 18: byte 1", "C-1009", "C-1059")),
    M(
        "empty-record-6a83",
        DUAL,
        {
            "C-0304": "READ RECORD of record 1 of EF 18 was answered 6A83",
            "C-0305": "READ RECORD of record 1 of EF 1E was answered 6A83",
        },
    ),
    M(
        "empty-record-ff",
        DUAL,
        {
            "C-0306": "record 1 of EF 18 of a new card is not empty",
            "C-0307": "record 1 of EF 1E of a new card is not empty",
        },
    ),
    M("record-id-off-by-one", DUAL, {"C-0319": "READ RECORD 18 of EF 08 was answered 6A83"}),
    M("record-2712-missing", DUAL, {"C-0310": "EF 1A has no record 2712"}),
    M(
        "ext-data-short",
        DUAL,
        {
            "C-0308": "record 2701 has 126 bytes, expected 128",
            "C-0309": "the same record read another way: 126 bytes instead of 128",
        },
    ),
    M("short-le-truncates", DUAL, {"C-0312": "READ RECORD with Le 16 was answered 9000"}),
    M("wrong-6cxx", DUAL, {"C-0312": "READ RECORD with Le 16 was answered 6C16"}),
    M(
        "balance-in-record",
        DUAL,
        {
            "C-0605": "record 1 of EF 1E after the ride: byte 23",
            "C-0616": "record 1 of EF 1E: byte 23",
        },
    ),
    M("log-writable", DUAL, {"C-0321": "UPDATE RECORD of the transaction log was accepted"}),
    M(
        "cache-outside-composite",
        DUAL,
        {"C-0612": "a cache update outside a composite purchase was answered 9000"},
    ),
    M(
        "write-without-rights",
        DUAL,
        {"C-1304": "UPDATE RECORD without authentication was answered 9000"},
    ),
)
