"""Composite purchases: records of the application change with the debit, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.independent.fmcos_client import FmcosClient
from tests.independent.fmcos_types import CacheUpdate, Debit, FileType, Protection, Purse
from tests.independent.wallet import EP_LOG, KEYS, LINE_KEY, OTHER_KEY, Refused, Wallet, reopen

CAPP_VARIABLE, CAPP_CYCLIC, CAPP_PROTECTED = 0x17, 0x07, 0x06
GATE_OUT, GATE_IN = b"\x03\x0eAAAAAAAAAAAAAA", b"\x03\x0eBBBBBBBBBBBBBB"
FARE_OUT, FARE_IN = b"\x05\x06000000", b"\x05\x06123456"


@pytest.fixture
def transit(wallet: Wallet) -> Wallet:
    """The wallet with files for composite purchases: tagged records, a trip log, one with MAC."""
    client = wallet.client
    client.create_ef(CAPP_VARIABLE, FileType.VARIABLE, 0x60)
    client.create_ef(CAPP_CYCLIC, FileType.CYCLIC, 0x0308)
    client.create_ef(CAPP_PROTECTED, FileType.VARIABLE, 0x40, protection=Protection.MAC)
    client.update_record(1, CAPP_VARIABLE, GATE_OUT)
    client.append_record(CAPP_VARIABLE, FARE_OUT)
    client.append_record(CAPP_CYCLIC, b"old trip")
    client.update_record(1, CAPP_PROTECTED, FARE_OUT, LINE_KEY)
    wallet.fund(1000, 0)
    return wallet


def capp(client: FmcosClient) -> tuple[bytes, bytes, bytes]:
    """What stands in the three places that a composite purchase may change."""
    return (
        client.read_record(1, CAPP_VARIABLE),
        client.read_record(2, CAPP_VARIABLE),
        client.read_record(1, CAPP_CYCLIC),
    )


UPDATES = (
    CacheUpdate(CAPP_VARIABLE, GATE_IN, p1=0x03, mode=0b000),  # by record tag
    CacheUpdate(CAPP_VARIABLE, FARE_IN, p1=2),  # by number
    CacheUpdate(CAPP_CYCLIC, b"new trip", p1=0, mode=0b011),  # as the newest record
)
UNTOUCHED = (GATE_OUT, FARE_OUT, b"old trip")
CHANGED = (GATE_IN, FARE_IN, b"new trip")


@pytest.mark.parametrize("which", range(len(UPDATES)), ids=["tag", "number", "append"])
def test_composite_with_one_update(transit: Wallet, which: int) -> None:
    """Each way to name a record of a composite application."""
    receipt = transit.client.composite(120, KEYS, [UPDATES[which]])
    expected = list(UNTOUCHED)
    expected[which] = CHANGED[which]
    assert list(capp(transit.client)) == expected
    assert transit.client.get_balance(Purse.EP) == 880
    transit.client.check_prove(receipt)


def test_composite_with_three_updates(transit: Wallet) -> None:
    """All at once, and only with the debit; the log says 09."""
    client = transit.client
    session = client.init_debit(Debit.COMPOSITE, 120)
    for update in UPDATES:
        client.update_cache(update)
    receipt = client.debit(session, KEYS)
    assert capp(client) == CHANGED
    assert client.read_record(2, CAPP_CYCLIC) == b"old trip"
    record = client.history(EP_LOG)[0]
    assert (record.number, record.amount, record.type) == (receipt.logged, 120, 0x09)
    client.check_prove(receipt)


def test_composite_of_nothing(transit: Wallet) -> None:
    """Gates write an entry with amount 0."""
    transit.client.composite(0, KEYS, UPDATES[:1])
    assert capp(transit.client) == (GATE_IN, FARE_OUT, b"old trip")
    assert transit.client.get_balance(Purse.EP) == 1000


def test_composite_torn(transit: Wallet) -> None:
    """Power lost between cache and debit: no record changed, no money gone."""
    client = transit.client
    session = client.init_debit(Debit.COMPOSITE, 120)
    for update in UPDATES:
        client.update_cache(update)
    reopen(transit.card, client, pin=None)
    with Refused(0x6901):
        client.debit(session, KEYS)
    assert capp(client) == UNTOUCHED
    assert client.get_balance(Purse.EP) == 1000


def test_composite_with_wrong_mac(transit: Wallet) -> None:
    """A refused debit drops the cache as well."""
    with Refused(0x9302):
        transit.client.composite(120, replace(KEYS, purchase=OTHER_KEY), UPDATES)
    assert capp(transit.client) == UNTOUCHED
    assert transit.client.get_balance(Purse.EP) == 1000


def test_cache_update_outside_composite(transit: Wallet) -> None:
    """Without INIT CAPP PURCHASE the cache is closed: idle, and within a plain purchase."""
    with Refused():
        transit.client.update_cache(UPDATES[0])
    session = transit.client.init_debit(Debit.PURCHASE_EP, 1)
    with Refused():
        transit.client.update_cache(UPDATES[0])
    assert session.counter == 0
    assert capp(transit.client) == UNTOUCHED


def test_composite_on_a_protected_file(transit: Wallet) -> None:
    """CLA 84 and a MAC on the cache update; the challenge for it does not end the transaction."""
    client = transit.client
    update = CacheUpdate(CAPP_PROTECTED, FARE_IN, p1=1, key=LINE_KEY)
    client.composite(120, KEYS, [update])
    assert client.read_record(1, CAPP_PROTECTED, 8, LINE_KEY) == FARE_IN
    with Refused():
        client.composite(120, KEYS, [CacheUpdate(CAPP_PROTECTED, FARE_OUT, p1=1, key=OTHER_KEY)])
    assert client.read_record(1, CAPP_PROTECTED, 8, LINE_KEY) == FARE_IN
    assert client.get_balance(Purse.EP) == 880
