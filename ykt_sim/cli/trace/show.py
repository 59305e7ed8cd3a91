"""`ykt trace show`: recorded exchanges, annotated."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain, takewhile
from pathlib import Path
from typing import Final

import click

from ykt_sim.cli.kit.colour import Tone, paint
from ykt_sim.cli.kit.ladder import Pen, checked_json, checked_rows, heading
from ykt_sim.cli.kit.params import json_option, unmask_option
from ykt_sim.cli.kit.render import json_text, print_json, print_lines
from ykt_sim.cli.kit.show import columns, width, wrap
from ykt_sim.cli.trace.sources import choice_options, open_trace
from ykt_sim.cli.trace.words import CardKeys, keys_option
from ykt_sim.meaning.conversations import checked, in_blocks
from ykt_sim.meaning.cryptograms import Tally, check
from ykt_sim.meaning.hiding.masking import Masker, Unmasked
from ykt_sim.meaning.story.ahead import Ahead, Item, tales
from ykt_sim.meaning.story.lines import Line, Result, StoryTold, tell, to_json
from ykt_sim.trace.model import Header, Recorded
from ykt_sim.trace.opening import Choice, Named, Opened, printable

_TONES: Final = {
    Result.DONE: Tone.GOOD,
    Result.REFUSED: Tone.BAD,
    Result.OPEN: Tone.DOUBT,
    Result.NOTHING: Tone.PLAIN,
}
#: Lines that the result colours.
_TOLD: Final = frozenset({"outcome", "cause"})


@click.command(
    epilog="""\b
