"""Runs: a plan, cases driven and judged one by one, recordings judged after the fact.

`open_target` reads a card's name, `run_card` and `run_terminal` drive, `judge_trace` judges what
is there. Each gives a `RunResult`. Must not know how it is written down.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.run.card import CardRun, run_card
    from ykt_conformance.run.plan import RunPlan, Wanted, make_plan
    from ykt_conformance.run.recording import drafted_ics, judge_trace, keys_for, never_exercised
    from ykt_conformance.run.running import Run
    from ykt_conformance.run.targets.names import CardTarget, form_of, open_target
    from ykt_conformance.run.targets.served import reader_of
    from ykt_conformance.run.terminal import (
        TerminalRun,
        TerminalTarget,
        can,
        open_terminal,
        run_terminal,
        terminal_form,
    )
else:
    __getattr__ = late(
        __name__,
        {
            "card": "CardRun run_card",
            "plan": "RunPlan Wanted make_plan",
            "recording": "drafted_ics judge_trace keys_for never_exercised",
            "running": "Run",
            "targets.names": "CardTarget form_of open_target",
            "targets.served": "reader_of",
            "terminal": "TerminalRun TerminalTarget can open_terminal run_terminal terminal_form",
        },
    )

__all__ = [
    "CardRun",
    "CardTarget",
    "Run",
    "RunPlan",
    "TerminalRun",
    "TerminalTarget",
    "Wanted",
    "can",
    "drafted_ics",
    "form_of",
    "judge_trace",
    "keys_for",
    "make_plan",
    "never_exercised",
    "open_target",
    "open_terminal",
    "reader_of",
    "run_card",
    "run_terminal",
    "terminal_form",
]
