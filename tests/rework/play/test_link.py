"""A played recording at the end of a link."""

from __future__ import annotations

import pytest

from tests.trace.corpus import talk
from ykt_sim.errors import CardRemovedError
from ykt_sim.rework.play.card import make_player
from ykt_sim.rework.play.exact import ExactPlayer
from ykt_sim.rework.play.link import PlayedLink
from ykt_sim.rework.play.report import Manner


def test_no_answer_in_the_trace_is_a_card_that_left():
    trace = talk("0084000004 > 9000", "00B0950000 >")
    player = ExactPlayer(trace)
    link = PlayedLink(player, player.report)
    link.power_on()
    assert link.transmit(bytes.fromhex("0084000004")) == b"\x90\x00"
    with pytest.raises(CardRemovedError, match="no answer here"):
        link.transmit(bytes.fromhex("00B0950000"))
    with pytest.raises(CardRemovedError, match="no power"):
        link.transmit(bytes.fromhex("0084000004"))


def test_warnings_are_told_once_and_the_end_is_called():
    said, ended = [], []
    player = make_player(talk("0084000004 > 9000"), bytes, manner=Manner("stop"))
    link = PlayedLink(player, player.report, said.append)
    link.ended = lambda: ended.append(True)
    link.power_on()
    player.report.warnings["odd"] = None
    link.transmit(bytes.fromhex("0084000004"))
    link.transmit(bytes.fromhex("0084000004"))
    assert said.count("warning: odd") == 1
    assert not ended
    link.transmit(bytes.fromhex("00B0950000"))
    assert ended
