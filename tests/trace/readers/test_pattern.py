"""A user's own format by a regular expression."""

from __future__ import annotations

import io
from contextlib import suppress
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.trace.readers.samples import DIALOGUE, events, found, marked, pairs, whys
from ykt_sim.errors import UsageError
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers import format_named, pattern
from ykt_sim.trace.readers.base import Source
from ykt_sim.trace.readers.pattern import MAX_LINE, pattern_format

BOTH = r"re:^(?P<dir>\S+) (?P<hex>[0-9A-F ]*)$"
FULL = r"re:^\((?P<time>[0-9.:]+)\) (?P<dir>[A-Z]+) (?P<hex>[0-9A-F ]*)(?:SW=(?P<sw>[0-9A-F]{4}))?"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        *(("C", "R"), ("TX", "RX"), (">", "<"), (">>", "<<"), ("send", "recv"), ("Cmd:", "Rsp:")),
        *(("发送", "接收"), ("命令：", "应答："), ("发→◇", "收←◆"), ("→", "←")),
        *(("Host->Card", "Card->Host"), ("ApduSend", "ApduRecv"), ("sent", "SW")),
    ],
)
def test_words_for_both_ways(command: str, answer: str) -> None:
    log = "chatter\n" + marked(f"{command} ", f"{answer} ")
    assert pairs(found(log, BOTH)) == list(DIALOGUE)


def test_words_that_nobody_knows_are_named_by_groups() -> None:
    ways = r"re:^(?:(?P<command>команда)|(?P<answer>\w+)) (?P<hex>[0-9A-F ]*)$"
    log = "chatter\n" + marked("команда ", "ответ ")
    assert pairs(found(log, ways)) == list(DIALOGUE)
    both = r"re:^(?P<command>x)?(?P<answer>y)? (?P<hex>[0-9A-F ]*)$"
    assert whys(found("xy 80 5C 00 02 04\n 90 00\n", both)) == [
        "expected one of the groups command and answer, found 2",
        "expected one of the groups command and answer, found 0",
    ]


def test_a_word_for_both_ways_is_not_guessed() -> None:
    assert whys(found("APDU 80 5C 00 02 04\n", BOTH)) == [
        "dir: expected a word for command or answer, found 'APDU'"
    ]


