"""Ways to reach a card or a SAM, and wrappers around them.

A link has three methods, keeps no meaning and never raises on a status word. Recording,
faults, GET RESPONSE and the guard before real cards are wrappers; what a link talks to is
not its business. What a name such as ``pcsc:0`` means is read above, in `ykt_sim.bench.targets`.
"""

from ykt_sim.transport.chaining import ResponseChaining
from ykt_sim.transport.faults import FaultLink
from ykt_sim.transport.link import Factual, InReader, Link, Renewable, Tearable
from ykt_sim.transport.local import EngineLink
from ykt_sim.transport.record import Recorder

__all__ = [
    "EngineLink",
    "Factual",
    "FaultLink",
    "InReader",
    "Link",
    "Recorder",
    "Renewable",
    "ResponseChaining",
    "Tearable",
]
