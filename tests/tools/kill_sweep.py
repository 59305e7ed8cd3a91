"""Kill `ykt` at every moment that changes a file, and see that no fen and no number is lost.

Run as ``python -m tests.tools.kill_sweep [--step N] [--pairs N] [--seed N]`` on a system that
forks. A moment is a write, a sync, a rename, a removal or a line of output; the process is
killed (SIGKILL) before the chosen one. In a pair the next run is killed too. Then the same
words are said once more, and the books are read: what left the card is what the terminal has
on record, no PSAM number is there twice, every file is whole and nothing is left beside it.
One line of JSON says how many kills there were and what was wrong; ``--rotation`` counts the
bytes of a journal's rotation instead, each of which was the last.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - its seed is an option
from typing import Any, Final, NamedTuple

from tests.bench.kept.test_journal import own, rotation_moments
from ykt_sim.bench import images
from ykt_sim.bench.kept import journal
from ykt_sim.bench.make import make_card
from ykt_sim.card import CardImage
from ykt_sim.card.model import Key, Money
from ykt_sim.cli.main import cli
from ykt_sim.codes import KeyType
from ykt_sim.terminal.journal import Pending, TapEnd

BALANCE: Final = 5000
#: Calls that change a file or say something, each a moment.
_OS: Final = ("write", "fsync", "ftruncate", "truncate")
_PATH: Final = ("replace", "unlink", "chmod")
_PIN: Final = "00A4040008A000000632010105\n" + "0020000003999999\n0020000006313233343536\n" * 4


class Scenario(NamedTuple):
    """What is killed, and how the books are read after it.

    Attributes:
        name: for the report.
        card: profile of the card.
        words: of the command line, in the folder of card and state.
        books: gives what is wrong with the card, in a folder, and the output of the first run.
        stdin: its input.
        settles: the books are right only after a whole run.
        limit: bytes of a journal's segment.
    """

    name: str
    card: str
    words: str
    books: Callable[[CardImage, Path, bytes], Iterator[str]]
    stdin: str = ""
    settles: bool = True
    limit: int = journal.LIMIT


def money(card: CardImage, folder: Path, _output: bytes) -> Iterator[str]:
    """Card and journal agree on what moved; no PSAM number was used twice."""
    (purse,) = (value for value in card.cells.values() if isinstance(value, Money))
    entries = [entry for path in sorted(folder.glob("state/*.journal*")) for entry in own(path)]
    ends = [entry for entry in entries if isinstance(entry, TapEnd)]
    records = [end.clearing for end in ends if end.clearing is not None]
    spent = sum(one.amount if one.kind == "purchase" else -one.amount for one in records)
    moved = BALANCE - purse.actual + purse.overdrawn
    if moved != spent:
        yield f"{moved} fen left the card, {spent} are on record"
    if any(end.dispute for end in ends):
        yield "a dispute"
    asked = [entry.record.terminal_serial for entry in entries if isinstance(entry, Pending)]
    used = [number for number in asked if int(number, 16)]
    if len(used) != len(set(used)):
        yield f"PSAM numbers twice: {used}"


def tries(card: CardImage, _folder: Path, output: bytes) -> Iterator[str]:
    """The PIN's tries are those after the last answer that came out, or after the next."""
    keys = {cell: value for cell, value in card.cells.items() if isinstance(value, Key)}
    (pin,) = (value for cell, value in keys.items() if cell[2] == KeyType.PIN)
    answered = max(0, len(output.split()) - 1)
    after = [3, *itertools.islice(itertools.cycle((2, 3)), 9)]
    if pin.left not in after[answered : answered + 2]:
        yield f"{pin.left} tries are left after {answered} answers"


_TAP: Final = "tap --card card.json --state state --at 2024-11-01T08:0{run}:00 --terminal "
SCENARIOS: Final = (
    Scenario("bus, Lingnan Tong", "dual", _TAP + "bus-upgraded", money),
    Scenario("bus, T-Union", "tunion", _TAP + "bus-tunion", money),
    Scenario("load", "dual", _TAP + "load-point --amount 20", money),
    Scenario("rotation at each tap", "tunion", _TAP + "bus-tunion", money, limit=1),
    Scenario("pipe", "tunion", "card pipe card.json", tries, stdin=_PIN, settles=False),
)


