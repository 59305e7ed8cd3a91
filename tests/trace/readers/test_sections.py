"""Headings that name lanes, and times that stand above."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import events
from ykt_sim.trace.model import Exchange

HEADINGS = [
    ("==> picc.log <==", "==> psam.log <=="),
    ("--- card ---", "--- PSAM ---"),
    ("[picc]", "[psam]"),
    ("### Card", "### SAM slot"),
]


def _exchanges(log: str) -> list[Exchange]:
    return [event for event in events(log, "plain") if isinstance(event, Exchange)]


@pytest.mark.parametrize(("card", "sam"), HEADINGS)
def test_headings_name_the_lane_of_what_is_below(card: str, sam: str) -> None:
    log = (
        f"{card}\nTX 80 5C 03 02 04\nRX 00 00 1A 2C 90 00\n\n"
        f"{sam}\nTX 00 B0 96 00 06\nRX 09 99 91 00 00 01 90 00\n\n"
        f"{card}\nTX 00 B2 0B C4 00\nRX 6A 83\n"
    )
    assert [event.channel for event in _exchanges(log)] == ["card", "sam", "card"]


def test_one_heading_alone_tells_nothing() -> None:
    log = "--- PSAM ---\nTX 80 5C 03 02 04\nRX 00 00 1A 2C 90 00\n"
    assert [event.channel for event in _exchanges(log)] == ["card"]


def test_times_of_the_lines_above() -> None:
    log = "".join(
        f"[03-01 08:15:00.{ms:03} I/IsoDep ]\n{text}\n\n"
        for ms, text in [
            (41, "tx 805C030204"), (62, "rx 00001A2C9000"),
            (141, "tx 00B20BC400"), (155, "rx 6A83"),
        ]
    )  # fmt: skip
    assert [(event.t, event.duration_ms) for event in _exchanges(log)] == [(0, 21), (0.1, 14)]


def test_a_time_far_from_its_command_measures_nothing() -> None:
    log = "08:15:00.041 tx 805C030204\n20:15:00.041 rx 00001A2C9000\n"
    assert [event.duration_ms for event in _exchanges(log)] == [None]


def test_records_that_show_one_field_a_line() -> None:
    rows = [("card", "805C030204", "00001A2C9000", 18), ("psam", "00B0960006", "6A82", 12)]
    mysql = "".join(
        f"{'*' * 27} {number}. row {'*' * 27}\n    slot: {slot}\n command: {command}\n"
        f"response: {answer}\n cost_ms: {ms}\n"
        for number, (slot, command, answer, ms) in enumerate(rows, 1)
    )
    postgres = "".join(
        f"-[ RECORD {number} ]----\nslot     | {slot}\ncommand  | {command}\n"
        f"response | {answer}\ncost_ms  | {ms}\n"
        for number, (slot, command, answer, ms) in enumerate(rows, 1)
    )
    for log in (mysql, postgres):
        found = [
            (one.channel, one.command.hex(), one.response.hex(), one.duration_ms)
            for one in _exchanges(log)
        ]
        assert found == [
            ("card", "805c030204", "00001a2c9000", 18), ("sam", "00b0960006", "6a82", 12),
        ]  # fmt: skip
