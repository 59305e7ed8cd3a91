"""Cards for the slots of a virtual reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from ykt_sim.bench.images import save_card
from ykt_sim.bench.make import make_card
from ykt_sim.bench.slots import serve_card
from ykt_sim.errors import UsageError
from ykt_sim.transport import Factual, Tearable
from ykt_sim.transport.serving import Served
from ykt_sim.transport.vpcd import Address

AT = Address("127.0.0.1", 1)


@pytest.fixture
def serve():
    made: list[Served] = []

    def make(name: str, **more: bool) -> Served:
        made.append(serve_card(name, AT, **more))
        return made[-1]

    yield make
    for one in made:
        one.slot.stop()
        one.slot.run()  # ends at once, and gives up what it holds


def test_a_new_card_can_be_made_anew_and_comes_back(serve) -> None:
    served = serve("sim:dual?balance=7", inserted=False)
    assert (served.name, served.slot.address, served.slot.inserted) == (
        "sim:dual?balance=7",
        AT,
        False,
    )
    assert served.renew is not None
    renewed = served.renew(1), served.renew(1)
    assert renewed[0] is not renewed[1]
    assert isinstance(renewed[0], Tearable)
    assert isinstance(served.slot.card, Factual)


@pytest.mark.parametrize("front", ["", "sim:"])
def test_a_card_in_a_file_stays_what_it_is(serve, tmp_path: Path, front: str) -> None:
    path = tmp_path / "card.json"
    save_card(path, make_card("lnt").snapshot())
    served = serve(f"{front}{path}")
    assert served.renew is None
    assert served.slot.inserted
    assert isinstance(served.slot.card, Tearable)


@pytest.mark.parametrize("name", ["sam:bus-upgraded", "null:"])
def test_what_else_is_served(serve, name: str) -> None:
    served = serve(name)
    assert served.renew is None
    assert not isinstance(served.slot.card, Factual)


def test_what_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a card in a real reader is in PC/SC already"):
        serve_card("pcsc:0", AT)
    with pytest.raises(UsageError, match="cannot open 'pipe:cat'"):
        serve_card("pipe:cat", AT)
    with pytest.raises(FileNotFoundError):
        serve_card(str(tmp_path / "none.json"), AT)
