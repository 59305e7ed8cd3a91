"""Entry: which AID, which way, which bytes."""

from __future__ import annotations

import pytest

from tests.terminal.playbook import EF15, FCI, LNT15
from ykt_sim.codes import AID_TUNION_EC, AID_TUNION_EP
from ykt_sim.errors import WireError
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.rules import RULES

LONG = AID_TUNION_EP + bytes(8)


@pytest.mark.parametrize(
    ("listed", "aid"),
    [
        ([AID_TUNION_EC, AID_TUNION_EP, LONG], AID_TUNION_EP),
        ([LONG, AID_TUNION_EP], LONG),
        ([AID_TUNION_EC, AID_TUNION_EP[:-1]], None),
        ([], None),
    ],
)
def test_the_first_aid_that_begins_with_ours(listed: list[bytes], aid: bytes | None) -> None:
    assert RULES.tunion_aid(listed) == aid


def test_a_reset_lies_before_basic() -> None:
    assert RULES.ways_to_basic() == (ev.TryReset(), ev.TryBasic())


def test_9f0c_is_found_by_its_tags() -> None:
    assert RULES.application_in_fci(bytes.fromhex(FCI)) == bytes.fromhex(EF15)
    assert RULES.application_in_fci(bytes.fromhex("6F0A8408A000000632010105")) is None
    with pytest.raises(WireError):
        RULES.application_in_fci(bytes.fromhex("6F31"))


def test_70_bytes_of_basic_whatever_the_file_holds() -> None:
    file = bytes.fromhex(LNT15)
    assert len(file) == 70
    assert RULES.lnt_application(file + b"\x01") == file
    assert RULES.lnt_application(file[:68]) == file[:68] + b"\xff\xff"
    assert RULES.lnt_application(file[:67]) == file[:67]
