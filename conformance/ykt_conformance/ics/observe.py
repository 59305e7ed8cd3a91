"""What a trace shows of a card or terminal, held against what its ICS claims.

One list of observations serves two ends: `draft` fills a form with them, and
`contradictions` compares them with a form. An observation says which entry it speaks
about, what the value is, and what was seen; where a trace shows nothing there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ykt_conformance.ics import form as forms
from ykt_conformance.ics.differing import OBSERVERS, Observation, shows
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.results import Finding
from ykt_conformance.judge.stated import NOT_STATED
from ykt_conformance.judge.verdict import Subject
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_MIFARE,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    SW,
    Operation,
    Standard,
    Tag,
)
from ykt_sim.errors import ReadError, UsageError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Exchange, Trace
from ykt_sim.wire.applications import LntFile, TunionFile
from ykt_sim.wire.commands import BY_SFI
from ykt_sim.wire.files import LntApplication, TripRecord, TunionApplication
from ykt_sim.wire.tlv import Fci

#: What is said of Lingnan Tong where PPSE came before every SELECT of it.
LNT_HIDDEN: Final = (
    "not known: PAY.* was asked for only after PPSE, and a card may hide it until reset"
)
_TOP_BIT: Final = 0x80000000
#: Amounts that are not stated where they are 0.
_NOT_STATED_0: Final = ("p1_05", "ceiling_9f0c")


Observer = Callable[[View], Iterator[Observation]]


# -- card ------------------------------------------------------------------------------

_APPLICATIONS: Final = (
    (AID_TUNION_EP, "applications.tunion"),
    (AID_TUNION_EC, "applications.ecash"),
    (AID_LNT_BASIC, "applications.lnt"),
    (AID_LNT_WALLET, "applications.lnt"),
    (AID_PPSE, "applications.ppse"),
)
#: P1 of READ BINARY of EF 15, which both standards have.
_EF_15: Final = BY_SFI | TunionFile.APPLICATION
_PURSES: Final = tuple(Standard)
_FILES: Final[Mapping[tuple[str, int], str]] = {
    (Standard.TUNION, TunionFile.CARDHOLDER): "tunion.ef16",
    (Standard.TUNION, TunionFile.CARD_INFO): "tunion.ef17",
    (Standard.TUNION, TunionFile.STATISTICS): "tunion.ef19",
    (Standard.TUNION, TunionFile.INDUSTRY): "tunion.ef1a",
    ("lnt-basic", LntFile.STATISTICS): "lnt.ef08",
}
_LOGS: Final[Mapping[tuple[str, int], str]] = {
    (Standard.TUNION, TunionFile.LOG): "tunion.log_records",
    (Standard.TUNION, TunionFile.TRIPS): "tunion.trip_records",
    (Standard.LNT, LntFile.LOG): "lnt.log_records",
}


def _selections(view: View) -> Iterator[Observation]:
    after_ppse: set[int] = set()
    selectable = {
        call.command.data for call in view.find(INS.SELECT, 0x04, 0x00) if call.ok
    }  # fmt: skip
    for call in view.find(INS.SELECT, 0x04):
        name, sw = call.command.data, call.response.sw
        if call.command.p2 or name == AID_PPSE[: len(name)] != AID_PPSE:
            if call.ok and AID_PPSE in call.response.data:
                after_ppse.add(call.session)
            continue
        lnt = name in (AID_LNT_BASIC, AID_LNT_WALLET)
        for known, path in _APPLICATIONS:
            hidden = lnt and call.session in after_ppse
            if name == known and call.ok:
                yield shows(call, path, "SELECT answered 9000", is_=True)
            elif name == known and sw == SW.FILE_NOT_FOUND and not hidden:
                yield shows(call, path, "SELECT answered 6A82", is_=False)
        if lnt and call.session in after_ppse and name in selectable:
            if call.ok:
                why = "PAY.* was selected after PPSE"
                yield shows(call, "behaviour.ppse_lockout", why, is_=False)
            elif sw == SW.FILE_NOT_FOUND:
                why = "PAY.* is there, but 6A82 after PPSE"
                yield shows(call, "behaviour.ppse_lockout", why, is_=True)
        mf1x = {SW.FILE_NOT_FOUND: "absent", SW.NOT_SUPPORTED: "retired", SW.OK: "active"}
        told = bool(call.response.data) == (sw != SW.FILE_NOT_FOUND)  # a blocked card says 6A81
        if name == AID_LNT_MIFARE and sw in mf1x and told and call.session not in after_ppse:
            yield shows(call, "lnt.mf1x", f"SELECT PAY.MF1X answered {sw:04X}", is_=mf1x[SW(sw)])
        if name == AID_PPSE and call.ok:
            after_ppse.add(call.session)


def _fcis(view: View) -> Iterator[Observation]:
    for call in view.find(INS.SELECT, 0x04, 0x00):
        if not call.ok:
            continue
        fci = Fci.parse(call.response.data)
        if fci.df_name == AID_PPSE:
            listed = tuple(entry.aid.hex().upper() for entry in fci.entries)
            yield shows(call, "ppse.listed", "directory of the PPSE", is_=listed)
        elif fci.df_name == AID_TUNION_EP:
            size = len(fci.version or b"")
            yield shows(call, "tunion.version_bytes", "9F08 in the FCI", is_=size)
            yield shows(
                call, "tunion.fci_trailing", "bytes after A5 in the FCI", is_=len(fci.trailing)
            )
            if fci.issuer_data is not None:
                record = TunionApplication.parse(fci.issuer_data[: TunionApplication.SIZE])
                yield shows(call, "tunion.issuer", "9F0C in the FCI", is_=record.issuer[:8])
        elif fci.df_name == AID_TUNION_EC:
            found = fci.get(Tag.ECASH_METADATA) is not None
            yield shows(call, "ecash.df11", "FCI of the e-cash", is_=found)


def _sfi(call: Call) -> int:
    command = call.command
    if command.ins == INS.READ_BINARY:
        return command.p1 & 0x1F if command.p1 & 0xE0 == 0x80 else 0
    return command.p2 >> 3


def _files(view: View) -> Iterator[Observation]:
    for call in view.card:
        if call.command.ins not in (INS.READ_BINARY, INS.READ_RECORD):
            continue
        path = _FILES.get((call.standard, _sfi(call)))
        if path is None:
            continue
        if call.ok:
            yield shows(call, path, "it was read", is_=True)
        elif call.response.sw == SW.FILE_NOT_FOUND:
            yield shows(call, path, "reading it answered 6A82", is_=False)
    for call in view.find(INS.READ_BINARY, _EF_15, 0x00):
        data = call.response.data
        if call.standard == "lnt-basic" and call.ok and len(data) >= LntApplication.SIZE:
            region = LntApplication.parse(data[: LntApplication.SIZE]).region
            yield shows(call, "lnt.region", "EF 15", is_=region)


def _log_sizes(view: View) -> Iterator[Observation]:
    """A log's size is known where record n was read and n+1 was not there.

    A record beyond the claimed size shows at least that the log is longer.
    """
    highest: dict[tuple[int, str], int] = {}
    longest: dict[str, Call] = {}
    for call in view.find(INS.READ_RECORD):
        path = _LOGS.get((call.standard, _sfi(call)))
        number = call.command.p1
        if path is None or call.command.p2 & 7 != 4:
            continue
        key = (call.session, path)
        if call.ok:
            highest[key] = max(highest.get(key, 0), number)
            if path not in longest or number > longest[path].command.p1:
                longest[path] = call
        elif call.response.sw == SW.RECORD_NOT_FOUND and number == highest.get(key, -1) + 1:
            why = f"record {number - 1} was read, {number} answered 6A83"
            yield shows(call, path, why, is_=number - 1)
    claims = view.ics or forms.values(forms.empty("card"))  # a draft starts from a neutral form
    for path, call in longest.items():
        section, _, entry = path.partition(".")
        number = call.command.p1
        if number > claims[section][entry]:
            yield shows(call, path, f"record {number} was read", is_=number)


def _purses(view: View) -> Iterator[Observation]:
    for transaction in view.transactions:
        if transaction.standard not in _PURSES:
            continue
        name = {"purchase": "simple"}.get(transaction.operation, transaction.operation)
        known = name in ("simple", "composite", "load", "unload", "overdraft")
        if transaction.committed and transaction.commit is not None and known:
            path = f"{transaction.standard}.{name}"
            yield shows(transaction.commit, path, "the commit answered 9000", is_=True)


def _balances(view: View) -> Iterator[Observation]:
    seen: dict[tuple[int, str], dict[int, int]] = {}
    for call in view.card:
        if call.command.ins in (INS.CREDIT_FOR_LOAD, INS.DEBIT, INS.UPDATE_OVERDRAFT):
            seen.clear()
        if not (call.is_(INS.GET_BALANCE, p2=0x02) and len(call.response.data) in (0, 4)):
            continue
        p1 = call.command.p1
        if 1 <= p1 <= 3 and call.ok:
            yield shows(call, "behaviour.balance_p1", f"P1={p1:02X} answered 9000", is_=True)
        elif p1 in (1, 2, 3) and call.response.sw == SW.WRONG_P1P2:
            why = f"P1={p1:02X} answered {call.response.sw:04X}"
            yield shows(call, "behaviour.balance_p1", why, is_=False)
        if not call.ok or len(call.response.data) != 4:
            continue
        value = int.from_bytes(call.response.data, "big")
        if value & _TOP_BIT:
            yield shows(call, "behaviour.top_bit", "the top bit is set", is_=True)
        values = seen.setdefault((call.session, call.standard), {})
        values[p1] = value & ~_TOP_BIT
        if {0, 1, 2, 3} <= values.keys() and values[1] > values[2]:
            if values[0] == values[3] + values[1] - values[2]:
                why = "P1=00 is P1=03 with the unused overdraft"
                yield shows(call, "behaviour.p1_00", why, is_="available")
            elif values[0] == values[3]:
                yield shows(call, "behaviour.p1_00", "P1=00 is P1=03", is_="actual")


def _shared(view: View) -> Iterator[Observation]:
    """Whether money that moved in one application moved in the other one as well."""
    known: dict[str, int] = {}
    moved: dict[str, int] = {}  # since the balance of this application was last seen
    commits = {t.commit.index: t for t in view.transactions if t.commit is not None and t.committed}
    for call in view.card:
        balance = _told_balance(call)
        if balance is not None:
            standard = call.standard
            change = moved.pop(standard, 0)
            if standard in known and change:
                if balance == known[standard] + change:
                    why = f"the balance under {standard} followed the other application"
                    yield shows(call, "behaviour.balance", why, is_="shared")
                elif balance == known[standard]:
                    why = f"the balance under {standard} stayed when the other one moved"
                    yield shows(call, "behaviour.balance", why, is_="separate")
            known[standard] = balance
        done = commits.get(call.index)
        if done is not None:
            change = _change(done)
            for standard in Standard:
                if standard == done.standard:
                    known.pop(standard, None)
                elif change:
                    moved[standard] = moved.get(standard, 0) + change


def _told_balance(call: Call) -> int | None:
    if call.standard not in _PURSES or not call.ok or len(call.response.data) < 4:
        return None
    if call.is_(INS.GET_BALANCE, 0x00, 0x02):
        return int.from_bytes(call.response.data[:4], "big") & ~_TOP_BIT
    return None


def _change(transaction: SeenTransaction) -> int:
    sign = {"load": 1, "purchase": -1, "composite": -1, "unload": -1}
    return sign.get(transaction.operation, 0) * transaction.amount


# -- terminal --------------------------------------------------------------------------


def _entries(view: View) -> Iterator[Observation]:
    first: set[int] = set()
    for call in view.find(INS.SELECT, 0x04, 0x00):
        if call.session in first:
            continue
        first.add(call.session)
        name = call.command.data
        if name == AID_PPSE:
            yield shows(call, "applications.entry", "its first SELECT", is_="ppse-first")
        elif name == AID_LNT_BASIC and any(
            other.session == call.session
            for other in view.find(INS.SELECT, 0x04, 0x00)
            if other.command.data == AID_PPSE
        ):
            why = "PAY.APPY before PPSE"
            yield shows(call, "applications.entry", why, is_="lnt-probe-first")
        elif name == AID_TUNION_EP:
            yield shows(call, "applications.entry", "its first SELECT", is_="direct")


#: First byte of EF 1E to the direction it tells of [CODE x2][DUMP].
_DIRECTIONS: Final[Mapping[int, str]] = {
    0x03: "entry", 0x15: "entry", 0x04: "exit", 0x16: "exit",
    0x02: "single", 0x05: "single", 0x06: "single", 0x09: "single",
}  # fmt: skip


def _terminal_data(view: View) -> Iterator[Observation]:
    for transaction in view.transactions:
        if transaction.standard not in _PURSES:
            continue
        init, standard = transaction.init, transaction.standard
        yield shows(init, f"applications.{standard}", "INITIALIZE under it", is_=True)
        number = transaction.request.terminal.upper()
        yield shows(init, "place.terminal_number", "INITIALIZE", is_=number)
        if transaction.operation == Operation.LOAD:
            yield shows(init, "device.kind", "INITIALIZE FOR LOAD", is_="load")
            yield shows(init, "device.direction", "INITIALIZE FOR LOAD", is_="load")
        elif standard == Standard.LNT and transaction.commit is not None and transaction.data:
            fare = int(transaction.data.datetime[:4], 16)
            yield shows(transaction.commit, "fare.full", "first bytes of the tail", is_=fare)
        if transaction.operation in (Operation.PURCHASE, Operation.COMPOSITE):
            form = "simple" if transaction.operation == Operation.PURCHASE else "composite"
            yield shows(init, f"purchase.{standard}", "INITIALIZE", is_=form)
            yield shows(init, "purchase.key_index", "INITIALIZE", is_=transaction.request.key_index)
            yield shows(init, f"fare.{standard}", "amount in INITIALIZE", is_=transaction.amount)
        for cache in transaction.caches:
            if _sfi(cache) == TunionFile.INDUSTRY and cache.command.data[:2] in (
                b"\x27\x01",
                b"\x27\x02",
            ):
                record = cache.command.data
                yield shows(cache, "device.record", "EF 1A", is_=record[:2].hex())
                at = 81 if record[1] == 1 else 53  # the fare of 2701, the maximum of 2702
                if record[14] == 1 and len(record) == 128:
                    most = int.from_bytes(record[at : at + 4], "big")
                    yield shows(cache, "fare.maximum", "entry in EF 1A", is_=most)
            if _sfi(cache) == TunionFile.TRIPS and len(cache.command.data) == TripRecord.SIZE:
                trip = TripRecord.parse(cache.command.data)
                if int(trip.type) in _DIRECTIONS:
                    direction = _DIRECTIONS[int(trip.type)]
                    yield shows(cache, "device.direction", "type in EF 1E", is_=direction)
                yield shows(cache, "place.city", "EF 1E", is_=trip.city)
                yield shows(cache, "place.acquirer", "EF 1E", is_=trip.acquirer.upper())
                yield shows(cache, "place.line_station", "EF 1E", is_=trip.line_station.upper())
                yield shows(cache, "place.industry", "EF 1E", is_=f"{trip.industry:02X}")
                yield from _trip_terminal(cache, trip.terminal.upper(), number)


def _trip_terminal(cache: Call, terminal: str, number: str) -> Iterator[Observation]:
    """The number in EF 1E: the one under MAC1 behind a prefix, or another one."""
    own = terminal[4:] != number
    if own:
        yield shows(cache, "place.trip_terminal", "EF 1E", is_=terminal)
    else:
        yield shows(cache, "place.terminal_prefix", "EF 1E", is_=terminal[:4])


_OBSERVERS: Final[Mapping[Subject, tuple[Observer, ...]]] = {
    "card": (_selections, _fcis, _files, _log_sizes, _purses, _balances, _shared, *OBSERVERS),
    "terminal": (_entries, _terminal_data),
}


def observe(view: View, subject: Subject) -> dict[str, list[Observation]]:
    """Everything a trace shows, by entry, in order; bytes nobody can read show nothing."""
    found: dict[str, list[Observation]] = {}
    for observer in _OBSERVERS[subject]:
        try:
            for item in observer(view):
                found.setdefault(item.path, []).append(item)
        except ReadError:
            continue
    return found


def contradictions(view: View, subject: Subject = "card", case: str = "") -> list[Finding]:
    """Findings where what was observed differs from what the ICS claims."""
    findings: list[Finding] = []
    for path, items in observe(view, subject).items():
        section, _, entry = path.partition(".")
        claimed = _plain(view.ics[section][entry])
        if claimed in ("", NOT_STATED) or (claimed == 0 and entry in _NOT_STATED_0):
            continue
        for item in items:
            if _plain(item.value) != claimed and not _unclaimed(section, view.ics):
                findings.append(
                    Finding(path, _word(claimed), _word(item.value), item.why, case, item.event)
                )
                break
    return findings


def _unclaimed(section: str, ics: Mapping[str, Any]) -> bool:
    """A section of an application that is not claimed claims nothing."""
    value = ics[section]
    return isinstance(value, Mapping) and value.get("claimed") is False


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list | tuple) else str(value)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# -- drafting --------------------------------------------------------------------------


def draft(
    traces: Trace | Sequence[Trace], subject: Subject = "card", source: str = "a trace"
) -> str:
    """A form filled with what traces show; every other entry is a neutral default.

    Args:
        traces: one or several of the same product; where two differ the later one is taken, and
            the comment at the entry says so.
        subject: whose form.
        source: where they come from, for the form's remarks.

    Raises:
        UsageError: a trace shows no exchange with a card.
    """
    many = (traces,) if isinstance(traces, Trace) else tuple(traces)
    found: dict[str, list[Observation]] = {}
    hidden = False
    for number, trace in enumerate(many, 1):
        which = f"trace {number} of {len(many)}" if len(many) > 1 else "the trace"
        if not any(isinstance(one, Exchange) and one.channel == "card" for one in trace.events):
            raise UsageError(f"{which} has no exchange with a card")
        view = View(trace.events, {}, KeyRing())
        where = f"{which}, " if len(many) > 1 else ""
        for path, items in observe(view, subject).items():
            told = (replace(item, why=f"{where}{item.why}") for item in items)
            found.setdefault(path, []).extend(told)
        hidden = hidden or lnt_hidden(view)
    return _written(found, subject, source, hidden=hidden)


def _written(
    found: Mapping[str, list[Observation]], subject: Subject, source: str, *, hidden: bool
) -> str:
    remarks = f"drafted from {source}; check every entry"
    tree: dict[str, Any] = {"applications": {}, "about": {"remarks": remarks}}
    why: dict[str, str] = {}
    for path, items in found.items():
        last = items[-1]
        section, _, entry = path.partition(".")
        tree.setdefault(section, {})[entry] = _plain(last.value)
        why[path] = f"seen: {last.why}"
        others = {str(_plain(item.value)) for item in items} - {str(_plain(last.value))}
        if others:
            why[path] += f"; the trace also shows {', '.join(sorted(others))}"
    _infer(subject, tree, why)
    if subject == "card" and "applications.lnt" not in why and hidden:
        why["applications.lnt"] = LNT_HIDDEN
        tree["about"]["remarks"] = f"{remarks}; Lingnan Tong: {LNT_HIDDEN}"
    return forms.render(forms.build(tree, subject), _not_shown(subject) | why)


def lnt_hidden(view: View) -> bool:
    """True when PAY.* was asked for, always after PPSE and always answered 6A82.

    A real dual card answered so until its next reset [one report]: it tells nothing.
    """
    after, hidden = set[int](), False
    for call in view.find(INS.SELECT, 0x04, 0x00):
        if call.command.data == AID_PPSE and call.ok:
            after.add(call.session)
        elif call.command.data.startswith((AID_LNT_BASIC, AID_LNT_WALLET)):
            if call.session not in after or call.response.sw != SW.FILE_NOT_FOUND:
                return False
            hidden = True
    return hidden


def _infer(subject: Subject, tree: dict[str, Any], why: dict[str, str]) -> None:
    """Entries that follow from others and would make the form contradict itself."""
    on = tree["applications"]
    if subject == "card":
        both = on.get("tunion") and on.get("lnt")
        if both and "behaviour.balance" not in why:
            tree.setdefault("behaviour", {})["balance"] = "shared"
            why["behaviour.balance"] = "not shown: shared is what evidence of real cards favours"
        for standard in Standard:
            told = tree.get(standard, {})
            for entry in ("pin_filling", "pin_for_overdraft", "pin_for_unload", "pin_for_load"):
                if told.get(entry, "no") not in ("no", False):
                    told["pin"] = True
                    why[f"{standard}.pin"] = f"follows from {entry}"
    else:
        if "applications.entry" not in why:
            on["entry"] = "direct"
            why["applications.entry"] = "not shown: no tap began with PPSE"
        on["priority"] = [name.value for name in Standard if on.get(name)]
        why["applications.priority"] = "not shown: the order is a guess"


def _not_shown(subject: Subject) -> dict[str, str]:
    return {
        f"{section}.{entry}": "not shown by the trace"
        for section, entries in msgspec.to_builtins(forms.empty(subject)).items()
        if isinstance(entries, dict) and section != "about"
        for entry in entries
    }
