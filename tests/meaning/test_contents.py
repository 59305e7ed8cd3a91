"""What files hold, by what is selected."""

from __future__ import annotations

import pytest

from ykt_sim.codes import AID_PPSE, AID_PSE
from ykt_sim.meaning.commands import FileReference
from ykt_sim.meaning.contents import (
    ChannelState,
    file_content,
    selected,
    target_text,
    target_zh,
    unread,
)
from ykt_sim.wire.applications import Application
from ykt_sim.wire.files import LntApplication
from ykt_sim.wire.files_sam import SamApplicationFile, SamCardFile, SamTerminalFile
from ykt_sim.wire.record import Record


@pytest.mark.parametrize(
    ("fid", "name", "wanted"),
    [
        ("3F00", b"", Application.MF),
        ("", AID_PSE, Application.MF),
        ("DF01", b"", Application.PSAM),
        ("", AID_PPSE, Application.PSAM),
    ],
)
def test_what_a_psam_has_selected(fid: str, name: bytes, wanted: Application) -> None:
    assert selected(ChannelState("sam"), bytes.fromhex(fid), name) is wanted


@pytest.mark.parametrize(
    ("sfi", "layout"),
    [(0x15, SamCardFile), (0x16, SamTerminalFile), (0x17, SamApplicationFile)],
)
def test_a_window_of_a_psams_file(sfi: int, layout: type[Record]) -> None:
    """A terminal reads of them what it needs, and no more."""
    data = bytes.fromhex(layout.EXAMPLE)[:-1]
    found = file_content(FileReference(sfi), data, ChannelState("sam"))
    assert found is not None
    assert (found.record, found.fields["complete"]) == (layout.__name__, False)


@pytest.mark.parametrize(
    ("application", "reference", "size", "why"),
    [
        (Application.CITY_UNION, FileReference(0x1A, record_id=2), 128, "EF 1A of City Union, raw"),
        (Application.SHENZHEN, FileReference(0x15), 30, "its layout is not known"),
        (Application.TUNION_EP, FileReference(0x18, record=1), 22, "22 bytes, its layout has 23"),
        (Application.LNT_BASIC, FileReference(0x08, record_id=1), 21, "its layout has 22 or 86"),
        (Application.LNT_BASIC, FileReference(0x15, offset=90), 4, "nothing is known from byte 90"),
        (Application.OTHER, FileReference(0x15), 30, "EF 15 of an application not known here, raw"),
        (Application.NONE, FileReference(0x18, record=1), 22, ""),
    ],
)  # fmt: skip
def test_what_stays_raw_says_why(
    application: Application, reference: FileReference, size: int, why: str
) -> None:
    state, data = ChannelState(application=application), bytes(range(1, size + 1))
    assert file_content(reference, data, state) is None
    said = unread(reference, data, state)
    assert why in said
    assert bool(said) == bool(why)


def test_a_file_that_begins_where_the_command_does_not_is_read_from_its_beginning() -> None:
    """Readers ask 00B0954046 and get all 70 bytes [DUMP]."""
    state, data = (
        ChannelState(application=Application.LNT_BASIC),
        bytes.fromhex(LntApplication.EXAMPLE),
    )
    found = file_content(FileReference(0x15, offset=0x40), data, state)
    assert found is not None
    assert found.fields["card_number"] == "5100009500000082"
    assert "read from byte 0, where it fits; the command names byte 64" in found.doubts
    window = file_content(FileReference(0x15, offset=8), data[8:], state)
    assert window is not None
    assert window.doubts == ()


@pytest.mark.parametrize(
    ("reference", "en", "zh"),
    [
        (FileReference(sfi=0x18, record=2), "EF 18 record 2", "18 文件第 2 条记录"),
        (FileReference(sfi=0x18, record=2, many=True), "EF 18 record 2 and on",
         "18 文件第 2 条起的记录"),
        (FileReference(sfi=0x1A, record_id=1), "EF 1A record id 01", "1A 文件标识为 01 的记录"),
        (FileReference(sfi=0x15, offset=12), "EF 15 from byte 12", "15 文件自第 12 字节起"),
        (FileReference(sfi=0x15), "EF 15", "15 文件"),
        (FileReference(None, record=1), "current EF record 1", "当前文件第 1 条记录"),
        (None, "", ""),
    ],
)  # fmt: skip
def test_a_file_is_named_in_both_languages(
    reference: FileReference | None, en: str, zh: str
) -> None:
    said = target_text(reference, ChannelState())
    assert (said, target_zh(said)) == (en, zh)
    assert target_zh("T-Union EP") == "T-Union EP"