Examples:
  ykt trace show tap.jsonl
  ykt trace show --keys testkeys tap.jsonl
  ykt trace show --fields out/traces/*.jsonl | less
  ykt trace show --story out/traces/*.jsonl
  ykt trace show --json tap.jsonl | jq .name
  ykt trace show pcscd.log --session 2
  ykt trace show --from 're:(?P<dir>[><]) (?P<hex>[0-9A-F ]+)' terminal.log
"""
)
@click.argument(
    "trace_files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE..."
)
@click.option("--fields", is_flag=True, help="List every field with offset and bytes.")
@click.option("--story", is_flag=True, help="Only the story of each session.")
@unmask_option
@keys_option("Check every MAC and TAC with these keys.")
@choice_options
@json_option
def show(
    *,
    trace_files: tuple[Path, ...],
    fields: bool,
    story: bool,
    unmask: bool,
    keys: CardKeys | None,
    choice: Choice,
    as_json: bool,
) -> None:
    """Show traces: their story (经过), then a ladder with everything decoded.

    The story says which card and terminal, what was done, what came of it and, where
    something went wrong, why; --story prints it whole and nothing else. In the ladder
    selection is followed: the same READ RECORD is shown as a T-Union record under one
    application and as a Lingnan Tong record under another. FILE may be - for stdin, of
    any format that 'ykt trace formats' lists, and packed by gzip. Several cards or readers
    in one file are sessions. Card numbers are masked, in raw bytes too, without --unmask.
    With --json one object is printed for each event, nothing masked, and with --story one
    for each session. A key FILE is what 'ykt card keys --json' prints; keys are not shown.
    """
    writer = _Writer(fields=fields, unmask=unmask, told=keys is not None)
    for number, path in enumerate(trace_files):
        with open_trace(path, choice, silent=sys.stdout.isatty()) as opened:
            items = _items(opened, keys, as_data=as_json and not story)
            _show(path, items, writer, story=story, as_json=as_json, first=not number)


def _show(
    path: Path, items: Iterator[Item], writer: _Writer, *, story: bool, as_json: bool, first: bool
) -> None:
    """Print one file."""
    if story:
        _stories(path, items, writer, as_json=as_json)
    elif as_json:
        print_lines(_json_lines(path, items))
    else:
        if not first:
            click.echo()
        print_lines(writer.file(path, items))


def _json_lines(path: Path, items: Iterator[Item]) -> Iterator[str]:
    for named, item in items:
        if item is not None:
            yield json_text({"file": str(path), "session": named.name, **checked_json(item)})


def _items(opened: Opened, keys: CardKeys | None, *, as_data: bool) -> Iterator[Item]:
    """The events; without keys codes are judged and refusals not explained where it is for data."""
    events = opened if as_data else in_blocks(opened)
    if keys is None:
        return checked(events, explained=not as_data, judged=as_data)
    return checked(events, keys.ring, published=keys.published, explained=True)


def _stories(path: Path, items: Iterator[Item], writer: _Writer, *, as_json: bool) -> None:
    """The story of each session and nothing else."""
    for named, tale in tales(items, writer.masker):
        told = tell(tale, keyed=writer.told)
        if as_json:
            print_json({"file": str(path), "session": named.name, "story": to_json(tale, told)})
            continue
        click.echo(writer.hide(f"{path}, session {named.label}"))
        for line in writer.story(told):
            click.echo(line)


class _Writer:
    """Lines of traces for people."""

    def __init__(self, *, fields: bool, unmask: bool, told: bool) -> None:
        self.masker = Unmasked() if unmask else Masker()
        self.told = told
        self._fields = fields
        self._paint = paint()
        self.hide = self.masker.text

    def file(self, path: Path, items: Iterable[Item]) -> Iterator[str]:
        """Story and ladder of a file; a line wherever another conversation goes on.

        The rows of an event come together.
        """
        tally, ahead = Tally(), Ahead(items, self.masker)
        pen = Pen(hide=self.hide, paint=self._paint, learnt=lambda: ahead.learnt)
        last: Named | None = None
        early: dict[str, tuple[Named, int]] = {}
        for named, item in ahead:
            if last is None:
                yield self._paint(self.hide(str(path)), Tone.HEAD)
            elif last.name != named.name:
                yield from map(self._headed, wrap(self.hide(f"session {named.label}"), columns()))
            if item is None:
                tale = ahead.tales.get(named.name)
                if tale is not None:
                    told = tell(tale, keyed=self.told)
                    yield from self.head(told, so_far=not ahead.whole)
                    if not ahead.whole:
                        early[named.name] = named, tale.events
                yield from map(self.hide, _facts(named.header))
                if last is None:
                    yield heading()
            last = named
            if item is not None:
                if self.told:
                    tally.count(item)
                yield "\n".join(checked_rows(item, pen, fields=self._fields, told=self.told))
        for name, (named, events) in early.items():
            tale = ahead.tales.get(name)
            if tale is not None and tale.events != events:
                yield self._headed(self.hide(f"session {named.label}, to its end"))
                yield from self.head(tell(tale, keyed=self.told), so_far=False)
        if self.told:
            yield f"codes: {tally}"

    def head(self, told: StoryTold, *, so_far: bool) -> Iterator[str]:
        """The lines of a story, each one row: what does not fit is cut, the figures first."""
        for line, tone in self._lines(told):
            text = line.said.en
            if so_far and line.name == "outcome":
                text = f"so far (the end tells the whole): {text}"
            label = f"{line.name} {line.zh}:"
            room = columns() - width(label) - 1
            text = self.hide(printable(text))
            both = f"{text} {self.hide(printable(line.said.zh))}"
            if line.name == "cause" and width(both) <= room:
                text = both
            yield f"{self._paint(label, Tone.HEAD)} {self._paint(_cut(text, room), tone)}"

    def story(self, told: StoryTold) -> Iterator[str]:
        """The whole of a story, in English and Chinese."""
        for line, tone in self._lines(told):
            for label, said in ((line.name, line.said.en), (line.zh, line.said.zh)):
                text = f"{label}: {self.hide(printable(said))}"
                first, *rest = wrap(text, columns() - 4)
                yield f"  {self._paint(first, tone)}"
                yield from (f"    {self._paint(row, tone)}" for row in rest)

    @staticmethod
    def _lines(told: StoryTold) -> Iterator[tuple[Line, Tone]]:
        for line in told.lines:
            yield line, _TONES[told.result] if line.name in _TOLD else Tone.PLAIN

    def _headed(self, line: str) -> str:
        return self._paint(line, Tone.HEAD)


def trace_lines(trace: Recorded) -> Iterator[str]:
    """Story and ladder of one trace, without a file's name; card numbers are whole."""
    writer = _Writer(fields=False, unmask=True, told=False)
    named = Named(1, "trace", trace.header)
    items: Iterator[Item] = (
        (named, one) for one in check(trace.events, explained=True, judged=False)
    )
    lines = writer.file(Path(), chain([(named, None)], items))
    next(lines)
    return lines


def _cut(text: str, room: int) -> str:
    """A text that fits, cut between its parts or words; what is left out is marked."""
    if width(text) <= room:
        return text
    columns_to = accumulate(width(mark) for mark in text)
    text = text[: sum(1 for _ in takewhile(lambda taken: taken <= room - 2, columns_to))]
    ends = [text.rfind(mark) for mark in ("; ", "；", " ")]
    return f"{text[: next((end for end in ends if end > room // 2), len(text))]} …"


def _facts(header: Header) -> list[str]:
    names = ("card", "terminal", "source", "created", "seed", "provenance")
    lines = []
    for name in names:
        value = getattr(header, name)
        if value not in {"", None}:
            first, *rest = wrap(f"{name}: {printable(str(value))}", columns() - 4)
            lines += [f"  {first}", *(f"    {line}" for line in rest)]
    return lines
