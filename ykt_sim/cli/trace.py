"""`ykt trace`: the table of verbs on recorded exchanges."""

from __future__ import annotations

import click

from ykt_sim.cli.shell import Lazy, LazyGroup

VERBS = {
    "show": Lazy("ykt_sim.cli.trace_show:show", "Show traces as a ladder, everything decoded."),
    "sessions": Lazy("ykt_sim.cli.trace_sessions:sessions", "List the cards in a trace."),
    "formats": Lazy("ykt_sim.cli.trace_sessions:formats", "List formats that are read, written."),
    "convert": Lazy("ykt_sim.cli.trace_convert:convert", "Write a trace in another format."),
    "dissector": Lazy("ykt_sim.cli.trace_convert:dissector", "Write Wireshark's dissector."),
    "diff": Lazy("ykt_sim.cli.trace_diff:diff", "Say what really differs between two traces."),
    "sanitise": Lazy("ykt_sim.cli.trace_sanitise:sanitise", "Make traces fit to be given away."),
    "replay": Lazy(
        "ykt_sim.cli.trace_replay:replay", "Send a terminal's commands to a card again."
    ),
    "serve": Lazy("ykt_sim.cli.trace_serve:serve", "Play a recorded card to a terminal."),
}


@click.group(cls=LazyGroup, lazy=VERBS)
def trace() -> None:
    """Show, compare and prepare recorded APDU exchanges (报文记录).

    A trace is a file of JSON Lines, written by 'ykt tap --trace' and 'ykt demo', or a log or
    capture of another program: see 'ykt trace formats'.
    """
