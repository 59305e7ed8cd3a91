"""`ykt trace serve`: the card's side of a recording, played to a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ykt_sim.bench.chance import rng
from ykt_sim.cli.kit.params import json_option, seed_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED
from ykt_sim.cli.trace.sources import card_trace, choice_options
from ykt_sim.cli.trace.words import CardKeys, keys_option
from ykt_sim.errors import UsageError
from ykt_sim.rework.play.card import make_player
from ykt_sim.rework.play.link import PlayedLink
from ykt_sim.rework.play.report import Manner, PlayReport
from ykt_sim.trace.opening import Choice, damaged
from ykt_sim.transport.address import is_loopback
from ykt_sim.transport.signals import stopped_by_signals
from ykt_sim.transport.tcp import LineServer, read_listen
from ykt_sim.transport.vpcd import HOST, PORT, VirtualSlot, read_slot

#: Unknown commands that are listed; --json lists all that were kept.
_SHOWN: Final = 20


@click.command(
    epilog="""\b
Examples:
  ykt trace serve tap.jsonl --vpcd --keys testkeys
  ykt trace serve tap.jsonl --tcp 127.0.0.1:4747 --exact
  ykt trace serve log.txt --session 'Reader 00' --tcp :4747 --unknown nearest

\b
--vpcd wants pcscd with vsmartcard-vpcd, here; write it behind FILE.
Ctrl-C, SIGTERM end it; then what the trace did not know is listed.

\b
Exit codes: 130, 143 ended by Ctrl-C, SIGTERM; 1 ended by --unknown stop;
2 wrong words or files.
"""
)
@click.argument("trace_file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--vpcd", is_flag=False, flag_value=f"{HOST}:{PORT}", metavar="[HOST:PORT]",
              help=f"Put the card into the virtual reader ({HOST}:{PORT}).")  # fmt: skip
@click.option("--tcp", metavar="HOST:PORT", help="Speak the line protocol; this machine only.")
@keys_option("Keys of the card, to work out its MACs and TACs.")
@click.option("--exact", is_flag=True, help="Only the recorded commands, in their order.")
@click.option("--unknown", default="", metavar="SW|nearest|stop",
              help="Answer to what the trace does not know; default: by rule.")  # fmt: skip
@click.option("--once", is_flag=True, help="A reset goes on in the trace, not anew.")
@choice_options
@seed_option
@json_option
def serve(  # noqa: PLR0913 - one word for each option
    *, trace_file: Path, vpcd: str | None, tcp: str | None, keys: CardKeys | None, exact: bool,
    unknown: str, once: bool, choice: Choice, seed: int | None, as_json: bool,
) -> int:  # fmt: skip
    """Play a recorded card to a terminal (回放).

    Commands are matched by meaning; amounts, terminals, dates and serials may differ.
    Answers come from the trace with new randoms, balances and counters that go on, and
    right codes where keys are given. After a reset the card begins anew.
    """
    if (vpcd is None) == (tcp is None):
        raise UsageError("give one of --vpcd and --tcp: where is the terminal?")
    if exact and unknown:
        raise UsageError("--exact refuses whatever is out of order: leave out --unknown")
    trace = card_trace(trace_file, choice)
    player = make_player(trace, rng(seed), keys.ring if keys is not None else None, exact=exact,
                         manner=Manner(unknown, once))  # fmt: skip
    if damaged(trace):
        _say(f"note: {damaged(trace)} damaged places in the file")
    link = PlayedLink(player, player.report, _say)
    server = _server(link, vpcd, tcp)
    link.ended = server.stop
    with stopped_by_signals(server.stop) as got:
        server.run()
    _show(player.report, as_json=as_json)
    if got:
        return 128 + got[0]
    return FAILED if player.report.stopped else 0


def _server(link: PlayedLink, vpcd: str | None, tcp: str | None) -> VirtualSlot | LineServer:
    if vpcd is not None:
        slot = read_slot(vpcd)
        if not is_loopback(slot.host):
            raise UsageError(
                f"{vpcd!r}: a recorded card is played on this machine only, such as {HOST}:{PORT}"
            )
        return VirtualSlot(slot, link, comes_back=True, say=_say)
    server = LineServer(read_listen(tcp or ""), link, say=_say)
    _say(f"listening on {server.address}")
    return server


def _say(line: str) -> None:
    click.echo(f"ykt: {line}", err=True)


def _show(report: PlayReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report.to_json(), indent=1)
        return
    found = list(report.unknown.values())
    times = sum(one.count for one in found)
    click.echo(f"{report.commands} commands answered, {times} of them not known")
    for one in found[:_SHOWN]:
        click.echo(f"  {one}")
    if len(found) > _SHOWN:
        click.echo(f"  and {len(found) - _SHOWN} more")
    if report.stopped:
        click.echo(f"stopped: {report.stopped}")
