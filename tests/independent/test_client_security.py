"""PIN, challenges, access rights, line protection, locks, key changes and erasure."""

from __future__ import annotations

import pytest

from tests.independent import fmcos_crypto as crypto
from tests.independent.fmcos_client import FmcosClient
from tests.independent.fmcos_types import Debit, FileType, KeyType, Protection, Purse, PurseKeys
from tests.independent.pipe_card import PipeCard
from tests.independent.wallet import (
    AUTH_KEY,
    AUTH_KEY_1,
    KEYS,
    LINE_KEY,
    LINE_KEY_1,
    NAME,
    NEW_PIN,
    OTHER_KEY,
    PIN,
    RELOAD_KEY,
    TRANSPORT_KEY,
    UNBLOCK_KEY,
    WRONG_PIN,
    Refused,
    Wallet,
    erased,
    personalise,
    reopen,
)

LOCKED = 0x6A81
STALE = (0x6984, 0x6985, 0x6988)


# PIN.


def test_pin_life(wallet: Wallet) -> None:
    """Wrong three times, locked, unblocked with a new value, changed, reloaded."""
    client = wallet.client
    for word in (0x63C2, 0x63C1, 0x63C0):
        with Refused(word):
            client.verify_pin(0, WRONG_PIN)
    for pin in (WRONG_PIN, PIN):
        with Refused(0x6983):
            client.verify_pin(0, pin)
    wallet.card.reset()
    client.select_name(NAME)
    with Refused(0x6983):  # not healed by a power cycle
        client.verify_pin(0, PIN)
    client.unblock_pin(0, NEW_PIN, UNBLOCK_KEY)
    with Refused(0x63C2):
        client.verify_pin(0, PIN)
    client.verify_pin(0, NEW_PIN)
    client.change_pin(0, NEW_PIN, PIN)
    client.verify_pin(0, PIN)
    client.reload_pin(0, NEW_PIN, RELOAD_KEY)
    client.verify_pin(0, NEW_PIN)
    assert client.get_balance(Purse.ED) == 0


def test_pin_counter_recovers(wallet: Wallet) -> None:
    """A right PIN gives all tries back."""
    for _ in range(2):
        with Refused(0x63C2):
            wallet.client.verify_pin(0, WRONG_PIN)
        with Refused(0x63C1):
            wallet.client.verify_pin(0, WRONG_PIN)
        wallet.client.verify_pin(0, PIN)


def test_pin_change_with_wrong_old_pin(wallet: Wallet) -> None:
    """It costs a try, and the PIN stays."""
    with Refused(0x63C2):
        wallet.client.change_pin(0, WRONG_PIN, NEW_PIN)
    wallet.client.verify_pin(0, PIN)


def test_pin_reload_and_unblock_with_wrong_keys(wallet: Wallet) -> None:
    """Neither changes the PIN."""
    with Refused():
        wallet.client.reload_pin(0, NEW_PIN, OTHER_KEY)
    with Refused():
        wallet.client.unblock_pin(0, NEW_PIN, OTHER_KEY)
    wallet.client.verify_pin(0, PIN)


def test_pin_of_eight_bytes(wallet: Wallet) -> None:
    """A PIN stored with trailing FF, as in klks' third example: all eight bytes or without FF."""
    stored = bytes.fromhex("12345FFFFFFFFFFF")
    wallet.client.write_key(KeyType.PIN, 1, stored, (0x01, 0x33), change=0xEF)
    wallet.client.verify_pin(1, stored)
    wallet.client.verify_pin(1, stored[:3])


# Challenges and access rights.


@pytest.mark.parametrize("size", [4, 8])
def test_external_authentication_opens(wallet: Wallet, size: int) -> None:
    """State 4 by key 39 opens a file with right F4; a new SELECT closes it again."""
    client = wallet.client
    client.create_ef(0x0005, FileType.BINARY, 0x20, write=0xF4)
    reopen(wallet.card, client, pin=None)
    with Refused(0x6982):
        client.update_binary(0x85, 0, b"shut")
    client.external_authenticate(0, AUTH_KEY, size=size)
    client.update_binary(0x85, 0, b"open")
    assert client.read_binary(0x85, 0, 4) == b"open"
    client.select_name(NAME)
    with Refused(0x6982):
        client.update_binary(0x85, 0, b"shut")
    assert client.read_binary(0x85, 0, 4) == b"open"


def test_external_authentication_locks(wallet: Wallet) -> None:
    """Three wrong answers lock the key, for the right answer too."""
    for word in (0x63C2, 0x63C1, 0x63C0):
        with Refused(word):
            wallet.client.external_authenticate(0, OTHER_KEY)
    with Refused(0x6983):
        wallet.client.external_authenticate(0, AUTH_KEY)


