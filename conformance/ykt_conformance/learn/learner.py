"""AALpy's learner with a search for counterexamples of our own: repeatable, and counted.

The search walks the W-method: to every state, every letter, some letters more, and every letter
and word that tells states apart. A card with no more states than that has then the machine that
was learnt. Behind it come loops: what leads back to its state is done many times over, for a count
that is kept inside shows at its end only. Then random words, from every state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final

from ykt_conformance.explore.chance import Chance
from ykt_conformance.learn.asking import Card
from ykt_conformance.learn.machine import Machine, Word, read
from ykt_sim.errors import UsageError

#: Letters in the middle of a random word, at most.
LONGEST: Final = 12
#: How often a letter is said that changes nothing: beyond any count of tries [GM 7.10].
_SAID: Final = 16
#: How often two letters are said of which the second leads back.
_TWICE: Final = 5


class Search:
    """Looks for a word that the card answers otherwise than a machine does.

    Args:
        card: answers words.
        letters: the alphabet.
        chance: of the random words.
        extra: states that the card may have beyond those of the machine.
        walks: random words.

    Attributes:
        machine: the last one that was looked at, or None.
        rounds: machines so far.
        sure: extra states up to which the W-method is through; -1: not even none.
        walked: random words that the machine answered as the card does.
        num_queries, num_steps: for AALpy, which adds them up.
    """

    def __init__(
        self, card: Card, letters: Word, chance: Chance, *, extra: int, walks: int
    ) -> None:
        self._card = card
        self._letters = letters
        self._chance = chance
        self._extra = extra
        self._walks = walks
        self.machine: Machine | None = None
        self.rounds = 0
        self.sure = -1
        self.walked = 0
        self.num_queries = self.num_steps = 0

    def find_cex(self, hypothesis: Any) -> Word | None:
        """A word up to the first answer that differs; None where none was found."""
        self.machine = machine = read(hypothesis, self._letters)
        self.rounds += 1
        self.sure, self.walked = -1, 0
        for extra in range(self._extra + 1):
            for word in self._method(machine, extra):
                if (found := self._against(machine, word)) is not None:
                    return found
            self.sure = extra
        for word in _loops(machine):
            if (found := self._against(machine, word)) is not None:
                return found
        for word in self._random(machine):
            if (found := self._against(machine, word)) is not None:
                return found
            self.walked += 1
        return None

    def _against(self, machine: Machine, word: Word) -> Word | None:
        outputs = self._card.query(word)
        for n, (got, move) in enumerate(zip(outputs, machine.walk(word), strict=True), 1):
            if got != move.output:
                return word[:n]
        return None

    def _method(self, machine: Machine, extra: int) -> Iterator[Word]:
        for access in machine.access:
            for middle in product(self._letters, repeat=extra + 1):
                for end in machine.separating:
                    yield (*access, *middle, *end)

    def _random(self, machine: Machine) -> Iterator[Word]:
        for _ in range(self._walks):
            access = self._chance.of(machine.access)
            size = 1 + self._chance.below(LONGEST)
            middle = tuple(self._chance.of(self._letters) for _ in range(size))
            yield (*access, *middle, *self._chance.of(machine.separating))


def _loops(machine: Machine) -> Iterator[Word]:
    """What leads back to the state it began in, over and over."""
    for state, access in enumerate(machine.access):
        for letter, move in machine.moves[state].items():
            if move.target == state:
                yield (*access, *(letter,) * _SAID)
                continue
            for back, second in machine.moves[move.target].items():
                if second.target == state:
                    yield (*access, *(letter, back) * _TWICE)


def learner() -> Callable[[Word, Card, Search], None]:
    """A function that learns with AALpy: it asks the card and shows its machines to the search.

    Raises:
        UsageError: AALpy is not installed.
    """
    try:
        from aalpy.learning_algs import run_KV  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise UsageError("ykt conform learn needs AALpy: pip install 'ykt-sim[explore]'") from None

    def run(letters: Word, card: Card, search: Search) -> None:
        run_KV(list(letters), card, search, "mealy", cache_and_non_det_check=False, print_level=0)

    return run
