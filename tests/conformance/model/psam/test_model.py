"""The model of a PSAM beside our own PSAM, and beside answers that are wrong in one point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ykt_conformance.drive.limits import seeded
from ykt_conformance.ics import form as forms
from ykt_conformance.model import Psam
from ykt_sim.bench import make
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.transport import EngineLink
from ykt_sim.wire.tlv import Fci

_FORM = forms.load("bus-upgraded").values
SELECT, TERMINAL = "00A4000002801100", "00B0960006"
#: Random, counter, amount, type, date and time, version, algorithm, card and issuer.
INIT = "8070000024" + "01020304" + "0005" + "000000C8" + "09" + "20250601081733" + "0100" + (
    "5170010000000107" + "01011000FFFFFFFF"
) + "08"  # fmt: skip


class Lane:
    """Our PSAM, and the model that sees what it says."""

    def __init__(self, keys: KeyRing | None = None, form: Mapping[str, Any] | None = None) -> None:
        self.psam = Psam(form or _FORM, keys or KeyRing(), new=True)
        image = make.make_sam(load_terminal_profile("bus-upgraded"), seeded(1, "psam"))
        self._link = EngineLink(image)
        self.reset()

    def reset(self) -> None:
        """Power off and on."""
        assert self.psam.reset(self._link.power_on()) == []

    def say(self, command: str, answer: str | None = None) -> list[str]:
        """Rules that are broken by the PSAM's answer, or by another one."""
        data = bytes.fromhex(command)
        self.answer = self._link.transmit(data)
        told = self.answer if answer is None else bytes.fromhex(answer)
        return [one.rule.id for one in self.psam.observe(data, told)]


def _mac2(lane: Lane) -> str:
    """What the model holds for the right MAC2."""
    opened = lane.psam.world.session.opened
    assert opened is not None
    assert opened.mac2 is not None
    return "8072000004" + opened.mac2.hex()


#: Of the other standard's application.
LNT_SELECT = "00A4000002801200"
CHALLENGE = "0084000008"
WRONG = "807200000400000000"


def _without(*entries: str) -> Mapping[str, Any]:
    """The form with nothing stated in these entries."""
    neutral = forms.read('version = 2\nkind = "terminal"\n[applications]\n', "none").values["psam"]
    return {**_FORM, "psam": {**_FORM["psam"], **{one: neutral[one] for one in entries}}}


def test_our_own_psam_breaks_nothing() -> None:
    lane = Lane()
    for command in (SELECT, TERMINAL, TERMINAL, "00B0960300", "00B0970000", CHALLENGE, INIT):
        assert lane.say(command) == [], command
    assert lane.say(_mac2(lane)) == []
    assert lane.answer == b"\x90\x00"
    for command in (WRONG, INIT, WRONG, "80700000040000000008", "00B0960600", "00B0990000",
                    "00A40000023F00", "00B0950000", LNT_SELECT, "00A4040008F000000000010105",
                    "007F000000", "80FA000008" + "00" * 8, "00B0", "8070000004"):  # fmt: skip
        assert lane.say(command) == [], command
        assert lane.psam.last != "not stated", command
    assert lane.answer != b"\x90\x00"


