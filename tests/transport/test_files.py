"""The journal's file: appended, cut back to what is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from ykt_sim.errors import JournalError
from ykt_sim.transport.files import JournalFile, read_journal


def test_append_and_read(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    assert read_journal(path) == b""
    file = JournalFile(path)
    file.append(b"one\n")
    file.append(b"two\n")
    file.close()
    file.close()
    again = JournalFile(path)
    again.append(b"three\n")
    again.close()
    assert read_journal(path) == b"one\ntwo\nthree\n"


def test_a_torn_end_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"one\ntw")
    file = JournalFile(path, good=4)
    file.append(b"two\n")
    file.close()
    assert path.read_bytes() == b"one\ntwo\n"


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="journal"):
        JournalFile(tmp_path / "none" / "journal")
    with pytest.raises(JournalError, match=tmp_path.name):
        read_journal(tmp_path)
    file = JournalFile(tmp_path / "journal")
    file.close()
    with pytest.raises(JournalError):
        file.append(b"x")
