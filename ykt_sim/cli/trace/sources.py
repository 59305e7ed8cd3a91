"""Traces as the verbs read them: ``--from`` and ``--session``, progress and notes on stderr.

What reads them is `ykt_sim.trace.opening`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ykt_sim.cli.kit.progress import ProgressLine, size
from ykt_sim.cli.trace.own_formats import resolved
from ykt_sim.trace import opening
from ykt_sim.trace.model import Trace
from ykt_sim.trace.opening import Choice, Conversation, Opened, Telling, name_of

if TYPE_CHECKING:
    from ykt_sim.trace.spool import Kept, Spool

_F = TypeVar("_F", bound=Callable[..., Any])


def from_option(function: _F) -> _F:
    """Add ``--from``."""
    return click.option(
        "--from", "form", default="", metavar="FORMAT",
        callback=lambda _context, _option, name: resolved(name),
        help="Format of the file, re:PATTERN or columns:...; default: by content.",
    )(function)  # fmt: skip


def choice_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--from`` and ``--session``; the verb gets them as one `Choice`."""

    @functools.wraps(function)
    def call(*, form: str, session: str, **given: Any) -> Any:
        return function(choice=Choice(form, session), **given)

    option = click.option(
        "--session", default="", metavar="NAME|NUMBER",
        help="One of several cards or readers in the file.",
    )  # fmt: skip
    return from_option(option(call))


@contextmanager
def _telling(path: Path) -> Iterator[Telling]:
    """Progress on stderr, and at the end what was left out."""
    line = ProgressLine()
    said: list[str] = []

    def progress(count: int, total: int | None) -> None:
        whole = f" of {size(total)}" if total is not None else ""
        line.tell(f"{name_of(path)}: {size(count)}{whole}")

    try:
        yield Telling(progress, said.append)
    finally:
        line.end()
        for text in said:
            click.echo(text, err=True)


@contextmanager
def open_trace(path: Path, choice: Choice, *, silent: bool = False) -> Iterator[Opened]:
    """As `opening.open_trace`; silent for who fills the screen already."""
    with _telling(path) as told:
        telling = Telling(say=told.say) if silent else told
        with opening.open_trace(path, choice, telling=telling) as opened:
            yield opened


def conversations(path: Path, choice: Choice) -> tuple[Conversation, ...]:
    """As `opening.conversations`."""
    with _telling(path) as told:
        return opening.conversations(path, choice, told)


def card_conversations(path: Path, choice: Choice) -> tuple[Conversation, ...]:
    """As `opening.card_conversations`."""
    with _telling(path) as told:
        return opening.card_conversations(path, choice, told)


def whole_trace(path: Path, choice: Choice) -> Trace:
    """As `opening.whole_trace`."""
    with _telling(path) as told:
        return opening.whole_trace(path, choice, told)


def kept_trace(path: Path, spool: Spool, choice: Choice) -> Kept:
    """As `opening.kept_trace`."""
    with _telling(path) as told:
        return opening.kept_trace(path, spool, choice, told)


def card_trace(path: Path, choice: Choice) -> Trace:
    """As `opening.card_trace`."""
    with _telling(path) as told:
        return opening.card_trace(path, choice, told)
