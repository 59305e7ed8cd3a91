"""The whole sweep of cuts: ``make tear``.

Every single cut of every flow of each shipped card, with the number of points asserted, and
samples of two cuts in one story. Nothing may be broken. By hand: it takes minutes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import click

from ykt_sim.bench.sweep import Plan, Setting, Swept, sweep
from ykt_sim.bench.sweep.kept import lines_of
from ykt_sim.cli.kit.progress import ProgressLine

#: Single cuts of a dual card by flow. Another number is another terminal, card or sweep: look at
#: what has changed, and then change it here.
POINTS: Final[Mapping[str, int]] = {
    "lnt-purchase": 143,
    "tunion-purchase": 143,
    "lnt-composite": 143,
    "tunion-composite": 161,
    "lnt-entry": 167,
    "tunion-entry": 217,
    "lnt-exit": 167,
    "tunion-exit": 217,
    "lnt-board": 157,
    "tunion-board": 189,
    "lnt-alight": 157,
    "tunion-alight": 189,
    "lnt-ferry": 157,
    "tunion-ferry": 181,
    "lnt-load": 129,
    "tunion-load": 99,
    "tunion-overdraft": 171,
}
#: Cards, and the flows that each of them can do.
CARDS: Final = ("dual", "lnt", "tunion")


def missed(swept: Swept) -> list[str]:
    """What is wrong with a sweep: rules that are broken, and points that came or went."""
    found = [line for came in swept.broken for line in lines_of(swept.plan.setting, came)]
    if swept.plan.setting.card == "dual" and swept.points != dict(POINTS):
        changed = dict(swept.points.items() ^ POINTS.items())
        found.append(f"points that are not the ones noted: {changed}")
    return found


@click.command()
@click.option("--samples", default=20_000, help="Stories with two cuts.")
@click.option("--seed", default=1)
@click.option("--jobs", default=0, help="Processes; 0: as many as processors.")
def main(samples: int, seed: int, jobs: int) -> None:
    """Sweep everything; ends with 1 when anything is lost."""
    wrong: list[str] = []
    for card in CARDS:
        wrong += _swept(Plan(setting=Setting(card=card), every=True, jobs=jobs))
    drawn = Plan(every=True, depth=2, samples=samples, seed=seed, jobs=jobs)
    wrong += _swept(drawn)
    for line in wrong:
        click.echo(line)
    raise SystemExit(1 if wrong else 0)


def _swept(plan: Plan) -> list[str]:
    begun = time.monotonic()
    line = ProgressLine()
    swept = sweep(plan, lambda done, total: line.tell(f"{done} of {total} stories"))
    line.end()
    how = f"{plan.samples} drawn of {plan.depth} cuts" if plan.samples else "every single cut"
    click.echo(
        f"{plan.setting.card}: {how}, {sum(swept.points.values())} points, {len(swept.rows)}"
        f" stories, {swept.violations} broken, {time.monotonic() - begun:.0f} s"
    )
    return missed(swept)


if __name__ == "__main__":
    main()
