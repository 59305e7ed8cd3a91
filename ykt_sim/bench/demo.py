"""The demo's run: every card at every terminal, compared with what must come of it.

Pairs and expectations are data (``demo.toml``). Money is judged by the card itself: its
balance must have moved by exactly the amount the terminal decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib import resources
from typing import Any

import msgspec

from ykt_sim.bench.bench import Bench
from ykt_sim.bench.chance import rng
from ykt_sim.bench.make import make_card
from ykt_sim.bench.stand import make_clock
from ykt_sim.bench.tap import TapResult
from ykt_sim.card import Card
from ykt_sim.card.describe import describe
from ykt_sim.trace.model import Event, Header, Trace
from ykt_sim.version import __version__


class DemoStop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A terminal and what each card must end in there."""

    name: str
    expect: dict[str, str]


class Demo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The demo's table; minutes between taps of a card, load in fen."""

    begin: datetime
    minutes: int
    load: int
    cards: tuple[str, ...]
    terminal: tuple[DemoStop, ...]


@dataclass(frozen=True)
class DemoPair:
    """One card at one terminal.

    Attributes:
        balance: of the card after the tap, by its own account, fen; None without a purse.
        moved: change of that balance, fen.
    """

    card: str
    terminal: str
    expected: str
    result: TapResult
    balance: int | None
    moved: int
    trace: Trace

    @property
    def ended(self) -> str:
        """What came of it, in the words of an expectation."""
        decision = self.result.decision
        if decision.outcome == "accepted":
            return f"accepted {decision.application} {decision.amount}"
        return f"{decision.outcome} {decision.code}"

    @property
    def problem(self) -> str:
        """What is not as expected; empty when all is."""
        decision = self.result.decision
        if self.ended != self.expected:
            return f"expected '{self.expected}', got '{self.ended}' ({decision.reason})"
        wanted = decision.amount if decision.direction == "load" else -decision.amount
        if self.moved != wanted:
            return f"the card's balance moved by {self.moved} fen instead of {wanted}"
        return ""

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``demo.json``."""
        return {
            "card": self.card,
            "terminal": self.terminal,
            "expected": self.expected,
            "ended": self.ended,
            "problem": self.problem,
            "balance": self.balance,
            **msgspec.to_builtins(self.result),
        }


def load_demo() -> Demo:
    """Read the demo's table, which comes with the package."""
    text = (resources.files("ykt_sim.bench") / "demo.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=Demo)


def run_demo(demo: Demo, *, seed: int, done: Callable[[str, Card], object]) -> Iterator[DemoPair]:
    """Tap card by card; terminals stay the same, as in the street.

    Args:
        demo: what to do.
        seed: makes every byte of the run repeatable.
        done: takes the name and the card after its last tap.
    """
    random = rng(seed)
    clock = make_clock(seed)
    events: list[Event] = []
    benches = {
        stop.name: Bench(stop.name, rng=random, clock=clock, sink=events.append)
        for stop in demo.terminal
    }
    for name in demo.cards:
        card = make_card(name, random)
        now = demo.begin
        for stop in demo.terminal:
            events.clear()
            tap = partial(benches[stop.name].tap, card, now=now.strftime("%Y%m%d%H%M%S"))
            before = balance(card) or 0
            result = tap(amount=demo.load if stop.name == "load-point" else 0)
            after = balance(card)
            header = Header(
                created=now.isoformat(),
                source=f"ykt-sim {__version__} demo",
                card=name,
                terminal=stop.name,
                seed=seed,
                provenance="simulated card, PSAM and terminal with published test keys",
            )
            trace = Trace(header=header, events=tuple(_from_zero(events)))
            expected = stop.expect.get(name, "")
            yield DemoPair(name, stop.name, expected, result, after, (after or 0) - before, trace)
            now += timedelta(minutes=demo.minutes)
        done(name, card)


def balance(card: Card) -> int | None:
    """What is in the card, fen; purses that share their money count once."""
    view: Any = describe(card.snapshot())
    purses = [purse for folder in view["directories"] for purse in folder["purses"]]
    if not purses:
        return None
    return sum({purse["money"]: int(purse["balance"]) for purse in purses}.values())


def _from_zero(events: list[Event]) -> Iterator[Event]:
    begun = events[0].t if events else 0.0
    for event in events:
        yield msgspec.structs.replace(event, t=round(event.t - begun, 6))
