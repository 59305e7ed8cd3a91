"""The golden traces: every card of the demo at every terminal, kept byte for byte.

``python -m tests.golden`` (``make golden``) writes them and their README again, and removes
traces that no longer belong to a pair. It also writes one of them in every format there is
(``formats``) and, from the same one, files that are damaged on purpose (``broken``). Do that
when a change is meant to change what goes over the wire, and read the difference before it is
committed.

The run is the one of ``ykt demo``; only the program's version is left out of the headers, so
that a release does not touch the files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from tests.corpus import EXPECTED
from tests.trace.builders import BUILDERS, SUFFIXES, nfcgate
from tests.trace.damage import broken_files
from ykt_sim.bench.demo import DemoPair, load_demo, run_demo
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Trace
from ykt_sim.trace.readers import formats

FOLDER = Path(__file__).resolve().parents[1] / "apdu_traces" / "synthetic"
FORMATS_FOLDER = FOLDER / "formats"
BROKEN_FOLDER = FOLDER.parent / "broken"
#: The transaction that stands in every format.
DEMO = "tunion-bus-tunion.jsonl"
#: Broken files of our own format, made by hand.
BY_HAND = (
    "cut-line.jsonl",
    "newer-version.jsonl",
    "no-header.jsonl",
    "odd-hex.jsonl",
    "unknown-channel.jsonl",
)
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

_FORMATS_HEAD = f"""\
# One transaction in every format

The card's side of `../{DEMO}`, made by the project's own writers and by the builders of the tests
(`tests/trace/builders.py`) in the shape of each program; test keys only, no real card, and none of
the programs was run. What a format cannot hold is missing: the SAM, notes, in many of them the
times. `make golden` writes this folder again; `expected.json` says what must be found in each file.

| file | format | bytes |
|---|---|---|
"""

_BROKEN_HEAD = (
    """\
# Broken files

Damaged on purpose. `expected.json` says for each what must be found: the error, or the exchanges
that are left and the places that are marked, with their offsets. No real card is in them.

Traces of this project's own format, made by hand; a reader must refuse each and name the line:

| file | what is wrong |
|---|---|
| `cut-line.jsonl` | ends inside a line |
| `newer-version.jsonl` | a version that nobody knows yet |
| `no-header.jsonl` | no header line |
| `odd-hex.jsonl` | an odd number of digits |
| `unknown-channel.jsonl` | a channel that is neither card nor sam |

Logs and captures, made by `tests/trace/damage.py` from the transaction `../synthetic/"""
    f"{DEMO}"
    """`
(`make golden` writes them again):

| file | what is wrong |
|---|---|
"""
)


def pairs() -> Iterator[DemoPair]:
    """Run the demo; headers carry no version."""
    for pair in run_demo(load_demo(), seed=SEED, done=lambda _name, _card: None):
        change = msgspec.structs.replace
        header = change(pair.trace.header, source=SOURCE)
        yield DemoPair(**{**vars(pair), "trace": change(pair.trace, header=header)})


def _row(name: str, pair: DemoPair) -> str:
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


def demo_trace() -> Trace:
    """The transaction that stands in every format."""
    return read_trace((FOLDER / DEMO).read_text(encoding="utf-8"))


def make_formats() -> dict[str, bytes]:
    """One transaction in every format, by the file's name."""
    demo = demo_trace()
    found = {f"{name}{SUFFIXES.get(name, '.txt')}": build(demo) for name, build in BUILDERS.items()}
    found["nfcgate.pcapng"] = nfcgate(demo)
    titles = {known.name: known.title for known in formats()}
    rows = [f"| `{name}` | {titles.get(Path(name).stem, 'capture of NFCGate')} | {len(data)} |"
            for name, data in sorted(found.items())]  # fmt: skip
    return {"README.md": (_FORMATS_HEAD + "\n".join(rows) + "\n").encode()} | found


def make_broken() -> dict[str, bytes]:
    """Damaged files, by name; those made by hand are not among them."""
    made = list(broken_files(demo_trace()))
    rows = "".join(f"| `{one.name}` | {one.about} |\n" for one in made)
    readme = f"{_BROKEN_HEAD}{rows}".encode()
    return {"README.md": readme} | {one.name: one.data for one in made}


def main() -> int:
    """Write the folders; says what changed."""
    files = {name: text.encode() for name, text in make().items()}
    _write(FOLDER, files)
    _remove(FOLDER.glob("*.jsonl"), files)
    made = make_formats()
    _write(FORMATS_FOLDER, made)
    _remove((path for path in FORMATS_FOLDER.iterdir() if path.name != EXPECTED), made)
    made = make_broken()
    _write(BROKEN_FOLDER, made)
    broken = (path for path in BROKEN_FOLDER.iterdir() if path.name not in {EXPECTED, *BY_HAND})
    _remove(broken, made)
    return 0


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
            sys.stdout.write(f"{folder.name}/{name} written\n")


def _remove(paths: Iterable[Path], kept: dict[str, bytes]) -> None:
    for path in sorted(paths):
        if path.name not in kept:
            path.unlink()
            sys.stdout.write(f"{path.parent.name}/{path.name} removed\n")


if __name__ == "__main__":
    sys.exit(main())
