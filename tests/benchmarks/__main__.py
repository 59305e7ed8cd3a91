"""`make bench`: every figure of one run, ratios beside what they are ratios of."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path

from tests.benchmarks.beside import beside_tshark
from tests.benchmarks.cards import COUNT, make_cards
from tests.benchmarks.durable import durable
from tests.benchmarks.evidence import COST, PER_CARD, SIZE, evidence
from tests.benchmarks.pcsc import through_pcsc
from tests.benchmarks.purchase import TERMINAL, Purchases, apdus, plain_purchase, purchases
from tests.benchmarks.startup import Start, startup
from tests.benchmarks.traces import FULL, GROWTH, Peak, peaks, speeds
from tests.benchmarks.working import EXCHANGES, PEAK, working
from tests.trace.readers.scribe import main as scribe
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile

#: What the project asks of itself, as ratios or on the reference machine.
FLOOR_SHARE = 0.24
SHIPPED_SHARE = 0.21
PURCHASES_PER_SECOND = 3000
POWERED_KIB = 11
PCSC_RATIO = 1.3
#: Times slower than a bare line parser that a reader may be.
READERS = {"pcapng": 35, "proxmark-list": 52, "pcscd": 16}
#: Speed of `ykt trace show` by that of tshark: where a trace repeats itself, as a terminal's does,
#: and where nearly every exchange is new.
BESIDE_TSHARK = {"one tap": 0.85, "100 cards": 0.85}


def _purchase(title: str, terminal: TerminalProfile, target: float) -> Purchases:
    found = purchases(terminal)
    print(f"\n{title}, {found.calls} cipher calls each")
    for name, figure in (("ours", found.ours), ("floor", found.floor)):
        print(f"  {name:6} {figure.rate:9,.0f} per second   {figure.best * 1e6:6.1f} µs", end="")
        print(f"   median {figure.median * 1e6:6.1f} µs")
    print(f"  floor = {found.floor.name}; our share of it: {found.share:.2f} (target {target})")
    if found.bare is None:
        print("  the true floor, the same calls in C: not measured, there is no libcrypto")
    else:
        print(
            f"  the true floor, the same calls in C (libcrypto): {found.bare * 1e6:.1f} µs", end=""
        )
        print(f"; our share of it: {found.bare / found.ours.best:.3f}")
    return found


def _startup() -> list[Start]:
    print("\nstart-up, milliseconds computed over bare Python")
    rows = []
    for row in startup():
        print(f"  {row.verb:14} {row.seconds * 1e3:6.0f}   (at most {row.limit * 1e3:.0f})")
        rows.append(row)
    return rows


def _pcsc() -> dict[str, float]:
    found = through_pcsc()
    if isinstance(found, str):
        print(f"\nthrough PC/SC: not measured, {found}")
        return {}
    print("\nthrough PC/SC (pcscd, virtual reader, card and client in processes of their own)")
    print(f"  null card             {found['pcsc_null_us']:9,.0f} µs median")
    for name in ("balance", "initialize"):
        ratio = found[f"pcsc_{name}_ratio"]
        print(
            f"  {name:20}  {found[f'pcsc_{name}_us']:9,.0f} µs, {ratio:.2f} of the null card",
            end="",
        )
        print(f" (target {PCSC_RATIO})")
    print(f"  taps                  {found['pcsc_taps_per_second']:9,.1f} per second", end="")
    print(f", {found['pcsc_saved_taps_per_second']:,.1f} with the card saved to its file")
    slow = found["pcsc_slow_null_us"]
    print(f"  without the quick acknowledgement: null card {slow:,.0f} µs", end="")
    print(f", {slow / found['pcsc_null_us']:,.0f} times", end="")
    print(f", {found['pcsc_slow_taps_per_second']:.1f} taps per second")
    return found


def _durable() -> dict[str, float]:
    found = durable()
    print("\na tap with PSAM, journal and card in files, wall time (the disk decides, no target)")
    print(f"  default       {found.waits * 1e3:7.2f} ms, waits for the disk")
    print(
        f"  --durable no  {found.hurries * 1e3:7.2f} ms; the default takes {found.ratio:.2f} times"
    )
    return {"durable_tap_ms": found.waits * 1e3, "durable_ratio": found.ratio}


def _traces() -> tuple[dict[str, float], list[str]]:
    """Figures of reading traces, and what of them misses its target."""
    print("\nexchanges per second, and times slower than a bare parser of pcscd's log")
    figures: dict[str, float] = {}
    missed: list[str] = []
    for speed in speeds():
        most = READERS.get(speed.name)
        print(f"  {speed.name:14} {speed.rate:9,.0f}   {speed.slower:6.1f}", end="")
        print(f"   (at most {most})" if most else "")
        if most and speed.slower > most:
            missed.append(f"reading {speed.name} is over {most} times slower than a bare parser")
        figures[f"{speed.name}_exchanges_per_second"] = speed.rate
        figures[f"{speed.name}_times_slower_than_bare"] = speed.slower
    print(f"\npeak memory of ykt trace show ({FULL}=1 adds files of 1 GB)")
    found: dict[str, list[Peak]] = {}
    for peak in peaks():
        print(f"  {peak.name:14} {peak.size / 1e6:6,.0f} MB  {peak.megabytes:6.1f} MB"
              f"  {peak.seconds:8.1f} s")  # fmt: skip
        figures[f"{peak.name}_{peak.size // 1_000_000}_mb_peak_mb"] = peak.megabytes
        found.setdefault(peak.name, []).append(peak)
    missed += [
        f"memory for {name} grows with the file"
        for name, rows in found.items()
        if max(row.megabytes for row in rows) - rows[0].megabytes > GROWTH
    ]
    return figures, missed


def _beside() -> tuple[dict[str, float], list[str]]:
    """`ykt trace show` beside tshark, and what of it misses its target."""
    found = beside_tshark()
    if isinstance(found, str):
        print(f"\nykt trace show beside tshark: not measured, {found}")
        return {}, []
    print("\nykt trace show beside tshark -V with our dissector, seconds computed")
    figures, missed = {}, []
    for row in found:
        least = BESIDE_TSHARK[row.name]
        print(f"  {row.name:10} {row.exchanges:7,} exchanges   ykt {row.ours:5.2f}", end="")
        print(f"   tshark {row.theirs:5.2f}   speed {row.speed:.2f} (at least {least})")
        figures[f"show_{row.name.replace(' ', '_')}_speed_of_tshark"] = row.speed
        if row.speed < least:
            missed.append(f"trace show of {row.name} has less than {least} of the speed of tshark")
    return figures, missed


def _working() -> tuple[dict[str, float], list[str]]:
    """Figures of diff and sanitise, and what of them misses its target."""
    print(f"\n{EXCHANGES:,} exchanges: peak memory (at most {PEAK} MB for diff and sanitise),")
    print("and time by that of show of the same file")
    figures, missed = {}, []
    for one in working():
        name, peak = one.peak.name, one.peak.megabytes
        print(f"  {name:14} {peak:6.1f} MB  {one.peak.seconds:8.1f} s  {one.times:5.2f}")
        figures[f"{name}_peak_mb"] = peak
        figures[f"{name}_by_show"] = one.times
        if name != "show" and peak > PEAK:
            missed.append(f"{name} takes over {PEAK} MB for {EXCHANGES:,} exchanges")
    return figures, missed


def _evidence() -> tuple[dict[str, float], list[str]]:
    """What `--out` costs, and what of it misses its target."""
    print(f"\nykt conform with --out by the time without (at most {COST}), and its folder by the")
    print(f"recording (at most {SIZE}), seconds computed")
    figures: dict[str, float] = {}
    missed = []
    found = list(evidence())
    for row in found:
        size = "" if row.size is None else f"   folder {row.size:.2f}"
        print(f"  {row.name:16} {row.bare:6.2f} {row.kept:6.2f}   {row.cost:.2f}{size}")
        name = row.name.replace(" ", "_")
        figures[f"out_{name}_cost"] = row.cost
        if row.cost > COST:
            missed.append(f"--out of conform {row.name} costs over {COST} times the run")
    few, many = found[-2:]
    ratio = int(many.name.split()[1]) / int(few.name.split()[1])
    growth = many.kept / few.kept / ratio
    print(f"  a card of many takes {growth:.2f} of the time of one of few (at most {PER_CARD})")
    figures |= {"out_size": many.size or 0.0, "out_growth": growth}
    if (many.size or 0.0) > SIZE:
        missed.append(f"the folder of {many.name} is over {SIZE} times the recording")
    if growth > PER_CARD:
        missed.append("time grows faster than the number of cards")
    return figures, missed


def main() -> int:
    """Run all benchmarks; exit 1 when a target is missed and --strict is given."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    flat = _purchase(
        "flat composite purchase (card, PSAM, terminal, all MACs)", plain_purchase(), FLOOR_SHARE
    )
    shipped = _purchase(
        f"the same as terminal {TERMINAL} does it: PPSE, EF 17, last trip, balance first",
        load_terminal_profile(TERMINAL),
        SHIPPED_SHARE,
    )
    reading = apdus()
    print(f"\nAPDUs per second, {reading.name}: {reading.rate:,.0f}")
    seconds, kilobytes, powered = make_cards()
    print(f"\n{COUNT:,} dual cards: {seconds:.2f} s, {kilobytes:.1f} KiB each", end="")
    print(f", {powered:.1f} powered on (at most {POWERED_KIB})")
    starts = _startup()
    pcsc = _pcsc() | _durable()
    read_figures, grown = _traces()
    beside_figures, slow = _beside()
    work_figures, too_much = _working()
    out_figures, costly = _evidence()
    print()
    scribe(10_000)
    figures = (
        pcsc
        | read_figures
        | beside_figures
        | work_figures
        | out_figures
        | {
            "purchases_per_second": flat.ours.rate,
            "floor_per_second": flat.floor.rate,
            "floor_share": flat.share,
            "cipher_calls": flat.calls,
            "bare_c_us": None if flat.bare is None else flat.bare * 1e6,
            "shipped_purchases_per_second": shipped.ours.rate,
            "shipped_floor_share": shipped.share,
            "apdus_per_second": reading.rate,
            "cards_seconds": seconds,
            "card_kib": kilobytes,
            "powered_card_kib": powered,
        }
        | {f"{row.verb.strip('-')}_over_python_ms": row.seconds * 1e3 for row in starts}
    )
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    missed = (
        [
            text
            for text, bad in (
                (f"share of the floor below {FLOOR_SHARE}", flat.share < FLOOR_SHARE),
                (
                    f"shipped: share of the floor below {SHIPPED_SHARE}",
                    shipped.share < SHIPPED_SHARE,
                ),
                (
                    f"below {PURCHASES_PER_SECOND} purchases a second",
                    flat.ours.rate < PURCHASES_PER_SECOND,
                ),
                (f"a powered card above {POWERED_KIB} KiB", powered > POWERED_KIB),
                *(
                    (
                        f"start-up of {row.verb} above {row.limit * 1e3:.0f} ms",
                        row.seconds > row.limit,
                    )
                    for row in starts
                ),
                (
                    f"a purse command over PC/SC takes over {PCSC_RATIO} of a null card's time",
                    pcsc.get("pcsc_initialize_ratio", 0) > PCSC_RATIO,
                ),
            )
            if bad
        ]
        + grown
        + slow
        + too_much
        + costly
    )
    for text in missed:
        print(f"MISSED: {text}")
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
