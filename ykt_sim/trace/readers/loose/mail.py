"""Lines that a mail has cut: quoted-printable (RFC 2045, 6.7), decoded line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ykt_sim.trace.readers.base import MAX_LINE, Line

_HEADER: Final = re.compile(r"Content-Transfer-Encoding:\s*quoted-printable\s*\Z", re.IGNORECASE)
#: Characters of a line, with the ``=`` of a soft line break.
_LONGEST: Final = 76
_FULL: Final = _LONGEST - 3
_SOFT: Final = re.compile(r"=[ \t]*\Z")
#: An equals sign, or the bytes of characters that are not ASCII; no other is touched, for a
#: log has ``SW=9000``, too.
_ENCODED: Final = re.compile(r"=3D|(?:=[C-F][0-9A-F](?:=[89AB][0-9A-F]){1,3})+|=(?:20|09)\Z")


#: A blank at the end of a line; behind a name it may be what the log says: ``len=20``.
_BLANK: Final = re.compile(r"(?<![0-9A-Za-z_])=(?:20|09)\Z")
#: A character of two bytes or, as Chinese ones are, of three.
_CHARACTER: Final = re.compile(r"=(?:[CD][0-9A-F]|E[0-9A-F]=[89AB][0-9A-F])=[89AB][0-9A-F]")


def is_quoted_printable(texts: Iterable[str]) -> bool:
    """Whether a log is a mail in quoted-printable.

    A line of its head says so; where the head is lost, no line is longer than 76, and lines
    that end in ``=`` are as long as that, or blanks at the end of lines are written ``=20``, or
    there are characters of more than one byte; or every ``=`` is written ``=3D``.
    """
    soft = bare = written = 0
    fits = True
    for text in texts:
        if _HEADER.match(text):
            return True
        written += text.count("=3D")
        bare += text.count("=") - text.count("=3D")
        length = len(text.rstrip())
        fits = fits and length <= _LONGEST
        if _SOFT.search(text):
            fits = fits and length >= _FULL
            soft += 1
        soft += _BLANK.search(text) is not None or _CHARACTER.search(text) is not None
    return fits and (soft > 0 or written > 0 == bare)


def unfolded(lines: Iterable[tuple[Line, bool]]) -> Iterator[tuple[Line, bool]]:
    """The lines of such a mail as they were written.

    Args:
        lines: each with whether it is the last of the file and has no end.
    """
    held: list[str] = []
    size, first, last = 0, None, False
    for line, last in lines:
        first = first or line
        soft = _SOFT.search(line.text)
        held.append(line.text if soft is None else line.text[: soft.start()])
        size += len(line.text)
        if soft is not None and size < MAX_LINE:
            continue
        yield _joined(first, held), last
        held, size, first = [], 0, None
    if first is not None:
        yield _joined(first, held), True


def _joined(first: Line, parts: list[str]) -> Line:
    return first._replace(text=_ENCODED.sub(_decoded, "".join(parts)))


def _decoded(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("=", "")).decode("utf-8", "replace")
