"""What files hold, by what is selected."""

from __future__ import annotations

import pytest

from ykt_sim.codes import AID_PPSE, AID_PSE
from ykt_sim.meaning.commands import FileReference
from ykt_sim.meaning.contents import ChannelState, file_content, selected
from ykt_sim.wire.applications import Application
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
