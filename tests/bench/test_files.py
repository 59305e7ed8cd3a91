"""Files are replaced whole or not at all."""

from __future__ import annotations

import os

import pytest

from ykt_sim.bench import files
from ykt_sim.bench.kept import disk
from ykt_sim.errors import UsageError


def test_a_new_file_has_ordinary_permissions(tmp_path):
    old = os.umask(0o027)
    try:
        files.write_text(tmp_path / "a", "x")
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_old_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o604)
    files.write_text(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o604


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    files.write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to_and_stays(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write_text(fifo, "hello")
        assert os.read(reader, 10) == b"hello"
    finally:
        os.close(reader)
    assert fifo.is_fifo()


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_text("old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_text(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_text_must_be_utf8(tmp_path):
    (tmp_path / "a").write_bytes(b"ok\xff")
    with pytest.raises(UsageError, match=r"a: not UTF-8 text at byte 2; save it as UTF-8"):
        files.read_text(tmp_path / "a")


def test_an_existing_file_is_overwritten_only_by_force(tmp_path):
    path = tmp_path / "a"
    files.must_be_new(path, force=False)
    path.write_text("x")
    with pytest.raises(UsageError, match="exists already; --force"):
        files.must_be_new(path, force=False)
    files.must_be_new(path, force=True)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"00A4\r\n", "00A4"),
        (b"  00 a4 # select\n", "00 a4"),
        (b"# only a comment\n", ""),
        (b"\xef\xbb\xbfreset\n", "reset"),
        (b"\n", ""),
    ],
)
def test_what_a_line_says(raw, said):
    assert files.statement(raw) == said
