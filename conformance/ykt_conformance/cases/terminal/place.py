"""Terminal cases: city and acquirer tell the truth.

Every fault in these fields that terminals in Guangdong and elsewhere have shown in the
field (cards facts 7) fails one of these cases.
"""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.fields import (
    composites,
    industry_fields,
    one_trip,
    same,
    trip,
    trip_field,
)
from ykt_conformance.cases.scenes.record import PAYS_COMPOSITE, RIDES, terminal
from ykt_conformance.cases.scenes.scenes import plain
from ykt_conformance.cases.terminal.interop import wish
from ykt_conformance.cases.terminal.matrix import own_pair
from ykt_conformance.cases.words.checks import each, every
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.taps import SeenTap, of
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import INS, TUNION
from ykt_sim.profiles.registry import load_registry
from ykt_sim.wire.files import RailRecord, TripRecord, TunionApplication
from ykt_sim.wire.tlv import Fci

#: A city that neither terminals nor cards of the suite belong to (Shaoguan).
_OTHER_CITY: Final = "5820"


def _two_cities(bench: TerminalBench) -> None:
    """Cards of other cities; those of the own city cannot show this fault."""
    pairs = bench.ics["white_list"]["pairs"] or [bench.pair()]
    here = bench.ics["place"]["city"]
    for issuer, iin in [pair for pair in pairs if pair[0][4:] != here][:2] or [bench.pair()]:
        bench.tap(bench.card(TUNION, issuer=issuer, iin=iin), "control")


def _issuer(tap: SeenTap) -> str:
    """The card's issuer institution as it said itself in the tap; empty when it did not."""
    for call in tap.calls:
        if not call.ok:
            continue
        data = b""
        if call.is_(INS.SELECT) and call.response.data[:1] == b"\x6f":
            fci = Fci.parse(call.response.data)
            data = fci.issuer_data or b"" if fci.df_name.startswith(b"\xa0\0\0\x06\x32") else b""
        elif call.is_(INS.READ_BINARY, c.by_sfi(c.APPLICATION)) and call.standard == TUNION:
            data = call.response.data
        if len(data) >= TunionApplication.SIZE:
            return TunionApplication.parse(data[: TunionApplication.SIZE]).issuer[:8]
    return ""


def _not_of_card(view: View, tap: SeenTap, _tx: SeenTransaction, record: TripRecord) -> Any:
    due, found = view.ics["place"]["city"], record.city
    return (due, f"{found}, the card's issuing city") if found == _issuer(tap)[4:] != due else None


def _not_previous(view: View, tap: SeenTap, _tx: SeenTransaction, record: TripRecord) -> Any:
    if tap.before is None:
        return None
    before = tap.before[TUNION]["trip"]
    due, found = view.ics["place"]["city"], record.city
    previous = before[64:68] if before.strip("0") else ""
    return (due, f"{found}, the city of the trip before") if found == previous != due else None


def _known_city(view: View, _tap: SeenTap, _tx: SeenTransaction, record: TripRecord) -> Any:
    due, found = view.ics["place"]["city"], record.city
    if found == due or load_registry().city(found) is not None:
        return None
    return due, f"{found}, which is no city code"


def _acquirer_form(view: View, _tap: SeenTap, _tx: SeenTransaction, record: TripRecord) -> Any:
    due, found = view.ics["place"]["acquirer"].upper(), record.acquirer.upper()
    issuer_form = found[0] == "0" and due[0] == "1"
    return (due, f"{found}, an issuer's form") if issuer_form else None


def _acquirer_padding(view: View, _tap: SeenTap, _tx: SeenTransaction, record: TripRecord) -> Any:
    due, found = view.ics["place"]["acquirer"].upper(), record.acquirer.upper()
    padded = found[:8].isdigit() and found[8:] == "F" * 8
    return None if padded else (due, f"{found}, not 8 digits padded with F")


def _not_card_issuer(view: View, tap: SeenTap, _tx: SeenTransaction, record: TripRecord) -> Any:
    due, found = view.ics["place"]["acquirer"].upper(), record.acquirer.upper()
    issuer = _issuer(tap)
    own = issuer and found[1:8] == issuer[1:] and found != due
    return (due, f"{found}, the card's issuer") if own else None


def _year(_view: View, _tap: SeenTap, tx: SeenTransaction, record: TripRecord) -> Any:
    due, found = tx.data.datetime[:4], record.datetime[:4]
    return (due, found) if due != found else None


def _here(view: View, _tap: SeenTap, _tx: SeenTransaction, record: Any) -> dict[str, str]:
    place, entry = view.ics["place"], view.ics["device"]["direction"] == "entry"
    rail = isinstance(record, RailRecord)
    part = ("entry" if rail else "boarding") if entry else ("exit" if rail else "alighting")
    return {f"{part}_city": place["city"], f"{part}_acquirer": place["acquirer"]}


