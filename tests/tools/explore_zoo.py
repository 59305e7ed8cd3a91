"""Which faults exploration finds by itself: ``make explore``.

Prints a line a fault, and the share at the end, and writes docs/reference/explored.md, or
explored-terminals.md beside it. By hand: each fault that is not found takes a minute or two. The
same comes out on any machine, unless ``--seconds`` ends it before ``--steps``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final, NamedTuple, TypedDict

import click

from ykt_conformance.zoo.card.table import CHAPTERS
from ykt_conformance.zoo.explored import Found, explored, explored_terminal
from ykt_conformance.zoo.terminal import MUTANTS as TERMINALS
from ykt_sim.faults.card.fault import CardFault
from ykt_sim.faults.card.table import FAULTS as CARD_FAULTS
from ykt_sim.faults.terminal import FAULTS as TERMINAL_FAULTS
from ykt_sim.faults.terminal import TerminalFault

_PAGES: Final = Path(__file__).parents[2] / "docs" / "reference"
#: Why exploration does not find a fault.
WHY: Final[Mapping[str, str]] = {
    "slow-debit": "the model knows no time",
    "reads-on-and-on": "the model knows no time",
}
#: Exchanges for a fault that cannot be found, and takes its time besides.
_FEW: Final = 1_000


class Bounds(TypedDict):
    """How far one exploration goes."""

    seed: int
    seconds: float
    steps: int


class Subject(NamedTuple):
    """One kind of faulty thing, and the words of its page.

    Attributes:
        page: file in docs/reference.
        title, intro: its first lines.
        unit: what is counted.
        texts: what is wrong with each.
    """

    page: str
    title: str
    intro: str
    unit: str
    texts: Mapping[str, CardFault | TerminalFault]


SUBJECTS: Final[Mapping[str, Subject]] = {
    "card": Subject(
        "explored.md",
        "# What exploration finds",
        "Every faulty card of the zoo, [explored](../howto/explore-a-card.md)",
        "exchanges",
        CARD_FAULTS,
    ),
    "terminal": Subject(
        "explored-terminals.md",
        "# What exploration finds of terminals",
        "Every faulty terminal of the zoo, [explored](../howto/explore-a-terminal.md)",
        "taps",
        TERMINAL_FAULTS,
    ),
}


def page(subject: Subject, chapters: Mapping[str, Sequence[Found]], how: str) -> str:
    """The page: a table for each chapter of faults."""
    return "\n".join((*_page(subject, chapters, how), ""))


def _page(subject: Subject, chapters: Mapping[str, Sequence[Found]], how: str) -> Iterator[str]:
    every = [one for found in chapters.values() for one in found]
    counts = [one.steps for one in every if one.rule]
    yield subject.title
    yield ""
    yield "<!-- made by: make explore -->"
    yield ""
    yield f"{subject.intro} without any"
    yield f"declared case, {how}."
    yield f"{len(counts)} of {len(every)} are found."
    if len(counts) > 1:
        tenths = quantiles(counts, n=10, method="inclusive")
        yield f"Half of them take at most {tenths[4]:.0f} {subject.unit}, nine in ten"
        yield f"{tenths[8]:.0f}, the longest {max(counts)}. Rules are those of the model."
    for name, found in chapters.items():
        yield ""
        yield f"## {name.capitalize()}"
        yield ""
        yield f"| fault | what is wrong | {subject.unit} | rule |"
        yield "|---|---|--:|---|"
        for one in found:
            fault = _fault(one)
            told = one.rule or f"not found: {WHY.get(fault, 'nobody knows why')}"
            yield f"| `{fault}` | {subject.texts[fault].text} | {one.steps} | {told} |"


def _fault(one: Found) -> str:
    """Its name without that of the terminal."""
    return one.name.partition(" ")[0]


@click.command()
@click.option("--seconds", type=float, default=120.0, help="Of computing, for each fault (120).")
@click.option("--steps", type=int, default=60_000,
              help="Exchanges or taps for each fault (60000).")  # fmt: skip
@click.option("--subject", "kind", type=click.Choice(list(SUBJECTS)), default="card",
              help="Cards (the default) or terminals.")  # fmt: skip
@click.option("--seed", type=int, default=1)
@click.option("--only", multiple=True, metavar="NAME", help="Only these; no page is written.")
def main(seconds: float, steps: int, kind: str, seed: int, only: tuple[str, ...]) -> None:
    """Explore every faulty card or terminal of the zoo."""
    chapters: dict[str, list[Found]] = {}
    subject = SUBJECTS[kind]

    def bounds(name: str) -> Bounds:
        return {
            "seed": seed,
            "seconds": seconds,
            "steps": min(steps, _FEW) if name in WHY else steps,
        }

    if kind == "terminal":
        for place in TERMINALS:
            if not only or place.name in only:
                found = explored_terminal(place, time.process_time, **bounds(place.name))
                _tell(chapters, f"at {place.profile}", found)
    else:
        for chapter in CHAPTERS:
            for mutant in chapter.MUTANTS:
                if not only or mutant.name in only:
                    name = chapter.__name__.rpartition(".")[2]
                    found = explored(mutant, time.process_time, **bounds(mutant.name))
                    _tell(chapters, name, found)
    every = [one for found in chapters.values() for one in found]
    click.echo(f"{sum(bool(one.rule) for one in every)} of {len(every)} found, seed {seed}")
    if not only:
        bound = f"{steps} {subject.unit} or {seconds:g} seconds of computing"
        how = f"with at most {bound} each, by seed {seed}"
        (_PAGES / subject.page).write_text(page(subject, chapters, how), "utf-8")
    unknown = [one.name for one in every if not one.rule and _fault(one) not in WHY]
    if unknown:
        raise click.ClickException(f"not found, and nobody says why: {', '.join(unknown)}")


def _tell(chapters: dict[str, list[Found]], chapter: str, one: Found) -> None:
    chapters.setdefault(chapter, []).append(one)
    told = one.rule or "not found"
    click.echo(f"{one.name:42} {one.steps:7} steps {one.seconds:6.1f} s  {told}")


if __name__ == "__main__":
    main()
