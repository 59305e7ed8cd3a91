"""`ykt conform campaign`: what a laboratory states of a run."""

from __future__ import annotations

from pathlib import Path

import click

from ykt_conformance.judge import campaign as campaigns
from ykt_sim.bench import files
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json


@click.group(name="campaign")
def campaign_group() -> None:
    """Write and check what heads a report: laboratory, product, reader, exclusions (检测任务)."""


@campaign_group.command(
    epilog="""\b
Examples:
  ykt conform campaign new --out campaign.toml
  ykt conform card --target sim:dual --campaign campaign.toml --out report
"""
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
def new(*, out: Path | None, force: bool) -> None:
    """Write an empty campaign file with a comment at every entry."""
    text = campaigns.new()
    if out is None:
        click.echo(text, nl=False)
        return
    files.must_be_new(out, force=force)
    files.write_text(out, text)
    click.echo(f"{out}: written")


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
