"""Transactions of both purses: amounts, counters, log, proofs, refusals and power cuts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.independent import fmcos_crypto as crypto
from tests.independent.fmcos_client import SERIAL, STAMP, TERMINAL, FmcosClient
from tests.independent.fmcos_types import (
    TYPE_OVERDRAFT,
    TYPE_UNLOAD,
    Debit,
    KeyType,
    Purse,
    PurseKeys,
    Receipt,
)
from tests.independent.pipe_card import PipeCard
from tests.independent.wallet import (
    ED_LOG,
    EP_LOG,
    KEYS,
    NAME,
    OTHER_KEY,
    PIN,
    Refused,
    Wallet,
    reopen,
)

LOG = {Purse.EP: EP_LOG, Purse.ED: ED_LOG}
WRONG_KEYS = PurseKeys(
    load=OTHER_KEY, purchase=OTHER_KEY, unload=OTHER_KEY, overdraft=OTHER_KEY, tac=KEYS.tac
)
DEBITS = [Debit.PURCHASE_EP, Debit.PURCHASE_ED, Debit.CASH]


class Flip:
    """A transmit callable that turns over one bit of the MAC (which Le follows) of one INS."""

    def __init__(self, card: PipeCard, ins: int) -> None:
        """Spoil commands of one INS."""
        self.card, self.ins = card, ins

    def __call__(self, command: bytes) -> bytes:
        """Hand on, spoilt or not."""
        if command[1] != self.ins:
            return self.card(command)
        spoilt = bytearray(command)
        spoilt[-2] ^= 0x01
        return self.card(bytes(spoilt))


# What goes right.


@pytest.mark.parametrize("purse", list(Purse))
def test_load(wallet: Wallet, purse: Purse) -> None:
    """Balance, counter and log of two loads; TAC with the counter before, log with the next."""
    first = wallet.client.load(purse, 1000, KEYS)
    stamp = bytes.fromhex("20170703084600")
    second = wallet.client.load(purse, 234, KEYS, stamp=stamp)
    assert (first.counter, second.counter) == (0, 1)
    assert wallet.client.get_balance(purse) == 1234
    newest, oldest = wallet.client.history(LOG[purse])
    assert (newest.number, newest.amount, newest.stamp) == (2, 234, stamp)
    assert (oldest.number, oldest.amount, oldest.stamp) == (1, 1000, STAMP)
    assert {newest.type, oldest.type} == {purse}


@pytest.mark.parametrize("debit", DEBITS)
def test_debit(wallet: Wallet, debit: Debit) -> None:
    """Two debits: the offline counter moves, the log is one ahead of the session."""
    wallet.fund(1000, 1000)
    first = wallet.client.pay(debit, 300, KEYS)
    second = wallet.client.pay(debit, 1, KEYS, serial=b"\x00\x00\xab\xcd")
    assert second.counter == first.counter + 1
    assert wallet.client.get_balance(debit.purse) == 699
    record = wallet.client.history(LOG[debit.purse])[0]
    assert (record.number, record.amount, record.type) == (second.logged, 1, debit.type)
    assert (record.terminal, record.stamp) == (TERMINAL, STAMP)


def test_debit_of_everything_and_of_nothing(wallet: Wallet) -> None:
    """An amount equal to the balance is allowed, and so is zero."""
    wallet.fund(1000, 0)
    wallet.client.pay(Debit.PURCHASE_EP, 1000, KEYS)
    wallet.client.pay(Debit.PURCHASE_EP, 0, KEYS)
    assert wallet.client.get_balance(Purse.EP) == 0


def test_unload(wallet: Wallet) -> None:
    """Unload takes from the ED; its MAC3 is under the session key."""
    wallet.fund(0, 2000)
    receipt = wallet.client.unload(10, KEYS)
    assert wallet.client.get_balance(Purse.ED) == 1990
    record = wallet.client.history(ED_LOG)[0]
    assert (record.number, record.amount, record.type) == (receipt.logged, 10, TYPE_UNLOAD)


def test_overdraft_up_and_down(wallet: Wallet) -> None:
    """The balance holds the limit: it moves by what the limit moves, in either direction."""
    wallet.fund(0, 100)
    wallet.client.update_overdraft(1000, KEYS)
    assert wallet.client.get_balance(Purse.ED) == 1100
    assert wallet.client.init_debit(Debit.PURCHASE_ED, 1).limit == 1000

    wallet.client.pay(Debit.PURCHASE_ED, 400, KEYS)  # 300 more than there is
    assert wallet.client.get_balance(Purse.ED) == 700

    receipt = wallet.client.update_overdraft(600, KEYS)
    assert wallet.client.get_balance(Purse.ED) == 300
    assert wallet.client.init_debit(Debit.PURCHASE_ED, 1).limit == 600
    record = wallet.client.history(ED_LOG)[0]
    assert (record.number, record.type) == (receipt.logged, TYPE_OVERDRAFT)

    with Refused():  # 300 are used: the limit cannot fall below them
        wallet.client.update_overdraft(299, KEYS)
    wallet.client.update_overdraft(300, KEYS)
    assert wallet.client.get_balance(Purse.ED) == 0


def test_log_is_cyclic(wallet: Wallet) -> None:
    """Five records of room: the oldest goes, record 1 is the newest, record 6 is not there."""
    wallet.fund(1000, 0)
    receipts = [wallet.client.pay(Debit.PURCHASE_EP, 10 + at, KEYS) for at in range(6)]
    records = wallet.client.history(EP_LOG)
    assert [record.amount for record in records] == [15, 14, 13, 12, 11]
    assert [record.number for record in records] == [r.logged for r in receipts[:0:-1]]
    with Refused(0x6A83):
        wallet.client.read_record(6, EP_LOG, 23)
    with Refused():  # write right EF: never, for a terminal
        wallet.client.append_record(EP_LOG, bytes(23))


def test_one_verify_serves_many_transactions(wallet: Wallet) -> None:
    """klks loads both purses after one VERIFY; the PIN state outlives a commit."""
    wallet.fund()
    wallet.client.pay(Debit.PURCHASE_ED, 1, KEYS)
    wallet.client.pay(Debit.CASH, 1, KEYS)
    wallet.client.unload(1, KEYS)
    wallet.client.update_overdraft(10, KEYS)
    assert wallet.client.get_balance(Purse.ED) == 2007


def test_commands_without_le(wallet: Wallet) -> None:
    """Real terminals leave Le out of the commits."""
    session = wallet.client.init_load(Purse.EP, 500, KEYS)
    wallet.client.credit(session, Purse.EP, 500, KEYS, le=None)
    wallet.client.debit(wallet.client.init_debit(Debit.PURCHASE_EP, 20), KEYS, le=None)
    assert wallet.client.get_balance(Purse.EP) == 480


def test_get_balance_between_the_halves(wallet: Wallet) -> None:
    """GET BALANCE does not end a transaction that is under way."""
    session = wallet.client.init_load(Purse.EP, 500, KEYS)
    assert wallet.client.get_balance(Purse.EP) == 0
    wallet.client.credit(session, Purse.EP, 500, KEYS)


def test_key_index_chooses_the_key(wallet: Wallet) -> None:
    """Two purchase and two load keys, as in klks' third example: the index says which."""
    client = wallet.client
    client.write_key(KeyType.PURCHASE, 2, OTHER_KEY, (0x07, 0x00))
    client.write_key(KeyType.LOAD, 2, OTHER_KEY, (0x08, 0x00))
    client.load(Purse.EP, 100, KEYS, kid=0)
    client.load(Purse.EP, 100, WRONG_KEYS, kid=2)
    client.pay(Debit.PURCHASE_EP, 10, KEYS, kid=0)
    client.pay(Debit.PURCHASE_EP, 10, WRONG_KEYS, kid=2)
    session = client.init_debit(Debit.PURCHASE_EP, 1, kid=2)
    assert (session.version, session.algorithm) == (0x07, 0x00)
    assert client.get_balance(Purse.EP) == 180


