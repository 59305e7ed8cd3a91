"""Reading whatever card there is."""

from __future__ import annotations

import pytest

from ykt_sim.bench import reading
from ykt_sim.bench.reading import CardReading
from ykt_sim.errors import CardRemovedError, LinkError, UsageError, WriteRefusedError
from ykt_sim.terminal import inspection
from ykt_sim.transport.null import NullLink


class InReader(NullLink):
    """A card in a reader."""

    protocol = "T=1"
    reader = "ACME 00 00"
    closed = False

    def close(self) -> None:
        self.closed = True


def test_a_card_of_ours() -> None:
    read = CardReading("sim:dual?balance=500")
    found = read.read()
    purses = [purse for folder in found["directories"] for purse in folder["purses"]]
    assert {purse["balance"] for purse in purses} == {500}
    trace = read.trace()
    assert len(trace.exchanges) > 10
    assert trace.header.source.endswith(", sim:dual?balance=500")
    assert trace.header.provenance == "read from a card; whole card numbers are in it"


@pytest.mark.parametrize(("reader", "said"), [("ACME 00 00", "ACME 00 00 T=1"), ("", "pcsc:0 T=1")])
def test_a_reader_is_named(monkeypatch: pytest.MonkeyPatch, reader: str, said: str) -> None:
    link = InReader()
    monkeypatch.setattr(link, "reader", reader)
    monkeypatch.setattr(reading, "open_target", lambda _text, _kinds, **_more: link)
    read = CardReading("pcsc:0")
    read.read()
    assert link.closed
    assert read.trace().header.source.endswith(f", {said}")


def test_what_passed_before_it_broke_off_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Leaves(InReader):
        count = 0

        def transmit(self, apdu: bytes) -> bytes:
            self.count += 1
            if self.count > 3:
                raise CardRemovedError("gone")
            return super().transmit(apdu)

    link = Leaves()
    monkeypatch.setattr(reading, "open_target", lambda _text, _kinds, **_more: link)
    read = CardReading("pcsc:0")
    with pytest.raises(CardRemovedError):
        read.read()
    assert link.closed
    assert len(read.trace().exchanges) == 3


def test_what_no_card_says_is_the_links_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mute(InReader):
        def transmit(self, apdu: bytes) -> bytes:
            return b"\x90"

    monkeypatch.setattr(reading, "open_target", lambda _text, _kinds, **_more: Mute())
    with pytest.raises(LinkError, match="the card's answer cannot be read"):
        CardReading("pcsc:0").read()


def test_nothing_that_could_change_the_card_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def writes():
        yield inspection.POWER
        yield bytes.fromhex("00D6950001AA")

    monkeypatch.setattr(reading, "inspect", writes)
    with pytest.raises(WriteRefusedError):
        CardReading("null:").read()


def test_a_file_is_not_read_over_a_link() -> None:
    with pytest.raises(UsageError, match="starts with one of pcsc:, sim:, tcp:"):
        CardReading("card.json")
