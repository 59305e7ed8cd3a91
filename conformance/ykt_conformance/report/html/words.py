"""Words of the report in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from unicodedata import east_asian_width

from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.markup import Safe, both, tag
from ykt_conformance.report.said import english, messages

#: Sign and Chinese word of each verdict; the sign tells them apart without colour.
VERDICTS: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.PASS: ("✓", "通过"),
    Verdict.FAIL: ("✗", "不通过"),
    Verdict.INCONCLUSIVE: ("?", "无法判定"),
    Verdict.NOT_APPLICABLE: ("–", "不适用"),
    Verdict.ERROR: ("!", "检测出错"),
}
#: Class of each verdict in the style sheet.
CLASSES: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.INCONCLUSIVE: "inc",
    Verdict.NOT_APPLICABLE: "na",
    Verdict.ERROR: "err",
}
#: Groups of cases; a test holds that every group is here.
GROUPS: Final[Mapping[str, str]] = {
    "authentication": "认证",
    "balance": "余额",
    "blocking": "锁定",
    "cache updates": "缓存更新",
    "cards": "卡片种类",
    "clearing": "清算记录",
    "composite purchase": "复合消费",
    "counters": "交易序号",
    "dialects": "卡片差异",
    "dual standard": "双标准",
    "entry": "应用选择",
    "files": "文件",
    "forged and refused": "伪造与拒绝",
    "interoperability": "互联互通",
    "lists": "名单",
    "load": "圈存",
    "log": "交易明细",
    "order of commands": "命令顺序",
    "overdraft": "透支",
    "parameters": "长度与参数",
    "payment": "支付",
    "pin": "个人识别码（PIN）",
    "place": "地点与收单",
    "power cuts": "断电",
    "ppse": "近距离支付系统环境（PPSE）",
    "proof": "交易认证",
    "purchase": "消费",
    "rides": "进出站",
    "secure messaging": "安全报文",
    "selection": "应用选择",
    "sweeps": "参数遍历",
    "time": "时间",
    "timing": "时间",
    "torn": "闪卡",
    "unload": "圈提",
    "validity": "有效期",
}
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "card": ("card", "卡片检测"),
    "terminal": ("terminal", "终端检测"),
    "trace": ("recording", "报文记录检测"),
}
LEVELS: Final[Mapping[str, str]] = {
    "must": "应",
    "should": "宜",
    "observed": "观测",
    "project": "本项目约定",
}
BASES: Final[Mapping[str, str]] = {
    "standard": "标准",
    "laboratory": "实验室",
    "reader code": "读卡程序",
    "dump": "实卡数据",
    "inference": "推断",
    "project convention": "项目约定",
}


def group_name(group: str) -> Safe:
    """Heading of a group."""
    return both(group, GROUPS.get(group, group))


def told(reason: str, hide: Callable[[str], str], *, most: int = 0) -> Safe:
    """A reason in both languages.

    Args:
        reason: in English, as results hold it.
        hide: takes out of it what must not be seen.
        most: as for `cut`.
    """
    hidden = hide(reason)
    return both(cut(english(hidden), most), cut(messages().chinese(hidden), most))


def cut(value: str, most: int) -> str:
    """A text cut after so many columns, where a Chinese character takes two; 0 cuts nothing."""
    if not most:
        return value
    left = most
    for place, sign in enumerate(value):
        left -= 2 if east_asian_width(sign) in "WF" else 1
        if left < 0:
            return f"{value[:place]}…"
    return value


def verdict_badge(verdict: Verdict) -> Safe:
    """A verdict in its colour, with its sign."""
    sign, chinese = VERDICTS[verdict]
    english = verdict.value.replace("_", " ")
    return tag("span", Safe(f"<span aria-hidden=true>{sign}</span> "), both(english, chinese),
               cls=f"v {CLASSES[verdict]}")  # fmt: skip
