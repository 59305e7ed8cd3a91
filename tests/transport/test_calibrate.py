"""The time on the way, measured with a clock of our own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ykt_sim.bench.make import make_card
from ykt_sim.errors import LinkError, ProfileError, UsageError
from ykt_sim.transport import EngineLink
from ykt_sim.transport.calibrate import (
    ANSWERS,
    COMMANDS,
    FEWEST,
    Calibration,
    check_reader,
    load_calibration,
    measure,
)
from ykt_sim.transport.null import NullLink


class Way(NullLink):
    """A null card behind a way of known length: fixed, per byte, and a jitter in turn."""

    def __init__(self, fixed: float, per_byte: float, jitter: tuple[float, ...] = (0.0,)) -> None:
        self.now = 0.0
        self.fixed, self.per_byte, self.jitter = fixed, per_byte, jitter
        self.count = 0

    def transmit(self, apdu: bytes) -> bytes:
        answer = super().transmit(apdu)
        late = self.jitter[self.count % len(self.jitter)]
        self.count += 1
        self.now += (self.fixed + self.per_byte * (len(apdu) + len(answer)) + late) / 1000
        return answer

    def clock(self) -> float:
        return self.now


def test_a_straight_way_is_found_exactly() -> None:
    way = Way(2.0, 0.01)
    seen: list[tuple[int, int]] = []
    card, points, (fixed, slope, spread) = measure(
        way, rounds=FEWEST, clock=way.clock, progress=lambda done, every: seen.append((done, every))
    )
    assert card == "a null card"
    assert (fixed, slope, spread) == (2.0, 0.01, 0.0)
    assert len(points) == len(ANSWERS) + len(COMMANDS)
    assert points[0].median_ms == pytest.approx(2.0 + 0.01 * points[0].size)
    assert seen[-1] == (FEWEST, FEWEST)


def test_jitter_is_spread_not_length() -> None:
    way = Way(2.0, 0.01, jitter=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
    _, _, (fixed, slope, spread) = measure(way, rounds=140, clock=way.clock)
    assert fixed == pytest.approx(2.3, abs=0.05)
    assert slope == pytest.approx(0.01, abs=0.001)
    assert spread == pytest.approx(0.6, abs=0.05)


def test_another_card_needs_a_command_and_gives_an_upper_bound() -> None:
    card = EngineLink(make_card("dual"))
    ticks = iter(range(10**6))
    with pytest.raises(UsageError, match="is no null card"):
        measure(card, rounds=FEWEST, clock=lambda: next(ticks) / 1000)
    said, points, (fixed, slope, _) = measure(
        card, rounds=FEWEST, clock=lambda: next(ticks) / 1000, command=bytes.fromhex("00A4040000")
    )
    assert said.endswith("(upper bound)")
    assert (len(points), fixed, slope) == (1, 1.0, 0.0)


def test_too_few_rounds_say_nothing() -> None:
    with pytest.raises(UsageError, match="at least 20"):
        measure(NullLink(), rounds=FEWEST - 1, clock=lambda: 0.0)


def some(**changes: object) -> Calibration:
    fields = {
        "reader": "R 0", "protocol": "T=1", "card": "a null card", "taken": "2026-01-01",
        "source": "test", "rounds": 20, "fixed_ms": 1.0, "per_byte_ms": 0.01, "spread_ms": 0.2,
        "points": (),
    }  # fmt: skip
    return Calibration(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_way_of_several_exchanges() -> None:
    assert some().way_ms(3, 100) == (pytest.approx(4.0), pytest.approx(0.6))
    assert "1.000 ms an exchange and 10.00 µs a byte, spread 0.200 ms" in some().words()


def test_files_come_back_and_wrong_ones_are_named(tmp_path: Path) -> None:
    path = tmp_path / "way.json"
    path.write_bytes(msgspec.json.encode(some()))
    assert load_calibration(str(path)) == some()
    for text, said in (
        ("{}", "missing required field `reader`"),
        ("x", "no calibration file"),
        (msgspec.json.encode(some(format="x")).decode(), "expected ykt-calibration version 1"),
        (msgspec.json.encode(some(version=2)).decode(), "expected ykt-calibration version 1"),
        (msgspec.json.encode(some(spread_ms=-1.0)).decode(), "cannot be negative"),
    ):
        path.write_text(text)
        with pytest.raises(ProfileError, match=said):
            load_calibration(str(path))
    with pytest.raises(ProfileError, match="No such file"):
        load_calibration(str(tmp_path / "none.json"))


def test_a_calibration_belongs_to_a_reader() -> None:
    check_reader(some(), "R 0")
    with pytest.raises(LinkError, match="taken with R 0, the card is in R 1"):
        check_reader(some(), "R 1")
