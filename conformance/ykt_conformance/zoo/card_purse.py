"""Deviations of the purse: what must notice them; rules as in `zoo.card`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    # purchases
    M(
        "initialize-answer-short",
        DUAL,
        same("the answer of INITIALIZE has 14 bytes, expected 15", "C-0501", "C-0551"),
    ),
    M(
        "session-counter-after",
        DUAL,
        {
            **same(
                "the commit of a purchase with the right MAC was answered 9302", "C-0502", "C-0552"
            ),
            "C-0601": "the commit of a composite with the right MAC was answered 9302",
        },
    ),
    M(
        "purse-mac-not-checked",
        DUAL,
        {
            **same(
                "the commit of a purchase with a wrong MAC was answered 9000", "C-0506", "C-2115"
            ),
            "C-0704": "the commit of a load with a wrong MAC was answered 9000",
            "C-0905": "the commit of a overdraft with a wrong MAC was answered 9000",
        },
    ),
    M(
        "zero-mac-accepted",
        DUAL,
        {
            **same(
                "the commit of a purchase with a wrong MAC was answered 9000",
                "C-0506",
                "C-0507",
                "C-0557",
            ),
            "C-0704": "the commit of a load with a wrong MAC was answered 9000",
        },
    ),
    M(
        "purse-mac-two-bytes",
        DUAL,
        same("the commit of a purchase with a wrong MAC was answered 9000", "C-0507", "C-0557"),
    ),
    M(
        "wrong-mac-counts",
        DUAL,
        {
            **same("the offline counter after 0 commit(s) is 1, expected 0", "C-0506", "C-0556"),
            **same(
                "the online counter after 0 commit(s) is 1, expected 0",
                "C-0704",
                "C-0754",
                "C-0804",
                "C-0854",
                "C-0905",
            ),
        },
    ),
    M(
        "wrong-mac-takes-money",
        DUAL,
        {
            "C-0506": "balance 9850 fen after tunion purchase of 150 refused on 10000 fen",
            "C-0556": "balance 9850 fen after lnt purchase of 150 refused on 10000 fen",
            "C-0704": "balance 9900 fen after tunion load of 100 refused on 10000 fen",
            "C-0754": "balance 9900 fen after lnt load of 100 refused on 10000 fen",
        },
    ),
    M(
        "wrong-mac-logged",
        DUAL,
        same("a read after what was not finished: byte 1", "C-1011", "C-1061"),
    ),
    M(
        "wrong-mac-clears-proof",
        DUAL,
        same("proof of type 06 number 0002 was answered 9406", "C-1110", "C-1160"),
    ),
    M(
        "tac-key-left-half",
        DUAL,
        {
            **same("TAC of the purchase: byte 0", "C-0503", "C-0553"),
            "C-0602": "TAC of the composite: byte 0",
            "C-0702": "TAC of the load: byte 0",
            "C-0902": "TAC of the overdraft: byte 0",
        },
    ),
    M(
        "tac-counter-after",
        DUAL,
        {
            **same("TAC of the load: byte 0", "C-0702", "C-0752"),
            "C-0902": "TAC of the overdraft: byte 0",
        },
    ),
    M(
        "mac2-repeats-mac1",
        DUAL,
        {
            **same("MAC2 of the purchase: byte 0", "C-0504", "C-0554"),
            "C-0603": "MAC2 of the composite: byte 0",
        },
    ),
    M(
        "debit-mac2-first",
        DUAL,
        {
            **same("TAC of the purchase: byte 0", "C-0503", "C-0553"),
            **same("MAC2 of the purchase: byte 0", "C-0504", "C-0554"),
            "C-0603": "MAC2 of the composite: byte 0",
        },
    ),
    M(
        "debit-takes-double",
        DUAL,
        {
            "C-0209": "balance 9996 fen after tunion purchase of 2 done on 10000 fen",
            "C-0505": "balance 9754 fen after tunion purchase of 123 done on 10000 fen",
            "C-0555": "balance 9754 fen after lnt purchase of 123 done on 10000 fen",
            "C-0604": "balance 9774 fen after tunion composite of 113 done on 10000 fen",
            "C-2103": "after tunion purchase the lnt balance is 9846 fen",
        },
    ),
    M(
        "debit-a-fen-less",
        DUAL,
        {
            "C-0505": "balance 9878 fen after tunion purchase of 123 done on 10000 fen",
            "C-0555": "balance 9878 fen after lnt purchase of 123 done on 10000 fen",
            "C-0604": "balance 9888 fen after tunion composite of 113 done on 10000 fen",
        },
    ),
    M(
        "last-fen-unspendable",
        DUAL,
        same("INITIALIZE for purchase of 10000 fen was answered 9401", "C-0509", "C-0559"),
    ),
    M(
        "insufficient-6985",
        DUAL,
        {
            **same("INITIALIZE above the balance was answered 6985", "C-0508", "C-0558"),
            "C-0806": "unload of 10001 fen was answered 6985",
        },
    ),
    M(
        "zero-amount-refused",
        DUAL,
        same("DEBIT of a purchase of 0 fen was answered 9401", "C-0513", "C-0563"),
    ),
    M(
        "any-key-index",
        DUAL,
        same("INITIALIZE with an unknown key index was answered 9000", "C-0510", "C-0560"),
    ),
    M(
        "purse-random-fixed",
        DUAL,
        same("two INITIALIZE answered the same random", "C-0511", "C-0561"),
    ),
    M(
        "randoms-restart",
        DUAL,
        {
            **same("two INITIALIZE answered the same random", "C-0511", "C-0561"),
            "C-1301": "a challenge comes again",
        },
    ),
    M(
        "commit-twice",
        DUAL,
        {
            **same("a DEBIT sent again was answered 9000", "C-0512", "C-0562"),
            **same("a commit sent again was answered 9000", "C-0705", "C-0755", "C-0805", "C-0855"),
        },
    ),
    M("debit-p1-02-refused", DUAL, {"C-0520": "DEBIT with P1=02 was answered 6A86"}),
    # composite purchases
    M("tac-type-06", DUAL, same("TAC of the composite: byte 0", "C-0602", "C-0615")),
    M("one-update-only", DUAL, {"C-0601": "UPDATE CAPP DATA CACHE was answered 6A84"}),
    M("composite-is-free", DUAL, {"C-2107": "after tunion composite the lnt balance is 10000 fen"}),
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
    M("cache-survives-initialize", DUAL, {"C-0608": "EF 1E after a debit without updates: byte 0"}),
    M(
        "wrong-mac-keeps-updates",
        DUAL,
        {"C-0609": "a read after a refused composite purchase: byte 0"},
    ),
    M(
        "cache-outside-composite",
        DUAL,
        {"C-0612": "a cache update outside a composite purchase was answered 9000"},
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
    # load, unload, overdraft
    M(
        "mac1-zero",
        DUAL,
        {
            **same("MAC1 of INITIALIZE for load: byte 0", "C-0701", "C-0751"),
            **same("MAC1 of INITIALIZE for unload: byte 0", "C-0801", "C-0851"),
            "C-0901": "MAC1 of INITIALIZE for overdraft: byte 0",
        },
    ),
    M(
        "load-a-fen-less",
        DUAL,
        {
            "C-0753": "balance 10099 fen after lnt load of 100 done on 10000 fen",
            "C-2106": "after tunion load the lnt balance is 10076 fen",
        },
    ),
    M("load-without-pin", DUAL, {"C-0758": "INITIALIZE FOR LOAD without PIN was answered 9000"}),
    M("load-always-with-pin", DUAL, {"C-0708": "INITIALIZE FOR LOAD of 0 fen was answered 6982"}),
    M("ceiling-not-checked", DUAL, same("load of 90001 fen was accepted", "C-0706", "C-0756")),
    M(
        "ceiling-one-less",
        DUAL,
        same("INITIALIZE FOR LOAD up to the ceiling was answered 6985", "C-0707", "C-0757"),
    ),
    M("mac3-under-tac-key", DUAL, same("MAC3 of the unload: byte 0", "C-0802", "C-0852")),
    M(
        "unload-leaves-money",
        DUAL,
        {
            "C-0803": "balance 10000 fen after tunion unload of 100 done on 10000 fen",
            "C-0853": "balance 10000 fen after lnt unload of 100 done on 10000 fen",
        },
    ),
    M("unload-unbounded", DUAL, {"C-0856": "unload of 10001 fen was accepted"}),
    M(
        "unload-takes-limit",
        DUAL,
        {"C-0910": "an unload that would give away the overdraft limit was accepted"},
    ),
    M("tac-old-limit", DUAL, {"C-0902": "TAC of the overdraft: byte 0"}),
    M(
        "limit-added",
        DUAL,
        {"C-0903": "balance 12500 fen after tunion overdraft of 500 done on 12000 fen"},
    ),
    M(
        "limit-not-told",
        DUAL,
        {
            "C-0904": "the overdraft limit is 0, expected 2500",
            "C-1007": "the overdraft limit in the log is 1800, expected 0",
        },
    ),
    M(
        "limit-below-drawn",
        DUAL,
        {"C-0906": "a limit of 1000 fen with 1500 fen drawn was accepted"},
    ),
    M(
        "a-plus-c-unbounded",
        DUAL,
        {"C-0907": "a limit of 16677216 fen with 0 fen drawn was accepted"},
    ),
    M(
        "limit-spent-first",
        DUAL,
        {
            "C-0402": "both actual balance and overdrawn amount",
            "C-0908": "the actual balance after the purchase is 500, expected 0",
        },
    ),
    M(
        "load-repays-nothing",
        DUAL,
        {"C-0909": "the actual balance after the load is 300, expected 0"},
    ),
    M("overdraft-everywhere", DUAL, {"C-0911": "INITIALIZE FOR UPDATE on the wallet was accepted"}),
    # log
    M("log-number-before", DUAL, {"C-1006": "the number in the log is 0, expected 1"}),
    M("log-type-always-06", DUAL, same("record 1 of EF 18: byte 9", "C-1002", "C-1004")),
    M("log-amount-zero", DUAL, same("record 1 of EF 18: byte 8", "C-1001", "C-1051")),
    M("log-terminal-zero", DUAL, same("record 1 of EF 18: byte 10", "C-1001", "C-1005", "C-1051")),
    M("log-without-limit", DUAL, {"C-1007": "the overdraft limit in the log is 0, expected 1800"}),
    M(
        "log-year-added",
        DUAL,
        {
            **same("record 1 of EF 18: byte 16", "C-1051", "C-1052", "C-1054"),
            "C-1055": "the last seven bytes of record 1: byte 0",
        },
    ),
    M(
        "log-newest-replaced",
        DUAL,
        {"C-1008": "record 1 of EF 18: byte 1", "C-1009": "record 2 of EF 18: byte 1"},
    ),
    M(
        "log-one-less",
        DUAL,
        {"C-1009": "record 10 of EF 18: byte 1", "C-1059": "record 12 of EF 18: byte 1"},
    ),
    M(
        "loads-not-logged",
        DUAL,
        {
            **same("record 1 of EF 18: byte 1", "C-1003", "C-1053"),
            "C-1008": "record 1 of EF 18: byte 8",
        },
    ),
    M(
        "initialize-logged",
        DUAL,
        {
            "C-1011": "a read after what was not finished: byte 1",
            **same("a read after an abandoned INITIALIZE: byte 1", "C-1606", "C-1656"),
        },
    ),
    M(
        "reset-loses-log-line",
        DUAL,
        {
            **same("a read after a reset: byte 1", "C-0505", "C-0703"),
            **same("a log record after a reset: byte 1", "C-1010", "C-1060"),
        },
    ),
    # proof
    M(
        "proof-number-before",
        DUAL,
        {
            "C-1101": "proof of type 06 number 0001 was answered 9406",
            "C-1105": "proof of type 07 number 0001 was answered 9406",
            **same(
                "proof of type 06 number 0001, not the last transaction, was answered 9000",
                "C-1106",
                "C-1156",
            ),
        },
    ),
    M(
        "proof-tac-first",
        DUAL,
        {
            **same("MAC2 and TAC in the proof: byte 0", "C-1101", "C-1102", "C-1151", "C-1152"),
            **same("TAC in the proof: byte 0", "C-1103", "C-1104", "C-1105", "C-1153", "C-1154"),
        },
    ),
    M(
        "proof-any-number",
        DUAL,
        same(
            "proof of type 06 number 0001, not the last transaction, was answered 9000",
            "C-1106",
            "C-1109",
            "C-1156",
        ),
    ),
    M(
        "proof-any-type",
        DUAL,
        same(
            "proof of type 09 number 0002, not the last transaction, was answered 9000",
            "C-1106",
            "C-1156",
        ),
    ),
    M(
        "proof-keeps-first",
        DUAL,
        {
            "C-1103": "proof of type 02 number 0002 was answered 9406",
            **same(
                "proof of type 06 number 0001, not the last transaction, was answered 9000",
                "C-1109",
                "C-1159",
            ),
        },
    ),
    M(
        "proof-of-nothing",
        DUAL,
        same(
            "proof of type 06 number 0000, not the last transaction, was answered 9000",
            "C-1111",
            "C-1161",
        ),
    ),
    M(
        "proof-length-not-checked",
        DUAL,
        {"C-1112": "a malformed GET TRANSACTION PROVE was accepted"},
    ),
    M(
        "initialize-clears-proof",
        DUAL,
        same("proof of type 06 number 0002 was answered 9406", "C-1107", "C-1157"),
    ),
    M(
        "reset-clears-proof",
        DUAL,
        {
            **same("proof of type 06 number 0002 was answered 9406", "C-1108", "C-1158"),
            **same("half of the purchase", "C-1801", "C-1851"),
            "C-1803": "half of the composite",
            **same("half of the load", "C-1805", "C-1855"),
            "C-1807": "half of the unload",
            "C-1809": "half of the overdraft",
        },
    ),
)
