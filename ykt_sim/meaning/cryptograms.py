"""Every MAC, TAC and authentication of a trace, worked out anew with the card's keys.

`check` goes along a trace and says of each cryptogram ``valid``, ``wrong`` or ``not
checkable`` and why. What goes under each one is learnt from the trace itself: factors from
the FCI or EF 15, random, counter and balance from INITIALIZE, the serial number from the
PSAM, the challenge from GET CHALLENGE. Where one command repeats what another one said and
says something else, a `Mismatch` names the place.

Values worked out with an owner's keys never leave this module unless the caller says that
the keys are the published ones.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

import msgspec

from ykt_sim.codes import INS, SW
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.explain.search import Explanation, explain
from ykt_sim.meaning.explain.status import Cause
from ykt_sim.meaning.explain.status import causes as causes_of
from ykt_sim.meaning.explain.story import Story
from ykt_sim.meaning.follow import Due, Follower, Mismatch
from ykt_sim.meaning.understand import Piece, Side, Understood, secured, understand
from ykt_sim.trace.model import Event, Exchange, Trace

#: Wrong codes of a trace for which two mistakes at a time are tried: with wrong keys all are.
MAX_PAIRED: Final = 40


@runtime_checkable
class LearningKeys(Keys, Protocol):
    """Keys that are diversified from what a card says of itself."""

    def know(self, standard: str, *factors: bytes) -> None:
        """Take a card's diversification factors, issuer first."""


class Status(StrEnum):
    """What is known of a cryptogram."""

    VALID = "valid"
    WRONG = "wrong"
    NOT_CHECKABLE = "not checkable"


class CodeVerdict(msgspec.Struct, frozen=True):
    """What is known of one cryptogram.

    Attributes:
        side, offset, size: where it stands.
        name: e.g. ``MAC1 of composite purchase``.
        status: what the check gave.
        why: the reason where it is not checkable, and where it is wrong.
        expected: the right value; None where it must not be told or is not known.
        explanation: what makes the value that stands there; None where nobody asked, or the
            code is not wrong.
    """

    side: Side
    offset: int
    size: int
    name: str
    status: Status
    why: str = ""
    expected: bytes | None = None
    explanation: Explanation | None = None

    def __str__(self) -> str:
        text = f"{self.name}: {self.status}"
        if self.expected is not None and self.status is Status.WRONG:
            text += f", expected {self.expected.hex().upper()}"
        return f"{text} ({self.why})" if self.why else text


