from __future__ import annotations

import hashlib
from pathlib import Path

from ykt_conformance.report import manifest


def test_every_file_is_in_it_but_itself(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "b" / "x").write_bytes(b"1")
    (tmp_path / "a").write_bytes(b"2")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert manifest.files_of(tmp_path) == ["a", "b/x", "link"]
    (tmp_path / "link").unlink()
    digest = manifest.write(tmp_path)
    lines = (tmp_path / manifest.NAME).read_text("utf-8").splitlines()
    assert lines == [
        f"{hashlib.sha256(b'2').hexdigest()}  a", f"{hashlib.sha256(b'1').hexdigest()}  b/x"
    ]  # fmt: skip
    assert digest == manifest.sha256_of(tmp_path / manifest.NAME)
    assert manifest.write(tmp_path) == digest
