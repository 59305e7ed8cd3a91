"""``HOST:PORT``: what is one, what may be left out, and what is said of the rest."""

from __future__ import annotations

import pytest

from ykt_sim.errors import UsageError
from ykt_sim.transport.address import Address, read_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("there:1", ("there", 1)),
        ("10.1.2.3:65535", ("10.1.2.3", 65535)),
        ("[::1]:5", ("::1", 5)),
        ("::1:5", ("::1", 5)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "there", "there:", ":5", "[]:5", "a:x", "a:-1", "a:+1", "a:٣"]
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_address(text)
    assert str(caught.value) == f"{text!r}: expected HOST:PORT"


@pytest.mark.parametrize("text", ["a:0", "a:65536"])
def test_no_ports(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_address(text)
    assert str(caught.value) == f"{text!r}: expected HOST:PORT; there is no such port"


def test_what_may_be_left_out_or_be_zero() -> None:
    assert read_address(":5", host="here") == Address("here", 5)
    assert read_address("a:5", host="here") == Address("a", 5)
    assert read_address("a:0", zero=True) == Address("a", 0)
    with pytest.raises(UsageError, match="no such port"):
        read_address("a:65536", zero=True)


def test_the_error_quotes_what_was_written_and_what_is_expected() -> None:
    with pytest.raises(UsageError) as caught:
        read_address("a", "tcp:HOST:PORT", name="tcp:a?wait=1")
    assert str(caught.value) == "'tcp:a?wait=1': expected tcp:HOST:PORT"


def test_slots_are_in_a_row() -> None:
    assert Address("a", 5).slot(2) == Address("a", 7)
    assert str(Address("a", 5)) == "a:5"
