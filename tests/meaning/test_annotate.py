"""The annotator follows what is selected and says what each exchange is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.codes import AID_LNT_WALLET, AID_PPSE, AID_PSE, AID_TUNION_EC, AID_TUNION_EP
from ykt_sim.meaning.annotate import Annotated, _Before, annotate
from ykt_sim.meaning.contents import ChannelState
from ykt_sim.trace.model import Event, Exchange, Header, Note, Removed, Reset, Trace
from ykt_sim.wire import files, purse
from ykt_sim.wire.applications import Application
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.tlv import DirectoryEntry, build_fci, build_ppse

moderate = settings(max_examples=60, deadline=None)
TU_LINE = files.TransactionRecord.EXAMPLE
LNT_LINE = files.LntTransactionRecord.EXAMPLE
EP, EC, WALLET = AID_TUNION_EP.hex(), AID_TUNION_EC.hex(), AID_LNT_WALLET.hex()
BASIC = b"PAY.APPY".hex()


def asked(command: str, response: str = "9000", channel: str = "card") -> Exchange:
    return Exchange(
        t=0.0,
        channel="sam" if channel == "sam" else "card",
        command=bytes.fromhex(command),
        response=bytes.fromhex(response),
    )


def select(name: str, answer: str | None = None) -> Exchange:
    fci = build_fci(bytes.fromhex(name)).hex() if answer is None else answer
    return asked(f"00A40400{len(name) // 2:02X}{name}00", fci + ("9000" if answer is None else ""))


def last(*events: Event) -> Annotated:
    return list(annotate(events))[-1]


def records(note: Annotated) -> list[str]:
    return [item.record for item in note.received]


@pytest.mark.parametrize(
    ("name", "line", "record", "application"),
    [
        (EP, TU_LINE, "TransactionRecord", Application.TUNION_EP),
        (EP + "58000220581000" + "00", TU_LINE, "TransactionRecord", Application.TUNION_EP),
        (WALLET, LNT_LINE, "LntTransactionRecord", Application.LNT_WALLET),
        ("00" * 8, TU_LINE, "TransactionRecord", Application.OTHER),
        ("00" * 8, LNT_LINE, "LntTransactionRecord", Application.OTHER),
    ],
)
def test_the_same_read_under_each_application(
    name: str, line: str, record: str, application: Application
) -> None:
    note = last(select(name), asked("00B201C417", line + "9000"))
    assert records(note) == [record]
    assert note.application is application
    assert note.target == "EF 18 record 1"
    assert (note.sw, note.sw_text, note.sw_zh) == (0x9000, "success", "成功")


def test_with_nothing_selected_the_date_decides() -> None:
    assert records(last(asked("00B201C417", TU_LINE + "9000"))) == ["TransactionRecord"]
    assert records(last(asked("00B201C417", LNT_LINE + "9000"))) == ["LntTransactionRecord"]


def test_an_empty_slot() -> None:
    note = last(select(EP), asked("00B20AC417", "00" * 23 + "9000"))
    assert note.received[0].empty


@pytest.mark.parametrize(
    "event", [Reset(t=1, channel="card", atr=b""), Removed(t=1, channel="card")]
)
def test_a_reset_and_a_removal_clear_the_selection(event: Event) -> None:
    notes = list(annotate([select(WALLET), event, asked("00B201C417", "00" * 23 + "9000")]))
    assert [note.application for note in notes] == [
        Application.LNT_WALLET,
        Application.NONE,
        Application.NONE,
    ]
    assert records(notes[-1]) == ["TransactionRecord"]


def test_a_sam_has_a_selection_of_its_own() -> None:
    sam = asked("00A40000028011", "9000", "sam")
    note = last(select(WALLET), sam, asked("00B201C417", LNT_LINE + "9000"))
    assert records(note) == ["LntTransactionRecord"]
    reset = Reset(t=1, channel="sam", atr=b"\x3b")
    note = last(select(WALLET), reset, asked("00B201C417", "00" * 23 + "9000"))
    assert records(note) == ["LntTransactionRecord"]


@pytest.mark.parametrize(
    ("command", "content", "record"),
    [
        ("00B095000E", files.SamCardFile.EXAMPLE, "SamCardFile"),
        ("00B0960006", files.SamTerminalFile.EXAMPLE, "SamTerminalFile"),
        ("00B0970019", files.SamApplicationFile.EXAMPLE, "SamApplicationFile"),
    ],
)
@pytest.mark.parametrize(
    "opened",
    [
        (),
        ("00A40000023F00",),
        ("00A40000028011",),
        (f"00A4040008{AID_TUNION_EP.hex()}",),
    ],
)
def test_files_on_the_channel_of_a_psam_are_a_psams(
    command: str, content: str, record: str, opened: tuple[str, ...]
) -> None:
    selects = [asked(select, "9000", "sam") for select in opened]
    note = last(*selects, asked(command, content + "9000", "sam"))
    assert records(note) == [record]
    assert note.received[0].kind == f"PSAM:{note.target.removeprefix('EF ')}"
    assert records(last(*selects, asked("00B201C417", TU_LINE + "9000", "sam"))) == []


def test_what_is_selected_on_a_psam() -> None:
    name = build_fci(AID_TUNION_EP).hex() + "9000"
    mf = build_fci(AID_PSE, [(0x88, b"\x1f")]).hex() + "9000"
    for command, answer, application in (
        ("00A40000028011", name, Application.PSAM),
        ("00A40000028012", "9000", Application.PSAM),
        (f"00A4040008{AID_TUNION_EP.hex()}", name, Application.PSAM),
        ("00A40000023F00", "9000", Application.MF),
        ("00A404000E" + AID_PSE.hex(), mf, Application.MF),
    ):
        assert last(asked(command, answer, "sam")).application is application
    assert last(asked("00A40000028011", "6A82", "sam")).application is Application.NONE


@pytest.mark.parametrize("answer", ["6A82", "6A81", "9303"])
def test_a_refused_select_changes_nothing(answer: str) -> None:
    note = last(select(EP), select(WALLET, answer), asked("00B201C417", "00" * 23 + "9000"))
    assert note.application is Application.TUNION_EP


def test_a_select_with_a_warning_selects() -> None:
    assert last(select(EP, "6283")).application is Application.TUNION_EP


@pytest.mark.parametrize(
    ("fid", "application"),
    [
        ("3F00", Application.MF),
        ("DDF1", Application.LNT_BASIC),
        ("ADF1", Application.LNT_MIFARE),
        ("ADF3", Application.LNT_WALLET),
        ("ADFA", Application.OTHER),
    ],
)
def test_selection_by_fid(fid: str, application: Application) -> None:
    note = last(select(EP), asked("00A4000002" + fid, "9000"))
    assert note.application is application
    assert note.target == f"FID {fid}"


def test_an_unknown_fid_is_named_by_its_answer() -> None:
    answer = build_fci(AID_TUNION_EP).hex() + "9000"
    assert last(asked("00A40000021001", answer)).application is Application.TUNION_EP


def test_selecting_a_file_keeps_the_application() -> None:
    read = asked("00B0000000", files.TunionApplication.EXAMPLE + "9000")
    note = last(select(EP), asked("00A40000020015", "9000"), read)
    assert note.application is Application.TUNION_EP
    assert (records(note), note.target) == (["TunionApplication"], "EF 15")


def test_reading_by_sfi_makes_the_file_current() -> None:
    read = asked("00B2020417", TU_LINE + "9000")
    note = last(select(EP), asked("00B201C417", TU_LINE + "9000"), read)
    assert (records(note), note.target) == (["TransactionRecord"], "EF 18 record 2")
    note = last(select(EP), asked("00B201C417", "6A83"), read)
    assert (records(note), note.target) == ([], "current EF record 2")


def test_part_of_a_file() -> None:
    card_number = files.LntApplication.EXAMPLE[16:32]
    note = last(select(BASIC), asked("00B0950808", card_number + "9000"))
    assert note.received[0].fields["card_number"] == "5100009500000082"
    assert note.target == "EF 15 from byte 8"
    note = last(select(BASIC), asked("00B0953101", "019000"))
    assert note.received[0].fields["region"] == "01"
    note = last(select(EP), asked("00B097000B", files.TunionCardInfo.EXAMPLE[:22] + "9000"))
    assert note.received[0].fields["card_kind_name"] == "ORDINARY"
    assert last(select(BASIC), asked("00B095FF01", "019000")).received == ()


def test_several_records_in_one_answer() -> None:
    note = last(select(EP), asked("00B201C500", TU_LINE + "00" * 23 + "9000"))
    assert records(note) == ["TransactionRecord"] * 2
    assert [item.empty for item in note.received] == [False, True]
    assert note.target == "EF 18 record 1 and on"


def test_industry_records_by_their_id() -> None:
    for record in (files.RailRecord, files.BusRecord, files.IndustryRecord):
        for read in ("00B201D000", "80B400D0022701", "00B201D400"):
            note = last(select(EP), asked(read, record.EXAMPLE + "9000"))
            assert records(note) == [record.__name__]


def test_files_of_e_cash() -> None:
    trip = asked("00B201F430", files.TripRecord.EXAMPLE + "9000")
    assert records(last(select(EC), trip)) == ["TripRecord"]
    assert last(select(EC), asked("00B2015C17", TU_LINE + "9000")).received == ()


def test_ppse() -> None:
    fci = build_ppse([DirectoryEntry(AID_TUNION_EP, "MOT_T_EP", 2)]).hex() + "9000"
    note = last(select(AID_PPSE.hex(), fci))
    assert note.application is Application.PPSE
    assert records(note) == ["Ppse"]
    assert note.target == "PPSE 2PAY.SYS.DDF01"


def test_the_cache_update_of_a_composite_purchase() -> None:
    trip = files.TripRecord.EXAMPLE
    note = last(select(EP), asked("80DC00F030" + trip))
    assert (note.name, note.zh) == ("UPDATE CAPP DATA CACHE", "更新复合应用数据缓存")
    assert note.sent[0].fields["balance_after"] == 3940
    span = next(span for span in note.command_spans if span.name == "balance_after")
    assert (span.offset, span.size, span.kind) == (5 + 21, 4, FieldKind.BALANCE)
    note = last(select(EP), asked("80DC02D080" + files.BusRecord.EXAMPLE))
    assert note.sent[0].record == "BusRecord"


def test_updates_of_plain_files_are_decoded() -> None:
    note = last(select(EP), asked("00D695001E" + files.TunionApplication.EXAMPLE))
    assert note.sent[0].record == "TunionApplication"
    note = last(select(WALLET), asked("00DC01C417" + LNT_LINE))
    assert note.sent[0].record == "LntTransactionRecord"


def test_a_purchase_step_by_step() -> None:
    init = "805003020B" + purse.InitializeData.EXAMPLE + "0F"
    notes = list(
        annotate(
            [
                select(EP),
                asked(init, purse.InitializePurchaseAnswer.EXAMPLE + "9000"),
                asked(
                    "8070000024" + purse.SamPurchaseData2.EXAMPLE + "08",
                    purse.SamPurchaseAnswer.EXAMPLE + "9000",
                    "sam",
                ),
                asked(
                    "805401000F" + purse.DebitData.EXAMPLE + "08",
                    purse.DebitAnswer.EXAMPLE + "9000",
                ),
                asked("8072000004" + purse.SamCheckData.EXAMPLE, "9000", "sam"),
                asked("805A00090200" + "0108", purse.ProveAnswer.EXAMPLE + "9000"),
            ]
        )
    )
    assert [[item.record for item in note.sent + note.received] for note in notes[1:]] == [
        ["InitializeData", "InitializePurchaseAnswer"],
        ["SamPurchaseData2", "SamPurchaseAnswer"],
        ["DebitData", "DebitAnswer"],
        ["SamCheckData"],
        ["ProveData", "ProveAnswer"],
    ]
    kinds = [span.kind for span in notes[3].response_spans]
    assert kinds == [FieldKind.TAC, FieldKind.MAC2, FieldKind.CODE]


def test_a_lingnan_tong_terminal_sends_another_tail() -> None:
    tail = LNT_LINE[-14:]
    debit = "805401000F" + "00000001" + tail + "AABBCCDD" + "08"
    note = last(select(WALLET), asked(debit, purse.DebitAnswer.EXAMPLE + "9000"))
    fields = note.sent[0].fields
    assert (fields["fare"], fields["month_day"]) == (200, "0823")
    names = [span.name for span in note.command_spans]
    assert "datetime" not in names
    assert names[6:10] == ["fare", "month_day", "hour_minute", "sub_type"]
    note = last(select(EP), asked(debit, purse.DebitAnswer.EXAMPLE + "9000"))
    assert "datetime" in [span.name for span in note.command_spans]


def test_years_from_the_statistics_record() -> None:
    line = bytes.fromhex(LNT_LINE)
    days = ["0102", "1231", "0630"]
    reads = [
        asked(f"00B2{number:02X}C417", (line[:18] + bytes.fromhex(day) + line[20:]).hex() + "9000")
        for number, day in enumerate(days, 1)
    ]
    month = "1814002001" + "00" * 17
    events = [select(BASIC), asked("00B2014400", month + "9000"), select(WALLET), *reads]
    found = [note.received[0].fields.get("date") for note in annotate(events)][3:]
    assert found == ["2020-01-02", "2019-12-31", "2019-06-30"]
    found = [note.received[0].fields.get("date") for note in annotate([select(WALLET), *reads])][1:]
    assert found == [None, None, None]
    gap = [note.received[0].fields.get("date") for note in annotate([*events[:4], reads[2]])][3:]
    assert gap == ["2020-01-02", None]


def test_get_response_decodes_what_was_asked() -> None:
    fci = build_fci(AID_TUNION_EP).hex()
    first = asked(f"00A4040008{EP}", "6118")
    note = last(first, asked("00C0000018", fci + "9000"))
    assert note.name == "GET RESPONSE (SELECT)"
    assert records(note) == ["Fci"]
    assert note.application is Application.TUNION_EP
    note = last(select(EP), asked("00B201C400", "6117"), asked("00C0000017", TU_LINE + "9000"))
    assert records(note) == ["TransactionRecord"]
    assert last(asked("00C0000018", fci + "9000")).received == ()


def test_secure_messaging_shows_the_mac() -> None:
    ef15 = files.TunionApplication.EXAMPLE
    note = last(select(EP), asked("04B0950004AABBCCDD1E", ef15 + "11223344" + "9000"))
    assert records(note) == ["TunionApplication"]
    assert note.command_spans[-2].name == "line_mac"
    assert note.response_spans[-2].kind is FieldKind.LINE_MAC
    assert note.response_spans[-2].value == bytes.fromhex("11223344")
    note = last(select(EP), asked("04D6950022" + ef15 + "AABBCCDD"))
    assert note.sent[0].record == "TunionApplication"
    assert note.command_spans[-1].value == bytes.fromhex("AABBCCDD")
    note = last(asked("841E000004AABBCCDD"))
    assert [span.name for span in note.command_spans] == [
        "cla", "ins", "p1", "p2", "lc", "line_mac",
    ]  # fmt: skip


def test_balance_says_which_and_warns_of_the_top_bit() -> None:
    note = last(select(EP), asked("805C030204", "800006E09000"))
    assert note.remarks == (
        "actual balance 实际余额",
        "top bit set: readers take 1760 fen",
    )
    note = last(select(WALLET), asked("805C050210", purse.BalanceAll.EXAMPLE + "9000"))
    assert note.received[0].fields["ceiling"] == 500_000


def test_e_cash_balance_is_bcd() -> None:
    note = last(select(EC), asked("80CA9F7900", "9F7906000000001234" + "9000"))
    assert note.received[0].fields["balance"] == 1234
    assert last(select(EC), asked("80CA9F7900", "9F7906AABB00001234" + "9000")).received


def test_pin_data_is_marked_personal() -> None:
    span = last(asked("00200000021234")).command_spans[-1]
    assert (span.name, span.kind) == ("data", FieldKind.PERSONAL)


@pytest.mark.parametrize(
    ("event", "remark"),
    [
        (asked("00B201C417", ""), "no answer"),
        (
            asked("00B201C417", "90"),
            "R-APDU.sw at byte 1: expected at least SW1 SW2, got 1 byte(s)",
        ),
        (asked("00B2"), "APDU.header at byte 2: expected at least 4 header bytes, got 2"),
    ],
)
def test_odd_exchanges_are_said_not_raised(event: Exchange, remark: str) -> None:
    assert remark in last(event).remarks


def test_an_answer_that_does_not_decode_is_a_remark() -> None:
    note = last(select(EP, "6F0A84039000"))
    assert note.remarks[0].startswith("answer: TLV.6F at byte 2")
    assert note.response_spans[0].name == "data"


def test_a_trip_with_one_byte_too_many_is_a_remark() -> None:
    data = files.TripRecord.EXAMPLE[:34] + "00" + files.TripRecord.EXAMPLE[34:]
    note = last(asked("00B201F430", data + "9000"))
    assert note.received[0].fields["amount"] == 100
    assert any("49 bytes" in remark for remark in note.remarks)


def test_notes_pass_through() -> None:
    note = last(select(EP), Note(t=0.0, text="refused"))
    assert (note.name, note.zh, note.sw) == ("note", "备注", None)
    assert last(Reset(t=0.0, channel="card", atr=b"\x3b\x00")).response_spans[0].name == "atr"


def test_summary() -> None:
    assert last(select(EP), asked("805C030204", "000000649000")).summary() == (
        "GET BALANCE; 9000 success; actual balance 实际余额"
    )
    assert last(select(EP), asked("00B097003C", "6A82")).summary() == (
        "READ BINARY EF 17; 6A82 file or application not found"
    )


def test_a_trace_and_its_events_are_annotated_alike() -> None:
    events = (select(EP), asked("00B201C417", TU_LINE + "9000"))
    assert list(annotate(Trace(header=Header(), events=events))) == list(annotate(events))


def test_annotation_is_a_stream() -> None:
    def endless() -> Iterator[Event]:
        yield select(EP)
        while True:
            yield asked("00B201C417", TU_LINE + "9000")

    notes = list(itertools.islice(annotate(endless()), 2000))
    assert records(notes[-1]) == ["TransactionRecord"]


hexes = st.binary(max_size=80)
headers = st.sampled_from(
    ["00A40400", "00A40000", "00B09500", "00B00000", "00B201C4", "00B201C5", "00B200F0", "00C00000",
     "80DC00F0", "80DC01D0", "04D69500", "80500302", "80540100", "805C0002", "80CA9F79", "80B400D0"]
).map(bytes.fromhex)  # fmt: skip
shaped = st.builds(
    lambda head, data, le: head + (bytes((len(data),)) + data if data else b"") + le,
    headers,
    hexes,
    st.binary(max_size=1),
)
answers = st.builds(
    lambda data, sw: data + sw,
    hexes | st.sampled_from([b"", bytes(23), bytes(48), build_fci(AID_TUNION_EP)]),
    st.sampled_from([b"\x90\x00", b"\x61\x10", b"\x6a\x82", b"\x62\x83", b""]),
)
anything = st.builds(
    Exchange,
    t=st.just(0.0),
    channel=st.sampled_from(["card", "sam"]),
    command=shaped | st.binary(min_size=1, max_size=40),
    response=answers,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(anything | st.just(select(EP)) | st.just(select(WALLET)), max_size=6))
def test_nothing_makes_it_fail_and_fields_lie_inside(events: list[Event]) -> None:
    notes = list(annotate(events))
    assert [note.event for note in notes] == events
    for note, event in zip(notes, events, strict=True):
        assert note.summary()
        assert isinstance(event, Exchange)
        for spans, data in (
            (note.command_spans, event.command),
            (note.response_spans, event.response if note.sw is not None else b""),
        ):
            assert all(0 <= s.offset < s.offset + s.size <= len(data) for s in spans)


def test_equal_exchanges_share_a_reading_and_keep_their_time() -> None:
    again = msgspec.structs.replace(asked("00B201C400", TU_LINE + "9000"), t=5.0, duration_ms=2.0)
    line = asked("00B201C400", TU_LINE + "9000")
    _, _, first, second, _, other = annotate([select(EP), line, line, again, select(WALLET), again])
    assert second.event == again
    assert second.reading is first.reading
    assert other.reading is not first.reading
    assert (records(first), records(other)) == (["TransactionRecord"], ["TransactionRecord"])
    assert other.application is not first.application
    calls: list[Annotated] = []

    def size(item: Annotated) -> int:
        calls.append(item)
        return len(item.sent)

    assert first.once(size) == second.once(size) == other.once(size)
    assert len(calls) == 2


def test_long_exchanges_are_not_remembered() -> None:
    long = asked("00B0950000", "00" * 4000 + "9000")
    one, other = annotate([long, long])
    assert one.reading is not other.reading
    assert one.received == other.received


def test_nothing_of_a_channels_state_is_left_behind() -> None:
    names = {field.name for field in msgspec.structs.fields(ChannelState)}
    # The file that a command names is set anew by each command.
    assert names - {"reference"} == set(_Before._fields)
