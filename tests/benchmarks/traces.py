"""Reading traces: exchanges per second of four formats and of `ykt trace show`, and its memory.

The input is one transaction over and over, for pcscd with growing time. Beside them runs a
bare parser of the pcscd log: it finds the lines, turns hex into bytes and pairs them, and
does nothing else. Memory is the peak of a child process that shows a whole file.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from tests.benchmarks.measure import measure_beside
from tests.trace import builders
from ykt_sim.cli.kit.ladder import checked_ladder
from ykt_sim.meaning.cryptograms import check
from ykt_sim.trace.jsonl import event_line, header_line, read_trace
from ykt_sim.trace.model import Event, Exchange, Trace
from ykt_sim.trace.readers import read
from ykt_sim.trace.readers.base import Source
from ykt_sim.trace.writers import pcapng, proxmark

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "apdu_traces" / "synthetic" / "tunion-bus-tunion.jsonl"
#: Transactions that are read once a round.
TAPS = 500
SMALL = 10_000_000
TINY = 1_000_000
LARGE = 1_000_000_000
#: Set to 1 for the large files, which take hours.
FULL = "BENCH_FULL"
#: How much the peak may grow from the smallest file to the largest, in MB.
GROWTH = 10
#: Shows its peak last on stderr. Linux counts into ru_maxrss what the process was before it
#: became this program, so there the kernel is asked for this program's own peak.
_CHILD = """\
import resource, sys
from ykt_sim.cli.main import main
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        with open("/proc/self/status") as status:
            peak = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
    except OSError:
        pass
    print(peak, file=sys.stderr)
"""


def demo() -> Trace:
    """The card's side of one transaction."""
    trace = read_trace(DEMO.read_text("utf-8"))
    events = tuple(e for e in trace.events if getattr(e, "channel", "") == "card")
    return msgspec.structs.replace(trace, events=events)


def repeated(trace: Trace, count: int) -> Trace:
    """The transaction so many times, one a second."""
    events: list[Event] = []
    for number in range(count):
        events += [msgspec.structs.replace(e, t=round(e.t + number, 6)) for e in trace.events]
    return msgspec.structs.replace(trace, events=tuple(events))


def inputs(trace: Trace) -> dict[str, bytes]:
    """The files that are read for speed."""
    whole = repeated(trace, TAPS)
    listing, stored = io.StringIO(), io.BytesIO()
    proxmark.write(whole, listing)
    pcapng.write(whole, stored)
    return {
        "pcscd": builders.BUILDERS["pcscd"](whole),
        "native": builders.BUILDERS["native"](whole),
        "proxmark-list": listing.getvalue().encode(),
        "pcapng": stored.getvalue(),
    }


def bare(data: bytes) -> int:
    """The least that a reader of pcscd's log could do."""
    found = []
    command = b""
    for raw in io.BytesIO(data):
        line = raw.decode()
        at = line.find("APDU: ")
        if at >= 0:
            command = bytes.fromhex(line[at + 6 :])
            continue
        at = line.find("SW: ")
        if at >= 0:
            found.append((command, bytes.fromhex(line[at + 4 :])))
    return len(found)


def exchanges(data: bytes) -> int:
    """Everything that our readers find."""
    return sum(isinstance(item.event, Exchange) for item in read(Source(io.BytesIO(data))))


def shown(data: bytes) -> int:
    """As `ykt trace show` decodes and writes it, without the terminal."""
    events = (item.event for item in read(Source(io.BytesIO(data))))
    return sum(len(line) for line in checked_ladder(check(events), fields=False, told=False))


@dataclass(frozen=True)
class Speed:
    """Exchanges per second, and how many times slower than the bare parser."""

    name: str
    rate: float
    slower: float


def speeds() -> list[Speed]:
    """One row for each format, and one for the whole of ``trace show``."""
    files = inputs(demo())
    count = exchanges(files["pcscd"])
    for name, data in files.items():
        if exchanges(data) != count:
            raise RuntimeError(f"{name}: not the {count} exchanges that were written")
    if bare(files["pcscd"]) != count:
        raise RuntimeError("the bare parser does not find what was written")
    found = [_beside(name, lambda _n, d=data: exchanges(d), files["pcscd"], count)
             for name, data in files.items()]  # fmt: skip
    whole = ("trace show", lambda _n: shown(files["pcscd"]))
    found.append(_beside(*whole, files["pcscd"], count, rounds=3))
    return found


def _beside(
    name: str, run: Callable[..., object], log: bytes, count: int, rounds: int = 7
) -> Speed:
    ours, _, share = measure_beside(
        (name, lambda units: _drop(run(units))),
        ("bare", lambda _units: _drop(bare(log))),
        count,
        rounds,
    )
    return Speed(name, ours.rate, 1 / share)


def _drop(_value: object) -> None:
    """measure_beside wants nothing back."""


# -- memory ----------------------------------------------------------------------------


def write_pcscd(out: BinaryIO, size: int) -> None:
    """At least so many bytes of pcscd's log."""
    first = builders.BUILDERS["pcscd"](demo())
    written = 0
    while written < size:
        written += out.write(first)


def write_native(out: BinaryIO, size: int) -> None:
    """At least so many bytes of our own format."""
    trace = demo()
    written = out.write((header_line(trace.header) + "\n").encode())
    second = 0
    while written < size:
        for event in trace.events:
            moved = msgspec.structs.replace(event, t=round(event.t + second, 6))
            written += out.write((event_line(moved) + "\n").encode())
        second += 1


MAKERS = {"pcscd": write_pcscd, "native": write_native}


@dataclass(frozen=True)
class Peak:
    """One run of ``ykt trace show`` in a process of its own."""

    name: str
    size: int
    seconds: float
    megabytes: float


def peaks() -> Iterator[Peak]:
    """Memory for 1 MB and 10 MB, and for 1 GB where that is asked for."""
    sizes = [TINY, SMALL, *([LARGE] if os.environ.get(FULL) == "1" else [])]
    with tempfile.TemporaryDirectory(prefix="ykt-bench-") as folder:
        for name, make in MAKERS.items():
            for size in sizes:
                path = Path(folder) / name
                with path.open("wb") as out:
                    make(out, size)
                yield show_child(name, path)
                with suppress(FileNotFoundError):
                    path.unlink()


def show_child(name: str, path: Path, verb: str = "show") -> Peak:
    """Show a file in a child; its output goes nowhere."""
    return run_child(name, path, verb, path)


def run_child(name: str, path: Path, *words: str | Path) -> Peak:
    """A verb of ``ykt trace`` in a child; its output goes nowhere.

    Raises:
        RuntimeError: it neither did its work (0) nor found a difference (1).
    """
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, "trace", *map(str, words)],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    seconds = time.perf_counter() - start
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"{name}: {done.stderr.decode(errors='replace')}")
    peak = int(done.stderr.split()[-1]) / 1024
    return Peak(name, path.stat().st_size, seconds, peak)
