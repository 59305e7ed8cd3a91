"""The source every reader reads from: lines with offsets, in bounded memory."""

from __future__ import annotations

import io
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.textfile import encoding_of
from ykt_sim.trace.readers.base import HEAD, MAX_LINE, Source, broken, head_text


class Dribble(io.BytesIO):
    """A stream that gives few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7) if size != -1 else 7)


def texts(data: bytes) -> list[tuple[int, int, str, bool]]:
    return [tuple(line) for line in Source(io.BytesIO(data)).lines()]


def test_lines_have_numbers_and_offsets() -> None:
    assert texts(b"ab\r\nc\n\nd") == [
        (1, 0, "ab", False),
        (2, 4, "c", False),
        (3, 6, "", False),
        (4, 7, "d", False),
    ]


def test_marks_colours_and_bad_bytes() -> None:
    assert texts(b"\xef\xbb\xbfa\n\x1b[1;34mSW: 90 00 \x1b[0m\n\xff\n") == [
        (1, 0, "a", False),
        (2, 5, "SW: 90 00 ", False),
        (3, 27, "\ufffd", False),
    ]


def test_utf_16_of_both_orders() -> None:
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        data = mark + "SW: 90 00\r\n\u0a00\u000a卡".encode(encoding)
        assert [line.text for line in Source(io.BytesIO(data)).lines()] == [
            "SW: 90 00",
            "\u0a00",
            "卡",
        ]


def test_an_endless_line_is_cut_and_the_next_one_is_whole() -> None:
    data = b"x" * (3 * MAX_LINE + 5) + b"\nnext\n"
    first, second = Source(io.BytesIO(data)).lines()
    assert first.cut
    assert first.text == "x" * MAX_LINE
    assert tuple(second) == (2, 3 * MAX_LINE + 6, "next", False)


def test_read_and_head() -> None:
    data = bytes(range(256)) * 1024
    source = Source(Dribble(data))
    assert source.head == data[:HEAD]
    assert source.read(3) == data[:3]
    assert source.read(HEAD) == data[3 : HEAD + 3]
    assert source.offset == HEAD + 3
    assert source.read(len(data)) == data[HEAD + 3 :]
    assert source.read(1) == b""


@given(st.binary(max_size=300))
def test_lines_lose_no_byte(data: bytes) -> None:
    encoding = encoding_of(data)
    newline = "\n".encode(encoding)
    lines = list(Source(Dribble(data)).lines())
    for one, other in pairwise(lines):
        assert data[other.offset - len(newline) : other.offset] == newline
        assert one.offset < other.offset
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    if len(newline) == 1:
        assert len(lines) == len(data.split(b"\n")) - (data.endswith(b"\n") or not data)


def test_progress_counts_bytes() -> None:
    seen: list[int] = []
    source = Source(io.BytesIO(b"a\n" * 400_000), progress=seen.append)
    assert sum(1 for _ in source.lines()) == 400_000
    assert seen == sorted(seen)
    assert seen[-1] == 800_000


def test_broken_says_where() -> None:
    found = broken("s", 1.5, "expected hex", offset=10, line=2, raw="z" * 100)
    assert found.session == "s"
    assert found.event.data == {"why": "expected hex", "offset": 10, "line": 2, "raw": "z" * 60}


def test_the_head_is_shown_as_lines_are() -> None:
    text = "\ufeff\x1b[1;34mSW: 90 00\x1b[0m\r\n卡"
    assert head_text(text.encode()) == "SW: 90 00\n卡"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert head_text(text.encode(encoding)) == "SW: 90 00\n卡"
    assert head_text(b"a\xff") == "a\ufffd"


PARTS = [
    *(b"a", b"\r", b"\n", b"\r\n", b"\x1b[1m", b"\x1b", b"\xef\xbb\xbf", b"\xd6\xd0", b"\x00"),
    *("卡".encode(), b"90 00 ", b"\x0b\x0c\x1c\x85"),
]


@given(st.lists(st.sampled_from(PARTS), max_size=40))
def test_plain_lines_are_read_as_all_others(parts: list[bytes]) -> None:
    data = b"ascii\n" * 20 + b"".join(parts)
    slow = Source(io.BytesIO(data))
    slow._short = lambda: b""  # type: ignore[method-assign]
    quick = Source(io.BytesIO(data))
    for one, other in zip(quick.lines(), slow.lines(), strict=True):
        assert one == other
        assert (quick.partial, quick.offset) == (slow.partial, slow.offset)
