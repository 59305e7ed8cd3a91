"""Logs in random shapes are read right, marked or refused; never wrong without a word."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace

import pytest

from tests.trace.readers import scribe
from ykt_sim.errors import TraceError
from ykt_sim.textfile import decode
from ykt_sim.trace.model import Exchange, Note
from ykt_sim.trace.readers import choose, read_as
from ykt_sim.trace.readers.base import Source

SEEDS = 200
#: Part of all shapes that must be read right.
RIGHT = 0.9


def test_no_log_is_wrong_without_a_word() -> None:
    verdicts = {seed: scribe.judge(scribe.write(seed)) for seed in range(SEEDS)}
    assert [seed for seed, verdict in verdicts.items() if verdict == "WRONG"] == []
    assert Counter(verdicts.values())["right"] >= RIGHT * SEEDS


@pytest.mark.parametrize(
    "seed",
    [
        7255,
        7393,
        7904,
        8053,
        8153,
        8255,
        9988,
        10021,
        12238,
        12978,
        14036,
        14318,
        14347,
        21868,
        23603,
        25875,
        30762,
        33735,
        37121,
        38472,
        40974,
        61846,
        73971,
        76348,
        81728,
        93519,
        94285,
        95281,
        96780,
        111052,
        122616,
        129207,
        129333,
        130333,
        130485,
        130508,
        144044,
        152625,
        161501,
        175864,
        175909,
        176278,
        176727,
        180200,
        181456,
        186914,
        190191,
        195435,
        193718,
        196933,
        202215,
        216063,
        219098,
        219449,
        223291,
        236394,
        237280,
        239008,
    ],
)
def test_what_was_wrong_once(seed: int) -> None:
    assert scribe.judge(scribe.write(seed)) != "WRONG"


def test_bytes_that_look_like_something_else() -> None:
    """Answers that begin or end like a command, a frame, a status word, a date."""
    verdicts = {seed: scribe.judge(scribe.write(seed, trapped=True)) for seed in range(SEEDS)}
    assert [seed for seed, verdict in verdicts.items() if verdict == "WRONG"] == []
    assert Counter(verdicts.values())["right"] >= RIGHT * SEEDS


@pytest.mark.parametrize("seed", [704443, 706080, 707587, 707594, 709734, 714035, 718867])
def test_which_bytes_were_wrong_once(seed: int) -> None:
    assert scribe.judge(scribe.write(seed, trapped=True)) != "WRONG"


def test_a_log_cut_anywhere() -> None:
    """A log that ends at any byte shows nothing that was not in it, or a mark."""
    for seed in range(0, SEEDS, 2):
        log = scribe.write(seed)
        if not log.damaged:
            _cut(seed, len(log.data) - 1 - seed * 7919 % (len(log.data) // 2))


@pytest.mark.parametrize(("seed", "size"), [(300439, 572), (310644, 4845)])
def test_where_a_cut_was_wrong_once(seed: int, size: int) -> None:
    _cut(seed, size)


def _cut(seed: int, size: int) -> None:
    log = scribe.write(seed)
    cut = replace(log, data=log.data[:size], damaged=True)
    assert scribe.judge(cut) != "WRONG", f"{seed}, cut behind byte {size}: {log.shape}"


@pytest.mark.parametrize("change", ["delete", "swap"])
def test_lines_that_go_missing_or_change_places(change: str) -> None:
    """An exchange that was not in the log shows only beside a mark."""
    for seed in range(0, SEEDS, 3):
        log = scribe.write(seed)
        if log.damaged or "/lines/" not in f"/{log.shape}":
            continue
        lines = decode(log.data).splitlines(keepends=True)
        at = seed % (len(lines) - 1)
        if change == "delete":
            del lines[at]
        else:
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
        source = Source(io.BytesIO("".join(lines).encode()))
        try:
            events = [found.event for found in read_as(source, choose(source))]
        except TraceError:
            continue
        if any(isinstance(event, Note) for event in events):
            continue
        there = {(lane, command, answer) for lane, command, answer in log.talk}
        there |= {(lane, command, b"") for lane, command, _ in log.talk}
        # A line of data that is gone leaves the status word in the next line.
        there |= {(lane, command, answer[-2:]) for lane, command, answer in log.talk}
        wrong = [
            event
            for event in events
            if isinstance(event, Exchange)
            and (event.channel, event.command, event.response) not in there
        ]
        assert wrong == [], (seed, change, at, log.shape)
