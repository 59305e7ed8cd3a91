"""61xx and 6Cxx are hidden; everything else passes."""

from __future__ import annotations

import pytest

from tests.transport.support import ScriptLink
from ykt_sim.errors import LinkError
from ykt_sim.transport import ResponseChaining
from ykt_sim.transport.chaining import LIMIT


def ask(apdu: str, *answers: str) -> tuple[str, list[str]]:
    inner = ScriptLink(*answers)
    got = ResponseChaining(inner).transmit(bytes.fromhex(apdu))
    return got.hex().upper(), inner.sent


def test_whole_answers_pass() -> None:
    assert ask("00B0950000", "AABB9000") == ("AABB9000", ["00B0950000"])
    assert ask("00B0950000", "6A82") == ("6A82", ["00B0950000"])


def test_61xx_is_fetched_and_joined() -> None:
    got, sent = ask("00A40000023F00", "6102", "AABB6101", "CC9000")
    assert got == "AABBCC9000"
    assert sent == ["00A40000023F00", "00C0000002", "00C0000001"]


def test_6cxx_repeats_with_the_length() -> None:
    got, sent = ask("00B0950000", "6C02", "AABB9000")
    assert got == "AABB9000"
    assert sent == ["00B0950000", "00B0950002"]
    assert ask("80CA9F79", "6C01", "AA9000")[1] == ["80CA9F79", "80CA9F7901"]


def test_6cxx_in_answer_to_get_response() -> None:
    got, sent = ask("00A40000023F00", "6110", "6C02", "AABB9000")
    assert got == "AABB9000"
    assert sent[1:] == ["00C0000010", "00C0000002"]


def test_secure_messaging_class_is_not_copied_into_get_response() -> None:
    assert ask("84B095000400000000", "6101", "AA9000")[1][1] == "00C0000001"


def test_a_card_that_never_ends_is_given_up() -> None:
    with pytest.raises(LinkError, match="announced more"):
        ask("00B0950000", *["6101"] * LIMIT)


def test_less_than_a_status_word_is_a_link_error() -> None:
    with pytest.raises(LinkError, match="1 byte"):
        ask("00B0950000", "90")


def test_power_and_close_pass() -> None:
    inner = ScriptLink()
    link = ResponseChaining(inner)
    assert link.power_on() == bytes.fromhex("3B00")
    link.close()
    assert (inner.resets, inner.closed) == (1, 1)
