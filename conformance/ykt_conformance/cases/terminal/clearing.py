"""Terminal cases: the clearing record agrees with the wire, with the card's log, with the TAC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ykt_conformance.cases.scenes.record import PAYS_LNT, PAYS_TUNION, terminal
from ykt_conformance.cases.scenes.scenes import plain, several
from ykt_conformance.cases.words.checks import each
from ykt_conformance.cases.words.record import Judge
from ykt_conformance.judge.taps import SeenTap, good, keys_of, signed
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import COMPOSITE, LNT, LOAD, PURCHASE, TUNION, TransactionType
from ykt_sim.crypto import des
from ykt_sim.errors import ReadError
from ykt_sim.wire import macs
from ykt_sim.wire.files import TransactionRecord

#: What a clearing record must hold.
NEEDED: Final = ("amount", "counter", "terminal", "terminal_serial", "datetime", "tac")
Item = tuple[SeenTap, SeenTransaction, Mapping[str, Any]]


def cleared(standard: str, *operations: str) -> Any:
    """Finder of taps with one committed transaction of a standard and their record."""

    def find(view: View) -> Iterator[Item]:
        for tap in good(view):
            if tap.clearing is None or len(tap.committed) != 1:
                continue
            tx = tap.committed[0]
            if tx.standard == standard and tx.operation in operations:
                yield tap, tx, tap.clearing

    return find


def _differs(tap: SeenTap, tx: SeenTransaction, name: str, due: Any, said: Any) -> Fault:
    event = tx.commit.index if tx.commit is not None else None
    return Fault(
        f"{tap.name}: {name} in the clearing record is {said}, due is {due}",
        event, str(due), str(said),
    )  # fmt: skip


def wire_values(tx: SeenTransaction) -> dict[str, Any]:
    """What the wire says of a transaction, as a clearing record has it."""
    values: dict[str, Any] = {
        "amount": tx.amount,
        "counter": int(tx.answer.counter),
        "terminal": tx.request.terminal.upper(),
        "datetime": tx.data.datetime.upper(),
        "tac": tx.result.tac.hex().upper() if tx.result is not None else "",
    }
    if tx.operation != LOAD:
        values["terminal_serial"] = tx.data.terminal_serial.hex().upper()
    return values


def optional_values(tap: SeenTap, tx: SeenTransaction) -> dict[str, Any]:
    """What a record may tell besides; the card's number is that of its key factors."""
    limit = int(getattr(tx.answer, "overdraft_limit", 0))
    before = int(tx.answer.balance) - limit
    values: dict[str, Any] = {
        "type": int(tx.type),
        "balance_before": before,
        "balance_after": before + signed(tx),
    }
    told = (tap.before or {}).get("factors")
    factors = told.get(tx.standard) if isinstance(told, Mapping) else None
    if factors:
        values["card"] = factors[-1]
        if len(factors) > 1:
            values["issuer"] = factors[0][:8]
    return values


def agrees(_view: View, item: Item) -> Judgement:
    """Every needed entry of the record is what the wire says, and every other one it has."""
    tap, tx, record = item
    more = {name: due for name, due in optional_values(tap, tx).items() if name in record}
    for name, due in (wire_values(tx) | more).items():
        said = record.get(name)
        if name == "card" and (str(said).endswith(due) or "*" in str(said)):
            continue  # a masked number tells nothing
        said = said.upper() if isinstance(said, str) else said
        if said != due:
            return _differs(tap, tx, name, due, said)
    return None


def _log(_view: View, item: Item) -> Judgement:
    """The card's newest log record tells the same transaction."""
    tap, tx, record = item
    if tap.after is None or tx.standard not in tap.after:
        return Unproven("the trace has no log of the card")
    try:
        line = TransactionRecord.parse(bytes.fromhex(tap.after[tx.standard]["log"]))
    except ReadError:
        return Unproven("the card's log cannot be read")
    due = {
        "amount": line.amount,
        "counter": line.counter - 1,
        "terminal": line.terminal.upper(),
        "datetime": (line.date + line.time).upper(),
    }
    for name, value in due.items():
        said = record.get(name)
        said = said.upper() if isinstance(said, str) else said
        if said != value:
            fault = _differs(tap, tx, name, value, said)
            return Fault(fault.reason.replace("due is", "in the card's log it is"), fault.event)
    return None


def _tac(view: View, item: Item) -> Judgement:
    """The TAC follows from the record itself and the card's TAC key."""
    tap, tx, record = item
    key = keys_of(view, tap).tac(tx.standard)
    if key is None:
        return Unproven(f"the {tx.standard} TAC key is not known")
    missing = [name for name in NEEDED if name not in record]
    if missing:
        return Fault(f"{tap.name}: the clearing record has no {', '.join(missing)}")
    try:
        under = macs.PurchaseTacInput(
            amount=int(record["amount"]),
            type=TransactionType(int(record.get("type", tx.type))),
            terminal=str(record["terminal"]),
            terminal_serial=bytes.fromhex(str(record["terminal_serial"])),
            datetime=str(record["datetime"]),
        ).build()
    except ValueError as error:  # PackError too: every value is the terminal's
        return Fault(f"{tap.name}: the clearing record cannot be read: {error}")
    due, said = des.mac(key, under).hex().upper(), str(record["tac"]).upper()
    if due != said:
        return Fault(
            f"{tap.name}: the TAC in the clearing record does not belong to what it says",
            tx.commit.index if tx.commit is not None else None, due, said,
        )  # fmt: skip
    return None


