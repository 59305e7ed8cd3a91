"""Explanations in words, English with the Chinese beside it, and as plain data.

Values that must not be told stay out: without `Explanation.published` neither the right code nor
a session key is said, and keys never are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ykt_sim.meaning.explain.inputs import Halves
from ykt_sim.meaning.explain.mistakes import STANDARD_TEXT, Mistake, part_text, role_text
from ykt_sim.meaning.explain.sam_des import PSAM
from ykt_sim.meaning.explain.search import Explanation

#: Answers that are written out; the rest are counted.
MAX_WRITTEN: Final = 6
_LEVELS: Final = {
    2: ("issuer", "card number"),
    1: ("card number",),
}


def cause(found: Explanation) -> str:
    """One line: which mistakes fit, and how many were tried."""
    code = found.inputs.code
    if not found.fits or found.expected is None:
        return " ".join(verdict(found))
    fits = "; or ".join(_both(one) for one in found.fits[:MAX_WRITTEN])
    more = len(found.fits) - MAX_WRITTEN
    rest = f"; and {more} more" if more > 0 else ""
    return f"this {code} fits: {fits}{rest} ({len(found.fits)} of {found.tried:,} tries)"


def cause_pair(found: Explanation) -> tuple[str, str]:
    """The same line in English and in Chinese apart."""
    en, zh = verdict(found)
    if not found.fits or found.expected is None:
        return en, zh
    code, tries = found.inputs.code, f"{len(found.fits)} of {found.tried:,} tries"
    tries_zh = f"{found.tried:,} 种中有 {len(found.fits)} 种"
    return f"this {code} fits: {en} ({tries})", f"该 {code} 符合：{zh}（{tries_zh}）"


def verdict(found: Explanation) -> tuple[str, str]:
    """What was found, in English and in Chinese."""
    if found.expected is None:
        return "its key is not known", "密钥未知"
    if not found.fits:
        what = ("one and two at a time", "单个及两两") if found.pairs else ("one at a time", "单个")
        return (
            f"none of {found.tried:,} mistakes gives it, tried {what[0]}: another key?",
            f"{what[1]}试过 {found.tried:,} 种错误均不吻合，可能密钥不同",
        )
    shown, more = found.fits[:MAX_WRITTEN], len(found.fits) - MAX_WRITTEN
    en = "; or ".join(" and ".join(one.en for one in fit) for fit in shown)
    zh = "；或".join("，且".join(one.zh for one in fit) for fit in shown)
    return (f"{en}; and {more} more", f"{zh}；另有 {more} 种") if more > 0 else (en, zh)


def _both(mistakes: tuple[Mistake, ...]) -> str:
    en = " and ".join(one.en for one in mistakes)
    zh = "，且".join(one.zh for one in mistakes)
    return f"{en} {zh}"


def detail(found: Explanation) -> Iterator[tuple[str, str]]:
    """What the right code is made of: a word and a text each."""
    inputs = found.inputs
    yield "key 密钥", _key(found)
    if inputs.in_session:
        text = f"3DES of {_parts(inputs.session)}"
        if found.published and found.session is not None:
            text += f" = {found.session.hex().upper()}"
        yield "session key 过程密钥", text
    yield "over 数据", _parts(inputs.under)
    if any(inputs.iv):
        yield "initial value 初始值", inputs.iv.hex().upper()
    yield "received 收到", found.received.hex().upper()
    if found.published and found.expected is not None:
        yield "expected 应为", found.expected.hex().upper()
    if found.inert:
        yield "not tried 未试", f"{found.inert} mistakes that change nothing here 对此无影响的错误"


def _key(found: Explanation) -> str:
    inputs = found.inputs
    path = inputs.path
    en, zh = role_text(path.role)
    of = STANDARD_TEXT.get(path.standard, (path.standard, path.standard))
    text = f"{en} {zh} of {' '.join(of)}"
    if path.index is not None:
        text += f", index {path.index:02X}"
    names = _LEVELS.get(len(path.factors)) if path.standard != PSAM else None
    if path.factors and (names or path.standard == PSAM):
        names = names or ("factor",) * len(path.factors)
        levels = [
            f"{name} {factor.hex().upper()}"
            for name, factor in zip(names, path.factors, strict=True)
        ]
        text += f", diversified by {' then '.join(levels)}"
    if inputs.halves is not Halves.WHOLE:
        text += f", {inputs.halves}"
    if found.kcv:
        text += f", KCV {found.kcv.hex().upper()}"
    if found.master_kcv:
        text += f", its master's KCV {found.master_kcv.hex().upper()}"
    return text


def _parts(parts: tuple[tuple[str, bytes], ...]) -> str:
    return ", ".join(f"{part_text(name)[0]} {value.hex().upper()}" for name, value in parts)


def to_json(found: Explanation) -> dict[str, Any]:
    """The same as plain data."""
    inputs = found.inputs
    told = found.published
    return {
        "code": inputs.code,
        "received": found.received.hex().upper(),
        "expected": _hex(found.expected) if told else None,
        "key": {
            "standard": inputs.path.standard,
            "role": inputs.path.role,
            "index": inputs.path.index,
            "factors": [factor.hex().upper() for factor in inputs.path.factors],
            "used": str(inputs.halves),
            "kcv": _hex(found.kcv) or None,
            "master_kcv": _hex(found.master_kcv) or None,
        },
        "session": _fields(inputs.session) if inputs.in_session else [],
        "session_key": _hex(found.session) if told else None,
        "over": _fields(inputs.under),
        "initial_value": inputs.iv.hex().upper(),
        "fits": [
            [{"name": one.name, "en": one.en, "zh": one.zh} for one in mistakes]
            for mistakes in found.fits
        ],
        "tried": found.tried,
        "inert": found.inert,
        "pairs_tried": found.pairs,
        "text": cause(found),
    }


def _fields(parts: tuple[tuple[str, bytes], ...]) -> list[dict[str, str]]:
    return [{"name": name, "raw": value.hex().upper()} for name, value in parts]


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex().upper()
