"""`ykt trace`: the table of verbs on recorded exchanges."""

from __future__ import annotations

import click

from ykt_sim.cli.kit.shell import Lazy, LazyGroup

VERBS = {
    "show": Lazy("trace.show:show", "Show traces as a ladder, everything decoded."),
    "sessions": Lazy("trace.sessions:sessions", "List the cards in a trace."),
    "formats": Lazy("trace.sessions:formats", "List formats that are read, written."),
    "convert": Lazy("trace.convert:convert", "Write a trace in another format."),
    "dissector": Lazy("trace.convert:dissector", "Write Wireshark's dissector."),
    "diff": Lazy("trace.diff:diff", "Say what really differs between two traces."),
    "sanitise": Lazy("trace.sanitise:sanitise", "Make traces fit to be given away."),
    "replay": Lazy("trace.replay:replay", "Send a terminal's commands to a card again."),
    "serve": Lazy("trace.serve:serve", "Play a recorded card to a terminal."),
}


@click.group(cls=LazyGroup, lazy=VERBS)
def trace() -> None:
    """Show, compare and prepare recorded APDU exchanges (报文记录).

    A trace is a file of JSON Lines, written by 'ykt tap --trace' and 'ykt demo', or a log or
    capture of another program: see 'ykt trace formats'.
    """
