"""A story in words: at most five lines, English and Chinese, and as plain data.

Nothing is said that the trace does not show: what a terminal's note claims is called its word,
money is called moved where a commit was answered 9000, and what is not there is said to be not
told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

import msgspec

from ykt_sim.codes import Operation
from ykt_sim.meaning.contents import target_zh
from ykt_sim.meaning.purse_codes import TITLES
from ykt_sim.meaning.story.cause import cause, went_wrong
from ykt_sim.meaning.story.tale import DETAILED, Tale, Totals
from ykt_sim.meaning.story.visits import Deal, Ending, Visit
from ykt_sim.meaning.story.words import Words, count, numbered, then, yuan
from ykt_sim.wire.applications import Application

#: Names of a kind that are written out; more are counted.
_SHOWN: Final = 4
_OPERATIONS: Final = TITLES | {
    Operation.CASH: ("cash withdrawal", "取现"),
    None: ("debit without its INITIALIZE in the trace", "扣款（报文中没有其初始化）"),
}
_RIDES: Final = {
    "entry": ("entry", "进站"), "exit": ("exit", "出站"), "boarding": ("boarding", "上车"),
}  # fmt: skip
_OUTCOMES: Final = {
    "accepted": ("accepted", "成功"), "refused": ("refused", "拒绝"), "retry": ("retry", "请重刷"),
}  # fmt: skip
#: What lists applications is told only where none of them was selected.
_DIRECTORIES: Final = frozenset({str(Application.PPSE), str(Application.PSE), str(Application.MF)})
_ENDINGS: Final = {
    Ending.DONE: ("committed", "已完成"),
    Ending.BEGUN: ("begun and not committed", "已初始化，未完成"),
    Ending.DENIED: ("commit refused", "交易命令被拒绝"),
    Ending.REFUSED: ("INITIALIZE refused", "初始化被拒绝"),
    Ending.UNANSWERED: ("commit without answer", "交易命令无应答"),
}


class Result(StrEnum):
    """What came of a conversation, for colour and for programs."""

    DONE = "done"
    REFUSED = "refused"
    OPEN = "open"
    NOTHING = "nothing"


class Line(msgspec.Struct, frozen=True):
    """One line of a story: what it is about, in both languages, and what it says."""

    name: str
    zh: str
    said: Words


class StoryTold(msgspec.Struct, frozen=True):
    """A story ready to be shown.

    Attributes:
        lines: card, terminal, done, outcome and, where something went wrong, cause.
        result: what came of it.
    """

    lines: tuple[Line, ...]
    result: Result


def tell(tale: Tale, *, keyed: bool = False) -> StoryTold:
    """Put a story into words.

    Args:
        tale: with all its events taken.
        keyed: keys of the card were given, so codes were checked.
    """
    visits, totals = tale.visits(), tale.counted()
    parts = [
        ("card", "卡片", _cards(tale, visits, totals)),
        ("terminal", "终端", _terminal(tale)),
        ("done", "过程", _done(visits, totals)),
        ("outcome", "结果", _outcome(tale, visits, totals)),
    ]
    bad = [visit for visit in visits if went_wrong(visit)]
    if tale.troubled is not None and not bad:
        bad = [tale.troubled]
    if bad:
        said = cause(bad[0], keyed=keyed)
        if totals.visits > 1 and bad[0] in visits:
            said = numbered(visits.index(bad[0]) + 1, said)
        parts.append(("cause", "原因", said))
    return StoryTold(tuple(Line(*part) for part in parts), _result(visits, totals))


# -- who ---------------------------------------------------------------------------------


def _cards(tale: Tale, visits: tuple[Visit, ...], totals: Totals) -> Words:
    if not totals.visits or (not totals.cards and all(not one.exchanges for one in visits)):
        if tale.visit.atr:
            atr = tale.visit.atr.hex().upper()
            return Words(f"powered, nothing was asked of it, ATR {atr}",
                         f"已上电，未收到命令，ATR {atr}")  # fmt: skip
        return Words("none in this trace", "报文中没有卡片")
    names = list(dict.fromkeys(name for visit in visits for name in visit.applications))
    names = [name for name in names if name not in _DIRECTORIES] or names
    applications = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    numbers = list(totals.cards)
    if len(numbers) == 1 and len(visits) == totals.visits:
        shown = list(dict.fromkeys(n for visit in visits for n in visit.numbers.values()))
        said = Words(f"number {' and '.join(shown)}", f"卡号 {'、'.join(shown)}")
    elif numbers:
        rest = len(numbers) - _SHOWN
        listed = ", ".join(numbers[:_SHOWN])
        said = Words(
            f"{len(numbers)} card numbers: {listed}" + (f" and {rest} more" if rest > 0 else ""),
            f"{len(numbers)} 个卡号：{listed}" + (f" 等，另有 {rest} 个" if rest > 0 else ""),
        )
    else:
        said = Words("its number is not told", "报文中没有卡号")
    if totals.nameless and numbers:
        said = then(said, count(totals.nameless, "tap", "次", " without a number", "未报卡号"))
    if not applications:
        return then(said, Words("no application was selected", "未选中任何应用"))
    return then(said, Words(applications, applications))


def _terminal(tale: Tale) -> Words:
    en, zh = [], []
    if tale.header.terminal:
        en.append(tale.header.terminal)
        zh.append(tale.header.terminal)
    for direction in tale.directions:
        word = {"load": ("load", "充值"), "single": ("single ride", "单次"), **_RIDES}
        said = word.get(direction, (direction, direction))
        en.append(said[0])
        zh.append(said[1])
    for number, source in tale.terminals.items():
        en.append(f"number {number} (by {source})")
        zh.append(f"终端机编号 {number}（见 {_SOURCES.get(source, source)}）")
    if tale.psam:
        en.append(f"PSAM {tale.psam}")
        zh.append(f"PSAM {tale.psam}")
    if not en:
        return Words("not told by this trace", "报文中未说明")
    return Words(", ".join(en), "，".join(zh))


_SOURCES: Final = {"its decision": "终端判定"}


# -- what --------------------------------------------------------------------------------


def _done(visits: tuple[Visit, ...], totals: Totals) -> Words:
    if not totals.visits:
        return Words("nothing: no exchange in this trace", "无：报文中没有指令")
    if totals.visits == 1:
        return _visit(visits[0])
    if totals.visits <= DETAILED:
        return _each(visits, _visit)
    cards = len(totals.cards)
    head = Words(f"{totals.visits} taps" + (f" of {cards} cards" if cards > 1 else ""),
                 f"{totals.visits} 次刷卡" + (f"，{cards} 张卡" if cards > 1 else ""))  # fmt: skip
    kinds = list(dict.fromkeys(operation for operation, _ in totals.deals))
    parts = []
    for kind in kinds:
        number = sum(n for (one, _), n in totals.deals.items() if one is kind)
        done = totals.sums[kind, Ending.DONE]
        en, zh = _OPERATIONS[kind]
        parts.append(Words(f"{number} × {en}, {yuan(done)} yuan committed",
                           f"{number} 次{zh}，共完成 {yuan(done)} 元"))  # fmt: skip
    if not parts:
        parts = [Words("no transaction begun", "没有交易")]
    return Words(f"{head.en}: {'; '.join(one.en for one in parts)}",
                 f"{head.zh}：{'；'.join(one.zh for one in parts)}")  # fmt: skip


def _visit(visit: Visit) -> Words:
    parts = [_deal(deal, visit) for deal in visit.deals[:_SHOWN]]
    if len(visit.deals) > _SHOWN:
        parts.append(count(len(visit.deals) - _SHOWN, "transaction", "笔交易", " more", "另有"))
    if visit.proofs:
        parts.append(Words("GET TRANSACTION PROVE", "取交易认证"))
    named = list(visit.other.items())
    for (en, zh), number in named[:_SHOWN]:
        times = f" × {number}" if number > 1 else ""
        parts.append(Words(f"{en}{times}", f"{zh or en}{times}"))
    if len(named) > _SHOWN:
        parts.append(count(len(named) - _SHOWN, "command", "种命令", " more", "另有"))
    if not parts:
        parts = [_looked(visit)]
    return Words(", ".join(one.en for one in parts), "，".join(one.zh for one in parts))


def _deal(deal: Deal, visit: Visit) -> Words:
    en, zh = _OPERATIONS[deal.operation]
    if deal.amount is not None:
        en, zh = f"{en} of {yuan(deal.amount)} yuan", f"{zh} {yuan(deal.amount)} 元"
    if visit.ride and deal is visit.deals[-1]:
        ride = _RIDES[visit.ride]
        en, zh = f"{en}, {ride[0]}", f"{zh}，{ride[1]}"
    if deal.when:
        when = deal.when.replace("T", " ")
        en, zh = f"{en}, at {when}", f"{zh}，{when}"
    if deal is not visit.deals[-1] and deal.ending is not Ending.DONE:
        ending = _ENDINGS[deal.ending]
        en, zh = f"{en} ({ending[0]})", f"{zh}（{ending[1]}）"
    return Words(en, zh)


def _looked(visit: Visit) -> Words:
    """A card that was only looked at."""
    if not visit.exchanges and visit.sam:
        return count(
            visit.sam, "command", "条命令", " to the PSAM, none to a card", "只与 PSAM 往来"
        )
    if not visit.exchanges:
        return Words("nothing was asked of a card", "未向卡片发命令")
    if visit.read or visit.balance is not None:
        shown, more = visit.read[:_SHOWN], " …" if len(visit.read) > _SHOWN else ""
        en, zh = ", ".join(shown) + more, "，".join(map(target_zh, shown)) + more
        if visit.balance is not None:
            en, zh = f"{en}, balance" if en else "balance", f"{zh}，余额" if zh else "余额"
        return Words(f"read: {en}", f"读取：{zh}")
    if visit.selects == visit.exchanges:
        return count(visit.selects, "SELECT", "条选择命令", ", nothing else", "只有")
    return count(visit.exchanges, "command", "条命令", ", none that changes or reads the purse",
                  "没有读写钱包：")  # fmt: skip


# -- what came of it -------------------------------------------------------------------------


def _outcome(tale: Tale, visits: tuple[Visit, ...], totals: Totals) -> Words:
    """The result first, then what is in doubt, then the figures."""
    figures: list[Words] = []
    if not totals.visits:
        said = Words("nothing can be told", "无从得知")
    elif totals.visits == 1:
        said, figures = _ended(visits[0]), _figures(visits[0])
    elif totals.visits <= DETAILED:
        said = _each(visits, _ended)
        figures = [
            numbered(number, one)
            for number, visit in enumerate(visits, 1)
            for one in _figures(visit)
        ]
    else:
        said = _tallied(totals)
    if tale.broken:
        broken = count(tale.broken, "damaged place", "处损坏", " not told", "内容不明：")
        said = then(said, broken)
    if tale.unread:
        said = then(said, Words("some lines are in no exchange", "有未用上的行"))
    if totals.valid or totals.wrongs:
        said = then(said, Words(f"codes: {totals.valid} right, {totals.wrongs} wrong",
                                f"校验：正确 {totals.valid}，错误 {totals.wrongs}"))  # fmt: skip
    for one in figures:
        said = then(said, one)
    return said


def _tallied(totals: Totals) -> Words:
    en, zh = [], []
    for outcome, number in totals.outcomes.items():
        word = _OUTCOMES.get(outcome, (outcome, outcome))
        en.append(f"{word[0]} {number}")
        zh.append(f"{word[1]} {number}")
    for ending, (word_en, word_zh) in _ENDINGS.items():
        number = sum(n for (_, one), n in totals.deals.items() if one is ending)
        if number:
            en.append(f"{word_en} {number}")
            zh.append(f"{word_zh} {number}")
    if not en:
        return count(totals.refusals, "command", "条命令", " without success", "未成功：")
    return Words(", ".join(en), "，".join(zh))


def _ended(visit: Visit) -> Words:
    """What came of one visit: the terminal's word, then what the wire says."""
    parts = _decided(visit)
    if visit.deals:
        deal = visit.deals[-1]
        en, zh = _ENDINGS[deal.ending]
        if deal.ending is Ending.UNANSWERED and not visit.proofs:
            en, zh = f"{en}, whether money moved is not told", f"{zh}，是否扣款不明"
        told = visit.decision or {}
        if deal.ending is Ending.DONE and told.get("outcome", "accepted") != "accepted":
            en, zh = "but the card committed the transaction", "但卡片已完成交易"
        if deal.mac2 == "refused":
            en, zh = f"{en}, MAC2 refused by the PSAM", f"{zh}，PSAM 拒绝 MAC2"
        parts.append(Words(en, zh))
    elif visit.sam and not visit.exchanges:
        parts.append(_answers(visit))
    elif visit.decision is None:
        parts.append(Words("no transaction begun", "没有交易"))
        if visit.refused:
            parts.append(_answers(visit))
    for proof in visit.proofs[-1:]:
        parts.append(
            Words("the card proves the transaction", "卡片给出交易认证")
            if proof == "given"
            else Words("the card has no proof of it (9406)", "卡片没有该笔交易的认证（9406）")
        )
    return Words(", ".join(one.en for one in parts), "，".join(one.zh for one in parts))