# GET TRANSACTION PROVE.


@pytest.mark.parametrize("debit", DEBITS)
def test_prove_debit(wallet: Wallet, debit: Debit) -> None:
    """MAC2 before TAC, by the number after the increment; nothing for other numbers or types."""
    wallet.fund(1000, 1000)
    receipt = wallet.client.pay(debit, 7, KEYS)
    wallet.client.check_prove(receipt)
    wallet.client.check_prove(receipt)  # as often as one likes
    for kind, number in (
        (receipt.type, receipt.counter),
        (receipt.type, receipt.logged + 1),
        (0x09, receipt.logged),
    ):
        with Refused(0x9406):
            wallet.client.get_transaction_prove(kind, number)


@pytest.mark.parametrize("purse", list(Purse))
def test_prove_load(wallet: Wallet, purse: Purse) -> None:
    """A load is proved by its TAC, in the second half of the answer."""
    wallet.client.check_prove(wallet.client.load(purse, 100, KEYS))


def test_prove_after_a_lost_answer(wallet: Wallet) -> None:
    """The field's recovery: power, SELECT, INITIALIZE with amount 0, prove with its counter."""
    wallet.fund(1000, 0)
    receipt = wallet.client.pay(Debit.PURCHASE_EP, 7, KEYS)
    reopen(wallet.card, wallet.client, pin=None)
    session = wallet.client.init_debit(Debit.PURCHASE_EP, 0)
    assert session.counter == receipt.logged
    wallet.client.check_prove(receipt)


