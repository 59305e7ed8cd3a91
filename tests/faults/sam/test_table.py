"""Faults of PSAMs: names, and that each loses the number in its own way and in no other."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest

from tests.terminal.world import counting
from ykt_sim.bench.make import deviations, make_sam
from ykt_sim.errors import PowerCutError, UsageError
from ykt_sim.faults import sam as faults
from ykt_sim.faults.sam import FAULTS, check
from ykt_sim.sam import Psam
from ykt_sim.sam.memory import SamCutPlan, SamMemory

MAC1 = bytes.fromhex("80700000" "1C" + "00000002" "0001" "000000C8" "06" "20250601080010" "01" "00"
                     + "5100000000000001" + "08")  # fmt: skip
SELECT = bytes.fromhex("00A40000023F00")


def psam(*names: str) -> Psam:
    """A PSAM that has given away two numbers."""
    found = faults.make_sam(make_sam("bus-legacy").snapshot(), counting(), names)
    _on(found)
    assert [number(found), number(found)] == [1, 2]
    return found


def _on(found: Psam) -> None:
    found.power_on()
    for application in found.snapshot().applications:
        found.process(bytes.fromhex("00A4000002" + application.fid))


def number(found: Psam) -> int:
    """The number that MAC1 comes with; 0 where no answer came."""
    with suppress(PowerCutError):
        answer = found.process(MAC1)
        assert answer.endswith(b"\x90\x00"), answer.hex()
        return int.from_bytes(answer[:4], "big")
    return 0


def test_names_are_checked() -> None:
    assert check(["number-kept-late"]) == {"number-kept-late"}
    with pytest.raises(UsageError, match="no PSAM deviation nonsense; there are number-after-mac1"):
        faults.make_sam(make_sam("bus-legacy").snapshot(), counting(), ["nonsense"])


def test_each_says_in_one_line_what_is_wrong() -> None:
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)
        assert re.fullmatch(r"[^\n]+[^.\n]", fault.text)
        assert issubclass(fault.by, SamMemory)
    assert deviations("sam") == {name: fault.text for name, fault in FAULTS.items()}


def test_without_a_fault_no_number_comes_twice() -> None:
    for step in (1, 2):
        for torn in (True, False):
            sound = psam()
            sound.cut_plan(SamCutPlan(step, torn=torn))
            assert number(sound) == 0
            _on(sound)
            assert number(sound) >= 3


def test_mac1_is_out_and_its_number_is_not_kept() -> None:
    wrong = psam("number-after-mac1")
    wrong.cut_plan(SamCutPlan(1))
    assert number(wrong) == 3
    _on(wrong)
    assert number(wrong) == 3


def test_a_torn_slot_begins_anew() -> None:
    wrong = psam("number-in-one-slot")
    wrong.cut_plan(SamCutPlan(1))
    assert number(wrong) == 0
    _on(wrong)
    assert number(wrong) == 1


def test_the_last_number_is_not_kept_yet() -> None:
    wrong = psam("number-kept-late")
    _on(wrong)
    assert number(wrong) == 2


def test_a_reset_counts_back() -> None:
    wrong = psam("number-back-at-reset")
    assert number(wrong) == 3
    _on(wrong)
    assert number(wrong) == 3


def test_two_act_together() -> None:
    wrong = psam("number-back-at-reset", "number-after-mac1")
    wrong.cut_plan(SamCutPlan(1))
    assert number(wrong) == 3
    _on(wrong)
    assert number(wrong) == 2
