"""What `tests.tools.kills` kills: words of `ykt`, what they find, and how the books are read.

A victim runs in a folder of its own, several times: killed, killed again perhaps, and whole
at the end. Its books say what is wrong after that, or after each run where nothing needs
a whole one.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.bench.kept.test_journal import own
from tests.transport.driver import ON, Driver
from ykt_conformance.report import manifest
from ykt_conformance.report.evidence import PROGRESS
from ykt_sim.bench import duty, images
from ykt_sim.bench.kept import journal
from ykt_sim.bench.make import make_card
from ykt_sim.bench.simulated import card_in_file
from ykt_sim.bench.stand import Stand
from ykt_sim.bench.targets import Name, Target
from ykt_sim.card.model import Key, Money
from ykt_sim.card.personalise import personalise
from ykt_sim.cli.conform.proof import prove
from ykt_sim.codes import INS, KeyType
from ykt_sim.errors import UsageError
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.terminal.journal import Pending, TapEnd
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.transport import Link

BALANCE: Final = 5000
_SELECT: Final = "00A4040008A000000632010105"
#: The right PIN and a wrong one, in turn: each but the first changes how many tries are left.
_PINS: Final = ("0020000006313233343536", "0020000003999999")


class Run(NamedTuple):
    """One run of a victim.

    Attributes:
        killed: it was.
        output: what it said on standard output; of a served card what it answered, in lines.
        code: its exit code.
    """

    killed: bool
    output: bytes
    code: int


def _nothing(*_: object) -> None:
    """Nothing to do."""


class Victim(NamedTuple):
    """What is killed.

    Attributes:
        name: for the report.
        prepare: makes what it finds in its folder.
        words: of the command line, by folder and number of the run, from 1.
        books: gives what is wrong in a folder, by the runs so far.
        stdin: its input.
        settles: the books are right only after a whole run.
        inside: makes changes to the program in the process that is killed; takes what is
            called before a moment that changes no file.
        play: plays the reader to a card that is served.
    """

    name: str
    prepare: Callable[[Path], object]
    words: Callable[[Path, int], Sequence[str]]
    books: Callable[[Path, Sequence[Run]], Iterator[str]]
    stdin: str = ""
    settles: bool = True
    inside: Callable[[Callable[[], object]], object] = _nothing
    play: Callable[[Driver, list[str]], object] | None = None


# -- taps ----------------------------------------------------------------------------------


def _card(profile: str) -> Callable[[Path], None]:
    return lambda folder: images.save_card(
        folder / "card.json", make_card(profile, balance=BALANCE).snapshot()
    )


def _tap(words: str) -> Callable[[Path, int], list[str]]:
    start = "tap --card card.json --state state --at 2024-11-01T08:0{}:00 --terminal "
    return lambda _folder, number: (start.format(number) + words).split()


def money(folder: Path, _runs: Sequence[Run]) -> Iterator[str]:
    """Cards and journals agree on what moved; no PSAM number was used twice."""
    cards = [images.load_card(path) for path in folder.glob("card*.json")]
    purses = [value for card in cards for value in card.cells.values() if isinstance(value, Money)]
    entries = [entry for path in sorted(folder.glob("state/*.journal*")) for entry in own(path)]
    ends = [entry for entry in entries if isinstance(entry, TapEnd)]
    records = [end.clearing for end in ends if end.clearing is not None]
    spent = sum(one.amount if one.kind == "purchase" else -one.amount for one in records)
    moved = sum(BALANCE - purse.actual + purse.overdrawn for purse in purses)
    if moved != spent:
        yield f"{moved} fen left the cards, {spent} are on record"
    if any(end.dispute for end in ends):
        yield "a dispute"
    asked = [entry.record.terminal_serial for entry in entries if isinstance(entry, Pending)]
    used = [number for number in asked if int(number, 16)]
    if len(used) != len(set(used)):
        yield f"PSAM numbers twice: {used}"


def _cut_always(_step: object) -> None:
    defaults: dict[str, Any] = journal.JournalFile.__init__.__kwdefaults__
    defaults["limit"] = 1


# -- a terminal on duty --------------------------------------------------------------------


def _cards(folder: Path) -> None:
    profile = load_card_profile("dual")
    for number in (1, 2):
        image = personalise(profile, pan=f"31048703{number:010d}7", balance=BALANCE)
        images.save_card(folder / f"card-{number}.json", image)


class _Looks:
    """In the place of `bench.watch.CardWatch`: the next card is always there."""

    def __init__(self, *_: object) -> None:
        """Nobody is asked."""

    def next_card(self) -> bool:
        return True

    def done(self, *, again: bool) -> None:
        """The next one comes."""

    def trouble(self, why: str) -> None:
        """The next one comes."""


class _Debited:
    """A link that says when DEBIT is on its way to the card, and when it is on its way back."""

    def __init__(self, link: Link, step: Callable[[], object]) -> None:
        self._link, self._step = link, step

    def transmit(self, apdu: bytes) -> bytes:
        debit = apdu[1] == INS.DEBIT
        if debit:
            self._step()
        answer = self._link.transmit(apdu)
        if debit:
            self._step()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


def _on_duty(step: Callable[[], object]) -> None:
    """Put cards in files into a reader that is none."""
    turns = itertools.cycle((1, 1, 2))  # the first is looked at before a card comes

    def opened(_how: object) -> Any:
        return _Debited(card_in_file(Path(f"card-{next(turns)}.json")), step)

    target = Target(Name("pcsc:0", "pcsc", "0", {}), frozenset(), opened)
    duty.read_target = lambda *_: target  # type: ignore[assignment]
    duty.CardWatch = _Looks  # type: ignore[assignment,misc]


def _duty(_folder: Path, number: int) -> list[str]:
    return (
        f"terminal run bus-upgraded --card pcsc:0 --allow-writes --number virtual --taps 3"
        f" --at 2024-11-01T08:0{number}:00 --state state --report taps.jsonl --trace traces"
    ).split()


def reported(folder: Path, runs: Sequence[Run]) -> Iterator[str]:
    """Money as ever; each record was reported, and again only where that is said; traces."""
    yield from money(folder, runs)
    lines = (folder / "taps.jsonl").read_text().splitlines()
    said = [json.loads(line) for line in lines]
    first = [one["clearing"]["tac"] for one in said if "clearing" in one and "again" not in one]
    told = {one["clearing"]["tac"] for one in said if "clearing" in one}
    if len(first) != len(set(first)):
        yield f"reported twice: {first}"
    entries = [entry for path in sorted(folder.glob("state/*.journal*")) for entry in own(path)]
    for entry in entries:
        if isinstance(entry, TapEnd) and entry.clearing and entry.clearing.tac not in told:
            yield f"never reported: {entry.clearing}"
    names = sorted(path.name for path in folder.glob("traces/[!.]*"))
    if names != [f"{number:04d}.jsonl" for number in range(1, len(names) + 1)]:
        yield f"traces are missing: {names}"
    for name in names:
        read_trace((folder / "traces" / name).read_text())


# -- cards that are driven -----------------------------------------------------------------


def tries(folder: Path, runs: Sequence[Run]) -> Iterator[str]:
    """The PIN's tries are those after the last answer that came out, or after the next."""
    card = images.load_card(folder / "card.json")
    keys = {cell: value for cell, value in card.cells.items() if isinstance(value, Key)}
    (pin,) = (value for cell, value in keys.items() if cell[2] == KeyType.PIN)
    answered = max(0, len(runs[-1].output.split()) - 1)
    if not answered:
        return  # it is as the run before left it, and the right PIN changes nothing but that
    after = [0, *itertools.islice(itertools.cycle((3, 2)), 9)]
    if pin.left not in after[answered : answered + 2]:
        yield f"{pin.left} tries are left after {answered} answers"


