"""The line MAC of a command, and the challenge under it [GM 7.2, 7.10]."""

from __future__ import annotations

from typing import Final

from ykt_conformance.drive.reckon import line_mac
from ykt_conformance.model.expect import Errors
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import Directory
from ykt_conformance.model.world import World
from ykt_sim.codes import SW
from ykt_sim.wire.apdu import Command

#: Bytes of a line MAC.
LINE_MAC: Final = 4
#: What says that a challenge is missing or stale.
STALE: Final = (SW.CHALLENGE_INVALID, SW.CONDITIONS, SW.SM_MAC_WRONG, SW.SECURITY)


def no_challenge(world: World, errors: Errors) -> None:
    """A MAC needs a challenge that is good."""
    challenge = world.session.challenge
    if not challenge:
        errors.add(RULES["AUTH-STALE"], "challenge", *STALE, sure=challenge is not None)


def mac_is_right(world: World, command: Command, role: str) -> bool | None:
    """Whether a command carries the right line MAC under the challenge; None: nobody can tell."""
    key, challenge = world.key(role), world.session.challenge
    if key is None or not challenge or len(command.data) < LINE_MAC:
        return None
    body, got = command.data[:-LINE_MAC], command.data[-LINE_MAC:]
    return line_mac(key, command.header + body, challenge) == got


def line_right(here: Directory) -> None:
    """A right line MAC: the wrong ones before it do not count any more."""
    here.line_update, here.line_other = 0, 0
