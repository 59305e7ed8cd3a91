"""`ykt explain`: why a code or an answer in a trace is wrong."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ykt_sim.cli.kit.params import json_option, unmask_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.show import columns, wrap
from ykt_sim.cli.trace.sources import choice_options, open_trace
from ykt_sim.cli.trace.words import CardKeys, keys_option
from ykt_sim.codes import SW
from ykt_sim.meaning.conversations import checked
from ykt_sim.meaning.cryptograms import Checked, CodeVerdict, Status
from ykt_sim.meaning.explain import words
from ykt_sim.meaning.hiding.masking import Masker, Unmasked
from ykt_sim.meaning.purse_codes import UNKNOWN_ALGORITHM
from ykt_sim.meaning.story.ahead import Ahead
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.opening import Choice, Named, Opened, printable

_MARGIN = 4


@click.command(
    epilog="""\b
Examples:
  ykt explain --keys testkeys tap.jsonl
  ykt explain --keys keys.json reader.log
  ykt explain --keys testkeys --json tap.jsonl | jq .codes[].explanation.text
"""
)
@click.argument(
    "trace_files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE..."
)
@keys_option("Keys of the cards; without them status words alone are explained.")
@unmask_option
@choice_options
@json_option
def explain(
    *,
    trace_files: tuple[Path, ...],
    keys: CardKeys | None,
    unmask: bool,
    choice: Choice,
    as_json: bool,
) -> None:
    """Say why a code or an answer in a trace is wrong (排错).

    For every MAC, TAC or authentication that is wrong: what it is made of, where its key
    comes from, and which mistake gives the code that stands in the trace, tried one and two
    at a time. For every status word that is no success: what in the trace brings it about.
    A key FILE is what 'ykt card keys --json' prints, or master keys with the levels that
    divide them; keys are never shown, and what they give only where they are the published
    ones. Card numbers are masked without --unmask. The exit code is 0 whatever is found.
    """
    for path in trace_files:
        _file(path, keys, choice, Unmasked() if unmask else Masker(), as_json=as_json)


def _file(
    path: Path, keys: CardKeys | None, choice: Choice, masker: Masker, *, as_json: bool
) -> None:
    """Print what is wrong in one file: a block or an object for each event."""
    count, last = _Count(), ""
    with open_trace(path, choice, silent=sys.stdout.isatty()) as opened:
        for named, item in Ahead(_items(opened, keys), masker):
            if item is None or not count.take(item):
                continue
            if as_json:
                place = {"file": str(path), "session": named.name}
                print_json({**place, **_data(item)})
                continue
            if last and named.name != last:
                click.echo(masker.text(f"session {named.label}"))
            last = named.name
            click.echo("\n".join(_lines(item, masker.text)))
    if not as_json:
        click.echo(masker.text(count.text(path, keyed=keys is not None)))


def _items(opened: Opened, keys: CardKeys | None) -> Iterator[tuple[Named, Checked | None]]:
    if keys is None:
        return checked(opened, explained=True)
    return checked(opened, keys.ring, published=keys.published, explained=True)


@dataclass
class _Count:
    """What was found in one file."""

    wrong: int = 0
    named: int = 0
    right: int = 0
    refused: int = 0
    reasons: int = 0

    def take(self, item: Checked) -> bool:
        """Count one event; False where there is nothing to explain."""
        wrong = [one for one in item.verdicts if one.status is Status.WRONG]
        self.wrong += len(wrong)
        self.named += sum(bool(one.explanation and one.explanation.fits) for one in wrong)
        self.right += sum(one.status is Status.VALID for one in item.verdicts)
        refused = _refused(item)
        self.refused += refused
        self.reasons += bool(refused and (item.causes or wrong))
        return bool(wrong or refused or item.mismatches or any(map(_incurable, item.verdicts)))

    def text(self, path: Path, *, keyed: bool) -> str:
        """The last line of a file."""
        text = (
            f"{path}: wrong codes {self.wrong}, explained {self.named}; "
            f"refusals {self.refused}, explained {self.reasons}"
        )
        if not keyed:
            return f"{text}; no keys given, so no code was checked 未给密钥"
        if self.wrong > 1 and not self.right:
            text += "; no code is right, these may be another card's keys 可能不是该卡的密钥"
        return text


def _refused(item: Checked) -> bool:
    """An answer that is no success, more data to fetch or warning."""
    event, sw = item.understood.event, item.understood.annotated.sw
    if not isinstance(event, Exchange) or sw is None:
        return False
    warned = sw >> 8 == 0x62 and sw != SW.FILE_INVALID
    return sw != SW.OK and sw >> 8 not in {0x61, 0x6C} and not warned


def _lines(item: Checked, hide: Callable[[str], str]) -> Iterator[str]:
    known, event = item.understood, item.understood.event
    annotated = known.annotated
    put = functools.partial(_put, hide)
    head = " ".join(part for part in (annotated.name, annotated.zh, annotated.target) if part)
    yield from wrap(hide(printable(f"event {known.index}: {head}")), columns())
    if isinstance(event, Exchange):
        yield from put(event.command.hex().upper())
        if annotated.sw is not None:
            yield from put(f"{annotated.sw:04X} {annotated.sw_text} {annotated.sw_zh}")
    for cause in item.causes:
        yield from put(f"because: {cause}")
    if _refused(item) and not item.causes and not _wrong(item):
        yield from put("nothing in this trace says why 报文中看不出原因")
    for mismatch in item.mismatches:
        yield from put(f"{mismatch.name}: {mismatch.why}")
    for verdict in _wrong(item):
        yield from put(str(verdict))
        found = verdict.explanation
        if found is not None:
            for name, text in words.detail(found):
                yield from put(f"{name}: {text}", 2)
            yield from put(f"cause 原因: {words.cause(found)}", 2)
    for verdict in item.verdicts:
        if verdict.status is Status.NOT_CHECKABLE and (_refused(item) or _incurable(verdict)):
            yield from put(str(verdict))


def _put(hide: Callable[[str], str], text: str, more: int = 0) -> Iterator[str]:
    indent = " " * (_MARGIN + more)
    first, *rest = wrap(hide(text), columns() - len(indent) - 2) or [""]
    yield indent + first
    yield from (f"{indent}  {line}" for line in rest)


def _incurable(verdict: CodeVerdict) -> bool:
    """The card names an algorithm under which no code can be worked out."""
    return verdict.why.startswith(UNKNOWN_ALGORITHM)


def _wrong(item: Checked) -> list[CodeVerdict]:
    return [one for one in item.verdicts if one.status is Status.WRONG]


def _data(item: Checked) -> dict[str, Any]:
    known, event = item.understood, item.understood.event
    annotated = known.annotated
    sent, answer = (event.command, event.response) if isinstance(event, Exchange) else (b"", b"")
    return {
        "index": known.index,
        "t": event.t,
        "name": annotated.name,
        "zh": annotated.zh,
        "command": sent.hex().upper(),
        "response": answer.hex().upper(),
        "sw": None if annotated.sw is None else f"{annotated.sw:04X}",
        "causes": [{"en": one.en, "zh": one.zh} for one in item.causes],
        "mismatches": [place._asdict() for place in item.mismatches],
        "codes": [_code(one) for one in item.verdicts if one.status is not Status.VALID],
    }


def _code(verdict: CodeVerdict) -> dict[str, Any]:
    found = verdict.explanation
    return {
        "side": verdict.side,
        "offset": verdict.offset,
        "name": verdict.name,
        "status": str(verdict.status),
        "why": verdict.why,
        "explanation": None if found is None else words.to_json(found),
    }
