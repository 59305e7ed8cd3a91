"""Terminals tapped for a number of taps or a time, in processes that are killed meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from math import isqrt
from pathlib import Path
from typing import Final

import msgspec

from ykt_sim.bench import images
from ykt_sim.bench.soak.account import Account
from ykt_sim.bench.soak.plan import Drawing, Job, Kinds
from ykt_sim.bench.soak.worker import Told
from ykt_sim.card import CardImage
from ykt_sim.card.personalise import personalise
from ykt_sim.errors import UsageError
from ykt_sim.profiles.cards import CardProfile, load_card_profile
from ykt_sim.profiles.terminals import load_terminal_profile

#: The terminal at which cards are loaded.
LOADS: Final = "load-point"
#: Cards that are in use at a time; so many come between two taps of one.
CARDS: Final = 4
#: Fen of a new card, fen below which it is loaded, and fen that are loaded then.
BALANCE: Final = 10_000
_LOW: Final = 2_000
_LOAD: Final = 5_000
#: A card whose counter has come so far is not tapped any more; it ends at FFFF.
_WORN: Final = 60_000
#: Loads that may fail before a card is given up: it is one that this terminal does not load.
_TRIES: Final = 6
#: Taps of the longest job, or the root of all of them where that is more, and at most so many.
_LONGEST: Final = 25
_MOST: Final = 1000
#: Seconds that a process has, and for each tap.
_PATIENCE: Final = 120.0
_PER_TAP: Final = 5.0
_MODULE: Final = "ykt_sim.bench.soak.worker"


class SoakSetup(msgspec.Struct, frozen=True):
    """What is soaked.

    Attributes:
        card: profile of the cards.
        terminals: profiles of the terminals, each with a state of its own.
        folder: where cards, PSAMs and journals are kept; it is empty.
        seed: of everything that is drawn.
        taps: so many, then the end; 0: see `minutes`.
        minutes: so long, then the end.
        kinds: of trouble.
    """

    card: str
    terminals: tuple[str, ...]
    folder: Path
    seed: int
    taps: int = 0
    minutes: float = 0.0
    kinds: Kinds = Kinds()


class Soaked(msgspec.Struct):
    """What came of it; money in fen.

    Attributes:
        seed: of the run.
        taps: that were told how they ended.
        outcomes: how many of them ended how; ``broken``: told that nothing could be done.
        processes, kills: that ran, that were killed.
        refused: changes of a file that the disk refused, as far as it could be told.
        jumps: of the clock.
        cards, numbers, segments: cards, PSAM numbers and files of journals that were used.
        paid, loaded, disputed: of all cards.
        lost: what was lost, each thing in words; nothing is the right answer.
    """

    seed: int
    taps: int = 0
    outcomes: dict[str, int] = {}
    processes: int = 0
    kills: int = 0
    refused: int = 0
    jumps: int = 0
    cards: int = 0
    numbers: int = 0
    segments: int = 0
    paid: int = 0
    loaded: int = 0
    disputed: int = 0
    lost: tuple[str, ...] = ()


class Soak:
    """A soak from its first card to its account.

    Args:
        setup: what is soaked.
        progress: takes what has come so far.

    Raises:
        FileError: no such profile, or one that cannot be used.
        UsageError: the folder is not empty, a card without a number or a purse, a load point.
    """

    def __init__(
        self, setup: SoakSetup, progress: Callable[[Soaked], object] = lambda _: None
    ) -> None:
        self._setup, self._progress = setup, progress
        self._profile = _card_profile(setup.card)
        if len({_pays(one) for one in setup.terminals}) < len(setup.terminals):
            raise UsageError("two terminals of one name would have one journal")
        folder = setup.folder
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder}: a soak begins in an empty folder")
        self._state = folder / "state"
        self._state.mkdir(parents=True)
        self._account = Account(self._state)
        longest = min(max(_LONGEST, isqrt(setup.taps)), _MOST)
        self._drawing = Drawing(setup.seed, setup.kinds, longest)
        self._result = Soaked(setup.seed, outcomes={})
        self._numbers: list[str] = []
        self._tries: dict[str, int] = {}
        self._until = time.monotonic() + setup.minutes * 60
        self._stopped = False

    def run(self) -> Soaked:
        """Soak, settle, add up."""
        while self._left() > 0 and not self._account.wrong:
            self._life()
        self._settle()
        self._account.settled()
        self._told()
        return self._result

    def stop(self) -> None:
        """End with the process under way; may be called by a signal's handler."""
        self._stopped = True

    def _left(self) -> int:
        """Taps that are still wanted."""
        if self._stopped:
            return 0
        if self._setup.taps:
            return self._setup.taps - self._result.taps
        return 1 << 30 if time.monotonic() < self._until else 0

    def _life(self) -> None:
        """One process: of a terminal, or of the load point when a card has little left."""
        self._issue()
        low = [one for one in self._numbers if self._account.balance(one) < _LOW]
        terminals, amount = ((LOADS,), _LOAD) if low else (self._setup.terminals, 0)
        for one in low:
            self._tries[one] = self._tries.get(one, 0) + 1
        cards = [self._path(one) for one in low or self._numbers]
        most = min(self._left(), 2 * len(low)) if low else self._left()
        self._do(self._drawing.job(terminals, str(self._state), cards, amount, most))

    def _issue(self) -> None:
        """New cards for worn ones and for those that cannot be loaded."""
        account = self._account
        for one in self._numbers:
            if account.balance(one) >= _LOW:
                self._tries.pop(one, None)
        self._numbers = [
            one for one in self._numbers
            if account.used(one) < _WORN and self._tries.get(one, 0) < _TRIES
        ]  # fmt: skip
        while len(self._numbers) < CARDS:
            number = f"{len(account.cards) + 1:010d}"
            path = Path(self._path(number))
            images.save_card(path, _card(self._profile, number))
            account.issue(number, path, BALANCE)
            self._numbers.append(number)

    def _path(self, number: str) -> str:
        return str(self._setup.folder / f"card-{int(number)}.json")

    def _settle(self) -> None:
        """Each card comes once more to each terminal that was used, with nothing in the way.

        Twice, since what was torn somewhere may be told once that it had paid already.
        """
        cards = [self._path(one) for one in self._account.cards]
        for terminal in (*self._setup.terminals, LOADS):
            used = (self._state / f"{_terminal(terminal)}.journal").exists()
            for _ in range(2 if used else 0):
                amount = 1 if terminal == LOADS else 0
                self._do(self._drawing.calm(terminal, str(self._state), cards, amount), ends=True)

    def _do(self, job: Job, *, ends: bool = False) -> None:
        """Have a job done, and the books read; taps that end the soak are not counted."""
        told, code, said = _child(job)
        result, expected = self._result, job.trouble.kill > 0
        result.processes += 1
        killed = code not in (0, 1)
        result.kills += killed and expected
        if not (code == 0 or (killed and expected)):
            self._account.wrong[f"process {result.processes} ended with {code}: {said}"] = None
        for one in () if ends else told:
            result.outcomes[one.outcome] = result.outcomes.get(one.outcome, 0) + 1
            result.taps += 1
        result.refused += max((one.refused for one in told), default=0)
        name = _terminal(job.terminal)
        for one in told if ends else ():
            if one.outcome == "broken":
                self._account.wrong[f"{name}: out of use with nothing in its way: {one.why}"] = None
        self._account.check({(name, one.sequence, one.tac) for one in told if one.sequence})
        self._told()
        self._progress(result)

    def _told(self) -> None:
        result, account = self._result, self._account
        result.jumps = self._drawing.jumps
        result.cards = len(account.cards)
        result.numbers = sum(account.numbers.values())
        result.segments = account.segments()
        result.paid, result.loaded, result.disputed = account.sums()
        result.lost = tuple(account.wrong)


