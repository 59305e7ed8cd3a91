"""Proxmark3 listings, byte for byte as the program's versions print them."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import broken_of, check_harmless, found, mutated, shorts
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers import proxmark_list
from ykt_sim.trace.readers.base import Source
from ykt_sim.trace.readers.proxmark_list import FORMAT, read, sniff

moderate = settings(max_examples=80, deadline=None)

HEAD = """\
[+] Recorded activity (trace len = 330 bytes)
[=] start = start of start frame end = end of frame. src = source of transfer
[=] ISO14443A - all times are in carrier periods (1/13.56MHz)

      Start |        End | Src | Data (! denotes parity error)                                           | CRC | Annotation
------------+------------+-----+-------------------------------------------------------------------------+-----+--------------------
"""  # noqa: E501
ROWS = """\
          0 |        992 | Rdr |52(7)                                                                    |     | WUPA
       2244 |       4612 | Tag |04  00                                                                   |     | 
       7040 |       9504 | Rdr |93  20                                                                   |     | ANTICOLL
      10676 |      16564 | Tag |08  59  4b  54  4e                                                       |     | 
      18688 |      29216 | Rdr |93  70  08  59  4b  54  4e  f4  9f                                       |  ok | SELECT_UID
      30388 |      33972 | Tag |20  fc  70                                                               |  ok | 
      35200 |      39968 | Rdr |e0  80  31  73                                                           |  ok | RATS - FSDI=8, CID=0
      41140 |      57460 | Tag |0c  78  80  80  00  59  4b  54  2d  4c  4e  54  77  8a                   |  ok | 
      67800 |      87480 | Rdr |02  00  a4  04  00  08  50  41  59  2e  41  50  50  59  00  b7  18       |  ok | 
     101700 |     121412 | Tag |02  6f  0a  84  08  50  41  59  2e  41  50  50  59  90  00  04  4c       |  ok | 
     135600 |     144976 | Rdr |03  00  b0  95  00  46  a4  cd                                           |  ok | 
     169500 |     255968 | Tag |03  ff  ff  ff  ff  ff  ff  ff  ff  51  00  00  00  00  00  00  02  03   |     | 
            |            |     |00  02  ff  ff  ff  ff  20  17  06  01  20  34  12  31  20  17  06  01   |     | 
            |            |     |90  00  b7  cc                                                           |  ok | 
"""  # noqa: E501, W291
SELECT = ("x", "00A40400085041592E4150505900", "6F0A84085041592E415050599000")
BINARY = (
    "x",
    "00B0950046",
    "FFFFFFFFFFFFFFFF510000000000000203" + "0002FFFFFFFF201706012034123120170601" + "9000",
)
START = [
    ("note", "activated", {"uid": "08594B54"}),
    ("reset", "3B878001594B542D4C4E543B"),
    SELECT,
    BINARY,
]


def test_a_listing() -> None:
    items = found(read, HEAD + ROWS)
    assert shorts(items) == START
    select = items[2].event
    assert isinstance(select, Exchange)
    assert select.t == pytest.approx(67800 / 13.56e6)
    assert select.duration_ms == pytest.approx(33900 / 13560)
    assert sniff((HEAD + ROWS).encode()) == 100
    assert sniff(ROWS.encode()) == 90
    assert sniff(b"nothing | of | the kind") == 0
    assert FORMAT.name == "proxmark-list"


def test_without_padding_and_with_windows_line_ends() -> None:
    text = re.sub(r" +\|", " |", HEAD + ROWS).replace("\n", "\r\n")
    assert shorts(found(read, text)) == START


def test_colours() -> None:
    text = ROWS.replace("| Rdr |", "\x1b[0m | \x1b[33mRdr\x1b[0m |")
    text = text.replace("|  ok |", "| \x1b[32m ok \x1b[0m|").replace("\x1b[0m | \x1b", "| \x1b")
    assert shorts(found(read, HEAD + text)) == START


def test_the_old_column_layout() -> None:
    old = """\
Recorded Activity (TraceLen = 330 bytes)

Start = Start of Start Bit, End = End of last modulation. Src = Source of Transfer
iso14443a - All times are in carrier periods (1/13.56Mhz)

      Start |        End | Src | Data (! denotes parity error)                                   | CRC | Annotation         |
------------|------------|-----|-----------------------------------------------------------------|-----|--------------------|
      67800 |      87480 | Rdr | 02  00  a4  04  00  08  50  41  59  2e  41  50  50  59  00  b7  |     |
            |            |     | 18                                                              |  ok | ?
     101700 |     121412 | Tag | 02  6f  0a  84  08  50  41  59  2e  41  50  50  59  90  00  04  |     |
            |            |     | 4c                                                              |  ok |
