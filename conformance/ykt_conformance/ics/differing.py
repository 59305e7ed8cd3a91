"""What a trace shows of that on which sound cards differ and no source decides.

PIN at VERIFY and at INITIALIZE, the log of an overdraft update, who writes EF 15 and 16, what
EXTERNAL AUTHENTICATE opens, ceilings: see `ics.schema` for what each entry means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.view import View
from ykt_sim.codes import AID_LNT_WALLET, INS, SW, Operation, Standard
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.commands import BY_SFI
from ykt_sim.wire.files import LntWallet, TransactionRecord
from ykt_sim.wire.tlv import Fci


class Observation(msgspec.Struct, frozen=True):
    """One entry of the ICS as a trace shows it."""

    path: str
    value: Any
    why: str
    event: int | None = None


def shows(call: Call, path: str, why: str, *, is_: Any) -> Observation:
    """What a call shows, with its event."""
    return Observation(path, is_, f"{why} (event {call.index})", call.index)


_FILLED: Final = b"\xff"
_REFUSED: Final = (SW.SECURITY, SW.CONDITIONS)
#: Files by application, and the entry that says who writes them.
_WRITTEN: Final[dict[tuple[str, int], str]] = {
    (Standard.TUNION, TunionFile.APPLICATION): "tunion.ef15_update",
    (Standard.TUNION, TunionFile.CARDHOLDER): "tunion.ef16_update",
    ("lnt-basic", TunionFile.APPLICATION): "lnt.ef15_update",
}
#: Operations with the host by P1 of INITIALIZE, and the entry that says whether it asks for a PIN.
_ASKS: Final = {0x00: "pin_for_load", 0x04: "pin_for_overdraft", 0x05: "pin_for_unload"}


def pins(view: View) -> Iterator[Observation]:
    """Which forms of a PIN were accepted: as it is, or filled with FF to six or eight bytes."""
    taken: dict[str, set[int]] = {}
    refused: set[str] = set()
    for call in view.find(INS.VERIFY, 0x00, 0x00):
        name, data = call.standard, call.command.data
        if name not in tuple(Standard):
            continue
        if call.ok:
            taken.setdefault(name, set()).add(len(data) if data.endswith(_FILLED) else 0)
        elif call.response.sw == SW.WRONG_LENGTH and len(data) == 8:
            refused.add(name)
        value = _filling(taken.get(name, set()), eight_refused=name in refused)
        if value:
            why = f"VERIFY of {len(data)} bytes answered {call.response.sw:04X}"
            yield shows(call, f"{name}.pin_filling", why, is_=value)


def _filling(taken: set[int], *, eight_refused: bool) -> str:
    """What accepted fillings mean: 0 stands for a PIN as it is."""
    if 0 in taken:
        return "any" if 8 in taken else "none" if eight_refused else ""
    return str(max(taken)) if taken in ({6}, {8}) else ""


def asks(view: View) -> Iterator[Observation]:
    """Whether INITIALIZE with the host is answered without a PIN.

    A refused SELECT leaves the application as it was: a PIN shown before it may count still.
    """
    verified: set[int] = set()
    for call in view.card:
        if call.is_(INS.VERIFY):
            (verified.add if call.ok else verified.discard)(call.session)
        elif call.is_(INS.SELECT) and call.ok:
            verified.discard(call.session)
        entry = _ASKS.get(call.command.p1) if call.is_(INS.INITIALIZE) else None
        if entry is None or call.session in verified or call.standard not in tuple(Standard):
            continue
        load = entry == "pin_for_load"
        words = f"INITIALIZE answered {call.response.sw:04X} without a PIN"
        if call.ok:
            yield shows(call, f"{call.standard}.{entry}", words, is_=False if load else "no")
        elif call.response.sw == SW.SECURITY:
            yield shows(call, f"{call.standard}.{entry}", words, is_=True if load else "yes")


def overdraft_logs(view: View) -> Iterator[Observation]:
    """Record 1 of EF 18 read behind an overdraft update."""
    for tx in view.transactions:
        done = tx.operation == Operation.OVERDRAFT and tx.committed and tx.data is not None
        if not done or tx.commit is None:
            continue
        old, new = int(tx.answer.overdraft_limit), int(tx.data.limit)
        for call in view.card:
            if call.index <= tx.commit.index:
                continue
            if call.is_(INS.INITIALIZE) or call.session != tx.commit.session:
                break
            first = call.is_(INS.READ_RECORD, 0x01, TunionFile.LOG << 3 | 4) and call.ok
            if first and len(call.response.data) == TransactionRecord.SIZE:
                value = _logged(call.response.data, int(tx.answer.counter) + 1, old, new)
                if value:
                    path = f"{tx.standard}.overdraft_log"
                    yield shows(call, path, "record 1 behind an overdraft update", is_=value)
                break


def _logged(data: bytes, number: int, old: int, new: int) -> str:
    record = TransactionRecord.parse(data)
    if int(record.type) != 0x07 or int(record.counter) != number:
        return "none"
    amounts = {"zero": 0, "limit": new, "difference": abs(new - old)}
    fits = [name for name, amount in amounts.items() if amount == int(record.amount)]
    return fits[0] if len(fits) == 1 else ""


def writers(view: View) -> Iterator[Observation]:
    """UPDATE BINARY of EF 15 and 16 under a MAC; which key it was is told where keys are known."""
    for call in view.find(INS.UPDATE_BINARY):
        path = _WRITTEN.get((call.standard, call.command.p1 & 0x1F))
        if path is None or not call.command.p1 & BY_SFI or not call.command.cla & 0x04:
            continue
        if call.ok:
            yield shows(call, path, "UPDATE BINARY under a MAC answered 9000", is_="line")


def opens(view: View) -> Iterator[Observation]:
    """Plain UPDATE RECORD of EF 1A behind an EXTERNAL AUTHENTICATE that was accepted."""
    raised: set[int] = set()
    for call in view.card:
        if call.is_(INS.EXTERNAL_AUTHENTICATE) and call.ok:
            raised.add(call.session)
        elif call.is_(INS.SELECT):
            raised.discard(call.session)
        elif (
            call.is_(INS.UPDATE_RECORD, None, TunionFile.INDUSTRY << 3 | 4)
            and call.command.cla == 0 and call.session in raised
        ):  # fmt: skip
            why = f"UPDATE RECORD behind EXTERNAL AUTHENTICATE answered {call.response.sw:04X}"
            if call.ok or call.response.sw in _REFUSED:
                is_ = "records" if call.ok else "nothing"
                yield shows(call, "tunion.auth_opens", why, is_=is_)


def ceilings(view: View) -> Iterator[Observation]:
    """The second amount of GET BALANCE P1=05, and the ceiling in 9F0C of the wallet."""
    for call in view.card:
        name = call.standard
        both = call.is_(INS.GET_BALANCE, 0x05, 0x02) and call.ok and len(call.response.data) == 16
        if both and name in tuple(Standard):
            amount = int.from_bytes(call.response.data[4:8], "big")
            yield shows(call, f"{name}.p1_05", "GET BALANCE P1=05", is_=amount)
        if call.is_(INS.SELECT, 0x04, 0x00) and call.ok and call.command.data == AID_LNT_WALLET:
            issuer = Fci.parse(call.response.data).issuer_data
            if issuer is not None and len(issuer) == LntWallet.SIZE:
                amount = LntWallet.parse(issuer).ceiling
                yield shows(call, "lnt.ceiling_9f0c", "9F0C of PAY.TICL", is_=amount)


#: In the order in which a form has them.
OBSERVERS: Final = (pins, asks, overdraft_logs, writers, opens, ceilings)
