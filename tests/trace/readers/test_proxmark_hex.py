"""Proxmark3's listing for text2pcap."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import BALANCE, SELECT, a, check_harmless, found, mutated, shorts
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.proxmark_hex import read, sniff

moderate = settings(max_examples=80, deadline=None)

TEXT = """\
[+] Recorded activity (trace len = 100 bytes)
0.0000006993
000000 00 fe 00 01 52 
0.0000009237
000000 00 ff 00 02 04 00 
0.0000135600
000000 00 fe 00 10 02 00 a4 04 00 08 a0 00 00 06 32 01 01 05 50 6d 
0.0000271200
000000 00 ff 00 05 02 90 00 f1 09 
0.0000406800
000000 00 fe 00 08 03 80 5c 00 02 04 aa bb 
[?] syntax to use: `text2pcap -t "%S." -l 264 -n <input-text-file> <output-pcapng-file>`
"""  # noqa: W291


def spaced(data: bytes) -> str:
    return data.hex(" ")


TEXT = TEXT.replace(
    "02 00 a4 04 00 08 a0 00 00 06 32 01 01 05 50 6d", spaced(a("02" + SELECT.hex()))
)
TEXT = TEXT.replace("03 80 5c 00 02 04 aa bb", spaced(a("03" + BALANCE.hex())))
EVENTS = [
    ("x", SELECT.hex().upper(), "9000"),
    ("x", BALANCE.hex().upper(), ""),
    ("broken", "the capture ends before the answer"),
]


def digits(data: bytes) -> bytes:
    text = "".join(c if c in "0123456789abcdefABCDEF" else " " for c in data.decode("latin-1"))
    return bytes.fromhex("".join(word for word in text.split() if len(word) == 2))


def test_a_listing() -> None:
    items = found(read, TEXT)
    assert shorts(items) == EVENTS
    # The "seconds" are carrier periods.
    assert isinstance(items[0].event, Exchange)
    assert items[0].event.t == pytest.approx((135_600 - 6993) / 13.56e6)
    assert items[0].event.duration_ms == 10.0
    assert sniff(TEXT.encode()) == 95
    assert sniff(b"0.0000006993\nnothing\n") == 0
    assert sniff(b"12.5 seconds\n") == 0


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("00 ff 00 05", "00 ff 00 06", "6 bytes announced, 5 follow"),
        ("00 ff 00 05", "00 ff 00 04", "4 bytes announced, 5 follow"),
        ("00 ff 00 05", "00 f0 00 05", "expected an event FA to FF, got F0"),
        ("00 ff 00 05", "01 ff 00 05", "expected version 00, event and length, got 01ff0005"),
        ("0 00 ff 00 05", "1 00 ff 00 05", "expected a frame at 000000, got one at 000001"),
        ("02 90 00 f1 09", "02 90 0 f1 09", "expected a time, then a row of hex bytes"),
        ("0.0000271200\n", "", "expected a time, then a row of hex bytes"),
        ("0.0000271200\n", "0.00002712\n", "expected a time, then a row of hex bytes"),
    ],
)  # fmt: skip
def test_bad_rows(old: str, new: str, why: str) -> None:
    kinds = shorts(found(read, TEXT.replace(old, new)))
    assert kinds[0] == ("x", SELECT.hex().upper(), "")
    assert any(kind == ("broken", why) for kind in kinds)
    assert kinds[-2:] == EVENTS[-2:]


@pytest.mark.parametrize("end", range(0, len(TEXT), 7))
def test_cut_anywhere(end: int) -> None:
    check_harmless(read, TEXT[:end].encode(), digits(TEXT.encode()))


@given(mutated(TEXT.encode()) | st.binary(max_size=200))
@moderate
def test_a_damaged_listing(data: bytes) -> None:
    check_harmless(read, data, digits(data), 2)
    assert sniff(data) in range(101)