"""  # noqa: E501
    items = found(read, old)
    assert shorts(items) == [SELECT]
    assert items[0].event.t == 0.0
    assert sniff(old.encode()) == 100


def test_rows_without_times() -> None:
    rows = "".join(row[26:] + "\n" for row in ROWS.splitlines())
    rows = rows.replace("     |00", "    |00").replace("     |90", "    |90")
    text = "Src | Data (! denotes parity error) | CRC | Annotation\n" + rows
    items = found(read, text)
    assert shorts(items) == START
    assert isinstance(items[2].event, Exchange)
    assert items[2].event.duration_ms is None


def test_microseconds() -> None:
    rows = """\
        0.0 |     1451.3 | Rdr |02  00  a4  04  00  08  50  41  59  2e  41  50  50  59  00  b7  18       |  ok | 
     2500.5 |     3954.2 | Tag |02  6f  0a  84  08  50  41  59  2e  41  50  50  59  90  00  04  4c       |  ok | 
"""  # noqa: E501, W291
    head = HEAD.replace("carrier periods (1/13.56MHz)", "microseconds")
    (item,) = found(read, head + rows)
    assert isinstance(item.event, Exchange)
    assert item.event.duration_ms == 2.5005
    assert shorts([item]) == [SELECT]


def test_microseconds_that_turn_over() -> None:
    rows = """\
316733000.0 | 316734451.3 | Rdr |02  00  a4  04  00  08  50  41  59  2e  41  50  50  59  00  b7  18       |  ok | 
     2500.5 |     3954.2 | Tag |02  6f  0a  84  08  50  41  59  2e  41  50  50  59  90  00  04  4c       |  ok | 
"""  # noqa: E501, W291
    (item,) = found(read, rows)
    assert isinstance(item.event, Exchange)
    # 2**32 carrier periods are 316,738,005.0 microseconds.
    assert item.event.duration_ms == pytest.approx(
        (2**32 / 13.56 - 316733000 + 2500.5) / 1000, abs=1e-3
    )


def test_gap_and_duration() -> None:
    rows = """\
          0 |      19680 | Rdr |02  00  a4  04  00  08  50  41  59  2e  41  50  50  59  00  b7  18       |  ok | 
      14220 |      19712 | Tag |02  6f  0a  84  08  50  41  59  2e  41  50  50  59  90  00  04  4c       |  ok | 
 4294967196 |       9376 | Rdr |03  00  b0  95  00  46  a4  cd                                           |  ok | 
"""  # noqa: E501, W291
    head = HEAD.replace("      Start |        End | Src | Data (! denotes parity error)",
                        "        Gap |   Duration | Src | Data (! denotes parity error, ' denotes short bytes)")  # fmt: skip  # noqa: E501
    select, binary, _ = found(read, head + rows)
    assert isinstance(select.event, Exchange)
    assert select.event.duration_ms == pytest.approx((19680 + 14220) / 13560)
    # The gap before the last frame is 100 periods less than nothing.
    assert binary.event.t == pytest.approx((19680 + 14220 + 19712 - 100) / 13.56e6)


def test_times_that_turn_over() -> None:
    rows = ROWS.replace("     135600 |     144976", "      20000 |      29376")
    rows = rows.replace("     169500 |     255968", "      53900 |     140368")
    rows = rows.replace("      67800 |      87480", " 4294900000 | 4294919680")
    rows = rows.replace("     101700 |     121412", " 4294933900 | 4294953612")
    rows = "".join(rows.splitlines(keepends=True)[8:])
    select, binary = found(read, HEAD + rows)
    assert binary.event.t - select.event.t == pytest.approx((2**32 + 20000 - 4294900000) / 13.56e6)


def test_marks_in_the_data_column() -> None:
    rows = ROWS.replace("00  b7  18    ", "00! [b7  18]  ").replace(
        "90  00  04  4c", "90! 00  04! 4c"
    )
    assert shorts(found(read, HEAD + rows)) == START


def test_lines_between_are_no_business_of_ours() -> None:
    noise = (
        "      39968 |      41140 |     |fdt (Frame Delay Time): 1172\n"
        "            |            |  *  |key FFFFFFFFFFFF prng WEAK               |     |\n"
        "[usb] pm3 --> trace list -t 14a\n"
    )
    rows = ROWS.replace("      41140 |", noise + "      41140 |")
    assert shorts(found(read, HEAD + rows)) == START


def test_a_parity_error_and_a_bad_crc() -> None:
    rows = ROWS.replace("6f  0a  84  08", "6f  0a! 85  08").replace(
        "90  00  04  4c       |  ok ", "90  00  04  4c       |  !! "
    )
    items = found(read, HEAD + rows)
    assert shorts(items)[2:] == [
        ("x", SELECT[1], ""), ("broken", "a parity error in byte 2"), BINARY,
    ]  # fmt: skip
    (note,) = broken_of(items)
    assert note.data["line"] == HEAD.count("\n") + 10
    offset = note.data["offset"]
    assert isinstance(offset, int)
    assert (HEAD + rows)[offset:].startswith("     101700 |")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("     101700 |     121412 | Tag |02  6f  0g", "expected bytes in hex, got '0g'"),
        ("     101700 |     121412 | Tag |02  6f  0a  84  08  50", "the frame is cut off"),
        ("     101700 |     121412 | Tag ", "expected start, end, Rdr or Tag, bytes and CRC"),
        ("     10170x |     121412 | Tag |02  6f | ok |", "expected start, end, Rdr or Tag, bytes and CRC"),  # noqa: E501
    ],
)  # fmt: skip
def test_half_a_row(line: str, why: str) -> None:
    rows = ROWS.splitlines(keepends=True)
    text = HEAD + "".join(rows[:9]) + line + "\n" + "".join(rows[10:])
    kinds = shorts(found(read, text))
    assert kinds[2] == ("x", SELECT[1], "")
    assert ("broken", why) in kinds
    assert kinds[-1] == BINARY


def test_a_continuation_without_its_row() -> None:
    text = HEAD + "            |            |     |90  00  b7  cc    |  ok | \n" + ROWS
    kinds = shorts(found(read, text))
    assert kinds == [("broken", "a continued row without its beginning"), *START]


def test_a_frame_too_long_for_a_listing() -> None:
    row = "|  " + "00  " * 18 + "|     | \n"
    text = ROWS.splitlines(keepends=True)[8] + "     101700 |     121412 | Tag " + "02  ".join(
        ("|", "00  " * 17 + "|     | \n")
    ) + ("            |            |     " + row) * 17  # fmt: skip
    kinds = shorts(found(read, HEAD + text))
    assert kinds == [("x", SELECT[1], ""), ("broken", "a listing shows 324 bytes of a frame")]


def test_blocks_of_type_7816_listings() -> None:
    head = HEAD.replace("ISO14443A - all times are in carrier periods (1/13.56MHz)",
                        "ISO7816-4 / Smartcard - Timings N/A")  # fmt: skip
    items = found(read, head + ROWS.replace("|  ok |", "| A ok|"))
    assert shorts(items) == START
    assert isinstance(items[2].event, Exchange)
    assert items[2].event.duration_ms is None


def test_apdus_of_a_contact_card() -> None:
    text = """\
