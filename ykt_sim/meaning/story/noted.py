"""What a note says, in words: nested data as names and values, money in yuan, records decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, cast

import msgspec

from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.hiding.identities import record_of, record_pieces
from ykt_sim.meaning.said import MONEY, says
from ykt_sim.meaning.spans import Span, field_spans
from ykt_sim.trace.model import Note

#: Fields of notes that hold fen.
_FEN: Final = frozenset(
    {"amount", "available", "balance", "balance_after", "balance_before", "fare", "moved", "total"}
)
#: The note at the end of a conversation that was read from a text.
_ACCOUNT: Final = "not used"
_TITLES: Final[Mapping[str, str]] = {
    "activated": "激活",
    "atr": "复位应答",
    "card": "卡片",
    "case": "检测项目",
    "clearing": "交易记录",
    "decision": "终端判定",
    "dispute": "争议记录",
    "elsewhere": "在别处消费",
    "pull": "移开卡片",
    "row": "行",
    "row left": "未执行的行",
    "stopped": "中止",
    "tap": "刷卡",
    "tear": "断电",
    "timing": "用时",
    "withheld": "未收录",
}
_NAMES: Final[Mapping[str, str]] = {
    "acquirer": "收单机构",
    "already": "已付款",
    "amount": "金额",
    "application": "应用",
    "balance": "余额",
    "balance_after": "交易后余额",
    "balance_before": "交易前余额",
    "card": "卡",
    "city": "城市",
    "clock": "时钟",
    "code": "代码",
    "counter": "交易序号",
    "datetime": "日期时间",
    "direction": "方向",
    "disputed": "有争议",
    "evidence": "依据",
    "fare": "票价",
    "issuer": "发卡机构",
    "kind": "种类",
    "number": "序号",
    "outcome": "结果",
    "reason": "原因",
    "recovered": "闪卡处理",
    "row": "行",
    "sequence": "流水号",
    "standard": "标准",
    "sweep": "参数遍历",
    "terminal": "终端机编号",
    "terminal_serial": "终端交易序号",
    "time": "时间",
    "total": "合计",
    "type": "类型",
    "when": "时点",
    "why": "原因",
    "write": "写入",
}


class NotedPart(msgspec.Struct, frozen=True):
    """One thing that a note says: its name in both languages, and the value in words."""

    en: str
    zh: str
    value: str


class Noted(msgspec.Struct, frozen=True):
    """A note in words.

    Attributes:
        en, zh: what it is about; the same where nobody knows it in Chinese.
        parts: what it says; empty values and what is false are left out.
    """

    en: str
    zh: str
    parts: tuple[NotedPart, ...]

    def __str__(self) -> str:
        return self.told(str)

    def told(self, hide: Callable[[str], str]) -> str:
        """In one line; ``hide`` takes out of words and values what must not be seen."""
        said = ", ".join(f"{part.en} {hide(part.value)}".rstrip() for part in self.parts)
        return f"{hide(self.en)}: {said}" if said else hide(self.en)


def noted(note: Note) -> Noted:
    """Put a note into words."""
    if note.text == _ACCOUNT:
        return _account(note.data)
    parts = tuple(NotedPart(*_named(path), text) for path, text in _leaves(note.data, ()))
    return Noted(note.text, _TITLES.get(note.text, note.text), parts)


def _account(data: Mapping[str, object]) -> Noted:
    """What became of the bytes of a file that are in no exchange."""
    parts: list[NotedPart] = []
    if data.get("count"):
        shown = data.get("lines")
        size = len(shown) if isinstance(shown, list) else 0
        more = "" if data["count"] == size else f" and more, {data['count']} in all"
        parts.append(NotedPart("lines", "行", _numbers(shown) + more))
    named = data.get("else")
    for name, lines in named.items() if isinstance(named, Mapping) else ():
        parts.append(NotedPart(f"{name} in", f"{name}：行", _numbers(lines)))
    if data.get("joined"):
        parts.append(NotedPart("steps of T=0 joined", "T=0 合并", str(data["joined"])))
    if data.get("times"):
        parts.append(NotedPart("times", "时间", str(data["times"])))
    if data.get("count"):
        return Noted(_ACCOUNT, "未用", tuple(parts))
    return Noted("beside the exchanges", "交换之外", tuple(parts))


def _numbers(lines: object) -> str:
    return ", ".join(map(str, lines)) if isinstance(lines, list) else ""


def noted_once(item: Annotated) -> Noted:
    """The same of an annotated note, put into words once."""
    return item.once(_noted)


def _noted(item: Annotated) -> Noted:
    return noted(item.event) if isinstance(item.event, Note) else Noted("", "", ())


@lru_cache(maxsize=1024)  # notes say the same things again and again
def _named(path: tuple[str, ...]) -> tuple[str, str]:
    """Names that lead to a value, in English and in Chinese."""
    return " ".join(path), " ".join(_NAMES.get(name, name) for name in path)


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, (*path, str(name)))
    elif isinstance(value, list | tuple):
        plain = [item for item in value if not isinstance(item, Mapping | list | tuple)]
        if len(plain) == len(value):
            if value:
                yield path, " and ".join(_plain(path, item) for item in value)
            return
        for number, item in enumerate(value, 1):
            yield from _leaves(item, (*path, str(number)))
    elif value is not None and value is not False and value != "":
        yield path, _plain(path, value)


def _plain(path: tuple[str, ...], value: object) -> str:
    if value is True:
        return ""
    if isinstance(value, int) and path and path[-1] in _FEN:
        return _yuan(value)
    record = record_of(path) if isinstance(value, str) else None
    return str(value) if record is None else _record(str(value), cast("Any", record))


@lru_cache(maxsize=512)
def _record(value: str, record: Any) -> str:
    """A record of a file in its fields; as it is where it does not fit."""
    raw, pieces = record_pieces(value, record)
    if not pieces:
        return value
    if not any(raw[3:]):
        return "empty"
    said = [
        f"{span.name} {_field(span)}"
        for span in field_spans(record, raw)
        if says(span) and not span.name.startswith("unknown_")
    ]
    return f"({', '.join(said)})"


def _field(span: Span) -> str:
    money = span.kind in MONEY and isinstance(span.value, int)
    return _yuan(int(str(span.value))) if money else span.text


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d} yuan"
