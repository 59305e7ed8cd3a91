"""Real cards' bytes: what their publishers say about them is what we read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ykt_sim.codes import Industry, TripType
from ykt_sim.meaning.annotate import Annotated, annotate
from ykt_sim.meaning.decode import decode
from ykt_sim.meaning.spans import Decoded
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.applications import Application
from ykt_sim.wire.files import (
    BusRecord,
    EcashCardInfo,
    LntApplication,
    LntStatistics,
    LntTransactionRecord,
    TransactionRecord,
    TripRecord,
    TunionApplication,
    TunionCardInfo,
)
from ykt_sim.wire.record import Record
from ykt_sim.wire.tlv import Fci, Tlv

FOLDER = Path(__file__).parents[2] / "apdu_traces" / "recorded"
CARDS: dict[str, dict[str, Any]] = {
    card["id"]: card for card in json.loads((FOLDER / "cards.json").read_text(encoding="utf-8"))
}
TRACES = sorted(FOLDER.glob("*.jsonl"))
DUAL = "dual-guangzhou-2024"
EP, EC = "A000000632010105", "A000000632010106"


def rows(name: str) -> list[tuple[bytes, str]]:
    """Lines of a table: hex, tab, the publisher's label."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t", 1) for line in lines if line and not line.startswith("#"))
    return [(bytes.fromhex(text), label) for text, label in pairs]


TRIPS, LINES, INDUSTRY = (
    rows(name) for name in ("trips_1e.tsv", "transactions_18.tsv", "industry_1a.tsv")
)


def notes(card: str) -> list[Annotated]:
    return list(annotate(read_trace((FOLDER / f"{card}.jsonl").read_text(encoding="utf-8"))))


def found(card: str, record: str) -> list[Decoded]:
    """Give all records of one type that the trace of a card shows, empty ones left out."""
    return [
        item for note in notes(card) for item in note.received
        if item.record == record and not item.empty
    ]  # fmt: skip


def fields(card: str, record: str, index: int = 0) -> dict[str, object]:
    return found(card, record)[index].fields


def said(card: str) -> dict[str, Any]:
    return dict(CARDS[card]["said"])


def balances(card: str) -> list[object]:
    return [item.fields["balance"] for item in found(card, "Balance")]


# ---------------------------------------------------------------- the corpus as a whole


def test_the_corpus_is_complete() -> None:
    assert len(CARDS) == 9
    assert {path.stem for path in TRACES} == set(CARDS)
    assert (len(TRIPS), len(LINES), len(INDUSTRY)) == (125, 9, 1)


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_a_trace_says_where_it_comes_from_and_comes_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    trace = read_trace(text)
    assert CARDS[path.stem]["source"] in trace.header.provenance
    assert "placeholder" in trace.header.provenance
    assert write_trace(trace) == text


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_a_trace_can_be_read_by_a_person(path: Path) -> None:
    for note in annotate(read_trace(path.read_text(encoding="utf-8"))):
        assert note.name != "unknown command"
        assert note.sw_text not in {"", "unknown"}
        if note.sw == 0x9000:
            assert note.received, note.summary()


@pytest.mark.parametrize("card", [name for name, card in CARDS.items() if "exchanges" in card])
def test_published_exchanges_are_in_the_trace_as_published(card: str) -> None:
    trace = read_trace((FOLDER / f"{card}.jsonl").read_text(encoding="utf-8"))
    pairs = [(item.command.hex().upper(), item.response.hex().upper()) for item in trace.exchanges]
    assert pairs == [(item["c"], item["r"]) for item in CARDS[card]["exchanges"]]
    for item in trace.exchanges:
        assert Command.parse(item.command).build() == item.command
        assert Response.parse(item.response).build() == item.response


