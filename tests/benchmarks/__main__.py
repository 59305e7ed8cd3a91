"""`make bench`: every figure of one run, ratios beside what they are ratios of."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path

from tests.benchmarks.cards import COUNT, make_cards
from tests.benchmarks.measure import Figure
from tests.benchmarks.pcsc import through_pcsc
from tests.benchmarks.purchase import TERMINAL, apdus, plain_purchase, purchases
from tests.benchmarks.startup import startup
from tests.benchmarks.traces import FULL, GROWTH, Peak, peaks, speeds
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile

#: What the project asks of itself, as ratios or on the reference machine.
FLOOR_SHARE = 0.20
PURCHASES_PER_SECOND = 3000
STARTUP_MS = 150
PCSC_RATIO = 1.3


def _purchase(title: str, terminal: TerminalProfile) -> tuple[Figure, Figure, float, int]:
    ours, floor, share, calls = purchases(terminal)
    print(f"\n{title}, {calls} cipher calls each")
    print(f"  ours   {ours.rate:9,.0f} per second   median {1 / ours.median:9,.0f}")
    print(f"  floor  {floor.rate:9,.0f} per second   median {1 / floor.median:9,.0f}")
    print(f"  floor = {floor.name}; our share of it: {share:.2f} (target {FLOOR_SHARE:.2f})")
    return ours, floor, share, calls


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


def _traces() -> tuple[dict[str, float], list[str]]:
    """Figures of reading traces, and what of them misses its target."""
    print("\nexchanges per second, and times slower than a bare parser of pcscd's log")
    figures = {}
    for speed in speeds():
        print(f"  {speed.name:14} {speed.rate:9,.0f}   {speed.slower:6.1f}")
        figures[f"{speed.name}_exchanges_per_second"] = speed.rate
        figures[f"{speed.name}_times_slower_than_bare"] = speed.slower
    print(f"\npeak memory of ykt trace show ({FULL}=1 adds files of 1 GB)")
    found: dict[str, list[Peak]] = {}
    for peak in peaks():
        print(f"  {peak.name:14} {peak.size / 1e6:6,.0f} MB  {peak.megabytes:6.1f} MB"
              f"  {peak.seconds:8.1f} s")  # fmt: skip
        figures[f"{peak.name}_{peak.size // 1_000_000}_mb_peak_mb"] = peak.megabytes
        found.setdefault(peak.name, []).append(peak)
    missed = [
        f"memory for {name} grows with the file"
        for name, rows in found.items()
        if max(row.megabytes for row in rows) - rows[0].megabytes > GROWTH
    ]
    return figures, missed


def main() -> int:
    """Run all benchmarks; exit 1 when a target is missed and --strict is given."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    ours, floor, share, calls = _purchase(
        "flat composite purchase (card, PSAM, terminal, all MACs)", plain_purchase()
    )
    shipped, _, shipped_share, _ = _purchase(
        f"the same as terminal {TERMINAL} does it: PPSE, EF 17, last trip, balance first",
        load_terminal_profile(TERMINAL),
    )
    reading = apdus()
    print(f"\nAPDUs per second, {reading.name}: {reading.rate:,.0f}")
    seconds, kilobytes = make_cards()
    print(f"\n{COUNT:,} dual cards: {seconds:.2f} s, {kilobytes:.1f} KiB each")
    bare, helped = startup()
    over = (helped - bare) * 1000
    print(f"\nykt --help: {helped * 1000:.0f} ms, bare Python {bare * 1000:.0f} ms", end="")
    print(f", {over:.0f} ms more")
    pcsc = _pcsc()
    read_figures, grown = _traces()
    figures = (
        pcsc
        | read_figures
        | {
            "purchases_per_second": ours.rate,
            "floor_per_second": floor.rate,
            "floor_share": share,
            "cipher_calls": calls,
            "shipped_purchases_per_second": shipped.rate,
            "shipped_floor_share": shipped_share,
            "apdus_per_second": reading.rate,
            "cards_seconds": seconds,
            "card_kib": kilobytes,
            "help_over_python_ms": over,
        }
    )
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    missed = [
        text
        for text, bad in (
            (f"share of the floor below {FLOOR_SHARE}", share < FLOOR_SHARE),
            (f"below {PURCHASES_PER_SECOND} purchases a second", ours.rate < PURCHASES_PER_SECOND),
            (f"start-up above {STARTUP_MS} ms", over > STARTUP_MS),
            (
                f"a purse command over PC/SC takes over {PCSC_RATIO} of a null card's time",
                pcsc.get("pcsc_initialize_ratio", 0) > PCSC_RATIO,
            ),
        )
        if bad
    ] + grown
    for text in missed:
        print(f"MISSED: {text}")
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
