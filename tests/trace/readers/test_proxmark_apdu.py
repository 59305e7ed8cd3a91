"""What ``hf 14a apdu`` prints, in its versions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import broken_of, check_harmless, found, mutated, shorts
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.proxmark_apdu import read, sniff

moderate = settings(max_examples=80, deadline=None)

TEXT = """\
[usb] pm3 --> hf 14a apdu -skd 00A404000E325041592E5359532E4444463031
[+] ( select, keep )
[+] >>> 00A404000E325041592E5359532E4444463031
[=] APDU: case=0x03 cla=0x00 ins=0xa4 p1=0x04 p2=0x00 Lc=0x0e(14) Le=0x00(0)
[+] <<< 6F0A8408A0000006320101059000 | o.......2......
[+] <<< status: 90 00 - Command executed successfully
[usb] pm3 --> hf 14a apdu -k 805C000204
[+] ( , keep )
[+] >>> 805C000204
[+] <<< 6A82 | j.
[+] <<< status: 6A 82 - File not found
[!] APDU: Reply timeout.
"""
FIRST = ("x", "00A404000E325041592E5359532E4444463031", "6F0A8408A0000006320101059000")
EVENTS = [FIRST, ("x", "805C000204", "6A82")]


def test_the_present_version() -> None:
    items = found(read, TEXT)
    assert shorts(items) == EVENTS
    assert isinstance(items[0].event, Exchange)
    assert items[0].event.duration_ms is None
    assert items[0].event.t == 0.0
    assert sniff(TEXT.encode()) == 95


def test_an_old_version() -> None:
    text = """\
>>>>[sel keep ] 00 A4 04 00 0E 32 50 41 59 2E 53 59 53 2E 44 44 46 30 31
<<<< 6F 0A 84 08 A0 00 00 06 32 01 01 05 90 00
APDU response: 90 00 - Command executed successfully
>>>>[] 80 5C 00 02 04
<<<< 6A 82
APDU response: 6a 82 - File not found
"""
    assert shorts(found(read, text)) == EVENTS
    assert sniff(text.encode()) == 95
    assert sniff(b">>> 00A4040000\n<<< 9000\n") == 45


def test_no_answer() -> None:
    text = TEXT.replace("[+] <<< 6F0A8408A0000006320101059000 | o.......2......\n", "").replace(
        "[+] <<< status: 90 00 - Command executed successfully\n", "[!!] APDU: No APDU response\n"
    )
    assert shorts(found(read, text)) == [
        ("x", FIRST[1], ""), ("broken", "the next command came before an answer"), EVENTS[1],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("status: 90 00", "status: 90 01",
         "expected an answer that ends with the status 9001, got 6f0a8408a0000006320101059000"),
        ("[+] <<< 6F0A8408A0000006320101059000 | o.......2......\n", "",
         "expected an answer that ends with the status 9000, got none"),
        ("<<< 6F0A8", "<<< 6F0A8X", "the line after it is not whole bytes in hex"),
        ("<<< 6F0A8", "<<< 6F0A", "the line after it is not whole bytes in hex"),
    ],
)  # fmt: skip
def test_a_bad_answer(old: str, new: str, why: str) -> None:
    kinds = shorts(found(read, TEXT.replace(old, new, 1)))
    assert kinds[:2] == [("x", FIRST[1], ""), ("broken", why)]
    assert kinds[-1] == EVENTS[1]


def test_a_bad_command() -> None:
    items = found(read, TEXT.replace(">>> 00A40", ">>> 00A4_", 1))
    assert len(broken_of(items)) >= 1
    assert shorts(items)[-1] == EVENTS[1]
    assert all(kind[1] != FIRST[1] for kind in shorts(items))


def digits(data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    text = re.sub(r"(?<=[0-9A-Fa-f])[ \t]+(?=[0-9A-Fa-f]{2})", "", text)
    return b"\0".join(
        bytes.fromhex(run[: len(run) & ~1]) for run in re.findall("[0-9A-Fa-f]{2,}", text)
    )


@pytest.mark.parametrize("end", range(0, len(TEXT), 3))
def test_cut_anywhere(end: int) -> None:
    kinds = shorts(found(read, TEXT[:end]))
    for kind in kinds:
        assert kind[0] == "broken" or kind in EVENTS or kind[2] == ""
    check_harmless(read, TEXT[:end].encode(), digits(TEXT.encode()))


@given(
    mutated(TEXT.encode()) | st.text("<>0123456789AB []+|status:\n", max_size=200).map(str.encode)
)
@moderate
def test_a_damaged_text(data: bytes) -> None:
    check_harmless(read, data, digits(data) + digits(b"0" + data), 1)
    assert sniff(data) in range(101)
