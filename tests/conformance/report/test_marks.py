from __future__ import annotations

import pytest

from ykt_conformance.judge.verdict import Fault, Subject
from ykt_conformance.report.marks import Mark, Side, differing, is_bytes, locate, side_by_side


@pytest.mark.parametrize(
    ("text", "expected"),
    [("9000", True), ("1*0A", True), ("900", False), ("", False), ("words", False)],
)
def test_bytes_are_whole(text: str, expected: bool) -> None:  # noqa: FBT001
    assert is_bytes(text) is expected


@pytest.mark.parametrize(
    ("expected", "received", "places"),
    [
        ("9000", "9000", ()),
        ("0a0b", "0A0C", (1,)),
        ("00010203", "0001", (2, 3)),
        ("", "01", (0,)),
    ],
)
def test_a_missing_byte_differs(expected: str, received: str, places: tuple[int, ...]) -> None:
    assert differing(expected, received) == places


COMMAND, RESPONSE = "805C000204", "0000122A9000"


@pytest.mark.parametrize(
    ("fault", "subject", "side", "places"),
    [
        (Fault("x", 0, "0000122B", "0000122A"), "card", "response", {3}),
        (Fault("x", 0, "9001", "9000"), "card", "response", {5}),
        (Fault("x", 0, "03", "02"), "terminal", "command", {3}),
        (Fault("x", 0, "", "5C00"), "card", "command", {1, 2}),
        (Fault("x", 0, "0C", "2A"), "terminal", "response", {3}),
        (Fault("x", 0, "0000", "01"), "card", None, set()),
        (Fault("x", 0, "words", "other words", 4), "card", "response", {4}),
        (Fault("x", 0, "", "", 4), "terminal", "command", {4}),
        (Fault("x", 0, "", "", 5), "terminal", "response", {5}),
        (Fault("x", 0, "", "", 99), "card", None, set()),
        (Fault("x", 0), "card", None, set()),
    ],
)
def test_the_offending_bytes_are_found(
    fault: Fault, subject: Subject, side: Side | None, places: set[int]
) -> None:
    assert locate(fault, subject, COMMAND, RESPONSE) == Mark(side, frozenset(places))


def test_a_find_begins_at_a_whole_byte() -> None:
    assert locate(Fault("x", 0, "11", "01"), "card", "", "10010190") == Mark(
        "response", frozenset({1})
    )


def test_bytes_stand_in_rows_and_words_as_they_are() -> None:
    page = side_by_side("00" * 8 + "0102", "00" * 8 + "0103FF")
    assert '<th scope="row">8</th>' in page
    assert "<mark>03</mark> <mark>FF</mark>" in page
    assert "<ins>02</ins>" in page
    assert "2 bytes differ: 9–10" in page
    assert "1 byte differs: 0" in side_by_side("00", "01")
    assert "differ" not in side_by_side("9000", "9000")
    assert '<code class="no">&lt;b&gt;</code>' in side_by_side("yes", "<b>")
    assert "无" in side_by_side("yes", "")
    assert side_by_side("", "") == ""