LAYOUTS: dict[tuple[str, str], type[Record]] = {
    ("PAY.APPY", "ef15"): LntApplication,
    ("PAY.APPY", "ef08"): LntStatistics,
    ("PAY.TICL", "ef18"): LntTransactionRecord,
    (EP, "ef15"): TunionApplication,
    (EP, "ef18"): TransactionRecord,
    (EP, "ef1e"): TripRecord,
}


def published_records() -> Iterator[tuple[str, str, str]]:
    for card in CARDS.values():
        for application in card.get("applications", []):
            name = bytes.fromhex(application["aid"])
            key = name.decode() if name.startswith(b"PAY") else name.hex().upper()
            for file, value in application.items():
                if (key, file) in LAYOUTS:
                    for text in value if isinstance(value, list) else [value]:
                        yield key, file, text


def test_published_files_parse_and_build_back() -> None:
    count = 0
    for name, file, text in published_records():
        data = bytes.fromhex(text)
        assert LAYOUTS[name, file].parse(data).build() == data
        count += 1
    assert count == 12 + 2 + 10 + 30 + 1 + 2 + 1


def test_published_fcis_build_back() -> None:
    texts = [
        item["r"][:-4]
        for card in CARDS.values()
        for item in card.get("exchanges", [])
        if item["c"].startswith("00A4")
    ]
    texts.append(next(a["select"] for a in CARDS[DUAL]["applications"] if "select" in a))
    assert len(texts) == 8
    for text in texts:
        data = bytes.fromhex(text)
        assert Fci.parse(data).build() == data
        assert Tlv.parse(data).build() == data


# ---------------------------------------------------------------- what each card's label says


def test_dual_lingnan_tong_application() -> None:
    card = fields(DUAL, "LntApplication")
    assert said(DUAL)["PAY.APPY"] == {
        "issue": card["issue_date"],
        "expiry": card["expiry_date"],
    }


def test_dual_tunion_application() -> None:
    card = fields(DUAL, "TunionApplication")
    assert said(DUAL)[EP] == {
        "issuer": card["issuer"],
        "start": card["start_date"],
        "expiry": card["expiry_date"],
        "version": card["application_version"],
    }


def test_dual_ecash_metadata() -> None:
    (card,) = [item for item in found(DUAL, "Fci") if item.fields["df_name"] == EC]
    info = EcashCardInfo.parse(bytes.fromhex(str(card.fields["tags"]["DF11"])))  # type: ignore[index]
    assert said(DUAL)[EC] == {
        "city": info.city,
        "card_kind": int(info.card_kind),
        "country": info.country,
        "province": info.province,
        "interoperable": card.fields["interoperable"],
    }
    assert card.fields["pan_number"] == fields(DUAL, "TunionApplication")["pan_number"]
    assert (card.fields["label"], card.fields["priority"]) == ("MOT_T_CASH", 1)


def test_dual_used_log_lines() -> None:
    """The label counts every used line of both logs as a ride, the load included."""
    used = found(DUAL, "LntTransactionRecord") + found(DUAL, "TransactionRecord")
    assert len(used) == said(DUAL)["rides"] == 13


def test_dual_tunion_ride() -> None:
    line, trip = fields(DUAL, "TransactionRecord"), fields(DUAL, "TripRecord")
    assert said(DUAL)["t_union_ride"] == {
        "time": trip["time"],
        "amount": trip["amount"],
        "balance_after": trip["balance_after"],
    }
    assert (line["time"], line["amount"]) == (trip["time"], trip["amount"])


def test_dual_lingnan_tong_dates() -> None:
    """The log has no years; the card was issued in 2024 and all its days lie after that."""
    lines = found(DUAL, "LntTransactionRecord")
    days = [decode("lnt:18", line.data, year=2024).fields["date"] for line in lines]
    assert list(dict.fromkeys(days)) == said(DUAL)["lnt_dates"]
    assert all(str(day) >= str(fields(DUAL, "LntApplication")["issue_date"]) for day in days)


