"""The golden traces: every card of the demo at every terminal, kept byte for byte.

``python -m tests.golden`` (``make golden``) writes them and their README again, and removes
traces that no longer belong to a pair. Do that when a change is meant to change what goes
over the wire, and read the difference before it is committed.

The run is the one of ``ykt demo``; only the program's version is left out of the headers, so
that a release does not touch the files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ykt_sim.cli.matrix import Pair, load_demo, run_demo
from ykt_sim.trace.jsonl import write_trace

FOLDER = Path(__file__).resolve().parents[1] / "apdu_traces" / "synthetic"
SEED = 2017
SOURCE = "ykt-sim demo"

_HEAD = f"""\
# Golden traces

Traces made by this project's own card, SAM and terminals; test keys only, no real card. One file
per card and terminal of `ykt demo` (seed {SEED}), in the order in which the cards are tapped: each
card visits the terminals from top to bottom, and each terminal keeps its PSAM and its journal, so
counters and terminal serial numbers go on from file to file.

Times are not real: the clock goes on by one millisecond whenever it is looked at. The last lines of
a file are the terminal's decision and, when money moved, its clearing record.

`make golden` (`python -m tests.golden`) writes this folder again. `tests/test_golden.py` runs the
demo again and compares every byte, and works out every MAC1, MAC2 and TAC in the files anew from
the published test keys with a second implementation.

Outcome: application and amount in fen, or the code of the refusal (see the codes page of the
documentation). Balance: what is in the card afterwards, fen.

| file | card | terminal | clock | exchanges | expected outcome | balance |
|---|---|---|---|---|---|---|
"""


def pairs() -> Iterator[Pair]:
    """Run the demo; headers carry no version."""
    for pair in run_demo(load_demo(), seed=SEED, done=lambda _name, _card: None):
        change = msgspec.structs.replace
        header = change(pair.trace.header, source=SOURCE)
        yield Pair(**{**vars(pair), "trace": change(pair.trace, header=header)})


def _row(name: str, pair: Pair) -> str:
    balance = "" if pair.balance is None else str(pair.balance)
    header = pair.trace.header
    cells = (
        f"`{name}`", pair.card, pair.terminal, header.created,
        str(len(pair.trace.exchanges)), pair.expected, balance,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |\n"


def make() -> dict[str, str]:
    """Every file of the folder, by name."""
    found = {f"{pair.card}-{pair.terminal}.jsonl": pair for pair in pairs()}
    table = "".join(_row(name, pair) for name, pair in found.items())
    return {"README.md": _HEAD + table} | {
        name: write_trace(pair.trace) for name, pair in found.items()
    }


def main() -> int:
    """Write the folder; says what changed."""
    files = make()
    for name, text in files.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name} written\n")
    for path in sorted(FOLDER.glob("*.jsonl")):
        if path.name not in files:
            path.unlink()
            sys.stdout.write(f"{path.name} removed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
