"""Kinds of words on the command line: hex, yuan, points in time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO, Final, TypeVar

import click

from ykt_sim.wire.digits import unhex

#: Bytes of a file, or of standard input, that hold a key in hex.
_SECRET: Final = 4096
_F = TypeVar("_F", bound=Callable[..., Any])


def options(*these: Callable[[Any], Any]) -> Callable[[_F], _F]:
    """One decorator for several, whose options `--help` shows in this order."""

    def added(command: _F) -> _F:
        for option in reversed(these):
            command = option(command)
        return command

    return added


class Hex(click.ParamType[bytes]):
    """Hex digits, spaces allowed, either case; optionally of given sizes in bytes."""

    name = "hex"

    def __init__(self, *sizes: int) -> None:
        self.sizes = sizes

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Turn the word into bytes or fail with a usage error."""
        if isinstance(value, bytes):
            return value
        try:
            data = unhex(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if self.sizes and len(data) not in self.sizes:
            sizes = " or ".join(str(size) for size in self.sizes)
            self.fail(f"expected {sizes} bytes, got {len(data)}", param, ctx)
        return data


#: What is given up without waiting for the disk.
NOT_DURABLE: Final = (
    "NOT SAFE, for bulk simulation only: if this machine crashes or loses power, money, taps and"
    " PSAM numbers that were answered for are lost 仅供批量仿真，断电会丢失数据"
)


def _watched() -> bool:
    return sys.stdin.isatty()


class SecretHex(Hex):
    """Hex that should not stand in a command line, where every process of a machine can read it.

    ``@FILE`` is what a file holds, ``-`` what standard input does; at a terminal it is asked for
    and not shown. No error says what was read.
    """

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Turn the word, or what it points at, into bytes or fail with a usage error."""
        if isinstance(value, str) and value == "-":
            value = self._asked() if _watched() else self._read(sys.stdin.buffer, "-")
        elif isinstance(value, str) and value.startswith("@"):
            try:
                with open(value[1:], "rb") as stream:  # noqa: PTH123 - a name as it was given
                    value = self._read(stream, value)
            except (OSError, ValueError) as error:  # ValueError: a NUL in the name
                self.fail(f"{value}: {getattr(error, 'strerror', None) or error}", param, ctx)
        return super().convert(value, param, ctx)

    def _read(self, stream: BinaryIO, where: str) -> str:
        raw = stream.read(_SECRET + 1)
        if len(raw) > _SECRET:
            self.fail(f"{where}: more than {_SECRET} bytes are no key")
        return raw.decode("utf-8", "replace").removeprefix("\ufeff")

    @staticmethod
    def _asked() -> str:
        asked: str = click.prompt("Key", hide_input=True, err=True)
        return asked


class Yuan(click.ParamType[int]):
    """An amount in yuan with at most two decimals; an integer in fen for the program."""

    name = "yuan"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Turn ``88.00`` into 8800 or fail with a usage error."""
        if isinstance(value, int):
            return value
        whole, _, cents = value.strip().partition(".")
        if not (whole.isascii() and whole.isdigit()) or len(cents) > 2 or "." in cents:
            self.fail(f"{value!r} is not an amount in yuan such as 88.00", param, ctx)
        if cents and not (cents.isascii() and cents.isdigit()):
            self.fail(f"{value!r} is not an amount in yuan such as 88.00", param, ctx)
        return int(whole) * 100 + int(cents.ljust(2, "0"))


class Moment(click.ParamType[datetime]):
    """A point in local time of the terminal, such as 2017-11-01T08:00:00."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Turn the word into a naive datetime or fail with a usage error."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2017-11-01T08:00:00", param, ctx)
        if moment.tzinfo is not None:
            self.fail("a terminal knows local time only; leave out the zone", param, ctx)
        return moment.replace(microsecond=0)


def json_option(function: _F) -> _F:
    """Add ``--json``, the same on every verb."""
    option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
    return option(function)


def unmask_option(function: _F) -> _F:
    """Add ``--unmask``, the same on every verb that masks card numbers."""
    return click.option("--unmask", is_flag=True, help="Show card numbers whole.")(function)


def durable_option(function: _F) -> _F:
    """Add ``--durable``, the same on every verb that changes a card, a PSAM or a journal in a file.

    Who says no is told each time what that means.
    """

    def told(_ctx: click.Context, _param: click.Parameter, value: str) -> bool:
        if value == "no":
            click.echo(f"ykt: warning: --durable no: {NOT_DURABLE}", err=True)
        return value == "yes"

    return click.option(
        "--durable", type=click.Choice(["yes", "no"]), default="yes", callback=told,
        help=f"no: do not wait for the disk. {NOT_DURABLE}.",
    )(function)  # fmt: skip


def seed_option(function: _F) -> _F:
    """Add ``--seed``, the same on every verb that draws random numbers."""
    option = click.option(
        "--seed", type=int, metavar="N", help="Make all random numbers repeatable."
    )
    return option(function)


def lang_option(function: _F) -> _F:
    """Add ``--lang``, the same on every verb that tells what came of cases."""
    option = click.option(
        "--lang", type=click.Choice(["en", "zh"]), default="en", envvar="YKT_LANG",
        help="Language of results, also by YKT_LANG (en).",
    )  # fmt: skip
    return option(function)
