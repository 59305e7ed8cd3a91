"""`ykt conform campaign` and `ykt conform pdf`: what a laboratory states, and what it signs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from ykt_conformance import report as reports
from ykt_conformance.judge import campaign as campaigns
from ykt_conformance.report.folder import PRINTS
from ykt_sim.bench import files
from ykt_sim.cli.conform.ics import give
from ykt_sim.cli.kit.params import json_option, lang_option
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.cli.kit.render import print_json
from ykt_sim.errors import UsageError


@click.group(name="campaign")
def campaign_group() -> None:
    """Write and check what heads a report: laboratory, product, reader, exclusions (检测任务)."""


@campaign_group.command(
    epilog="""\b
Examples:
  ykt conform campaign new --out campaign.toml
  ykt conform campaign new --json
  ykt conform card --target sim:dual --campaign campaign.toml --out report
"""
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@json_option
def new(*, out: Path | None, force: bool, as_json: bool) -> None:
    """Write an empty campaign file with a comment at every entry."""
    give(campaigns.new(), out, force=force, as_json=as_json)


@campaign_group.command(
    epilog="""\b
Examples:
  ykt conform campaign check campaign.toml
  ykt conform campaign check campaign.toml --json
"""
)
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@json_option
def check(*, path: Path, as_json: bool) -> None:
    """Say what a campaign file states, and what it leaves empty."""
    found = campaigns.load(path)
    if as_json:
        head = {"sha256": found.sha256, "deviations": list(found.deviations)}
        print_json(head | {"exclusions": dict(found.exclusions)} | dict(found.entries), indent=1)
        return
    empty: list[str] = []
    for section, entries in campaigns.SECTIONS.items():
        for key, entry in entries.items():
            said = found.entry(section, key) or "; ".join(
                found.deviations if key == "deviations" else ()
            )
            if said:
                click.echo(f"{entry.en} {entry.zh}: {said}")
            else:
                empty.append(f"{section}.{key}")
    for what, why in found.exclusions.items():
        click.echo(f"excluded {what}: {why}")
    click.echo(f"left empty: {', '.join(empty) or 'nothing'}")
    click.echo(f"{path}: SHA-256 {found.sha256}")


@click.command(
    epilog="""\b
Examples:
  ykt conform pdf report
  ykt conform pdf report --lang zh --print failures --out for-the-client.pdf

\b
Needs Chromium; for Chinese a font as Debian's fonts-noto-cjk. The file is
written beside the folder, not into it: the manifest of a run stays as it was
printed.
"""
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--print", "printed", default="", type=click.Choice(["", *PRINTS]),
              metavar="|".join(PRINTS), help="What goes to paper; else as in the run.")  # fmt: skip
@lang_option
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else DIR.pdf.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@json_option
def pdf(
    *,
    folder: Path,
    printed: str,
    lang: Literal["en", "zh"],
    out: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Print the report of a run as a PDF on A4 (打印报告)."""
    target = out or folder.resolve().with_name(f"{folder.resolve().name}.pdf")
    files.must_be_new(target, force=force)
    if target.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{target}: it would lie in the run's folder, which would not be whole")
    if not target.parent.is_dir():
        raise UsageError(f"{target}: there is no folder {target.parent}")
    line = ProgressLine()
    try:
        pages = reports.write_pdf(folder, target, printed=printed, lang=lang, progress=line.tell)
    finally:
        line.end()
    if as_json:
        print_json({"file": str(out or target.name), "pages": pages, "lang": lang})
        return
    click.echo(f"{out or target.name}: written, {pages} pages")
