"""What people get wrong when they make a code, each a record; two of them compose.

A mistake is data: a name, what it is in English and Chinese, the group it belongs to, and the
change of `Inputs` that it is. Two are tried together when they are of different groups (`PAIRS`).
None of a mistake's changes looks at the code that was received.

Basis: the orders and rules of `wire.macs`, `crypto.des` and `crypto.derive`; a load key that is
stored with algorithm 03 makes a real FM1208 answer MAC1 00000000 [purse facts 0.4].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, pairwise
from typing import Final, NamedTuple

import msgspec

from ykt_sim.codes import TransactionType
from ykt_sim.meaning.explain import changes
from ykt_sim.meaning.explain.changes import Change
from ykt_sim.meaning.explain.inputs import Cipher, Halves, Inputs, Padding, Take


class Mistake(msgspec.Struct, frozen=True):
    """One way to make a code wrong.

    Attributes:
        name: short and permanent, for programs.
        group: what it is about; two of one group are never tried together.
        en, zh: what was done instead of what is right.
        change: the inputs with the mistake in them; None where it cannot be made there.
    """

    name: str
    group: str
    en: str
    zh: str
    change: Change


class Alternative(NamedTuple):
    """Another value of a part that the trace knows, and where it stands.

    Attributes:
        part: name of the part, ``challenge`` for what a line MAC begins with too, ``code`` for
            the code itself.
        value: the bytes.
        name: short, for the mistake's name.
        en, zh: where it comes from.
    """

    part: str
    value: bytes
    name: str
    en: str
    zh: str


#: Whose keys, in words.
STANDARD_TEXT: Final = {
    "tunion": ("T-Union", "交通联合"), "lnt": ("Lingnan Tong", "岭南通"),
    "own": ("the card's own directory", "卡片自有目录"), "psam": ("the PSAM", "PSAM"),
}  # fmt: skip
#: Those whose keys are taken for one another.
_PURSES: Final = ("tunion", "lnt")
#: Roles of keys, in words.
ROLE_TEXT: Final = {
    "purchase": ("purchase key", "消费密钥"), "load": ("load key", "圈存密钥"),
    "unload": ("unload key", "圈提密钥"), "overdraft": ("overdraft key", "修改透支限额密钥"),
    "tac": ("TAC key", "TAC 密钥"), "line": ("line protection key", "线路保护密钥"),
    "pin_unblock": ("PIN unblock key", "PIN 解锁密钥"),
    "pin_reload": ("PIN reload key", "PIN 重装密钥"),
    "external_auth": ("external authentication key", "外部认证密钥"),
    "encipher": ("key to encipher with (type 30)", "DES 加密密钥（类型 30）"),
    "decipher": ("key to decipher with (type 31)", "DES 解密密钥（类型 31）"),
    "mac": ("key for MACs (type 32)", "DES MAC 密钥（类型 32）"),
}  # fmt: skip
#: In the order in which two mistakes of a pair are made.
GROUPS: Final = (
    "key", "division", "session", "halves", "amount", "type", "time", "terminal", "balance",
    "counter", "random", "serial", "fields", "order", "length", "bytes", "block", "padding",
    "result", "shortened", "code",
)  # fmt: skip
#: Groups of which one mistake each is tried together: any two but the last ones. One makes
#: nothing; of the other there are so many that two at a time would take twice as long.
PAIRS: Final = frozenset(combinations(GROUPS[:-2], 2))

_AMOUNTS: Final = ("amount", "limit")
_SERIALS: Final = ("serial_low", "terminal_serial")
_NAMES: Final = {
    "amount": ("amount", "金额"), "limit": ("overdraft limit", "透支限额"),
    "type": ("type byte", "交易类型标识"), "date": ("date", "日期"), "time": ("time", "时间"),
    "terminal": ("terminal number", "终端机编号"), "balance": ("balance", "余额"),
    "counter": ("counter", "交易序号"), "random": ("random", "随机数"),
    "terminal_serial": ("terminal serial", "终端交易序号"),
    "serial_low": ("terminal serial", "终端交易序号"), "padding": ("constant 8000", "常量 8000"),
    "challenge": ("challenge", "随机数"), "header": ("command header", "命令头"),
    "length": ("length byte Lc", "长度 Lc"), "data": ("data", "数据"), "pin": ("PIN", "PIN"),
}  # fmt: skip


def role_text(role: str) -> tuple[str, str]:
    """What a key is for, in English and Chinese; keys of a PSAM are told by usage and version."""
    usage = role.partition("-")[2].replace("-", " version ")
    return ROLE_TEXT.get(role, (f"key of usage {usage}", f"用途 {usage} 的密钥"))


def part_text(name: str) -> tuple[str, str]:
    """A part in English and Chinese."""
    return _NAMES.get(name, (name, name))


# -- the table

_TABLE: Final[tuple[tuple[str, str, Change, str, str], ...]] = (
    ("tac-key", "session", changes.tac_instead,
     "TAC key instead of the session key", "用 TAC 密钥代替过程密钥"),
    ("session-key", "session", changes.session_instead,
     "session key instead of the TAC key", "用过程密钥代替 TAC 密钥"),
    ("no-session-key", "session", changes.no_session,
     "the key itself, no session key derived", "未导出过程密钥，直接用主控密钥"),
    ("single-des", "halves", changes.halves(Halves.LEFT),
     "single DES with the left half of the key", "用密钥左半做单 DES"),
    ("right-half", "halves", changes.halves(Halves.RIGHT),
     "single DES with the right half of the key", "用密钥右半做单 DES"),
    ("halves-whole", "halves", changes.halves(Halves.WHOLE),
     "halves of the key not XORed", "密钥左右两半未异或"),
    ("halves-xored", "halves", changes.halves(Halves.XOR),
     "halves of the key XORed", "密钥左右两半做了异或"),
    ("halves-swapped", "halves", changes.halves(Halves.SWAPPED),
     "halves of the key exchanged", "密钥左右两半对调"),
    ("undiversified", "division", changes.levels(lambda old: ()),
     "master key, not diversified", "主密钥未分散"),
    ("first-level-only", "division", changes.levels(lambda old: old[:1]),
     "one level of diversification for two: the first alone, the issuer",
     "两级分散只做了第一级（发卡机构）"),
    ("last-level-only", "division", changes.levels(lambda old: old[-1:]),
     "one level of diversification for two: the last alone, the card number",
     "两级分散只做了最后一级（卡号）"),
    ("last-level-twice", "division", changes.levels(lambda old: (*old, old[-1])),
     "last level of diversification done twice", "最后一级分散做了两次"),
    ("factors-swapped", "division", changes.levels(lambda old: old[::-1]),
     "diversification factors in the other order", "分散因子顺序颠倒"),
    ("factors-complemented", "division", changes.each_level(changes.complement),
     "diversification factors complemented", "分散因子取反"),
    ("last-factor-complemented", "division", changes.last_level(changes.complement),
     "last diversification factor complemented", "最后一级分散因子取反"),
    ("factors-reversed", "division", changes.each_level(changes.backwards),
     "bytes of the diversification factors reversed", "分散因子字节逆序"),
    ("amount-yuan", "amount", changes.each(_AMOUNTS, changes.number(lambda n: n // 100)),
     "amount in yuan instead of fen", "金额以元计（应为分）"),
    ("amount-jiao", "amount", changes.each(_AMOUNTS, changes.number(lambda n: n // 10)),
     "amount in tenths of a yuan instead of fen", "金额以角计（应为分）"),
    ("amount-hundredfold", "amount", changes.each(_AMOUNTS, changes.number(lambda n: n * 100)),
     "amount a hundredfold, fen taken for yuan", "金额放大一百倍（分当作元）"),
    ("amount-bcd", "amount", changes.each(_AMOUNTS, changes.decimal),
     "amount in BCD instead of binary", "金额用 BCD（应为二进制）"),
    ("amount-zero", "amount", changes.each(_AMOUNTS, lambda old: bytes(len(old))),
     "amount zero", "金额为零"),
    ("amount-little-endian", "bytes", changes.each(_AMOUNTS, changes.backwards),
     "amount little-endian", "金额小端序"),
    ("day-before", "time", changes.later(days=-1),
     "date one day early", "日期早一天"),
    ("day-after", "time", changes.later(days=1),
     "date one day late", "日期晚一天"),
    ("year-before", "time", changes.each(("date",), changes.year(-1)),
     "date one year early", "日期早一年"),
    ("year-after", "time", changes.each(("date",), changes.year(1)),
     "date one year late", "日期晚一年"),
    ("hour-before", "time", changes.later(hours=-1),
     "time one hour early", "时间早一小时"),
    ("hour-after", "time", changes.later(hours=1),
     "time one hour late", "时间晚一小时"),
    ("utc", "time", changes.later(hours=-8),
     "time in UTC, eight hours early", "用了 UTC 时间，早八小时"),
    ("eight-hours-late", "time", changes.later(hours=8),
     "time eight hours late, zone added twice", "时间晚八小时，时区加了两次"),
    ("minute-before", "time", changes.later(minutes=-1),
     "time one minute early", "时间早一分钟"),
    ("minute-after", "time", changes.later(minutes=1),
     "time one minute late", "时间晚一分钟"),
    ("second-before", "time", changes.later(seconds=-1),
     "time one second early", "时间早一秒"),
    ("second-after", "time", changes.later(seconds=1),
     "time one second late", "时间晚一秒"),
    ("no-seconds", "time", changes.each(("time",), lambda old: old[:2] + b"\0"),
     "time with seconds zero", "时间的秒为零"),
    ("time-zero", "time", changes.each(("time",), lambda old: bytes(3)),
     "time zero", "时间为零"),
    ("date-zero", "time", changes.every(("date", "time"), lambda old: bytes(len(old))),
     "date and time zero", "日期和时间为零"),
    ("no-century", "time", changes.each(("date",), lambda old: old[1:]),
     "date without the century", "日期缺世纪（年份只有两位）"),
    ("day-first", "time", changes.each(("date",), lambda old: old[:2] + old[3:] + old[2:3]),
     "month and day exchanged", "月日颠倒"),
    ("terminal-zero", "terminal", changes.each(("terminal",), lambda old: bytes(6)),
     "terminal number zero", "终端机编号为零"),
    ("terminal-reversed", "bytes", changes.each(("terminal",), changes.backwards),
     "bytes of the terminal number reversed", "终端机编号字节逆序"),
    ("terminal-shifted", "terminal", changes.each(("terminal",), changes.shifted),
     "terminal number filled with zeros on the other side", "终端机编号补零在另一侧"),
    ("balance-before", "balance", changes.balance_moved(-1),
     "balance before the transaction instead of after it", "用交易前余额（应为交易后）"),
    ("balance-after", "balance", changes.balance_moved(1),
     "balance moved by the amount once more, as after the transaction",
     "余额多计了一次交易金额（如交易后的余额）"),
    ("balance-yuan", "balance", changes.each(("balance",), changes.number(lambda n: n // 100)),
     "balance in yuan instead of fen", "余额以元计（应为分）"),
    ("balance-zero", "balance", changes.each(("balance",), lambda old: bytes(4)),
     "balance zero", "余额为零"),
    ("balance-little-endian", "bytes", changes.each(("balance",), changes.backwards),
     "balance little-endian", "余额小端序"),
    ("counter-after", "counter", changes.each(("counter",), changes.number(lambda n: n + 1)),
     "counter after the transaction instead of before it", "用交易后的序号（应为交易前）"),
    ("counter-before", "counter", changes.each(("counter",), changes.number(lambda n: n - 1)),
     "counter one too low", "序号少一"),
    ("counter-zero", "counter", changes.each(("counter",), lambda old: bytes(2)),
     "counter zero", "序号为零"),
    ("counter-little-endian", "bytes", changes.each(("counter",), changes.backwards),
     "counter little-endian", "序号小端序"),
    ("random-reversed", "bytes", changes.each(("random",), changes.backwards),
     "bytes of the random reversed", "随机数字节逆序"),
    ("random-zero", "random", changes.each(("random",), lambda old: bytes(4)),
     "random zero", "随机数为零"),
    ("serial-high", "serial", changes.serial_half,
     "other half of the terminal serial: the high two bytes",
     "终端交易序号取了高两字节（应为低两字节）"),
    ("serial-zero", "serial", changes.every(_SERIALS, lambda old: bytes(len(old))),
     "terminal serial zero", "终端交易序号为零"),
    ("serial-next", "serial", changes.every(_SERIALS, changes.turning(1)),
     "terminal serial one too high", "终端交易序号多一"),
    ("serial-last", "serial", changes.every(_SERIALS, changes.turning(-1)),
     "terminal serial one too low", "终端交易序号少一"),
    ("serial-reversed", "bytes", changes.every(_SERIALS, changes.backwards),
     "terminal serial little-endian", "终端交易序号小端序"),
    ("serial-constant", "serial", changes.serial_constant,
     "8000 instead of the terminal serial in the session key",
     "过程密钥用了 8000（应为终端交易序号）"),
    ("load-constant", "serial", changes.load_constant,
     "0000 instead of 8000 in the session key", "过程密钥末尾用了 0000（应为 8000）"),
    ("counter-first", "order", changes.first("random", "counter", session=True),
     "counter before random in the session key", "过程密钥中序号在随机数之前"),
    ("iv-zero", "block", changes.iv(lambda old: bytes(8)),
     "initial value zero instead of the challenge", "初始值为零（应为随机数）"),
    ("iv-random", "block", changes.card_random_first,
     "initial value is the card's random instead of zero", "初始值用了卡片随机数（应为零）"),
    ("challenge-right", "block", changes.block(changes.short),
     "challenge of four bytes on the right", "4 字节随机数放在右侧"),
    ("challenge-twice", "block", changes.block(changes.twice),
     "challenge of four bytes twice", "4 字节随机数重复两次"),
    ("challenge-cut", "block", changes.block(changes.cut),
     "challenge of eight bytes cut to four", "8 字节随机数只取了 4 字节"),
    ("challenge-padded", "block", changes.block(changes.marked),
     "challenge padded with 80000000 instead of zeros", "随机数补 80000000（应补零）"),
    ("challenge-reversed", "bytes", changes.block(lambda old: old[3::-1] + old[4:]),
     "bytes of the challenge reversed", "随机数字节逆序"),
    ("deciphered", "padding", changes.cipher(Cipher.DECIPHERED, Cipher.ECB),
     "deciphered instead of enciphered", "做了解密（应为加密）"),
    ("enciphered", "padding", changes.cipher(Cipher.ECB, Cipher.DECIPHERED),
     "enciphered instead of deciphered", "做了加密（应为解密）"),
    ("triple-des", "padding", changes.cipher(Cipher.MAC_3DES, Cipher.MAC),
     "3DES in every block instead of the last alone", "每个分组都做 3DES（应只在最后一组）"),
    ("no-padding", "padding", changes.padding(Padding.IF_NEEDED),
     "no padding where the data is whole blocks", "整块数据未补 80"),
    ("padded-again", "padding", changes.padding(Padding.ALWAYS),
     "data that was padded already is padded again", "已补位的数据又补了一次"),
    ("zero-padding", "padding", changes.padding(Padding.ZEROS),
     "padded with zeros instead of 8000..", "补零（应补 8000..）"),
    ("padded-twice", "padding", changes.padding(Padding.TWICE),
     "padded twice", "补了两次"),
    ("length-without-mac", "length", changes.each(("length",), changes.number(lambda n: n - 4)),
     "Lc without the MAC", "Lc 未含 MAC 长度"),
    ("status-word", "length", changes.with_status_word,
     "status word 9000 counted as data", "状态字 9000 也计入数据"),
    ("class-plain", "length", changes.each(("header",), changes.plain_class),
     "class byte without the bit of secure messaging", "CLA 未置安全报文位"),
    ("right-of-mac", "result", changes.take(Take.RIGHT),
     "right half of the last block instead of the left", "取了右边 4 字节（应取左边）"),
    ("mac-reversed", "result", changes.take(Take.BACKWARDS),
     "bytes of the code reversed", "结果字节逆序"),
    ("algorithm-03", "code", changes.fixed(0x00),
     "zeros: a key that is stored with algorithm 03", "全零：密钥存储时算法标识为 03"),
    ("not-made", "code", changes.fixed(0xFF),
     "FF: nothing was computed", "全 FF：未计算"),
)  # fmt: skip

#: Mistakes that need no more than the inputs.
ALWAYS: Final = tuple(
    Mistake(name, group, en, zh, change) for name, group, change, en, zh in _TABLE
)


def mistakes_for(
    inputs: Inputs,
    around: Sequence[Alternative] = (),
    *,
    factors: Mapping[str, tuple[bytes, ...]] | None = None,
    others: Sequence[str] = (),
    told: tuple[bytes, ...] = (),
) -> Iterator[Mistake]:
    """Every mistake that could be made with this code, in the order of `GROUPS`.

    Args:
        inputs: what the code is made of.
        around: other values of its parts that the trace knows.
        factors: diversification factors of the card's applications, by standard.
        others: labels of other keys of the same role.
        told: factors of this card that its keys are not divided by all of; empty where they are.
    """
    found = [
        *_keys(inputs, factors or {}, others),
        *_told(told),
        *ALWAYS,
        *_types(inputs),
        *_places(inputs),
        *_shortened(inputs),
        *_around(around),
    ]
    yield from sorted(found, key=lambda one: GROUPS.index(one.group))


def _keys(
    inputs: Inputs, factors: Mapping[str, tuple[bytes, ...]], others: Sequence[str]
) -> Iterator[Mistake]:
    path = inputs.path
    for label in others:
        yield Mistake(
            f"key-{label}", "key", f"another key of that kind: {label}", f"同类的另一密钥：{label}",
            changes.other_key(label),
        )  # fmt: skip
    for role, (en, zh) in ROLE_TEXT.items():
        if role != path.role:
            yield Mistake(
                f"role-{role}", "key", f"{en} instead of the {role_text(path.role)[0]}",
                f"用{zh}代替{role_text(path.role)[1]}", changes.role(role),
            )  # fmt: skip
    for standard in _PURSES if path.standard in _PURSES and path.factors else ():
        if standard != path.standard:
            en, zh = STANDARD_TEXT[standard]
            yield Mistake(
                f"master-of-{standard}", "key",
                f"master key of the other application, {en}, diversified as this one's",
                f"用了另一应用（{zh}）的主密钥，按本应用分散",
                changes.standard(standard, path.factors),
            )  # fmt: skip
    for standard, levels in factors.items():
        if standard != path.standard:
            en, zh = STANDARD_TEXT[standard]
            yield Mistake(
                f"key-of-{standard}", "key", f"key of the other application, {en}",
                f"用了另一应用（{zh}）的密钥", changes.standard(standard, levels),
            )  # fmt: skip
            yield Mistake(
                f"factors-of-{standard}", "division",
                f"diversified by the number of the other application, {en}",
                f"用另一应用（{zh}）的号码分散", changes.set_levels(levels),
            )  # fmt: skip


def _told(told: tuple[bytes, ...]) -> Iterator[Mistake]:
    """The levels that a card's numbers suggest, where the owner's keys have others."""
    if told:
        yield Mistake(
            "all-levels", "division",
            "diversified by issuer and card number, not as the key file says",
            "按发卡机构与卡号分散，与密钥文件不符",
            changes.set_levels(told),
        )  # fmt: skip


def _types(inputs: Inputs) -> Iterator[Mistake]:
    old = inputs.part("type")
    if old is None:
        return
    for kind in TransactionType:
        if kind and bytes((kind,)) != old:
            words = kind.name.replace("_", " ").lower().replace("ed ", "ED ").replace("ep ", "EP ")
            yield Mistake(
                f"type-{kind:02X}", "type",
                f"type byte {kind:02X} ({words}) instead of {old.hex()}",
                f"交易类型标识用了 {kind:02X}（应为 {old.hex()}）",
                changes.put("type", bytes((kind,))),
            )  # fmt: skip


def _places(inputs: Inputs) -> Iterator[Mistake]:
    """A part left out, and two neighbours exchanged."""
    names = [name for name, _ in inputs.under]
    if len(names) < 2:
        return
    for name in names:
        en, zh = part_text(name)
        yield Mistake(
            f"without-{name}", "fields", f"{en} left out", f"缺{zh}", changes.without(name)
        )
    for name, other in pairwise(names):
        (en, zh), (en2, zh2) = part_text(name), part_text(other)
        yield Mistake(
            f"{other}-before-{name}", "fields", f"{en2} before {en}", f"{zh2}在{zh}之前",
            changes.first(name, other),
        )  # fmt: skip


#: Numbers that programs hold in fewer bytes, with what is left of them there: a terminal number on
#: the wrong side has a mistake of its own.
_HELD: Final = {"terminal_serial": ("low", "left", "high"), "terminal": ("low", "high")}


def _shortened(inputs: Inputs) -> Iterator[Mistake]:
    """A number held in fewer bytes than it has: its low or its high ones, zeros for the rest."""
    for name, ways in _HELD.items():
        old = inputs.part(name)
        en, zh = part_text(name)
        for count in range(1, len(old or b"")):
            for tag in ways:
                en_how, zh_how, how = _CUTS[tag]
                yield Mistake(
                    f"{name}-{tag}-{count}", "shortened",
                    f"{en_how[0]} {count} of the bytes of the {en} alone, zeros {en_how[1]}",
                    f"{zh}{zh_how[0]} {count} 字节，{zh_how[1]}补零",
                    changes.each((name,), partial(how, count)),
                )  # fmt: skip


_CUTS: Final = {
    "low": (("low", "before them"), ("只取低", "前"), changes.low),
    "left": (("low", "behind them"), ("只取低", "后"), changes.left),
    "high": (("high", "behind them"), ("只取高", "后"), changes.high),
}


def _around(around: Sequence[Alternative]) -> Iterator[Mistake]:
    for one in around:
        change = changes.put(one.part, one.value)
        group = one.part
        if one.part == "challenge":
            group, change = "block", changes.set_block(one.value)
        elif one.part == "code":
            change = changes.copied(one.value)
        yield Mistake(one.name, group, one.en, one.zh, change)
