"""What a card may answer to one command, and what follows from each answer.

A chapter gives `Outcome`s: one of them must fit the answer, and the one that fits says how the
state moves. Errors of a command are collected (`Errors`): where several meet no source orders
them, and the word of any is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from ykt_conformance.model.rules import NOT_STATED, Rule
from ykt_sim.codes import SW
from ykt_sim.wire.apdu import Response

#: Words that follow each other and are told one by one.
_RANGE: Final = 2
#: Moves the state; gets the answer, or None where it never came and the command was done.
Effect = Callable[[Response | None], None]


class Wrong(NamedTuple):
    """Why an answer does not fit.

    Attributes:
        why: what does not.
        rule: that is broken, where it is not the outcome's own.
        due: what should have come where the status word fits: the data, those that no rule speaks
            of as they came, or words for them; empty where neither can be said.
    """

    why: str
    rule: Rule | None = None
    due: bytes | str = ""


#: Says why data do not fit, or nothing.
Look = Callable[[bytes], str | Wrong]

#: The kinds of outcome by which a walk through the states is counted.
OK: Final = "done"
#: Any refusal: a word other than 9000 and 61xx.
ANY: Final[frozenset[int]] = frozenset()
#: Words of one refusal that are told apart where the answer never came.
_FEW: Final = 6


def nothing(_answer: Response | None) -> None:
    """Leave the state as it is."""


class Outcome(msgspec.Struct, frozen=True):
    """One answer that the facts allow.

    Attributes:
        rule: that allows it.
        kind: `OK`, the class of an error, or ``not stated``.
        words: what is expected, for people.
        sws: status words that fit; `ANY` takes every refusal.
        data: the exact data, None where `look` judges it or nobody does.
        look: judges the data.
        then: what follows.
        anything: fits every answer: no source says what comes.
    """

    rule: Rule
    kind: str
    words: str
    sws: frozenset[int]
    data: bytes | None = None
    look: Look | None = None
    then: Effect = nothing
    anything: bool = False

    def against(self, answer: Response) -> Wrong | None:
        """Why the answer is not this outcome; None when it is."""
        if self.anything:
            return None
        if self.sws:
            if answer.sw not in self.sws:
                return Wrong(f"status word {answer.sw:04X}")
        elif answer.sw == SW.OK or answer.sw >> 8 == 0x61:
            return Wrong(f"{answer.sw:04X}, no refusal")
        if self.data is not None and answer.data != self.data:
            return Wrong(f"data {answer.data.hex().upper() or 'none'}", due=self.data)
        found = self.look(answer.data) if self.look is not None else ""
        return (Wrong(found) if found else None) if isinstance(found, str) else found

    def due(self, answer: Response, wrong: Wrong) -> str:
        """What is expected in place of an answer with one thing wrong, in hex or in words.

        Where the status word is not what is wrong, the data are told: 9000 alone did come.
        """
        if answer.sw not in self.sws:
            return self.words
        if isinstance(wrong.due, bytes):
            return f"{wrong.due.hex().upper()}9000"
        return f"9000 with {wrong.due or 'other data'}"

    def unheard(self) -> tuple[Response | None, ...]:
        """What may have been answered where the answer never came; None: nobody knows."""
        refusal = self.kind != OK and not self.anything
        if refusal and 0 < len(self.sws) <= _FEW:
            return tuple(Response(b"", sw) for sw in sorted(self.sws))
        return (None,)

    def also(self, effect: Effect) -> Outcome:
        """The same outcome with one effect more, behind its own."""

        def then(answer: Response | None) -> None:
            self.then(answer)
            effect(answer)

        return msgspec.structs.replace(self, then=then)


Expectation = tuple[Outcome, ...]


class Divergence(msgspec.Struct, frozen=True):
    """An answer that no rule allows.

    Attributes:
        rule: the rule that is broken: that of the outcome that came nearest.
        command: as sent.
        expected: what the rules allow, in words or hex.
        received: the answer in hex, data and status word.
        why: what does not fit.
        event: index in the trace, or None.
    """

    rule: Rule
    command: bytes
    expected: str
    received: str
    why: str
    event: int | None = None

    def __str__(self) -> str:
        return (
            f"{self.rule.id}: {self.command.hex().upper()} was answered {self.received}"
            f" ({self.why}), expected {self.expected}; {self.rule.text} {self.rule.source}"
        )


def done(
    rule: Rule,
    then: Effect = nothing,
    *,
    data: bytes | None = None,
    look: Look | None = None,
    kind: str = OK,
) -> Outcome:
    """9000; with these data, with data that pass a look, or with whatever comes."""
    shown = f"{(data or b'').hex().upper()}9000"
    return Outcome(rule, kind, shown, frozenset((SW.OK,)), data, look, then)


def empty(rule: Rule, then: Effect = nothing) -> Outcome:
    """9000 without data."""
    return done(rule, then, data=b"")


def refused(rule: Rule, sws: Iterable[int], kind: str, then: Effect = nothing) -> Outcome:
    """A refusal by one of these words; none means any."""
    words = frozenset(sws)
    shown = " or ".join(_runs(sorted(words))) or "a refusal"
    return Outcome(rule, kind, shown, words, then=then)


def _runs(words: Sequence[int]) -> Iterator[str]:
    """Words in hex, those that follow each other as a range."""
    at = 0
    while at < len(words):
        end = at
        while end + 1 < len(words) and words[end + 1] == words[end] + 1:
            end += 1
        if end - at < _RANGE:
            end = at
        yield f"{words[at]:04X}" if end == at else f"{words[at]:04X} to {words[end]:04X}"
        at = end + 1


def not_stated(why: str, then: Effect = nothing) -> Outcome:
    """Anything: no source says what comes."""
    return Outcome(
        msgspec.structs.replace(NOT_STATED, text=why), "not stated", f"not stated: {why}", ANY,
        then=then, anything=True,
    )  # fmt: skip


class Errors:
    """What is wrong with a command, and what may be.

    Every error brings the words that say it. One that is `sure` means that the command is
    refused; then any error's word will do.
    """

    def __init__(self, then: Effect = nothing) -> None:
        self._then = then
        self._found: list[tuple[Rule, frozenset[int], str, bool]] = []

    def add(self, rule: Rule, kind: str, *sws: int, sure: bool = True) -> None:
        """Note an error; no words mean any refusal."""
        self._found.append((rule, frozenset(sws), kind, sure))

    @property
    def sure(self) -> bool:
        """The command must be refused."""
        return any(sure for *_, sure in self._found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def outcomes(self, *success: Outcome) -> Expectation:
        """The refusals, behind the successes unless an error is sure."""
        if not self._found:
            return success
        ordered = sorted(self._found, key=lambda found: not found[3])
        rule, _, kind, _ = ordered[0]
        words: frozenset[int] = frozenset()
        if all(sws for _, sws, _, _ in self._found):
            words = frozenset().union(*(sws for _, sws, _, _ in self._found))
        if len(self._found) > 1 and self.sure:
            kind = " and ".join(sorted({name for _, _, name, sure in self._found if sure}))
        refusal = refused(rule, words, kind, self._then)
        return (refusal,) if self.sure else (*success, refusal)
