"""A card's visits as a recording has them, written by hand."""

from __future__ import annotations

from typing import Any

import msgspec

from ykt_sim.codes import AID_LNT_BASIC, AID_LNT_WALLET, INS
from ykt_sim.meaning.duty import Duty, Finding, Terms, visits
from ykt_sim.meaning.duty.terms import Place
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset
from ykt_sim.wire.apdu import build
from ykt_sim.wire.purse import (
    DebitAnswer,
    DebitData,
    InitializeData,
    InitializePurchaseAnswer,
)

CLOCK = "20250601081733"
TERMINAL = "010000220101"
TERMS = Terms(
    priority=("lnt",), way_in="direct", fare={"lnt": 190, "tunion": 200}, full=200,
    types={"lnt": "simple", "tunion": "composite"}, clearing=True, codes=True,
    black=frozenset({"5100000000000009"}), place=Place(terminal=TERMINAL),
)  # fmt: skip
WHO = {
    "standards": ["lnt"], "number": "0000000001", "dates": {"lnt": ["20240101", "20301231"]},
    "ceiling": 100_000,
}  # fmt: skip


class Story:
    """Events of visits of a Lingnan Tong card at a bus."""

    def __init__(
        self, balance: int = 1000, log: str = "00" * 23, ride: str | None = None, **who: Any
    ) -> None:
        self.log, self.ride = log, ride
        self.events: list[Event] = []
        self.balance, self.counter, self.serial, self.number = balance, 5, 0, 0
        self._note("issued", card="A", **{**WHO, **who})

    def _note(self, text: str, **data: Any) -> None:
        self.events.append(Note(t=0, text=text, data=data))

    def said(self, command: bytes, response: bytes = b"\x90\x00") -> None:
        self.events.append(Exchange(t=0, channel="card", command=command, response=response))

    def _facts(self, when: str) -> None:
        purse = {"balance": self.balance, "available": self.balance, "offline": self.counter,
                 "online": 1, "log": self.log, "ride": self.ride}  # fmt: skip
        self._note("card", card="A", when=when, total=self.balance, lnt=purse)

    def enter(self, mutation: str = "") -> Story:
        """The card is tapped and its applications are selected."""
        self.number += 1
        self._note("tap", number=self.number, card="A", clock=CLOCK, amount=0, mutation=mutation)
        self._facts("before")
        self.events.append(Reset(t=0, channel="card", atr=b"\x3b"))
        for name in (AID_LNT_BASIC, AID_LNT_WALLET):
            self.said(build(0, INS.SELECT, 4, 0, name, 0))
        return self

    def begin(self, amount: int = 190, *, sw: bytes = b"\x90\x00", **more: Any) -> Story:
        """INITIALIZE."""
        asked = {"key_index": 1, "amount": amount, "terminal": TERMINAL, **more}
        told = InitializePurchaseAnswer.pack(
            balance=self.balance, counter=self.counter, overdraft_limit=0, key_version=1,
            algorithm=0, random=bytes(4),
        )  # fmt: skip
        self.amount = amount
        answer = told + sw if sw == b"\x90\x00" else sw
        self.said(build(0x80, INS.INITIALIZE, 1, 2, InitializeData.pack(**asked), 15), answer)
        return self

    def debit(
        self,
        moment: str = "00C80601081733",
        *,
        heard: bool = True,
        done: bool = True,
        again: int = 1,
        answer: bytes = DebitAnswer.pack(tac=b"TAC!", mac2=b"MAC2") + b"\x90\x00",
    ) -> Story:
        """DEBIT, done by the card or not, its answer heard or not."""
        self.serial += again
        data = DebitData.pack(
            terminal_serial=self.serial.to_bytes(4, "big"), datetime=moment, mac1=bytes(4)
        )
        self.said(build(0x80, INS.DEBIT, 1, 0, data, 8), answer if heard else b"")
        self.sent = {
            "amount": self.amount, "counter": self.counter, "terminal": TERMINAL,
            "terminal_serial": f"{self.serial:08X}", "datetime": moment,
            "tac": b"TAC!".hex().upper(),
        }  # fmt: skip
        if done:
            self.balance -= self.amount
            self.counter += 1
        if not heard:
            self.events.append(Removed(t=0, channel="card"))
        return self

    def end(
        self, outcome: str, amount: int = 0, code: str = "", record: dict[str, Any] | None = None
    ) -> Story:
        """What the terminal says, and what the card is afterwards."""
        self._note("decision", outcome=outcome, amount=amount, code=code)
        if record is not None:
            self._note("clearing", **record)
        self._facts("after")
        return self

    def paid(self, **changed: Any) -> Story:
        """Accepted, with the record of what was sent last."""
        return self.end("accepted", self.sent["amount"], record={**self.sent, **changed})

    def judged(self, terms: Terms = TERMS) -> list[Finding]:
        """All findings."""
        duty = Duty(terms, KeyRing(test_keys=False))
        return [one for visit in visits(self.events) for one in duty.judge(visit)]


def good() -> Story:
    return Story().enter().begin().debit().paid()


def rules(story: Story, **terms: Any) -> list[str]:
    return [one.rule.id for one in story.judged(msgspec.structs.replace(TERMS, **terms))]
