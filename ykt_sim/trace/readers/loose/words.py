"""What words in front of bytes say of them: one table.

Words are written in small letters and without what joins them: ``ApduSend``, ``send_apdu``
and ``SEND APDU`` are all ``send`` and ``apdu``. Chinese words are looked for inside a text.
The last word in front of the bytes decides. A table is never complete: what it does not
know is told by what fits (`survey`).
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final, NamedTuple


class Says(Enum):
    """What a word says of the bytes behind it."""

    COMMAND = auto()
    ANSWER = auto()
    APDU = auto()
    STATUS = auto()
    SW1 = auto()
    SW2 = auto()
    CLA = auto()
    INS = auto()
    P1 = auto()
    P2 = auto()
    LC = auto()
    LE = auto()
    DATA = auto()
    LENGTH = auto()
    NAMED = auto()
    WRAPPED = auto()


_LATIN: Final = {
    Says.COMMAND: (
        "c s t send sends sending sent tx snd txd transmit transmits transmitted transmitting"
        " pcd rdr reader terminal transceive exchange capdu cmd cmnd command commands req"
        " request requests out output write writing wrote written query question outgoing csim cgla"
        " downlink xfr instruction"
    ),
    Says.ANSWER: (
        "r recv recvd receive receives received receiving rx rxd rcv rcvd rapdu rsp resp response"
        " responses res reply replies answer answers result ret return returned returns in input"
        " incoming ack uplink read reading picc tag card"
    ),
    Says.APDU: "apdu apdus tpdu",
    Says.STATUS: "sw sw12 sws sw1sw2 status statusword stat statuscode rc",
    Says.SW1: "sw1",
    Says.SW2: "sw2",
    Says.CLA: "cla class",
    Says.INS: "ins",
    Says.P1: "p1",
    Says.P2: "p2",
    Says.LC: "lc p3",
    Says.LE: "le",
    Says.DATA: "data payload body bytes hex buffer dump raw",
    Says.LENGTH: "len length size datalen count byte bytes",
    Says.NAMED: (
        "atr ats uid nuid aid key keys mac mac1 mac2 tac iccid imsi crc pin csn pan serial tlv fci"
        " atqa atqb sak pps challenge random rand rnd cardno kcv hcontext hcard handle"
        " returncode pid tid ppid port lineno"
    ),
    Says.WRAPPED: "wrapped logical unwrapped decrypted plaintext plain",
}
_CHINESE: Final = {
    Says.COMMAND: "发送 发出 下发 下行 命令 指令 请求 送卡 发",
    Says.ANSWER: "接收 收到 返回 应答 响应 回复 回应 上行 结果 反馈 收 回",
    Says.STATUS: "状态字 状态码 返回码 响应码 状态",
    Says.DATA: "数据 报文",
    Says.LENGTH: "长度 字节",
    Says.NAMED: "密钥 随机数 卡号 序列号 复位信息 复位",
    Says.WRAPPED: "明文 加密前 解密后",
}
_ARROWS: Final = {
    Says.COMMAND: ("-->", "==>", "->", "=>", ">>>", ">>", ">", "→", "⇒", "➜", "➡", "►", "▶", "◇"),
    Says.ANSWER: ("<--", "<==", "<-", "<=", "<<<", "<<", "<", "←", "⇐", "⬅", "◄", "◀", "◆"),
}
#: Who may stand before and behind an arrow.
_READERS: Final = (
    "reader|pcd|rdr|host|terminal|term|pos|phone|app|pc|ifd|dh|读卡器|读写器|终端|主机|手机"
)
_CARDS: Final = "card|picc|icc|tag|sam|psam|chip|se|ese|nfcc|卡片|卡"
#: Words that name the lane.
_SAM_LANE: Final = re.compile(r"(?<![a-z])(?:[pe]?sam)(?![a-z])", re.IGNORECASE)
_CARD_LANE: Final = re.compile(
    r"(?<![a-z])(?:card|picc|icc|cpu|rf|nfc|contactless)(?![a-z])|卡", re.IGNORECASE
)
_SLOT: Final = re.compile(
    r"(?<![a-z])(?:slot|reader|rdr|卡槽|槽|通道|卡座)\s{0,2}[#:=_-]?\s{0,2}([0-9])(?![0-9])",
    re.IGNORECASE,
)

_TABLE: Final = {word: says for says, words in _LATIN.items() for word in words.split()}
_HAN: Final = sorted(
    ((word, says) for says, words in _CHINESE.items() for word in words.split()),
    key=lambda item: -len(item[0]),
)
_ARROW: Final = {arrow: says for says, arrows in _ARROWS.items() for arrow in arrows}
_ARROW_PATTERN: Final = "|".join(
    re.escape(arrow) for arrow in sorted(_ARROW, key=len, reverse=True)
)
_HAN_PATTERN: Final = "|".join(word for word, _ in _HAN)
_TOKEN: Final = re.compile(
    rf"(?P<han>{_HAN_PATTERN})|(?P<word>[A-Za-zÀ-ɏЀ-ӿ][A-Za-zÀ-ɏЀ-ӿ]*(?:12|[12](?![0-9A-Za-z]))?)"
    rf"|(?P<other>[぀-ヿ一-鿿가-힯]+)|(?P<arrow>{_ARROW_PATTERN})"
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARTIES: Final = re.compile(
    rf"(?:(?P<out>{_READERS})\s{{0,2}}(?P<a>[-=]{{0,2}}[>→⇒]|to|到|至)\s{{0,2}}(?:{_CARDS})"
    rf"|(?P<in>{_CARDS})\s{{0,2}}(?P<b>[-=]{{0,2}}[>→⇒]|to|到|至)\s{{0,2}}(?:{_READERS})"
    rf"|(?P<out2>{_CARDS})\s{{0,2}}[<←⇐][-=]{{0,2}}\s{{0,2}}(?:{_READERS})"
    rf"|(?P<in2>{_READERS})\s{{0,2}}[<←⇐][-=]{{0,2}}\s{{0,2}}(?:{_CARDS})"
    rf"|(?P<out3>\bto\s(?:the\s)?(?:{_CARDS})\b)|(?P<in3>\bfrom\s(?:the\s)?(?:{_CARDS})\b))",
    re.IGNORECASE,
)
_JOINED: Final = re.compile(r"(?<![A-Za-z])([CcRr])[-_ ](?=[AaTt][Pp][Dd][Uu])")
#: Words for what should come, which is not what came.
EXPECTING: Final = re.compile(
    r"(?<![a-z])(?:exp|expect(?:ed|s|ation)?|should|want(?:ed)?|desired|golden|baseline|ref"
    r"|reference|soll|erwartet\w*|attendue?|esperad[oa]|ожида\w*)(?![a-z])"
    r"|预期|期望|期待|应为|应该|理论|标准|参考|期待値|기대",
    re.IGNORECASE,
)
#: Both bytes of a status word in one name: ``SW1SW2``, ``sw1/sw2``.
_BOTH: Final = re.compile(r"(?<![a-z])sw1[ _,/&+-]{0,3}sw2(?![0-9a-z])", re.IGNORECASE)
#: Names of commands with words that else tell who speaks.
_COMMAND_NAMES: Final = re.compile(
    r"(?<![a-z])(?:get[ _-]?response"
    r"|(?:read|write|update|append|erase|search)[ _-]?(?:binary|record)s?"
    r"|(?:read|write)[ _-]?key)(?![a-z])",
    re.IGNORECASE,
)
_LANE_WORDS: Final = frozenset(["card", "psam", "sam", "esam", "picc", "icc", "slot"])
_PALE: Final = frozenset({Says.DATA, Says.LENGTH})
_NEUTRAL: Final = frozenset({Says.DATA, Says.LENGTH, Says.APDU})
#: A word in front of bytes may be so far away from them.
_NEAR: Final = 160


class Label(NamedTuple):
    """What stands in front of bytes.

    Attributes:
        says: what the last word with a meaning says, None when there is no such word.
        key: the last words and arrow as they are written, for lines of one kind.
        wrapped, atr, weak: such a word is among them; `weak`: no better word than an arrow
            or APDU was there.
        length: the last word is one for a length.
        side: the last word or arrow of direction, whatever stands behind it.
    """

    says: Says | None
    key: str
    wrapped: bool = False
    atr: bool = False
    weak: bool = False
    length: bool = False
    side: Says | None = None


_SIDES: Final = (Says.COMMAND, Says.ANSWER)
#: Words of direction that are also everyday words: they count when nothing stands behind.
_EVERYDAY: Final = frozenset(
    [
        "c",
        "r",
        "s",
        "t",
        "in",
        "out",
        "input",
        "output",
        "read",
        "reading",
        "write",
        "writing",
        "ret",
        "res",
        "result",
        "results",
        "query",
        "question",
        "exchange",
        "ack",
        "xfr",
        "instruction",
        "pcd",
        "rdr",
        "reader",
        "terminal",
        "picc",
        "tag",
        "card",
        "发",
        "收",
        "回",
        "结果",
    ]
)
#: Names of those who speak, which are in every chatter, too.
SPEAKERS: Final = frozenset(["pcd", "rdr", "reader", "terminal", "picc", "tag", "card"])
_SIGN: Final = re.compile(r"[^\w\s]")
#: What is named behind this is where something is: ``slot=picc``.
_PLACE: Final = re.compile(
    r"(?:slot|reader|chan(?:nel)?|lane|port|i(?:nter)?face|dev(?:ice)?|卡槽|通道)\s?[=:]\s?[\"']?\Z",
    re.IGNORECASE,
)
_JOINED_END: Final = re.compile(r"(?<=[a-z])(?:apdu|len|length|size)\Z")


def _meanings(text: str) -> list[tuple[str, Says | None, bool]]:
    """Words and arrows in order: as written, what they say, whether it is an arrow."""
    found: list[tuple[str, Says | None, bool]] = []
    for token in _TOKEN.finditer(text):
        if token["han"]:
            found.append((token["han"], next(s for w, s in _HAN if w == token["han"]), False))
        elif token["other"]:
            found.append((token["other"], None, False))
        elif token["arrow"]:
            if not (token["arrow"] in "<>" and text[token.end() : token.end() + 1].isalpha()):
                found.append((token["arrow"], _ARROW[token["arrow"]], True))
        else:
            whole = token["word"].lower()
            if whole not in _TABLE and whole[:-1] in _TABLE:
                whole = whole.rstrip("12")  # the number of a variable: cmd1
            if whole in SPEAKERS:
                says = _TABLE[whole] if _speaks(text, *token.span()) else None
                found.append((whole, says, False))
                continue
            if whole in _TABLE:
                found.append((whole, _TABLE[whole], False))
                continue
            parts = _CAMEL.split(token["word"])
            if len(parts) == 1 and (end := _JOINED_END.search(whole)):
                parts = [whole[: end.start()], end[0]]  # sendapdu, txlen
            found += [(part.lower(), _parts_meaning(part.lower()), False) for part in parts]
    return found


def _parts_meaning(part: str) -> Says | None:
    """What a part of a joined word says: who speaks is no part of a word."""
    return None if part in SPEAKERS else _TABLE.get(part)


def _speaks(text: str, start: int, end: int) -> bool:
    """Who speaks stands alone in front of a sign; in a sentence it is what is spoken of."""
    before = text[:start].rstrip()[-1:]
    if before in {"=", ":", '"', "'"} and _PLACE.search(text, 0, start):
        return False
    return not before.isalnum() and _SIGN.search(text, end) is not None


#: How the key of an answer begins that stands behind what looks like its command.
BEHIND: Final = "behind "
#: A name in brackets tells the lane, where an arrow or a word tells the side: ``[CARD] ->``.
_TAG: Final = re.compile(
    r"[\[({]\s?(?:card|picc|tag|reader|terminal|pcd)\s?\d?\s?[\])}]", re.IGNORECASE
)


def label(text: str) -> Label:
    """What a text in front of bytes says of them."""
    text = _JOINED.sub(r"\1", text[-_NEAR:])
    text = _COMMAND_NAMES.sub(" ", _BOTH.sub("sw12", text))
    untagged = _TAG.sub(" ", text)
    if untagged != text and any(says in _SIDES for _, says, _ in _meanings(untagged)):
        text = untagged
    found = _meanings(text)
    found = [
        item
        for at, item in enumerate(found)
        if item[0] not in _EVERYDAY
        or all(arrow or says in _NEUTRAL for _, says, arrow in found[at + 1 :])
    ]
    wrapped = any(says is Says.WRAPPED for _, says, _ in found)
    atr = any(word in {"atr", "ats", "复位信息"} for word, _, _ in found)
    telling = [
        item for item in found if item[1] not in _PALE and item[0] not in _LANE_WORDS
    ] or found
    key = " ".join(word for word, _, _ in telling[-2:])
    says = _decide(text, found)
    weak = says in _SIDES and all(arrow or meaning not in _SIDES for _, meaning, arrow in found)
    arrows = [word for word, meaning, arrow in found if arrow and meaning is says]
    if weak and arrows and not any(arrow for _, _, arrow in telling[-2:]):
        key = f"{arrows[-1]} {key}"  # the name of a type behind it: --> Uint8Array(5)
    length = bool(found) and found[-1][1] is Says.LENGTH
    sides = [(arrow, meaning) for _, meaning, arrow in found if meaning in _SIDES]
    words = [meaning for arrow, meaning in sides if not arrow]
    side = words[-1] if words else sides[-1][1] if sides else None
    return Label(says, key, wrapped, atr, weak, length, side)


_STATUS_WORDS: Final = frozenset({Says.STATUS, Says.SW1, Says.SW2})


def _decide(text: str, found: list[tuple[str, Says | None, bool]]) -> Says | None:
    parties = None
    for parties in _PARTIES.finditer(text):  # noqa: B007 - the last one counts
        pass
    behind = () if parties is None else _meanings(text[parties.end() :])
    told = next((says for _, says, _ in reversed(behind) if says in _STATUS_WORDS), None)
    if told is not None:
        return told
    if parties is not None:
        out = parties["out"] or parties["out2"] or parties["out3"]
        return Says.COMMAND if out else Says.ANSWER
    last = next((says for _, says, _ in reversed(found) if says and says is not Says.WRAPPED), None)
    if last not in {*_SIDES, Says.APDU, Says.DATA, Says.LENGTH, None}:
        return last
    # A word says more than an arrow, and a word of direction more than APDU or data.
    for arrows in (False, True):
        for _, says, arrow in reversed(found):
            if arrow is arrows and says in _SIDES:
                return says
    for other in (Says.APDU, Says.STATUS):
        if any(says is other for _, says, _ in found):
            return other
    return last


def lane_word(text: str) -> str:
    """``sam``, ``card``, the number of a slot, or nothing."""
    if _SAM_LANE.search(text):
        return "sam"
    slot = _SLOT.search(text)
    if slot is not None:
        return slot[1]
    return "card" if _CARD_LANE.search(text) else ""
