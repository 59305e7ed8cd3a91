"""`ykt demo`: all cards at all terminals, in one matrix."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from ykt_sim.bench import files, images
from ykt_sim.bench.demo import Demo, DemoPair, load_demo, run_demo
from ykt_sim.card import Card
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json, yuan
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.kit.show import fill
from ykt_sim.codes import code_text
from ykt_sim.trace.jsonl import write_trace

_SIDE = 15
_CELL = 16
_PATIENCE = 2.0


@click.command(
    epilog="""\b
Examples:
  ykt demo
  ykt demo --out /tmp/demo --json
  ykt trace show out/traces/dual-bus-upgraded.jsonl
"""
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default="out", show_default=True,
    help="Folder for cards, traces and demo.json.",
)  # fmt: skip
@click.option("--seed", type=int, metavar="N", default=2017, show_default=True, help="Of randoms.")
@json_option
def demo(*, out: Path, seed: int, as_json: bool) -> int:
    """Tap all cards at all terminals and print what came of it.

    Makes a Lingnan Tong, a T-Union, a dual-standard and a blank card, loads them, taps
    each at each terminal, and compares every pair with what must come of it.
    """
    for folder in (out / "cards", out / "traces"):
        folder.mkdir(parents=True, exist_ok=True)
    plan = load_demo()
    pairs = list(_watched(run_demo(plan, seed=seed, done=_saver(out)), plan))
    for pair in pairs:
        path = out / "traces" / f"{pair.card}-{pair.terminal}.jsonl"
        files.write_text(path, write_trace(pair.trace))
    plain = {"seed": seed, "pairs": [pair.to_json() for pair in pairs]}
    files.write_text(out / "demo.json", json.dumps(plain, ensure_ascii=False, indent=1) + "\n")
    if as_json:
        print_json(plain, indent=2)
    else:
        click.echo("\n".join(_matrix(plan, pairs)))
        click.echo("\n".join(_ending(pairs, out)))
    return FAILED if any(pair.problem for pair in pairs) else OK


def _saver(out: Path) -> Callable[[str, Card], None]:
    def save(name: str, card: Card) -> None:
        images.save_card(out / "cards" / f"{name}.json", card.snapshot())

    return save


def _watched(pairs: Iterable[DemoPair], plan: Demo) -> Iterator[DemoPair]:
    """Show progress on a terminal when it takes long."""
    total = len(plan.cards) * len(plan.terminal)
    begun = time.monotonic()
    for number, pair in enumerate(pairs, 1):
        if time.monotonic() - begun > _PATIENCE and sys.stderr.isatty():
            click.echo(f"\r{number} of {total} taps", err=True, nl=number == total)
        yield pair


def _matrix(plan: Demo, pairs: list[DemoPair]) -> Iterator[str]:
    found = {(pair.terminal, pair.card): pair for pair in pairs}
    head = fill("", _SIDE) + "".join(fill(name, _CELL) for name in plan.cards)
    yield head.rstrip()
    for stop in plan.terminal:
        cells = [_cell(found[stop.name, card]) for card in plan.cards]
        for part, side in enumerate((stop.name, "")):
            line = fill(side, _SIDE) + "".join(fill(cell[part], _CELL) for cell in cells)
            yield line.rstrip()


def _cell(pair: DemoPair) -> tuple[str, str]:
    """Outcome and application; amount and the card's balance after."""
    decision = pair.result.decision
    mark = "!" if pair.problem else ""
    left = "-" if pair.balance is None else yuan(pair.balance)
    if decision.outcome != "accepted":
        return f"{mark}{decision.outcome} {decision.code}", f"       {left:>7}"
    sign = "+" if decision.direction == "load" else "-" if decision.amount else ""
    amount = sign + yuan(decision.amount)
    return f"{mark}accepted {decision.application}", f"{amount:>6} {left:>7}"


def _ending(pairs: list[DemoPair], out: Path) -> Iterator[str]:
    yield ""
    yield "Second line: amount and balance 余额 in yuan."
    codes = {pair.result.decision.code for pair in pairs} - {""}
    for code in sorted(codes):
        yield f"{code}: {code_text(code)} {code_text(code, chinese=True)}"
    problems = [pair for pair in pairs if pair.problem]
    for pair in problems:
        yield f"! {pair.card} at {pair.terminal}: {pair.problem}"
    good = len(pairs) - len(problems)
    yield f"{good} of {len(pairs)} taps as expected; cards, traces and demo.json in {out}"