def _ask(driver: Driver, answers: list[str]) -> None:
    driver.say(ON)
    for line in (_SELECT, *_PINS * 4):
        answer = driver.ask(line)
        if answer:  # nothing: it is gone
            answers.append(answer)


# -- reports and conversions ---------------------------------------------------------------

_CASES: Final = ("C-0101", "C-0102", "C-0301", "C-0302")
_CONFORM: Final = ("conform", "card", "--target", "sim:dual")


def _conform(folder: Path, _number: int) -> list[str]:
    out = folder / "out"
    if (out / PROGRESS).exists() and b"\n" in (out / PROGRESS).read_bytes():
        return [*_CONFORM, "--resume", "out"]
    if (out / manifest.NAME).exists():
        return ["conform", "verify", "out"]
    return [*_CONFORM, *(f"--case={one}" for one in _CASES), "--seed=1", "--out", "out"]


def evidence(folder: Path, runs: Sequence[Run]) -> Iterator[str]:
    """A case that was told is kept; a whole run's folder is proved, every case in it passed."""
    out = folder / "out"
    told = len(set(re.findall(rb"^C-\d{4}", b"\n".join(one.output for one in runs), re.MULTILINE)))
    if (out / PROGRESS).exists():
        kept = max(0, len((out / PROGRESS).read_bytes().splitlines()) - 1)
        if kept < told:
            yield f"{told} cases were told, {kept} are kept"
    elif told and not (out / manifest.NAME).exists():
        yield f"{told} cases were told, and nothing is kept"
    if runs[-1].killed or runs[-1].code:
        return
    try:
        yield from prove(out, expected="", key=None, keys="").problems
    except UsageError as error:
        yield str(error)
        return
    cases = json.loads((out / "results.json").read_text())["cases"]
    came = {one["id"]: one["verdict"] for one in cases}
    if came != dict.fromkeys(_CASES, "PASS"):
        yield f"not all cases are there and passed: {came}"