class Checked(msgspec.Struct, frozen=True):
    """One event with the verdicts on its cryptograms.

    Attributes:
        understood: the event with its pieces.
        verdicts: one for every cryptogram in it, in their order.
        mismatches: where it says something else than the exchange it depends on.
        group: number of the transaction or challenge it belongs to; events of one group
            stand or fall together.
        causes: what brought the status word about, where somebody asked and the trace shows it.
    """

    understood: Understood
    verdicts: tuple[CodeVerdict, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    group: int = 0
    causes: tuple[Cause, ...] = ()


def check(
    events: Trace | Iterable[Event],
    keys: Keys | None = None,
    *,
    published: bool = False,
    explained: bool = False,
    judged: bool = True,
) -> Iterator[Checked]:
    """Check every cryptogram of a trace as it goes by.

    Args:
        events: a trace or a stream of events.
        keys: None for no keys at all. Where they can learn (`LearningKeys`), they are told
            the diversification factors of each card as it tells them.
        published: the keys are published ones, so right values may be told.
        explained: say of every wrong code what makes it, and of every refusal what in the
            trace brings it about.
        judged: give verdicts; False where nobody looks at those that say "not checkable", and
            without keys there are no others.
    """
    return check_understood(
        understand(events), keys, published=published, explained=explained, judged=judged
    )


def check_understood(
    items: Iterable[Understood],
    keys: Keys | None = None,
    *,
    published: bool = False,
    explained: bool = False,
    judged: bool = True,
) -> Iterator[Checked]:
    """As `check`, of events that are understood already."""
    follower = Follower(keys, searched=explained)
    pairs, story = MAX_PAIRED, Story()
    for item in items:
        dues, mismatches = follower.step(item)
        verdicts = tuple(_verdicts(item, dues, published=published)) if judged else ()
        causes: tuple[Cause, ...] = ()
        if explained:
            if any(one.status is Status.WRONG for one in verdicts):
                verdicts = tuple(_explained(item, dues, verdicts, follower, pairs=pairs > 0))
                pairs -= sum(one.explanation is not None for one in verdicts)
            if item.annotated.sw != SW.OK:
                causes = tuple(_causes(story, item, verdicts))
            story.take(item)
        yield Checked(item, verdicts, mismatches, follower.group, causes)


def _causes(story: Story, item: Understood, verdicts: tuple[CodeVerdict, ...]) -> Iterator[Cause]:
    """Why the card refused; where a code is wrong that is the reason and needs no other word."""
    sent = [one for one in verdicts if one.side == "command"]
    refused = item.annotated.sw in _FOUND_WRONG
    if refused and any(one.status is Status.WRONG for one in sent):
        return
    yield from causes_of(story, item)
    on_card = isinstance(item.event, Exchange) and item.event.channel == "card"
    whose = ("card", "卡片") if on_card else ("PSAM", "PSAM ")
    for one in sent if refused else ():
        if one.status is Status.VALID:
            yield Cause(
                f"{one.name} is right with these keys: the {whose[0]} has another, or makes it "
                "otherwise",
                f"{one.name} 按所给密钥是正确的：{whose[1]}密钥不同，或算法不同",
            )


def _explained(
    item: Understood,
    dues: tuple[Due, ...],
    verdicts: tuple[CodeVerdict, ...],
    follower: Follower,
    *,
    pairs: bool,
) -> Iterator[CodeVerdict]:
    """The verdicts, the wrong ones with what makes the code that stands there."""
    by_place = {(due.side, due.offset): due for due in dues}
    received = {(side, piece.offset): piece.raw for side, piece in item.pieces()}
    for one in verdicts:
        place = (one.side, one.offset)
        found = None
        if one.status is Status.WRONG:
            search = follower.search(by_place[place])
            if search is not None:
                found = explain(search, received[place], pairs=pairs)
        if found is None:
            yield one
            continue
        told = by_place[place].value if found.published else one.expected
        yield msgspec.structs.replace(one, explanation=found, expected=told)


def _secured(item: Annotated) -> tuple[tuple[Side, Piece], ...]:
    """The cryptograms of an event."""
    return tuple(secured(item))


def _verdicts(item: Understood, dues: tuple[Due, ...], *, published: bool) -> Iterator[CodeVerdict]:
    """One verdict for each cryptogram piece: judged where something is due there."""
    by_place = {(due.side, due.offset): due for due in dues}
    for side, piece in item.annotated.once(_secured):
        due = by_place.get((side, piece.offset))
        if due is None:
            why = _without_due(item)
            name = piece.byte_class.value
            yield CodeVerdict(side, piece.offset, piece.size, name, Status.NOT_CHECKABLE, why)
        else:
            yield _judge(side, piece, due, published=published)


def _judge(side: Side, piece: Piece, due: Due, *, published: bool) -> CodeVerdict:
    if due.value is None:
        status, why = Status.NOT_CHECKABLE, due.why
    elif hmac.compare_digest(due.value, piece.raw):
        status, why = Status.VALID, ""
    else:
        status, why = Status.WRONG, ""
    told = due.value if published and status is Status.WRONG else None
    return CodeVerdict(side, piece.offset, piece.size, due.name, status, why, told)


def _without_due(item: Understood) -> str:
    asked = item.asked
    if asked is not None and asked.ins == INS.INTERNAL_AUTHENTICATE:
        return f"what P1 {asked.p1:02X} makes is not known"
    return "what it rests on is not in the trace"


class Tally(msgspec.Struct):
    """Counts of verdicts, for a last line."""

    counts: dict[Status, int] = msgspec.field(default_factory=lambda: dict.fromkeys(Status, 0))

    def counted(self, items: Iterable[Checked]) -> Iterator[Checked]:
        """Let events pass and count their verdicts."""
        for item in items:
            self.count(item)
            yield item

    def count(self, item: Checked) -> None:
        """Count the verdicts of an event."""
        for verdict in item.verdicts:
            self.counts[verdict.status] += 1

    def __str__(self) -> str:
        return ", ".join(f"{count} {status}" for status, count in self.counts.items())


#: Status words that say that a MAC or authentication was found wrong.
_FOUND_WRONG: Final = frozenset({SW.MAC_INVALID, SW.SM_MAC_WRONG})


def refused_as_wrong(item: Understood) -> bool:
    """True when the answer says that the cryptogram in the command was wrong."""
    event = item.event
    if not isinstance(event, Exchange) or len(event.response) < 2:
        return False
    sw = int.from_bytes(event.response[-2:], "big")
    return sw in _FOUND_WRONG or (sw & 0xFFF0 == 0x63C0)
