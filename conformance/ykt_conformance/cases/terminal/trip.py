"""Terminal cases: the cache updates of a composite purchase, their order and content."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.fields import (
    after,
    composites,
    industry_fields,
    number,
    off_clock,
    one_industry,
    one_trip,
    order,
    same,
    stray_updates,
    trip_field,
)
from ykt_conformance.cases.scenes.record import ENTRY, EXIT, PAYS_COMPOSITE, RIDES, terminal
from ykt_conformance.cases.scenes.scenes import plain, several
from ykt_conformance.cases.words.checks import each
from ykt_conformance.cases.words.record import Judge
from ykt_conformance.judge.taps import SeenTap, of
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import TUNION
from ykt_sim.wire.files import RailRecord, TripRecord

_PURCHASE: Final = "EF 1E record that goes with a purchase"
#: First byte of EF 1E by direction: two makers' table first, then what real terminals write
#: against it [CODE x2][DUMP x250].
_TYPES: Final = {
    "entry": ("03", "15"),
    "exit": ("04", "16"),
    "single": ("06", "02", "05", "09"),
}


def _time(
    view: View, tap: SeenTap, tx: SeenTransaction, record: TripRecord
) -> tuple[str, str] | None:
    del tap
    due = tx.data.datetime if tx.data is not None else ""
    return (due, record.datetime) if off_clock(view, record.datetime, due) else None


def _type(
    view: View, tap: SeenTap, tx: SeenTransaction, record: TripRecord
) -> tuple[str, str] | None:
    del tap, tx
    known = _TYPES.get(view.ics["device"]["direction"], ())
    found = f"{record.type:02X}"
    return None if found in known else ("/".join(known), found)


def _terminal(view: View) -> str:
    """The eight bytes that the number under MAC1 makes with its prefix."""
    place = view.ics["place"]
    return f"{place['terminal_prefix']}{place['terminal_number']}"


def _trip_terminal(view: View, _tx: SeenTransaction) -> str:
    return str(view.ics["place"]["trip_terminal"]) or _terminal(view)


# -- EF 1A -----------------------------------------------------------------------------


def _station(view: View, record: Any) -> str:
    size = 16 if isinstance(record, RailRecord) else 10
    return str(view.ics["place"]["station"]).ljust(size, "0")[:size]


def _stop(side: str, view: View, record: Any) -> dict[str, str]:
    """The ten digits of a bus's station in EF 1A: operator, line, station."""
    digits = _station(view, record)
    return {
        f"{side}_operator": digits[:4],
        f"{side}_line": digits[4:8],
        f"{side}_station": digits[8:],
    }


def _entered(view: View, _tap: SeenTap, tx: SeenTransaction, record: Any) -> dict[str, str]:
    place = view.ics["place"]
    when, where = tx.data.datetime, _terminal(view)
    maximum = f"{view.ics['fare']['maximum']:08X}"
    if isinstance(record, RailRecord):
        fields = {
            "state": "01", "entry_city": place["city"], "entry_acquirer": place["acquirer"],
            "entry_station": _station(view, record), "entry_terminal": where,
            "entry_datetime": when, "amount": maximum, "balance": f"{after(tx):08X}",
        }  # fmt: skip
    else:
        fields = {
            "state": "01", "boarding_city": place["city"],
            "boarding_acquirer": place["acquirer"], **_stop("boarding", view, record),
            "boarding_terminal": where, "boarding_datetime": when, "maximum_amount": maximum,
        }  # fmt: skip
    return fields if place["station"] else _without_station(fields)


def _left(view: View, _tap: SeenTap, tx: SeenTransaction, record: Any) -> dict[str, str]:
    place = view.ics["place"]
    when, where, amount = tx.data.datetime, _terminal(view), f"{tx.amount:08X}"
    if isinstance(record, RailRecord):
        fields = {
            "state": "02", "exit_city": place["city"], "exit_acquirer": place["acquirer"],
            "exit_station": _station(view, record), "exit_terminal": where,
            "exit_datetime": when, "amount": amount, "balance": f"{after(tx):08X}",
        }  # fmt: skip
    else:
        fields = {
            "state": "02", "alighting_city": place["city"],
            "alighting_acquirer": place["acquirer"], **_stop("alighting", view, record),
            "alighting_terminal": where, "alighting_datetime": when, "amount": amount,
        }  # fmt: skip
    return fields if place["station"] else _without_station(fields)


def _without_station(fields: dict[str, str]) -> dict[str, str]:
    where = ("operator", "line", "station")
    return {name: due for name, due in fields.items() if not name.endswith(where)}


def _kept(view: View, tap: SeenTap, tx: SeenTransaction, record: Any) -> dict[str, str]:
    """What the entry wrote must still stand after the exit."""
    del view, tx
    if tap.before is None or TUNION not in tap.before:
        return {}
    old = bytes.fromhex(tap.before[TUNION][record.id])
    begun: Any = type(record).parse(old)
    part = "entry" if isinstance(record, RailRecord) else "boarding"
    names = ("city", "acquirer", "operator", "line", "station", "terminal", "datetime")
    return {
        f"{part}_{name}": str(getattr(begun, f"{part}_{name}"))
        for name in names
        if hasattr(begun, f"{part}_{name}")
    }


