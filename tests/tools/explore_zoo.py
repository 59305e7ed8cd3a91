"""Which faults exploration finds by itself: ``make explore``.

Prints a line a fault, and the share at the end, and writes docs/reference/explored.md. By hand:
each fault that is not found takes 30 seconds of computing. With ``--steps`` the same comes out on
any machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final

import click

from ykt_conformance.zoo.card.table import CHAPTERS
from ykt_conformance.zoo.explored import Found, explored, explored_terminal
from ykt_conformance.zoo.terminal import MUTANTS as TERMINALS
from ykt_sim.faults.card.table import FAULTS

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "explored.md"
#: Why exploration does not find a fault.
WHY: Final[Mapping[str, str]] = {
    "slow-debit": "the model knows no time",
    "reads-on-and-on": "the model knows no time",
}


def page(chapters: Mapping[str, Sequence[Found]], how: str) -> str:
    """The page: a table for each chapter of faults."""
    return "\n".join((*_page(chapters, how), ""))


def _page(chapters: Mapping[str, Sequence[Found]], how: str) -> Iterator[str]:
    every = [one for found in chapters.values() for one in found]
    counts = [one.steps for one in every if one.rule]
    yield "# What exploration finds"
    yield ""
    yield "<!-- made by: make explore -->"
    yield ""
    yield "Every faulty card of the zoo, [explored](../howto/explore-a-card.md) without any"
    yield f"declared case, {how}."
    yield f"{len(counts)} of {len(every)} are found."
    if len(counts) > 1:
        tenths = quantiles(counts, n=10, method="inclusive")
        yield f"Half of them take at most {tenths[4]:.0f} exchanges, nine in ten {tenths[8]:.0f},"
        yield f"the longest {max(counts)}. Rules are those of the reference model."
    for name, found in chapters.items():
        yield ""
        yield f"## {name.capitalize()}"
        yield ""
        yield "| fault | what is wrong | exchanges | rule |"
        yield "|---|---|--:|---|"
        for one in found:
            told = one.rule or f"not found: {WHY.get(one.name, 'nobody knows why')}"
            yield f"| `{one.name}` | {FAULTS[one.name].text} | {one.steps} | {told} |"


@click.command()
@click.option("--seconds", type=float, default=30.0, help="Of computing, for each fault (30).")
@click.option("--steps", type=int, default=60_000,
              help="Exchanges or taps for each fault (60000).")  # fmt: skip
@click.option("--subject", type=click.Choice(["card", "terminal"]), default="card",
              help="Cards, which have a page (the default), or terminals.")  # fmt: skip
@click.option("--seed", type=int, default=1)
@click.option("--only", multiple=True, metavar="NAME", help="Only these; no page is written.")
def main(seconds: float, steps: int, subject: str, seed: int, only: tuple[str, ...]) -> None:
    """Explore every faulty card or terminal of the zoo."""
    chapters: dict[str, list[Found]] = {}
    bounds = {"seed": seed, "seconds": seconds, "steps": steps}
    if subject == "terminal":
        for place in TERMINALS:
            if not only or place.name in only:
                found = explored_terminal(place, time.process_time, **bounds)
                _tell(chapters, "terminals", found)
    else:
        for chapter in CHAPTERS:
            for mutant in chapter.MUTANTS:
                if not only or mutant.name in only:
                    name = chapter.__name__.rpartition(".")[2]
                    _tell(chapters, name, explored(mutant, time.process_time, **bounds))
    every = [one for found in chapters.values() for one in found]
    click.echo(f"{sum(bool(one.rule) for one in every)} of {len(every)} found, seed {seed}")
    if not only and subject == "card":
        bound = f"{steps} exchanges or {seconds:g} seconds of computing"
        how = f"with at most {bound} each, by seed {seed}"
        PAGE.write_text(page(chapters, how), "utf-8")
    unknown = [one.name for one in every if not one.rule and one.name.partition(" ")[0] not in WHY]
    if unknown:
        raise click.ClickException(f"not found, and nobody says why: {', '.join(unknown)}")


def _tell(chapters: dict[str, list[Found]], chapter: str, one: Found) -> None:
    chapters.setdefault(chapter, []).append(one)
    told = one.rule or "not found"
    click.echo(f"{one.name:42} {one.steps:7} steps {one.seconds:6.1f} s  {told}")


if __name__ == "__main__":
    main()
