"""How the text of a log comes as a file: its encoding, and a mail around it."""

from __future__ import annotations

import codecs
import quopri
import random  # noqa: TID251 - the seed is given


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
