"""What is around a log: chatter, what stands in front of lines and behind, encoding, a mail."""

from __future__ import annotations

import codecs
import quopri
import random  # noqa: TID251 - the seed is given

FRONTS = [
    "", "", "", "", "[INFO] ", "D/Nfc( 1234): ", "DEBUG [tool.pcsc.send:118] ",
    "I/IsoDepAdapter: ", "12822-12822/org.x.demo D/Apdu: ", "[main] INFO c.x.Card - ",
    "(0x7f3a12bc) ", "card[0] ", "    ", "* ",
]  # fmt: skip
NOISE = [
    "Reader 0: ACS ACR122U PICC Interface 00 00", "select application", "----------",
    "card present", "OK", "balance: 66.44", "waiting for card...", "2 files read",
    "UID: 04 A2 24 5A 9B 61 80", "*** step 3 ***", "读卡成功", "请刷卡", "",
    "ATR: 3B 88 80 01 4D 54 59 4B 54 2D 54 55 7A", "Time elapsed: 120 ms", "error code 0",
    "expected SW: 9000", "(0x7f3a12bc) done", "['ACS ACR122U PICC Interface 00 00']",
]  # fmt: skip
BEHIND = ["", "", "", "  // select", "  # step 2", " (step 1)", "   ; read"]


def encoded(rng: random.Random, text: str) -> tuple[bytes, str]:
    """The file, and the name of what was chosen."""
    way = rng.choice(
        ["utf-8"] * 6 + ["mail", "bom", "utf-16", "utf-16-be", "utf-16 bare", "gbk", "gbk"]
    )
    if way == "mail":
        head = rng.choice(["Content-Transfer-Encoding: quoted-printable\n\n", ""])
        return head.encode() + quopri.encodestring(text.replace("\r\n", "\n").encode()), way
    marks = {
        "bom": (codecs.BOM_UTF8, "utf-8"), "utf-16": (codecs.BOM_UTF16_LE, "utf-16-le"),
        "utf-16-be": (codecs.BOM_UTF16_BE, "utf-16-be"), "utf-16 bare": (b"", "utf-16-le"),
    }  # fmt: skip
    if way in marks:
        mark, encoding = marks[way]
        return mark + text.encode(encoding), way
    if way == "gbk":
        try:
            return text.encode("gbk"), way
        except UnicodeEncodeError:
            pass
    return text.encode(), "utf-8"
