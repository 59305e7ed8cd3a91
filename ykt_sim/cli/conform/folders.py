"""`ykt conform verify` and `diff`: what folders of runs prove, and where two of them differ."""

from __future__ import annotations

import re
from pathlib import Path

import click
import msgspec

from ykt_conformance.report.compare import compare
from ykt_conformance.report.console import Lang
from ykt_conformance.report.stored import load
from ykt_sim.cli.conform.keeping import sign, signing_key
from ykt_sim.cli.conform.proof import lines, prove
from ykt_sim.cli.kit.params import json_option, lang_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED, OK

#: A SHA-256 in hex.
_DIGEST = re.compile("[0-9A-Fa-f]{64}")


@click.command(
    epilog="""\b
Examples:
  ykt conform verify report
  ykt conform verify report --manifest 3a7bd3e2360a3d29eea4...
  ykt conform verify report --sign laboratory.pem
  ykt conform verify report --check laboratory.pub

\b
The files are held against the manifest and against each other, and every
verdict that the recordings can give is judged again. A key is made by
  openssl genpkey -algorithm ed25519 -out laboratory.pem
  openssl pkey -in laboratory.pem -pubout -out laboratory.pub
Exit codes: 0 nothing speaks against it, 1 something does, 3 wrong words.
"""
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--manifest", metavar="SHA256", help="What the run printed at its end.")
@click.option("--sign", "own", type=click.Path(path_type=Path), metavar="KEY",
              help="Sign it with an Ed25519 key (PEM), if it is whole.")  # fmt: skip
@click.option("--check", "public", type=click.Path(path_type=Path), metavar="PUB",
              help="Check the signature by this public key (PEM).")  # fmt: skip
@click.option("--keys", default="", metavar="FILE", help="Keys of the cards, to judge again.")
@json_option
def verify(
    *, folder: Path, manifest: str | None, own: Path | None, public: Path | None, keys: str,
    as_json: bool,
) -> int:  # fmt: skip
    """Prove that a run's folder is whole, or name what speaks against it."""
    if manifest is not None and not _DIGEST.fullmatch(manifest):
        raise click.UsageError("--manifest: expected the 64 hex digits that the run printed")
    found = prove(folder, expected=manifest or "", key=public, keys=keys)
    if own is not None and found.holds:
        sign(folder, signing_key(own))
    if as_json:
        files = found.files
        head = {"whole": found.holds, "files": files.files, "manifest": files.sha256}
        more = {
            "signed": found.signed, "problems": list(found.problems),
            "judged": 0 if found.judgings is None else found.judgings.judged,
            "shown": list(found.proven()) if found.holds else [],
            "not_shown": list(found.unproven()),
        }  # fmt: skip
        print_json(head | more, indent=1)
    else:
        for line in lines(found, folder):
            click.echo(line)
    return OK if found.holds else FAILED


@click.command(
    epilog="""\b
Examples:
  ykt conform diff before after
  ykt conform diff before after --json

\b
Exit codes: 0 every case came out alike, 1 some did not, 3 wrong words.
"""
)
@click.argument("before", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("after", type=click.Path(path_type=Path), metavar="DIR")
@lang_option
@json_option
def diff(*, before: Path, after: Path, lang: Lang, as_json: bool) -> int:
    """Hold two runs against each other: ICS, suite, verdicts, reasons, times."""
    found = compare(load(before).results, load(after).results)
    if as_json:
        print_json({"same": found.same, **msgspec.to_builtins(found)}, indent=1)
    else:
        for line in found.lines(lang):
            click.echo(line)
    return OK if found.same else FAILED