def _sequences(view: View) -> Judgement:
    last, seen = -1, 0
    for tap in good(view):
        if tap.clearing is None or "sequence" not in tap.clearing:
            continue
        number = int(tap.clearing["sequence"])
        seen += 1
        if number <= last:
            return Fault(f"{tap.name}: clearing record {number} follows {last}")
        last = number
    return None if seen > 1 else Unproven("the trace has no two clearing records with numbers")


def _one_each(view: View) -> Judgement:
    """Every accepted payment has its record."""
    found = False
    for tap in good(view):
        if tap.outcome != "accepted" or not (tap.decision or {}).get("amount"):
            continue
        found = True
        if tap.clearing is None:
            return Fault(f"{tap.name}: accepted without a clearing record")
    return None if found else Unproven("the trace has no accepted payment")


def record_judge(standard: str, check: Any, *operations: str) -> Judge:
    """Every clearing record of a standard must pass a check."""
    what = operations or (PURCHASE, COMPOSITE)
    return each(cleared(standard, *what), check, f"clearing record of a {standard} transaction")


__all__ = ["CASES", "NEEDED", "agrees", "record_judge"]
_GROUP: Final = "clearing"
_MONEY: Final = 'reports.clearing and device.direction != "entry"'
_TU: Final = f"{PAYS_TUNION} and {_MONEY}"
_LN: Final = f"{PAYS_LNT} and {_MONEY}"

CASES: Final = (
    terminal(
        "T-1401", _GROUP,
        "The clearing record of a T-Union purchase says what was on the wire",
        "交通联合清算记录与交易数据一致",
        clauses="CL-TCLEAR-001", scene=plain(TUNION), judge=record_judge(TUNION, agrees),
        applies=_TU, needs="report",
        anywhere=True,
    ),
    terminal(
        "T-1402", _GROUP,
        "The clearing record of a Lingnan Tong purchase says what was on the wire",
        "岭南通清算记录与交易数据一致",
        clauses="CL-TCLEAR-001", scene=plain(LNT), judge=record_judge(LNT, agrees),
        applies=_LN, needs="report",
        anywhere=True,
    ),
    terminal(
        "T-1403", _GROUP,
        "The clearing record of a T-Union purchase agrees with the card's log",
        "交通联合清算记录与卡内明细一致",
        clauses="CL-TCLEAR-002", scene=plain(TUNION), judge=record_judge(TUNION, _log),
        applies=_TU, needs="report",
        anywhere=True,
    ),
    terminal(
        "T-1404", _GROUP,
        "The clearing record of a Lingnan Tong purchase agrees with the card's log",
        "岭南通清算记录与卡内明细一致",
        clauses="CL-TCLEAR-002", scene=plain(LNT), judge=record_judge(LNT, _log),
        applies=_LN, needs="report",
        anywhere=True,
    ),
    terminal(
        "T-1405", _GROUP,
        "The TAC of a T-Union clearing record can be verified from the record",
        "交通联合清算记录的 TAC 可验证",
        clauses="CL-TCLEAR-003", scene=plain(TUNION), judge=record_judge(TUNION, _tac),
        applies=_TU, needs="report",
        anywhere=True,
    ),
    terminal(
        "T-1406", _GROUP,
        "The TAC of a Lingnan Tong clearing record can be verified from the record",
        "岭南通清算记录的 TAC 可验证",
        clauses="CL-TCLEAR-003", scene=plain(LNT), judge=record_judge(LNT, _tac),
        applies=_LN, needs="report",
        anywhere=True,
    ),
    terminal(
        "T-1407", _GROUP,
        "Clearing records are numbered upwards", "清算记录序号递增",
        clauses="CL-TCLEAR-004", scene=several(TUNION, TUNION), judge=_sequences,
        applies=_TU, needs="report",
        anywhere=True,
    ),
    terminal(
        "T-1408", _GROUP,
        "Every accepted T-Union payment has a clearing record", "每笔交通联合成功交易均有清算记录",
        clauses="CL-TCLEAR-005", scene=several(TUNION, TUNION), judge=_one_each,
        applies=_TU, needs="report",
        anywhere=True,
    ),
    terminal(
        "T-1409", _GROUP,
        "Every accepted Lingnan Tong payment has a clearing record",
        "每笔岭南通成功交易均有清算记录",
        clauses="CL-TCLEAR-005", scene=several(LNT, LNT), judge=_one_each,
        applies=_LN, needs="report",
        anywhere=True,
    ),
)  # fmt: skip
