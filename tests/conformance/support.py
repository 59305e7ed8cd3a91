"""Small cards, cases and plans, so that the framework's tests need no real case."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from ykt_conformance.cases.case import CardCase
from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.steps import Send
from ykt_conformance.ics import form as ics
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.judge.results import CaseResult, RunResult
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_conformance.model import RULES
from ykt_conformance.run.card import run_card
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import CardTarget
from ykt_sim.errors import CardRemovedError
from ykt_sim.trace.model import Event, Exchange, Header, Reset, Trace

EP = bytes.fromhex("A000000632010105")
SELECT_EP = bytes.fromhex("00A4040008A00000063201010500")
PAN = "3104870300000000017"
LNT_NUMBER = "5100000000000001"
ISSUER_DATA = f"02205810FFFFFFFF0201{PAN.zfill(20)}20240715204012150000"
FCI = f"6F318408A000000632010105A5259F0801029F0C1E{ISSUER_DATA}9000"
CHALLENGE = bytes.fromhex("0084000004")
READ_15 = bytes.fromhex("00B0950000")


class FakeCard:
    """A link to a table of answers; what is not in it is 6D00.

    Attributes:
        sent: every command that arrived.
        resets: how often it was powered on.
    """

    def __init__(self, table: dict[bytes, str] | None = None) -> None:
        self.table = {SELECT_EP: FCI, READ_15: ISSUER_DATA + "9000"} | (table or {})
        self.sent: list[bytes] = []
        self.resets = 0
        self.closed = 0

    def power_on(self) -> bytes:
        self.resets += 1
        return b"\x3b\x00"

    def transmit(self, apdu: bytes) -> bytes:
        self.sent.append(apdu)
        answer = self.table.get(apdu, "6D00")
        if answer == "gone":
            raise CardRemovedError("gone")
        return bytes.fromhex(answer)

    def close(self) -> None:
        self.closed += 1


class TearableCard(FakeCard):
    """Has the two methods more that a simulated card has."""

    def __init__(self, table: dict[bytes, str] | None = None) -> None:
        super().__init__(table)
        self.armed: list[int] = []

    def tear(self, write: int) -> None:
        self.armed.append(write)

    def facts(self) -> dict[str, Any]:
        content = {"kind": "tunion:15", "content": [ISSUER_DATA]}
        return {"resets": self.resets, "files": [content]}


def target_of(
    card: Any, *, capabilities: Iterable[str] = ("reset", "fresh"), name: str = "fake:card"
) -> CardTarget:
    """A target that gives this card, or what this function makes for every case."""
    make: Callable[[], Any] = card if callable(card) else lambda: card
    return CardTarget(name, frozenset(capabilities), lambda _seed: make())


def one(*commands: bytes) -> Callable[[object], Generator[Send, Any, None]]:
    """A stimulus that sends these commands."""

    def stimulus(_bench: object) -> Generator[Send, Any, None]:
        for command in commands:
            yield Send(command)

    return stimulus


def selected(view: View) -> Judgement:
    """Judge: the T-Union purse was selected with 9000."""
    for call in view.card:
        if call.raw == SELECT_EP:
            if call.ok:
                return None
            return Fault(f"SELECT answered {call.response.sw:04X}", call.index, "9000",
                         f"{call.response.sw:04X}")  # fmt: skip
    return Unproven("the trace has no SELECT of the purse")


def case(case_id: str = "C-9001", **changes: Any) -> CardCase:
    """A case that selects the purse and wants 9000."""
    base = CardCase(
        id=case_id,
        group="sample",
        title="The purse is selected",
        title_zh="选择钱包",
        clauses=("CL-SAMPLE-001",),
        stimulus=one(SELECT_EP),
        judge=selected,
    )
    return replace(base, **changes)


class Ticks:
    """A clock that moves by a step a look."""

    def __init__(self, step: float = 0.001) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def plan_of(*cases: CardCase, form: IcsFile | None = None, **changes: Any) -> RunPlan[CardCase]:
    """A plan for these cases with a repeatable clock; small cards break the model's rules."""
    words: dict[str, Any] = {
        "clock": Ticks(),
        "now": lambda: "2026-01-01T00:00:00+00:00",
        "ignored": frozenset(rule.id for rule in RULES.values()),
    }
    return RunPlan(cases=cases or (case(),), ics=form or ics.load("tunion"), **(words | changes))


def run(card: Any, *cases: CardCase, **changes: Any) -> RunResult:
    """Run cases on a card."""
    capabilities = changes.pop("capabilities", ("reset", "fresh"))
    return run_card(target_of(card, capabilities=capabilities), plan_of(*cases, **changes))


def result_of(card: Any, *cases: CardCase, **changes: Any) -> CaseResult:
    """Run and give the first case's result."""
    return run(card, *cases, **changes).results[0]


def events_of(*exchanges: tuple[str, str] | str) -> tuple[Event, ...]:
    """Events from pairs of hex; ``reset`` for a reset."""
    events: list[Event] = []
    for number, item in enumerate(exchanges):
        t = number / 1000
        if isinstance(item, str):
            events.append(Reset(t=t, channel="card", atr=b"\x3b\x00"))
        else:
            command, response = (bytes.fromhex(text) for text in item)
            events.append(
                Exchange(t=t, channel="card", command=command, response=response, duration_ms=1.0)
            )
    return tuple(events)


def trace_of(*exchanges: tuple[str, str] | str) -> Trace:
    """A trace from pairs of hex."""
    return Trace(header=Header(), events=events_of(*exchanges))


SHORT = Limits(answer_s=0.2, start_s=0.3, case_s=5)


@contextmanager
def line_server(answer: Callable[[str], bytes | None]) -> Iterator[str]:
    """A TCP server of lines: ``answer`` gives the bytes to send back, None for silence.

    Yields ``HOST:PORT``. One connection after the other is served.
    """
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                peer, _ = server.accept()
            except TimeoutError:
                continue
            with peer, peer.makefile("rwb", buffering=0) as stream:
                peer.settimeout(5)
                try:
                    for line in stream:
                        out = answer(line.decode().strip())
                        if out is not None:
                            stream.write(out)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        stop.set()
        thread.join(6)
        server.close()
