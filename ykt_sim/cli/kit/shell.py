"""What happens around every verb: late imports, one-line errors, exit codes, encodings.

Exit codes (``docs/reference/exit-codes.md``): 0 done; 1 the thing asked about was refused
or failed; 2 wrong words, files or bytes on the way in; 3 a fault of this program;
130, 141 and 143 ended by Ctrl-C, by a closed pipe, by SIGTERM.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from typing import Any, Final, NamedTuple, NoReturn

import click

from ykt_sim.cli.kit.screen import guard_streams
from ykt_sim.errors import CardError, OwnError, YktError

OK: Final = 0
FAILED: Final = 1
WRONG_INPUT: Final = 2
INTERNAL: Final = 3
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141
TERMINATED: Final = 143

#: Objects that are made before cycles are looked for: what a verb holds dies without that, and
#: looking through it again and again takes a sixth of the time of a long trace.
_YOUNG: Final = 20_000
_TRACEBACK_SWITCH: Final = "YKT_TRACEBACK"


class Lazy(NamedTuple):
    """A verb that is not imported yet: ``module:attribute`` below `ykt_sim.cli`, and its help."""

    target: str
    help: str

    def load(self) -> click.Command:
        """Import the module and give the command."""
        module, _, name = self.target.partition(":")
        gc.disable()  # what is imported stays, so there is nothing to look for, now or later
        try:
            command = getattr(importlib.import_module(f"ykt_sim.cli.{module}"), name)
        finally:
            gc.freeze()
            gc.set_threshold(_YOUNG, 10, 10)
            gc.enable()
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.target} is not a command")
        return command


class FailedError(click.ClickException):
    """The thing asked about was refused or failed: one line on stderr, exit code 1."""

    exit_code = FAILED


class LazyGroup(click.Group):
    """A group over a table of names; a verb is imported when it is asked for."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and give one verb, or None when there is no such name."""
        if cmd_name not in self.lazy:
            return None
        return self.lazy[cmd_name].load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs from the table, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.help) for name, verb in self.lazy.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click; an unknown name is answered with the names there are."""
        if args and not args[0].startswith("-") and args[0] not in self.lazy:
            names = ", ".join(self.lazy)
            raise click.UsageError(f"no such command '{args[0]}'; there are {names}", ctx)
        return super().resolve_command(ctx, args)


class Shell(LazyGroup):
    """The outermost group: turns whatever a verb raises into one line and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - click's signature
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002 - click's signature
        **extra: Any,
    ) -> Any:
        """Run the words; always leaves by SystemExit unless standalone_mode is off."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        make_streams_safe()
        try:
            code = self._run(sys.argv[1:] if args is None else list(args), prog_name or "ykt")
            print(end="", flush=True)  # noqa: T201 - also where stdout was closed
        except BrokenPipeError:
            leave_after_closed_pipe()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last handler
            code = report(error)
        sys.exit(code)

    def _run(self, args: list[str], prog_name: str) -> int:
        self._main_shell_completion({}, prog_name)
        try:
            with self.make_context(prog_name, args) as ctx:
                result = self.invoke(ctx)
        except click.exceptions.Exit as leave:
            return leave.exit_code
        return result if isinstance(result, int) else OK


def report(error: BaseException) -> int:
    """Say on stderr, in one line, what went wrong; give the exit code."""
    if os.environ.get(_TRACEBACK_SWITCH):
        traceback.print_exception(error)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return WRONG_INPUT
    return complain(*_explain(error))


def _explain(error: BaseException) -> tuple[str, int]:
    text = str(error)
    if isinstance(error, click.UsageError):
        hint = f" (try '{error.ctx.command_path} --help')" if error.ctx else ""
        result = error.format_message().rstrip(".") + hint, WRONG_INPUT
    elif isinstance(error, click.ClickException):
        result = error.format_message(), error.exit_code
    elif isinstance(error, KeyboardInterrupt | click.Abort):
        result = "interrupted", INTERRUPTED
    elif isinstance(error, YktError) and not isinstance(error, OwnError):
        result = text, FAILED if isinstance(error, CardError) else WRONG_INPUT
    elif isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        result = name + (error.strerror or text), WRONG_INPUT
    else:
        what = f"{type(error).__name__}: {text}" if text else type(error).__name__
        result = f"internal fault, {what} ({_TRACEBACK_SWITCH}=1 shows where)", INTERNAL
    return result


def complain(message: str, code: int = FAILED) -> int:
    """Write one ``ykt: error:`` line to stderr; gives the code back."""
    click.echo("ykt: error: " + " ".join(message.split()), err=True)
    return code


def make_streams_safe() -> None:
    """Never fail on a character, and let none through that a terminal would obey.

    Chinese goes out as UTF-8 where the locale cannot hold it.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextIOWrapper):
            continue
        try:
            "岭南通│─→".encode(stream.encoding)
        except (UnicodeEncodeError, LookupError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        else:
            stream.reconfigure(errors="backslashreplace")
    guard_streams()


def leave_after_closed_pipe() -> NoReturn:
    """End quietly, like any filter whose reader went away."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.exit(PIPE_CLOSED)
