"""Words of a story, in both languages."""

from __future__ import annotations

import msgspec


class Words(msgspec.Struct, frozen=True):
    """The same in English and in Chinese."""

    en: str
    zh: str


def numbered(number: int, said: Words) -> Words:
    """What is said of one tap of several."""
    return Words(f"tap {number}: {said.en}", f"第 {number} 次：{said.zh}")


def then(first: Words, second: Words) -> Words:
    """One thing and another."""
    return Words(f"{first.en}; {second.en}", f"{first.zh}；{second.zh}")


def count(number: int, what: str, zh: str, after: str, before: str) -> Words:
    """So many of a thing: English with what follows it, Chinese with what stands before."""
    plural = "" if number == 1 else "s"
    return Words(f"{number} {what}{plural}{after}", f"{before}{number} {zh}")


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
