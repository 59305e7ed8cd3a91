"""`ykt conform list`: the cases."""

from __future__ import annotations

import click

from ykt_conformance.cases.registry import SUITE_VERSION, all_cases, record, suite_sha256
from ykt_conformance.cases.select import choose
from ykt_sim.cli.conform.subjects import SUBJECT
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json


@click.command(
    name="list",
    epilog="""\b
Examples:
  ykt conform list
  ykt conform list --select '"CL-SEL-001" in clauses' --json
""",
)
@click.option("--subject", type=SUBJECT, help="Cards or terminals; default: both.")
@click.option("--select", "where", default="", metavar="EXPR",
              help="Over id, group, subject, title, clauses, official, needs.")  # fmt: skip
@json_option
def list_(*, subject: str | None, where: str, as_json: bool) -> None:
    """List the cases (检测项目)."""
    known = tuple(case for case in all_cases() if subject in (None, case.subject))
    chosen = choose(known, where=where)
    if as_json:
        suite = {"version": SUITE_VERSION, "sha256": suite_sha256()}
        print_json({"suite": suite, "cases": [record(case) for case in chosen]}, indent=1)
        return
    group = ""
    for case in chosen:
        if group != f"{case.subject}: {case.group}":
            group = f"{case.subject}: {case.group}"
            click.echo(f"\n{group}")
        click.echo(f"  {case.id}  {case.title} {case.title_zh}  [{', '.join(case.clauses)}]")
    click.echo(f"\n{len(chosen)} cases, suite {SUITE_VERSION}")
