"""Finds words of any number in texts, in either case, and puts something else in their place.

A pattern of many words is slow to make and slow to search with. So pieces of a text, a few marks
apart, are looked up among pieces of all words: a word that is there is met by one of them, wherever
it begins. Only a text that has such a piece is gone through mark by mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

#: Most marks of a piece of a word, and from one piece of a text to the next.
_SIZE: Final = 8
_STEP: Final = 9


@dataclass
class _Pieces:
    """Pieces of words of about one length.

    Attributes:
        pieces: with the words that they are of; a text with such a word has one of its pieces at
            one place in so many at least.
        marks: the greatest mark of each word; most texts have none of a word that is no hex.
    """

    pieces: dict[str, list[str]] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)


class Words:
    """Words with what stands in their place; a longer word goes before a shorter one."""

    def __init__(self) -> None:
        self._hidden: dict[str, str] = {}
        self._begun: dict[str, list[str]] = {}
        self._heads: tuple[int, ...] = ()
        self._pieces: dict[tuple[int, int], _Pieces] = {}

    def learn(self, word: str, hidden: str) -> bool:
        """Put something else in the place of a word from now on; False where it is so already."""
        word = word.upper()
        if not word or self._hidden.get(word) == hidden:
            return False
        if word not in self._hidden:
            self._begin(word)
            self._cut(word)
        self._hidden[word] = hidden
        return True

    def _begin(self, word: str) -> None:
        head = word[:_SIZE]
        begun = self._begun.setdefault(head, [])
        begun.append(word)
        begun.sort(key=lambda one: (-len(one), one))
        self._heads = tuple(sorted({*self._heads, len(head)}, reverse=True))

    def _cut(self, word: str) -> None:
        size = min(_SIZE, len(word) - len(word) // 4)
        step = min(_STEP, len(word) - size + 1)
        wide = size + step - 1
        parts = [word[at : at + wide] for at in range(len(word) - wide + 1)]
        part = max(parts, key=lambda one: len(set(one)))  # zeros are in many texts
        found = self._pieces.setdefault((size, step), _Pieces())
        for piece in dict.fromkeys(part[at : at + size] for at in range(step)):
            found.pieces.setdefault(piece, []).append(word)
        found.marks.add(max(word))

    def replaced(self, text: str) -> str:
        """The text with other things in the place of the words."""
        if not self._hidden:
            return text
        upper = text.upper()
        if len(upper) != len(text):  # a letter that has no single capital is in no word
            upper = "".join(mark.upper() if len(mark.upper()) == 1 else mark for mark in text)
        return "".join(self._parts(text, upper)) if self._are_in(upper) else text

    def _are_in(self, upper: str) -> bool:
        """True where some word is in a text in capitals."""
        marks = set(upper)
        for (size, step), found in self._pieces.items():
            if found.marks.isdisjoint(marks):
                continue
            pieces = [upper[at : at + size] for at in range(0, len(upper) - size + 1, step)]
            if not found.pieces.keys().isdisjoint(pieces):
                words = {word for piece in pieces for word in found.pieces.get(piece, ())}
                if any(word in upper for word in words):
                    return True
        return False

    def _parts(self, text: str, upper: str) -> Iterator[str]:
        """Pieces of the text; where a word begins, what stands in its place."""
        done = at = 0
        while at < len(text):
            for size in self._heads:
                begun = self._begun.get(upper[at : at + size], ())
                word = next((one for one in begun if upper.startswith(one, at)), "")
                if word:
                    yield text[done:at]
                    yield self._hidden[word]
                    done = at = at + len(word)
                    break
            else:
                at += 1
        yield text[done:]
