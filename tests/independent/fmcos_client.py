"""A client for the purses of FMCOS-class cards that believes nothing it can recompute."""

from __future__ import annotations

from collections.abc import Sequence

from tests.independent import fmcos_crypto as crypto
from tests.independent.fmcos_files import FmcosFiles
from tests.independent.fmcos_types import (
    TYPE_OVERDRAFT,
    TYPE_UNLOAD,
    CacheUpdate,
    CardError,
    Debit,
    DebitSession,
    LogRecord,
    OnlineSession,
    ProofError,
    Protection,
    Purse,
    PurseKeys,
    Receipt,
)

TERMINAL = bytes.fromhex("517000204863")
SERIAL = bytes.fromhex("000047A1")
STAMP = bytes.fromhex("20170703084512")


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _u24(value: int) -> bytes:
    return value.to_bytes(3, "big")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


class FmcosClient(FmcosFiles):
    """The whole card: files, keys and PIN from :class:`FmcosFiles`, and the purses."""

    def get_balance(self, purse: Purse) -> int:
        """GET BALANCE."""
        answer = self.send((0x80, 0x5C, 0x00, purse), le=0x04)
        return int.from_bytes(self._sized("GET BALANCE", answer, 4), "big")

    @staticmethod
    def _sized(what: str, answer: bytes, size: int) -> bytes:
        if len(answer) != size:
            raise ProofError(f"{what}: {len(answer)} bytes instead of {size}: {answer.hex()}")
        return answer

    # Load, unload, overdraft: the host speaks, counter online, session key ends in 8000.

    def _init_online(
        self, p1: int, purse: Purse, key: bytes, kid: int, covered: bytes, terminal: bytes
    ) -> OnlineSession:
        """INITIALIZE; ``covered`` is amount and type, or for the overdraft the type alone."""
        overdraft = p1 == 0x04
        amount = b"" if overdraft else covered[:4]
        answer = self.send(
            (0x80, 0x50, p1, purse),
            bytes([kid]) + amount + terminal,
            le=0x13 if overdraft else 0x10,
        )
        rest = self._sized("INITIALIZE", answer, 19 if overdraft else 16)
        balance, counter, rest = rest[:4], int.from_bytes(rest[4:6], "big"), rest[6:]
        limit = b""
        if overdraft:
            limit, rest = rest[:3], rest[3:]
        session = crypto.online_session_key(key, rest[2:6], counter)
        self._proved("MAC1", rest[6:], crypto.mac(session, balance + limit + covered + terminal))
        return OnlineSession(
            balance=int.from_bytes(balance, "big"),
            counter=counter,
            limit=int.from_bytes(limit, "big"),
            version=rest[0],
            algorithm=rest[1],
            key=session,
        )

    def _commit_online(
        self,
        header: tuple[int, int, int, int],
        session: OnlineSession,
        *,
        prefix: bytes = b"",
        covered: bytes,
        stamp: bytes,
        proof_key: bytes,
        balance: int,
        le: int | None,
    ) -> bytes:
        mac2 = crypto.mac(session.key, covered)
        answer = self.send(header, prefix + stamp + mac2, le=le)
        if balance < 0:
            raise ProofError(f"the card agreed to a balance of {balance}")
        expected = crypto.mac(proof_key, _u32(balance) + _u16(session.counter) + covered)
        return self._proved("TAC or MAC3", answer, expected)

    def init_load(
        self,
        purse: Purse,
        amount: int,
        keys: PurseKeys,
        *,
        kid: int = 0,
        terminal: bytes = TERMINAL,
    ) -> OnlineSession:
        """INITIALIZE FOR LOAD; MAC1 checked."""
        covered = _u32(amount) + bytes([purse])
        return self._init_online(0x00, purse, keys.load, kid, covered, terminal)

    def credit(
        self,
        session: OnlineSession,
        purse: Purse,
        amount: int,
        keys: PurseKeys,
        *,
        terminal: bytes = TERMINAL,
        stamp: bytes = STAMP,
        le: int | None = 0x04,
    ) -> Receipt:
        """CREDIT FOR LOAD; TAC checked."""
        balance = session.balance + amount
        covered = _u32(amount) + bytes([purse]) + terminal + stamp
        tac = self._commit_online(
            (0x80, 0x52, 0x00, 0x00),
            session,
            covered=covered,
            stamp=stamp,
            proof_key=crypto.tac_key(keys.tac),
            balance=balance,
            le=le,
        )
        return Receipt(purse, balance, session.counter, tac)

    def load(
        self,
        purse: Purse,
        amount: int,
        keys: PurseKeys,
        *,
        kid: int = 0,
        terminal: bytes = TERMINAL,
        stamp: bytes = STAMP,
    ) -> Receipt:
        """A whole load."""
        session = self.init_load(purse, amount, keys, kid=kid, terminal=terminal)
        return self.credit(session, purse, amount, keys, terminal=terminal, stamp=stamp)

    def unload(
        self,
        amount: int,
        keys: PurseKeys,
        *,
        kid: int = 0,
        terminal: bytes = TERMINAL,
        stamp: bytes = STAMP,
    ) -> Receipt:
        """A whole unload from the ED; MAC3 is under the session key."""
        covered = _u32(amount) + bytes([TYPE_UNLOAD])
        session = self._init_online(0x05, Purse.ED, keys.unload, kid, covered, terminal)
        balance = session.balance - amount
        mac3 = self._commit_online(
            (0x80, 0x54, 0x03, 0x00),
            session,
            covered=covered + terminal + stamp,
            stamp=stamp,
            proof_key=session.key,
            balance=balance,
            le=0x04,
        )
        return Receipt(TYPE_UNLOAD, balance, session.counter, mac3)

    def update_overdraft(
        self,
        limit: int,
        keys: PurseKeys,
        *,
        kid: int = 0,
        terminal: bytes = TERMINAL,
        stamp: bytes = STAMP,
    ) -> Receipt:
        """A whole overdraft update; the balance moves by what the limit moves."""
        kind = bytes([TYPE_OVERDRAFT])
        session = self._init_online(0x04, Purse.ED, keys.overdraft, kid, kind, terminal)
        balance = session.balance - session.limit + limit
        tac = self._commit_online(
            (0x80, 0x58, 0x00, 0x00),
            session,
            prefix=_u24(limit),
            covered=_u24(limit) + kind + terminal + stamp,
            stamp=stamp,
            proof_key=crypto.tac_key(keys.tac),
            balance=balance,
            le=0x04,
        )
        return Receipt(TYPE_OVERDRAFT, balance, session.counter, tac)

    # Purchase, cash withdrawal, composite purchase: the terminal's SAM speaks, counter offline.

    def init_debit(
        self, debit: Debit, amount: int, *, kid: int = 0, terminal: bytes = TERMINAL
    ) -> DebitSession:
        """INITIALIZE FOR PURCHASE, CASH WITHDRAW or CAPP PURCHASE."""
        answer = self.send(
            (0x80, 0x50, debit.p1, debit.purse),
            bytes([kid]) + _u32(amount) + terminal,
            le=0x0F,
        )
        self._sized("INITIALIZE", answer, 15)
        return DebitSession(
            debit=debit,
            amount=amount,
            terminal=terminal,
            balance=int.from_bytes(answer[0:4], "big"),
            counter=int.from_bytes(answer[4:6], "big"),
            limit=int.from_bytes(answer[6:9], "big"),
            version=answer[9],
            algorithm=answer[10],
            rand=answer[11:15],
        )

    def update_cache(self, update: CacheUpdate) -> None:
        """UPDATE CAPP DATA CACHE; with a key CLA is 84 and a MAC follows the record."""
        p2 = update.sfi << 3 | update.mode
        if update.key is None:
            self.send((0x80, 0xDC, update.p1, p2), update.data)
        else:
            self._send_protected(
                (0x84, 0xDC, update.p1, p2), update.data, update.key, Protection.MAC
            )

    def debit(
        self,
        session: DebitSession,
        keys: PurseKeys,
        *,
        serial: bytes = SERIAL,
        stamp: bytes = STAMP,
        le: int | None = 0x08,
    ) -> Receipt:
        """DEBIT; TAC and MAC2 checked."""
        key = crypto.offline_session_key(keys.purchase, session.rand, session.counter, serial)
        head = _u32(session.amount) + bytes([session.debit.type]) + session.terminal
        mac1 = crypto.mac(key, head + stamp)
        answer = self.send((0x80, 0x54, 0x01, 0x00), serial + stamp + mac1, le=le)
        self._sized("DEBIT", answer, 8)
        tac = crypto.mac(crypto.tac_key(keys.tac), head + serial + stamp)
        self._proved("TAC", answer[:4], tac)
        mac2 = self._proved("MAC2", answer[4:], crypto.mac(key, _u32(session.amount)))
        balance = session.balance - session.amount
        return Receipt(session.debit.type, balance, session.counter, tac, mac2)

    def pay(
        self,
        debit: Debit,
        amount: int,
        keys: PurseKeys,
        *,
        kid: int = 0,
        terminal: bytes = TERMINAL,
        serial: bytes = SERIAL,
        stamp: bytes = STAMP,
    ) -> Receipt:
        """A whole purchase or cash withdrawal."""
        session = self.init_debit(debit, amount, kid=kid, terminal=terminal)
        return self.debit(session, keys, serial=serial, stamp=stamp)

    def composite(
        self, amount: int, keys: PurseKeys, updates: Sequence[CacheUpdate], *, kid: int = 0
    ) -> Receipt:
        """A whole composite purchase with its cache updates."""
        session = self.init_debit(Debit.COMPOSITE, amount, kid=kid)
        for update in updates:
            self.update_cache(update)
        return self.debit(session, keys)

    # Afterwards.

    def get_transaction_prove(self, kind: int, number: int) -> tuple[bytes, bytes]:
        """GET TRANSACTION PROVE: MAC2 and TAC of the transaction with the given logged number."""
        answer = self.send((0x80, 0x5A, 0x00, kind), _u16(number), le=0x08)
        self._sized("GET TRANSACTION PROVE", answer, 8)
        return answer[:4], answer[4:]

    def check_prove(self, receipt: Receipt) -> None:
        """The card must prove a receipt again; a load or overdraft update has only a TAC."""
        mac2, tac = self.get_transaction_prove(receipt.type, receipt.logged)
        self._proved("proved TAC", tac, receipt.tac)
        if receipt.mac2:
            self._proved("proved MAC2", mac2, receipt.mac2)

    def history(self, sfi: int, limit: int = 20) -> list[LogRecord]:
        """The transaction log, newest first, until the card refuses a record."""
        records: list[LogRecord] = []
        for number in range(1, limit + 1):
            try:
                records.append(LogRecord.parse(self.read_record(number, sfi, le=23)))
            except CardError:
                break
        return records
