"""The three example sessions of klks/fmcos-python, which ran against real FM1208 cards.

Reproduced step for step with keys of our own; each step of the original looks for the card
again, which is a power cycle, and so it is here.
"""

from __future__ import annotations

from tests.independent.fmcos_client import TERMINAL, FmcosClient
from tests.independent.fmcos_types import Debit, FileType, KeyType, Protection, Purse, PurseKeys
from tests.independent.pipe_card import PipeCard
from tests.independent.wallet import (
    AUTH_KEY,
    AUTH_KEY_1,
    ED_LOG,
    EP_LOG,
    INTERNAL,
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

PROTECTIONS = (Protection.NONE, Protection.MAC, Protection.ENCIPHERED)


def test_blank_card_answers(blank: PipeCard) -> None:
    """ATR, MF name in the FCI, transport key of eight FF, and a directory created at once."""
    assert blank.reset()[0] in (0x3B, 0x3F)
    client = FmcosClient(blank)
    assert b"1PAY.SYS.DDF01" in client.select(0x3F00)
    client.external_authenticate(0, TRANSPORT_KEY)
    client.external_authenticate(0, 2 * TRANSPORT_KEY, size=4)
    client.create_df(0x3F01, 0x0400, 0x95, b"first")
    assert b"first" in client.select_name(b"first")


def test_wallet_session(blank: PipeCard) -> None:
    """klks test_wallet: everything that its menu offers, in the order of the menu."""
    client = FmcosClient(blank)
    client.select(0x3F00)
    client.erase_df()

    blank.reset()
    personalise(client)

    reopen(blank, client)  # get_balance
    assert client.get_balance(Purse.EP) == 0
    assert client.get_balance(Purse.ED) == 0

    reopen(blank, client)  # add_money: two loads after one VERIFY
    client.load(Purse.EP, 1000, KEYS)
    client.load(Purse.ED, 2000, KEYS)

    reopen(blank, client)  # spend_wallet
    client.pay(Debit.PURCHASE_EP, 50, KEYS)

    reopen(blank, client)  # spend_passbook
    client.pay(Debit.PURCHASE_ED, 50, KEYS)

    reopen(blank, client)  # withdraw_money
    client.pay(Debit.CASH, 100, KEYS)

    reopen(blank, client, pin=None)  # pin_block: four wrong tries with a counter of 33
    for word in (0x63C2, 0x63C1, 0x63C0, 0x6983):
        with Refused(word):
            client.verify_pin(0, WRONG_PIN)

    reopen(blank, client, pin=None)  # pin_unblock
    client.unblock_pin(0, PIN, UNBLOCK_KEY)

    reopen(blank, client)  # online_debit
    client.unload(10, KEYS)

    reopen(blank, client)  # update_overdraft
    client.update_overdraft(1000, KEYS)

    reopen(blank, client)  # pin_change
    client.change_pin(0, PIN, NEW_PIN)
    client.verify_pin(0, NEW_PIN)
    client.change_pin(0, NEW_PIN, PIN)
    client.verify_pin(0, PIN)

    reopen(blank, client)  # pin_reset
    client.reload_pin(0, NEW_PIN, RELOAD_KEY)
    client.verify_pin(0, NEW_PIN)
    client.change_pin(0, NEW_PIN, PIN)
    client.verify_pin(0, PIN)

    reopen(blank, client)  # get_balance and get_history
    assert client.get_balance(Purse.EP) == 950
    assert client.get_balance(Purse.ED) == 2000 - 50 - 100 - 10 + 1000
    assert [record.type for record in client.history(EP_LOG)] == [0x06, 0x02]
    assert [record.type for record in client.history(ED_LOG)] == [0x07, 0x03, 0x04, 0x05, 0x01]
    assert {record.terminal for record in client.history(ED_LOG)} == {TERMINAL}

    blank.reset()  # reset
    client.select(0x3F00)
    client.erase_df()
    with Refused(0x6A82):
        client.select_name(NAME)


def test_wallet_internal_authentication(wallet: Wallet) -> None:
    """The three keys that the wallet session writes for it: encrypt, decrypt, MAC."""
    data = bytes.fromhex("0102030405060708")
    for mode, kind in enumerate((KeyType.ENCRYPT, KeyType.DECRYPT, KeyType.MAC)):
        answer = wallet.client.internal_authenticate(mode, 0, data, INTERNAL[kind])
        assert len(answer) == (4 if kind is KeyType.MAC else 8)


def test_wallet_key_change_right(wallet: Wallet) -> None:
    """Change right 02 asks for state 2 of the MF: without it no key can be modified."""
    with Refused(0x6982):
        wallet.client.write_key(
            KeyType.PURCHASE, 0, OTHER_KEY, (0, 1), change=0x02, modify=KeyType.PURCHASE
        )
    wallet.fund()
    wallet.client.pay(Debit.PURCHASE_EP, 1, KEYS)


def block_test(client: FmcosClient) -> None:
    """First directory of klks test_files: the one that gets locked later."""
    client.create_df(0x3FFF, 0x0500, 0x94, b"blockTest")
    client.select_name(b"blockTest")
    client.create_key_file(0x0001, 0x200, 0x94)
    client.write_key(KeyType.LINE, 0, LINE_KEY_1, (0xFF, 0x33), change=0x02)
    client.write_key(KeyType.EXTERNAL, 0, AUTH_KEY_1, (0xAA, 0xFF))
    client.write_key(KeyType.TAC, 0, OTHER_KEY, (0x00, 0x01))
    client.create_ef(0x0002, FileType.BINARY, 0x50)
    client.select(0x0002)
    client.update_binary(0, 0, b"binfile_block_test")


def file_test(client: FmcosClient) -> None:
    """Second directory: keys written enciphered, three files of three kinds."""
    client.create_df(0x3F01, 0x1500, 0x95, b"fileTest")
    client.select_name(b"fileTest")
    client.create_key_file(0x0001, 0x200, 0x95)
    client.write_key(KeyType.EXTERNAL, 0, AUTH_KEY, (0xAA, 0xFF))
    client.write_key(KeyType.TAC, 0, KEYS.tac, (0x00, 0x01))
    client.write_key(KeyType.LINE, 0, LINE_KEY, (0xFF, 0xFF), under=AUTH_KEY)
    client.write_key(KeyType.EXTERNAL, 2, AUTH_KEY_1, (0xAA, 0xFF), under=AUTH_KEY)
    for first, kind, size in (
        (0x0002, FileType.BINARY, 0x50),
        (0x0006, FileType.VARIABLE, 0x50),
        (0x000A, FileType.CYCLIC, 0x0210),
    ):
        for at, protection in enumerate(PROTECTIONS):
            client.create_ef(first + at, kind, size, protection=protection)


def pattern(first: int) -> bytes:
    """Sixteen bytes that tell a file's content from every other's."""
    return bytes(first + at for at in range(16))


def lock_session(blank: PipeCard, client: FmcosClient) -> None:
    """The locks of klks test_files, on a card that its other steps have filled."""
    blank.reset()  # app_block
    client.select_name(b"blockTest")
    client.block_application(LINE_KEY_1)
    with Refused(0x6A81):
        client.select(0x0002)

    blank.reset()  # app_unblock: SELECT fails, but what it named can be unlocked
    with Refused():
        client.select_name(b"blockTest")
    client.unblock_application(LINE_KEY_1)
    client.select(0x0002)
    assert client.read_binary(0, 0, 0x12) == b"binfile_block_test"

    blank.reset()  # card_block, which in the original is a permanent application lock
    client.select_name(b"blockTest")
    client.block_application(LINE_KEY_1, permanently=True)
    with Refused(0x6A81):
        client.select(0x0002)

    blank.reset()  # the other directory does not mind
    client.select_name(b"fileTest")
    assert client.read_binary(0x82, 0, 0x10) == pattern(0x11)


def test_files_session(blank: PipeCard) -> None:
    """klks test_files: plain, MAC, enciphered; binary, variable and loop files; then the locks.

    UPDATE RECORD makes record 1 of a variable file that is still empty.
    """
    client = erased(blank)
    block_test(client)
    client.select(0x3F00)
    file_test(client)

    blank.reset()  # write_binary
    client.select(0x3F01)
    for at, protection in enumerate(PROTECTIONS):
        key = None if protection is Protection.NONE else LINE_KEY
        client.select(0x0002 + at)
        client.update_binary(0, 0, pattern(0x11 + 0x10 * at), key, protection)

    blank.reset()  # write_loop
    client.select(0x3F01)
    for at, protection in enumerate(PROTECTIONS):
        key = None if protection is Protection.NONE else LINE_KEY
        client.select(0x000A + at)
        client.append_record(0x0A + at, pattern(0x91 + 0x10 * at), key, protection)

    blank.reset()  # write_record
    client.select(0x3F01)
    for at, protection in enumerate(PROTECTIONS):
        key = None if protection is Protection.NONE else LINE_KEY
        client.select(0x0006 + at)
        record = b"\xf7\x10" + pattern(0x51 + 0x10 * at)
        client.update_record(1, 0x06 + at, record, key, protection)

    blank.reset()  # read_binary
    client.select(0x3F01)
    for at, protection in enumerate(PROTECTIONS):
        key = None if protection is Protection.NONE else LINE_KEY
        client.select(0x0002 + at)
        assert client.read_binary(0, 0, 0x10, key, protection) == pattern(0x11 + 0x10 * at)

    blank.reset()  # read_record, without selecting the files
    client.select(0x3F01)
    for at, protection in enumerate(PROTECTIONS):
        key = None if protection is Protection.NONE else LINE_KEY
        record = client.read_record(1, 0x06 + at, 0x12, key, protection)
        assert record == b"\xf7\x10" + pattern(0x51 + 0x10 * at)

    blank.reset()  # read_loop, with Le 00
    client.select(0x3F01)
    for at, protection in enumerate(PROTECTIONS):
        key = None if protection is Protection.NONE else LINE_KEY
        record = client.read_record(1, 0x0A + at, 0x00, key, protection)
        assert record == pattern(0x91 + 0x10 * at)

    client.external_authenticate(2, AUTH_KEY_1)

    lock_session(blank, client)


COMPRO_AUTH = bytes(16 * [0xFF])
COMPRO_PIN = bytes.fromhex("123456")
COMPRO_PURSE = PurseKeys(
    load=bytes.fromhex("D5617A40E93FBC82460BC1F81D7E25A9"),
    purchase=bytes.fromhex("6EF02B91574DC8A3930E64BA2FD8715C"),
    unload=KEYS.unload,
    overdraft=KEYS.overdraft,
    tac=bytes.fromhex("29C4C330BDD8AF34D2313082E53803FF"),
)


def compro_root(client: FmcosClient) -> None:
    """MF of the compro session: keys, one file of each kind, first contents."""
    client.select(0x3F00)
    client.create_key_file(0x0001, 0x40, 0x00)
    client.write_key(KeyType.EXTERNAL, 0, COMPRO_AUTH, (0xAA, 0xFF))
    client.write_key(
        KeyType.LINE, 0, LINE_KEY, (0xFF, 0xFF),
        under=COMPRO_AUTH,
    )  # fmt: skip
    client.write_key(KeyType.PIN, 0, COMPRO_PIN, (0x01, 0xFF), change=0xEF)
    client.create_ef(0x0002, FileType.BINARY, 0x0200, write=0xF1, protection=Protection.MAC)
    client.create_ef(0x0003, FileType.FIXED, 0x0208)
    client.create_ef(0x0004, FileType.CYCLIC, 0x0208)
    client.create_ef(0x0005, FileType.VARIABLE, 0x0208)
    client.verify_pin(0, COMPRO_PIN)

    data = bytes.fromhex("11223344556677889900AABBCCDDEEFF")
    client.select(0x0002)
    client.update_binary(0, 0, data, LINE_KEY)
    assert client.read_binary(0, 0, 0x10, LINE_KEY) == data
    client.update_record(1, 0x03, data[:8])
    assert client.read_record(1, 0x03) == data[:8]
    client.append_record(0x04, data[:8])
    assert client.read_record(1, 0x04) == data[:8]
    record = bytes.fromhex("BB06112233445566")
    client.update_record(1, 0x05, record)
    assert client.read_record(1, 0x05) == record


def compro_directory(client: FmcosClient) -> None:
    """DF of the compro session: files before keys, the first key under the MF's 39/00."""
    client.create_df(0xDF01, 0x01F1, 0x95, b"TestDir")
    client.select(0xDF01)
    client.create_key_file(0x0000, 0xB0, 0x95)
    client.create_ef(0x0015, FileType.BINARY, 0x001E, protection=Protection.MAC)
    client.create_ef(0x0016, FileType.BINARY, 0x0037, protection=Protection.MAC)
    client.create_purse(Purse.EP, 0x18)  # before the log that it names
    client.create_ef(0x0018, FileType.CYCLIC, 0x0217, read=0xF1, write=0xEF)
    client.create_ef(0x0017, FileType.VARIABLE, 0x0040)

    client.write_key(KeyType.EXTERNAL, 0, AUTH_KEY, (0xAA, 0xFF), under=COMPRO_AUTH)
    with Refused():  # from now on the MF's key opens nothing here
        client.write_key(KeyType.LINE, 1, LINE_KEY_1, (0xFF, 0xFF), under=COMPRO_AUTH)
    for kind, key, use, tail in (
        (KeyType.TAC, COMPRO_PURSE.tac, 0xF4, (0x03, 0x00)),
        (KeyType.LINE, LINE_KEY_1, 0xF0, (0xFF, 0xFF)),
        (KeyType.PURCHASE, COMPRO_PURSE.purchase, 0xF0, (0x01, 0x00)),
        (KeyType.LOAD, COMPRO_PURSE.load, 0xF0, (0x00, 0x01)),
    ):
        client.write_key(kind, 0, key, tail, use=use, under=AUTH_KEY)
    client.write_key(KeyType.PIN, 0, COMPRO_PIN, (0x01, 0xFF), change=0xEF)


def test_compro_session(blank: PipeCard) -> None:
    """klks test_compro, first its reset with the transport key, then its setup in one go.

    The TAC key may only be used from state 4 on, and the PIN leads to state 1: nevertheless
    the original loads and pays. The purse needs no key of its own directory to be created.
    """
    client = FmcosClient(blank)
    client.select(0x3F00)
    client.external_authenticate(0, COMPRO_AUTH)
    client.erase_df()

    blank.reset()
    compro_root(client)
    compro_directory(client)

    client.verify_pin(0, COMPRO_PIN)
    receipt = client.load(Purse.EP, 200, COMPRO_PURSE)
    assert receipt.logged == 1
    client.pay(Debit.PURCHASE_EP, 50, COMPRO_PURSE)
    assert client.get_balance(Purse.EP) == 150
    assert [record.type for record in client.history(0x18)] == [0x06, 0x02]

    client.select(0x3F00)
    client.external_authenticate(0, COMPRO_AUTH)
    client.erase_df()
    with Refused(0x6A82):
        client.select(0xDF01)