@pytest.mark.parametrize(
    ("before", "command", "answer", "rule"),
    [
        ([SELECT, "00B0970000"], "00B0970000", "0102039000", "R-SAM-FILE"),
        ([SELECT, "00B0970000"], "00B0970105", "02058109FF9000", "R-SAM-FILE"),
        ([SELECT], "00B0960003", "41315810019000", "R-SAM-TERMINAL"),
        ([SELECT], "00B0970000", "6A82", "R-SAM-FILE"),
        ([SELECT], TERMINAL, "4131581001039000", "R-SAM-TERMINAL"),
        ([SELECT], "00B0960600", "9000", "R-SAM-OFFSET"),
        ([], "00B0950000", "6A82", "R-SAM-FILE"),
        ([], SELECT, "6A82", "R-SAM-SELECT"),
        ([SELECT], SELECT, "6F009000", "R-SAM-FILE"),
        ([], "00A4040008F000000000010105", "9000", "R-SAM-ABSENT"),
        ([], "0084000004", "0102039000", "R-SAM-RANDOM"),
        ([], "0084000004", "000000009000", "R-SAM-RANDOM"),
        ([], "0084010004", "010203049000", "R-SAM-SHAPE"),
        ([], "007F000000", "9000", "R-SAM-SHAPE"),
        ([], "00B0", "9000", "R-SAM-SHAPE"),
        ([], "D070000000", "9000", "R-SAM-SHAPE"),
        ([SELECT, TERMINAL], INIT, "00000001000000009000", "R-SAM-MAC1"),
        ([SELECT, TERMINAL], INIT, "000000019000", "R-SAM-MAC1"),
        ([SELECT], INIT, "6A88", "R-SAM-KEY"),
        ([SELECT, INIT, WRONG], INIT, "6983", "R-SAM-KEY"),
        ([SELECT, INIT], INIT, "00000003000000009000", "R-SAM-NUMBER"),
        ([SELECT, INIT], INIT, "00000001000000009000", "R-SAM-NUMBER"),
        ([SELECT, TERMINAL], "80700000040000000008", "00000001000000009000", "R-SAM-LENGTH"),
        ([SELECT], WRONG, "9000", "R-SAM-ORDER"),
        ([SELECT, INIT], WRONG, "9000", "R-SAM-MAC2"),
        ([SELECT, INIT], "80720000030000009000", "9000", "R-SAM-SHAPE"),
        ([SELECT], "80FA000008" + "00" * 8, "00000000000000009000", "R-SAM-DES-ORDER"),
    ],
)
def test_each_wrong_answer_breaks_its_rule(
    before: list[str], command: str, answer: str, rule: str
) -> None:
    lane = Lane()
    for one in before:
        assert lane.say(one) == []
    assert rule in lane.say(command, answer)


def test_the_fci_of_a_name_begins_with_it() -> None:
    name = bytes(Fci.parse(_selected(LNT_SELECT)).df_name)
    beginning, other = name[:-1], name[:-1] + bytes((name[-1] ^ 1,))
    for asked, rules in ((name, []), (beginning, []), (other, ["R-SAM-SELECT"])):
        lane = Lane()
        command = f"00A40400{len(asked):02X}{asked.hex()}"
        assert lane.say(command, _selected(LNT_SELECT).hex() + "9000") == rules


def _selected(command: str) -> bytes:
    """The FCI that our PSAM gives."""
    lane = Lane()
    assert lane.say(command) == []
    return lane.answer[:-2]


def test_no_challenge_repeats_a_mac1_or_counts() -> None:
    lane = Lane()
    assert lane.say(SELECT) == lane.say(INIT) == []
    mac1 = lane.answer[4:8].hex()
    assert lane.say("0084000004", f"{mac1}9000") == ["R-SAM-RANDOM"]
    assert lane.say("0084000008", f"01{mac1}0203049000") == ["R-SAM-RANDOM"]
    for challenge in ("FFFFFF01", "FFFFFF81"):
        assert lane.say("0084000004", f"{challenge}9000") == []
    assert lane.say("0084000004", "000000019000") == ["R-SAM-RANDOM"]


def test_the_right_mac2_is_taken_once() -> None:
    lane = Lane()
    assert lane.say(SELECT) == lane.say(INIT) == []
    right = _mac2(lane)
    assert lane.say(right, "9302") == ["R-SAM-MAC2"]
    assert lane.say(INIT) == []
    right = _mac2(lane)
    assert lane.say(right) == []
    assert lane.say(right, "9000") == ["R-SAM-ORDER"]


def test_a_wrong_mac2_and_a_reset_end_the_purchase() -> None:
    for ending in (WRONG, "reset", SELECT):
        lane = Lane()
        assert lane.say(SELECT) == lane.say(INIT) == []
        right = _mac2(lane)
        if ending == "reset":
            lane.reset()
        else:
            assert lane.say(ending) == []
        assert lane.say(right, "9000") == ["R-SAM-ORDER"], ending


def test_whether_select_ends_a_purchase_is_not_stated_unless_the_form_says_so() -> None:
    for answer in ("9000", "6901"):
        lane = Lane(form=_without("select_ends"))
        assert lane.say(SELECT) == lane.say(INIT) == lane.say(SELECT) == []
        assert lane.say(_mac2(lane), answer) == []
        assert lane.say(WRONG, "9000") == ["R-SAM-ORDER"]