def _child(job: Job) -> tuple[list[Told], int, str]:
    """Let a process do a job; gives what it told, its exit code and its last words."""
    words = [sys.executable, "-m", _MODULE]
    # In a session of its own: Ctrl-C ends the soak and not what it is doing.
    with subprocess.Popen(  # noqa: S603 - our own words
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:  # fmt: skip
        try:
            out, errors = child.communicate(
                msgspec.json.encode(job), timeout=_PATIENCE + _PER_TAP * len(job.visits)
            )
        except subprocess.TimeoutExpired:
            child.kill()
            return [], 1, "it did not end"
    told = [msgspec.json.decode(line, type=Told) for line in out.splitlines()]
    return told, child.returncode, errors.decode("utf-8", "replace").strip().rpartition("\n")[2]


def _card_profile(name: str) -> CardProfile:
    profile = load_card_profile(name)
    if not (profile.identity.pan or profile.identity.lnt_number):
        raise UsageError(f"card {name}: without a number no terminal takes it")
    return profile


def _card(profile: CardProfile, number: str) -> CardImage:
    """A card whose numbers differ from others in ten digits."""
    pan = profile.identity.pan
    if pan:
        return personalise(profile, pan=pan[:8] + number + pan[18:], balance=BALANCE)
    return personalise(profile, lnt_number=number, balance=BALANCE)


def _terminal(name: str) -> str:
    """Name of a terminal's files."""
    return load_terminal_profile(name).name


def _pays(name: str) -> str:
    if load_terminal_profile(name).load is not None:
        raise UsageError(f"terminal {name}: a load point comes with every soak")
    return _terminal(name)