def test_dual_lingnan_tong_load() -> None:
    loads = [
        line.fields for line in found(DUAL, "LntTransactionRecord")
        if line.fields["type_name"] == "EP_LOAD"
    ]  # fmt: skip
    assert [load["amount"] for load in loads] == [said(DUAL)["lnt_load"]["amount"]]
    assert loads[0]["sub_type_name"] == "LOAD"


def test_dual_file_17_is_absent_and_the_statistics_are_unused() -> None:
    (note,) = [note for note in notes(DUAL) if note.target == "EF 17"]
    assert note.sw == 0x6A82
    assert [item.empty for item in all_of(DUAL, "MonthlyStatistics")] == [True]


def all_of(card: str, record: str) -> list[Decoded]:
    return [item for note in notes(card) for item in note.received if item.record == record]


def test_dual_has_ten_and_thirty_slots() -> None:
    assert len(all_of(DUAL, "TransactionRecord")) == 10
    assert len(all_of(DUAL, "TripRecord")) == 30


def test_dual_discount_lines() -> None:
    pairs = {
        (item.fields["amount"], item.fields["fare"])
        for item in found(DUAL, "LntTransactionRecord")
        if item.fields["amount"] != item.fields["fare"]
    }
    assert pairs == {(140, 200), (280, 400)}


def test_shanghai() -> None:
    card = "tu-shanghai"
    primary, negative = balances(card)
    lines = found(card, "TransactionRecord")
    assert isinstance(primary, int)
    assert isinstance(negative, int)
    assert said(card) == {
        "balance": primary - negative,
        "primary_purse": primary,
        "negative_purse": negative,
        "transactions": len(lines),
        "first": {name: lines[0].fields[name] for name in ("amount", "terminal")},
    }
    assert fields(card, "Fci")["issuer"] == "02002900FFFFFFFF"
    assert fields(card, "Fci")["reserved"] == "0114"


def test_nanjing() -> None:
    card = "tu-nanjing-a"
    primary, negative = balances(card)
    lines = [line.fields for line in found(card, "TransactionRecord")]
    assert isinstance(primary, int)
    assert isinstance(negative, int)
    assert said(card) == {
        "balance": primary - negative,
        "transactions": len(lines),
        "first_terminal": lines[0]["terminal"],
        "second": {name: lines[1][name] for name in ("amount", "terminal")},
    }
    counters = [line["counter"] for line in lines]
    assert counters == list(range(177, 167, -1))
    times = [str(line["time"]) for line in lines]
    assert times == sorted(times, reverse=True)


def test_beijing() -> None:
    card = "tu-beijing-flipper"
    trip = fields(card, "TripRecord")
    line = fields(card, "TransactionRecord")
    assert said(card) == {
        "balance": balances(card)[0],
        "log_type": line["type"],
        "trip": {name: trip[name] for name in said(card)["trip"]},
    }
    assert set(said(card)["trip"]) == {
        "type", "industry", "amount", "balance_after", "time", "city",
    }  # fmt: skip
    assert trip["time"] == line["time"]
    assert str(trip["terminal"]).endswith(str(line["terminal"]))


def test_beijing_trip_is_one_byte_too_long_and_says_so() -> None:
    (trip,) = found("tu-beijing-flipper", "TripRecord")
    assert len(trip.data) == TripRecord.SIZE + 1
    assert trip.fields["line_station"] == "0800190030000000"
    assert "anomaly" in trip.fields
    assert trip.value is None


def test_beijing_mock() -> None:
    card = "tu-beijing-nfsee-mock"
    fci, info = fields(card, "Fci"), fields(card, "TunionCardInfo")
    assert said(card) == {
        "start": fci["start_date"],
        "expiry": fci["expiry_date"],
        "province": info["province"],
        "city": info["city"],
        "card_kind": int(str(info["card_kind"]), 16),
    }
    assert info["complete"] is False
    assert len(found(card, "TunionCardInfo")[0].data) == 11 < TunionCardInfo.SIZE


