"""Ways to reach a card or a SAM, and wrappers around them.

A link has three methods, keeps no meaning and never raises on a status word. Recording,
faults and GET RESPONSE are wrappers; what a link talks to is not its business.
"""

from ykt_sim.transport.chaining import ResponseChaining
from ykt_sim.transport.faults import FaultLink
from ykt_sim.transport.link import LINKS, Link, open_link
from ykt_sim.transport.local import EngineLink
from ykt_sim.transport.record import Recorder

__all__ = [
    "LINKS",
    "EngineLink",
    "FaultLink",
    "Link",
    "Recorder",
    "ResponseChaining",
    "open_link",
]
