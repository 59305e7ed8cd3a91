"""`ykt terminal`: the terminals there are, what each is set to; and running one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec

from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json, print_table, yuan
from ykt_sim.cli.terminal.run import run
from ykt_sim.profiles.terminals import (
    TerminalProfile,
    load_terminal_profile,
    terminal_profile_names,
)

#: Values that are fen, so that people read yuan beside them.
_MONEY = frozenset({"flat", "amount", "over", "minimum", "maximum"})


@click.group()
def terminal() -> None:
    """List, show and run terminals (终端).

    A terminal is a profile, a TOML file: what it takes, where it stands, what it charges.
    """


@terminal.command(
    "list",
    epilog="""\b
Examples:
  ykt terminal list
  ykt terminal list --json
""",
)
@json_option
def list_(*, as_json: bool) -> None:
    """List the terminals that come with the program."""
    profiles = [load_terminal_profile(name) for name in terminal_profile_names()]
    if as_json:
        print_json([msgspec.to_builtins(profile) for profile in profiles], indent=2)
        return
    print_table(("name", "takes", "fare", "what", "中文"), map(_row, profiles))


def _row(profile: TerminalProfile) -> tuple[str, ...]:
    takes = profile.applications.priority
    shown = takes[0] if len(takes) == 1 else "both"
    return (profile.name, shown, _fare(profile), profile.title.en, profile.title.zh)


def _fare(profile: TerminalProfile) -> str:
    if profile.load is not None:
        return "load"
    if profile.fare.flat is not None:
        return yuan(profile.fare.flat)
    return f"{yuan(profile.fare.minimum)}-{yuan(profile.fare.maximum)}"


@terminal.command(
    epilog="""\b
Examples:
  ykt terminal show metro-exit
  ykt terminal show ./my-bus.toml --json
"""
)
@click.argument("name", metavar="NAME")
@json_option
def show(*, name: str, as_json: bool) -> None:
    """Show one terminal, by name or by the path of a profile (.toml)."""
    profile = load_terminal_profile(name)
    plain: dict[str, Any] = msgspec.to_builtins(profile)
    if as_json:
        print_json(plain, indent=2)
    else:
        for line in _lines(plain):
            click.echo(line)


terminal.add_command(run)


def _lines(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{name}"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            yield f"{indent}{name}"
            for item in value:
                yield f"{indent}  - " + ", ".join(f"{k} {_text(k, v)}" for k, v in item.items())
        elif value is not None and value not in ("", [], (), {}):
            yield f"{indent}{name:<{20 - len(indent)}} {_text(name, value)}"


def _text(name: str, value: Any) -> str:
    if name in _MONEY and isinstance(value, int):
        return f"{value} fen ({yuan(value)} yuan)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