def test_right_between_two_states(wallet: Wallet) -> None:
    """Right 53 wants a state from 3 to 5: 1 is too little, 4 is right."""
    client = wallet.client
    client.create_ef(0x0005, FileType.BINARY, 0x20, write=0x53)
    reopen(wallet.card, client)
    with Refused(0x6982):
        client.update_binary(0x85, 0, b"shut")
    client.external_authenticate(0, AUTH_KEY)
    client.update_binary(0x85, 0, b"open")


@pytest.mark.parametrize("command", ["select", "balance", "unknown"])
def test_challenge_lasts_for_one_command(wallet: Wallet, command: str) -> None:
    """Whatever comes between, even a refused command, the challenge is gone."""
    client = wallet.client
    rand = client.get_challenge(8)
    if command == "select":
        client.select_name(NAME)
    elif command == "balance":
        client.get_balance(Purse.EP)
    else:
        assert client.exchange(bytes.fromhex("00FE000000"))[1] != 0x9000
    with Refused(*STALE):
        client.answer_challenge(0, crypto.encrypt(AUTH_KEY, rand))
    client.external_authenticate(0, AUTH_KEY)


def test_challenge_is_used_up(wallet: Wallet) -> None:
    """The same cryptogram twice: the second finds no challenge; nor does one after a reset."""
    client = wallet.client
    rand = client.get_challenge(8)
    client.answer_challenge(0, crypto.encrypt(AUTH_KEY, rand))
    with Refused(*STALE):
        client.answer_challenge(0, crypto.encrypt(AUTH_KEY, rand))
    rand = client.get_challenge(8)
    reopen(wallet.card, client, pin=None)
    with Refused(*STALE):
        client.answer_challenge(0, crypto.encrypt(AUTH_KEY, rand))


# Line protection.


@pytest.mark.parametrize("size", [4, 8])
def test_both_challenge_sizes_serve_as_iv(wallet: Wallet, size: int) -> None:
    """MAC and encipherment with four bytes of challenge and zeros, and with eight."""
    client = FmcosClient(wallet.card, challenge_size=size)
    for file_id, protection in ((5, Protection.MAC), (6, Protection.ENCIPHERED)):
        client.create_ef(file_id, FileType.BINARY, 0x40, protection=protection)
        for data in (b"seven b", b"eight by", b"fifteen bytes..", b"sixteen bytes..."):
            client.update_binary(0x80 | file_id, 4, data, LINE_KEY, protection)
            got = client.read_binary(0x80 | file_id, 4, len(data), LINE_KEY, protection)
            assert got == data


@pytest.mark.parametrize("protection", [Protection.MAC, Protection.ENCIPHERED])
def test_wrong_mac_writes_nothing(wallet: Wallet, protection: Protection) -> None:
    """Wrong key, or none at all: refused, and the old content stands.

    The key is index 01, whose error counter leaves room for many wrong MACs.
    """
    client = wallet.client
    good = LINE_KEY_1
    client.write_key(KeyType.LINE, 1, good, (0xFF, 0xFF))
    for file_id, kind, size in (
        (0x0005, FileType.BINARY, 0x20),
        (0x0007, FileType.VARIABLE, 0x20),
        (0x0008, FileType.CYCLIC, 0x0208),
    ):
        client.create_ef(file_id, kind, size, protection=protection, line_keys=0x7A)
    client.update_binary(0x85, 0, b"original", good, protection)
    client.update_record(1, 7, b"\xf7\x04same", good, protection)
    client.append_record(8, b"original", good, protection)
    for key in (OTHER_KEY, None):
        with Refused():
            client.update_binary(0x85, 0, b"replaced", key, protection)
        with Refused():
            client.update_record(1, 7, b"\xf7\x04evil", key, protection)
        with Refused():
            client.append_record(8, b"replaced", key, protection)
        with Refused():
            client.read_binary(0x85, 0, 8, key, protection)
    assert client.read_binary(0x85, 0, 8, good, protection) == b"original"
    assert client.read_record(1, 7, 6, good, protection) == b"\xf7\x04same"
    assert client.read_record(1, 8, 8, good, protection) == b"original"


def test_protected_write_plain_read(wallet: Wallet) -> None:
    """Seventh byte FF on a MAC file: writing wants the MAC, reading does not."""
    client = wallet.client
    client.create_ef(0x0005, FileType.BINARY, 0x20, protection=Protection.MAC, line_keys=0xFF)
    client.update_binary(0x85, 0, b"original", LINE_KEY)
    assert client.read_binary(0x85, 0, 8) == b"original"
    with Refused():
        client.update_binary(0x85, 0, b"replaced")