def test_lingnan_tong_recharge_log() -> None:
    """Its label also names the card number, which none of the published exchanges holds."""
    card = "lnt-recharge-log"
    ticl = fields(card, "Fci", 2)
    assert said(card).keys() == {"card_number", "ticl_date"}
    assert said(card)["ticl_date"] == ticl["start_date"]
    published = "".join(item["r"] for item in CARDS[card]["exchanges"])
    assert said(card)["card_number"][6:] not in published
    assert ticl["ceiling"] == 100_000
    retired = notes(card)[1]
    assert (retired.sw, retired.received[0].fields["df_name_text"]) == (0x6A81, "PAY.MF1X")
    assert retired.application is Application.LNT_BASIC


def test_lingnan_tong_replayed() -> None:
    card = "lnt-replayed"
    application = fields(card, "LntApplication")
    assert application["complete"] is False
    assert application["card_number"] == application["card_number_copy"] == "5100000700000739"
    month = fields(card, "LntStatistics")
    assert (month["year_month"], month["metro_rides"], month["rides"]) == ("2019-12", 14, 15)
    assert fields(card, "BalanceAll")["ceiling"] == 500_000
    (load,) = (item.fields for item in found(card, "LntTransactionRecord"))
    (whole,) = found(card, "TransactionRecord")
    older = whole.fields
    assert load["time"] == "2019-12-07T09:53"
    assert older["type_name"] == "UNKNOWN_11"
    assert older["time"] == "2019-07-15T08:59:53"
    assert [one.layout for one in whole.also] == ["LntTransactionRecord"]


def test_directory() -> None:
    (entries,) = [item.fields["entries"] for item in found("ppse-ep-ec", "Ppse")]
    assert isinstance(entries, list)
    assert {entry["aid"]: entry["priority"] for entry in entries} == said("ppse-ep-ec")
    assert [entry["label"] for entry in entries] == ["MOT_T_CASH", "MOT_T_EP"]


def test_laboratory_card() -> None:
    card = fields("lab-test-card", "TunionApplication")
    assert card["issuer"] == "09981001FFFFFFFF"
    assert str(card["pan_number"]).startswith("31052280")
    assert card["reserved"] == "FFFF"


# ---------------------------------------------------------------- labelled records


def label_id(value: object) -> str | None:
    return re.sub(r"[^a-z0-9]+", "-", value.lower()) if isinstance(value, str) else ""


@pytest.mark.parametrize(("data", "label"), TRIPS, ids=label_id)
def test_trip(data: bytes, label: str) -> None:
    """Only some bytes are true: type, terminal, industry, line, city, acquirer, reserved."""
    trip = TripRecord.parse(data)
    assert trip.build() == data
    shown = decode("tunion:1E", data).fields
    assert shown["type"] == data[:1].hex().upper()
    assert trip.terminal == data[1:9].hex().upper()
    assert shown["industry"] == data[9:10].hex().upper()
    assert trip.line_station == data[10:17].hex().upper()
    assert trip.city == data[32:34].hex().upper()
    assert trip.acquirer == data[34:42].hex().upper()
    assert trip.reserved == data[42:48]
    assert re.fullmatch(r"[0-9]{4}", trip.city)
    assert label


#: Places that labels begin with, and the city codes their trips hold. More than one code: a
#: terminal wrote another city's, or none. Zhuhai's 7835 and Guangdong's order are known faults.
CITIES = {
    "baoding": {"0312", "1000"},
    "beijing": {"1000"},
    "changsha": {"5510"},
    "changzhou": {"3040"},
    "chongqing": {"6900"},
    "dalian": {"2220"},
    "daqing": {"2690"},
    "guangzhou": {"5810"},
    "jinan": {"4510"},
    "kunshan": {"3052"},
    "luoyang": {"4710", "4930"},
    "meishan": {"6670"},
    "nanjing": {"3010"},
    "ningbo": {"3320"},
    "qingdao": {"4520"},
    "shanghai": {"2900"},
    "suzhou": {"3050"},
    "tianjin": {"1121"},
    "urumqi": {"8810"},
    "xi'an": {"7910"},
    "xuzhou": {"3030"},
    "zhuhai": {"7835"},
}


