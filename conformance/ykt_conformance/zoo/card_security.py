"""Deviations of PINs, keys and blocking: what must notice them; rules as in `zoo.card`."""

from __future__ import annotations

from typing import Final

from ykt_conformance.zoo.entry import DUAL, CardMutant, same

M = CardMutant

MUTANTS: Final[tuple[CardMutant, ...]] = (
    # PIN
    M("any-pin", DUAL, same("a wrong PIN was answered 9000", "C-1202", "C-1207", "C-1252")),
    M("pin-two-bytes", DUAL, same("a wrong PIN was answered 9000", "C-1202", "C-1252")),
    M("pin-padding-refused", DUAL, same("the right PIN was answered 63C2", "C-1201", "C-1251")),
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
    M(
        "pin-survives-select",
        DUAL,
        {
            "C-1260": "INITIALIZE FOR LOAD after the PIN was lost was answered 9000",
            "C-2117": "INITIALIZE FOR LOAD with the PIN of the other application was answered 9000",
        },
    ),
    # authentication and secure messaging
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
    M(
        "authentication-opens-nothing",
        DUAL,
        {"C-1303": "UPDATE RECORD after authentication was answered 6982"},
    ),
    M("authentication-not-counted", DUAL, {"C-1310": "tries left went from 3 to 3"}),
    M(
        "write-without-rights",
        DUAL,
        {"C-1304": "UPDATE RECORD without authentication was answered 9000"},
    ),
    M(
        "rights-survive-reset",
        DUAL,
        {"C-1307": "UPDATE RECORD after authentication and a reset was answered 9000"},
    ),
    M(
        "rights-survive-select",
        DUAL,
        {"C-1308": "UPDATE RECORD after authentication and another SELECT was answered 9000"},
    ),
    M(
        "line-mac-not-checked",
        DUAL,
        same("UPDATE BINARY with a wrong MAC was answered 9000", "C-1404", "C-1409"),
    ),
    M("line-mac-two-bytes", DUAL, {"C-1405": "UPDATE BINARY with a wrong MAC was answered 9000"}),
    M("line-mac-reversed", DUAL, {"C-1401": "UPDATE BINARY with the right MAC was answered 6988"}),
    M("mac-not-demanded", DUAL, {"C-1403": "UPDATE BINARY without MAC was answered 9000"}),
    M("line-mac-never-locks", DUAL, {"C-1408": "the third wrong MAC was answered 6988"}),
    M("update-past-end-cut", DUAL, {"C-1407": "an update over the end of EF 16 was accepted"}),
    # blocking
    M(
        "block-without-effect",
        DUAL,
        {
            **same(
                "command 80 5C 00 02 of an application that is blocked was accepted",
                "C-1501",
                "C-1551",
            ),
            "C-1505": "command 80 5C 00 02 of an application that is locked was accepted",
        },
    ),
    M(
        "block-without-mac",
        DUAL,
        same("APPLICATION BLOCK with a wrong MAC was answered 9000", "C-1503", "C-1553"),
    ),
    M("block-hits-all", DUAL, {"C-2118": "SELECT beside a blocked application was answered 6283"}),
    M(
        "reset-unblocks",
        DUAL,
        {
            "C-1408": "GET BALANCE of a locked application was accepted",
            "C-1504": "SELECT of a blocked T-Union purse was answered 9000",
        },
    ),
    M(
        "blocked-select-9000",
        DUAL,
        {"C-1504": "SELECT of a blocked T-Union purse was answered 9000"},
    ),
    M(
        "permanent-block-undone",
        DUAL,
        {
            "C-1505": "APPLICATION UNBLOCK of a locked application was answered 9000",
            "C-1506": "APPLICATION UNBLOCK of a locked application was answered 6983",
        },
    ),
    M("unblock-never-locks", DUAL, {"C-1506": "a wrong APPLICATION UNBLOCK was answered 6988"}),
    M(
        "unblock-empties-log",
        DUAL,
        same("a read after block and unblock: byte 1", "C-1502", "C-1552"),
    ),
    M(
        "card-block-without-effect",
        DUAL,
        {"C-1507": "command 00 A4 04 00 after CARD BLOCK was answered 9000"},
    ),
)
