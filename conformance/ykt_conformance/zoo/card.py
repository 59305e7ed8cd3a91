"""The cards' half of the zoo: which cases must fail for which deviation, and why.

A deviation is a name from `ykt_sim.faults.card.FAULTS`; it is run as
``sim:PROFILE?deviate=NAME``. For each declared case a part of the reason is given, so that a
case that fails for another reason than the wrong thing does not count. Many deviations fail
more cases than stand here; declared are the ones made for them.
"""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.card_purse import MUTANTS as PURSE
from ykt_conformance.zoo.card_security import MUTANTS as SECURITY
from ykt_conformance.zoo.entry import DUAL, LNT, TUNION, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    # selection and FCI
    M(
        "fci-names-neighbour",
        DUAL,
        {
            "C-0101": "84 in the FCI of the T-Union purse: byte 7",
            "C-0102": "84 in the FCI of PAY.APPY: byte 7",
            "C-0103": "84 in the FCI of PAY.TICL: byte 7",
        },
    ),
    M("fci-9f0c-stale", DUAL, {"C-0105": "EF 15 against 9F0C of the FCI: byte 28"}),
    M(
        "fci-dates-swapped",
        DUAL,
        {
            "C-0108": "dates 20401215 to 20170715 are no period",
            "C-2114": "T-Union dates 20401215 to 20170715 are no period",
        },
    ),
    M(
        "fci-other-pan",
        DUAL,
        {
            "C-0105": "EF 15 against 9F0C of the FCI: byte 15",
            "C-2111": "the Lingnan Tong number does not stand in the PAN behind the IIN",
        },
    ),
    M(
        "fci-issuer-zero-padded",
        DUAL,
        {"C-0108": "issuer id 0220581000000000 is not 8 digits and FFFFFFFF"},
    ),
    M("fci-without-version", DUAL, {"C-0107": "9F08 has 0 byte(s), 1 claimed"}),
    M("fci-random-tail", DUAL, {"C-0115": "the FCI when selected again: byte 51"}),
    M("basic-fci-with-a5", DUAL, {"C-0109": "the FCI of PAY.APPY: byte 1"}),
    M("wallet-fci-short", DUAL, {"C-0110": "9F0C of PAY.TICL has 32 bytes, expected 33"}),
    M(
        "df11-missing",
        DUAL,
        {
            "C-0117": "DF11 has 0 bytes, expected 32",
            "C-2113": "DF11 is declared and the FCI of the e-cash has none",
        },
    ),
    M("df11-other-pan", DUAL, {"C-2112": "e-cash and purse have different PANs"}),
    M("no-select-by-fid", DUAL, {"C-0111": "SELECT DDF1 was answered 6A82"}),
    M("mf1x-answers-9000", DUAL, {"C-0112": "SELECT PAY.MF1X, claimed retired, was answered 9000"}),
    M("select-needs-le", DUAL, {"C-0113": "SELECT without Le was answered 6700"}),
    M("select-any-parameters", DUAL, {"C-0119": "SELECT with P1=03 was answered 6A82"}),
    M(
        "whole-names-only",
        DUAL,
        {"C-0114": "SELECT with the first seven bytes of the T-Union AID was answered 6A82"},
    ),
    M("long-names-cut", DUAL, {"C-1910": "SELECT with seventeen bytes was accepted"}),
    M(
        "unknown-name-accepted",
        LNT,
        {
            "C-0104": "SELECT of F000000000010105 was answered 9000",
            "C-0208": "SELECT PPSE was answered 9000",
        },
    ),
    M(
        "selection-survives-reset",
        DUAL,
        {"C-0116": "a purse command after reset, before any SELECT, was accepted"},
    ),
    M("atr-changes", DUAL, {"C-0118": "the ATR changes from reset to reset"}),
    # PPSE
    M(
        "ppse-no-lockout",
        DUAL,
        {
            "C-0106": "SELECT PAY.APPY after PPSE was answered 9000",
            "C-0206": "SELECT PAY.TICL after PPSE was answered 9000",
        },
    ),
    M(
        "lockout-survives-reset",
        DUAL,
        {"C-0207": "SELECT PAY.APPY after a reset was answered 6A82"},
    ),
    M("ppse-lists-wallet", DUAL, {"C-0205": "the PPSE lists PAY.TICL"}),
    M(
        "ppse-lists-absent",
        DUAL,
        {"C-0202": "SELECT of A000000632010107, which is listed, was answered 6A82"},
    ),
    M(
        "ppse-without-priority",
        DUAL,
        {"C-0201": "a directory entry 61 has no AID 4F or no priority 87"},
    ),
    M(
        "ppse-priorities-equal",
        DUAL,
        {"C-0203": "the PPSE gives priorities [2, 2], expected 1 to 2 in its order"},
    ),
    M(
        "ppse-order-reversed",
        DUAL,
        {
            "C-0106": "the PPSE lists A000000632010105 A000000632010106",
            "C-0203": "the PPSE gives priorities [2, 1], expected 1 to 2 in its order",
        },
    ),
    M("ppse-label-wrong", DUAL, {"C-0204": "the PPSE calls A000000632010106 'PBOC EP'"}),
    # files and records
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
    M("get-data-wrong-tag", DUAL, {"C-0322": "tag and length: byte 1"}),
    # balances
    M(
        "p1-00-without-limit",
        DUAL,
        {
            "C-0401": "P1=00 against B + C - D is 10000, expected 13000",
            "C-0903": "balance 10000 fen after tunion overdraft of 2000 done on 10000 fen",
        },
    ),
    M("p1-03-zero", DUAL, same("P1=00 against B + C - D is 10000, expected 0", "C-0401", "C-0410")),
    M("p1-05-eight-bytes", DUAL, {"C-0404": "P1=05 gives 8 bytes, expected 16"}),
    M(
        "balance-three-bytes",
        DUAL,
        same("GET BALANCE P1=00 gives 3 bytes, expected 4", "C-0403", "C-0409"),
    ),
    M(
        "balance-any-parameters",
        DUAL,
        {"C-0408": "GET BALANCE with P1 or P2 out of range was accepted"},
    ),
    M(
        "balance-in-yuan",
        DUAL,
        same("balance 100 fen after nothing on 10000 fen", "C-0405", "C-0406"),
    ),
    M(
        "reset-takes-a-fen",
        DUAL,
        {
            "C-0407": "the balance after a reset is 9998, expected 9999",
            "C-0505": "a read after a reset: byte 3",
        },
    ),
    M(
        "balances-drift",
        DUAL,
        {
            "C-2102": "the balance of the other purse is 9923, expected 10000",
            "C-2104": "after lnt purchase the tunion balance is 10000 fen",
            "C-2105": "after lnt load the tunion balance is 10000 fen",
        },
    ),
    # order of commands, counters
    M(
        "wrong-state-6985",
        DUAL,
        {
            **same("DEBIT without its INITIALIZE was answered 6985", "C-1601", "C-1651"),
            **same("CREDIT FOR LOAD without its INITIALIZE was answered 6985", "C-1602", "C-1652"),
            **same("a commit after SELECT or reset was answered 6985", "C-1605", "C-1655"),
            **same("a second DEBIT for a refused purchase was answered 6985", "C-1607", "C-1657"),
            "C-2116": "DEBIT in another purse than INITIALIZE was answered 6985",
        },
    ),
    M(
        "refusal-keeps-transaction",
        DUAL,
        same("a second DEBIT for a refused purchase was answered 9000", "C-1607", "C-1657"),
    ),
    M(
        "select-keeps-transaction",
        DUAL,
        {
            **same("a commit after SELECT or reset was answered 9000", "C-1605", "C-1655"),
            "C-2116": "DEBIT in another purse than INITIALIZE was answered 9000",
        },
    ),
    M(
        "read-ends-transaction",
        DUAL,
        same("DEBIT after reads was answered 6901", "C-1604", "C-1654"),
    ),
    M("first-initialize-kept", DUAL, same("the later DEBIT was answered 9302", "C-1603", "C-1653")),
    M(
        "initialize-counts",
        DUAL,
        same("the offline counter after 0 commit(s) is 2, expected 1", "C-1606", "C-1656"),
    ),
    M(
        "purchase-counts-twice",
        DUAL,
        same("the offline counter after 1 commit(s) is 2, expected 1", "C-1701", "C-1751"),
    ),
    M(
        "composite-not-counted",
        DUAL,
        same("the offline counter after 1 commit(s) is 0, expected 1", "C-1702", "C-1752"),
    ),
    M(
        "load-not-counted",
        DUAL,
        same("the online counter after 1 commit(s) is 0, expected 1", "C-1703", "C-1753"),
    ),
    M(
        "unload-not-counted",
        DUAL,
        {"C-1707": "the online counter after 1 commit(s) is 0, expected 1"},
    ),
    M(
        "one-counter",
        DUAL,
        same("the online counter after 0 commit(s) is 2, expected 1", "C-1704", "C-1754"),
    ),
    M(
        "counts-from-one",
        DUAL,
        same("the load counter of a new card is 1, expected 0", "C-1706", "C-1756"),
    ),
    M(
        "reset-counts-back",
        DUAL,
        same("the offline counter after 0 commit(s) is 0, expected 1", "C-1705", "C-1755"),
    ),
    # power, time
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
    M("slow-debit", DUAL, same("for a composite purchase the card took", "C-2001", "C-2002")),
    # parameters
    M("class-not-checked", DUAL, {"C-1901": "a command of class D0 was answered 9000"}),
    M("unknown-ins-6e00", DUAL, {"C-1902": "an unknown instruction was answered 6E00"}),
    M("p1p2-not-checked", DUAL, {"C-1903": "INITIALIZE with wrong P1 or P2 was answered 9000"}),
    M(
        "initialize-length-not-checked",
        DUAL,
        {"C-1904": "INITIALIZE of a wrong length was answered 9000"},
    ),
    M("le-not-checked", DUAL, {"C-1905": "INITIALIZE with Le 05 was answered 9000"}),
    M(
        "commit-length-not-checked",
        DUAL,
        {
            "C-1906": "DEBIT of a wrong length was answered 9302",
            "C-1908": "CREDIT FOR LOAD of a wrong length was answered 9302",
        },
    ),
    M(
        "commit-p1p2-not-checked",
        DUAL,
        {
            "C-1608": "DEBIT with P1 03 after another INITIALIZE was accepted",
            "C-1907": "DEBIT with wrong P1 or P2 was answered 9000",
        },
    ),
    M("malformed-accepted", DUAL, {"C-1911": "00, which is no command, was accepted"}),
    # both standards
    M(
        "one-standard-a-session",
        DUAL,
        {"C-2101": "SELECT of a purse beside the other was answered 6A82"},
    ),
    M("counters-shared", DUAL, {"C-2108": "the tunion counter is 2, expected 1"}),
    M(
        "log-in-both",
        DUAL,
        {"C-2109": "the lnt log after a transaction of the other purse: byte 1"},
    ),
    M(
        "proof-shared",
        DUAL,
        {"C-2110": "the tunion proof after a purchase of the other purse was answered 9406"},
    ),
    *PURSE,
    *SECURITY,
)
