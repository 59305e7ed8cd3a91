"""A Mealy machine as it was learnt: states numbered by the shortest word that leads to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

Word = tuple[str, ...]


class Move(msgspec.Struct, frozen=True):
    """What a letter does in a state.

    Attributes:
        output: what was answered.
        target: number of the state behind it.
    """

    output: str
    target: int


class Machine(msgspec.Struct, frozen=True):
    """States 0 to N-1; 0 is the first.

    Attributes:
        letters: the alphabet.
        access: the shortest word to each state.
        moves: by state, then by letter.
        separating: words whose answers tell the states apart, every letter among them: a state
            that was not seen yet is told by one of them, most often.
    """

    letters: Word
    access: tuple[Word, ...]
    moves: tuple[Mapping[str, Move], ...]
    separating: tuple[Word, ...] = ()

    def walk(self, word: Sequence[str]) -> Iterator[Move]:
        """The moves of a word from the first state."""
        at = 0
        for letter in word:
            move = self.moves[at][letter]
            at = move.target
            yield move

    def after(self, word: Sequence[str]) -> int:
        """The state behind a word."""
        return next((move.target for move in reversed(list(self.walk(word)))), 0)


def read(hypothesis: Any, letters: Word) -> Machine:
    """The machine that AALpy has in mind, its states in the order in which they are reached."""
    access: dict[Any, Word] = {hypothesis.initial_state: ()}
    for state in (order := [hypothesis.initial_state]):
        for letter in letters:
            target = state.transitions[letter]
            if target not in access:
                access[target] = (*access[state], letter)
                order.append(target)
    number = {state: n for n, state in enumerate(order)}
    moves = tuple(
        {x: Move(state.output_fun[x], number[state.transitions[x]]) for x in letters}
        for state in order
    )
    separating = hypothesis.compute_characterization_set(raise_warning=False)
    told = (tuple(word) for word in separating or ())
    words = dict.fromkeys((*((letter,) for letter in letters), *told))
    return Machine(letters, tuple(access.values()), moves, tuple(words))
