from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.judge.keys import learn
from ykt_conformance.judge.view import View
from ykt_sim.crypto.derive import diversify_chain, tac_key
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.keys import load_test_keys

PURCHASE = load_test_keys().masters("tunion")["purchase"]
#: Issuer and PAN without its first digits, as the test card of the tests has them.
FACTORS = (bytes.fromhex("02205810FFFFFFFF"), bytes.fromhex(s.PAN.zfill(20))[2:])


def learnt(*exchanges: tuple[str, str]) -> KeyRing:
    ring = KeyRing()
    learn(ring, View(s.events_of("reset", *exchanges), {}).calls)
    return ring


@pytest.mark.parametrize(
    "exchanges",
    [
        ((s.SELECT_EP.hex(), s.FCI),),
        ((s.SELECT_EP.hex(), "6F0A8408A0000006320101059000"),
         (s.READ_15.hex(), s.ISSUER_DATA + "9000")),
    ],
)  # fmt: skip
def test_test_keys_follow_from_what_the_card_says(exchanges: tuple[tuple[str, str], ...]) -> None:
    ring = learnt(*exchanges)
    assert ring.get("tunion", "purchase") == diversify_chain(PURCHASE, *FACTORS)
    tac = ring.get("tunion", "tac")
    assert tac is not None
    assert ring.tac("tunion") == tac_key(tac)
    assert ring.get("lnt", "purchase") is None
    assert ring.get("tunion", "no role") is None


@pytest.mark.parametrize(
    "exchanges",
    [
        (),
        ((s.READ_15.hex(), s.ISSUER_DATA + "9000"),),  # nothing was selected
        ((s.SELECT_EP.hex(), "6F0A8408A0000006320101059000"), (s.READ_15.hex(), "6982")),
        ((s.SELECT_EP.hex(), "6F0A8408A0000006320101059000"), (s.READ_15.hex(), "02209000")),
        ((s.SELECT_EP.hex(), "6F409000"),),
        ((s.READ_15.hex(), "11" * 80 + "9000"),),  # nor was Lingnan Tong's
    ],
)
def test_what_a_card_does_not_say_is_not_known(exchanges: tuple[tuple[str, str], ...]) -> None:
    ring = learnt(*exchanges)
    assert ring.get("tunion", "purchase") is None
    assert ring.get("lnt", "purchase") is None
    assert ring.tac("tunion") is None
