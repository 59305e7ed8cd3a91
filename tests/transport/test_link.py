"""What links can do besides is asked for by protocol."""

from __future__ import annotations

import pytest

from ykt_sim.bench.make import SimCardLink, make_card
from ykt_sim.transport import EngineLink, Factual, FaultLink, InReader, Tearable
from ykt_sim.transport.guard import WriteGuard
from ykt_sim.transport.null import NullLink
from ykt_sim.transport.pcsc import PcscLink, ReaderLink

PLAIN = NullLink()
SIM = SimCardLink(make_card("dual"))


@pytest.mark.parametrize(
    ("link", "can"),
    [
        (PLAIN, ()),
        (EngineLink(make_card("dual")), ()),
        (SIM, (Tearable, Factual)),
        (FaultLink(SIM, after=1), ()),
        (WriteGuard(SIM), ()),
        (PcscLink("0"), (InReader,)),
        (ReaderLink(PcscLink("0")), (InReader,)),
    ],
    ids=["null", "engine", "simulated", "pulled", "guarded", "reader", "reader with T=0"],
)
def test_abilities(link: object, can: tuple[type, ...]) -> None:
    found = tuple(kind for kind in (Tearable, Factual, InReader) if isinstance(link, kind))
    assert found == can