def moments(left: int) -> Callable[..., None]:
    """Give what is called at each moment: it kills this process when there were enough."""
    counted = itertools.count()

    def step() -> None:
        if next(counted) == left:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def counted(step: Callable[..., None]) -> None:
    """Have every change of a file, and every output, step first."""

    def before(holder: Any, name: str) -> None:
        real = getattr(holder, name)

        def call(*args: Any, **words: Any) -> Any:
            step()
            return real(*args, **words)

        setattr(holder, name, call)

    for name in _OS:
        before(os, name)
    for name in _PATH:
        before(Path, name)
    before(sys.stdout, "write")


def run(folder: Path, one: Scenario, number: int, at: int) -> tuple[bool, bytes, int]:
    """Say the words in a child, killed before a moment; -1 lets it live.

    Returns:
        it was killed; what it said on standard output; its exit code.
    """
    said, stdin = folder / "said", folder / "stdin"
    stdin.write_text(one.stdin)
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        sys.stdout = said.open("w")
        sys.stderr = (folder / "errors").open("a")
        sys.stdin = stdin.open()
        journal.JournalFile.__init__.__kwdefaults__["limit"] = one.limit
        counted(moments(at))
        code = 0
        try:
            cli(one.words.format(run=number).split(), prog_name="ykt")
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else 1
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    output = said.read_bytes()
    for path in (said, stdin):
        path.unlink()
    return os.WIFSIGNALED(status), output, os.waitstatus_to_exitcode(status)


def tried(one: Scenario, *kills: int) -> tuple[int, list[str]]:
    """One card with its kills; gives how many there were, and what was wrong."""
    folder = Path(tempfile.mkdtemp(prefix="kill"))
    path = folder / "card.json"
    images.save_card(path, make_card(one.card, balance=BALANCE).snapshot())
    killed, output, found = 0, b"", list[str]()
    for number, at in enumerate((*kills, -1), 1):
        gone, output, code = run(folder, one, number, at)
        killed += gone
        if gone and not one.settles:
            found += one.books(images.load_card(path), folder, output)
    if one.settles:
        found += one.books(images.load_card(path), folder, output)
    if code:
        found.append(f"exit code {code}: {(folder / 'errors').read_text().strip()}")
    found += [f"{left.name} was left" for left in folder.rglob(".*")]
    shutil.rmtree(folder)
    return killed, [f"{one.name}, killed at {kills}: {why}" for why in found]


class Report:
    """How many kills there were, by scenario, and what was wrong."""

    def __init__(self) -> None:
        self.kills = dict.fromkeys((one.name for one in SCENARIOS), 0)
        self.wrong: list[str] = []

    def take(self, one: Scenario, *kills: int) -> bool:
        """Try them; True when one of them killed."""
        killed, wrong = tried(one, *kills)
        self.kills[one.name] += killed
        self.wrong += wrong
        return killed > 0

    def all(self) -> int:
        """Kills in all."""
        return sum(self.kills.values())


def sweep(step: int, pairs: int, seed: int) -> Report:
    """Kill at every so many-th moment of each scenario, then in pairs drawn by a seed."""
    report = Report()
    for number, one in enumerate(SCENARIOS):
        at = number % step
        while report.take(one, at):
            at += step
    draw = Random(seed)  # noqa: S311 - repeatable
    while pairs > 0:
        one = draw.choice([one for one in SCENARIOS if one.settles])
        report.take(one, draw.randrange(60), draw.randrange(60))
        pairs -= 1
    return report


def main() -> int:
    """Read the words, kill, print the report; 1 when something was wrong."""
    words = argparse.ArgumentParser(description="Kill ykt at every moment that changes a file.")
    words.add_argument("--step", type=int, default=1, help="every so many-th moment")
    words.add_argument("--pairs", type=int, default=0, help="pairs of kills")
    words.add_argument("--seed", type=int, default=0, help="draws the pairs")
    words.add_argument("--rotation", action="store_true", help="every byte of a rotation")
    said = words.parse_args()
    if said.rotation:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"moments": rotation_moments(Path(folder), piece=1)}))  # noqa: T201
        return 0
    report = sweep(said.step, said.pairs, said.seed)
    print(json.dumps({"kills": report.all(), "by": report.kills, "wrong": report.wrong}))  # noqa: T201
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
