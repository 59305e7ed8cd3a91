"""`ykt trace diff`: what really differs between two recordings."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ykt_sim.cli.kit.params import json_option, unmask_option
from ykt_sim.cli.kit.render import print_json, print_lines
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.trace.own_formats import resolved
from ykt_sim.cli.trace.sources import choice_options, kept_trace
from ykt_sim.cli.trace.words import CardKeys, KeysWord, keys_option, ring_of
from ykt_sim.meaning.hiding.masking import Masker, Unmasked
from ykt_sim.rework.changes import Change, Difference
from ykt_sim.rework.diff import diff as compare
from ykt_sim.rework.ranking import ranked
from ykt_sim.trace.opening import Choice
from ykt_sim.trace.spool import Spool


def _other_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--from-b`` and ``--session-b``; the verb gets them as one `Choice`."""

    @functools.wraps(function)
    def call(*, form_b: str, session_b: str, **given: Any) -> Any:
        return function(other=Choice(resolved(form_b), session_b), **given)

    form = click.option(
        "--from-b", "form_b", default="", metavar="FORMAT", help="Format of B, when another."
    )
    session = click.option(
        "--session-b", default="", metavar="NAME|NUMBER", help="Session of B, when another."
    )
    return form(session(call))


@click.command(
    epilog="""\b
Examples:
  ykt trace diff monday.jsonl tuesday.jsonl --keys testkeys
  ykt trace diff ours.jsonl theirs.jsonl --keys ours.json --keys-b theirs.json
  ykt trace diff --json a.jsonl b.jsonl | jq .changes
  ykt trace diff --session 1 --session-b 2 pcscd.log pcscd.log

\b
Exit codes: 0 equal, 1 different, 2 wrong words or files.
"""
)
@click.argument("a", type=click.Path(path_type=Path), metavar="A")
@click.argument("b", type=click.Path(path_type=Path), metavar="B")
@keys_option("Keys of the cards, to tell a right MAC from a wrong one.")
@click.option("--keys-b", type=KeysWord(), metavar="testkeys|FILE",
              help="Keys of the card in B, when they are others.")  # fmt: skip
@choice_options
@_other_options
@unmask_option
@json_option
def diff(
    *,
    a: Path,
    b: Path,
    keys: CardKeys | None,
    keys_b: CardKeys | None,
    choice: Choice,
    other: Choice,
    unmask: bool,
    as_json: bool,
) -> int:
    """Compare two traces by meaning.

    Randoms, MACs, TACs, counters and times may differ as long as each is right in its
    own trace; a MAC that is wrong is named even where both traces hold it. What was given or
    decided is listed before what may follow from it; --json keeps the order of the traces.
    A and B may be of any format that 'ykt trace formats' lists, and of different ones. Card
    numbers are masked without --unmask.
    """
    other = Choice(other.form or choice.form, other.session or choice.session)
    masker = Unmasked() if unmask or as_json else Masker()
    with Spool() as spool:
        ours, theirs = kept_trace(a, spool, choice).events, kept_trace(b, spool, other).events
        rings = ring_of(keys), ring_of(keys_b or keys)
        found = compare(ours, theirs, *rings, meet=masker.take)
    if as_json:
        print_json(found.to_json(), indent=1)
    else:
        _show(found, masker)
    return OK if found.equal else FAILED


def _show(found: Difference, masker: Masker) -> None:
    causes, following = ranked(found.changes)
    print_lines(_line(change, masker) for change in causes)
    if causes and following:
        click.echo("what may follow from these:")
    print_lines(_line(change, masker) for change in following)
    if found.unlisted:
        click.echo(f"and {found.unlisted} more differences, not listed")
    if found.loose:
        click.echo(
            f"{found.loose} events of both stand where the traces have too little in common to be "
            "aligned as a whole; there they were paired part by part, and fewer may really differ"
        )
    count = len(found.changes) + found.unlisted
    word = "equal" if found.equal else f"{count} differences"
    click.echo(
        f"{word}; {found.compared} events compared, {found.excused} fields differ as they must, "
        f"{found.unproven} codes not checked"
    )


def _line(change: Change, masker: Masker) -> str:
    text = masker.text(str(change))
    if change.value_a != change.value_b:
        same = masker.text(change.value_a) == masker.text(change.value_b)
        text += " (they differ in hidden digits)" if same else ""
    return text
