"""What files hold, by what is selected."""

from __future__ import annotations

import pytest

from ykt_sim.meaning.commands import FileReference
from ykt_sim.meaning.contents import ChannelState, file_content
from ykt_sim.wire.files_sam import SamApplicationFile, SamCardFile, SamTerminalFile
from ykt_sim.wire.record import Record


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
