"""`ykt conform`: the table of verbs that judge. The suite itself is `conformance`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from ykt_conformance.judge.results import USAGE
from ykt_sim.cli.kit.shell import FailedError, Lazy, LazyGroup, report
from ykt_sim.errors import YktError

VERBS = {
    "campaign": Lazy("conform.campaign:campaign_group", "Write and check what heads a report."),
    "card": Lazy("conform.judging:card", "Test a card (卡片检测)."),
    "diff": Lazy("conform.folders:diff", "Hold two runs against each other."),
    "explore": Lazy("conform.verbs:explore", "Go where no case goes, judged by a model."),
    "ics": Lazy("conform.ics:ics_group", "Write, check and draft forms of claims."),
    "learn": Lazy("conform.learn:learn_group", "Learn the state machine of a card or PSAM."),
    "list": Lazy("conform.listing:list_", "List the cases (检测项目)."),
    "pdf": Lazy("conform.campaign:pdf", "Print the report of a run as a PDF (打印报告)."),
    "terminal": Lazy("conform.judging:terminal", "Test a terminal (终端检测)."),
    "trace": Lazy("conform.judging:trace", "Judge recorded traces (日志检测)."),
    "verify": Lazy("conform.folders:verify", "Prove that a run's folder is whole."),
    "zoo": Lazy("conform.judging:zoo", "Test the suite on what is wrong on purpose."),
}
EXPLORED = {
    "card": Lazy("conform.explore:card", "Explore a card (卡片探索)."),
    "psam": Lazy("conform.explore:psam", "Explore a PSAM (PSAM 探索)."),
    "terminal": Lazy("conform.scenes:explore_terminal", "Explore a terminal (终端探索)."),
}


class ConformGroup(LazyGroup):
    """A group whose usage errors end with exit code 3; 2 means "not proven" here."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """As in click."""
        with _usage_is_three():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """As in click."""
        with _usage_is_three():
            return super().invoke(ctx)


@contextmanager
def _usage_is_three() -> Iterator[None]:
    try:
        yield
    except (BrokenPipeError, FailedError):
        raise
    except (click.ClickException, YktError, OSError) as error:
        report(error)
        raise click.exceptions.Exit(USAGE) from None


@click.group(
    cls=ConformGroup,
    lazy=VERBS,
    epilog="""\b
Examples:
  ykt conform card --target sim:dual --out report
  ykt conform terminal --target sim:bus-upgraded
  ykt conform trace tap.jsonl --ics dual
  ykt conform verify report

\b
Exit codes (of conform alone): 0 every applicable case PASS; 1 some FAIL;
2 none failed, but some are INCONCLUSIVE or ERROR, or nothing was tested;
3 wrong words or files.
""",
)
def conform() -> None:
    """Judge cards, terminals and traces (一致性检测).

    Every case cites the clauses it rests on; what could not be proven is INCONCLUSIVE
    and never a pass.
    """


@click.group(cls=LazyGroup, lazy=EXPLORED)
def explore() -> None:
    """Go where no case goes, and judge every answer by a reference model (探索检测)."""
