"""What in a trace brings a status word about.

Each `Reason` is a row: the status words it explains, what must hold in the story so far, and
the words. A reason that is not seen in the trace is not given; where none is, `causes` is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ykt_sim.codes import SW
from ykt_sim.meaning.explain import seen
from ykt_sim.meaning.explain.story import Story
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.model import Exchange
from ykt_sim.wire.apdu import Command


class Cause(msgspec.Struct, frozen=True):
    """What brought a status word about.

    Attributes:
        en, zh: in English and Chinese.
        restated: the status word says no less itself.
    """

    en: str
    zh: str
    restated: bool = False

    def __str__(self) -> str:
        return f"{self.en} {self.zh}"


class Reason(msgspec.Struct, frozen=True):
    """One row: status words, what must be seen, and the words for it, as in `Cause`."""

    sws: frozenset[int]
    test: seen.Test
    en: str
    zh: str
    restated: bool = False


def causes(story: Story, item: Understood) -> tuple[Cause, ...]:
    """Why the card answered as it did; the story is the one before this event."""
    asked, sw = item.asked, item.annotated.sw
    event = item.event
    if not isinstance(event, Exchange) or event.channel != "card" or asked is None or sw is None:
        return ()
    return tuple(_causes(story, asked, item, sw))


def _causes(story: Story, asked: Command, item: Understood, sw: int) -> Iterator[Cause]:
    key = SW.PIN_WRONG_0 if sw & 0xFFF0 == SW.PIN_WRONG_0 else sw
    for one in _BY_SW.get(key, ()):
        found = one.test(story, asked, item)
        if found is not None:
            yield Cause(one.en.format(**found), one.zh.format(**found), one.restated)


def _sws(*found: int) -> frozenset[int]:
    return frozenset(found)


#: Every reason, the surest of a status word first.
REASONS: Final = (
    Reason(_sws(SW.MAC_INVALID), seen.wrong_mac,
           "the MAC in {name} is not what the card works out", "{name} 中的 MAC 与卡片计算的不符",
           restated=True),
    Reason(_sws(SW.KEY_INDEX, SW.CONDITIONS), seen.no_tac_key,
           "no TAC key (type 34) was written in this directory",
           "本目录未写入 TAC 密钥（类型 34）"),
    Reason(_sws(SW.KEY_INDEX), seen.no_index,
           "no {operation} key with index {index}; index {good} was taken in this trace",
           "没有索引 {index} 的密钥；本报文中索引 {good} 可用"),
    Reason(_sws(SW.KEY_INDEX), seen.index_unknown,
           "the card has no {operation} key with index {index}, or no TAC key",
           "卡片没有索引 {index} 的密钥，或没有 TAC 密钥"),
    Reason(_sws(SW.WRONG_STATE, SW.CONDITIONS), seen.never_begun,
           "{name} without INITIALIZE before it in this trace", "{name} 之前没有初始化命令"),
    Reason(_sws(SW.WRONG_STATE, SW.CONDITIONS), seen.no_begin,
           "{name} with no transaction begun: {ended} came before it",
           "{name} 时没有进行中的交易（{ended_zh}）"),
    Reason(_sws(SW.WRONG_STATE, SW.CONDITIONS), seen.other_commit,
           "INITIALIZE began a {operation}, {name} ends another operation",
           "初始化的是 {operation}，{name} 属于另一种交易"),
    Reason(_sws(SW.WRONG_STATE, SW.CONDITIONS), seen.cache_outside,
           "the cache is updated outside a composite purchase", "不在复合消费中更新缓存"),
    Reason(_sws(SW.CONDITIONS), seen.ext_cache_alone,
           "{name} has to come right after GET PROCESSING OPTIONS or another one",
           "{name} 必须紧接在取处理选项或另一条同类命令之后"),
    Reason(_sws(SW.CACHE_UPDATE_FAILED), seen.not_updated,
           "{target} was read with READ EXT DATA and not updated before the last record was read",
           "{target} 已用读扩展数据读出，但在读最后一条记录之前未更新"),
    Reason(_sws(SW.SECURITY), seen.pin(""),
           "{name}: no PIN was presented before it in this trace", "{name}：此前未校验 PIN"),
    Reason(_sws(SW.SECURITY), seen.pin("lost"),
           "{name}: the PIN was presented before the last reset or SELECT, which forgets it",
           "{name}：PIN 在复位或选择之前校验，状态已失效"),
    Reason(_sws(SW.SECURITY), seen.pin("wrong"),
           "{name}: the PIN that was presented is wrong", "{name}：校验的 PIN 不正确"),
    Reason(_sws(SW.SECURITY), seen.not_authenticated,
           "{name}: no EXTERNAL AUTHENTICATE since the directory was selected",
           "{name}：选择目录后未做外部认证"),
    Reason(_sws(SW.CONDITIONS), seen.over_ceiling,
           "balance {balance} and load {amount} are over the ceiling of {most} yuan",
           "余额 {balance} 元加圈存 {amount} 元超过上限 {most} 元"),
    Reason(_sws(SW.FILE_NOT_FOUND), seen.locked_out(seen_before=True),
           "PPSE was selected since the last reset: the card hides {name} until it is reset, "
           "without PPSE it was there",
           "复位后选过 PPSE：卡片在下次复位前不提供 {name}（未选 PPSE 时可选）"),
    Reason(_sws(SW.FILE_NOT_FOUND), seen.locked_out(seen_before=False),
           "PPSE was selected since the last reset: the card may hide {name} until it is reset, "
           "or has none; select it before PPSE to tell",
           "复位后选过 PPSE：卡片可能在下次复位前不提供 {name}，也可能没有该应用；"
           "在 PPSE 之前选择即可分辨"),
    Reason(_sws(SW.FILE_NOT_FOUND), seen.not_listed,
           "{name} is not among what PPSE lists: {listed}", "PPSE 未列出 {name}（列出：{listed}）"),
    Reason(_sws(SW.FILE_NOT_FOUND), seen.no_17,
           "EF 17 is absent on dual-standard cards of Guangzhou", "广州双标准卡没有 EF 17"),
    Reason(_sws(SW.FILE_NOT_FOUND, SW.CONDITIONS, SW.INS_NOT_SUPPORTED, SW.NOT_SUPPORTED,
                SW.NO_CURRENT_EF, SW.KEY_NOT_FOUND), seen.nothing_selected,
           "{name}: no application is selected since the last reset", "{name}：复位后未选择应用"),
    Reason(_sws(SW.FILE_NOT_FOUND, SW.CONDITIONS, SW.INS_NOT_SUPPORTED, SW.NOT_SUPPORTED,
                SW.CLA_NOT_SUPPORTED), seen.not_in_purse,
           "{name}: {where} is selected, which has no purse",
           "{name}：当前选择的是 {where}，没有钱包"),
    Reason(_sws(SW.FILE_NOT_FOUND, SW.CONDITIONS), seen.kind_of_purse,
           "not initialised: the directory may have no {purse}, or keys of it are missing",
           "未初始化：目录可能没有 {purse}，或缺少其密钥"),
    Reason(_sws(SW.WRONG_P1P2), seen.parameters,
           "{name} with P1 P2 {got}, it takes {wanted}", "{name} 的 P1 P2 为 {got}，应为 {wanted}"),
    Reason(_sws(SW.WRONG_LENGTH), seen.wrong_length,
           "{name} with {lc} bytes of data, it takes {wanted}",
           "{name} 数据长 {lc}，应为 {wanted}"),
    Reason(_sws(SW.WRONG_LENGTH), seen.wrong_le,
           "{name} with Le {le}, its answer has {wanted}", "{name} 的 Le 为 {le}，应答长 {wanted}"),
    Reason(_sws(SW.CLA_NOT_SUPPORTED, SW.INS_NOT_SUPPORTED), seen.wrong_class,
           "{name} with class {cla}, it takes {right}", "{name} 的 CLA 为 {cla}，应为 {right}"),
    Reason(_sws(SW.KEY_NOT_FOUND, SW.KEY_INDEX), seen.key_number,
           "{name}: the directory has no key number {key} of that kind",
           "{name}：目录没有 {key} 号密钥"),
    Reason(_sws(SW.FILE_NOT_FOUND), seen.no_key_file,
           "{name}: the directory may have no key file: it is not initialised",
           "{name}：目录可能没有密钥文件，未初始化"),
    Reason(_sws(SW.KEY_BLOCKED), seen.tries_gone,
           "{name}: the last wrong try before it left none",
           "{name}：此前最后一次错误后已无剩余次数"),
    Reason(_sws(SW.COUNTER_AT_MAXIMUM), seen.counter_full,
           "the transaction counter stands at FFFF", "交易序号已到 FFFF"),
    Reason(_sws(SW.FILE_TYPE), seen.other_structure,
           "{name}: the file answered {by} before, it has another structure",
           "{name}：此文件此前应答过 {by}，结构不同"),
    Reason(_sws(SW.RECORD_NOT_FOUND), seen.record_missing,
           "{target}: record {highest} was the highest that was read, there may be no more",
           "{target}：此前最多读到第 {highest} 条记录"),
    Reason(_sws(SW.WRONG_OFFSET), seen.behind_end,
           "offset {offset} is behind the end: the whole file had {size} bytes",
           "偏移 {offset} 超出文件：整个文件长 {size}"),
    Reason(_sws(SW.NO_SPACE, SW.WRONG_DATA, SW.WRONG_LENGTH), seen.record_length,
           "{size} bytes are written where the record had {record} when it was read",
           "写入 {size} 字节，读出的记录长 {record}"),
    Reason(_sws(SW.SM_MISSING, SW.CLA_LINE_PROTECTION), seen.no_mac,
           "{name} has no MAC: with one its class is {due}, not {cla}",
           "{name} 没有 MAC：有 MAC 时 CLA 为 {due}，不是 {cla}"),
    Reason(_sws(SW.FILE_INVALID, SW.NOT_SUPPORTED, SW.CONDITIONS), seen.blocked("application"),
           "APPLICATION BLOCK came before it in this trace", "本报文中此前锁定了应用"),
    Reason(_sws(SW.NOT_SUPPORTED), seen.blocked("card"),
           "CARD BLOCK came before it in this trace", "本报文中此前锁定了卡片"),
    Reason(_sws(SW.NOT_SUPPORTED), seen.mifare,
           "PAY.MF1X answers so on a card whose MIFARE part is retired",
           "MIFARE 部分已停用的卡对 PAY.MF1X 如此应答"),
    Reason(_sws(SW.APP_LOCKED), seen.three_wrong,
           "{count} MACs were wrong before it: three in a row lock the application for good",
           "此前 {count} 次 MAC 错误：连续三次永久锁定应用"),
    Reason(_sws(SW.BALANCE_INSUFFICIENT), seen.too_little,
           "amount {amount} is more than the balance of {balance} yuan",
           "金额 {amount} 元大于余额 {balance} 元"),
    Reason(_sws(SW.PROOF_NOT_AVAILABLE), seen.no_proof,
           "proof is asked for number {number}, the last commit of type {type} has {last}, the "
           "counter after the transaction",
           "取认证的序号为 {number}，类型 {type} 最近一次交易后为 {last}"),
    Reason(_sws(SW.PROOF_NOT_AVAILABLE), seen.nothing_committed,
           "no transaction was finished before it in this trace", "本报文中此前没有完成的交易"),
    Reason(_sws(SW.PROOF_NOT_AVAILABLE), seen.unproven_type,
           "no commit of type {type} in this trace, only of {kinds}",
           "本报文中没有类型 {type} 的交易，只有 {kinds}"),
    Reason(_sws(SW.CHALLENGE_INVALID, SW.SM_MAC_WRONG), seen.stale,
           "{name}: no GET CHALLENGE right before it", "{name}：紧邻之前没有取随机数"),
    Reason(_sws(SW.PIN_WRONG_0), seen.tries,
           "{name} was wrong, {left} tries are left", "{name} 不正确，还可再试 {left} 次",
           restated=True),
)  # fmt: skip
_BY_SW: Final = {
    sw: tuple(one for one in REASONS if sw in one.sws) for one in REASONS for sw in one.sws
}