def _answers(visit: Visit) -> Words:
    if not visit.refused:
        return Words("every command was answered with success", "命令均成功")
    return count(visit.refused, "command", "条命令", " without success", "未成功：")


def _decided(visit: Visit) -> list[Words]:
    told = visit.decision
    if told is None:
        return []
    outcome = str(told.get("outcome"))
    en, zh = _OUTCOMES.get(outcome, (outcome, outcome))
    code = told.get("code")
    if code:
        en, zh = f"{en}, {code}", f"{zh}，{code}"
    parts = [Words(en, zh)]
    if told.get("recovered"):
        parts.append(Words("an earlier torn transaction is settled", "此前中断的交易已确认"))
    if told.get("already"):
        parts.append(Words("it had paid already", "此前已付款"))
    if told.get("disputed"):
        parts.append(Words("disputed: money may have moved", "有争议：可能已扣款"))
    earlier = told.get("recovered") or told.get("already")
    if outcome == "accepted" and not earlier and not _committed(visit):
        parts.append(Words("no commit in this trace", "报文中没有完成的交易"))
    return parts


def _figures(visit: Visit) -> list[Words]:
    """Balance, TAC, and what the PSAM says of MAC2."""
    parts = []
    before, after = visit.balance, visit.balance_after
    deal = visit.deals[-1] if visit.deals else None
    if deal is not None and visit.deals[0].balance is not None:
        before = visit.deals[0].balance
    told = (visit.decision or {}).get("balance_after")
    word = after is None and deal is not None and deal.ending is Ending.DONE
    if word and isinstance(told, int):
        after = told
    if before is not None and after is not None:
        by = (" (terminal's word)", "（终端所报）") if word else ("", "")
        parts.append(Words(f"balance {yuan(before)} -> {yuan(after)} yuan{by[0]}",
                           f"余额 {yuan(before)} -> {yuan(after)} 元{by[1]}"))  # fmt: skip
    elif before is not None:
        when = (" before it", "交易前") if deal is not None else ("", "")
        parts.append(Words(f"balance {yuan(before)} yuan{when[0]}",
                           f"{when[1]}余额 {yuan(before)} 元"))  # fmt: skip
    if deal is not None and deal.tac:
        parts.append(Words(f"TAC {deal.tac}", f"TAC {deal.tac}"))
    if deal is not None and deal.mac2 == "taken":
        parts.append(Words("MAC2 taken by the PSAM", "PSAM 认可 MAC2"))
    return parts


