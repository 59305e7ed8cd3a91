"""The model of a PSAM beside our own PSAM, and beside answers that are wrong in one point."""

from __future__ import annotations

import pytest

from ykt_conformance.drive.limits import seeded
from ykt_conformance.ics import form as forms
from ykt_conformance.model import Psam
from ykt_sim.bench import make
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.trace.model import Exchange, Reset
from ykt_sim.transport import EngineLink

_FORM = forms.load("bus-upgraded").values
SELECT, TERMINAL = "00A4000002801100", "00B0960006"
#: Random, counter, amount, type, date and time, version, algorithm, card and issuer.
INIT = "8070000024" + "01020304" + "0005" + "000000C8" + "09" + "20250601081733" + "0100" + (
    "5170010000000107" + "01011000FFFFFFFF"
) + "08"  # fmt: skip


class Lane:
    """Our PSAM, and the model that sees what it says."""

    def __init__(self, keys: KeyRing | None = None) -> None:
        self.psam = Psam.of(_FORM, keys or KeyRing())
        image = make.make_sam(load_terminal_profile("bus-upgraded"), seeded(1, "psam"))
        self._link = EngineLink(image)
        self._link.power_on()

    def say(self, command: str, answer: str | None = None) -> list[str]:
        """Rules that are broken by the PSAM's answer, or by another one."""
        data = bytes.fromhex(command)
        self.answer = self._link.transmit(data)
        told = self.answer if answer is None else bytes.fromhex(answer)
        event = Exchange(t=0, channel="sam", command=data, response=told)
        return [one.rule.id for one in self.psam.take(event)]


def _mac2(lane: Lane) -> str:
    """What the model holds for the right MAC2."""
    opened = lane.psam._open
    assert opened is not None
    assert opened.mac2 is not None
    return "8072000004" + opened.mac2.hex()


def test_our_own_psam_breaks_nothing() -> None:
    lane = Lane()
    for command in (SELECT, TERMINAL, TERMINAL, INIT):
        assert lane.say(command) == [], command
    assert lane.say(_mac2(lane)) == []
    assert lane.answer == b"\x90\x00"
    assert lane.say("807200000400000000") == []
    assert lane.say(INIT) == []
    assert lane.say("807200000400000000") == []
    assert lane.answer != b"\x90\x00"
    assert lane.say("80700000040000000008") == []
    assert (lane.psam.judged, lane.psam.not_stated) == (8, 1)


@pytest.mark.parametrize(
    ("before", "command", "answer", "rule"),
    [
        ([SELECT, TERMINAL], TERMINAL, "4131581001039000", "R-SAM-FILE"),
        ([SELECT], TERMINAL, "4131581001039000", "R-SAM-TERMINAL"),
        ([SELECT, TERMINAL], INIT, "00000001000000009000", "R-SAM-MAC1"),
        ([SELECT, TERMINAL], INIT, "000000019000", "R-SAM-MAC1"),
        ([SELECT, TERMINAL], "80700000040000000008", "00000001000000009000", "R-SAM-LENGTH"),
        ([SELECT], "807200000400000000", "9000", "R-SAM-ORDER"),
        ([SELECT, INIT], "807200000400000000", "9000", "R-SAM-MAC2"),
    ],
)
def test_each_wrong_answer_breaks_its_rule(
    before: list[str], command: str, answer: str, rule: str
) -> None:
    lane = Lane()
    for one in before:
        assert lane.say(one) == []
    assert rule in lane.say(command, answer)


def test_the_right_mac2_is_taken() -> None:
    lane = Lane()
    assert lane.say(INIT) == lane.say(SELECT) == []
    lane.say(INIT)
    assert lane.say(_mac2(lane), "9302") == ["R-SAM-MAC2"]


def test_a_number_is_not_given_twice_once_its_mac2_was_checked() -> None:
    lane = Lane()
    lane.say(SELECT)
    lane.say(INIT)
    first = lane.answer.hex()
    assert lane.say(INIT, first) == []  # nobody paid by it
    lane.say(_mac2(lane), "9000")
    assert "R-SAM-NUMBER" in lane.say(INIT, first)


def test_without_keys_and_with_other_commands_nothing_is_stated() -> None:
    lane = Lane(KeyRing(test_keys=False))
    assert lane.say(INIT, "00000001000000009000") == []
    assert lane.say("807200000400000000", "9000") == []
    assert lane.say("801A260108" + "00" * 8, "9000") == []
    assert lane.say("80FA000008" + "00" * 8, "") == []
    assert lane.psam.not_stated == 3
    lane.psam.take(Reset(t=0, channel="sam", atr=b"\x3b"))
    assert lane.say("807200000400000000", "9000") == ["R-SAM-ORDER"]
