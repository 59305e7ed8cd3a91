"""`ykt trace sanitise`: recordings that may be given away."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import Final

import click

from ykt_sim.bench import files
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.trace.sources import choice_options, kept_trace
from ykt_sim.cli.trace.words import CardKeys, keys_option
from ykt_sim.errors import UsageError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.rework.sanitise.trace import Sanitised, SanitiseOptions, sanitise_kept
from ykt_sim.trace.opening import STDIN, Choice
from ykt_sim.trace.spool import Spool
from ykt_sim.trace.writers import WRITERS

_SECRET_BYTES: Final = 32
_LOAD_POINT: Final = "load-point"
#: Problems that are listed for one file; --json lists them all.
_SHOWN: Final = 10


@click.command(
    epilog="""\b
Examples:
  ykt trace sanitise tap.jsonl --out shared
  ykt trace sanitise monday/*.jsonl --out shared --dates -365 --keys keys.json
  ykt trace sanitise odd.jsonl --out shared --drop-unknown

\b
Exit codes: 0 all written, 1 some file refused, 2 wrong words or files.
"""
)
@click.argument(
    "trace_files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE..."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True,
              metavar="DIR", help="Folder for the new files.")  # fmt: skip
@click.option("--dates", "days", type=int, default=0, metavar="SHIFT_DAYS",
              help="Move all dates by so many days.")  # fmt: skip
@keys_option("Keys of the recorded cards, to keep wrong MACs wrong.")
@click.option("--drop-unknown", is_flag=True, help="Zero what is not understood.")
@click.option("--force", is_flag=True, help="Overwrite files in the folder.")
@choice_options
@json_option
def sanitise(
    *, trace_files: tuple[Path, ...], out: Path, days: int, keys: CardKeys | None,
    drop_unknown: bool, force: bool, choice: Choice, as_json: bool,
) -> int:  # fmt: skip
    """Replace numbers, people and keys in traces (脱敏).

    Files given together get the same replacements. MACs and TACs are made anew with the
    published test keys, so the result can be replayed and checked. A file with bytes
    that nobody understands is refused, with the places. Files may be of any format that
    'ykt trace formats' lists; what is written is a trace of ykt, FILE.jsonl.
    """
    targets = _targets(trace_files, out, force=force)
    options = SanitiseOptions(
        secret=secrets.token_bytes(_SECRET_BYTES),
        new_keys=KeyRing,
        own_keys=None if keys is None else keys.ring,
        pins=_published_pins(),
        shift_days=days,
        drop_unknown=drop_unknown,
    )
    with Spool() as spool:
        read = {str(path): kept_trace(path, spool, choice) for path in trace_files}
        done = sanitise_kept(read, options, spool)
        _write(done, targets)
    _report(done, targets, as_json=as_json)
    return OK if all(one.trace is not None for one in done.values()) else FAILED


def _published_pins() -> tuple[bytes, ...]:
    """PINs of our test cards, as our load point knows them."""
    load = load_terminal_profile(_LOAD_POINT).load
    return tuple(bytes.fromhex(pin) for pin in load.pin.values()) if load is not None else ()


def _targets(paths: tuple[Path, ...], out: Path, *, force: bool) -> dict[str, Path]:
    """Where each file goes; UsageError where two have one name or a file would be lost."""
    targets = {str(path): out / _target_name(path) for path in paths}
    if len(set(targets.values())) != len(paths):
        raise UsageError("two files have the same name; sanitise them into one folder under others")
    for path, target in zip(paths, targets.values(), strict=True):
        if str(path) != STDIN and target.exists() and target.samefile(path):
            raise UsageError(f"{path}: would be overwritten; choose another folder")
        files.must_be_new(target, force=force)
    return targets


def _target_name(path: Path) -> str:
    """``x.jsonl`` keeps its name, ``x.log`` becomes ``x.log.jsonl``: another format is written."""
    name = "stdin" if str(path) == STDIN else path.name.removesuffix(".gz")
    return name if name.endswith(".jsonl") else f"{name}.jsonl"


def _write(done: dict[str, Sanitised], targets: dict[str, Path]) -> None:
    for name, one in done.items():
        if one.trace is not None:
            targets[name].parent.mkdir(parents=True, exist_ok=True)
            write = partial(WRITERS["native"].write, one.trace, name)
            files.write_by(targets[name], write)


def _report(done: dict[str, Sanitised], targets: dict[str, Path], *, as_json: bool) -> None:
    if as_json:
        told = [
            {"file": name, "out": str(targets[name]), **one.to_json()} for name, one in done.items()
        ]
        print_json({"files": told}, indent=1)
        return
    for name, one in done.items():
        counts = ", ".join(
            f"{count} {what}" for what, count in sorted(one.changed.items()) if count
        )
        state = f"written to {targets[name]}" if one.trace is not None else "refused"
        click.echo(f"{name}: {state}" + (f"; {counts}" if counts and one.trace else ""))
        if one.unverifiable and one.trace is not None:
            click.echo(f"  {one.unverifiable} codes could not be made anew: they verify nothing")
        word = "refused" if one.trace is None else "zeroed"
        for problem in one.problems[:_SHOWN]:
            click.echo(f"  {word}: {problem}")
        count = len(one.problems) + one.unlisted
        if count > _SHOWN:
            click.echo(f"  and {count - _SHOWN} more")