def _cleared_here(view: View) -> Judgement:
    """City and acquirer in the clearing record are those written to the card."""
    known = False
    for tap in of(view, "control"):
        for tx in tap.committed:
            written = trip(tx)
            if written is None or tap.clearing is None:
                continue
            for name in ("city", "acquirer"):
                said = tap.clearing.get(name)
                if said is None:
                    continue
                known = True
                due = str(getattr(written[1], name)).upper()
                if str(said).upper() != due:
                    return Fault(
                        f"{tap.name}: {name} in the clearing record is {said}, on the card {due}",
                        written[0].index, due, str(said),
                    )  # fmt: skip
    return None if known else Unproven("no clearing record tells city or acquirer")


_GROUP: Final = "place"
_one_trip: Final = each(composites, one_trip, "T-Union purchase")

CASES: Final = (
    terminal(
        "T-0901", _GROUP,
        "The city in EF 1E is not the card's issuing city", "1E 城市不是发卡城市",
        clauses="CL-TPLACE-001", scene=_two_cities,
        judge=trip_field("city", _not_of_card, "city in EF 1E"), applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0902", _GROUP,
        "The city in EF 1E is not that of the card's trip before", "1E 城市不是上一次行程的城市",
        clauses="CL-TPLACE-001", scene=plain(TUNION, wish(trip_city=_OTHER_CITY)),
        judge=trip_field("city", _not_previous, "city in EF 1E"), applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0903", _GROUP,
        "The city in EF 1E is a city code at all", "1E 城市是有效的城市代码",
        clauses="CL-TPLACE-002", scene=plain(TUNION),
        judge=trip_field("city", _known_city, "city in EF 1E"), applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0904", _GROUP,
        "The city in EF 1E is where the terminal stands", "1E 城市为终端所在城市",
        clauses="CL-TPLACE-001", scene=plain(TUNION),
        judge=trip_field("city", same(lambda view, _: view.ics["place"]["city"], "city")),
        applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0905", _GROUP,
        "The acquirer in EF 1E is the terminal's", "1E 收单机构为本终端的收单机构",
        clauses="CL-TPLACE-003", scene=plain(TUNION),
        judge=trip_field(
            "acquirer", same(lambda view, _: view.ics["place"]["acquirer"], "acquirer")
        ),
        applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0906", _GROUP,
        "The acquirer is not written in issuer form", "收单机构不以发卡机构形式书写",
        clauses="CL-TPLACE-004", scene=plain(TUNION),
        judge=trip_field("acquirer", _acquirer_form, "acquirer in EF 1E"),
        applies=PAYS_COMPOSITE, anywhere=True,
    ),
    terminal(
        "T-0907", _GROUP,
        "The acquirer is eight digits padded with F", "收单机构为 8 位数字后补 F",
        clauses="CL-TPLACE-005", scene=plain(TUNION),
        judge=trip_field("acquirer", _acquirer_padding, "acquirer in EF 1E"),
        applies=PAYS_COMPOSITE, anywhere=True,
    ),
    terminal(
        "T-0908", _GROUP,
        "The card's issuer does not stand in the acquirer field", "收单机构不是卡的发卡机构",
        clauses="CL-TPLACE-004", scene=_two_cities,
        judge=trip_field("acquirer", _not_card_issuer, "acquirer in EF 1E"),
        applies=PAYS_COMPOSITE, anywhere=True,
    ),
    terminal(
        "T-0909", _GROUP,
        "The year in EF 1E is the year in DEBIT", "1E 年份与扣款命令一致",
        clauses="CL-TPLACE-006", scene=plain(TUNION),
        judge=trip_field("datetime", _year, "year in EF 1E"), applies=PAYS_COMPOSITE,
        anywhere=True,
    ),
    terminal(
        "T-0910", _GROUP,
        "Cards of the own city get an EF 1E record too", "本地卡同样写行程记录",
        clauses="CL-TPLACE-007", scene=plain(TUNION, own_pair), judge=_one_trip,
        applies=f"{PAYS_COMPOSITE} and interoperability.own",
    ),
    terminal(
        "T-0911", _GROUP,
        "City and acquirer in EF 1A are the terminal's", "1A 城市与收单机构为本终端的",
        clauses="CL-TPLACE-008", scene=_two_cities, judge=industry_fields(_here), applies=RIDES,
        anywhere=True,
    ),
    terminal(
        "T-0912", _GROUP,
        "City and acquirer in the clearing record are those on the card",
        "清算记录的城市与收单机构与卡内一致",
        clauses="CL-TPLACE-009", scene=_two_cities, judge=every(_cleared_here),
        applies=f'{PAYS_COMPOSITE} and reports.clearing and device.direction != "entry"',
        needs="report",
        anywhere=True,
    ),
)  # fmt: skip