def test_prove_forgets_at_the_next_commit(wallet: Wallet) -> None:
    """An INITIALIZE keeps the last proof, the next commit replaces it."""
    wallet.fund(1000, 0)
    first = wallet.client.pay(Debit.PURCHASE_EP, 7, KEYS)
    session = wallet.client.init_debit(Debit.PURCHASE_EP, 8)
    wallet.client.check_prove(first)
    session = wallet.client.init_debit(Debit.PURCHASE_EP, 8)
    second = wallet.client.debit(session, KEYS)
    wallet.client.check_prove(second)
    with Refused(0x9406):
        wallet.client.get_transaction_prove(first.type, first.logged)


def test_prove_of_a_new_card(wallet: Wallet) -> None:
    """Nothing has happened yet: nothing is proved."""
    for number in (0, 1):
        with Refused(0x9406):
            wallet.client.get_transaction_prove(Debit.PURCHASE_EP.type, number)


# What must be refused.


def test_commit_without_initialize(wallet: Wallet) -> None:
    """Each commit alone, and each after a foreign INITIALIZE, is in the wrong state."""
    wallet.fund()
    commits = {
        "credit": bytes.fromhex("805200000B") + STAMP + bytes(4),
        "debit": bytes.fromhex("805401000F") + SERIAL + STAMP + bytes(4),
        "unload": bytes.fromhex("805403000B") + STAMP + bytes(4),
        "overdraft": bytes.fromhex("805800000E") + bytes(3) + STAMP + bytes(4),
    }
    for command in commits.values():
        assert wallet.client.exchange(command) == (b"", 0x6901)
    wallet.client.init_load(Purse.EP, 1, KEYS)
    assert wallet.client.exchange(commits["debit"]) == (b"", 0x6901)
    wallet.client.init_debit(Debit.PURCHASE_EP, 1)
    assert wallet.client.exchange(commits["credit"]) == (b"", 0x6901)
    assert wallet.client.get_balance(Purse.EP) == 1000


def test_commit_twice(wallet: Wallet) -> None:
    """A session is good for one commit."""
    session = wallet.client.init_load(Purse.EP, 100, KEYS)
    wallet.client.credit(session, Purse.EP, 100, KEYS)
    with Refused(0x6901):
        wallet.client.credit(session, Purse.EP, 100, KEYS)
    assert wallet.client.get_balance(Purse.EP) == 100


@pytest.mark.parametrize("debit", DEBITS)
def test_more_than_there_is(wallet: Wallet, debit: Debit) -> None:
    """9401 at INITIALIZE; the balance stays, the next smaller amount works."""
    wallet.fund(1000, 1000)
    with Refused(0x9401):
        wallet.client.init_debit(debit, 1001)
    assert wallet.client.get_balance(debit.purse) == 1000
    wallet.client.pay(debit, 1000, KEYS)


def test_unload_more_than_there_is(wallet: Wallet) -> None:
    """9401 for the unload as well."""
    wallet.fund(0, 100)
    with Refused(0x9401):
        wallet.client.unload(101, KEYS)


def test_unknown_key_index(wallet: Wallet) -> None:
    """9403 from every INITIALIZE."""
    wallet.fund()
    client = wallet.client
    with Refused(0x9403):
        client.load(Purse.EP, 1, KEYS, kid=7)
    with Refused(0x9403):
        client.pay(Debit.PURCHASE_EP, 1, KEYS, kid=7)
    with Refused(0x9403):
        client.pay(Debit.CASH, 1, KEYS, kid=7)
    with Refused(0x9403):
        client.unload(1, KEYS, kid=7)
    with Refused(0x9403):
        client.update_overdraft(1, KEYS, kid=7)


