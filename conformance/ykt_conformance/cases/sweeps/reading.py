"""Addressing: files by short identifier and as the current file, records by number and by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import Flow
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Send
from ykt_sim.codes import AID_LNT_BASIC, COMPOSITE, INS, LNT, PURCHASE, TUNION

_BASIC: Final = "PAY.APPY"
_HEAD: Final = 0x80
_RECORDS: Final = (0x18, 0x19, 0x1A, 0x1E, 0x08)
#: Files in each place, a few that are not there among them.
_FILES: Final[Mapping[str, tuple[int, ...]]] = {
    TUNION: (0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1E, 0x1F, 0x00),
    LNT: (0x18, 0x15, 0x1F),
    _BASIC: (0x15, 0x08, 0x18),
}
_WAYS: Final = ("by SFI", "current by FID", "current by a read", "none current")
#: Le of a read: absent, as much as there is, one, some.
_LE: Final = (None, 0x00, 0x01, 0x08, 0x1E, 0xFF)


def _files(bench: CardBench) -> tuple[str, ...]:
    basic = (_BASIC,) if bench.ics[LNT]["claimed"] else ()
    places = (*moves.purses(bench), *basic)
    return tuple(f"{place} {sfi:02X}" for place in places for sfi in _FILES[place])


def _place(row: Values) -> tuple[str, int]:
    place, _, sfi = str(row["file"]).rpartition(" ")
    return place, int(sfi, 16)


def _enter(bench: CardBench, place: str) -> Flow[None]:
    if place == _BASIC:
        yield from flows.must(c.select(AID_LNT_BASIC), "SELECT PAY.APPY")
    else:
        yield from moves.enter(bench, place)


def _point(bench: CardBench, row: Values) -> Flow[int]:
    """Make the file current, or leave it to the command; gives the SFI to name in it."""
    place, sfi = _place(row)
    yield from _enter(bench, place)
    if row["way"] == "by SFI":
        return sfi
    if row["way"] == "current by FID":
        yield Send(c.select_fid(sfi))
    elif row["way"] == "current by a read":
        yield Send(c.read_record(1, sfi) if sfi in _RECORDS else c.read_binary(sfi, 0, 1))
    return 0


def _binary(bench: CardBench, row: Values) -> Flow[None]:
    sfi = yield from _point(bench, row)
    p1 = _HEAD | sfi if row["way"] == "by SFI" else 0x00
    yield Send(c.apdu(0x00, INS.READ_BINARY, p1, row["offset"], le=row["Le"]))
    yield Send(c.apdu(0x00, INS.READ_BINARY, 0x00, row["offset"], le=0))  # what is current now


def _record(bench: CardBench, row: Values) -> Flow[None]:
    place, file = _place(row)
    sfi = yield from _point(bench, row)
    number = row["number"]
    if number in ("last", "last+1"):
        size = 18 if file == c.INDUSTRY else 1
        if place != _BASIC and file in (c.LOG, c.TRIPS):
            size = bench.ics[place]["trip_records" if file == c.TRIPS else "log_records"]
        number = size + (number == "last+1")
    yield Send(c.apdu(0x00, INS.READ_RECORD, number, sfi << 3 | row["mode"], le=row["Le"]))
    yield Send(c.apdu(0x00, INS.READ_RECORD, 0x01, 0x04, le=0))


def _ext(bench: CardBench, row: Values) -> Flow[None]:
    yield from moves.enter(bench, TUNION)
    data = bytes.fromhex(row["id"])
    yield Send(c.apdu(0x80, INS.READ_EXT_DATA, row["P1"], row["file"] << 3, data, row["Le"]))


def _seen(bench: CardBench) -> Flow[None]:
    """Every file written where transactions write it, and read whole: what it holds is known."""
    for place, files in _FILES.items():
        if not bench.ics[LNT if place == _BASIC else place]["claimed"]:
            continue
        yield from _enter(bench, place)
        kinds = moves.kinds(bench, place) if place != _BASIC else ()
        for kind in kinds:
            if kind in (PURCHASE, COMPOSITE):
                yield from moves.attempt(bench, place, kind, 1)
        for sfi in files:
            if sfi not in _RECORDS:
                yield Send(c.read_binary(sfi))
                continue
            for number in range(1, 32):
                answer = yield Send(c.read_record(number, sfi))
                if not answer.ok:
                    break


CASES: Final[tuple[CardCase, ...]] = (
    case_of(
        Sweep(
            id="C-2209",
            title="READ BINARY of every file, named in every way, at every offset and length",
            title_zh="读二进制文件寻址与长度遍历",
            clauses="CL-FILE-001 CL-FILE-013 CL-FILE-014 CL-FILE-015 CL-FILE-016",
            factors=lambda bench: {
                "file": _files(bench), "way": _WAYS,
                "offset": (0, 1, 8, 29, 30, 54, 55, 59, 60, 255), "Le": _LE,
            },
            play=_binary, ready=_seen,
        )
    ),
    case_of(
        Sweep(
            id="C-2210",
            title="READ RECORD of every file, named in every way, by number and by identifier",
            title_zh="读记录文件寻址遍历",
            clauses="CL-FILE-004 CL-FILE-006 CL-FILE-008 CL-FILE-012 CL-FILE-015",
            factors=lambda bench: {
                "file": _files(bench), "way": _WAYS, "mode": (4, 0, 1, 2, 3, 5, 6, 7),
                "number": (0, 1, 2, "last", "last+1", 0x11, 0x18, 0xFF), "Le": _LE,
            },
            play=_record, ready=_seen,
            fits=lambda row: row["mode"] in (0, 4) or row["number"] == 1,
        )
    ),
    case_of(
        Sweep(
            id="C-2211",
            title="READ EXT DATA by every identifier",
            title_zh="读扩展数据标识遍历",
            clauses="CL-FILE-009 CL-FILE-010",
            factors=lambda _bench: {
                "file": (0x1A, 0x19, 0x18, 0x1F, 0x00),
                "id": ("2701", "2702", "2712", "2713", "2700", "0001", "0127", "01", "270100"),
                "P1": (0, 1, 0x80), "Le": (None, 0, 0x80, 0x7F),
            },
            play=_ext, ready=_seen,
            applies="tunion and tunion.ef1a and tunion.ext_data",
        )
    ),
)  # fmt: skip
