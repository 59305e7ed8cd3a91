"""Hands of the replay tests: drive an engine, keep a conversation with right codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Protocol

from tests.card.support import counting, made
from tests.trace.corpus import load
from ykt_sim.bench.demo import load_demo
from ykt_sim.card import Card
from ykt_sim.meaning.classes import SECURED, ByteClass
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.live import Live
from ykt_sim.rework.outcome import PlayedStep, Replayed
from ykt_sim.rework.replay import POWER, Replay, ReplayOptions
from ykt_sim.trace.model import Exchange, Header, Reset, Trace

EP = "00A4040008A00000063201010500"
APPY = "00A40400085041592E4150505900"
TICL = "00A40400085041592E5449434C00"
LNT_15 = "00B0950046"
LNT_PIN = "0020000003123456"
TERMINAL = "413130100137"
INIT_PURCHASE = f"805001020B01000000A0{TERMINAL}0F"
INIT_LOAD = f"805000020B0100001388{TERMINAL}10"
DEBIT = "805401000F0000000120241101080000" + "00" * 4 + "08"
CREDIT = "805200000B20241101080000" + "00" * 4 + "04"
CHALLENGE = "0084000004"
KEYS = {"keys": KeyRing, "old_keys": KeyRing}


class Engine(Protocol):
    def power_on(self) -> bytes: ...

    def process(self, apdu: bytes) -> bytes: ...


def run(engine: Replay, card: Engine) -> Replayed:
    """Do what the engine says with a card."""
    steps = engine.run()
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(card.power_on() if wanted == POWER else card.process(wanted))
    except StopIteration:
        return engine.result()


def replay(trace: Trace, card: Engine, **words: Any) -> Replayed:
    """Replay with the published keys unless told otherwise."""
    return run(Replay(trace, ReplayOptions(**{**KEYS, **words})), card)


def words(result: Replayed) -> dict[str, str]:
    """What became of each step, by what it was; the last one counts."""
    return {step.what: str(step.word) for step in result.steps}


def step(result: Replayed, what: str) -> PlayedStep:
    """The last step of a name."""
    return [one for one in result.steps if one.what.startswith(what)][-1]


def record(card: Engine, *commands: str, keys: Callable[[], Any] = KeyRing) -> Trace:
    """Talk to a card, with right codes where a command has a place for one.

    A command that begins with ``!`` is sent as it is; ``reset`` resets.
    """
    live = Live(keys())
    events: list[Exchange | Reset] = []
    for command in ("reset", *commands):
        if command == "reset":
            events.append(Reset(t=float(len(events)), channel="card", atr=card.power_on()))
        else:
            apdu = bytes.fromhex(command.lstrip("!"))
            if not command.startswith("!"):
                apdu = coded(live, apdu)
            answer = card.process(apdu)
            events.append(Exchange(t=float(len(events)), channel="card", command=apdu,
                                   response=answer))  # fmt: skip
        live.take(events[-1])
    return Trace(header=Header(created="2024-11-01T08:00:00"), events=tuple(events))


def coded(live: Live, apdu: bytes) -> bytes:
    """A command with the codes that are due."""
    out = bytearray(apdu)
    for due in live.due(Exchange(t=0.0, channel="card", command=apdu, response=b"")):
        if due.side == "command" and due.value is not None:
            out[due.offset : due.offset + len(due.value)] = due.value
    return bytes(out)


def card(profile: str = "tunion", balance: int = 10_000, **who: Any) -> Card:
    """A simulated card; its randoms are the same each time."""
    return Card(made(profile, balance=balance, **who), counting())


def other(profile: str = "tunion", balance: int = 10_000, **who: Any) -> Card:
    """A simulated card with other randoms."""
    return Card(made(profile, balance=balance, **who), lambda count: b"\x31" * count)


@cache
def chain() -> tuple[tuple[str, str], ...]:
    """Card and terminal of every golden trace, in the order in which they were tapped."""
    demo = load_demo()
    return tuple((name, stop.name) for name in demo.cards for stop in demo.terminal)


def taps(name: str) -> Iterator[tuple[str, Trace]]:
    """The golden traces of one card, in order."""
    for profile, terminal in chain():
        if profile == name:
            yield f"{profile}-{terminal}", load(f"{profile}-{terminal}")


def codes(trace: Trace) -> list[bytes]:
    """Every code in a trace that rests on a random; a TAC does not."""
    live = Live()
    found = []
    for event in trace.events:
        item, _, _ = live.take(event)
        found += [
            piece.raw for _, piece in item.pieces() if piece.byte_class in SECURED - {ByteClass.TAC}
        ]
    return found


class T0:
    """A card that announces its answers, and wants the exact Le where `strict`."""

    def __init__(self, inner: Card, *, strict: bool = False) -> None:
        self.inner, self.strict, self.rest = inner, strict, b""

    def power_on(self) -> bytes:
        return self.inner.power_on()

    def process(self, apdu: bytes) -> bytes:
        if apdu[1] == 0xC0:
            return self.rest
        read = apdu[1] in {0xB2, 0xB0}
        answer = self.inner.process(apdu[:-1] + b"\0" if read else apdu)
        size = len(answer) - 2
        if read and self.strict and size and apdu[-1] != size:
            return bytes((0x6C, size))
        if not read and size:
            self.rest = answer
            return bytes((0x61, size))
        return answer
