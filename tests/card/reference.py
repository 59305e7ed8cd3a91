"""The other side of a card, written from the published rules alone.

Host, terminal and issuer as FMCOS cards meet them: session keys, MACs and TACs are
computed here with pycryptodome's single DES and nothing of the engine under test, so an
error in the engine's formulas cannot hide in the expectation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from Crypto.Cipher import DES

from tests.card.support import Talk
from ykt_sim.profiles.keys import load_test_keys

TERMINAL = "413101738008"
STAMP = "20171101083000"
SERIAL = "0000ABCD"


def ecb(key: str, data: str) -> str:
    """Single DES under 8 bytes, two-key EDE under 16; whole blocks."""
    raw, blocks = bytes.fromhex(key), bytes.fromhex(data)
    left = DES.new(raw[:8], DES.MODE_ECB)
    out = left.encrypt(blocks)
    if len(raw) == 16:
        out = left.encrypt(DES.new(raw[8:], DES.MODE_ECB).decrypt(out))
    return out.hex().upper()


def mac(key: str, data: str, iv: str = "") -> str:
    """Pad 80 00.. always, CBC with the left half, the last block EDE under 16 bytes."""
    raw = bytes.fromhex(key)
    text = bytes.fromhex(data) + b"\x80"
    text += bytes(-len(text) % 8)
    left = DES.new(raw[:8], DES.MODE_ECB)
    state = bytes.fromhex(iv).ljust(8, b"\0")
    for at in range(0, len(text), 8):
        state = left.encrypt(bytes(a ^ b for a, b in zip(state, text[at : at + 8], strict=True)))
    if len(raw) == 16:
        state = left.encrypt(DES.new(raw[8:], DES.MODE_ECB).decrypt(state))
    return state[:4].hex().upper()


def enciphered(key: str, data: str) -> str:
    """Length byte, data, padding only when needed, ECB."""
    body = f"{len(data) // 2:02X}{data}"
    if len(body) % 16:
        body += "80"
        body += "00" * (-len(body) // 2 % 8)
    return ecb(key, body)


def halves_xor(key: str) -> str:
    """Key of a TAC: left half XOR right half."""
    return f"{int(key[:16], 16) ^ int(key[16:], 16):016X}"


def complement(data: str) -> str:
    return bytes(255 - byte for byte in bytes.fromhex(data)).hex().upper()


def diversified(master: str, *factors: str) -> str:
    for factor in factors:
        master = ecb(master, factor + complement(factor))
    return master


def card_keys(standard: str, *factors: str) -> dict[str, str]:
    """A card's keys by role, from the published test masters."""
    masters = load_test_keys().masters(standard)
    return {role: diversified(key.hex(), *factors) for role, key in masters.items()}


def line(key: str, header: str, body: str, challenge: str) -> str:
    """A protected command: header, Lc that counts the MAC, body, MAC."""
    start = f"{header}{len(body) // 2 + 4:02X}{body}"
    return start + mac(key, start, challenge)


#: Keys of the profiles as they are issued.
TUNION_KEYS = card_keys("tunion", "01011000FFFFFFFF", "5170000000000001")
DUAL_EP_KEYS = card_keys("tunion", "02205810FFFFFFFF", "4870300000000017")
LNT_KEYS = card_keys("lnt", "5100000000000002")
DUAL_LNT_KEYS = card_keys("lnt", "5100000000000001")


@dataclass(frozen=True)
class Pending:
    """An initialized transaction: how to finish it and what must come back.

    ``number`` is the counter after the transaction; ``proof`` and ``log`` are what GET
    TRANSACTION PROVE and log record 1 must hold once it is finished.
    """

    commit: str
    wrong: str
    answer: str
    type: str
    number: int
    proof: str
    log: str


def _pending(head: str, code: str, le: str, answer: str, proof: str, log: str) -> Pending:
    wrong = f"{int(code, 16) ^ 0x00010000:08X}"
    number = int(log[:4], 16)
    return Pending(head + code + le, head + wrong + le, answer, log[18:20], number, proof, log)


class Refused(Exception):  # noqa: N818 - a status word
    """INITIALIZE was refused with this status word."""

    def __init__(self, sw: str) -> None:
        self.sw = sw
        super().__init__(sw)


#: operation -> (P1 of INITIALIZE, key role, type byte of ED, of EP)
OPERATIONS = {
    "load": ("00", "load", "01", "02"),
    "purchase": ("01", "purchase", "05", "06"),
    "cash": ("02", "purchase", "04", ""),
    "composite": ("03", "purchase", "", "09"),
    "overdraft": ("04", "overdraft", "07", "07"),
    "unload": ("05", "unload", "03", "03"),
}


