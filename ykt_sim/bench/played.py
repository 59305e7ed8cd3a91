"""The target ``trace:FILE``: the card of a recording, played by meaning."""

from __future__ import annotations

from pathlib import Path

from ykt_sim.bench.chance import rng
from ykt_sim.bench.targets import FRAGMENTS, FRESH, Name, Opening, Target
from ykt_sim.rework.play.card import make_player
from ykt_sim.rework.play.link import PlayedLink
from ykt_sim.trace.opening import Choice, card_trace
from ykt_sim.transport import Link


def trace(name: Name) -> Target:
    """The card of one conversation of a file, without its keys: its codes are the recorded ones."""
    choice = Choice(name.options.get("from", ""), name.options.get("session", ""))

    def opened(how: Opening) -> Link:
        player = make_player(card_trace(Path(name.rest), choice), rng(how.seed))
        return PlayedLink(player, player.report)

    return Target(name, frozenset({FRESH, FRAGMENTS}), opened)