ATTEMPTS: dict[str, tuple[int, Callable[[FmcosClient], Receipt]]] = {
    "load": (0x52, lambda client: client.load(Purse.ED, 5, KEYS)),
    "purchase": (0x54, lambda client: client.pay(Debit.PURCHASE_ED, 5, KEYS)),
    "cash": (0x54, lambda client: client.pay(Debit.CASH, 5, KEYS)),
    "unload": (0x54, lambda client: client.unload(5, KEYS)),
    "overdraft": (0x58, lambda client: client.update_overdraft(5, KEYS)),
}


@pytest.mark.parametrize("what", ATTEMPTS)
def test_wrong_mac_in_the_commit(wallet: Wallet, what: str) -> None:
    """9302; balance and log are what they were, and the right MAC still works afterwards."""
    wallet.fund(0, 1000)
    ins, attempt = ATTEMPTS[what]
    before = wallet.client.history(ED_LOG)
    with Refused(0x9302):
        attempt(FmcosClient(Flip(wallet.card, ins)))
    assert wallet.client.get_balance(Purse.ED) == 1000
    assert wallet.client.history(ED_LOG) == before
    receipt = attempt(wallet.client)
    assert wallet.client.history(ED_LOG)[0].number == receipt.logged


def test_wrong_purchase_key(wallet: Wallet) -> None:
    """A terminal with another key gets 9302 and no money."""
    wallet.fund(1000, 0)
    with Refused(0x9302):
        wallet.client.pay(Debit.PURCHASE_EP, 5, WRONG_KEYS)
    assert wallet.client.get_balance(Purse.EP) == 1000


def test_ed_wants_the_pin(wallet: Wallet) -> None:
    """Without VERIFY the EP shows its balance and pays, the ED does neither."""
    wallet.fund()
    reopen(wallet.card, wallet.client, pin=None)
    assert wallet.client.get_balance(Purse.EP) == 1000
    wallet.client.pay(Debit.PURCHASE_EP, 1, KEYS)
    with Refused(0x6982, 0x6985):
        wallet.client.get_balance(Purse.ED)
    with Refused(0x6982, 0x6985):
        wallet.client.pay(Debit.PURCHASE_ED, 1, KEYS)
    with Refused(0x6982, 0x6985):
        wallet.client.pay(Debit.CASH, 1, KEYS)
    wallet.client.verify_pin(0, PIN)
    assert wallet.client.get_balance(Purse.ED) == 2000


# Power cuts.


def test_power_cut_before_credit(wallet: Wallet) -> None:
    """The session key does not survive: commit refused, nothing moved, a new load works."""
    session = wallet.client.init_load(Purse.EP, 500, KEYS)
    reopen(wallet.card, wallet.client)
    with Refused(0x6901):
        wallet.client.credit(session, Purse.EP, 500, KEYS)
    assert wallet.client.get_balance(Purse.EP) == 0
    assert wallet.client.history(EP_LOG) == []
    assert wallet.client.load(Purse.EP, 500, KEYS).counter == session.counter


def test_power_cut_before_debit(wallet: Wallet) -> None:
    """The same for a purchase; here the commit comes right after the reset, without SELECT."""
    wallet.fund(1000, 0)
    session = wallet.client.init_debit(Debit.PURCHASE_EP, 500)
    wallet.card.reset()
    with Refused():
        wallet.client.debit(session, KEYS)
    wallet.client.select_name(NAME)
    with Refused(0x6901):
        wallet.client.debit(session, KEYS)
    assert wallet.client.get_balance(Purse.EP) == 1000
    assert wallet.client.init_debit(Debit.PURCHASE_EP, 0).counter == session.counter


def test_abandoned_initialize(wallet: Wallet) -> None:
    """Readers send INITIALIZE FOR LOAD only to see the counter: it costs nothing."""
    first = wallet.client.init_load(Purse.EP, 1, KEYS)
    second = wallet.client.init_load(Purse.EP, 1, KEYS)
    assert first.counter == second.counter == 0
    assert first.key != second.key  # a fresh random
    receipt = wallet.client.load(Purse.EP, 100, KEYS)
    assert receipt.counter == 0


def test_session_keys_are_ours() -> None:
    """The constants here make three different session keys, so no test passes by chance."""
    rand = bytes(4)
    keys = {
        crypto.online_session_key(KEYS.load, rand, 0),
        crypto.online_session_key(KEYS.unload, rand, 0),
        crypto.offline_session_key(KEYS.purchase, rand, 0, SERIAL),
    }
    assert len(keys) == 3
