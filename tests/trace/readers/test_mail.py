"""Logs in mails: quoted-printable."""

from __future__ import annotations

import quopri

import pytest

from tests.trace.readers.samples import pairs, whys
from tests.trace.readers.test_account import read_all
from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.loose.mail import is_quoted_printable, unfolded

TALK = [
    ("00A4040008A000000632010105", "6F108408A000000632010105A5049F0801029000"),
    ("00B0950000", "11" * 60 + "9000"),
]
RIGHT = [tuple(map(bytes.fromhex, pair)) for pair in TALK]
HEAD = "Subject: a card\nContent-Transfer-Encoding: quoted-printable\n\n"


@pytest.mark.parametrize("head", [HEAD, ""])
@pytest.mark.parametrize(
    "shape", ["TX: {0}\nRX: {1}\n", "> {0}\n< {1}\n", "发送：{0}\n接收：{1}\n"]
)
def test_a_soft_line_break_cuts_no_bytes(shape: str, head: str) -> None:
    text = "".join(shape.format(*pair) for pair in TALK)
    found = read_all(head.encode() + quopri.encodestring(text.encode()))
    assert pairs(found) == RIGHT
    assert whys(found) == []


def test_a_status_word_behind_an_equals_sign_stays() -> None:
    text = HEAD + "APDU=00A40000023F00 SW=9000\nAPDU=3D00A40000021001 SW=3D6A82\n"
    assert [answer.hex() for _, answer in pairs(read_all(text.encode()))] == ["9000", "6a82"]


def test_lines_that_end_in_an_equals_sign_are_no_mail_by_that_alone() -> None:
    assert not is_quoted_printable(["CAPDU =", "00A4"])
    assert not is_quoted_printable(["A" * 75 + "=", "A" * 77])
    assert is_quoted_printable(["A" * 75 + "=", "A"])


def test_a_mail_that_ends_in_a_soft_line_break() -> None:
    lines = [(Line(1, 0, "ab="), False), (Line(2, 4, "cd="), False)]
    assert list(unfolded(lines)) == [(Line(1, 0, "abcd"), True)]
