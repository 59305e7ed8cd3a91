"""Text in the encodings people's files have: told by trial, never by a setting.

Windows programs write UTF-16 or UTF-8 with a byte order mark, Chinese ones GBK. One rule for
every text file: a mark says it; zero bytes in every second place say UTF-16; what is UTF-8
is UTF-8; what is not and is GB18030 (which holds GBK) is that; else bad bytes are replaced.
"""

from __future__ import annotations

import codecs
import errno
import re
import tomllib
from pathlib import Path
from typing import Any, Final

UTF_8: Final = "utf-8"
GB18030: Final = "gb18030"
_MARKS: Final = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Bytes of a file that is read whole: images, forms, key files. Logs and traces are not.
MAX_BYTES: Final = 64 << 20
#: Bytes looked at for the zeros of UTF-16.
_LOOKED_AT: Final = 512
#: Part of the bytes of one place in two that must be zero for UTF-16; text of ASCII has all.
_ZEROS: Final = 0.4
#: Names of a dotted TOML key. The parser's time grows with their square, and a file of one key of
#: half a million names would hold it for hours.
_MOST_NAMES: Final = 32
#: A string or a comment of TOML, to its end or to where one that is not closed stops.
_TOML_TEXT: Final = re.compile(
    r'"""(?:(?!""")(?:[^\\]|\\.))*+(?:""")?|'
    r"'''(?:(?!''').)*+(?:''')?|"
    r'"(?:[^"\\\n]|\\[^\n])*+"?|'
    r"'[^'\n]*+'?|#[^\n]*+",
    re.DOTALL,
)
_LONG_KEY: Final = re.compile(rf"(?:\.[^.\n=,\[\]{{}}]*+){{{_MOST_NAMES}}}")
#: Integers of TOML have 64 bits.
_INTEGERS: Final = range(-(1 << 63), 1 << 63)


class NoTextError(ValueError):
    """A file that is no text, or has none in it; says which, without its name."""


class NoTomlError(ValueError):
    """A text that is no TOML, or none that anybody would write; says why, without its name."""


def encoding_of(head: bytes) -> str:
    """The encoding of a text that begins so: ``utf-8``, ``utf-16-le``, ``utf-16-be``, ``gb18030``.

    Args:
        head: the beginning; it may end in the middle of a character.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    looked = head[:_LOOKED_AT]
    half = len(looked) // 2
    if half and b"\0" in looked:
        even, odd = looked[0::2].count(0), looked[1::2].count(0)
        if odd > _ZEROS * half and even < odd // 8 + 1:
            return "utf-16-le"
        if even > _ZEROS * half and odd < even // 8 + 1:
            return "utf-16-be"
    if head.isascii() or _decodes(head, UTF_8):
        return UTF_8
    return GB18030 if _decodes(head, GB18030) else UTF_8


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeDecodeError:
        return False
    return True


def decode_line(raw: bytes, encoding: str) -> str:
    """One line of a text in an encoding of `encoding_of`.

    The beginning of a long file may be ASCII: a later line that is no UTF-8 is tried as
    GB18030 before its bad bytes become U+FFFD.
    """
    if encoding == UTF_8 and not raw.isascii():
        try:
            return raw.decode(UTF_8)
        except UnicodeDecodeError:
            if _decodes(raw, GB18030):
                return raw.decode(GB18030, "replace")
    return raw.decode(encoding, "replace")


def decode(data: bytes) -> str:
    """A whole text, without its byte order mark; bad bytes become U+FFFD."""
    return data.decode(encoding_of(data), "replace").removeprefix("\ufeff")


def read_bytes(path: Path) -> bytes:
    """All of a file that is to be held in memory; one without an end is not read to its end.

    Raises:
        OSError: it cannot be read, or is larger than `MAX_BYTES`.
    """
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"larger than {MAX_BYTES >> 20} MiB", str(path))
    return data


def text_of(data: bytes) -> str:
    """A whole text in any of the encodings; line ends are LF.

    Raises:
        NoTextError: it is in none of them.
    """
    try:
        text = data.decode(encoding_of(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise NoTextError(f"not UTF-8 text at byte {error.start}; save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path) -> str:
    """The text of a file as `text_of` gives it.

    Raises:
        OSError: as `read_bytes`.
        NoTextError: it is in none of the encodings, or holds nothing.
    """
    text = text_of(read_bytes(path))
    if not text.strip():
        raise NoTextError("it is empty")
    return text


def toml_of(text: str) -> dict[str, Any]:
    """What a TOML text holds, in time that grows with its length and no more.

    Raises:
        NoTomlError: no TOML; nested too deeply; a key of more than 32 names; or an integer of
            more than 64 bits (which TOML 1.0 lets a reader refuse, and whose decimal digits
            Python refuses to write).
    """
    if _LONG_KEY.search(_TOML_TEXT.sub("_", text)):
        raise NoTomlError(f"a key of more than {_MOST_NAMES} names")
    try:
        tree = tomllib.loads(text)
        _check_integers(tree)
    except RecursionError:
        raise NoTomlError("nested too deeply") from None
    except ValueError as error:
        raise NoTomlError(str(error)) from None
    return tree


def _check_integers(value: object) -> None:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check_integers(item)
    elif isinstance(value, int) and value not in _INTEGERS:
        raise NoTomlError("an integer of more than 64 bits")
