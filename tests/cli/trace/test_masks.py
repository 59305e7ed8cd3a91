"""No verb that prints shows a card number, in whatever dress the trace holds it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trace.corpus import talk
from ykt_sim.meaning.hiding.identities import has_check_digit
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Event, Exchange, Header, Note, Reset, Trace
from ykt_sim.trace.readers.base import BROKEN
from ykt_sim.wire.digits import pack_pan_right
from ykt_sim.wire.tlv import Tlv

TRIES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TUNION = "00A4040008A00000063201010500"
ISSUER = "02205810FFFFFFFF0201"
DATES = "20240715204012150000"
RECORD = "00B2010C00"
_PSAM = "sam807000001CBB1FE3710000000000BE0600C8110108100001"


def _tlv(tag: int, value: str | bytes) -> bytes:
    return Tlv.of(tag, bytes.fromhex(value) if isinstance(value, str) else value).build()


def _fci(pan: str) -> str:
    data = _tlv(0x9F0C, ISSUER + pack_pan_right(pan) + DATES)
    return _tlv(0x6F, _tlv(0x84, "A000000632010105") + _tlv(0xA5, data)).hex()


def _even(digits: str) -> str:
    return digits if len(digits) % 2 == 0 else digits + "F"


def _5a(number: str) -> bytes:
    return _tlv(0x5A, _even(number))


def _template(content: bytes) -> str:
    return _tlv(0x70, content).hex()


def _track(number: str) -> str:
    return _even(f"{number}D25122010000012345")


def _sent(data: str, less: int = 0) -> str:
    return f"80E20000{len(data) // 2 - less:02X}{data} > 9000"


def _lnt_15(number: str) -> str:
    moments = "202406212034123120240621"
    return f"{'FF' * 8}{number}030002FFFFFFFF{moments}438188010100000000052B00010101{number}" + (
        "030000000000FF8000FFFFFF"
    )


def _windows(pan: str) -> tuple[str, ...]:
    content = ISSUER + pack_pan_right(pan) + DATES
    parts = [content[at : at + 10] for at in range(0, len(content), 10)]
    return tuple(f"00B095{5 * n:02X}05 > {part}9000" for n, part in enumerate(parts)
                 if len(part) == 10)  # fmt: skip


#: Lines of a trace that hold the number of a T-Union card; one dress each, none needs another.
PANS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "FCI": lambda n: (f"{TUNION} > {_fci(n)}9000",),
    "EF 15": lambda n: (f"{TUNION} > 9000", f"00B0950000 > {ISSUER}{pack_pan_right(n)}{DATES}9000"),
    "EF 15 in windows": lambda n: (f"{TUNION} > {_fci(n)}9000", *_windows(n)),
    "FCI fetched": lambda n: (f"{TUNION} > 6140", f"00C0000040 > {_fci(n)}9000"),
    "EF 15 of no known layout": lambda n: (
        f"{TUNION} > 9000",
        f"00B0950000 > 0055{pack_pan_right(n)}55555555559000",
    ),
}  # fmt: skip
#: The same for numbers of any card in tags, on tracks, sent and answered.
TAGGED: dict[str, Callable[[str], tuple[str, ...]]] = {
    "5A": lambda n: (f"{RECORD} > {_template(_5a(n))}9000",),
    "57": lambda n: (f"{RECORD} > {_template(_tlv(0x57, _track(n)))}9000",),
    "5A and more": lambda n: (
        f"{RECORD} > {_template(_tlv(0x5F24, '251231') + _5a(n) + _tlv(0x5F34, '00'))}9000",
    ),
    "5A in other data": lambda n: (f"80CA9F7F00 > 9F7001{_tlv(0xBF0C, _5a(n)).hex()}9000",),
    "5A sent": lambda n: (_sent(_template(_5a(n) + _tlv(0x5F34, "00"))),),
    "5A sent with a wrong length": lambda n: (_sent(_template(_5a(n)), 3),),
    "5A in what is cut": lambda n: (f"{RECORD} > 7081FF{_5a(n).hex()}5F349000",),
    "track 2 without a tag": lambda n: (f"{RECORD} > {_track(n)}9000",),
    "track 1": lambda n: (
        f"{RECORD} > {_template(_tlv(0x56, f'B{n}^A/B^2512'.encode()))}9000",
    ),
}  # fmt: skip
LNTS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "EF 15 of Lingnan Tong": lambda n: (
        "00A40400085041592E4150505900 > 6F0A84085041592E415050599000",
        f"00B0950000 > {_lnt_15(n)}9000",
    ),
    "EF 15 of no known layout": lambda n: (
        "00A40400085041592E4150505900 > 6F0A84085041592E415050599000",
        f"00B0950000 > {'FF' * 8}{n}{'FF' * 50}9000",
    ),
    "beginning of EF 15": lambda n: (
        "00A40400085041592E4150505900 > 6F0A84085041592E415050599000",
        f"00B0950010 > {_lnt_15(n)[:32]}9000",
    ),
    "PSAM": lambda n: (f"{_PSAM}00{n}08 > 00000001B90CCE8B9000",),
    "PSAM of no known layout": lambda n: (f"sam8070000024{n}01020305{'00' * 24}08 > 9000",),
}
#: Words about a number as notes hold them, and pieces of bytes that are nobody's.
NOTES: tuple[Callable[[str], Note], ...] = (
    lambda n: Note(t=50, text=f"card {n} came"),
    lambda n: Note(t=51, text="card", data={"number": n}),
    lambda n: Note(t=52, text=BROKEN, data={"why": "cut", "offset": 3, "raw": f"6F{n}FF9"}),
    lambda n: Note(t=53, text=BROKEN, data={"why": "cut", "line": 3, "raw": " ".join(
        re.findall("..", f"0{n}0"))}),
    lambda n: Note(t=54, text="log", data={"raw": ", ".join(
        f"0x{two}" for two in re.findall("..", f"0{n}0"))}),
    lambda n: Note(t=55, text="log", data={"ascii": n.encode().hex(" ")}),
    lambda n: Note(t=56, text="log", data={"spoken": f"{n[:4]} {n[4:8]} {n[8:12]} {n[12:]}"}),
)  # fmt: skip


def luhn(digits: str) -> str:
    """With the check digit that makes it a number."""
    return next(digits + one for one in "0123456789" if has_check_digit(digits + one))


pans = st.from_regex("310[45][0-9]{15}", fullmatch=True)
lnts = st.from_regex("510000[0-9]{10}", fullmatch=True)
others = st.from_regex("(62[0-9]{13}|4[0-9]{14}|62[0-9]{16})", fullmatch=True).map(luhn)
KINDS = [(PANS, pans), (TAGGED, pans), (TAGGED, others), (LNTS, lnts)]


@st.composite
def traces(draw: st.DrawFn) -> tuple[str, str, Trace]:
    """A trace of one card, in which its number is told in one way and stands in others."""
    kinds, numbers = draw(st.sampled_from(KINDS))
    number = draw(numbers.filter(lambda n: len(set(n)) > 4))
    name = draw(st.sampled_from(sorted(kinds)))
    events: list[Event] = [Reset(t=0, channel="card", atr=bytes.fromhex("3B8C8001"))]
    events += talk(*kinds[name](number)).events
    events += [make(number) for make in draw(st.lists(st.sampled_from(NOTES), max_size=3))]
    raw = bytes.fromhex(
        f"{draw(st.sampled_from(['', '00', '6F1', '7']))}{number}00".ljust(64, "F")[:64]
    )
    events.append(
        Exchange(t=60, channel="card", command=b"\x80\xfe\0\0\x20" + raw, response=b"\x6d\0")
    )
    return number, name, Trace(header=Header(), events=tuple(events))


def holds(text: str, number: str) -> bool:
    """True where the number can be read, also over the edges of lines and tags."""
    plain = html.unescape(re.sub("<[^>]*>", "", text))
    joined = re.sub(r"[\s|,:;\"'.-]|0x", "", plain)
    whole = {number, number[-16:], number.encode().hex()}
    return any(one in dress for one in whole for dress in (text, plain, joined))


@pytest.fixture
def shown(run, tmp_path) -> Callable[..., Iterator[tuple[str, str]]]:
    """What every verb that prints says of a trace; ``--unmask`` may be among the words."""

    def call(trace: Trace, *words: str) -> Iterator[tuple[str, str]]:
        path, other = tmp_path / "t.jsonl", tmp_path / "u.jsonl"
        path.write_text(write_trace(trace), "utf-8")
        other.write_text(write_trace(talk("0084000004 > 010203049000")), "utf-8")
        for verb in (
            ("show",), ("show", "--fields"), ("show", "--story"), ("show", "--keys", "testkeys"),
            ("sessions",), ("convert", "--to", "html"),
        ):  # fmt: skip
            yield " ".join(verb), run("trace", *verb, *words, str(path)).output
        yield "diff", run("trace", "diff", *words, str(path), str(other)).output
        yield "explain", run("explain", "--keys", "testkeys", *words, str(path)).output

    return call


@TRIES
@given(made=traces(), width=st.sampled_from([40, 63, 80, 131]))
def test_no_number_is_seen(shown, monkeypatch, made: tuple[str, str, Trace], width: int) -> None:
    number, name, trace = made
    monkeypatch.setenv("COLUMNS", str(width))
    for verb, text in shown(trace):
        assert text, verb
        assert not holds(text, number), (verb, name)


@pytest.mark.parametrize("name", ["FCI", "EF 15"])
def test_the_number_is_whole_where_it_was_asked_for(shown, name: str) -> None:
    number = "3105170012345678907"
    trace = talk(*PANS[name](number), f"80FE00000C{number}00000 > 6D00")
    told = dict(shown(trace, "--unmask"))
    for verb in ("show", "show --fields", "show --story", "convert --to html", "explain"):
        assert holds(told[verb], number), verb
    for verb, text in shown(trace):
        assert not holds(text, number), verb


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(min_size=20, max_size=120), number=pans)
def test_bytes_that_are_no_number_stay(shown, monkeypatch, data: bytes, number: str) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    card = PANS["EF 15"](number)
    told = dict(shown(talk(*card, f"80FE0000{len(data):02X}{data.hex()} > {data.hex()}6D00")))
    if number[-16:] not in data.hex():
        assert told["show"].count(data.hex().upper()) == 2


def test_a_path_and_a_name_are_masked(run, tmp_path) -> None:
    number = "3105170012345678907"
    path = tmp_path / f"{number}.jsonl"
    path.write_text(write_trace(talk(*PANS["FCI"](number))), "utf-8")
    for words in (("trace", "show"), ("trace", "sessions"), ("explain",)):
        text = run(*words, str(path)).output
        assert not holds(text, number), words
        assert f"{number[:6]}*********{number[-4:]}" in text
        assert holds(run(*words, "--unmask", str(path)).output, number)
    report = tmp_path / "report"
    assert (
        run("conform", "trace", "--out", str(report), "--case", "C-0101", str(path)).exit_code < 3
    )
    for file in (f for f in report.rglob("*") if f.is_file() and f.suffix != ".jsonl"):
        assert not holds(file.read_text("utf-8"), number), file.name
    assert number in (report / "trace.jsonl").read_text("utf-8")
    words = ("conform", "trace", "--out", str(report), "--force", "--unmask")
    assert number in run(*words, "--case", "C-0101", str(path)).output
    for name in ("report.html", "trace.txt", "results.json"):
        assert holds((report / name).read_text("utf-8"), number), name