@pytest.mark.parametrize("place", CITIES)
def test_trips_labelled_with_a_place_hold_its_city(place: str) -> None:
    cities = {TripRecord.parse(data).city for data, label in TRIPS if label.startswith(place)}
    assert cities == CITIES[place]


def test_trips_labelled_metro_are_rail_but_for_two_cities() -> None:
    metros = [(TripRecord.parse(data), label) for data, label in TRIPS if "metro" in label]
    assert len(metros) == 9
    others = {label for trip, label in metros if trip.industry is not Industry.RAIL}
    assert others == {"lanzhou metro", "qingdao metro"}
    assert {trip.type for trip, _ in metros} == {TripType.ENTRY, TripType.EXIT}


@pytest.mark.parametrize(
    ("label", "line"),
    [
        ("shanghai line 18 xiasha", "0018"),
        ("line 15 south sta", "0015"),
        ("xuzhou line 2 xinyuandadao", "0002"),
        ("xi'an line 6 keji lu", "0006"),
        ("xi'an line 3 shijiajie", "0003"),
        ("ningbo line 4 songjiangdonglu", "0004"),
        ("nanchang line 4", "0004"),
        ("shenyang line 4 gql", "0004"),
        ("hz line 2", "0002"),
        ("dalian line 13 zhenxingjie", "0D"),
        ("meishan 16", "00000016"),
        ("taixing 201", "0201"),
        ("dalian 1203", "1203"),
        ("ningbo 757", "757"),
        ("urumqi 6502", "6502"),
        ("dezhou 12", "000C"),
        ("wj 735", "0A0735"),
    ],
)
def test_trips_labelled_with_a_line_hold_it(label: str, line: str) -> None:
    (data,) = [data for data, text in TRIPS if text == label]
    assert TripRecord.parse(data).line_station.startswith(line)


@pytest.mark.parametrize(("data", "label"), LINES, ids=label_id)
def test_transaction(data: bytes, label: str) -> None:
    line = TransactionRecord.parse(data)
    assert line.build() == data
    shown = decode("tunion:18", data).fields
    assert shown["time"] is not None
    kind = re.search(r"type ([0-9A-F]{2})", label)
    if kind:
        assert shown["type"] == kind[1]
    if "load" in label or "top up" in label:
        assert shown["type_name"] == "EP_LOAD"
        assert line.amount == 1000
    middle = re.search(r"bytes 2\.\.4 = ([0-9A-F]{6})", label)
    if middle:
        assert line.overdraft_limit == int(middle[1], 16)


def test_transaction_labels_that_say_something() -> None:
    words = [label for _, label in LINES if re.search(r"type \d|load|top up|bytes 2", label)]
    assert len(words) == 4


@pytest.mark.parametrize(("data", "label"), INDUSTRY, ids=label_id)
def test_industry_record(data: bytes, label: str) -> None:
    ride = BusRecord.parse(data)
    assert ride.build() == data
    shown = decode("tunion:1A", data).fields
    day, left = re.findall(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", label)[0]
    boarded = re.findall(r"boarded (\d\d:\d\d:\d\d)", label)[0]
    charged = int(re.findall(r"charged (\d+) fen", label)[0])
    vehicle = re.findall(r"vehicle (\d+)", label)[0]
    assert shown["alighting_time"] == f"{day}T{left}"
    assert shown["boarding_time"] == f"{day}T{boarded}"
    assert shown["amount"] == charged
    assert shown["boarding_vehicle_text"] == shown["alighting_vehicle_text"] == vehicle
    assert shown["boarding_city"] == shown["alighting_city"] == "1000"
    assert shown["state_name"] == "ALIGHTED"
