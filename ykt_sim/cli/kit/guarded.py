"""Words that allow writing to a real card: ``--allow-writes`` and ``--number``."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ykt_sim.bench.targets import in_reader
from ykt_sim.errors import UsageError
from ykt_sim.transport.guard import Permit


def checked(permit: Permit, target: str, keys: str = "") -> Permit:
    """The permission for a card, made whole: its number is asked for where it misses.

    Args:
        permit: what the words allow.
        target: the card; only one in a reader wants a permission.
        keys: file of its keys, if they are not the published ones.

    Raises:
        UsageError: words that do not go together, or a key file inside this program's folder.
    """
    if (permit.allow or permit.numbers) and not in_reader(target):
        raise UsageError("--allow-writes and --number are for cards in real readers (pcsc:)")
    if permit.numbers and not permit.allow:
        raise UsageError("--number goes with --allow-writes")
    if in_reader(target) and keys:
        _outside(Path(keys))
    if not permit.allow or permit.numbers:
        return permit
    if not sys.stdin.isatty():
        raise UsageError("--allow-writes needs --number: which card may be changed?")
    number = click.prompt("Number of the card that may be changed 卡号", err=True)
    return Permit(allow=True, numbers=(number,))


def _outside(path: Path) -> None:
    """Keys of real cards do not belong beside this program's sources."""
    here = Path(__file__).resolve().parents[3]
    if path.resolve().is_relative_to(here):
        raise UsageError(f"{path}: keep keys of real cards outside of {here.name}'s own folder")


def needed(permit: Permit) -> None:
    """Raise UsageError unless writing is allowed: a tap always writes."""
    if not permit.allow:
        raise UsageError(
            "a tap writes to the card: give --allow-writes, and --number with its whole"
            " number (or 'virtual', for our cards in a virtual reader)"
        )


def write_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the two words; the verb gets them as one `Permit`."""

    @functools.wraps(function)
    def call(*, allow_writes: bool, number: tuple[str, ...], **given: Any) -> Any:
        return function(permit=Permit(allow_writes, number), **given)

    flag = click.option("--allow-writes", is_flag=True, help="Allow writing to a real card.")
    named = click.option(
        "--number", multiple=True, metavar="DIGITS", help="The card that may be written to, its"
        " whole number; may repeat. 'virtual': any card in a virtual reader.",
    )  # fmt: skip
    wrapped: Callable[..., Any] = flag(named(call))
    return wrapped
