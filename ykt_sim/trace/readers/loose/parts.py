"""The bytes of one line, each with what the words in front say of it.

Numbers that count something, addresses and what else stands in front are told from bytes of
an APDU; a status word that stands apart is put beside the bytes it belongs to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from ykt_sim.trace.readers.base import ends_in_sw
from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.tokens import HexPiece, pieces, sub
from ykt_sim.trace.readers.loose.words import BEHIND, EXPECTING, Label, Says, label, lane_word
from ykt_sim.trace.readers.runs import NAMES, UUID

SIDES: Final = (Says.COMMAND, Says.ANSWER)
_MODEM: Final = re.compile(r"(?P<command>AT)?\+C(?:SIM|GLA|RSM)\s?[:=]", re.IGNORECASE)
#: The session of a logical channel stands in front of the length [3GPP TS 27.007, +CGLA].
_CHANNEL: Final = re.compile(r"(?<=AT\+CGLA[=:])\s?\d{1,3}\s?,", re.IGNORECASE)
#: Where the words of a line are over that has no bytes: an empty list, a remark.
_EMPTY: Final = re.compile(
    r"(?:\[\s{0,2}\]|\{\s{0,2}\};?|\(\s{0,2}\)|\"\s{0,2}\"|<Buffer\s{0,2}>"
    r"|(?<=[:=\s])[<(\[]?(?:none|null|nil|empty|n/?a|no data|\u65e0|\u7a7a)[>)\]]?"
    r"|(?<=[:=]\s)-{1,2}"
    r"|\s\((?!0x)[^()]{0,40}\)|\s(?://|#|;|--(?![>-])).{0,80})\s*\Z",
    re.IGNORECASE,
)
_COUNT_BEHIND: Final = re.compile(
    r"\s?(?:bytes?|字节)\s?[)\]]?\s?:?\s*\Z|\s?[)\]]?\s?:\s*\Z", re.IGNORECASE
)
#: Signs, and bytes, that are looked at to tell what stands in front of them.
_AHEAD: Final = 24
_REST: Final = 2048
#: Remarks behind one another, and signs of one.
_ENDS: Final = 8
_END: Final = 120
#: Digits of an odd number of them that are taken for a damaged APDU.
_TOO_SHORT: Final = 5
_ADDRESS: Final = 8
#: Bytes of what may be a process and a thread.
_NUMBER: Final = 8
_SIGN_BEFORE: Final = re.compile(r"[:=>]\s*[\[({<\"']?\Z")
#: Behind a status word that stands in front of the data it comes with.
_STATUS_FIRST: Final = re.compile(r"\s?(?:[\])]\s?:?|:)\s*")
#: Lines that must show it before status words are taken for leading.
_LEADS: Final = 3
#: A function with its arguments up to here, and one whose arguments are over.
_GIVEN: Final = re.compile(r"[A-Za-z_]\w*\((?:[^()]{0,80}[,=]\s?)?(?:0x)?\Z")
_GIVES: Final = re.compile(r"[A-Za-z_]\w*\([^()]{0,80}\)\s{0,4}=?\s?(?:0x)?\Z")
#: An object as Java and others print it: ``SelectionStatus@7c9c490b``, ``[B@1b6d3586``; or
#: where it lies in memory, with its name: ``0x20001f40 <buf>``.
_OBJECT: Final = re.compile(
    r"(?<=[A-Za-z_$])@[0-9A-Fa-f]{1,8}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])0[xX][0-9A-Fa-f]{6,16}(?=\s<[A-Za-z_][^<>\s]{0,80}>)"
)
_QUOTED: Final = re.compile(r"(?P<sign>[\"'])(?P<inner>(?:(?!(?P=sign)).){0,400})(?P=sign)")
#: A word, so that a text in quotes is no list of bytes.
_LETTERS: Final = re.compile(r"[G-Zg-z][A-Za-z]|[A-Za-z][G-Zg-z]|[^\x00-\x7f]")
#: The numbers at the end of the name of a reader: ``ACS ACR122U PICC Interface 00 00``.
_READER_NAME: Final = re.compile(r"[A-Za-z]{3}[^\"]{0,80}\s[0-9A-F]{2}(?:\s[0-9A-F]{2})?\s*\Z")
_NAMED: Final = re.compile(
    r"(?:name|title|label|desc(?:ription)?|step|comment|remark|note|名称|说明|备注)\W{0,4}\Z",
    re.IGNORECASE,
)
#: A word for what should come is near the bytes: ``Expect=9000``, ``expected SW: 9000``.
_EXPECTED: Final = re.compile(
    r"(?:\A|\W)(?P<word>\w+)(?:\W{1,3}(?:sw|status|response|answer|data|result)){0,2}\W{1,4}\Z",
    re.IGNORECASE,
)
RETURN_CODE: Final = "return code"
#: Words in front of what a function gave back.
_CODE: Final = re.compile(
    r"(?:result|return(?:ed|s|ing)?|ret(?:code|val)?|r[cv]|res|hr|hresult|stat(?:us)?|err(?:or|no)?"
    r"|code|value|返回[码值]?|结果|错误码|状态)\W{0,4}\Z",
    re.IGNORECASE,
)
#: A code of PC/SC and of Windows has four bytes, those of errors begin so.
_CODE_SIZE: Final = 4
_ERROR: Final = 0x80
#: Bytes of a pointer.
#: What PC/SC gives back where a call fails, whoever says it: ``SCardTransmit(): 0x80100069``.
_PCSC_ERROR: Final = b"\x80\x10\x00"
_POINTERS: Final = frozenset({4, 8})
_TELLING: Final = (*SIDES, Says.APDU, Says.STATUS, Says.SW1)


@dataclass
class Part:
    """Bytes of a line that belong together, while it is read."""

    label: Label
    role: Says | None
    front: str
    piece: HexPiece | None = None
    count: int | None = None
    counted: bool = False
    sw: bytes = b""
    why: str = ""


class NamedBytes(NamedTuple):
    """Bytes that are something else than an APDU: what, and on which lane."""

    name: str
    data: bytes
    lane: str


class LineParts(NamedTuple):
    """A line taken apart: APDUs, other bytes, a lone number.

    Attributes:
        parts: the APDUs.
        named: bytes that are something else, the last ones of the line.
        aside: where such bytes stand, and what they are.
        number, counted: a lone number, and whether a word says that it is a length.
    """

    parts: list[Part]
    named: NamedBytes | None
    aside: list[tuple[int, int, str]]
    number: int | None
    counted: bool


def leading_status(texts: list[str]) -> bool:
    """Answers of a log have their status words in front of their data, as a word of its own.

    Args:
        texts: lines of ordinary signs, without times.
    """
    leads = ends = 0
    for text in texts:
        for piece in pieces(text):
            if len(piece.groups) > 1 and not piece.odd:
                ended = len(piece.data) > 2 and ends_in_sw(piece.data)
                led = _led(piece) > 0
                leads += led and not ended
                ends += ended and not led
    return leads >= _LEADS and leads > _LEADS * ends


def _apart(found: list[HexPiece]) -> list[HexPiece]:
    """The pieces, a status word in front of data as one of its own."""
    parts: list[HexPiece] = []
    for piece in found:
        size = _led(piece)
        parts += [sub(piece, 0, size), sub(piece, size)] if size else [piece]
    return parts


def _led(piece: HexPiece) -> int:
    """Groups of the status word that stands in front of data, none where none does."""
    size = 1 if len(piece.groups[0]) == 2 else 2
    leads = len(piece.groups) > size and with_data(b"".join(piece.groups[:size]))
    return size if leads else 0


def parts_of(  # noqa: PLR0912, PLR0915 - one pass over the line
    text: str, *, leading: bool = False, goes_on: bool = False
) -> LineParts:
    """The bytes of a line with what is said of each.

    Args:
        text: the line, without times.
        leading: as `leading_status` tells of the log.
        goes_on: the line above holds bytes, and this one is indented below them: a byte alone
            at its begin is their last.
    """
    parts: list[Part] = []
    aside: list[tuple[int, int, str]] = []
    named: NamedBytes | None = None
    end = 0
    number, counted = "", False
    front_says: Label | None = None
    modem = _MODEM.search(text[:200])
    if modem is not None:
        text = _CHANNEL.sub(lambda session: " " * len(session[0]), text, count=1)
    found = _apart(pieces(text)) if leading else pieces(text)
    for at, piece in enumerate(found):
        if (
            piece.odd
            and len(piece.groups) == 1
            and not piece.digits.isdigit()
            and (len(piece.digits) < _TOO_SHORT)
        ):
            continue  # a letter or a word, as the C of C-APDU
        gap = text[end : piece.start]
        front, end = text[: piece.start], piece.end
        said = label(gap)
        if modem is not None and not parts and not number:
            role = Says.COMMAND if modem["command"] else Says.ANSWER
            said = Label(role, "at" if modem["command"] else "+c")
        if not parts and (call := _of_call(piece, text, said)):
            if call == "argument" or not int(piece.digits or "0", 16):
                aside.append((piece.start, piece.end, call))
            front_says = said if call == "argument" and said.key else front_says
            continue
        near = re.split(r"[,;|]\s", gap)[-1]
        if _EXPECTED.search(near) and EXPECTING.search(near):
            aside.append((piece.start, piece.end, "expected in a test"))
            continue
        if _is_return_code(piece, gap):
            aside.append((piece.start, piece.end, RETURN_CODE))
            continue
        size = len(piece.data)
        headed = front_says is not None and front_says.says in _TELLING
        last = goes_on and size == 1 and not text[: piece.start].strip()
        fronts = not (parts or headed or last) and said.says is None
        if fronts and _is_front(piece, text, found[at + 1 : at + _AHEAD]):
            if len(piece.data) <= _NUMBER and (piece.digits.isdigit() or _is_address(piece, text)):
                aside.append((piece.start, piece.end, "number in front"))
            continue
        if said.says in {Says.SW1, Says.SW2} and size == 1:
            parts = parts or [Part(said, Says.ANSWER, front)]
            parts[-1].sw += piece.data
            number = ""
            continue
        leads = leading and with_data(piece.data)
        if (
            not parts
            and said.says is Says.ANSWER
            and (leads or _leads(piece, text, found[at + 1 : at + _AHEAD]))
        ):
            parts = [Part(said, Says.ANSWER, front, sw=piece.data)]
            number = ""
            continue
        if said.says is Says.STATUS and size == 2 and not piece.odd:
            parts = parts or [Part(said, said.side, front)]
            if number.isdigit() and counted and parts[-1].role is Says.COMMAND and parts[-1].piece:
                # The length is that of an answer without a byte: rspLen=0 rsp= sw=9000
                parts.append(Part(said, Says.ANSWER, front, count=int(number), counted=True))
            parts[-1].sw += piece.data
            number = ""
            continue
        if said.says is Says.NAMED or said.atr:
            if size > 1:
                name = NAMES.findall(gap)
                known = (name or ["named"])[-1].lower()
                named = NamedBytes(known, piece.data, lane_word(front))
                aside.append((piece.start, piece.end, known))
            continue
        again = number and said.length and not _announces(piece, found[at + 1 : at + _AHEAD])
        if not again and _is_number(piece, said, text):
            number, counted = piece.digits, said.length
            if said.key:
                front_says = said
            continue
        own, own_length = said.says, said.length
        if front_says is not None and (
            not said.key
            or (said.says in {Says.LENGTH, Says.DATA} and front_says.says in (*SIDES, Says.APDU))
        ):
            said, front_says = front_says, None
        part = _take(parts, piece, said, front, gap)
        if part is not None and number and (counted or own in {None, Says.LENGTH, Says.DATA}):
            part.count = int(number) if number.isdigit() else int(number, 16)
            part.counted = counted or own_length
        number, counted = "", False
    if number.isdigit() and counted and parts and parts[-1].piece is None:
        parts[-1].count, parts[-1].counted = int(number), True
    for part in parts:
        if part.count == 0 and part.piece is not None and fits.is_sw(part.piece.data):
            part.sw, part.piece = part.sw or part.piece.data, None
    parts = [part for part in parts if part.piece is not None or part.sw]
    count = int(number) if number.isdigit() and not parts else None
    return LineParts(parts, named, aside, count, counted)


def _of_call(piece: HexPiece, text: str, said: Label) -> str:
    """A number that a function is given, or gives back: ``Transmit(00000000, n=2) = 0``.

    A whole command or an answer with its status word is what was sent and received.
    """
    if any(len(group) > _ADDRESS for group in piece.groups) or said.says is Says.NAMED:
        return ""
    data = bytes.fromhex(piece.digits[: len(piece.digits) & ~1])
    if fits.like_command(data) or ends_in_sw(data):
        return ""
    front = text[: piece.start]
    side = label(front).side
    if side is not None and len(piece.groups) == 1 and _GIVES.search(front[-_END:]):
        return "return value"
    calls = side is Says.COMMAND or said.says is Says.APDU
    if not calls or not _GIVEN.search(front[-_END:]):
        return ""
    # Behind a length in brackets come the bytes: send(17): 80 50 ...
    _, _, rest = text[piece.end : piece.end + _REST].partition(")")
    return "" if any(len(one.data) > 1 for one in pieces(rest)) else "argument"


def _is_return_code(piece: HexPiece, gap: str) -> bool:
    """One number that says how a call went: ``result: 0x0``, ``ret=0x80100016``.

    No answer has one byte, nor do the words for a result stand in front of its zeros.
    """
    if piece.odd or len(piece.groups) != 1:
        return False
    size = len(piece.data)
    prefixed = len(piece.digits) < piece.end - piece.start
    failed = prefixed and size == _CODE_SIZE and piece.data[:3] == _PCSC_ERROR
    if failed or _CODE.search(gap) is None:
        return failed
    code = not any(piece.data) or piece.data[0] == _ERROR
    return size == 1 or (code and (size == 2 or (size == _CODE_SIZE and prefixed)))


def with_data(sw: bytes) -> bool:
    """A status word that may come with data."""
    return sw == b"\x90\x00" or sw[:1] in {b"\x61", b"\x62", b"\x63"}


def _leads(piece: HexPiece, text: str, behind: list[HexPiece]) -> bool:
    """A status word in front of a colon or in brackets, and behind it data or nothing."""
    if piece.odd or not fits.is_sw(piece.data):
        return False
    found = _STATUS_FIRST.match(text, piece.end)
    if found is None:
        return False
    alone = found.end() == len(text.rstrip()) or found.end() >= len(text)
    data = bool(behind) and behind[0].start <= found.end() + len("[0x")
    return alone or (data and with_data(piece.data))


def _is_address(piece: HexPiece, text: str) -> bool:
    """A pointer or a handle, as programs print them."""
    single = len(piece.groups) == 1 and len(piece.data) <= _ADDRESS
    single = single and not text[: piece.start].rstrip().endswith((":", "=", ">"))
    return single and text[piece.start : piece.start + 2] in {"0x", "0X"}


def is_pointer(piece: HexPiece, text: str) -> bool:
    """A pointer in brackets that can be no command and no answer: ``(0x7f3a12bc)``."""
    enclosed = text[: piece.start][-1:] in set("([{") and text[piece.end :][:1] in set(")]}")
    whole = len(piece.groups) == 1 and len(piece.data) in _POINTERS and not piece.odd
    other = not fits.like_command(piece.data) and not ends_in_sw(piece.data)
    return enclosed and whole and other and text[piece.start : piece.start + 2] in {"0x", "0X"}


def _is_front(piece: HexPiece, text: str, behind: list[HexPiece]) -> bool:
    """Something in front of the words: a process, a thread, a counter."""
    command = fits.like_command(piece.data) and not piece.odd
    end = piece.end
    for following in behind:
        says = label(text[end : following.start])
        if says.says in _TELLING:
            if says.says in {Says.STATUS, Says.SW1}:
                told = _SIGN_BEFORE.search(text[: piece.start]) is not None
                alone = len(piece.groups) == 1 and (not told or is_pointer(piece, text))
                number = piece.odd or alone
                return not command and (number or says.side is not None)
            return not (command and (says.weak or says.says is Says.ANSWER))
        end = following.end
    # A head begins with a number that may end like an answer: 15506669 Card -> Reader:
    alone = not text[: piece.start].strip() and len(piece.groups) == 1
    alone = alone and not any(one.data for one in behind)
    number = alone and piece.digits.isdigit() and len(piece.data) > 2
    if command or (ends_in_sw(piece.data) and not number):
        return False
    address = _is_address(piece, text)
    return address or label(without_end(text[end:])).says in _TELLING


def _is_number(piece: HexPiece, said: Label, text: str) -> bool:  # noqa: PLR0911
    """Digits that count something: a length, a line, a process."""
    if len(piece.groups) != 1 or len(piece.digits) > 5:
        return False
    if said.length:
        return True
    behind = text[piece.end : piece.end + 1]
    bracketed = behind in ")]" and re.search(r"[(\[]\s*\Z", text[: piece.start]) is not None
    if bracketed and piece.digits.isdigit() and not fits.is_sw(piece.data):
        return True
    if piece.odd:
        return piece.digits.isdigit()
    rest = text[piece.end : piece.end + _REST]
    following = pieces(rest)
    if not following:
        return piece.digits.isdigit() and bool(said.key) and _COUNT_BEHIND.match(rest) is not None
    unit = label(rest[: following[0].start]).says is Says.LENGTH
    if unit and (piece.digits.isdigit() or int(piece.digits, 16) == len(following[0].data)):
        return True
    if not piece.digits.isdigit() and behind not in ":)]":
        return False
    size = max(len(one.data) for one in following)
    near = len(following[0].data)
    values = {int(piece.digits, 16), int(piece.digits) if piece.digits.isdigit() else -1}
    if behind in ":)],=" or rest[:2] in {' "', " :", " )"}:
        small = len(piece.digits) < 4 or (behind in ")]" and not fits.is_sw(piece.data))
        return bool(values & {near, 2 * near}) or (small and size > 1)
    return False


def _announces(piece: HexPiece, behind: list[HexPiece]) -> bool:
    """Digits that are the length of the bytes next to them, whatever number came before."""
    size = len(behind[0].data) if behind else 0
    return piece.digits.isdigit() and 0 < int(piece.digits) in {size, 2 * size}


def _take(  # noqa: PLR0911 - a list of where bytes may belong
    parts: list[Part], piece: HexPiece, said: Label, front: str, gap: str
) -> Part | None:
    """Put bytes where they belong; None when they belong nowhere."""
    size = len(piece.data)
    role = said.says if said.says in SIDES else None
    if said.says is Says.APDU:
        role = Says.COMMAND
    if said.says is Says.STATUS:
        role = Says.ANSWER
    last = parts[-1] if parts else None
    if last is None or last.piece is None:
        part = last or Part(said, role, front)
        part.piece = piece
        if last is None:
            parts.append(part)
        elif role is not None and not (said.weak and part.role is not None):
            part.role = role
        elif part.role is None and part.sw:
            part.role = Says.ANSWER
        part.why = "expected pairs of hex digits, found an odd number of them" if piece.odd else ""
        return part
    # What stands behind the word for a status word is an answer, whatever it looks like.
    answers = last.role is Says.ANSWER or last.label.says is Says.STATUS
    pair = not answers and fits.like_command(last.piece.data)
    lone = size == 2 and fits.is_sw(piece.data) and not last.sw and said.says not in SIDES
    if lone and not pair and (said.says is Says.DATA or re.search(r"[(\[{<|=:,]", gap)):
        last.sw = piece.data
        return last
    if pair and last.sw and not piece.odd and said.says in {Says.DATA, Says.ANSWER}:
        # Command, status word, data: the status word is of the answer, not of the command.
        part = Part(said, Says.ANSWER, front, piece, sw=last.sw)
        last.role, last.sw = Says.COMMAND, b""
        parts.append(part)
        return part
    if size < 2 or (piece.odd and len(piece.digits) < 8):
        return None
    if role is not None and not said.weak and role is not last.role:
        part = Part(said, role, front, piece)
        parts.append(part)
        return part
    if pair and (said.weak or (size == 2 and fits.is_sw(piece.data)) or fits.is_answer(piece.data)):
        last.role = Says.COMMAND
        part = Part(Label(Says.ANSWER, BEHIND + said.key), Says.ANSWER, front, piece)
        parts.append(part)
        return part
    return None


def without_end(text: str) -> str:
    """The words of a line without an empty list or a remark behind them."""
    text = text.rstrip()
    for _ in range(_ENDS):
        found = _EMPTY.search(text, max(0, len(text) - _END))
        if found is None:
            break
        text = text[: found.start()].rstrip()
    return text


class Name(NamedTuple):
    """Where a name stands that looks like bytes, and what it is."""

    start: int
    end: int
    what: str


def names_of(text: str) -> list[Name]:
    """The names of a line, in order.

    A text in quotes is one when words in front of it say so, or when a command or an answer
    stands outside of it and none inside.
    """
    found = [Name(*one.span(), "object") for one in _OBJECT.finditer(text)]
    found += [Name(*one.span(), "uuid") for one in UUID.finditer(text)]
    quoted = [one for one in _QUOTED.finditer(text) if _LETTERS.search(one["inner"])]
    quoted = [one for one in quoted if pieces(one["inner"])]
    if not quoted:
        return found
    for one in quoted:
        rest = text[: one.start()] + "~" * len(one[0]) + text[one.end() :]
        reader = _READER_NAME.search(one["inner"]) is not None and not _whole(one["inner"])
        if reader or (
            _whole(rest) and (_NAMED.search(text[: one.start()]) or not _whole(one["inner"]))
        ):
            found.append(Name(*one.span(), "name in quotes"))
    return sorted(found)


def _whole(text: str) -> bool:
    """A command or an answer with its status word is in it."""
    return any(
        fits.like_command(piece.data) or ends_in_sw(piece.data)
        for piece in pieces(text)
        if not piece.odd
    )
