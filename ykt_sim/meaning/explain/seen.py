"""What is seen in a trace that brings a status word about: one test a reason.

A test gives the values for the words of its reason, or None where the trace does not show it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_sim.codes import AID_LNT_MIFARE, INS, Operation
from ykt_sim.meaning.commands import MAC_SIZE, file_reference, is_protected
from ykt_sim.meaning.explain.story import NOTHING, Story
from ykt_sim.meaning.understand import Understood
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application
from ykt_sim.wire.commands import COMMITS, ONLINE, OPERATIONS, find, operation_of

#: Operations for which PBOC wants the PIN [GM 8.8]; a purchase from the ED as well.
_PIN_FOR: Final = frozenset({Operation.LOAD, Operation.CASH, Operation.UNLOAD, Operation.OVERDRAFT})
_ED: Final = 0x01
_PAY: Final = b"PAY."
_WRITES: Final = frozenset(
    {INS.UPDATE_BINARY, INS.WRITE_BINARY, INS.UPDATE_RECORD, INS.APPEND_RECORD, INS.WRITE_KEY,
     INS.CREATE_FILE, INS.ERASE_DF}
)  # fmt: skip
_READS: Final = frozenset({INS.READ_BINARY, INS.READ_RECORD})
_PURSE: Final = frozenset(
    {INS.INITIALIZE, INS.CREDIT_FOR_LOAD, INS.DEBIT, INS.UPDATE_OVERDRAFT,
     INS.GET_TRANSACTION_PROVE, INS.GET_BALANCE}
)  # fmt: skip
#: Commands of records; the others go by offset.
_RECORDS: Final = frozenset({INS.READ_RECORD, INS.UPDATE_RECORD, INS.APPEND_RECORD})
#: Commands that name a key or PIN.
_BY_KEY: Final = frozenset(
    {INS.EXTERNAL_AUTHENTICATE, INS.INTERNAL_AUTHENTICATE, INS.WRITE_KEY, INS.VERIFY,
     INS.PIN_UNBLOCK, INS.CHANGE_PIN}
)  # fmt: skip
#: A counter that stands here counts no further [purse facts, SW 9402].
_LAST_COUNTER: Final = 0xFFFF
#: Wrong MACs of line protection in a row that lock an application for good [GM App. A].
_LOCKING_MACS: Final = 3

#: Values for the words; None where the reason is not there.
Seen = dict[str, object] | None
Test = Callable[[Story, Command, Understood], Seen]


def _operation(asked: Command) -> Operation | None:
    return operation_of(asked.p1) if asked.ins == INS.INITIALIZE else None


def _is_commit(asked: Command) -> bool:
    return asked.ins in COMMITS


# -- what must be seen --------------------------------------------------------------------


def _needs_pin(asked: Command) -> bool:
    operation = _operation(asked)
    return operation in _PIN_FOR or (operation is Operation.PURCHASE and asked.p2 == _ED)


def pin(state: str) -> Test:
    """PIN: never presented, lost or wrong where it is wanted."""

    def seen(story: Story, asked: Command, item: Understood) -> Seen:
        wanted = _needs_pin(asked) or asked.ins in _READS or asked.ins == INS.GET_BALANCE
        if not wanted or story.pin != state:
            return None
        return {"name": item.annotated.name}

    return seen


def not_authenticated(story: Story, asked: Command, item: Understood) -> Seen:
    """A write without EXTERNAL AUTHENTICATE in this directory."""
    if asked.ins not in _WRITES or story.authenticated:
        return None
    return {"name": item.annotated.name}


def no_begin(story: Story, asked: Command, item: Understood) -> Seen:
    """A commit after something else ended what was begun."""
    if story.operation or not _is_commit(asked):
        return None
    if story.ended == NOTHING:
        return None
    en, zh = story.ended
    return {"name": item.annotated.name, "ended": en, "ended_zh": zh}


def never_begun(story: Story, asked: Command, item: Understood) -> Seen:
    """A commit where nothing was ever begun."""
    if story.operation or not _is_commit(asked) or story.ended != NOTHING:
        return None
    return {"name": item.annotated.name}


def other_commit(story: Story, asked: Command, item: Understood) -> Seen:
    """The commit of another operation than the one that was begun."""
    if not _is_commit(asked) or not story.operation:
        return None
    if OPERATIONS[story.operation].commit.ins == asked.ins:
        return None
    return {"name": item.annotated.name, "operation": story.operation}


def cache_outside(story: Story, asked: Command, item: Understood) -> Seen:
    """A cache update outside a composite purchase."""
    cache = asked.ins == INS.UPDATE_RECORD and asked.cla & 0x80
    return {} if cache and story.operation is not Operation.COMPOSITE else None


def ext_cache_alone(story: Story, asked: Command, item: Understood) -> Seen:
    """A cache update of e-cash that follows neither GET PROCESSING OPTIONS nor another one."""
    before = {INS.GET_PROCESSING_OPTIONS, INS.UPDATE_EXT_CACHE}
    late = asked.ins == INS.UPDATE_EXT_CACHE and story.last not in before
    return {"name": item.annotated.name} if late else None


def not_updated(story: Story, asked: Command, item: Understood) -> Seen:
    """The last record of e-cash is read, and the record read for the ride was not updated."""
    if asked.ins != INS.READ_RECORD or story.extended is None:
        return None
    sfi, record = story.extended
    return {"target": f"EF {sfi or 0:02X} record {record or 0:04X}"}


def no_tac_key(story: Story, asked: Command, item: Understood) -> Seen:
    """Keys were written here, and no TAC key among them."""
    purse = asked.ins == INS.INITIALIZE or _is_commit(asked)
    return {} if purse and story.tac_key_missing else None


def no_index(story: Story, asked: Command, item: Understood) -> Seen:
    """Another key index was taken before."""
    operation = _operation(asked)
    if operation is None or not asked.data:
        return None
    good = story.good_indexes.get(operation)
    index = asked.data[0]
    if good is None or good == index:
        return None
    return {"index": f"{index:02X}", "good": f"{good:02X}", "operation": operation}


def index_unknown(story: Story, asked: Command, item: Understood) -> Seen:
    """No key index was taken yet for this operation."""
    operation = _operation(asked)
    if not operation or not asked.data or operation in story.good_indexes or story.tac_key_missing:
        return None
    return {"index": f"{asked.data[0]:02X}", "operation": operation}


def over_ceiling(story: Story, asked: Command, item: Understood) -> Seen:
    """A load that goes over the ceiling."""
    amount = item.annotated.sent[0].fields.get("amount") if item.annotated.sent else None
    if _operation(asked) is not Operation.LOAD or not isinstance(amount, int):
        return None
    if story.ceiling is None or story.balance is None or story.balance + amount <= story.ceiling:
        return None
    return {"balance": _yuan(story.balance), "amount": _yuan(amount), "most": _yuan(story.ceiling)}


def too_little(story: Story, asked: Command, item: Understood) -> Seen:
    """An amount that is more than the balance."""
    amount = item.annotated.sent[0].fields.get("amount") if item.annotated.sent else None
    if story.balance is None or not isinstance(amount, int) or amount <= story.balance:
        return None
    return {"balance": _yuan(story.balance), "amount": _yuan(amount)}


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def locked_out(*, seen_before: bool) -> Test:
    """Lingnan Tong is selected after PPSE; without PPSE it was selected before, or never."""

    def seen(story: Story, asked: Command, item: Understood) -> Seen:
        lnt = asked.ins == INS.SELECT and asked.p1 & 4 and asked.data.startswith(_PAY)
        there = asked.data in story.taken
        return {"name": _text(asked.data)} if lnt and story.ppse and there == seen_before else None

    return seen


def not_listed(story: Story, asked: Command, item: Understood) -> Seen:
    """A DF name that PPSE did not list."""
    if asked.ins != INS.SELECT or not asked.p1 & 4 or not story.listed:
        return None
    if asked.data.startswith(_PAY) or asked.data.hex().upper() in story.listed:
        return None
    return {"name": _text(asked.data), "listed": ", ".join(story.listed)}


def _text(name: bytes) -> str:
    return name.decode() if name.isascii() and name.decode().isprintable() else name.hex().upper()


def nothing_selected(story: Story, asked: Command, item: Understood) -> Seen:
    """Nothing is selected since the last reset."""
    if story.selected or asked.ins in {INS.SELECT, INS.GET_CHALLENGE}:
        return None
    return {"name": item.annotated.name}


def not_in_purse(story: Story, asked: Command, item: Understood) -> Seen:
    """A purse command where something without a purse is selected."""
    here = {Application.MF, Application.PPSE, Application.PSE, Application.LNT_BASIC}
    if asked.ins not in _PURSE or story.application not in here:
        return None
    return {"name": item.annotated.name, "where": str(story.application)}


def no_17(story: Story, asked: Command, item: Understood) -> Seen:
    """EF 17 of T-Union."""
    ef17 = asked.ins == INS.READ_BINARY and asked.p1 == 0x97
    return {} if ef17 and story.application is Application.TUNION_EP else None


def wrong_length(story: Story, asked: Command, item: Understood) -> Seen:
    """Data of another length than the command takes."""
    info = find(asked)
    sizes = sorted({layout.SIZE for layout in info.data})
    size = len(asked.data) - (MAC_SIZE if is_protected(asked) else 0)
    if not sizes or size in sizes:
        return None
    wanted = " or ".join(f"{one:02X}" for one in sizes)
    return {"name": info.name, "lc": f"{size:02X}", "wanted": wanted}


def wrong_le(story: Story, asked: Command, item: Understood) -> Seen:
    """Le that is not what the answer has."""
    info = find(asked)
    sizes = sorted({layout.SIZE for layout in info.answer})
    if not sizes or not asked.le or asked.le in sizes:
        return None
    wanted = " or ".join(f"{one:02X}" for one in sizes)
    return {"name": info.name, "le": f"{asked.le:02X}", "wanted": wanted}


def parameters(story: Story, asked: Command, item: Understood) -> Seen:
    """P1 P2 that a purse command does not take."""
    wanted = _P1P2.get(asked.ins)
    if wanted is None or (asked.p1, asked.p2) in wanted[0]:
        return None
    return {
        "name": item.annotated.name, "got": f"{asked.p1:02X} {asked.p2:02X}", "wanted": wanted[1],
    }  # fmt: skip


_P1P2: Final[dict[int, tuple[frozenset[tuple[int, int]], str]]] = {
    INS.INITIALIZE: (
        frozenset((p1, p2) for p1 in range(6) for p2 in (1, 2)),
        "P1 00 to 05, P2 01 (ED) or 02 (EP)",
    ),
    INS.CREDIT_FOR_LOAD: (frozenset({(0, 0)}), "00 00"),
    INS.UPDATE_OVERDRAFT: (frozenset({(0, 0)}), "00 00"),
    INS.DEBIT: (frozenset({(1, 0), (3, 0)}), "01 00, for an unload 03 00"),
}


def wrong_class(story: Story, asked: Command, item: Understood) -> Seen:
    """A purse command with the class of ISO 7816, or the reverse."""
    purse = asked.ins in _PURSE
    if purse == bool(asked.cla & 0x80):
        return None
    return {
        "name": item.annotated.name,
        "cla": f"{asked.cla:02X}",
        "right": "80" if purse else "00",
    }


def key_number(story: Story, asked: Command, item: Understood) -> Seen:
    """The number of a key in P2."""
    if asked.ins not in _BY_KEY:
        return None
    number = asked.p1 if asked.ins == INS.PIN_UNBLOCK else asked.p2
    return {"name": item.annotated.name, "key": f"{number:02X}"}


def no_key_file(story: Story, asked: Command, item: Understood) -> Seen:
    """A key is wanted in a directory that has used none in this trace."""
    used = story.authenticated or story.pin or story.key_types or story.purses or story.tries
    return {"name": item.annotated.name} if asked.ins in _BY_KEY and not used else None


def tries_gone(story: Story, asked: Command, item: Understood) -> Seen:
    """No try was left after the last one."""
    gone = story.tries.get((asked.ins, asked.p2)) == 0
    return {"name": item.annotated.name} if gone else None


def counter_full(story: Story, asked: Command, item: Understood) -> Seen:
    """The counter of this kind of transaction stands at its end."""
    operation = _operation(asked)
    full = operation is not None and story.counters.get(operation in ONLINE) == _LAST_COUNTER
    return {} if full else None


def other_structure(story: Story, asked: Command, item: Understood) -> Seen:
    """The file was read by another kind of command before."""
    file, record = story.file(asked), asked.ins in _RECORDS
    if file is None or record == bool(file.record):
        return None
    return {"name": item.annotated.name, "by": file.by}


def record_missing(story: Story, asked: Command, item: Understood) -> Seen:
    """The record after the highest that was read."""
    file, place = story.file(asked), file_reference(asked)
    if file is None or place is None or not file.highest or place.record != file.highest + 1:
        return None
    return {"highest": file.highest, "target": item.annotated.target}


def behind_end(story: Story, asked: Command, item: Understood) -> Seen:
    """An offset behind the last byte."""
    file, place = story.file(asked), file_reference(asked)
    if file is None or place is None or not 0 < file.size <= place.offset:
        return None
    return {"offset": f"{place.offset:02X}", "size": f"{file.size:02X}"}


def record_length(story: Story, asked: Command, item: Understood) -> Seen:
    """A record is written with another length than it was read with."""
    file = story.file(asked)
    size = len(asked.data) - (MAC_SIZE if is_protected(asked) else 0)
    if asked.ins != INS.UPDATE_RECORD or file is None or file.record in {0, size}:
        return None
    return {"size": f"{size:02X}", "record": f"{file.record:02X}"}


def no_mac(story: Story, asked: Command, item: Understood) -> Seen:
    """The class byte announces no MAC."""
    if is_protected(asked):
        return None
    return {"name": item.annotated.name, "cla": f"{asked.cla:02X}", "due": f"{asked.cla | 4:02X}"}


def blocked(what: str) -> Test:
    """The application or the card was blocked before."""
    return lambda story, asked, item: {} if story.blocked == what else None


def three_wrong(story: Story, asked: Command, item: Understood) -> Seen:
    """MACs that were wrong in a row."""
    count = story.wrong_macs
    return {"count": count} if count >= _LOCKING_MACS - 1 else None


def no_proof(story: Story, asked: Command, item: Understood) -> Seen:
    """A proof is asked for another number than the last one."""
    if asked.ins != INS.GET_TRANSACTION_PROVE or len(asked.data) < 2:
        return None
    number, last = int.from_bytes(asked.data[:2], "big"), story.commits.get(asked.p2)
    if last is None or number == last:
        return None
    return {"number": f"{number:04X}", "last": f"{last:04X}", "type": f"{asked.p2:02X}"}


def nothing_committed(story: Story, asked: Command, item: Understood) -> Seen:
    """A proof is asked for and nothing was committed."""
    return {} if asked.ins == INS.GET_TRANSACTION_PROVE and not story.commits else None


def unproven_type(story: Story, asked: Command, item: Understood) -> Seen:
    """A proof is asked for a type of which nothing was committed."""
    if asked.ins != INS.GET_TRANSACTION_PROVE or not story.commits or asked.p2 in story.commits:
        return None
    kinds = ", ".join(f"{kind:02X}" for kind in sorted(story.commits))
    return {"type": f"{asked.p2:02X}", "kinds": kinds}


def mifare(story: Story, asked: Command, item: Understood) -> Seen:
    """The MIFARE part of a Lingnan Tong card."""
    return {} if asked.ins == INS.SELECT and asked.data.startswith(AID_LNT_MIFARE) else None


def stale(story: Story, asked: Command, item: Understood) -> Seen:
    """A challenge is wanted and none came right before."""
    wants = is_protected(asked) or asked.ins == INS.EXTERNAL_AUTHENTICATE
    return {"name": item.annotated.name} if wants and not story.challenge else None


def tries(story: Story, asked: Command, item: Understood) -> Seen:
    """How many tries are left."""
    return {"left": (item.annotated.sw or 0) & 15, "name": item.annotated.name}


def kind_of_purse(story: Story, asked: Command, item: Understood) -> Seen:
    """A purse that has told nothing in this trace so far."""
    purse = _operation(asked) is not None or asked.ins == INS.GET_BALANCE
    if not purse or not story.selected or (story.selected, asked.p2) in story.purses:
        return None
    return {"purse": "ED 电子存折" if asked.p2 == _ED else "EP 电子钱包"}


def wrong_mac(story: Story, asked: Command, item: Understood) -> Seen:
    """A commit of what was begun."""
    return {"name": item.annotated.name} if _is_commit(asked) and story.operation else None