def test_line_keys_by_number(wallet: Wallet) -> None:
    """Seventh byte 7E: key 00 reads and key 01 writes."""
    client = wallet.client
    client.write_key(KeyType.LINE, 1, LINE_KEY_1, (0xFF, 0xFF))
    client.create_ef(0x0005, FileType.BINARY, 0x20, protection=Protection.MAC, line_keys=0x7E)
    client.update_binary(0x85, 0, b"original", LINE_KEY_1)
    assert client.read_binary(0x85, 0, 8, LINE_KEY) == b"original"
    with Refused():
        client.update_binary(0x85, 0, b"replaced", LINE_KEY)
    with Refused():
        client.read_binary(0x85, 0, 8, LINE_KEY_1)


def test_line_protection_with_a_short_key(wallet: Wallet) -> None:
    """A key of eight bytes means single DES throughout."""
    client = wallet.client
    short = LINE_KEY_1[:8]
    client.write_key(KeyType.LINE, 2, short, (0xFF, 0xFF))
    client.create_ef(
        0x0005, FileType.BINARY, 0x20, protection=Protection.ENCIPHERED, line_keys=0x75
    )
    client.update_binary(0x85, 0, b"original", short, Protection.ENCIPHERED)
    assert client.read_binary(0x85, 0, 8, short, Protection.ENCIPHERED) == b"original"


# Locks.


def test_application_block_and_unblock(wallet: Wallet) -> None:
    """Temporary lock: all 6A81 but the way to the unlock, also after a power cycle."""
    client = wallet.client
    client.create_ef(0x0005, FileType.BINARY, 0x20)
    client.update_binary(0x85, 0, b"original")
    wallet.fund()
    client.block_application(LINE_KEY)
    for _ in range(2):
        with Refused(LOCKED):
            client.read_binary(0x85, 0, 8)
        with Refused(LOCKED):
            client.update_binary(0x85, 0, b"replaced")
        with Refused(LOCKED):
            client.get_balance(Purse.EP)
        with Refused(LOCKED):
            client.init_debit(Debit.PURCHASE_EP, 1)
        wallet.card.reset()
        with Refused():
            client.select_name(NAME)
    client.unblock_application(LINE_KEY)
    reopen(wallet.card, client)
    assert client.read_binary(0x85, 0, 8) == b"original"
    client.pay(Debit.PURCHASE_EP, 1, KEYS)


def test_application_block_twice(wallet: Wallet) -> None:
    """Locking what is locked is no error."""
    wallet.client.block_application(LINE_KEY)
    wallet.client.block_application(LINE_KEY)
    wallet.client.unblock_application(LINE_KEY)
    wallet.client.select_name(NAME)


def test_application_block_for_good(wallet: Wallet) -> None:
    """The permanent lock has no key."""
    wallet.client.block_application(LINE_KEY, permanently=True)
    with Refused(LOCKED):
        wallet.client.get_balance(Purse.EP)
    with Refused():
        wallet.client.unblock_application(LINE_KEY)
    wallet.card.reset()
    with Refused():
        wallet.client.select_name(NAME)
    with Refused():
        wallet.client.unblock_application(LINE_KEY)
    with Refused(LOCKED):
        wallet.client.get_balance(Purse.EP)


def test_application_block_with_wrong_mac(wallet: Wallet) -> None:
    """6988, and the application lives."""
    with Refused(0x6988):
        wallet.client.block_application(OTHER_KEY)
    wallet.client.select_name(NAME)
    assert wallet.client.get_balance(Purse.EP) == 0


def test_card_block(blank: PipeCard) -> None:
    """With the MF's key: from then on every command is answered 6A81, for ever."""
    client = erased(blank)
    client.create_key_file(0x0001, 0x80, 0x00)
    client.write_key(KeyType.EXTERNAL, 0, AUTH_KEY_1, (0xAA, 0xFF))
    client.write_key(KeyType.LINE, 0, LINE_KEY_1, (0xFF, 0xFF))
    client.select(0x3F00)
    with Refused(0x6988):
        client.block_card(OTHER_KEY)
    client.select(0x3F00)
    client.block_card(LINE_KEY_1)
    for _ in range(2):
        for command in (
            "00A40000023F0000", "00A404000A77616C6C657454657374", "0084000008",
            "805C000204", "00B0850008", "800E000000", "841800000400000000",
        ):  # fmt: skip
            assert client.exchange(bytes.fromhex(command)) == (b"", LOCKED)
        blank.reset()


# Keys and directories.


