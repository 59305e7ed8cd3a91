"""Codes of e-cash records: told apart from those of a purse, and why they are not checked."""

from __future__ import annotations

import pytest

from ykt_sim.meaning import KeyRing
from ykt_sim.meaning.cryptograms import Status, check
from ykt_sim.trace.model import Exchange

RECORD = bytes.fromhex("2703") + bytes(range(126))
MAC = bytes.fromhex("A1B2C3D4")


def exchange(command: bytes, answer: bytes = b"") -> Exchange:
    return Exchange(t=0.0, channel="card", command=command, response=answer + b"\x90\0")


CHALLENGE = exchange(bytes.fromhex("0084000004"), bytes.fromhex("11223344"))
SELECT = exchange(
    bytes.fromhex("00A4040008A000000632010106"), bytes.fromhex("6F0A8408A000000632010106")
)
UPDATE = exchange(bytes.fromhex("84DE00D084") + RECORD + MAC, MAC)
READ = exchange(bytes.fromhex("80B400D00A2703") + bytes(8), RECORD + MAC)


@pytest.mark.parametrize(
    ("event", "names"),
    [(UPDATE, ["MAC of UPDATE EXT CACHE", "MAC over 9000"]), (READ, ["MAC of the record"])],
)
@pytest.mark.parametrize("before", [(), (CHALLENGE,)])
def test_codes_of_an_ecash_record_are_no_line_macs(
    event: Exchange, names: list[str], before: tuple[Exchange, ...]
) -> None:
    *_, item = check((SELECT, *before, event), KeyRing())
    assert [one.name for one in item.verdicts] == names
    assert {one.status for one in item.verdicts} == {Status.NOT_CHECKABLE}
    assert all("the record's own key" in one.why for one in item.verdicts)


def test_a_record_is_read_without_the_mac_behind_it() -> None:
    *_, item = check((SELECT, READ), KeyRing())
    (found,) = item.understood.annotated.received
    assert found.data == RECORD
    assert item.understood.response[-2].raw == MAC
