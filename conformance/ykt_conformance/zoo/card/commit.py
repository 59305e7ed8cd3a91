"""Deviations of commits: what must notice them; rules as in `zoo.card.table`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
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
    M("slow-debit", DUAL, same("for a composite purchase the card took", "C-2001", "C-2002")),
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
        "commit-twice",
        DUAL,
        {
            **same("a DEBIT sent again was answered 9000", "C-0512", "C-0562"),
            **same("a commit sent again was answered 9000", "C-0705", "C-0755", "C-0805", "C-0855"),
        },
    ),
    M("debit-p1-02-refused", DUAL, {"C-0520": "DEBIT with P1=02 was answered 6A86"}),
    M("tac-type-06", DUAL, same("TAC of the composite: byte 0", "C-0602", "C-0615")),
    M(
        "wrong-mac-keeps-updates",
        DUAL,
        {"C-0609": "a read after a refused composite purchase: byte 0"},
    ),
    M("mac3-under-tac-key", DUAL, same("MAC3 of the unload: byte 0", "C-0802", "C-0852")),
    M("tac-old-limit", DUAL, {"C-0902": "TAC of the overdraft: byte 0"}),
)
