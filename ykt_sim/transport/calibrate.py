"""How long the way to a card takes, apart from the card: measured with a card that does nothing.

The time of an exchange with a null card (`transport.null`) is the time of the way there and
back: PC/SC, the driver, the reader and this program. It is measured for answers and commands
of several lengths, in turn and not one after the other, so that a machine that grows slower
does not look like a dependency on the length. A straight line through the medians gives the
time per exchange and per byte; what the single exchanges scatter around it is the spread.

With a real card in the place of the null card the figures hold the card's own time for the
command too: they are an upper bound, and the calibration says so.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from ykt_sim.errors import LinkError, ProfileError, UsageError
from ykt_sim.textfile import read_bytes
from ykt_sim.transport.guard import WriteGuard
from ykt_sim.transport.link import Link
from ykt_sim.transport.null import ATR, fill
from ykt_sim.transport.pcsc import PcscLink
from ykt_sim.version import __version__

FORMAT: Final = "ykt-calibration"
VERSION: Final = 1
#: Bytes of answers measured with a null card, status word not counted.
ANSWERS: Final = (0, 16, 64, 128, 254)
#: Bytes of command data measured with a null card.
COMMANDS: Final = (16, 64, 128)
FEWEST: Final = 20
#: Exchanges before those that count.
_WARM: Final = 10
_LOW, _HIGH = 5, 95
_OTHER: Final = bytes.fromhex("80FF0000")


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One length: bytes on the way in both directions, and what was measured, ms."""

    size: int
    low_ms: float
    median_ms: float
    high_ms: float


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The way to a card, measured.

    Attributes:
        format, version: of the file.
        reader: its name; `protocol` spoken with the card, ``T=0`` or ``T=1``.
        card: ``null card``, or the ATR of another one; then the figures are upper bounds.
        taken: ISO time; `source` the program that measured.
        rounds: exchanges of each length.
        fixed_ms, per_byte_ms: time of an exchange is their line over bytes of command and
            answer, status word included.
        spread_ms: from the 5th to the 95th percentile around that line.
        points: what it rests on.
    """

    format: str = FORMAT
    version: int = VERSION
    reader: str
    protocol: str
    card: str
    taken: str
    source: str
    rounds: int
    fixed_ms: float
    per_byte_ms: float
    spread_ms: float
    points: tuple[Point, ...]

    def way_ms(self, exchanges: int, size: int) -> tuple[float, float]:
        """Time on the way and its spread for a number of exchanges of so many bytes in all, ms.

        The spread of several exchanges is the sum of theirs: what makes one slow, such as
        another program, may make all of them slow.
        """
        return self.fixed_ms * exchanges + self.per_byte_ms * size, self.spread_ms * exchanges

    def words(self) -> str:
        """In one line, for reports."""
        return (
            f"{self.reader} {self.protocol}, calibrated {self.taken} with {self.card},"
            f" {self.rounds} rounds: {self.fixed_ms:.3f} ms an exchange and"
            f" {self.per_byte_ms * 1000:.2f} µs a byte, spread {self.spread_ms:.3f} ms"
            " (5th to 95th percentile)"
        )


def measure(
    link: Link,
    *,
    rounds: int,
    clock: Callable[[], float],
    progress: Callable[[int, int], object] = lambda _done, _all: None,
    command: bytes = b"",
) -> tuple[str, tuple[Point, ...], tuple[float, float, float]]:
    """Measure the way to a card that has been powered on.

    Args:
        link: to the card; its `power_on` is called once.
        rounds: exchanges of each length, at least `FEWEST`.
        clock: seconds, as fine as there is.
        progress: told rounds done and all.
        command: what to send to a card that is no null card; must not change it.

    Returns:
        What the card is, the points, and (fixed ms, ms per byte, spread ms).

    Raises:
        UsageError: too few rounds, or a card that is no null card and no command for it.
        LinkError: the card cannot be reached.
    """
    if rounds < FEWEST:
        raise UsageError(f"{rounds} rounds say nothing about a spread: give at least {FEWEST}")
    atr = link.power_on()
    if atr != ATR and not command:
        raise UsageError(
            f"the card with ATR {atr.hex().upper()} is no null card: put one into the reader"
            " (ykt card serve null:), or give --command with one that changes nothing, for an"
            " upper bound"
        )
    asked = [command] if command else [*map(fill, ANSWERS), *map(_filled, COMMANDS)]
    samples: list[list[float]] = [[] for _ in asked]
    sizes = [0] * len(asked)
    for number in range(-_WARM, rounds):
        for index, apdu in enumerate(asked):
            begun = clock()
            answer = link.transmit(apdu)
            taken = (clock() - begun) * 1000
            sizes[index] = len(apdu) + len(answer)
            if number >= 0:
                samples[index].append(taken)
        progress(max(0, number + 1), rounds)
    points = tuple(_point(size, one) for size, one in zip(sizes, samples, strict=True))
    card = "a null card" if atr == ATR else f"a card with ATR {atr.hex().upper()} (upper bound)"
    return card, points, _line(points, sizes, samples)


def _filled(count: int) -> bytes:
    return _OTHER + bytes((count,)) + bytes(count)


def _point(size: int, taken: list[float]) -> Point:
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return Point(
        size=size,
        low_ms=round(cuts[_LOW - 1], 4),
        median_ms=round(statistics.median(taken), 4),
        high_ms=round(cuts[_HIGH - 1], 4),
    )


def _line(
    points: tuple[Point, ...], sizes: list[int], samples: list[list[float]]
) -> tuple[float, float, float]:
    slope = 0.0
    if len(set(sizes)) > 1:
        found = statistics.linear_regression(sizes, [point.median_ms for point in points])
        slope = max(0.0, found.slope)
    middle = [point.median_ms - slope * point.size for point in points]
    fixed = max(0.0, statistics.median(middle))
    rest = [
        taken - fixed - slope * size
        for size, one in zip(sizes, samples, strict=True)
        for taken in one
    ]
    cuts = statistics.quantiles(rest, n=100, method="inclusive")
    return round(fixed, 4), round(slope, 6), round(cuts[_HIGH - 1] - cuts[_LOW - 1], 4)


def load_calibration(path: str) -> Calibration:
    """Read a calibration file; raises ProfileError."""
    try:
        found = msgspec.json.decode(read_bytes(Path(path)), type=Calibration)
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or error
        raise ProfileError(f"{path}: no calibration file: {why}") from None
    if found.format != FORMAT or found.version != VERSION:
        raise ProfileError(f"{path}: expected {FORMAT} version {VERSION}")
    if min(found.fixed_ms, found.per_byte_ms, found.spread_ms) < 0:
        raise ProfileError(f"{path}: times cannot be negative")
    return found


def check_reader(calibration: Calibration, reader: str) -> None:
    """Raise LinkError when a calibration was taken with another reader."""
    if calibration.reader != reader:
        raise LinkError(
            f"the calibration was taken with {calibration.reader}, the card is in {reader}:"
            " calibrate this reader"
        )


def calibrate(
    reader: str,
    *,
    rounds: int = 200,
    command: bytes = b"",
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> Calibration:
    """Measure the way to the card in a reader; nothing that could change it is sent.

    Args:
        reader: number, name or part of the name of a reader.
        rounds: exchanges of each length.
        command: for a card that is no null card: a command that only reads.
        progress: takes the rounds done, and all there are.

    Raises:
        LinkError: no card, no reader, no PC/SC; or a command that could change a card.
    """
    link = PcscLink(reader)
    try:
        # Only a card of another kind needs the guard; the null card has nothing to lose.
        card, points, (fixed, slope, spread) = measure(
            WriteGuard(link) if command else link,
            rounds=rounds,
            clock=time.perf_counter,
            progress=progress,
            command=command,
        )
        return Calibration(
            reader=link.reader,
            protocol=link.protocol,
            card=card,
            taken=datetime.now().astimezone().isoformat(timespec="seconds"),
            source=f"ykt-sim {__version__}",
            rounds=rounds,
            fixed_ms=fixed,
            per_byte_ms=slope,
            spread_ms=spread,
            points=points,
        )
    finally:
        link.close()