def test_modify_a_purchase_key(blank: PipeCard) -> None:
    """P1 is the type of the key that is there; afterwards only the new one works."""
    client = erased(blank)
    personalise(client, change=0xF0)
    reopen(blank, client)
    client.load(Purse.EP, 100, KEYS)
    client.write_key(KeyType.PURCHASE, 0, OTHER_KEY, (0x02, 0x00), modify=KeyType.PURCHASE)
    new = PurseKeys(KEYS.load, OTHER_KEY, KEYS.unload, KEYS.overdraft, KEYS.tac)
    with Refused(0x9302):
        client.pay(Debit.PURCHASE_EP, 1, KEYS)
    client.pay(Debit.PURCHASE_EP, 1, new)
    assert client.init_debit(Debit.PURCHASE_EP, 1).version == 0x02


def test_modify_between_plain_and_enciphered(blank: PipeCard) -> None:
    """The real card's sequence: 39 to F9 and F9 to 39, both times enciphered."""
    client = erased(blank)
    personalise(client, change=0xF0)
    reopen(blank, client)
    first, second = bytes.fromhex("1122334455667788"), bytes.fromhex("8877665544332211")
    client.write_key(KeyType.EXTERNAL, 1, OTHER_KEY[:8], (0xAA, 0xFF))
    client.external_authenticate(1, OTHER_KEY[:8])
    client.write_key(
        KeyType.EXTERNAL, 1, first, (0xAA, 0xFF),
        modify=0x39, under=AUTH_KEY,
    )  # fmt: skip
    client.external_authenticate(1, first)
    client.put_key_record(0xF9, 1, bytes.fromhex("39F0F0AAFF") + second, AUTH_KEY)
    client.external_authenticate(1, second)
    with Refused():
        client.external_authenticate(1, first)


def test_enciphered_key_under_the_wrong_key(wallet: Wallet) -> None:
    """9302, and the key is not there."""
    with Refused(0x9302):
        wallet.client.write_key(
            KeyType.LOAD, 3, OTHER_KEY, (0, 1),
            under=OTHER_KEY,
        )  # fmt: skip
    with Refused(0x9403):
        wallet.client.init_load(Purse.EP, 1, KEYS, kid=3)


def test_file_exists_already(wallet: Wallet) -> None:
    """6A86 for a second file with the same identifier; the first keeps its content."""
    wallet.client.create_ef(0x0005, FileType.BINARY, 0x20)
    wallet.client.update_binary(0x85, 0, b"original")
    with Refused(0x6A86):
        wallet.client.create_ef(0x0005, FileType.BINARY, 0x20)
    assert wallet.client.read_binary(0x85, 0, 8) == b"original"


@pytest.mark.parametrize("where", ["MF", "DF"])
def test_erase_and_personalise_again(wallet: Wallet, where: str) -> None:
    """Nothing of the first life is left: neither money nor counters nor log."""
    client = wallet.client
    wallet.fund()
    client.pay(Debit.PURCHASE_EP, 1, KEYS)
    client.update_overdraft(1000, KEYS)
    if where == "MF":
        client.select(0x3F00)
        client.erase_df()
        wallet.card.reset()
        personalise(client)
    else:
        client.erase_df()
        with Refused():
            client.get_balance(Purse.EP)
        client.select(0x3F00)
        client.select_name(NAME)
        rebuild(client)
    reopen(wallet.card, client)
    assert client.get_balance(Purse.EP) == client.get_balance(Purse.ED) == 0
    assert client.history(0x18) == client.history(0x19) == []
    with Refused(0x9406):
        client.get_transaction_prove(Debit.PURCHASE_EP.type, 1)
    assert client.load(Purse.ED, 5, KEYS).counter == 0
    session = client.init_debit(Debit.PURCHASE_ED, 1)
    assert (session.counter, session.limit) == (0, 0)


def rebuild(client: FmcosClient) -> None:
    """The inside of an erased wallet directory, with its directory still there."""
    client.create_key_file(0x0000, 0x200, 0x95)
    for kind, key in (
        (KeyType.TAC, KEYS.tac),
        (KeyType.PURCHASE, KEYS.purchase),
        (KeyType.LOAD, KEYS.load),
    ):
        client.write_key(kind, 0, key, (0x00, 0x01))
    client.write_key(KeyType.PIN, 0, PIN, (0x01, 0x33), change=0xEF)
    for log in (0x18, 0x19):
        client.create_ef(log, FileType.CYCLIC, 0x0517, write=0xEF)
    client.create_purse(Purse.EP, 0x18)
    client.create_purse(Purse.ED, 0x19)


def test_transport_key_guards_nothing_on_a_blank_card(blank: PipeCard) -> None:
    """Free create and erase rights: a wrong transport key does not stand in the way."""
    client = FmcosClient(blank)
    with Refused():
        client.external_authenticate(0, OTHER_KEY)
    client.external_authenticate(0, TRANSPORT_KEY)
    client.create_df(0x3F01, 0x0200, 0x95, NAME)
    client.select(0x3F00)
    client.erase_df()
