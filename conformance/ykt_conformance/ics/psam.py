"""The section of a terminal's form that speaks of its PSAM, for one that is tested by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from ykt_conformance.ics.section import Section, ask
from ykt_conformance.judge.stated import NOT_STATED

#: A file identifier or a DF name, or nothing.
_NAME = "^([0-9A-Fa-f]{2}){0,16}$"


class PsamClaims(Section, frozen=True, kw_only=True):
    """Its PSAM; an empty entry and 0 are not stated."""

    tunion: Annotated[
        str,
        ask("selected for T-Union purchases, identifier or name in hex; 交通联合应用",
            pattern=_NAME),
    ] = ""  # fmt: skip
    lnt: Annotated[
        str,
        ask("selected for Lingnan Tong purchases, likewise; 岭南通应用", pattern=_NAME),
    ] = ""  # fmt: skip
    key: Annotated[
        str,
        ask("version and algorithm of the purchase keys, 4 digits; 消费密钥版本与算法标识",
            pattern="^([0-9A-Fa-f]{4})?$"),
    ] = ""  # fmt: skip
    counts: Annotated[
        Literal["not stated", "init", "check"],
        ask("its number rises by one with each INIT FOR PURCHASE, or with each MAC2 that was "
            "right; 终端交易序号递增"),
    ] = NOT_STATED  # fmt: skip
    select_ends: Annotated[
        Literal["not stated", "yes", "no"],
        ask("SELECT ends a purchase whose MAC2 was not checked; 选择应用后交易作废"),
    ] = NOT_STATED
    tries: Annotated[
        int, ask("wrong MAC2 in a row that lock the purchase keys; MAC2 错误次数上限", ge=0, le=255)
    ] = 0
