"""Recordings of what passed between a terminal, its SAM and a card.

`model` holds the events, `jsonl` reads and writes them, `readers` take the logs of other
programs and `writers` give traces to them. What the bytes mean is not known here (see
`ykt_sim.meaning`): nothing here talks to a card, and nothing here judges one.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.trace.jsonl import TraceReader, TraceWriter, write_trace
    from ykt_sim.trace.model import Channel, Event, Exchange, Header, Note, Removed, Reset, Trace
    from ykt_sim.trace.opening import (
        Choice,
        Conversation,
        Opened,
        Telling,
        card_trace,
        conversations,
        open_trace,
        whole_trace,
    )
    from ykt_sim.trace.summary import Summary, summaries
else:
    __getattr__ = late(
        __name__,
        {
            "jsonl": "TraceReader TraceWriter write_trace",
            "model": "Channel Event Exchange Header Note Removed Reset Trace",
            "opening": "Choice Conversation Opened Telling card_trace conversations open_trace "
            "whole_trace",
            "summary": "Summary summaries",
        },
    )

__all__ = [
    "Channel",
    "Choice",
    "Conversation",
    "Event",
    "Exchange",
    "Header",
    "Note",
    "Opened",
    "Removed",
    "Reset",
    "Summary",
    "Telling",
    "Trace",
    "TraceReader",
    "TraceWriter",
    "card_trace",
    "conversations",
    "open_trace",
    "summaries",
    "whole_trace",
    "write_trace",
]
