"""Which faults exploration finds by itself: ``make explore``.

Prints a line a fault, and the share at the end. By hand: with the default of 30 seconds for
each fault that is not found it takes minutes. With ``--steps`` the same comes out on any machine.
"""

from __future__ import annotations

import time

import click

from ykt_conformance.zoo import terminal
from ykt_conformance.zoo.card.table import MUTANTS
from ykt_conformance.zoo.explored import explored, explored_terminals


@click.command()
@click.option("--seconds", type=float, default=30.0, help="For each fault (30).")
@click.option("--steps", type=int, default=0,
              help="Exchanges or taps for each fault (no bound).")  # fmt: skip
@click.option("--subject", type=click.Choice(["card", "terminal"]), default="card")
@click.option("--seed", type=int, default=1)
@click.option("--only", multiple=True, metavar="NAME", help="Only these.")
def main(seconds: float, steps: int, subject: str, seed: int, only: tuple[str, ...]) -> None:
    """Explore every faulty card or terminal of the zoo."""
    bounds = {"seed": seed, "seconds": seconds, "steps": steps}
    if subject == "card":
        cards = [mutant for mutant in MUTANTS if not only or mutant.name in only]
        results = explored(cards, time.monotonic, **bounds)
    else:
        places = [mutant for mutant in terminal.MUTANTS if not only or mutant.name in only]
        results = explored_terminals(places, time.monotonic, **bounds)
    count = found = 0
    for one in results:
        count, found = count + 1, found + bool(one.rule)
        told = one.rule or "not found"
        click.echo(f"{one.name:42} {one.steps:7} steps {one.seconds:6.1f} s  {told}")
    click.echo(f"{found} of {count} found, seed {seed}")


if __name__ == "__main__":
    main()
