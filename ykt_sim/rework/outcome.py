"""What came of a replayed trace: old answers against new ones, by meaning.

`judge` sets the steps of a replay beside each other with `trace.diff`, so that randoms,
counters and codes count only where they are wrong. The outcome is the same when every
status word is, the same money moved, and no code of the card is wrong that was right before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ykt_sim.codes import INS, SW, BalanceKind, Operation
from ykt_sim.meaning.classes import ByteClass
from ykt_sim.meaning.cryptograms import Status, check
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.spans import TOP_BIT
from ykt_sim.meaning.understand import Stage, Understood, understand
from ykt_sim.rework.changes import Change
from ykt_sim.rework.diff import diff
from ykt_sim.trace.model import Channel, Exchange, Trace
from ykt_sim.wire.applications import Application

#: GET BALANCE that asks for what is in the purse.
_ACTUAL: Final = frozenset({BalanceKind.AVAILABLE, BalanceKind.ACTUAL, BalanceKind.ALL})
_NO_MONEY: Final = frozenset({Operation.OVERDRAFT, None})


class Word(StrEnum):
    """What became of one step."""

    SAME = "same"
    FIELD = "field changed"
    CODE = "code wrong"
    STATUS = "status changed"
    NO_ANSWER = "no answer"
    NOT_SENT = "not sent"
    UNKNOWN = "nothing to compare"


#: Words with which an outcome is not the same.
DIFFERENT: Final = frozenset({Word.CODE, Word.STATUS, Word.NO_ANSWER, Word.NOT_SENT})


@dataclass
class PlayedStep:
    """One exchange of the trace and what became of it.

    Attributes:
        index: of its (first) event in the trace.
        channel: ``card``; ``sam`` for what was worked out in the PSAM's place.
        what: command and target.
        old: the exchange of the trace, T=0 chains made one.
        new: the exchange of the replay, None when it was not sent.
        why: then the reason.
        left_out: nothing depends on it, e.g. a part of the PSAM that nobody could work out.
        word: what became of it.
        changes: what differs in the answer.
    """

    index: int
    channel: Channel
    what: str
    old: Exchange
    new: Exchange | None = None
    why: str = ""
    left_out: bool = False
    word: Word = Word.SAME
    changes: tuple[Change, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "index": self.index,
            "channel": self.channel,
            "what": self.what,
            "word": str(self.word),
            "old_sw": sw_of(self.old),
            "new_sw": sw_of(self.new),
            "why": self.why,
            "changes": [change.to_json() for change in self.changes],
        }

    def __str__(self) -> str:
        text = f"event {self.index}, {self.what}: {self.word}"
        if self.word is Word.STATUS:
            text += f", {sw_of(self.old)} -> {sw_of(self.new)}"
        return f"{text} ({self.why})" if self.why else text


@dataclass
class PurseMoney:
    """Money of one application as a conversation shows it, fen.

    Attributes:
        moved: by committed transactions, into the card counted as positive.
        told: balances as the card told them, each by what was asked (`balance_in`).
        limits: overdraft limits that it told.
    """

    moved: int = 0
    told: list[tuple[str, int]] = field(default_factory=list)
    limits: set[int] = field(default_factory=set)

    def looks(self, *, alike: bool) -> dict[str, list[int]]:
        """Balances that may be compared: of one kind, or all where all kinds mean the same.

        INITIALIZE tells the actual balance and what is left of the limit [GM 8.8.1]; GET BALANCE
        with P1=03 the actual one, with P1=00 the one or the other, as cards differ.
        """
        found: dict[str, list[int]] = {}
        for kind, value in self.told:
            found.setdefault("" if alike else kind, []).append(value)
        return found


@dataclass
class MoneyMoved:
    """What moved, by application; told step by step."""

    accounts: dict[str, PurseMoney] = field(default_factory=dict)
    _amount: int = 0
    _operation: Operation | None = None

    def take(self, item: Understood) -> None:
        """Count one event of the card."""
        event, asked = item.event, item.asked
        if not isinstance(event, Exchange) or asked is None or event.channel != "card":
            return
        application = item.annotated.application
        if application is Application.NONE:
            return
        account = self.accounts.setdefault(str(application), PurseMoney())
        if asked.ins == INS.INITIALIZE and item.phase is Stage.INITIALISED:
            amounts = [p.raw for p in item.command if p.byte_class is ByteClass.AMOUNT]
            self._amount = int.from_bytes(amounts[0], "big") if amounts else 0
            self._operation = item.operation
        if item.phase is Stage.DEBITED and self._operation not in _NO_MONEY:
            account.moved += self._amount if self._operation == Operation.LOAD else -self._amount
            self._operation = None
        balance = balance_in(item)
        if balance is not None:
            account.told.append(balance)
        if asked.ins == INS.INITIALIZE:
            limits = [p.raw for p in item.response if p.name == "overdraft_limit"]
            account.limits.update(int.from_bytes(raw, "big") for raw in limits)


def balance_in(item: Understood) -> tuple[str, int] | None:
    """What was asked for a balance, and the answer in fen without its top bit; or None.

    One that holds the overdraft limit is none that does not: who compares balances compares
    those of one kind.
    """
    asked = item.asked
    if asked is None or item.annotated.sw != SW.OK:
        return None
    asks = asked.ins == INS.INITIALIZE or (asked.ins == INS.GET_BALANCE and asked.p1 in _ACTUAL)
    pieces = [p for p in item.response if p.name == "balance"] if asks else []
    if not pieces:
        return None
    kind = "INITIALIZE" if asked.ins == INS.INITIALIZE else f"P1={asked.p1:02X}"
    return kind, int.from_bytes(pieces[0].raw, "big") & ~TOP_BIT


@dataclass(frozen=True)
class Replayed:
    """All that came of a replay.

    Attributes:
        trace: the new conversation; the PSAM's part in it is worked out.
        steps: every exchange with the card, and of the PSAM's those that matter.
        stopped: why the replay ended early; empty when it did not.
        remarks: what somebody who reads the result should know.
        money: fen moved in the trace and in the replay, by application.
        balances: how the card's own balance moved, in the trace and in the replay.
        codes: verdicts on the codes of the new conversation.
    """

    trace: Trace
    steps: tuple[PlayedStep, ...]
    stopped: str
    remarks: tuple[str, ...]
    money: dict[str, tuple[int, int]]
    balances: dict[str, tuple[int | None, int | None]]
    codes: dict[Status, int]

    @property
    def differences(self) -> tuple[str, ...]:
        """What makes the outcome another one, in words."""
        found = [str(step) for step in self.steps if step.word in DIFFERENT]
        found += [
            f"{name}: {old} fen moved in the trace, {new} in the replay"
            for name, (old, new) in self.money.items()
            if old != new
        ]
        found += [
            f"{name}: the balance moved by {old} fen in the trace, by {new} in the replay"
            for name, (old, new) in self.balances.items()
            if None not in (old, new) and old != new
        ]
        return tuple(found + [self.stopped] * bool(self.stopped and not found))

    @property
    def same(self) -> bool:
        """True when the outcome is the same."""
        return not self.differences

    def to_json(self) -> dict[str, object]:
        """Plain data, without the trace."""
        return {
            "same_outcome": self.same,
            "differences": list(self.differences),
            "stopped": self.stopped,
            "remarks": list(self.remarks),
            "moved": {
                name: {"trace": old, "replay": new} for name, (old, new) in self.money.items()
            },
            "codes": {str(status): count for status, count in self.codes.items()},
            "steps": [step.to_json() for step in self.steps],
        }


def sw_of(event: Exchange | None) -> str:
    """Status word in hex; empty where there is none."""
    answer = b"" if event is None else event.response
    return answer[-2:].hex().upper() if len(answer) >= 2 else ""


@dataclass(frozen=True)
class Sides:
    """Both conversations, T=0 chains made one, with makers of keys for each."""

    before: Trace
    after: Trace
    keys_before: Callable[[], Keys] | None = None
    keys_after: Callable[[], Keys] | None = None

    def compare(self) -> tuple[Change, ...]:
        """What differs by meaning."""
        return diff(
            self.before,
            self.after,
            self.keys_before() if self.keys_before else None,
            self.keys_after() if self.keys_after else None,
        ).changes

    def wrong(self) -> tuple[dict[int, str], dict[int, str], dict[Status, int]]:
        """Wrong codes in answers, by identity of the exchange; and counts of the new ones."""
        codes = dict.fromkeys(Status, 0)
        found: list[dict[int, str]] = []
        for trace, make in ((self.before, self.keys_before), (self.after, self.keys_after)):
            wrong: dict[int, str] = {}
            for item in check(trace, make() if make else None):
                for verdict in item.verdicts:
                    if trace is self.after:
                        codes[verdict.status] += 1
                    if verdict.side == "response" and verdict.status is Status.WRONG:
                        wrong.setdefault(id(item.understood.event), verdict.name)
            found.append(wrong)
        return found[0], found[1], codes


def judge(steps: tuple[PlayedStep, ...], sides: Sides) -> dict[Status, int]:
    """Give every step its word and changes; gives the counts of codes."""
    changes: dict[int, list[Change]] = {}
    for change in sides.compare():
        if change.side == "response" and change.a is not None:
            changes.setdefault(id(sides.before.events[change.a]), []).append(change)
    old, new, codes = sides.wrong()
    for step in steps:
        step.changes = tuple(changes.get(id(step.old), ()))
        wrong = "" if id(step.old) in old else new.get(id(step.new), "")
        _name(step, wrong)
    return codes


def _name(step: PlayedStep, wrong: str) -> None:
    old, new = sw_of(step.old), sw_of(step.new)
    if step.new is None:
        step.word = Word.UNKNOWN if step.left_out else Word.NOT_SENT
    elif not old:
        step.word, step.why = Word.UNKNOWN, "the trace holds no answer"
    elif not new:
        step.word = Word.NO_ANSWER
    elif old != new:
        step.word = Word.STATUS
    elif wrong:
        step.word, step.why = Word.CODE, f"{wrong} is wrong"
    elif step.changes:
        step.word = Word.FIELD


def accounts(
    steps: tuple[PlayedStep, ...], sides: Sides
) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int | None, int | None]]]:
    """Money moved and balances, in the trace and in the replay, by application.

    What the trace holds no answer of counts on neither side.
    """
    silent = {id(step.new) for step in steps if step.new is not None and not sw_of(step.old)}
    found = []
    for trace in (sides.before, sides.after):
        money = MoneyMoved()
        for item in understand(trace):
            if id(item.event) not in silent:
                money.take(item)
        found.append(money.accounts)
    names = [
        name
        for name in found[0] | found[1]
        if any(one.moved or one.told for one in (s.get(name, _NONE) for s in found))
    ]
    pairs = {name: [side.get(name, _NONE) for side in found] for name in names}
    return (
        {name: (a.moved, b.moved) for name, (a, b) in pairs.items()},
        {name: _seen(a, b) for name, (a, b) in pairs.items()},
    )


def _seen(old: PurseMoney, new: PurseMoney) -> tuple[int | None, int | None]:
    """How both cards' own balance moved while it was looked at: the kind that was told most."""
    alike = old.limits == new.limits == {0}
    sides = old.looks(alike=alike), new.looks(alike=alike)
    kinds = sorted(sides[0].keys() & sides[1].keys() or sides[0].keys() | sides[1].keys())
    if not kinds:
        return None, None
    most = max(kinds, key=lambda kind: min(len(side.get(kind, ())) for side in sides))
    first, second = (_by(side.get(most, [])) for side in sides)
    return first, second


def _by(told: list[int]) -> int | None:
    return told[-1] - told[0] if told else None


_NONE: Final = PurseMoney()