_OLD: Final = b"what was there before"


@cache
def _trace() -> str:
    with Stand("bus-upgraded") as stand:
        at = datetime(2024, 11, 1, 8)  # noqa: DTZ001 - local time
        return write_trace(stand.tap(make_card("dual", balance=BALANCE), at).trace())


def _converting(to: str, *more: str) -> Victim:
    """One conversion; what a whole one writes is seen first."""
    new: list[bytes] = []

    def prepare(folder: Path) -> None:
        (folder / "tap.jsonl").write_text(_trace())
        (folder / "out").write_bytes(_OLD)

    def books(folder: Path, runs: Sequence[Run]) -> Iterator[str]:
        found = (folder / "out").read_bytes()
        if not runs[-1].killed and not runs[-1].code:
            if not new:
                new.append(found)
            if found != new[0] or found == _OLD:
                yield f"another file than before: {len(found)} bytes"
        elif found != _OLD and new and found != new[0]:
            yield f"half a file: {len(found)} bytes"

    words = ["trace", "convert", "tap.jsonl", "--to", to, *more, "--out", "out", "--force"]
    return Victim(f"convert to {to}", prepare, lambda *_: words, books, settles=False)


VICTIMS: Final = (
    Victim("bus, Lingnan Tong", _card("dual"), _tap("bus-upgraded"), money),
    Victim("bus, T-Union", _card("tunion"), _tap("bus-tunion"), money),
    Victim("load", _card("dual"), _tap("load-point --amount 20"), money),
    Victim("rotation at each tap", _card("tunion"), _tap("bus-tunion"), money, inside=_cut_always),
    Victim("terminal run", _cards, _duty, reported, inside=_on_duty),
    Victim(
        "card pipe", _card("tunion"), lambda *_: ["card", "pipe", "card.json"], tries,
        stdin="\n".join((_SELECT, *_PINS * 4, "")), settles=False,
    ),
    Victim(
        "card serve", _card("tunion"),
        lambda *_: ["card", "serve", "card.json", "--control", "control"], tries,
        settles=False, play=_ask,
    ),
    Victim("conform card", _nothing, _conform, evidence, settles=False),
    _converting("pcapng"),
    _converting("html"),
    _converting("native"),
)  # fmt: skip