@pytest.mark.parametrize(
    "refused",
    ["00A4000002DF01", "00A4050002DF01", "00A4000003112233", "00A4000102DF01", "00A4040000"],
)
@pytest.mark.parametrize("answer", ["6985", None])
def test_whether_a_refused_select_leaves_the_application_is_not_stated(
    refused: str, answer: str | None
) -> None:
    lane = Lane()
    assert lane.say(SELECT) == lane.say(refused) == []
    assert lane.say(INIT, answer) == []


def test_a_number_is_not_given_twice_once_its_mac2_was_checked() -> None:
    lane = Lane(form=_without("counts"))
    lane.say(SELECT)
    lane.say(INIT)
    first = lane.answer.hex()
    assert lane.say(INIT, first) == []  # nobody paid by it
    lane.say(_mac2(lane), "9000")
    assert "R-SAM-NUMBER" in lane.say(INIT, first)


def test_a_number_that_never_came_may_be_used_or_not() -> None:
    for answered in (False, True):
        lane = Lane()
        assert lane.say(SELECT) == lane.say(INIT) == []
        if answered:
            lane.say(INIT)  # the PSAM counts, the model hears nothing
            lane.psam = Psam(_FORM, KeyRing(), new=True)
            assert lane.say(SELECT) == []
            lane.psam.world.state.least, lane.psam.world.state.exact = 2, True
        lane.psam.observe(bytes.fromhex(INIT), b"")
        lane.reset()
        assert lane.say(SELECT) == lane.say(INIT) == []


def test_as_many_wrong_mac2_as_the_form_says_lock_the_key_and_a_right_one_gives_them_back() -> None:
    lane = Lane()
    assert lane.say(SELECT) == []
    for number in range(15):
        assert lane.say(INIT) == [], number
        assert lane.say(WRONG if number != 3 else _mac2(lane)) == [], number
    for number in range(4):
        assert lane.say(INIT) == [], number
        assert lane.say(WRONG) == []
    assert lane.say(INIT) == []
    assert lane.psam.last == "locked"
    assert lane.say(INIT, "00000014000000009000") == ["R-SAM-LOCK"]


def test_without_keys_and_with_other_commands_nothing_is_stated() -> None:
    lane = Lane(KeyRing(test_keys=False))
    assert lane.say(SELECT) == []
    assert lane.say(INIT, "00000001000000009000") == []
    assert lane.say(WRONG, "9000") == []
    for command in ("801A260108" + "00" * 8, "00C0000000", "0084000003", "00A40000028099"):
        assert lane.say(command) == []
        assert lane.psam.last == "not stated", command


def test_des_makes_the_same_of_the_same() -> None:
    lane, opened, data = Lane(), "801A260108" + "11" * 8, "80FA000008" + "00" * 8
    assert lane.say(opened, "9000") == lane.say(data, "01020304050607089000") == []
    lane.reset()
    assert lane.say(data, "01020304050607089000") == ["R-SAM-DES-ORDER"]
    lane.reset()
    assert lane.say(opened, "9000") == []
    assert lane.say(data, "11020304050607089000") == ["R-SAM-DES"]
    lane.reset()
    assert lane.say(opened, "9000") == lane.say(data, "6985") == []
    assert lane.say(opened, "9000") == []
    assert lane.say(data, "0102039000") == ["R-SAM-DES"]


def test_a_form_that_says_nothing_of_the_psam_fails_none_of_its_ways() -> None:
    lane = Lane(form=_without("tunion", "lnt", "key", "counts", "select_ends", "tries"))
    for command, answer in (
        (SELECT, "6A82"), (SELECT, "9000"), (TERMINAL, "6A82"), (INIT, "6985"), (INIT, None),
        ("00B0970000", "6A82"), ("00A40000028022", "9000"),
    ):  # fmt: skip
        assert lane.say(command, answer) == [], command


def test_behind_a_gap_what_was_seen_stays_true_and_nothing_else_is_believed() -> None:
    lane = Lane()
    assert lane.say(SELECT) == lane.say(INIT) == []
    lane.psam.gap()
    assert lane.say(WRONG, "9000") == []
    assert lane.say(INIT, "00000001000000009000") == ["R-SAM-NUMBER"]
