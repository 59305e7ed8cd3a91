"""The wallet that most scenarios start from, laid out as in klks' wallet example.

All keys here are test keys, drawn at random for this file; they open nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.independent.fmcos_client import FmcosClient
from tests.independent.fmcos_types import CardError, FileType, KeyType, Purse, PurseKeys
from tests.independent.pipe_card import PipeCard

# Test keys.
KEYS = PurseKeys(
    load=bytes.fromhex("6B1F0C93D47A28E55E90B713CA4618F2"),
    purchase=bytes.fromhex("D1037EA86C5B92F40B87E33F10CA6D59"),
    unload=bytes.fromhex("29F8B05714E6CD3A907C42DB6186AF0E"),
    overdraft=bytes.fromhex("84C3E91A70D25F06B86E14FD935AC027"),
    tac=bytes.fromhex("57A2190ECB6884D31FE07B9546C83DA0"),
)
OTHER_KEY = bytes.fromhex("C05E72D18F3B9A64E417AB0836D950FC")
LINE_KEY = bytes.fromhex("3AD6419F07BCE8527D21F06E95C418B3")
LINE_KEY_1 = bytes.fromhex("F24B8D3096A517CEE80C5B73D12F6A94")
UNBLOCK_KEY = bytes.fromhex("0EB79C6425F1D83A6C924AE0B8531FD7")
RELOAD_KEY = bytes.fromhex("91C5270BFA68D3E4143EA97086DB52CF")
AUTH_KEY = bytes.fromhex("7803BD5EA14FC692D96A3CF1250E87B4")
AUTH_KEY_1 = bytes.fromhex("B56A20F7C8149E3D03E15D8A6F92C47B")
INTERNAL = {
    KeyType.ENCRYPT: bytes.fromhex("42E7905C1DA83BF6CF085692E37B14AD"),
    KeyType.DECRYPT: bytes.fromhex("A90F63D48E2517BC721DCB5084F6E93A"),
    KeyType.MAC: bytes.fromhex("1C84F75A30E96BD2D53EA8076291BC4F"),
}
TRANSPORT_KEY = bytes(8 * [0xFF])

PIN = bytes.fromhex("123456")
NEW_PIN = bytes.fromhex("13371337")
WRONG_PIN = bytes.fromhex("11223344")
NAME = b"walletTest"
EP_LOG = 0x18
ED_LOG = 0x19


def personalise_keys(client: FmcosClient, change: int, tries: int) -> None:
    """The thirteen keys of the example, each with index 00, in its order."""
    for kind, key in INTERNAL.items():
        client.write_key(kind, 0, key, (0x05, 0x98), change=0xF4)
    client.write_key(KeyType.TAC, 0, KEYS.tac, (0x00, 0x01), change=change)
    client.write_key(KeyType.LINE, 0, LINE_KEY, (0xFF, tries), change=change)
    client.write_key(KeyType.PIN_UNBLOCK, 0, UNBLOCK_KEY, (0xFF, tries), change=change)
    client.write_key(KeyType.PIN_RELOAD, 0, RELOAD_KEY, (0xFF, tries), change=change)
    client.write_key(KeyType.EXTERNAL, 0, AUTH_KEY, (0x44, tries), change=change)
    client.write_key(KeyType.PURCHASE, 0, KEYS.purchase, (0x00, 0x01), change=change)
    client.write_key(KeyType.LOAD, 0, KEYS.load, (0x00, 0x01), change=change)
    client.write_key(KeyType.UNLOAD, 0, KEYS.unload, (0x00, 0x01), change=change)
    client.write_key(KeyType.OVERDRAFT, 0, KEYS.overdraft, (0x00, 0x01), change=change)
    client.write_key(KeyType.PIN, 0, PIN, (0x01, tries), change=0xEF)


def personalise(client: FmcosClient, *, change: int = 0x02, tries: int = 0x33) -> None:
    """Directory, keys, two logs and two purses; no SELECT before CREATE, as in the example."""
    client.create_df(0x3F01, 0x1500, 0x95, NAME)
    client.select_name(NAME)
    client.create_key_file(0x0000, 0x200, 0x95)
    personalise_keys(client, change, tries)
    for log in (EP_LOG, ED_LOG):
        client.create_ef(log, FileType.CYCLIC, 0x0517, write=0xEF)
    client.create_purse(Purse.EP, EP_LOG)
    client.create_purse(Purse.ED, ED_LOG)


def erased(card: PipeCard) -> FmcosClient:
    """A client of a card whose MF is empty, current and without keys."""
    client = FmcosClient(card)
    client.select(0x3F00)
    client.erase_df()
    card.reset()
    return client


def reopen(card: PipeCard, client: FmcosClient, *, pin: bytes | None = PIN) -> None:
    """Power cycle, SELECT the wallet, VERIFY PIN unless none is given."""
    card.reset()
    client.select_name(NAME)
    if pin is not None:
        client.verify_pin(0, pin)


@dataclass(frozen=True)
class Wallet:
    """A personalised card and its client, selected, PIN verified, purses empty."""

    card: PipeCard
    client: FmcosClient

    def fund(self, ep: int = 1000, ed: int = 2000) -> None:
        """Money in both purses."""
        for purse, amount in ((Purse.EP, ep), (Purse.ED, ed)):
            if amount:
                self.client.load(purse, amount, KEYS)


class Refused:
    """``with Refused(...)``: the card must refuse, with one of the words when any is given."""

    def __init__(self, *words: int) -> None:
        """Which status words are right; none means any but 9000."""
        self.words = words
        self.sw = 0

    def __enter__(self) -> Refused:
        """Begin."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        """Swallow the right refusal; complain about a missing or a wrong one."""
        if error is None:
            pytest.fail("the card agreed")
        if not isinstance(error, CardError):
            return False
        self.sw = error.sw
        if self.words:
            assert error.sw in self.words, str(error)
        return True
