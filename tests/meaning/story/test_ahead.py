"""What is held back, and what the masker is told."""

from __future__ import annotations

from collections.abc import Iterator

from ykt_sim.cli.kit.ladder import Pen, checked_rows
from ykt_sim.codes import AID_TUNION_EP
from ykt_sim.meaning.cryptograms import check
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.story.ahead import Ahead, Item
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.model import Event, Exchange, Header
from ykt_sim.trace.opening import Named
from ykt_sim.wire.files import TunionApplication

#: Of no issuer whose numbers are known by their beginning.
PAN = "06217000102030405827"
APPLICATION = TunionApplication.parse(bytes.fromhex(TunionApplication.EXAMPLE)).replace(pan=PAN)
SELECT = Exchange(
    t=0.0, channel="card", command=b"\x00\xa4\x04\x00\x08" + AID_TUNION_EP, response=b"\x90\x00"
)
#: A file that nothing is known of, with the card's number in it.
ODD = Exchange(
    t=1.0,
    channel="card",
    command=bytes.fromhex("00B08A0000"),
    response=bytes.fromhex(PAN) + b"\x90\x00",
)
EF15 = Exchange(
    t=2.0,
    channel="card",
    command=bytes.fromhex("00B0950000"),
    response=APPLICATION.build() + b"\x90\x00",
)


class Counting(Masker):
    """Counts what it is told."""

    taken = 0

    def take(self, item: Understood) -> None:
        self.taken += 1
        super().take(item)


def items(*events: Event) -> Iterator[Item]:
    named = Named(1, "trace", Header())
    yield named, None
    for one in check(events):
        yield named, one


def test_what_is_known_is_not_told_again() -> None:
    masker = Counting()
    ahead = Ahead(items(SELECT, EF15, *[SELECT, ODD, EF15] * 5), masker)
    assert len(list(ahead)) == 18
    told = masker.taken
    assert 0 < told < 6
    assert ahead.learnt >= told


def test_rows_are_made_anew_when_more_is_to_be_hidden() -> None:
    masker = Masker()
    ahead = Ahead(items(SELECT, ODD, ODD, EF15, ODD, ODD), masker, window=0)
    pen = Pen(hide=masker.text, learnt=lambda: ahead.learnt, room=200)
    shown = [
        "\n".join(checked_rows(item, pen, fields=False, told=False))
        for _, item in ahead
        if item is not None
    ]
    assert PAN in shown[2]
    # Read after the same file as the one before it, so it is the same exchange.
    assert PAN not in shown[5]
    assert "*****" in shown[5]
