"""The faults that the sweep of cuts finds: no case of the suite can take the power away.

Each is declared with the flow, what is presented after the cut, and the rule of the books that it
breaks (`ykt_sim.meaning.books`). A fault that a case sees as well may stand here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ykt_sim.bench.sweep import Plan, Setting, sweep


@dataclass(frozen=True)
class TornMutant:
    """One deviation in one flow.

    Attributes:
        room: what is wrong: card, terminal or PSAM.
        name: of the deviation.
        flow, after: what is swept, and what is presented.
        rule: that is broken.
        depth, samples, seed: of the sweep, where single cuts do not show it.
    """

    room: Literal["card", "terminal", "sam"]
    name: str
    flow: str
    after: str
    rule: str
    depth: int = 1
    samples: int = 0
    seed: int = 1
    kills: Mapping[str, str] = field(default_factory=dict)

    @property
    def profile(self) -> str:
        """Card or terminal that has it."""
        return "dual" if self.room == "card" else "bus-upgraded"

    @property
    def target(self) -> str:
        """As `ykt tear` takes it."""
        drawn = f" --depth {self.depth} --samples {self.samples} --seed {self.seed}"
        return (
            f"ykt tear --flow {self.flow} --after {self.after} --deviate {self.room}:{self.name}"
            + drawn * bool(self.samples)
        )

    @property
    def plan(self) -> Plan:
        """The sweep, up to the first story that breaks a rule."""
        return Plan(
            setting=Setting(deviate=(f"{self.room}:{self.name}",)),
            flows=(self.flow,),
            after=(self.after,),
            depth=self.depth,
            samples=self.samples,
            seed=self.seed,
            first=True,
        )


def found(mutant: TornMutant) -> dict[str, str]:
    """The rules that the first broken story breaks, each with the reason."""
    swept = sweep(mutant.plan)
    return {one.rule.id: one.why for came in swept.broken for one in reversed(came.broken)}


_PAY, _CAPP, _LOAD, _EXIT = "lnt-purchase", "tunion-composite", "lnt-load", "lnt-exit"
_T: Final = "terminal"
_C: Final = "card"
_S: Final = "sam"
M = TornMutant

TORN: Final = (
    # what a terminal makes of its journal
    M(_T, "old-pending-revived", _PAY, "restart", "B-TWICE", depth=2, samples=2000),
    M(_T, "pending-lost-at-restart", _PAY, "restart", "B-SUM"),
    M(_T, "unshown-lost-at-restart", _PAY, "restart", "B-TWICE"),
    M(_T, "sequence-restarts", _PAY, "restart", "B-NUMBER"),
    # the order of things
    M(_T, "journal-after-the-beep", _PAY, "restart", "B-KEPT"),
    M(_T, "journal-after-the-debit", _PAY, "restart", "B-RECORD"),
    M(_T, "debit-unannounced", _PAY, "restart", "B-RECORD"),
    M(_T, "shown-before-the-display", _PAY, "restart", "B-TWICE"),
    M(_T, "shown-never-noted", _PAY, "same", "B-KEPT"),
    M(_T, "recovered-at-its-return", _PAY, "same", "B-CLAIM"),
    M(_T, "tac-of-the-one-before", _PAY, "another", "B-TAC"),
    # what it thinks
    M(_T, "counter-one-off", _PAY, "restart", "B-TWICE"),
    M(_T, "counter-two-after", _PAY, "restart", "B-TWICE"),
    M(_T, "ours-by-amount", _CAPP, "elsewhere", "B-TWICE"),
    M(_T, "other-purse-forgotten", _PAY, "application", "B-TWICE"),
    M(_T, "never-shown-again", _PAY, "restart", "B-TWICE"),
    M(_T, "proof-never-ours", _PAY, "restart", "B-TWICE"),
    # where it goes
    M(_T, "debit-refusal-believed", _PAY, "second", "B-PAID"),
    M(_T, "load-refusal-believed", _LOAD, "second", "B-PAID"),
    M(_T, "shown-for-ever", _PAY, "twice", "B-FREE"),
    M(_T, "silent-psam-settles", _PAY, "second", "B-PAID"),
    # a card's memory
    M(_C, "commit-after-the-answer", _PAY, "same", "B-FREE"),
    M(_C, "journal-not-finished", _PAY, "same", "B-ATOMIC"),
    M(_C, "commit-piece-by-piece", _PAY, "same", "B-ATOMIC"),
    # a PSAM's number
    M(_S, "number-after-mac1", _PAY, "same", "B-NUMBER"),
    M(_S, "number-in-one-slot", _PAY, "same", "B-NUMBER"),
    M(_S, "number-kept-late", _PAY, "restart", "B-NUMBER"),
    M(_S, "number-back-at-reset", _PAY, "restart", "B-NUMBER"),
)
