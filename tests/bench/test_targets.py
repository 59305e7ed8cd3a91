"""Names of cards to replay against."""

from __future__ import annotations

import pytest

from ykt_sim.bench.images import save_card
from ykt_sim.bench.make import make_card
from ykt_sim.bench.targets import open_card_target
from ykt_sim.errors import LinkError, UsageError, WriteRefusedError
from ykt_sim.transport import guard
from ykt_sim.transport.guard import Permit, WriteGuard
from ykt_sim.transport.null import NullLink

INIT = bytes.fromhex("805001020B01000000A041313010013700")


@pytest.mark.parametrize("target", ["dual", "null:", "sam:bus-upgraded", "", "SIM:dual", ":x"])
def test_no_such_target(target):
    with pytest.raises(UsageError, match="pcsc:, tcp:"):
        open_card_target(target)


def test_a_card_file_is_saved(tmp_path):
    path = tmp_path / "card.json"
    save_card(path, make_card("lnt").snapshot())
    before = path.read_text()
    link = open_card_target(f"sim:{path}", seed=1)
    link.power_on()
    for _ in range(2):
        link.transmit(bytes.fromhex("00A40400085041592E5449434C00"))
        link.transmit(bytes.fromhex("0020000003999999"))
    link.close()
    assert path.read_text() != before


def test_a_profile_with_options():
    link = open_card_target("sim:tunion?balance=123", seed=1)
    link.power_on()
    link.transmit(bytes.fromhex("00A4040008A00000063201010500"))
    assert link.transmit(bytes.fromhex("805C000204")).hex() == "0000007b9000"
    with pytest.raises(UsageError, match="no option 'colour'"):
        open_card_target("sim:tunion?colour=red")


class InReader(NullLink):
    """A card in a reader of a name; the guard looks through to it."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.link = self


@pytest.mark.parametrize("reader", ["Virtual PCD 00 00", "ACME 00 00"])
def test_a_card_in_a_reader_is_guarded(monkeypatch, reader):
    monkeypatch.setattr(guard, "open_reader", lambda _rest: InReader(reader))
    closed = open_card_target("pcsc:0")
    assert isinstance(closed, WriteGuard)
    closed.power_on()
    assert closed.transmit(bytes.fromhex("0084000004"))
    with pytest.raises(WriteRefusedError, match="may change the card"):
        closed.transmit(INIT)
    opened = open_card_target("pcsc:0", permit=Permit(allow=True, numbers=("virtual",)))
    if reader.startswith("Virtual"):
        opened.power_on()
        assert opened.transmit(INIT) == b"\x90\x00"
    else:
        with pytest.raises(LinkError, match="virtual reader only"):
            opened.power_on()
