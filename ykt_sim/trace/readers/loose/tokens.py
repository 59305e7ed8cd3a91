"""Bytes in a line of text, in whatever dress: found, taken out of it, joined.

A line becomes plain first (`plain`: full-width signs, non-breaking blanks, lists of decimal
numbers, digits without their zero), times are read and blanked out (`stamps`), and then
every stretch of hex is a `HexPiece`. Nothing here knows what bytes mean; `rows` does.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final, NamedTuple

_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN: Final = str.maketrans(
    {
        **{chr(code): chr(plain) for code, plain in _FULL_WIDTH.items()},
        **dict.fromkeys("\u3000\u00a0\u2007\u202f□■\ufffc", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u202a\u202c\u202d\u202e", ""),
        "【": "[",
        "】": "]",
        "「": '"',
        "」": '"',
        "“": '"',
        "”": '"',
        "\u2018": "'",
        "\u2019": "'",
        "〈": "<",
        "〉": ">",
        "《": "<",
        "》": ">",
        "\u3014": "(",
        "\u3015": ")",
        "、": ",",
        "。": ".",
        "\t": " ",
    }
)
#: A list of numbers; it is one of decimal numbers when all of them are.
_DECIMAL: Final = re.compile(
    r"(?<![\w.-])-?[0-9A-Fa-f]{1,3}(?:\s?,\s{0,3}-?[0-9A-Fa-f]{1,3})+(?![\w.])"
)
#: The last row of a list may have one number, below a row of several.
_LAST_DECIMAL: Final = re.compile(r"(\s*)(-?\d{1,3})(,?\s*)")
_DECIMAL_ROW: Final = re.compile(r"\s*\[?\s*-?\d{1,3}(?:\s?,\s{0,3}-?\d{1,3})+,?\s*")
_NO_DECIMAL: Final = re.compile(r"[A-Fa-f]")
_DECIMAL_SPACED: Final = re.compile(r"(?<![\w.-])-?\d{1,3}(?: {1,2}-?\d{1,3})+(?![\w.])")
_UNPADDED: Final = re.compile(
    r"(?<![\w.:/-])(?:0[xX])?[0-9A-Fa-f]{1,2}(?:"
    r"(?:(?: |, ?)(?:0[xX])?[0-9A-Fa-f]{1,2})+|(?:[:-][0-9A-Fa-f]{1,2}){4,}"
    r")(?![\w.:/-])"
)
#: ``([0, 0, 26, 44], 144, 0)``.
_TUPLE: Final = re.compile(
    r"\(\[\s?(?:\d{1,3}(?:,\s?\d{1,3}){0,65535})?\s?\],\s?\d{1,3},\s?\d{1,3}\)"
)
#: ``status words:  90 0``.
_SHORT_STATUS: Final = re.compile(
    r"(?P<front>(?<![a-z])(?:sw|sw12|sw1[ ,/]{0,2}sw2|status(?: ?words?| ?bytes?)?)"
    r"\s?[:=]\s{0,4}\(?)"
    r"(?P<one>[0-9a-f]{1,2})[ ,]{1,2}(?P<two>[0-9a-f]{1,2})(?![0-9a-z])",
    re.IGNORECASE,
)
_SIGN: Final = re.compile(r"[\u2190-\u2bff\U0001f800-\U0001f8ff]")
_SHORT_0X: Final = re.compile(r"(?<!\w)0[xX]([0-9A-Fa-f])(?!\w)")
#: What stands in front of bytes where there are none.
_NO_0X: Final = re.compile(r"(?<!\w)0[xX](?!\w)")
_ESCAPES: Final = re.compile(r"(?:\\[xX][0-9A-Fa-f]{2})+")
#: ``sw1:144 sw2:0``.
_DECIMAL_STATUS: Final = re.compile(
    r"(?P<sw1>\bsw1\s?[:=-]\s?)(?P<one>\d{2,3})(?P<sw2>[,;]?\s{0,2}sw2\s?[:=-]\s?)(?P<two>\d{1,3})(?!\w)",
    re.IGNORECASE,
)
_BYTE_TYPE: Final = r"(?:(?:un)?signed\s)?(?:s?byte|u?int8(?:_t)?|u8|char|std::byte|jbyte)"
#: A number as a byte in a program: ``(byte) 0xA4``, ``(byte)(-92)``, ``byte(0xA4)``, ``0xA4u8``,
#: ``0xA4.toByte()``, ``&HA4``, ``$A4``.
_CAST: Final = re.compile(
    rf"\(\s?{_BYTE_TYPE}\s?\)\s{{0,2}}(?:\((?P<inner>-?[0-9A-Za-z]+)\))?"
    rf"|(?<![\w:]){_BYTE_TYPE}\((?P<called>-?[0-9A-Za-z]+)\)"
    r"|(?P<typed>\b0x[0-9A-Fa-f]{1,2})(?:_?u8\b|\.toU?Byte\(\))"
    r"|(?<![^\s,;([{+=])(?:&H|\$)(?P<basic>[0-9A-Fa-f]{1,2})\b",
    re.IGNORECASE,
)
#: Bytes as Python and others write them, text among escapes: ``b'\\x00\\xb2\\t2'``.
_LITERAL: Final = re.compile(
    r"(?<![\w\\])[bB]?(?P<quote>['\"])(?P<inner>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)"
)
_MAY_BE_LITERAL: Final = re.compile(r"\\|\b[bB]['\"]")
_HEX_INNER: Final = re.compile(r"[0-9A-Fa-f\s]*")
_ESCAPED: Final = re.compile(
    r"\\(?:[xX](?P<hex>[0-9A-Fa-f]{2})|(?P<octal>[0-7]{1,3})|(?P<char>.))|[^\\]"
)
_ESCAPE_CHARS: Final = {
    **{char: ord(char) for char in "\\'\""},
    **dict(zip("abtnvfr", range(7, 14), strict=True)),
    "e": 0x1B,
}
_MAY_CAST: Final = re.compile(r"[Bb]yte|8|char|&H|\$")
_CHUNK: Final = re.compile(r"[^\W_]+(?:_[^\W_]+)*", re.ASCII)
_HEX_CHUNK: Final = re.compile(
    r"(?:0[xX])?([0-9A-Fa-f]+)"
    r"|([0-9A-Fa-f]{2}|(?=[A-Fa-f]*[0-9])(?:[0-9A-Fa-f]{2}){2,4})[hH]"
)
_HARD: Final = re.compile(r"[()\[\]{}<>=→←⇒⇐/;\"'*@~]|:")
_BYTE_GAPS: Final = re.compile(r"[ ]{1,2}|[ ]?[,:;|-][ ]?|[\"'][ ]?,[ ]?[\"']|\]? ?\[|")
_OTHER_LETTERS: Final = re.compile(r"[^\x00-\x7f]")


class Dress(NamedTuple):
    """How a log writes its bytes, as far as one line alone does not tell."""

    decimal: bool = False
    decimal_spaced: bool = False
    unpadded: bool = False


class HexPiece(NamedTuple):
    """Bytes that stand together.

    Attributes:
        data: the bytes.
        start, end: where, in the plain text.
        groups: the bytes as they are grouped, and `spans` where each group stands.
        odd: a digit is missing or too many: `data` is not to be believed.
        digits: the hex digits as written.
    """

    data: bytes
    start: int
    end: int
    groups: tuple[bytes, ...]
    spans: tuple[tuple[int, int], ...]
    odd: bool
    digits: str


def plain(text: str) -> str:
    """A line with ordinary signs, and with literals of bytes as hex.

    What stands in a literal is no time and no length, as the 8s of a byte literal is no 8 seconds.
    """
    text = text.translate(_PLAIN)
    if not text.isascii():
        text = _SIGN.sub(_arrow, text)
    return _LITERAL.sub(_literal, text) if _MAY_BE_LITERAL.search(text) else text


def _arrow(found: re.Match[str]) -> str:
    """The arrow that an arrow of any other shape is."""
    words = unicodedata.name(found[0], "").split()
    if "ARROW" not in words and "ARROWHEAD" not in words:
        return found[0]
    ways = [sign for word, sign in (("RIGHTWARDS", "→"), ("LEFTWARDS", "←")) if word in words]
    return ways[0] if len(ways) == 1 else found[0]


def is_decimal_row(text: str) -> bool:
    """A row of a list of numbers with nothing else in it, which the next line may go on with."""
    return "," in text and _DECIMAL_ROW.fullmatch(text) is not None


def undressed(text: str, dress: Dress, *, listed: bool = False) -> str:
    """A line of ordinary signs, without times, with bytes as two hex digits each.

    Args:
        text: the line.
        dress: how bytes are written in the log.
        listed: the line above is a row of a list (`is_decimal_row`).
    """
    text = _uncast(text)
    if "([" in text:
        text = _TUPLE.sub(_of_tuple, text)
    if "1" in text and "2" in text:
        text = _DECIMAL_STATUS.sub(_status, text)
    if "w" in text or "W" in text:
        text = _SHORT_STATUS.sub(_padded_status, text)
    if "x" in text or "X" in text:
        text = _SHORT_0X.sub(r"0x0\1", text)
        text = _NO_0X.sub("  ", text)
        text = _ESCAPES.sub(lambda found: re.sub(r"\\[xX]", " ", found[0]), text)
    if "," in text:
        text = _DECIMAL.sub(lambda found: _from_decimal(found[0], sure=dress.decimal), text)
    if listed and dress.decimal and (last := _LAST_DECIMAL.fullmatch(text)) is not None:
        text = f"{last[1]}{_from_decimal(last[2], sure=True)}{last[3]}"
    if dress.decimal_spaced:
        text = _DECIMAL_SPACED.sub(lambda found: _from_decimal(found[0], sure=True), text)
    elif dress.unpadded:
        text = _UNPADDED.sub(_pad, text)
    return text


def _uncast(text: str) -> str:
    """A line without what makes numbers bytes in a program."""
    return _CAST.sub(_number, text) if _MAY_CAST.search(text) else text


def _of_tuple(found: re.Match[str]) -> str:
    """Data and both bytes of the status word, as pyscard gives them."""
    numbers = [int(one) for one in re.findall(r"\d+", found[0])]
    if max(numbers) > 255 or numbers[-2] >> 4 not in {6, 9}:
        return found[0]
    return f"answer: {bytes(numbers[:-2]).hex(' ')} sw={bytes(numbers[-2:]).hex()}"


def _padded_status(found: re.Match[str]) -> str:
    """Two bytes of a status word, one of which has lost its zero: ``90 0``."""
    one, two = found["one"], found["two"]
    if len(one) + len(two) != 3:
        return found[0]
    return f"{found['front']}{one.rjust(2, '0')} {two.rjust(2, '0')}"


def _status(found: re.Match[str]) -> str:
    """Two bytes of a status word; decimal where one of them has no two digits."""
    one, two = found["one"], found["two"]
    decimal = len(one) == 3 or len(two) != 2
    if not decimal or max(int(one), int(two)) > 255:
        return found[0]
    return f"{found['sw1']}{int(one):02X}{found['sw2']}{int(two):02X}"


def _literal(found: re.Match[str]) -> str:
    """The bytes of a literal as hex; one of mere text stays what it is, and so do digits of hex.

    A ``b`` in front makes bytes of any text: ``b'/^9l'`` is four of them.
    """
    inner = found["inner"]
    if "\\x" not in inner.lower() and (found[0][0] in "'\"" or _HEX_INNER.fullmatch(inner)):
        return found[0]
    data = b"".join(map(_byte, _ESCAPED.finditer(inner)))
    return f" [{data.hex(' ').upper()}] "  # a number behind it is no byte of it


def _byte(found: re.Match[str]) -> bytes:
    """The byte of an escape or a character of a literal, more of them for one that is not ASCII."""
    if found["hex"]:
        return bytes.fromhex(found["hex"])
    if found["octal"]:
        return bytes((int(found["octal"], 8) & 0xFF,))
    char = found["char"]
    return bytes((_ESCAPE_CHARS[char],)) if char in _ESCAPE_CHARS else found[0].encode()


def _number(found: re.Match[str]) -> str:
    basic = found["basic"]
    return f"0x{basic}" if basic else found["inner"] or found["called"] or found["typed"] or ""


def _from_decimal(text: str, *, sure: bool) -> str:
    numbers = [] if _NO_DECIMAL.search(text) else re.findall(r"-?\d+", text)
    if (
        not numbers
        or not (sure or tells_decimal(numbers))
        or not all(-129 < int(n) < 256 for n in numbers)
    ):
        return text
    return " ".join(f"{int(number) & 0xFF:02X}" for number in numbers)


def tells_decimal(numbers: list[str]) -> bool:
    """Some of the numbers have three digits or a sign, so they are no bytes in hex."""
    return any(len(number) > 2 for number in numbers)


def _pad(found: re.Match[str]) -> str:
    return re.sub(r"(?<![0-9A-Fa-fx])[0-9A-Fa-f](?![0-9A-Fa-fx])", r"0\g<0>", found[0])


def dress_of(texts: list[str]) -> Dress:
    """How the lines of a log write their bytes.

    Args:
        texts: lines of ordinary signs, without times.
    """
    comma = spaced = spaced_hex = unpadded = padded = 0
    for text in map(_uncast, texts):
        for found in _DECIMAL.finditer(text):
            numbers = [] if _NO_DECIMAL.search(found[0]) else re.findall(r"-?\d+", found[0])
            comma += len(numbers) > 3 and tells_decimal(numbers)
        for found in _DECIMAL_SPACED.finditer(text):
            numbers = found[0].split()
            good = all(-129 < int(number) < 256 for number in numbers)
            lengths = {len(number.lstrip("-")) for number in numbers}
            spaced += len(numbers) > 4 and good and len(lengths) > 1 and 3 in lengths
        for found in _UNPADDED.finditer(text):
            items = re.split(r"[ ,:-]+", found[0])
            letters = any(re.search(r"[A-Fa-f]", item) for item in items)
            # The last digit of a line that is cut stands alone, too.
            single = sum(len(item.removeprefix("0x")) == 1 for item in items[:-1])
            unpadded += len(items) > 4 and letters and single * 8 > len(items)
            padded += len(items) > 4 and not single
            spaced_hex += len(items) > 4 and letters
    return Dress(comma > 0, spaced > 0 and spaced > spaced_hex, 2 * unpadded > padded)


def pieces(text: str) -> list[HexPiece]:
    """Every stretch of hex in a plain text, in order."""
    runs: list[list[tuple[str, int, int]]] = []
    end = -1
    for chunk in _CHUNK.finditer(text):
        found = _HEX_CHUNK.fullmatch(chunk[0])
        digits = (found[1] or found[2]) if found is not None else ""
        if len(digits) == 1 and digits.isalpha() and not (end >= 0 and _pairs_before(runs[-1])):
            digits = ""  # a letter, as the C of "slot 0 C:"
        if not digits:
            end = -1
            continue
        gap = text[end : chunk.start()] if end >= 0 else None
        if gap is not None and _OTHER_LETTERS.search(gap):
            gap = None
        if gap is None:
            runs.append([])
        runs[-1].append((digits, chunk.start(), chunk.end()))
        end = chunk.end()
    return [piece for run in runs for piece in _split(text, run)]


def _pairs_before(run: list[tuple[str, int, int]]) -> bool:
    """The digit behind this run may be half of a byte."""
    return len(run) > 1 and all(len(digits) == 2 for digits, _, _ in run[-2:])


def _split(text: str, run: list[tuple[str, int, int]]) -> list[HexPiece]:
    """Cut a run of groups where something else than its own gap stands between them."""
    gaps = [text[run[at][2] : run[at + 1][1]] for at in range(len(run) - 1)]
    usual = _usual(gaps)
    found: list[HexPiece] = []
    begin = 0
    for at in range(1, len(run) + 1):
        if at < len(run):
            gap = gaps[at - 1]
            if gap == usual or (_BYTE_GAPS.fullmatch(gap) and not _HARD.search(gap)):
                continue
        found.append(_piece(run[begin:at]))
        begin = at
    return found


def _usual(gaps: list[str]) -> str | None:
    if not gaps:
        return None
    gap, count = Counter(gaps).most_common(1)[0]
    if count < 2 and ":" in gaps:
        return ":"
    if count < 2 and _HARD.search(gap) and gap != ":":
        return None
    if gap == "." and count > 2:
        return gap
    return gap if _BYTE_GAPS.fullmatch(gap) else None


def _piece(run: list[tuple[str, int, int]]) -> HexPiece:
    odd = any(len(digits) % 2 for digits, _, _ in run)
    groups = tuple(b"" if len(d) % 2 else bytes.fromhex(d) for d, _, _ in run)
    digits = "".join(digits for digits, _, _ in run)
    spans = tuple((start, end) for _, start, end in run)
    return HexPiece(b"".join(groups), run[0][1], run[-1][2], groups, spans, odd, digits)


def sub(piece: HexPiece, first: int, last: int | None = None) -> HexPiece:
    """The groups from `first` up to `last` of a piece, at least one."""
    groups, spans = piece.groups[first:last], piece.spans[first:last]
    data = b"".join(groups)
    odd = any(not group for group in groups)
    return HexPiece(data, spans[0][0], spans[-1][1], groups, spans, odd, data.hex())
