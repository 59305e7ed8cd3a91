"""BER-TLV byte for byte, and FCIs with the surprises of real cards."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.codes import AID_TUNION_EP, Tag
from ykt_sim.errors import WireError
from ykt_sim.wire.tlv import (
    MAX_DEPTH,
    DirectoryEntry,
    Fci,
    Tlv,
    build_fci,
    build_ppse,
    encode_length,
    parse_dol,
    parse_pse_record,
    tag_name,
    value_at,
)

moderate = settings(max_examples=100, deadline=None)
EF15 = bytes.fromhex("02002900FFFFFFFF020103104770040000002802202001152040123101140000")[:30]
PPSE = bytes.fromhex(
    "6F49840E325041592E5359532E4444463031A537BF0C3461194F08A000000632010106500A4D4F545F545F43"
    "41534887010161174F08A00000063201010550084D4F545F545F4550870102"
)
ECASH = bytes.fromhex(
    "6F708408A000000632010106A564500A4D4F545F545F434153488701019F381EDF60019F66049F02069F0306"
    "9F1A0295055F2A029A039C019F21039F3704BF0C31DF6101829F4D020B0ADF4D020C0ADF1120"
    "02205810FFFFFFFF013104870395000000827F01010000015658005810000100"
)

tags = st.sampled_from([0x50, 0x84, 0x87, 0x9F0C, 0x9F08, 0xDF11, 0x5F24, 0xDF8101])
constructed = st.sampled_from([0x61, 0x6F, 0x70, 0xA5, 0xBF0C])
trees = st.recursive(
    st.tuples(tags, st.binary(max_size=40)).map(lambda pair: Tlv(*pair)),
    lambda inner: st.builds(Tlv.of, constructed, st.lists(inner, max_size=4)),
    max_leaves=12,
)


def fail(text: str) -> WireError:
    with pytest.raises(WireError) as caught:
        Tlv.parse(bytes.fromhex(text))
    return caught.value


@moderate
@given(trees)
def test_trees_build_and_parse(tree: Tlv) -> None:
    assert Tlv.parse(tree.build()) == tree


@moderate
@given(st.binary(max_size=120))
def test_any_bytes_come_back_or_are_refused(data: bytes) -> None:
    try:
        objects, rest = Tlv.parse_all(data)
    except WireError as error:
        offset = error.offset
        assert offset is not None
        assert 0 <= offset <= len(data)
    else:
        assert b"".join(item.build() for item in objects) + rest == data


@pytest.mark.parametrize(
    "text",
    [
        "500141",
        "50810141",
        "5082000141",
        "6F03500141",
        "6F0550014100" + "00",
        "6F05500141FFFF",
        "61080000500141" + "500142",
        "9F080100",
        "DF81010155",
        "6F00",
    ],
)
def test_as_written(text: str) -> None:
    data = bytes.fromhex(text)
    assert Tlv.parse(data).build() == data


def test_padding_is_kept_apart() -> None:
    tail = Tlv.parse(bytes.fromhex("6F075001410000" + "0000"))
    assert tail.rest == bytes(4)
    assert [child.name for child in tail.children] == ["50"]
    between = Tlv.parse(bytes.fromhex("610800005001415001" + "42"))
    assert between.get(0x50) == Tlv(0x50, b"A")
    assert between.children[0].value == bytes(2)


def test_a_zero_value_at_the_end_is_no_padding() -> None:
    found = Tlv.parse(bytes.fromhex("A5049F080100"))
    assert found.get(0x9F08) == Tlv(0x9F08, b"\x00")
    assert found.rest == b""
    assert Tlv.parse(bytes.fromhex("A5025000")).get(0x50) == Tlv(0x50, b"")


@pytest.mark.parametrize(
    ("text", "tag", "offset"),
    [
        ("", "", 0),
        ("9F", "9F", 0),
        ("50", "50", 1),
        ("5081", "50", 1),
        ("5080", "50", 1),
        ("508500000000", "50", 1),
        ("500241", "50", 2),
        ("6F05840341", "6F", 2),
        ("6F0484034141", "84", 4),
        ("6F06500141840541", "84", 7),
        ("50014100", "50", 3),
        ("9F8181818101", "9F818181", 0),
        ("0001AA", "00", 0),
    ],
)
def test_errors_name_tag_and_offset(text: str, tag: str, offset: int) -> None:
    error = fail(text)
    assert (error.record, error.field, error.offset) == ("TLV", tag, offset)


def nested(levels: int) -> bytes:
    data = b""
    for _ in range(levels):
        data = b"\x61" + encode_length(len(data)) + data
    return data


def test_nesting_is_limited() -> None:
    deep = nested(MAX_DEPTH + 1)
    assert Tlv.parse(deep).build() == deep
    with pytest.raises(WireError, match="nested deeper"):
        Tlv.parse(nested(MAX_DEPTH + 2))
    with pytest.raises(WireError, match="nested deeper"):
        Tlv.parse(nested(20_000))


def test_many_objects_take_no_quadratic_time() -> None:
    inside = b"\x50\x00\xff\x01\x01\xaa\x00" * 30_000
    data = b"\x6f" + encode_length(len(inside)) + inside
    with pytest.raises(WireError):
        Tlv.parse(data)
    inside = b"\x50\x00\x00" * 60_000
    data = b"\x6f" + encode_length(len(inside)) + inside
    assert Tlv.parse(data).build() == data


def test_walk_gives_offsets() -> None:
    tree = Tlv.parse(ECASH)
    for offset, _, item in tree.walk():
        assert ECASH[offset : offset + len(item.build())] == item.build()
    found = tree.find(Tag.ECASH_METADATA)
    assert found is not None
    assert len(found.value) == 32


def test_tag_names() -> None:
    assert [tag_name(tag) for tag in (0x6F, 0x9F0C, 0xDF8101)] == ["6F", "9F0C", "DF8101"]


def test_data_object_list() -> None:
    assert parse_dol(bytes.fromhex("DF6001950" + "59F3704")) == (
        (0xDF60, 1),
        (0x95, 5),
        (0x9F37, 4),
    )
    with pytest.raises(WireError):
        parse_dol(bytes.fromhex("9F"))


def test_common_purse_fci() -> None:
    data = build_fci(AID_TUNION_EP, [(Tag.VERSION, b"\x02"), (Tag.ISSUER_DATA, EF15)])
    assert data.hex().upper().startswith("6F318408A000000632010105A5259F0801029F0C1E")
    assert len(data) == 51
    fci = Fci.parse(data)
    assert fci.df_name == AID_TUNION_EP
    assert fci.version == b"\x02"
    assert fci.issuer_data == EF15
    assert (fci.trailing, fci.after, fci.label, fci.priority) == (b"", b"", "", None)
    assert fci.build() == data


def test_shenzhen_fci_with_two_byte_version_and_zeros_after_a5() -> None:
    data = build_fci(AID_TUNION_EP, [(Tag.VERSION, b"\x00\x30"), (Tag.ISSUER_DATA, EF15)], bytes(4))
    assert len(data) == 56
    assert data[:2] == b"\x6f\x36"
    fci = Fci.parse(data)
    assert fci.version == b"\x00\x30"
    assert fci.issuer_data == EF15
    assert fci.trailing == bytes(4)
    assert fci.build() == data


@pytest.mark.parametrize("trailing", ["00", "DEADBEEF", "FFFF", "5001", "0000AA"])
def test_anything_after_a5_is_kept(trailing: str) -> None:
    tail = bytes.fromhex(trailing)
    fci = Fci.parse(build_fci(b"PAY.TICL", [(Tag.ISSUER_DATA, bytes(33))], tail))
    assert fci.trailing == tail
    assert fci.issuer_data == bytes(33)


def test_issuer_data_need_not_be_last_and_unknown_tags_stay() -> None:
    pairs = [(0x50, b"MOT_T_EP"), (0x87, b"\x02"), (0xDF00, b"\x02"), (0x9F0C, EF15), (0xDF0A, b"")]
    data = build_fci(AID_TUNION_EP, pairs)
    fci = Fci.parse(data)
    assert (fci.label, fci.priority, fci.issuer_data) == ("MOT_T_EP", 2, EF15)
    assert fci.get(0xDF00) == b"\x02"
    assert fci.get(0xDF0A) == b""
    assert fci.build() == data


def test_name_alone() -> None:
    data = bytes.fromhex("6F0A84085041592E41505059")
    assert build_fci(b"PAY.APPY") == data
    fci = Fci.parse(data)
    assert (fci.df_name, fci.proprietary, fci.issuer_data) == (b"PAY.APPY", None, None)
    assert (fci.entries, fci.pdol) == ((), ())


def test_bytes_after_the_template() -> None:
    data = build_fci(b"PAY.APPY")
    assert Fci.parse(data + b"\x90\x00").after == b"\x90\x00"
    assert Fci.parse(data + b"\x90\x00").build() == data + b"\x90\x00"


def test_long_form_lengths_of_an_fci() -> None:
    data = bytes.fromhex("6F810A84085041592E41505059")
    assert Fci.parse(data).df_name == b"PAY.APPY"
    assert Fci.parse(data).build() == data


@pytest.mark.parametrize(
    ("text", "field"),
    [("", ""), ("70028400", "70"), ("6F0A8408", "6F"), ("6F048403AABB", "84"), ("6A82", "6A")],
)
def test_what_is_no_fci(text: str, field: str) -> None:
    with pytest.raises(WireError) as caught:
        Fci.parse(bytes.fromhex(text))
    assert caught.value.field == field


def test_ecash_fci_of_the_dual_card() -> None:
    fci = Fci.parse(ECASH)
    assert (fci.label, fci.priority) == ("MOT_T_CASH", 1)
    assert fci.pdol[0] == (0xDF60, 1)
    assert len(fci.pdol) == 11
    assert fci.discretionary is not None
    assert fci.get(Tag.LOG_ENTRY) == b"\x0b\x0a"
    assert fci.build() == ECASH


def test_directory_of_a_real_card() -> None:
    entries = Fci.parse(PPSE).entries
    assert [(entry.label, entry.priority) for entry in entries] == [
        ("MOT_T_CASH", 1),
        ("MOT_T_EP", 2),
    ]
    assert entries[1].aid == AID_TUNION_EP
    assert build_ppse(entries) == PPSE


def test_empty_directory() -> None:
    assert Fci.parse(build_ppse([])).entries == ()


def test_directory_entry_without_aid_is_refused() -> None:
    with pytest.raises(WireError, match="without AID"):
        DirectoryEntry.of(Tlv.of(0x61, [Tlv(0x50, b"X")]))


def test_pse_record() -> None:
    entry = DirectoryEntry(bytes.fromhex("A000000632010106"), "MOT_T_CASH", 1, "PBOC DEBIT")
    data = Tlv.of(0x70, [entry.to_tlv()]).build()
    assert data[:4] == bytes.fromhex("70286126")
    assert parse_pse_record(data) == (entry,)


def test_value_at_follows_a_path_of_tags() -> None:
    assert value_at(ECASH, 0x6F, 0x84) == bytes.fromhex("A000000632010106")
    assert value_at(ECASH, 0x6F, 0xA5, 0xBF0C, 0xDF11) == Fci.parse(ECASH).get(0xDF11)
    assert value_at(ECASH, 0x6F, 0xA5, 0x9F0C) is None
    assert value_at(ECASH, 0x70) is None


def test_value_at_names_an_object_that_is_cut() -> None:
    with pytest.raises(WireError, match="announces"):
        value_at(ECASH[:60], 0x6F, 0xA5)


@moderate
@given(st.binary(max_size=80), st.lists(st.sampled_from([0x6F, 0xA5, 0x84, 0x9F0C]), max_size=4))
def test_value_at_never_reads_past_the_end(data: bytes, path: list[int]) -> None:
    try:
        found = value_at(data, *path)
    except WireError:
        return
    assert found is None or found in data
