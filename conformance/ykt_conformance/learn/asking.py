"""Words asked of a card, each on a card as it was at first, and judged by the model on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ykt_conformance.explore.play import Player, Tried
from ykt_conformance.explore.run import ExplorePlan
from ykt_conformance.explore.subject import AnyModel
from ykt_conformance.learn.alphabet import Subject
from ykt_conformance.learn.machine import Word
from ykt_conformance.model import Divergence
from ykt_sim.transport import Link
from ykt_sim.wire.apdu import Response

#: Words and beginnings of words whose answers are remembered, at most.
_REMEMBERED: Final = 1_000_000
#: Outputs that are no status word.
NO_ANSWER = "no answer"
NOT_SENT = "not sent"
POWER = "power"


class EndedEarly(Exception):  # noqa: N818 - no error: the reason is told
    """Learning cannot go on; the text says why."""


class Broken(msgspec.Struct):
    """A rule that a letter breaks.

    Attributes:
        steps: the fewest that were played; the last one breaks the rule.
        tried: what came of them.
        words: what was asked before the letter, each time.
    """

    steps: Word
    tried: Tried
    words: set[Word]


class Card:
    """One card as a thing that answers words; as AALpy wants a system under learning.

    Args:
        plan: the card, and what it is held to.
        subject: what is asked about.
        over: told of this card before each word; whether learning is to end.

    Attributes:
        plan, subject: as given.
        broken: by rule and letter.
        exchanges: with the card, prelude and resets included.
        num_queries, num_steps: words that were asked of the card, and their letters.
        num_cached_queries: words that were known.
    """

    def __init__(self, plan: ExplorePlan, subject: Subject, over: Callable[[Card], bool]) -> None:
        self.plan = plan
        self.subject = subject
        self._over = over
        self._known: dict[Word, str] = {}
        self._link: Link | None = None
        self._model: AnyModel | None = None
        self._gentle = plan.gentle()
        self.broken: dict[tuple[str, str], Broken] = {}
        self.exchanges = 0
        self.num_queries = self.num_steps = self.num_cached_queries = 0

    def query(self, word: Sequence[str]) -> list[str]:
        """The outputs of a word.

        Raises:
            EndedEarly: queries or time are used up, or the card answers a word not as before.
            LinkError: the card is lost.
        """
        asked = tuple(word)
        if asked not in self._known:
            self.num_queries += 1
            self.num_steps += len(asked)
            self.play(asked)
        else:
            self.num_cached_queries += 1
        return [self._known[asked[:n]] for n in range(1, len(asked) + 1)]

    def play(self, word: Word) -> Player:
        """Play a word; gives the player, whose link may be closed already."""
        if self._over(self):
            raise EndedEarly("queries or time were used up")
        if len(self._known) >= _REMEMBERED:
            raise EndedEarly("more words were asked than can be remembered")
        player = self._start()
        try:
            self._played(player, word)
        finally:
            self.exchanges += player.sent
            if self.plan.target.fresh:
                self._leave()
        return player

    def _start(self) -> Player:
        if self._link is None or self._model is None:
            self._link, self._model = self.plan.open(0), self.plan.model()
        plan = self.plan
        return Player(
            plan.subject, self._link, self._model, passed=plan.passed, gentle=self._gentle
        )

    def close(self) -> None:
        """Leave a card that is never fresh again."""
        self._leave()

    def _leave(self) -> None:
        if self._link is not None:
            self._link.close()
        self._link = None

    def _played(self, player: Player, word: Word) -> None:
        before = self.subject.before
        first = player.first
        for n, step in enumerate(before, 1):
            found = player.play(step)
            if first is None and found is not None:
                self._note(player, found, before[:n], ())
            first = first or found
        for n, letter in enumerate(word, 1):
            sent = player.sent
            found = player.play(letter)
            output = _output(player) if player.sent > sent else NOT_SENT
            if first is None and found is not None:
                self._note(player, found, (*before, *word[:n]), word[: n - 1])
            first = first or found
            if (old := self._known.setdefault(word[:n], output)) != output:
                steps = "; ".join((*before, *word[:n]))
                raise EndedEarly(f"{steps}: was answered {old} once and {output} now")

    def _note(self, player: Player, found: Divergence, steps: Word, word: Word) -> None:
        """Note a broken rule; what comes behind it on the same card may only follow from it."""
        key = (found.rule.id, steps[-1])
        had = self.broken.get(key)
        if had is None or len(steps) < len(had.steps):
            tried = Tried(found, tuple(player.said), tuple(player.events))
            had = self.broken[key] = Broken(steps, tried, had.words if had is not None else set())
        had.words.add(word)


def _output(player: Player) -> str:
    """What was answered: the status word and how many bytes came."""
    said = player.said[-1]
    if not said.command:
        return POWER
    if len(said.answer) < 2:
        return NO_ANSWER
    answer = Response.parse(said.answer)
    return f"{answer.sw:04X}" + (f"+{len(answer.data)}" if answer.data else "")
