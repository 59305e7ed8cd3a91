"""Kinds and what they make of real, odd and hostile bytes."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.errors import UsageError, WireError
from ykt_sim.meaning.decode import KINDS, decode
from ykt_sim.wire import files, macs, purse
from ykt_sim.wire.record import Record
from ykt_sim.wire.tlv import DirectoryEntry, build_fci, build_ppse

moderate = settings(max_examples=60, deadline=None)
EP = bytes.fromhex("A000000632010105")
EF15 = bytes.fromhex(files.TunionApplication.EXAMPLE)
LNT15 = bytes.fromhex(files.LntApplication.EXAMPLE)
TRIP = bytes.fromhex(files.TripRecord.EXAMPLE)

FIXED: dict[str, type[Record]] = {
    "tunion:15": files.TunionApplication,
    "tunion:9F0C": files.TunionApplication,
    "tunion:16": files.TunionCardholder,
    "tunion:17": files.TunionCardInfo,
    "tunion:18": files.TransactionRecord,
    "tunion:19": files.MonthlyStatistics,
    "tunion:1E": files.TripRecord,
    "lnt:15": files.LntApplication,
    "lnt:08": files.LntStatistics,
    "lnt:18": files.LntTransactionRecord,
    "lnt:fci-9f0c": files.LntWallet,
    "psam:15": files.SamCardFile,
    "psam:16": files.SamTerminalFile,
    "psam:17": files.SamApplicationFile,
    "ecash:DF11": files.EcashCardInfo,
    "purse:debit-data": purse.DebitData,
    "purse:sam-purchase-data2": purse.SamPurchaseData2,
    "mac:purchase-tac-input": macs.PurchaseTacInput,
}
INDUSTRY = (files.RailRecord, files.BusRecord, files.IndustryRecord)
CASES = [*FIXED.items(), *(("tunion:1A", record) for record in INDUSTRY)]
each_case = pytest.mark.parametrize(
    ("kind", "record"), CASES, ids=[f"{kind}-{record.__name__}" for kind, record in CASES]
)


def refused(kind: str, data: bytes) -> WireError:
    with pytest.raises(WireError) as caught:
        decode(kind, data)
    return caught.value


def test_the_table() -> None:
    assert {*FIXED, "tunion:1A", "fci", "ppse", "pse", "apdu", "rapdu"} <= set(KINDS)
    assert all(kind.key == key and kind.title for key, kind in KINDS.items())
    assert sum(key.startswith("purse:") for key in KINDS) == 19
    assert sum(key.startswith("mac:") for key in KINDS) == 10


@each_case
def test_example_and_status_word(kind: str, record: type[Record]) -> None:
    data = bytes.fromhex(record.EXAMPLE)
    found = decode(kind, data)
    assert found.record == record.__name__
    assert found.value == record.parse(data)
    assert decode(kind, data + b"\x90\x00").to_json() == found.to_json()
    assert decode(kind.upper(), data) == decode(kind.lower(), data) == found
    shown = json.loads(json.dumps(found.to_json()))
    assert shown["raw"] == record.EXAMPLE.upper()
    assert {spec.name for spec in record.LAYOUT} <= set(shown)


@each_case
def test_cut_input_names_record_and_field(kind: str, record: type[Record]) -> None:
    data = bytes.fromhex(record.EXAMPLE)
    for size in (0, 5, 9):
        if size < record.SIZE and not (kind == "tunion:17" and size >= 11):
            error = refused(kind, data[:size])
            assert error.record
            assert error.offset is not None


@pytest.mark.parametrize(
    ("kind", "record"),
    [(kind, record) for kind, record in CASES if kind in {"tunion:16", "tunion:18", "lnt:18"}],
)
def test_one_byte_too_many_is_refused(kind: str, record: type[Record]) -> None:
    error = refused(kind, bytes.fromhex(record.EXAMPLE) + b"\x01")
    assert (error.record, error.offset) == (record.__name__, record.SIZE)


@pytest.mark.parametrize("kind", ["tunion:18", "tunion:1E", "lnt:18", "tunion:15"])
def test_an_empty_slot(kind: str) -> None:
    found = decode(kind, bytes(FIXED[kind].SIZE))
    assert found.empty
    assert found.to_json()["empty"] is True
    assert found.to_json().get("time") is None


def test_an_unused_statistics_record_is_empty_too() -> None:
    assert decode("tunion:19", bytes.fromhex("012E") + bytes(46)).empty
    assert not decode("tunion:19", bytes.fromhex(files.MonthlyStatistics.EXAMPLE)).empty


@pytest.mark.parametrize("number", ["2701", "2702", "2703"])
def test_an_unused_industry_record_is_empty_too(number: str) -> None:
    unused = bytes.fromhex(number + "7D") + bytes(125)
    assert decode("tunion:1A", unused).empty
    assert decode("tunion:1A", unused).to_json()["empty"] is True
    for at in (3, 14, 127):
        used = unused[:at] + b"\x01" + unused[at + 1 :]
        assert not decode("tunion:1A", used).empty


def test_an_unused_metro_trip_is_empty_too() -> None:
    assert decode("lnt:08", bytes.fromhex("C854") + bytes(84)).empty
    assert not decode("lnt:08", bytes.fromhex(files.LntMetroTrip.EXAMPLE)).empty


def test_files_of_a_psam() -> None:
    shown = decode("psam:15", bytes.fromhex("00001001413100085769010199999000")).to_json()
    assert shown["serial"] == "00001001413100085769"
    assert decode("psam:16", bytes.fromhex("413100085769")).to_json()["terminal"] == "413100085769"
    application = decode("PSAM:17", bytes.fromhex(files.SamApplicationFile.EXAMPLE)).to_json()
    assert (application["key_index"], application["start"]) == (1, "20170101")
    assert refused("psam:16", bytes(5)).record == "SamTerminalFile"


def test_unknown_enumeration_values_are_shown_by_number() -> None:
    data = bytes.fromhex("0001000000000000640B41310177670320241027212555")
    shown = decode("tunion:18", data).to_json()
    assert (shown["type"], shown["type_name"]) == ("0B", "UNKNOWN_0B")


def test_a_longer_9f0c_keeps_its_rest() -> None:
    shown = decode("tunion:15", EF15 + b"\x12\x34").to_json()
    assert shown["rest"] == "1234"
    assert shown["expiry_date"] == "2040-12-15"
    assert refused("tunion:15", EF15 + bytes(9)).offset == 30


@pytest.mark.parametrize("size", [11, 12, 60])
def test_the_part_of_ef17_that_readers_ask_for(size: int) -> None:
    data = bytes.fromhex(files.TunionCardInfo.EXAMPLE)[:size]
    for found in (decode("tunion:17", data), decode("tunion:17", data + b"\x90\x00")):
        assert found.fields["city"] == "5840"
        assert found.fields["interoperable"] is True
        assert found.fields["card_kind_name"] == "ORDINARY"


@pytest.mark.parametrize(("flag", "meaning"), [("0000", False), ("0001", True), ("00FF", None)])
def test_interoperability(flag: str, meaning: bool | None) -> None:  # noqa: FBT001
    data = bytes.fromhex("0000015658005840" + flag + "01")
    assert decode("tunion:17", data).fields["interoperable"] is meaning


@pytest.mark.parametrize("size", [35, 58, 68, 69, 70])
def test_lingnan_tong_ef15_in_its_lengths(size: int) -> None:
    found = decode("lnt:15", LNT15[:size])
    assert found.fields["card_number"] == "5100009500000082"
    assert found.fields["expiry_date"] == "2034-12-31"
    assert found.data == LNT15[:size]
    assert sum(span.size for span in found.spans) == size


def test_lingnan_tong_ef15_with_88_bytes() -> None:
    data = LNT15 + bytes(range(18))
    assert decode("lnt:15", data).fields["rest"] == bytes(range(18)).hex().upper()
    assert decode("lnt:15", data + b"\x90\x00").data == data


def test_lingnan_tong_year_from_outside() -> None:
    data = bytes.fromhex(files.LntTransactionRecord.EXAMPLE)
    assert decode("lnt:18", data).fields["date"] is None
    assert decode("lnt:18", data).fields["date_without_year"] == "08-23"
    assert decode("lnt:18", data, year=2024).fields["time"] == "2024-08-23T14:40"


@pytest.mark.parametrize("kind", ["tunion:19", "lnt:08"])
def test_private_variable_records(kind: str) -> None:
    found = decode(kind, bytes.fromhex("7703AABBCC"))
    assert found.record == "VariableRecord"
    assert found.fields["content"] == "AABBCC"
    assert decode(kind, bytes.fromhex("7703AABBCC9000")).fields == found.fields
    assert refused(kind, bytes.fromhex("7704AABBCC")).field == "content"


def test_metro_trip_of_lingnan_tong() -> None:
    found = decode("lnt:08", bytes.fromhex(files.LntMetroTrip.EXAMPLE))
    assert found.fields["exit_time"] == "2019-10-18T11:01:05"
    assert found.fields["entry_time"] == "2019-10-18T09:18:27"


def test_e_cash_metadata_of_39_bytes_is_kept() -> None:
    found = decode("ecash:DF11", bytes(range(39)))
    assert found.record == "EcashCardInfoK5"
    assert found.fields["unknown_0"] == bytes(range(39)).hex().upper()


def test_vehicle_numbers_are_text() -> None:
    fields = decode("tunion:1A", bytes.fromhex(files.BusRecord.EXAMPLE)).fields
    assert fields["boarding_vehicle_text"] == fields["alighting_vehicle_text"] == "00032845"
    assert fields["boarding_time"] == "2019-11-29T13:25:45"
    assert fields["alighting_time"] == "2019-11-29T13:30:46"


LONG_TRIP = TRIP[:17] + b"\x00" + TRIP[17:]


@pytest.mark.parametrize("tail", [b"", b"\x90\x00"])
def test_a_trip_with_one_byte_too_many_in_its_station(tail: bytes) -> None:
    found = decode("tunion:1E", LONG_TRIP + tail)
    assert found.fields["amount"] == 100
    assert found.fields["balance_after"] == 3940
    assert found.fields["time"] == "2024-10-27T21:25:55"
    assert found.fields["line_station"] == "0301000078350900"
    assert "49 bytes" in str(found.fields["anomaly"])
    assert [span.offset for span in found.spans][-1] + 6 == sum(s.size for s in found.spans) == 49


def test_a_trip_with_another_byte_too_many_is_refused() -> None:
    assert refused("tunion:1E", TRIP + b"\x01").offset == 48
    assert refused("tunion:1E", bytes(49)).offset == 48
    assert refused("tunion:1E", LONG_TRIP + b"\x00").offset == 48


def test_fci_of_the_purse() -> None:
    data = build_fci(EP, [(0x9F08, b"\x00\x30"), (0x9F0C, EF15)], bytes(4))
    for raw, sw in ((data, None), (data + b"\x90\x00", "9000"), (data + b"\x62\x83", "6283")):
        found = decode("fci", raw)
        assert found.data == data
        assert found.fields["df_name"] == EP.hex().upper()
        assert found.fields["version"] == "0030"
        assert found.fields["trailing"] == "00000000"
        assert found.fields["pan_number"] == "3104870395000000827"
        assert found.fields.get("sw") == sw
        assert found.fields["after"] == ""
    names = [span.name for span in decode("fci", data).spans]
    assert names == [
        "84 df_name",
        "9F08 version",
        *(spec.name for spec in files.TunionApplication.LAYOUT),
        "trailing",
    ]


def test_fci_spans_lie_where_the_bytes_are() -> None:
    data = build_fci(EP, [(0x50, b"MOT_T_EP"), (0x9F0C, EF15)], b"\xde\xad")
    for span in decode("fci", data).spans:
        if isinstance(span.value, bytes):
            assert data[span.offset : span.offset + span.size] == span.value
        elif isinstance(span.value, str) and span.name != "50 label":
            assert data[span.offset : span.offset + span.size].hex().upper() == span.value


def test_fci_issuer_data_that_is_no_ef15_stays_hex() -> None:
    for value in (b"", bytes(5), EF15[:29], bytes(60)):
        shown = decode("fci", build_fci(EP, [(0x9F0C, value)])).to_json()
        assert shown["issuer_data"] == value.hex().upper()
        assert "pan" not in shown


def test_fci_of_the_card_that_divides_the_pan_otherwise_stays_raw() -> None:
    name = bytes.fromhex("A000000632101004")
    assert "pan" not in decode("fci", build_fci(name, [(0x9F0C, EF15)])).fields


def test_bytes_after_an_fci_that_are_no_status_word() -> None:
    shown = decode("fci", build_fci(b"PAY.APPY") + b"\x12\x34\x56").fields
    assert shown["after"] == "123456"
    assert "sw" not in shown


def test_fci_with_a_damaged_pdol() -> None:
    assert decode("fci", build_fci(EP, [(0x9F38, b"\x9f")])).fields["pdol"] is None


def test_ppse_lists_its_applications() -> None:
    entry = DirectoryEntry(EP, "MOT_T_EP", 2)
    shown = decode("ppse", build_ppse([entry])).to_json()
    assert shown["df_name_text"] == "2PAY.SYS.DDF01"
    assert shown["entries"] == [
        {
            "aid": "A000000632010105",
            "application": "T-Union EP 交通联合电子钱包",
            "label": "MOT_T_EP",
            "preferred_name": "",
            "priority": 2,
        }
    ]
    assert decode("ppse", build_ppse([])).fields["entries"] == []


def test_pse_record() -> None:
    data = bytes.fromhex(
        "70286126" + "4F08A000000632010106" + "500A4D4F545F545F43415348"
        "9F120A50424F43204445424954" + "870101"
    )
    data += b"\x90\x00"
    shown = decode("pse", data).to_json()
    assert shown["sw"] == "9000"
    assert shown["entries"] == [
        {
            "aid": "A000000632010106",
            "application": "T-Union EC 交通联合电子现金",
            "label": "MOT_T_CASH",
            "preferred_name": "PBOC DEBIT",
            "priority": 1,
        }
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "00A4040008A00000063201010500",
            {
                "command": "SELECT",
                "case": "4S",
                "application": "T-Union EP 交通联合电子钱包",
                "le": 0,
                "lc": 8,
            },
        ),
        ("00A40000023F00", {"fid": "3F00", "case": "3S", "le": None}),
        ("00B097000B", {"sfi": "17", "offset": 0, "case": "2S", "le": 11, "lc": None}),
        ("00B203C417", {"sfi": "18", "record_number": 3}),
        (
            "805003020B01000000640102030405060F",
            {
                "amount": 100,
                "terminal": "010203040506",
                "key_index": 1,
                "data_record": "InitializeData",
            },
        ),
        (
            "805401000F000000012024102721255511223344" + "08",
            {"date": "2024-10-27", "time": "2024-10-27T21:25:55", "mac1": "11223344"},
        ),
        ("805A000902002808", {"counter": 0x28}),
        ("80DC00F030" + TRIP.hex(), {"data_record": "TripRecord", "amount": 100, "sfi": "1E"}),
        (
            "80DC02D080" + files.BusRecord.EXAMPLE,
            {"data_record": "BusRecord", "amount": 100, "record_id": "02"},
        ),
        ("805C030204", {"remark": "actual balance 实际余额"}),
        ("841E000004AABBCCDD", {"line_mac": "AABBCCDD", "command_zh": "应用锁定"}),
        ("0099000000", {"command": "unknown command"}),
    ],
)
def test_commands(text: str, expected: dict[str, object]) -> None:
    found = decode("apdu", bytes.fromhex(text))
    assert expected.items() <= found.fields.items()
    covered = sorted((span.offset, span.offset + span.size) for span in found.spans)
    assert covered[0][0] == 0
    assert covered[-1][1] == len(text) // 2
    assert all(one[1] == two[0] for one, two in itertools.pairwise(covered))


def test_a_sam_command_with_two_levels() -> None:
    data = bytes.fromhex(purse.SamPurchaseData2.EXAMPLE)
    shown = decode("apdu", bytes.fromhex("8070000024") + data).fields
    assert shown["factor2"] == "02205810FFFFFFFF"
    assert shown["data_record"] == "SamPurchaseData2"


def test_a_cut_command() -> None:
    error = refused("apdu", bytes.fromhex("00A4040008A0"))
    assert (error.record, error.field, error.offset) == ("APDU", "lc", 4)


def test_answers() -> None:
    shown = decode("rapdu", bytes.fromhex("000003E89000")).fields
    assert (shown["data"], shown["sw"], shown["sw_text"]) == ("000003E8", "9000", "success")
    shown = decode("rapdu", bytes.fromhex("63C2")).fields
    assert shown["sw_text"] == "wrong, 2 tries left"
    assert shown["sw_text_zh"] == "还可再试 2 次"


def test_an_unknown_kind_is_answered_with_names() -> None:
    with pytest.raises(UsageError, match="did you mean tunion:1"):
        decode("tunion:1X", b"")
    with pytest.raises(UsageError, match="kinds: tunion:15"):
        decode("???", b"")


@pytest.mark.parametrize("kind", sorted(KINDS))
@moderate
@given(data=st.binary(max_size=150))
def test_any_bytes_are_decoded_or_refused_with_a_place(kind: str, data: bytes) -> None:
    try:
        found = decode(kind, data)
    except WireError as error:
        assert error.record  # noqa: PT017 - to be decoded is as good
    else:
        json.dumps(found.to_json())
        assert data.startswith(found.data)
        assert all(0 <= s.offset <= s.offset + s.size <= len(data) for s in found.spans)