[=] ISO7816-4 / Smartcard - Timings N/A

      Start |        End | Src | Data (! denotes parity error)                                           | CRC | Annotation
------------+------------+-----+-------------------------------------------------------------------------+-----+--------------------
          0 |          0 | Rdr |00  a4  04  00  08  50  41  59  2e  41  50  50  59                       |  !! | 
          0 |          0 | Tag |61  10                                                                   |     | 
          0 |          0 | Tag |3b  6e  00  00                                                           |  !! | 
          0 |          0 | Rdr |00  c0  00  00  10                                                       |  !! | 
"""  # noqa: E501, W291
    assert shorts(found(read, text)) == [
        ("x", "00A40400085041592E41505059", "6110"),
        ("reset", "3B6E0000"),
        ("x", "00C0000010", ""),
        ("broken", "the listing ends before the answer"),
    ]


# -- damage --------------------------------------------------------------------------------------


def digits(data: bytes) -> bytes:
    """The bytes that a listing shows, and some more."""
    text = data.decode("utf-8", "replace")
    return bytes.fromhex("".join(re.findall(r"[ |\[]([0-9A-Fa-f]{2})(?=[!' \](|])", text)))


@pytest.mark.parametrize("end", range(0, len(ROWS), 17))
def test_cut_anywhere(end: int) -> None:
    kinds = shorts(found(read, HEAD + ROWS[:end]))
    for kind in kinds:
        if kind[0] == "x":
            assert kind in (SELECT, BINARY) or kind[2] == ""
    check_harmless(read, (HEAD + ROWS[:end]).encode(), digits((HEAD + ROWS).encode()), 14)


@given(mutated((HEAD + ROWS).encode()))
@moderate
def test_a_damaged_listing(data: bytes) -> None:
    check_harmless(read, data, digits(data), 2)
    assert 0 <= sniff(data) <= 100


@given(st.binary(max_size=300) | st.text("0123456789abcdef |!RdrTag.\n", max_size=400))
@moderate
def test_anything(data: bytes | str) -> None:
    raw = data if isinstance(data, bytes) else data.encode()
    check_harmless(read, raw, digits(raw), 2)


def test_a_line_without_end() -> None:
    row = "     101700 |     121412 | Tag |" + "02  " * 600_000
    text = HEAD + "".join(ROWS.splitlines(keepends=True)[:9]) + row + "\n"
    kinds = shorts(found(read, text))
    assert kinds[2:] == [("x", SELECT[1], ""), ("broken", "the frame is cut off")]


@given(st.lists(st.text("0aF [](!'1)\t", max_size=24), min_size=1, max_size=4))
def test_clean_rows_are_read_as_all_others(rows: list[str]) -> None:
    texts = [f" 0 | 1 | Rdr |{rows[0]}| ok |"] + [f" | | |{row}| ok |" for row in rows[1:]]
    file = "\n".join([*texts, ""]).encode()
    quick = list(read(Source(io.BytesIO(file))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proxmark_list, "_CLEAN", re.compile("(?!)"))
        assert list(read(Source(io.BytesIO(file)))) == quick


def test_numbers_in_tenths_are_exact() -> None:
    for text in ("0", "17", "99999999999999", "9" * 20, "12.5", "0.3"):
        for scale in (1, 10):
            assert proxmark_list._scaled(text, scale) == round(float(text) * scale)
