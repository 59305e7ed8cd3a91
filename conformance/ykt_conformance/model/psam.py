"""The reference model of a PSAM: what it may answer, as far as sources say.

It knows the files, INIT FOR PURCHASE and the check of MAC2. Of GET CHALLENGE nothing but the length
could be said, and of the DES commands no answer was ever seen: these are not stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.model.expect import Divergence
from ykt_conformance.model.rules import RULES
from ykt_sim.codes import INS, LNT, TUNION
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import diversify_chain, session_key
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Exchange, Removed, Reset
from ykt_sim.wire import macs
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.applications import SamFile
from ykt_sim.wire.commands import BY_SFI
from ykt_sim.wire.purse import SamPurchaseAnswer, SamPurchaseData1, SamPurchaseData2

_LAYOUTS: Final[Mapping[int, tuple[str, type[Any]]]] = {
    SamPurchaseData1.SIZE: (LNT, SamPurchaseData1),
    SamPurchaseData2.SIZE: (TUNION, SamPurchaseData2),
}
#: Algorithm ids under which the key's length alone decides [GM 5.4][deng].
_DES: Final = (0x00, 0x01)


#: Rule, what was due and why it is not; None where nothing is stated.
_Found = list[tuple[str, str, str]] | None


class _Open(msgspec.Struct):
    """INIT FOR PURCHASE whose MAC2 was not checked yet: its number, and MAC2 where it is known."""

    number: int
    mac2: bytes | None


class Psam:
    """A PSAM as it was seen so far.

    Args:
        keys: the masters; a ring without them predicts no codes.
        terminal: the declared number, 12 digits; empty: learnt from file 16.

    Attributes:
        judged: exchanges for which a rule says what comes.
        not_stated: exchanges for which none does.
    """

    def __init__(self, keys: KeyRing, terminal: str = "") -> None:
        self.judged = self.not_stated = 0
        self._keys, self._declared, self._terminal = keys, terminal.upper(), terminal
        self._files: dict[tuple[bytes, bytes], bytes] = {}
        self._selected = b""
        self._last = self._checked = -1
        self._open: _Open | None = None

    @classmethod
    def of(cls, form: Mapping[str, Any], keys: KeyRing) -> Psam:
        """The PSAM of a terminal with this form; that of a card says nothing of one."""
        return cls(keys, str(form.get("place", {}).get("terminal_number", "")))

    def take(self, event: Exchange | Reset | Removed) -> list[Divergence]:
        """Judge an event of the PSAM's channel."""
        if isinstance(event, Exchange):
            return self.observe(event.command, event.response)
        self._selected, self._open = b"", None
        return []

    def observe(self, command: bytes, answer: bytes) -> list[Divergence]:
        """Judge one exchange; an empty answer never came."""
        try:
            asked = Command.parse(command)
            told = Response.parse(answer) if answer else Response(b"", 0)
        except ReadError:
            self.not_stated += 1
            return []
        chapters: dict[int, Callable[[Command, Response], _Found]] = {
            INS.SELECT: self._select,
            INS.READ_BINARY: self._read,
            INS.SAM_INIT_PURCHASE: self._init,
            INS.SAM_CHECK_MAC2: self._check,
        }
        chapter = chapters.get(asked.ins)
        found = chapter(asked, told) if chapter is not None and answer else None
        self.judged += found is not None
        self.not_stated += found is None
        return [
            Divergence(RULES[name], command, due, answer.hex().upper(), why)
            for name, due, why in found or ()
        ]

    def _select(self, asked: Command, told: Response) -> _Found:
        if told.sw == 0x9000:
            self._selected, self._open = asked.data, None
        return None

    def _read(self, asked: Command, told: Response) -> _Found:
        if told.sw != 0x9000 or not asked.p1 & BY_SFI:
            return None
        found: list[tuple[str, str, str]] = []
        place = (self._selected, bytes((asked.p1, asked.p2, asked.le or 0)))
        before = self._files.setdefault(place, told.data)
        if before != told.data:
            found.append(("SAM-FILE", before.hex().upper(), "other bytes than before"))
        if asked.p1 & 0x1F == SamFile.TERMINAL and not asked.p2 and len(told.data) == 6:
            number = told.data.hex().upper()
            if self._declared and number != self._declared:
                found.append(("SAM-TERMINAL", self._declared, "another terminal number"))
            self._terminal = number
        return found

    # -- purchases -----------------------------------------------------------------------

    def _init(self, asked: Command, told: Response) -> _Found:
        self._open = None
        known = _LAYOUTS.get(len(asked.data))
        if known is None:
            wrong = told.sw == 0x9000
            return [("SAM-LENGTH", "a refusal", "taken")] if wrong else []
        if told.sw != 0x9000:
            return None  # the key may not be there, or be worn out
        if len(told.data) != SamPurchaseAnswer.SIZE:
            return [("SAM-MAC1", "8 bytes", f"{len(told.data)} bytes")]
        standard, layout = known
        try:
            data: Any = layout.parse(asked.data)
        except ReadError:
            return None
        said = SamPurchaseAnswer.parse(told.data)
        number = int.from_bytes(said.terminal_serial, "big")
        found: list[tuple[str, str, str]] = []
        least = max(self._last, self._checked + 1)
        if number < least:
            found.append(("SAM-NUMBER", f"at least {least:08X}", f"number {number:08X}"))
        self._last = number
        session = self._session(standard, data, said.terminal_serial)
        mac2 = None
        if session is not None:
            mac2 = des.mac(session, macs.PurchaseMac2Input.pack(amount=data.amount))
            due = self._mac1(session, data)
            if due not in {None, said.mac1}:
                found.append(("SAM-MAC1", (due or b"").hex().upper(), "another MAC1"))
        self._open = _Open(number, mac2)
        return found

    def _session(self, standard: str, data: Any, serial: bytes) -> bytes | None:
        master = self._keys.master(standard, "purchase")
        if master is None or data.algorithm not in _DES:
            return None
        factors = (data.factor1,) if standard == LNT else (data.factor2, data.factor1)
        key = diversify_chain(master, *factors)
        under = macs.PurchaseSessionInput.pack(
            random=data.random, counter=data.counter, serial_low=serial[2:]
        )
        return session_key(key, under)

    def _mac1(self, session: bytes, data: Any) -> bytes | None:
        if not self._terminal:
            return None
        under = macs.TransactionMacInput.pack(
            amount=data.amount, type=data.type, terminal=self._terminal, datetime=data.datetime
        )
        return des.mac(session, under)

    def _check(self, asked: Command, told: Response) -> _Found:
        opened, self._open = self._open, None
        if opened is None:
            wrong = told.sw == 0x9000
            return [("SAM-ORDER", "a refusal", "taken with nothing begun")] if wrong else []
        if told.sw == 0x9000:
            self._checked = max(self._checked, opened.number)
        if opened.mac2 is None:
            return None
        right = asked.data == opened.mac2
        if right and told.sw != 0x9000:
            return [("SAM-MAC2", "9000", "the right MAC2 is refused")]
        if not right and told.sw == 0x9000:
            return [("SAM-MAC2", "a refusal", "a wrong MAC2 is taken")]
        return []
