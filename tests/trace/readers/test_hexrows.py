"""Hex as logs write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.readers.samples import dump, spaced
from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.hexrows import (
    MAX_APDU,
    Dump,
    parse_counted,
    parse_hex,
    parse_loose,
    text_row,
    too_many,
)

LINE = Line(1, 0, "")
ROWS = st.binary(min_size=1, max_size=16)


@given(st.binary(max_size=60))
def test_hex_in_all_dresses(data: bytes) -> None:
    for text in (
        data.hex(),
        spaced(data),
        f"  {spaced(data).replace(' ', '  ')}  ",
        data.hex().upper(),
    ):
        assert parse_hex(text, LINE) == data
        assert parse_counted(text, len(data), LINE) == data
        assert isinstance(parse_counted(text, len(data) + 1, LINE), str)
    for text in (data.hex(":"), data.hex(","), " ".join(f"0x{byte:02X}," for byte in data)):
        assert parse_loose(text, LINE) == data


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0", "an odd number"),
        ("00 0 00", "an odd number"),
        ("00 0G", "found 'G' at character 5"),
        ("00\u00a000", r"found '\xa0' at character 3"),
        ("\u0660\u0660", r"found '\u0660' at character 1"),
        ("00\0", r"found '\x00' at character 3"),
        ("00" * (MAX_APDU + 1), f"at most {MAX_APDU} bytes"),
    ],
)
def test_what_is_wrong_is_named(text: str, why: str) -> None:
    found = parse_hex(text, LINE)
    assert isinstance(found, str)
    assert why in found


def test_a_cut_line_is_not_believed() -> None:
    assert isinstance(parse_hex("90 00", LINE._replace(cut=True)), str)


@given(st.binary(min_size=1, max_size=70), st.booleans())
def test_a_dump_with_a_count(data: bytes, padded: bool) -> None:  # noqa: FBT001
    rows = dump(data, padded=padded).splitlines()
    whole, numbered = Dump(len(data)), Dump(len(data), offsets=True)
    for at, row in enumerate(rows):
        assert isinstance(whole.read(), str)
        assert whole.row(row) == ""
        assert numbered.row(f"{16 * at:04X} {row}") == ""
    assert whole.read() == numbered.read() == data
    assert whole.missing == 0


def test_rows_that_do_not_fit() -> None:
    full = Dump(20, offsets=True)
    assert full.row("0010 " + "00 " * 16) == "expected a row with offset 0000"
    assert full.row("0000 " + "00 " * 15) == "expected a row of 16 bytes"
    assert full.row("0000 " + "00 " * 16) == ""
    assert full.row("0010 00 00 00 0") == "expected a row of 4 bytes"
    assert full.read() == "expected 20 bytes, found 16"
    assert too_many(MAX_APDU) == ""
    assert too_many(MAX_APDU + 1)


@given(ROWS, st.booleans())
def test_a_row_proves_itself(data: bytes, padded: bool) -> None:  # noqa: FBT001
    row = dump(data, padded=padded).rstrip("\n")
    assert text_row(row) == data
    assert text_row(row.rstrip()) == data


@given(ROWS, st.integers(0, 60))
def test_a_changed_row_is_none(data: bytes, at: int) -> None:
    row = dump(data).rstrip("\n")
    at %= len(row)
    found = text_row(row[:at] + "~" + row[at + 1 :])
    assert found is None or data[-1:] in (b"~", b"\x7e") or row[at] == "~"


@given(st.text(max_size=80))
def test_other_text_is_no_row(text: str) -> None:
    found = text_row(text)
    assert found is None or text.upper().startswith(spaced(found))


def test_long_lines_are_no_rows() -> None:
    assert text_row("00 " * 1000) is None
