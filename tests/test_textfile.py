"""Encodings told by trial."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from ykt_sim import textfile
from ykt_sim.textfile import (
    NoTextError,
    NoTomlError,
    decode,
    decode_line,
    encoding_of,
    read_text,
    text_of,
    toml_of,
)

TEXT = "发送：00A40000023F00\r\n接收：6A82\r\n"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("gbk"), "gb18030"),
    ],
)
def test_the_encoding_is_told_by_trial(data: bytes, name: str, tmp_path: Path) -> None:
    assert encoding_of(data) == name
    assert decode(data) == TEXT
    path = tmp_path / "text.txt"
    path.write_bytes(data)
    assert read_text(path) == TEXT.replace("\r\n", "\n")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.bin"
    path.write_bytes(b"\xff\x80\xff\x80 noise \x81")
    with pytest.raises(NoTextError, match=r"^not UTF-8 text at byte \d+; save it as UTF-8$"):
        read_text(path)


@pytest.mark.parametrize("data", [b"", b" \r\n\t", codecs.BOM_UTF8, "\n".encode("utf-16")])
def test_a_file_without_text_is_empty(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_bytes(data)
    with pytest.raises(NoTextError, match=r"^it is empty$"):
        read_text(path)
    assert not text_of(data).strip()


def test_a_later_line_may_be_gbk() -> None:
    assert decode_line("接收".encode("gbk"), "utf-8") == "接收"
    assert decode_line("接收".encode(), "utf-8") == "接收"
    assert decode_line(b"\xff\xff", "utf-8") == "\ufffd\ufffd"


def test_the_head_may_end_inside_a_character() -> None:
    assert encoding_of(TEXT.encode()[:1]) == "utf-8"
    assert encoding_of(TEXT.encode("gbk")[:7]) == "gb18030"


def test_a_file_without_an_end_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(textfile, "MAX_BYTES", 1 << 20)
    path = tmp_path / "long"
    path.write_bytes(b"a" * (1 << 20))
    assert len(read_text(path)) == 1 << 20
    path.write_bytes(b"a" * ((1 << 20) + 1))
    for endless in (path, Path("/dev/zero")):
        for read in (read_text, textfile.read_bytes):
            with pytest.raises(OSError, match="larger than 1 MiB") as caught:
                read(endless)
            assert caught.value.filename == str(endless)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = ", "Invalid value"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("a = " + "9" * 5000, "4300 digits"),
        ("a = 0x" + "F" * 5000, "more than 64 bits"),
        ("a = {b = [9223372036854775808]}", "more than 64 bits"),
        ("a." * 500_000 + "a = 1", "a key of more than 32 names"),
        ("[" + "'a' . " * 150_000 + "a]", "a key of more than 32 names"),
        ('x = 1 # ".\n' + '"". ' * 200_000 + "a = 1", "a key of more than 32 names"),
        ('x = """\\""" .\n"""\n' + "a." * 500_000 + "a = 1", "a key of more than 32 names"),
        ("a = {" + "a." * 500_000 + "a = 1}", "a key of more than 32 names"),
        ("." * 1_000_000, "a key of more than 32 names"),
        ('a = "' + '\\"' * 200_000, "Unterminated string"),
    ],
)
def test_toml_that_nobody_would_write_is_refused_at_once(text: str, why: str) -> None:
    with pytest.raises(NoTomlError, match=why):
        toml_of(text)


def test_dots_in_texts_and_comments_are_no_names() -> None:
    dots = "." * 100
    text = f'# {dots}\na.b = \'{dots}\'\nc = "{dots}\\"{dots}"\nd = """\n{dots}\n"""\n'
    assert toml_of(text + "e = [1.5, 0x7FFFFFFFFFFFFFFF]") == {
        "a": {"b": dots}, "c": f'{dots}"{dots}', "d": f"{dots}\n", "e": [1.5, (1 << 63) - 1],
    }  # fmt: skip