class Wallet:
    """Drives the purse of the selected application; every code is computed here.

    Args:
        talk: the card.
        keys: by role, hex.
        kind: ``01`` ED or ``02`` EP; ``p2`` of overdraft updates is always 01.
        kid: key index.
    """

    def __init__(
        self, talk: Talk, keys: Mapping[str, str], kind: str = "02", kid: str = "01"
    ) -> None:
        self.talk, self.keys, self.kind, self.kid = talk, keys, kind, kid
        self.tac_key = halves_xor(keys["tac"])
        self.limit = "000000"

    def begin(
        self, operation: str, amount: int = 0, stamp: str = STAMP, serial: str = SERIAL
    ) -> Pending:
        """INITIALIZE; raises Refused. For ``overdraft`` the amount is the new limit."""
        p1, role, ed, ep = OPERATIONS[operation]
        type_ = ed if self.kind == "01" else ep
        if operation == "overdraft":
            answer = self.talk(f"80500401 07 {self.kid} {TERMINAL} 13")
        else:
            answer = self.talk(f"8050{p1}{self.kind} 0B {self.kid} {amount:08X} {TERMINAL}")
        if answer[-4:] != "9000":
            raise Refused(answer[-4:])
        data = answer[:-4]
        if role == "purchase":
            return self._debit(data, amount, type_, stamp, serial)
        if operation == "overdraft":
            return self._overdraft(data, amount, stamp)
        return self._online(operation, data, amount, type_, stamp)

    def _debit(self, data: str, amount: int, type_: str, stamp: str, serial: str) -> Pending:
        assert len(data) == 30
        counter, limit, rnd = data[8:12], data[12:18], data[22:30]
        session = ecb(self.keys["purchase"], rnd + counter + serial[4:])
        body = f"{amount:08X}{type_}{TERMINAL}"
        mac1 = mac(session, body + stamp)
        tac = mac(self.tac_key, body + serial + stamp)
        mac2 = mac(session, f"{amount:08X}")
        log = f"{int(counter, 16) + 1 & 0xFFFF:04X}{limit}{body}{stamp}"
        return _pending(f"805401000F{serial}{stamp}", mac1, "08", tac + mac2, mac2 + tac, log)

    def _online(self, operation: str, data: str, amount: int, type_: str, stamp: str) -> Pending:
        assert len(data) == 32
        balance, counter, rnd, mac1 = data[:8], data[8:12], data[16:24], data[24:]
        session = ecb(self.keys[operation], rnd + counter + "8000")
        body = f"{amount:08X}{type_}{TERMINAL}"
        assert mac1 == mac(session, balance + body), "MAC1"
        mac2 = mac(session, body + stamp)
        sign = 1 if operation == "load" else -1
        after = f"{int(balance, 16) + sign * amount & 0xFFFFFFFF:08X}"
        key = self.tac_key if operation == "load" else session
        code = mac(key, after + counter + body + stamp)
        head = "805200000B" if operation == "load" else "805403000B"
        log = f"{int(counter, 16) + 1 & 0xFFFF:04X}{self.limit}{body}{stamp}"
        return _pending(head + stamp, mac2, "04", code, mac2 + code, log)

    def _overdraft(self, data: str, new: int, stamp: str) -> Pending:
        assert len(data) == 38
        balance, counter, old, rnd, mac1 = (
            data[:8], data[8:12], data[12:18], data[22:30], data[30:],
        )  # fmt: skip
        session = ecb(self.keys["overdraft"], rnd + counter + "8000")
        assert mac1 == mac(session, balance + old + "07" + TERMINAL), "MAC1"
        limit = f"{new & 0xFFFFFF:06X}"
        mac2 = mac(session, limit + "07" + TERMINAL + stamp)
        after = f"{int(balance, 16) - int(old, 16) + new & 0xFFFFFFFF:08X}"
        tac = mac(self.tac_key, after + counter + limit + "07" + TERMINAL + stamp)
        log = f"{int(counter, 16) + 1 & 0xFFFF:04X}{limit}0000000007{TERMINAL}{stamp}"
        return _pending(f"805800000E{limit}{stamp}", mac2, "04", tac, mac2 + tac, log)

    def finish(self, pending: Pending) -> None:
        """Send the commit and check the codes that come back."""
        assert self.talk(pending.commit) == pending.answer + "9000"
        if pending.type == "07":
            self.limit = pending.log[4:10]

    def do(self, operation: str, amount: int = 0, **options: str) -> Pending:
        """A whole transaction, checked."""
        pending = self.begin(operation, amount, **options)
        self.finish(pending)
        return pending

    def prove(self, type_: str, number: int) -> str:
        """GET TRANSACTION PROVE; the whole answer."""
        return self.talk(f"805A00{type_} 02 {number:04X} 08")

    def balance(self, p1: str = "00") -> int:
        """GET BALANCE."""
        return int(self.talk.ok(f"805C{p1}{self.kind}04"), 16)
