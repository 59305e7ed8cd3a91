"""Words of the report in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.markup import Safe, both, tag

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
#: Groups of cases; one that is not here is shown by its own name.
_GROUPS: Final[Mapping[str, str]] = {
    "authentication": "认证",
    "balance": "余额",
    "black list": "黑名单",
    "blocking": "锁定",
    "clearing": "清算记录",
    "composite": "复合消费",
    "composite purchase": "复合消费",
    "counters": "交易序号",
    "dates": "日期",
    "dialects": "卡片差异",
    "dual": "双标准",
    "dual standard": "双标准",
    "entry": "应用选择",
    "files": "文件",
    "lists": "名单",
    "load": "圈存",
    "log": "交易明细",
    "metro": "轨道交通",
    "order": "命令顺序",
    "overdraft": "透支",
    "parameters": "长度与参数",
    "pin": "个人密码",
    "power": "掉电",
    "proof": "交易认证",
    "psam": "PSAM",
    "purchase": "消费",
    "secure messaging": "安全报文",
    "selection": "应用选择",
    "tear": "拔卡",
    "timing": "时间",
    "unload": "圈提",
}
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "card": ("card", "卡片检测"),
    "terminal": ("terminal", "终端检测"),
    "trace": ("recording", "日志检测"),
}
LEVELS: Final[Mapping[str, str]] = {
    "must": "应",
    "should": "宜",
    "observed": "实测",
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
    return both(group, _GROUPS.get(group.lower(), group))


def verdict_badge(verdict: Verdict) -> Safe:
    """A verdict in its colour, with its sign."""
    sign, chinese = VERDICTS[verdict]
    english = verdict.value.replace("_", " ")
    return tag("span", Safe(f"<span aria-hidden=true>{sign}</span> "), both(english, chinese),
               cls=f"v {CLASSES[verdict]}")  # fmt: skip