def test_time_and_status_word_apart() -> None:
    log = (
        "(1700000000.5) TX 80 5C 00 02 04\n(1700000000.75) RX 00 00 27 10 SW=9000\n"
        "(1700000002) TX 00 84 00 00 04\n(1700000002) RX SW=6982\n"
    )
    first, second = events(log, FULL)
    assert isinstance(first, Exchange)
    assert (first.t, first.duration_ms, first.response.hex()) == (0.0, 250.0, "000027109000")
    assert isinstance(second, Exchange)
    assert (second.t, second.response.hex()) == (1.5, "6982")
    clock = log.replace("1700000000.", "23:59:58.").replace("1700000002", "00:00:00.0")
    assert [event.t for event in events(clock, FULL)] == [0.0, 1.5]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(", "not a regular expression"),
        ("(?P<hex>.*)", "missing: dir"),
        ("x", "missing: dir, hex"),
        ("(?P<dir>.)(?P<hex>.*)(?P<way>x)", "unknown named groups: way; known are dir, hex"),
        ("(?P<command>.)(?P<hex>.*)", "missing: answer"),
        ("(?P<command>.)(?P<answer>.)(?P<dir>.)(?P<hex>.*)", "unknown named groups: dir"),
        ("(?P<dir>.)(?P<hex>" + "x" * 1000 + ")", "at most 1000"),
        ("(?P<dir>.)(?P<hex>x{99999999999})", "not a regular expression"),
        ("(" * 900, "not a regular expression"),
    ],
)
def test_patterns_that_cannot_be_used(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        pattern_format(text)
    with pytest.raises(UsageError, match=why):
        format_named(f"re:{text}")


@pytest.mark.parametrize(
    "hex_group",
    [
        "([0-9A-F]+ *)+",
        "[0-9A-F ]+",
        "(?:[0-9A-F]{2} ?)+",
        r"[^]+*]+",
        r"\([+]+",
        "[]+]+",
        "(?:a+)?(?:[*]{2})+",
    ],
)
def test_harmless_repetition_is_allowed(hex_group: str) -> None:
    assert pattern_format(f"(?P<dir>.)(?P<hex>{hex_group})").name == "pattern"


@pytest.mark.parametrize(
    "hex_group",
    [
        r"(?:[^\n]{1,40} ?){1,40}",
        "[0-9A-F]*" * 12,
        "(?:A|AA|AAA)+(?:A|AA)+",
        "(?:[0-9A-F]{1,}|A)*",
    ],
)
def test_what_takes_for_ever_is_given_up_and_the_line_named(
    hex_group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No expression is known to hang before it does: bounded, chained and nested repeats alike."""
    monkeypatch.setattr(pattern, "_LONGEST", 0.2)
    text = f"C 80 5C 00 02 04\nC {'A' * 1000}!\n"
    with pytest.raises(UsageError, match="line 2: the pattern did not come to an end"):
        found(text, f"re:^(?P<dir>C) (?P<hex>{hex_group})$(?<=Z)")


def test_a_little_on_every_line_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are slow but end would add up without bound: time is lent, not given."""
    ticks = count(0.0, 0.03)
    monkeypatch.setattr(pattern.time, "thread_time", lambda: next(ticks))
    seen: list[float] = []

    def search(_text: str, timeout: float) -> None:
        seen.append(timeout)
        if timeout < 0.03:
            raise TimeoutError

    monkeypatch.setattr("regex.compile", lambda _pattern: SimpleNamespace(search=search))
    with pytest.raises(UsageError, match="line 72: the pattern did not come"):
        found("x\n" * 1000, BOTH)
    assert seen == sorted(seen, reverse=True)


def test_long_lines_are_marked_and_not_matched() -> None:
    log = f"C 80 5C 00 02 04\nR {'00 ' * MAX_LINE}90 00\n"
    items = found(log, BOTH)
    assert pairs(items) == [(bytes.fromhex("805C000204"), b"")]
    assert whys(items) == ["expected at most 1024 characters to match the pattern with"]


def test_damage_is_named() -> None:
    assert whys(found("X 80 5C\n", BOTH)) == [
        "dir: expected a word for command or answer, found 'X'"
    ]
    assert whys(found("C 80 5\n", BOTH)) == [
        "command: expected pairs of hex digits, found an odd number of them"
    ]
    missing = r"re:^(?P<dir>x)?(?P<hex>[0-9A-F ]+)?y"
    assert whys(found("y\n", missing)) == ["dir: expected a word for command or answer, found ''"]
    assert whys(found("y\n", r"re:^(?P<dir>C)?(?P<hex>x)?y".replace("C)?", "|y)"))) == [
        "dir: expected a word for command or answer, found ''"
    ]


@settings(deadline=None)
@given(st.text(max_size=60))
@example("[[")
@example("[a--b]")
def test_any_text_is_a_format_or_a_usage_error(text: str) -> None:
    for one in (text, f"(?P<dir>.)(?P<hex>.*){text}"):
        with suppress(UsageError):
            known = pattern_format(one)
            list(known.read(Source(io.BytesIO(b"C 00 A4\nR 90 00\n"))))


@pytest.mark.parametrize("hex_group", ["([0-9A-F]+ *)+", "(?:[0-9A-F]{1,} ?)*"])
def test_repeats_in_repeats_are_read_where_they_end(hex_group: str) -> None:
    items = found("C 80 5C 00 02 04\nR 90 00\n", f"re:^(?P<dir>\\S) (?P<hex>{hex_group})")
    assert pairs(items) == [(bytes.fromhex("805C000204"), bytes.fromhex("9000"))]
