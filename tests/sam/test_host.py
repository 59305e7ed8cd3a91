"""The issuer's host: MAC1 checked, MAC2 made, TAC checked, worked out beside it."""

from __future__ import annotations

import pytest

from ykt_sim.crypto.derive import diversify_chain, session_key, tac_key
from ykt_sim.crypto.des import mac
from ykt_sim.errors import WireError
from ykt_sim.sam.host import HostRefusalError, IssuerHost, LoadTransaction, factors

MASTERS = {
    "tunion": {"load": bytes(range(16)), "tac": bytes(range(16, 32))},
    "lnt": {"load": bytes(range(32, 48)), "tac": bytes(range(48, 64))},
}
TERMINAL = "880120030001"
WHEN = "20250601080000"


def load(standard: str) -> LoadTransaction:
    card, issuer = (
        ("3104870395000000827", "02205810") if standard == "tunion" else ("5100009500000082", "")
    )
    return LoadTransaction(standard, card, issuer, 5000, TERMINAL, WHEN)


def key(role: str, standard: str) -> bytes:
    given = load(standard)
    return diversify_chain(MASTERS[standard][role], *factors(standard, given.card, given.issuer))


def answer(standard: str) -> tuple[bytes, bytes]:
    """A card's answer to INITIALIZE FOR LOAD of 50 yuan, and its session key."""
    session = session_key(key("load", standard), bytes.fromhex("C903814D" + "0007" + "8000"))
    mac1 = mac(session, bytes.fromhex("000003E8" + "00001388" + "02" + TERMINAL))
    return bytes.fromhex("000003E8" + "0007" + "01" + "00" + "C903814D") + mac1, session


def test_factors() -> None:
    assert factors("tunion", "3104870395000000827", "02205810") == (
        bytes.fromhex("02205810FFFFFFFF"),
        bytes.fromhex("4870395000000827"),
    )
    assert factors("lnt", "5100009500000082", "") == (bytes.fromhex("5100009500000082"),)


@pytest.mark.parametrize("standard", ["tunion", "lnt"])
def test_authorize_and_confirm(standard: str) -> None:
    host = IssuerHost(MASTERS)
    data, session = answer(standard)
    mac2 = host.authorize(load(standard), data)
    assert mac2 == mac(session, bytes.fromhex("00001388" + "02" + TERMINAL + WHEN))
    under = "00001770" + "0007" + "00001388" + "02" + TERMINAL + WHEN
    tac = mac(tac_key(key("tac", standard)), bytes.fromhex(under))
    host.confirm(load(standard), 6000, 7, tac)
    with pytest.raises(HostRefusalError, match="TAC"):
        host.confirm(load(standard), 6001, 7, tac)
    with pytest.raises(HostRefusalError, match="TAC"):
        host.confirm(load(standard), 6000, 8, tac)


def test_wrong_mac1_and_short_answer() -> None:
    host = IssuerHost(MASTERS)
    data, _ = answer("tunion")
    with pytest.raises(HostRefusalError, match="MAC1"):
        host.authorize(load("tunion"), data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(WireError):
        host.authorize(load("tunion"), data[:-1])
