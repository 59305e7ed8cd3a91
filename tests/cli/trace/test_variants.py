"""Files as they arrive: other line ends, marks, colours, cut, mixed, spoilt; end to end.

Exit codes of `ykt trace`: 0 read, 2 nothing in it can be used (or the session must be
chosen); `diff` also 1. Never 3, which is a fault of the program.
"""

from __future__ import annotations

import codecs
import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.builders import BUILDERS, card_pairs
from tests.trace.corpus import load
from tests.trace.readers import samples
from ykt_sim.cli.main import cli

DEMO = load("tunion-bus-tunion")
FILES = {name: build(DEMO) for name, build in BUILDERS.items()}
BINARY = {"gsmtap", "pcap14443", "proxmark-trace", "usb-ccid"}
TEXT = sorted(set(FILES) - BINARY)
every = pytest.mark.parametrize("form", sorted(FILES))
text = pytest.mark.parametrize("form", TEXT)
fuzz = settings(max_examples=25, deadline=None)
#: Verbs, and the exit codes they may end with on a damaged file.
VERBS = (
    (("trace", "show", "-"), {0, 2}),
    (("trace", "show", "--json", "--keys", "testkeys", "-"), {0, 2}),
    (("trace", "sessions", "-"), {0, 2}),
    (("trace", "convert", "-", "--to", "native"), {0, 2}),
    (("trace", "convert", "-", "--to", "pcapng"), {0, 2}),
    (("trace", "convert", "-", "--to", "html"), {0, 2}),
    (("conform", "trace", "-", "--case", "C-0602"), {0, 1, 2, 3}),
)


def tried(*words: str, stdin: bytes):
    result = CliRunner().invoke(cli, list(words), input=stdin, prog_name="ykt")
    assert "internal fault" not in result.output
    assert "Traceback" not in result.output
    return result


def pairs_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Commands and answers as `convert --to native` has them."""
    result = tried("trace", "convert", "-", "--to", "native", stdin=data)
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()[1:]]
    return [
        (bytes.fromhex(x["c"]), bytes.fromhex(x["r"]))
        for x in found
        if "c" in x and x["ch"] == "card"
    ]


def crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def mixed(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join(crlf(line) if number % 3 else line for number, line in enumerate(lines))


def bom(data: bytes) -> bytes:
    return codecs.BOM_UTF8 + data


def coloured(data: bytes) -> bytes:
    return b"".join(b"\x1b[01;31m" + line + b"\x1b[0m\n" for line in data.splitlines())


def both(data: bytes) -> bytes:
    return bom(crlf(data))


def utf_16(data: bytes) -> bytes:
    return codecs.BOM_UTF16_LE + data.decode().encode("utf-16-le")


@text
@pytest.mark.parametrize("dress", [crlf, mixed, bom, coloured, both, utf_16])
def test_the_same_file_in_another_dress(form: str, dress) -> None:
    assert pairs_of(dress(FILES[form])) == list(card_pairs(DEMO))


@every
@pytest.mark.parametrize("share", [0.02, 0.3, 0.55, 0.8, 0.97])
def test_cut_short(form: str, share: float) -> None:
    data = FILES[form][: int(len(FILES[form]) * share)]
    for words, codes in VERBS:
        result = tried(*words, stdin=data)
        assert result.exit_code in codes, (words, result.output)
        if result.exit_code == 2 and words[0] == "trace":
            assert result.stderr.splitlines()[-1].startswith("ykt: error: standard input: ")


@every
def test_what_a_cut_file_shows_is_its_beginning(form: str) -> None:
    cut = FILES[form][: len(FILES[form]) * 7 // 10]
    if form == "native":
        assert tried("trace", "sessions", "-", stdin=cut).exit_code == 2
        return
    found, whole = pairs_of(cut), list(card_pairs(DEMO))
    assert 2 <= len(found) < len(whole)
    assert found[:-1] == whole[: len(found) - 1]


@pytest.mark.parametrize("form", ["pcscd", "pcsc-spy", "ccid"])
def test_interleaved_readers_are_told_apart(form: str) -> None:
    other = list(card_pairs(load("dual-metro-exit")))
    own = list(card_pairs(DEMO))
    builders = {
        "pcscd": lambda pairs, n: samples.pcscd(pairs, thread=f"14{n}").replace(
            samples.READER, f"Reader {n}"),
        "pcsc-spy": lambda pairs, n: samples.spy(pairs, thread=f"7FA679E0374{n}",
                                                 handle=f"0x0A6D7A8{n}", reader=f"Reader {n}"),
        "ccid": lambda pairs, n: samples.ccid(pairs, lun=n),
    }  # fmt: skip
    first, second = (
        builders[form](pairs, number).splitlines(keepends=True)
        for number, pairs in enumerate((own, other))
    )
    shared = min(len(first), len(second))
    lines = [line for pair in zip(first, second, strict=False) for line in pair]
    data = "".join([*lines, *first[shared:], *second[shared:]]).encode()
    listed = json.loads(tried("trace", "sessions", "--json", "-", stdin=data).stdout)["sessions"]
    assert [(one["exchanges"], one["broken"]) for one in listed] == [
        (len(own), 0), (len(other), 0),
    ]  # fmt: skip
    assert tried("trace", "convert", "-", "--to", "native", stdin=data).exit_code == 2
    for number, count in ((1, len(own)), (2, len(other))):
        words = ("trace", "show", "--json", "--session", str(number), "-")
        rows = [json.loads(line) for line in tried(*words, stdin=data).stdout.splitlines()]
        assert sum(row["event"] == "exchange" for row in rows) == count


@every
@fuzz
@given(data=st.data())
def test_spoilt_bytes(form: str, data: st.DataObject) -> None:
    spoilt = bytearray(FILES[form])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(spoilt)))
        spoilt[at : at + data.draw(st.sampled_from([0, 1, 40]))] = data.draw(st.binary(max_size=4))
    words, codes = data.draw(st.sampled_from(VERBS))
    assert tried(*words, stdin=bytes(spoilt)).exit_code in codes


@fuzz
@given(data=st.binary(max_size=400), words=st.sampled_from(VERBS))
def test_any_bytes(data: bytes, words) -> None:
    verb, codes = words
    assert tried(*verb, stdin=data).exit_code in codes


@every
@fuzz
@given(data=st.binary(min_size=20, max_size=300))
def test_any_bytes_under_a_forced_format(form: str, data: bytes) -> None:
    assert tried("trace", "show", "--from", form, "-", stdin=data).exit_code in {0, 2}