def _committed(visit: Visit) -> bool:
    return any(deal.ending is Ending.DONE for deal in visit.deals)


# -- the rest --------------------------------------------------------------------------------


def _result(visits: tuple[Visit, ...], totals: Totals) -> Result:
    if not totals.visits:
        return Result.NOTHING
    refused = totals.outcomes["refused"] + sum(
        n for (_, ending), n in totals.deals.items() if ending in {Ending.DENIED, Ending.REFUSED}
    )
    if totals.wrongs or refused or any(d.mac2 == "refused" for v in visits for d in v.deals):
        return Result.REFUSED
    torn = any(v.torn or (v.deals and v.deals[-1].ending is Ending.BEGUN) for v in visits[-1:])
    if totals.outcomes["accepted"] or (_any_done(totals) and not torn):
        return Result.DONE
    return Result.OPEN


def _any_done(totals: Totals) -> bool:
    return any(ending is Ending.DONE for _, ending in totals.deals)


def _each(visits: Iterable[Visit], words: Callable[[Visit], Words]) -> Words:
    parts = [numbered(number, words(visit)) for number, visit in enumerate(visits, 1)]
    return Words("; ".join(one.en for one in parts), "；".join(one.zh for one in parts))


def to_json(tale: Tale, told: StoryTold) -> dict[str, Any]:
    """A story as plain data; card numbers are whole, money is in fen."""
    totals = tale.counted()
    return {
        "result": str(told.result),
        "lines": {line.name: {"en": line.said.en, "zh": line.said.zh} for line in told.lines},
        "taps": totals.visits,
        "cards": [{"number": number, "taps": count} for number, count in totals.cards.items()],
        "terminals": [{"number": n, "told_by": by} for n, by in tale.terminals.items()],
        "psam": tale.psam,
        "transactions": [
            {"operation": operation, "ending": ending, "count": number,
             "amount": totals.sums[operation, ending]}
            for (operation, ending), number in totals.deals.items()
        ],
        "outcomes": dict(totals.outcomes),
        "refusals": totals.refusals,
        "codes": {"valid": totals.valid, "wrong": totals.wrongs},
        "broken": tale.broken,
        "events": tale.events,
    }  # fmt: skip
