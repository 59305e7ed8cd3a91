"""Deviations of transparent files: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, TUNION, CardMutant

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    M("ef-15-longer", DUAL, {"C-0301": "EF 15 has 32 bytes, expected 30"}),
    M("ef-17-no-country", TUNION, {"C-0303": "country 00000000 in EF 17, expected 00000156"}),
    M("second-number-differs", DUAL, {"C-0318": "the second card number differs from the first"}),
    M(
        "binary-one-short",
        DUAL,
        {"C-0302": "EF 16 has 54 bytes, expected 55"},
    ),
    M(
        "offset-ignored",
        DUAL,
        {
            "C-0313": "READ BINARY from offset 12: byte 0",
            "C-0314": "READ BINARY from offset 8: byte 0",
        },
    ),
    M(
        "offset-not-checked",
        DUAL,
        {"C-0315": "READ BINARY behind the end of EF 15 was answered 9000"},
    ),
    M(
        "absent-file-reads-empty",
        DUAL,
        {
            "C-0303": "READ BINARY of EF 17, claimed absent, was answered 9000",
            "C-0317": "READ BINARY of EF 1D was answered 9000",
        },
    ),
    M("no-current-ef-6a82", DUAL, {"C-0323": "the current file after SELECT was answered 6A82"}),
    M("file-type-not-checked", DUAL, {"C-0316": "READ BINARY of the log was answered 6B00"}),
    M(
        "read-bits-ignored",
        DUAL,
        {"C-1909": "a read with meaningless parameters was answered 9000"},
    ),
    M("get-data-wrong-tag", DUAL, {"C-0322": "tag and length: byte 1"}),
    M("update-past-end-cut", DUAL, {"C-1407": "an update over the end of EF 16 was accepted"}),
)
