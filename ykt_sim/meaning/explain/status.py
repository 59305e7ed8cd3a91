"""What in a trace brings a status word about.

Each `Reason` is a row: the status words it explains, what must hold in the story so far, and
the words. A reason that is not seen in the trace is not given; where none is, `causes` is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from ykt_sim.codes import AID_LNT_MIFARE, INS, SW, Operation
from ykt_sim.meaning.commands import MAC_SIZE, is_protected
from ykt_sim.meaning.explain.story import Story
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.model import Exchange
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application
from ykt_sim.wire.commands import COMMITS, OPERATIONS, find, operation_of

#: Operations for which PBOC wants the PIN [GM 8.8]; a purchase from the ED as well.
_PIN_FOR: Final = frozenset({Operation.LOAD, Operation.CASH, Operation.UNLOAD, Operation.OVERDRAFT})
_ED: Final = 0x01
_PAY: Final = b"PAY."
_WRITES: Final = frozenset(
    {INS.UPDATE_BINARY, INS.WRITE_BINARY, INS.UPDATE_RECORD, INS.APPEND_RECORD, INS.WRITE_KEY,
     INS.CREATE_FILE, INS.ERASE_DF}
)  # fmt: skip
_READS: Final = frozenset({INS.READ_BINARY, INS.READ_RECORD})
_PURSE: Final = frozenset(
    {INS.INITIALIZE, INS.CREDIT_FOR_LOAD, INS.DEBIT, INS.UPDATE_OVERDRAFT,
     INS.GET_TRANSACTION_PROVE, INS.GET_BALANCE}
)  # fmt: skip
#: Wrong MACs of line protection in a row that lock an application for good [GM App. A].
_LOCKING_MACS: Final = 3

#: Values for the words; None where the reason is not there.
Seen = dict[str, object] | None
Test = Callable[[Story, Command, Understood], Seen]


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
    seen: Test
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
    for one in REASONS:
        if key in one.sws:
            seen = one.seen(story, asked, item)
            if seen is not None:
                yield Cause(one.en.format(**seen), one.zh.format(**seen), one.restated)


def _operation(asked: Command) -> Operation | None:
    return operation_of(asked.p1) if asked.ins == INS.INITIALIZE else None


def _is_commit(asked: Command) -> bool:
    return asked.ins in COMMITS


# -- what must be seen --------------------------------------------------------------------


def _needs_pin(asked: Command) -> bool:
    operation = _operation(asked)
    return operation in _PIN_FOR or (operation is Operation.PURCHASE and asked.p2 == _ED)


def _pin(state: str) -> Test:
    def seen(story: Story, asked: Command, item: Understood) -> Seen:
        wanted = _needs_pin(asked) or asked.ins in _READS or asked.ins == INS.GET_BALANCE
        if not wanted or story.pin != state:
            return None
        return {"name": item.annotated.name}

    return seen


def _not_authenticated(story: Story, asked: Command, item: Understood) -> Seen:
    if asked.ins not in _WRITES or story.authenticated:
        return None
    return {"name": item.annotated.name}


def _no_begin(story: Story, asked: Command, item: Understood) -> Seen:
    if story.operation or not _is_commit(asked):
        return None
    if story.ended == "nothing":
        return None
    return {"name": item.annotated.name, "ended": story.ended}


def _never_begun(story: Story, asked: Command, item: Understood) -> Seen:
    if story.operation or not _is_commit(asked) or story.ended != "nothing":
        return None
    return {"name": item.annotated.name}


def _other_commit(story: Story, asked: Command, item: Understood) -> Seen:
    if not _is_commit(asked) or not story.operation:
        return None
    if OPERATIONS[story.operation].commit.ins == asked.ins:
        return None
    return {"name": item.annotated.name, "operation": story.operation}


def _cache_outside(story: Story, asked: Command, item: Understood) -> Seen:
    cache = asked.ins == INS.UPDATE_RECORD and asked.cla & 0x80
    return {} if cache and story.operation is not Operation.COMPOSITE else None


def _no_tac_key(story: Story, asked: Command, item: Understood) -> Seen:
    purse = asked.ins == INS.INITIALIZE or _is_commit(asked)
    return {} if purse and story.tac_key_missing else None


def _no_index(story: Story, asked: Command, item: Understood) -> Seen:
    operation = _operation(asked)
    if operation is None or not asked.data:
        return None
    good = story.good_indexes.get(operation)
    index = asked.data[0]
    if good is None or good == index:
        return None
    return {"index": f"{index:02X}", "good": f"{good:02X}", "operation": operation}


def _index_unknown(story: Story, asked: Command, item: Understood) -> Seen:
    operation = _operation(asked)
    if not operation or not asked.data or operation in story.good_indexes or story.tac_key_missing:
        return None
    return {"index": f"{asked.data[0]:02X}", "operation": operation}


def _over_ceiling(story: Story, asked: Command, item: Understood) -> Seen:
    amount = item.annotated.sent[0].fields.get("amount") if item.annotated.sent else None
    if _operation(asked) is not Operation.LOAD or not isinstance(amount, int):
        return None
    if story.ceiling is None or story.balance is None or story.balance + amount <= story.ceiling:
        return None
    return {"balance": _yuan(story.balance), "amount": _yuan(amount), "most": _yuan(story.ceiling)}


def _too_little(story: Story, asked: Command, item: Understood) -> Seen:
    amount = item.annotated.sent[0].fields.get("amount") if item.annotated.sent else None
    if story.balance is None or not isinstance(amount, int) or amount <= story.balance:
        return None
    return {"balance": _yuan(story.balance), "amount": _yuan(amount)}


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def _locked_out(story: Story, asked: Command, item: Understood) -> Seen:
    lnt = asked.ins == INS.SELECT and asked.p1 & 4 and asked.data.startswith(_PAY)
    return {"name": _text(asked.data)} if lnt and story.ppse else None


def _not_listed(story: Story, asked: Command, item: Understood) -> Seen:
    if asked.ins != INS.SELECT or not asked.p1 & 4 or not story.listed:
        return None
    if asked.data.startswith(_PAY) or asked.data.hex().upper() in story.listed:
        return None
    return {"name": _text(asked.data), "listed": ", ".join(story.listed)}


def _text(name: bytes) -> str:
    return name.decode() if name.isascii() and name.decode().isprintable() else name.hex().upper()


def _nothing_selected(story: Story, asked: Command, item: Understood) -> Seen:
    if story.selected or asked.ins in {INS.SELECT, INS.GET_CHALLENGE}:
        return None
    return {"name": item.annotated.name}


def _not_in_purse(story: Story, asked: Command, item: Understood) -> Seen:
    """A purse command where something without a purse is selected."""
    here = {Application.MF, Application.PPSE, Application.PSE, Application.LNT_BASIC}
    if asked.ins not in _PURSE or story.application not in here:
        return None
    return {"name": item.annotated.name, "where": str(story.application)}


def _no_17(story: Story, asked: Command, item: Understood) -> Seen:
    ef17 = asked.ins == INS.READ_BINARY and asked.p1 == 0x97
    return {} if ef17 and story.application is Application.TUNION_EP else None


def _wrong_length(story: Story, asked: Command, item: Understood) -> Seen:
    info = find(asked)
    sizes = sorted({layout.SIZE for layout in info.data})
    size = len(asked.data) - (MAC_SIZE if is_protected(asked) else 0)
    if not sizes or size in sizes:
        return None
    wanted = " or ".join(f"{one:02X}" for one in sizes)
    return {"name": info.name, "lc": f"{size:02X}", "wanted": wanted}


def _wrong_le(story: Story, asked: Command, item: Understood) -> Seen:
    info = find(asked)
    sizes = sorted({layout.SIZE for layout in info.answer})
    if not sizes or not asked.le or asked.le in sizes:
        return None
    wanted = " or ".join(f"{one:02X}" for one in sizes)
    return {"name": info.name, "le": f"{asked.le:02X}", "wanted": wanted}


def _parameters(story: Story, asked: Command, item: Understood) -> Seen:
    wanted = _P1P2.get(asked.ins)
    if wanted is None or (asked.p1, asked.p2) in wanted[0]:
        return None
    return {
        "name": item.annotated.name, "got": f"{asked.p1:02X} {asked.p2:02X}", "wanted": wanted[1],
    }  # fmt: skip


_P1P2: Final[dict[int, tuple[frozenset[tuple[int, int]], str]]] = {
    INS.INITIALIZE: (
        frozenset((p1, p2) for p1 in range(6) for p2 in (1, 2)),
        "P1 00 to 05, P2 01 (ED) or 02 (EP)",
    ),
    INS.CREDIT_FOR_LOAD: (frozenset({(0, 0)}), "00 00"),
    INS.UPDATE_OVERDRAFT: (frozenset({(0, 0)}), "00 00"),
    INS.DEBIT: (frozenset({(1, 0), (3, 0)}), "01 00, for an unload 03 00"),
}


def _wrong_class(story: Story, asked: Command, item: Understood) -> Seen:
    purse = asked.ins in _PURSE
    if purse == bool(asked.cla & 0x80):
        return None
    return {
        "name": item.annotated.name,
        "cla": f"{asked.cla:02X}",
        "right": "80" if purse else "00",
    }


def _key_number(story: Story, asked: Command, item: Understood) -> Seen:
    if asked.ins not in {INS.EXTERNAL_AUTHENTICATE, INS.INTERNAL_AUTHENTICATE, INS.WRITE_KEY}:
        return None
    return {"name": item.annotated.name, "key": f"{asked.p2:02X}"}


def _blocked(what: str) -> Test:
    return lambda story, asked, item: {} if story.blocked == what else None


def _three_wrong(story: Story, asked: Command, item: Understood) -> Seen:
    count = story.wrong_macs
    return {"count": count} if count >= _LOCKING_MACS - 1 else None


def _no_proof(story: Story, asked: Command, item: Understood) -> Seen:
    if asked.ins != INS.GET_TRANSACTION_PROVE or len(asked.data) < 2:
        return None
    number, last = int.from_bytes(asked.data[:2], "big"), story.commits.get(asked.p2)
    if last is None or number == last:
        return None
    return {"number": f"{number:04X}", "last": f"{last:04X}", "type": f"{asked.p2:02X}"}


def _unproven_type(story: Story, asked: Command, item: Understood) -> Seen:
    if asked.ins != INS.GET_TRANSACTION_PROVE or not story.commits or asked.p2 in story.commits:
        return None
    kinds = ", ".join(f"{kind:02X}" for kind in sorted(story.commits))
    return {"type": f"{asked.p2:02X}", "kinds": kinds}


def _mifare(story: Story, asked: Command, item: Understood) -> Seen:
    return {} if asked.ins == INS.SELECT and asked.data.startswith(AID_LNT_MIFARE) else None


def _stale(story: Story, asked: Command, item: Understood) -> Seen:
    wants = is_protected(asked) or asked.ins == INS.EXTERNAL_AUTHENTICATE
    return {"name": item.annotated.name} if wants and not story.challenge else None


def _tries(story: Story, asked: Command, item: Understood) -> Seen:
    return {"left": (item.annotated.sw or 0) & 15, "name": item.annotated.name}


def _kind_of_purse(story: Story, asked: Command, item: Understood) -> Seen:
    purse = _operation(asked) is not None or asked.ins == INS.GET_BALANCE
    if not purse or not story.selected or (story.selected, asked.p2) in story.purses:
        return None
    return {"purse": "ED 电子存折" if asked.p2 == _ED else "EP 电子钱包"}


def _wrong_mac(story: Story, asked: Command, item: Understood) -> Seen:
    return {"name": item.annotated.name} if _is_commit(asked) and story.operation else None


def _sws(*found: int) -> frozenset[int]:
    return frozenset(found)


#: Every reason, the surest of a status word first.
REASONS: Final = (
    Reason(_sws(SW.MAC_INVALID), _wrong_mac,
           "the MAC in {name} is not what the card works out", "{name} 中的 MAC 与卡片计算的不符",
           restated=True),
    Reason(_sws(SW.KEY_INDEX, SW.CONDITIONS), _no_tac_key,
           "no TAC key (type 34) was written in this directory",
           "本目录未写入 TAC 密钥（类型 34）"),
    Reason(_sws(SW.KEY_INDEX), _no_index,
           "no {operation} key with index {index}; index {good} was taken in this trace",
           "没有索引 {index} 的密钥；本报文中索引 {good} 可用"),
    Reason(_sws(SW.KEY_INDEX), _index_unknown,
           "the card has no {operation} key with index {index}, or no TAC key",
           "卡片没有索引 {index} 的密钥，或没有 TAC 密钥"),
    Reason(_sws(SW.WRONG_STATE, SW.CONDITIONS), _never_begun,
           "{name} without INITIALIZE before it in this trace", "{name} 之前没有初始化命令"),
    Reason(_sws(SW.WRONG_STATE, SW.CONDITIONS), _no_begin,
           "{name} with no transaction begun: {ended} came before it",
           "{name} 时没有进行中的交易（{ended}）"),
    Reason(_sws(SW.WRONG_STATE, SW.CONDITIONS), _other_commit,
           "INITIALIZE began a {operation}, {name} ends another operation",
           "初始化的是 {operation}，{name} 属于另一种交易"),
    Reason(_sws(SW.WRONG_STATE, SW.CONDITIONS), _cache_outside,
           "the cache is updated outside a composite purchase", "不在复合消费中更新缓存"),
    Reason(_sws(SW.SECURITY), _pin(""),
           "{name}: no PIN was presented before it in this trace", "{name}：此前未校验 PIN"),
    Reason(_sws(SW.SECURITY), _pin("lost"),
           "{name}: the PIN was presented before the last reset or SELECT, which forgets it",
           "{name}：PIN 在复位或选择之前校验，状态已失效"),
    Reason(_sws(SW.SECURITY), _pin("wrong"),
           "{name}: the PIN that was presented is wrong", "{name}：校验的 PIN 不正确"),
    Reason(_sws(SW.SECURITY), _not_authenticated,
           "{name}: no EXTERNAL AUTHENTICATE since the directory was selected",
           "{name}：选择目录后未做外部认证"),
    Reason(_sws(SW.CONDITIONS), _over_ceiling,
           "balance {balance} and load {amount} are over the ceiling of {most} yuan",
           "余额 {balance} 元加圈存 {amount} 元超过上限 {most} 元"),
    Reason(_sws(SW.FILE_NOT_FOUND), _locked_out,
           "PPSE was selected since the last reset: the card hides {name} until it is reset",
           "复位后选过 PPSE：卡片在下次复位前不提供 {name}"),
    Reason(_sws(SW.FILE_NOT_FOUND), _not_listed,
           "{name} is not among what PPSE lists: {listed}", "PPSE 未列出 {name}（列出：{listed}）"),
    Reason(_sws(SW.FILE_NOT_FOUND), _no_17,
           "EF 17 is absent on dual-standard cards of Guangzhou", "广州双标准卡没有 EF 17"),
    Reason(_sws(SW.FILE_NOT_FOUND, SW.CONDITIONS, SW.INS_NOT_SUPPORTED, SW.NOT_SUPPORTED,
                SW.NO_CURRENT_EF, SW.KEY_NOT_FOUND), _nothing_selected,
           "{name}: no application is selected since the last reset", "{name}：复位后未选择应用"),
    Reason(_sws(SW.FILE_NOT_FOUND, SW.CONDITIONS, SW.INS_NOT_SUPPORTED, SW.NOT_SUPPORTED,
                SW.CLA_NOT_SUPPORTED), _not_in_purse,
           "{name}: {where} is selected, which has no purse",
           "{name}：当前选择的是 {where}，没有钱包"),
    Reason(_sws(SW.FILE_NOT_FOUND, SW.CONDITIONS), _kind_of_purse,
           "not initialised: the directory may have no {purse}, or keys of it are missing",
           "未初始化：目录可能没有 {purse}，或缺少其密钥"),
    Reason(_sws(SW.WRONG_P1P2), _parameters,
           "{name} with P1 P2 {got}, it takes {wanted}", "{name} 的 P1 P2 为 {got}，应为 {wanted}"),
    Reason(_sws(SW.WRONG_LENGTH), _wrong_length,
           "{name} with {lc} bytes of data, it takes {wanted}",
           "{name} 数据长 {lc}，应为 {wanted}"),
    Reason(_sws(SW.WRONG_LENGTH), _wrong_le,
           "{name} with Le {le}, its answer has {wanted}", "{name} 的 Le 为 {le}，应答长 {wanted}"),
    Reason(_sws(SW.CLA_NOT_SUPPORTED, SW.INS_NOT_SUPPORTED), _wrong_class,
           "{name} with class {cla}, it takes {right}", "{name} 的 CLA 为 {cla}，应为 {right}"),
    Reason(_sws(SW.KEY_NOT_FOUND), _key_number,
           "{name}: the directory has no key number {key} of that kind",
           "{name}：目录没有 {key} 号密钥"),
    Reason(_sws(SW.FILE_INVALID, SW.NOT_SUPPORTED, SW.CONDITIONS), _blocked("application"),
           "APPLICATION BLOCK came before it in this trace", "本报文中此前锁定了应用"),
    Reason(_sws(SW.NOT_SUPPORTED), _blocked("card"),
           "CARD BLOCK came before it in this trace", "本报文中此前锁定了卡片"),
    Reason(_sws(SW.NOT_SUPPORTED), _mifare,
           "PAY.MF1X answers so on a card whose MIFARE part is retired",
           "MIFARE 部分已停用的卡对 PAY.MF1X 如此应答"),
    Reason(_sws(SW.APP_LOCKED), _three_wrong,
           "{count} MACs were wrong before it: three in a row lock the application for good",
           "此前 {count} 次 MAC 错误：连续三次永久锁定应用"),
    Reason(_sws(SW.BALANCE_INSUFFICIENT), _too_little,
           "amount {amount} is more than the balance of {balance} yuan",
           "金额 {amount} 元大于余额 {balance} 元"),
    Reason(_sws(SW.PROOF_NOT_AVAILABLE), _no_proof,
           "proof is asked for number {number}, the last commit of type {type} has {last}, the "
           "counter after the transaction",
           "取认证的序号为 {number}，类型 {type} 最近一次交易后为 {last}"),
    Reason(_sws(SW.PROOF_NOT_AVAILABLE), _unproven_type,
           "no commit of type {type} in this trace, only of {kinds}",
           "本报文中没有类型 {type} 的交易，只有 {kinds}"),
    Reason(_sws(SW.CHALLENGE_INVALID, SW.SM_MAC_WRONG), _stale,
           "{name}: no GET CHALLENGE right before it", "{name}：紧邻之前没有取随机数"),
    Reason(_sws(SW.PIN_WRONG_0), _tries,
           "{name} was wrong, {left} tries are left", "{name} 不正确，还可再试 {left} 次",
           restated=True),
)  # fmt: skip