def _inside_afterwards(view: View) -> Judgement:
    """The card itself says inside after an entry: EF 1A state 01 and a new EF 1E record."""
    found = False
    for tap in of(view, "control"):
        if tap.after is None or tap.before is None or TUNION not in tap.after:
            continue
        found = True
        record = tap.after[TUNION][view.ics["device"]["record"]]
        if record[28:30] != "01":
            return Fault(
                f"{tap.name}: no entry stands on the card: state {record[28:30]} in EF 1A",
                None, "01", record[28:30],
            )  # fmt: skip
        if tap.after[TUNION]["trip"] == tap.before[TUNION]["trip"]:
            return Fault(f"{tap.name}: no entry record in EF 1E of the card")
    return None if found else Unproven("the trace has no facts of a card after an entry")


def _one(check: Any) -> Judge:
    return each(composites, check, _PURCHASE)


_GROUP: Final = "cache updates"

CASES: Final = (
    terminal(
        "T-0801", _GROUP,
        "Every composite purchase writes one EF 1E record", "每笔复合消费写一条行程记录",
        clauses="CL-TTRIP-001", scene=several(TUNION, TUNION), judge=_one(one_trip),
        applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0802", _GROUP,
        "EF 1A is written before EF 1E", "先更新 1A 后更新 1E",
        clauses="CL-TTRIP-002", scene=plain(TUNION), judge=_one(order), applies=RIDES,
        anywhere=True,
    ),
    terminal(
        "T-0803", _GROUP,
        "The industry record has the declared identifier", "行业记录标识与声明一致",
        clauses="CL-TTRIP-003", scene=plain(TUNION), judge=_one(one_industry), applies=RIDES,
        anywhere=True,
    ),
    terminal(
        "T-0804", _GROUP,
        "The amount in EF 1E is the one in INITIALIZE", "1E 金额与初始化金额一致",
        clauses="CL-TTRIP-004", scene=plain(TUNION),
        judge=trip_field("amount", number(lambda tx: tx.amount, "amount")), applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0805", _GROUP,
        "The balance in EF 1E is the one after the debit", "1E 余额为交易后余额",
        clauses="CL-TTRIP-004", scene=plain(TUNION),
        judge=trip_field("balance_after", number(after, "balance_after")), applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0806", _GROUP,
        "Date and time in EF 1E are those in DEBIT", "1E 日期时间与扣款命令一致",
        clauses="CL-TTRIP-005", scene=plain(TUNION), judge=trip_field("datetime", _time),
        applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0807", _GROUP,
        "The terminal in EF 1E is the declared one", "1E 终端编号与声明一致",
        clauses="CL-TTRIP-006", scene=plain(TUNION),
        judge=trip_field("terminal", same(_trip_terminal, "terminal")), applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0808", _GROUP,
        "The type in EF 1E is that of the ride", "1E 交易类型与乘车方式一致",
        clauses="CL-TTRIP-007", scene=plain(TUNION), judge=trip_field("type", _type),
        applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0809", _GROUP,
        "The industry in EF 1E is the declared one", "1E 行业代码与声明一致",
        clauses="CL-TTRIP-007", scene=plain(TUNION),
        judge=trip_field(
            "industry", same(lambda view, _: view.ics["place"]["industry"], "industry")
        ),
        applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0810", _GROUP,
        "Line and station in EF 1E are the declared ones", "1E 线路站点与声明一致",
        clauses="CL-TTRIP-008", scene=plain(TUNION),
        judge=trip_field(
            "line_station", same(lambda view, _: view.ics["place"]["line_station"], "line_station")
        ),
        applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0811", _GROUP,
        "The entry in EF 1A says inside, where, when and the highest fare",
        "进站记录写明状态、地点、时间与最高票价",
        clauses="CL-TTRIP-009", scene=plain(TUNION), judge=industry_fields(_entered),
        applies=ENTRY,
        anywhere=True,
    ),
    terminal(
        "T-0812", _GROUP,
        "The exit in EF 1A says outside, where, when and the fare",
        "出站记录写明状态、地点、时间与金额",
        clauses="CL-TTRIP-010", scene=plain(TUNION), judge=industry_fields(_left),
        applies=EXIT,
        anywhere=True,
    ),
    terminal(
        "T-0813", _GROUP,
        "The exit keeps what the entry wrote in EF 1A", "出站保留进站信息",
        clauses="CL-TTRIP-010", scene=plain(TUNION), judge=industry_fields(_kept),
        applies=EXIT,
        anywhere=True,
    ),
    terminal(
        "T-0814", _GROUP,
        "After an entry the card itself says inside", "进站后卡内有进站记录",
        clauses="CL-TTRIP-011", scene=plain(TUNION), judge=_inside_afterwards, applies=ENTRY,
    ),
    terminal(
        "T-0815", _GROUP,
        "Records are updated in composite purchases only", "仅在复合消费中更新记录",
        clauses="CL-TTRIP-012", scene=plain(TUNION), judge=stray_updates, applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
)  # fmt: skip
