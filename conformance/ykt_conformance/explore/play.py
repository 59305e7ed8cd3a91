"""Plays steps beside the model, and counts what was reached."""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from ykt_conformance.explore.subject import AnyModel, Gentle, Subject
from ykt_conformance.explore.words import RESET, Step
from ykt_conformance.model import Divergence
from ykt_sim.errors import CardRemovedError, ReadError
from ykt_sim.trace.model import Event, Exchange, Removed, Reset
from ykt_sim.transport import Link, Tearable
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import find


class Said(msgspec.Struct, frozen=True):
    """One exchange: the step it came from, the command, and the answer (empty: none came)."""

    step: str
    command: bytes
    answer: bytes


class Coverage:
    """What was reached: states of the card, commands, classes of error, and all three together."""

    def __init__(self) -> None:
        self.reached: Counter[tuple[str, str, str]] = Counter()

    def count(self, state: str, command: bytes, kind: str) -> None:
        """Count one exchange."""
        self.reached[state, _name(command), kind] += 1

    @property
    def states(self) -> tuple[str, ...]:
        """States that were reached."""
        return tuple(sorted({state for state, _, _ in self.reached}))

    def commands(self) -> Mapping[str, Mapping[str, int]]:
        """Command to class of error to how often."""
        found: dict[str, Counter[str]] = {}
        for (_, command, kind), count in self.reached.items():
            found.setdefault(command, Counter())[kind] += count
        return dict(sorted(found.items()))


def _name(command: bytes) -> str:
    try:
        return find(Command.parse(command)).name
    except ReadError:
        return "no command"


class Player:
    """One card or PSAM with a model of its own.

    Args:
        subject: what it is.
        link: to it; powered on at once.
        model: what it is held to.
        coverage: to count in, or None.
        passed: ids of rules whose divergences are passed over.
        gentle: says which commands may be sent; None: all.
        kept: exchanges that are kept; None: all.

    Attributes:
        said: the exchanges that are kept; `events` the same as a recording.
        sent: exchanges and resets so far, kept or not.
        passed_over: ids of rules whose divergences were passed over.
    """

    def __init__(
        self,
        subject: Subject,
        link: Link,
        model: AnyModel,
        coverage: Coverage | None = None,
        passed: frozenset[str] = frozenset(),
        *,
        gentle: Gentle | None = None,
        kept: int | None = None,
    ) -> None:
        self._subject = subject
        self._link = link
        self.model = model
        self._coverage = coverage
        self._passed = passed
        self._memory = subject.memory()
        self._gentle = gentle
        self.said: deque[Said] = deque(maxlen=kept)
        self.events: deque[Event] = deque(maxlen=kept)
        self.sent = 0
        self.passed_over: set[str] = set()
        self._time = 0
        self.first = self._heed(self._power())

    def _power(self) -> list[Divergence]:
        atr = self._link.power_on()
        self.events.append(Reset(t=self._tick(), channel=self._subject.channel, atr=atr))
        return self.model.reset(atr)

    def _tick(self) -> int:
        """The number of the event, which stands for its time."""
        self._time += 1
        return self._time - 1

    def _say(self, text: str, command: bytes, answer: bytes) -> None:
        self.said.append(Said(text, command, answer))
        self.sent += 1

    def play(self, text: str) -> Divergence | None:
        """Play one step; gives the first divergence.

        Raises:
            UsageError: the step cannot be read.
            LinkError: the card is lost.
        """
        step = self._subject.grammar.read(text)
        if step.verb == RESET:
            found = self._power()
            self._say(text, b"", b"")
            return self._heed(found)
        command = self._build(step)
        if command is None:
            return None
        if self._gentle is not None and not self._gentle.lets(step, command, self.model):
            return None
        state = self._subject.state(self.model.world)
        gone = step.pull or step.tear > 0
        answer = self._exchange(command, step.tear, gone=gone)
        heard = b"" if step.pull else answer
        if self._gentle is not None:
            self._gentle.heard(command, heard)
        self._say(text, command, heard)
        at = self._tick()
        channel = self._subject.channel
        self.events.append(Exchange(t=at, channel=channel, command=command, response=heard))
        found = self.model.observe(command, heard)
        self._memory.heard(command, answer, self.model.world)
        if self._coverage is not None:
            self._coverage.count(state, command, self.model.last)
        if gone:
            self.events.append(Removed(t=at, channel=channel))
            found += self._power()
        return self._heed(found)

    def allowed(self, text: str) -> tuple[str, ...]:
        """What the model allows as the answer to a step, in words; none where it sends nothing."""
        step = self._subject.grammar.read(text)
        command = self._build(step) if step.verb != RESET else None
        if command is None:
            return ()
        return tuple(dict.fromkeys(one.words for one in self.model.predict(command)))

    def _build(self, step: Step) -> bytes | None:
        return self._subject.grammar.build(step, self.model.world, self._memory)

    def _exchange(self, command: bytes, write: int, *, gone: bool) -> bytes:
        if write and isinstance(self._link, Tearable):
            self._link.tear(write)
        answer = b""
        if gone:
            with contextlib.suppress(CardRemovedError):
                answer = self._link.transmit(command)
            return answer
        return self._link.transmit(command)

    def _heed(self, found: Iterable[Divergence]) -> Divergence | None:
        for one in found:
            if one.rule.id in self._passed:
                self.passed_over.add(one.rule.id)
            else:
                return one
        return None


class Tried(msgspec.Struct, frozen=True):
    """What came of a list of steps: the divergence or None, what was said, and its recording."""

    divergence: Divergence | None
    said: tuple[Said, ...]
    events: tuple[Event, ...]


def try_steps(
    subject: Subject,
    open_: Callable[[], Link],
    model: Callable[[], AnyModel],
    steps: Iterable[str],
    passed: frozenset[str] = frozenset(),
    coverage: Coverage | None = None,
) -> Tried:
    """Play steps on one of its own up to the first divergence."""
    link = open_()
    try:
        player = Player(subject, link, model(), coverage, passed)
        found = player.first
        for step in steps:
            if found is not None:
                break
            found = player.play(step)
        return Tried(found, tuple(player.said), tuple(player.events))
    finally:
        link.close()


def plain(said: Iterable[Said]) -> list[dict[str, Any]]:
    """Exchanges as plain data."""
    return [
        {"step": one.step, "command": one.command.hex().upper(), "answer": one.answer.hex().upper()}
        for one in said
    ]
