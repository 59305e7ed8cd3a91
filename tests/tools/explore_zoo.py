"""Which faults of cards exploration finds by itself: ``make explore``.

Prints a line a fault, and the share at the end. By hand: with the default of 30 seconds for
each fault that is not found it takes minutes. With ``--steps`` the same comes out on any machine.
"""

from __future__ import annotations

import time

import click

from ykt_conformance.zoo.card.table import MUTANTS
from ykt_conformance.zoo.explored import explored


@click.command()
@click.option("--seconds", type=float, default=30.0, help="For each fault (30).")
@click.option("--steps", type=int, default=0, help="Exchanges for each fault (no bound).")
@click.option("--seed", type=int, default=1)
@click.option("--only", multiple=True, metavar="NAME", help="Only these.")
def main(seconds: float, steps: int, seed: int, only: tuple[str, ...]) -> None:
    """Explore every faulty card of the zoo."""
    chosen = [mutant for mutant in MUTANTS if not only or mutant.name in only]
    found = 0
    for mutant in chosen:
        one = explored(mutant, time.monotonic, seed=seed, seconds=seconds, steps=steps)
        found += bool(one.rule)
        told = one.rule or "not found"
        click.echo(f"{one.name:34} {one.exchanges:7} exchanges {one.seconds:6.1f} s  {told}")
    click.echo(f"{found} of {len(chosen)} found, seed {seed}")


if __name__ == "__main__":
    main()
