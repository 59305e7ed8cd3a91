"""Trace files: what is written is read again, and what is damaged names its line."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.errors import TraceError
from ykt_sim.trace import jsonl
from ykt_sim.trace.jsonl import TraceReader, TraceWriter, event_line, read_trace, write_trace
from ykt_sim.trace.model import Event, Exchange, Header, Note, Removed, Reset, Trace

moderate = settings(max_examples=60, deadline=None)
BROKEN = Path(__file__).parents[2] / "apdu_traces" / "broken"
EXPECTED = {
    name: entry["error"]
    for name, entry in json.loads((BROKEN / "expected.json").read_text(encoding="utf-8")).items()
    if name.endswith(".jsonl")
}
HEAD = '{"format":"ykt-trace","version":1}'
GOOD = '{"t":0.5,"ch":"card","c":"0084000004","r":"010203049000"}'

times = st.floats(0, 1e9, allow_nan=False)
channels = st.sampled_from(["card", "sam"])
texts = st.text(st.characters(codec="utf-8"), max_size=30)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        Exchange,
        t=times,
        channel=channels,
        command=st.binary(min_size=1, max_size=60),
        response=st.binary(max_size=60),
        duration_ms=st.none() | times,
    ),
    st.builds(Reset, t=times, channel=channels, atr=st.binary(max_size=33)),
    st.builds(Removed, t=times, channel=channels),
    st.builds(Note, t=times, text=texts, data=st.dictionaries(texts, plain, max_size=3)),
)
headers = st.builds(
    Header,
    created=texts,
    source=texts,
    card=texts,
    terminal=texts,
    seed=st.none() | st.integers(0, 2**32),
    provenance=texts,
)
traces = st.builds(Trace, header=headers, events=st.lists(events, max_size=6).map(tuple))


def refused(text: str) -> str:
    with pytest.raises(TraceError) as caught:
        read_trace(text)
    return str(caught.value)


@moderate
@given(traces)
def test_written_and_read_again(trace: Trace) -> None:
    text = write_trace(trace)
    assert read_trace(text) == trace
    assert read_trace(io.StringIO(text, newline="\n")) == trace
    assert read_trace(text.split("\n")) == trace
    assert read_trace(io.BytesIO(text.encode())) == trace
    assert text.count("\n") == len(trace.events) + 1


@moderate
@given(traces)
def test_the_writer_writes_the_same_as_it_goes(trace: Trace) -> None:
    sink = io.StringIO()
    writer = TraceWriter(sink, trace.header)
    for event in trace.events:
        writer.write(event)
    assert sink.getvalue() == write_trace(trace)


def test_the_lines_of_the_format() -> None:
    trace = Trace(
        header=Header(created="2017-11-01T08:00:00", source="bench", card="dual", seed=7),
        events=(
            Reset(t=0.0, channel="card", atr=bytes.fromhex("3B8F80014D54")),
            Exchange(
                t=0.001, channel="card", command=b"\x00\xa4", response=b"\x90\x00", duration_ms=0.3
            ),
            Exchange(t=0.25, channel="sam", command=b"\x80\x72", response=b""),
            Removed(t=0.5, channel="card"),
            Note(t=0.5, text="refused", data={"code": "2449"}),
        ),
    )
    assert write_trace(trace).splitlines() == [
        '{"format":"ykt-trace","version":1,"created":"2017-11-01T08:00:00","source":"bench",'
        '"card":"dual","terminal":"","seed":7,"provenance":""}',
        '{"t":0.0,"ch":"card","ev":"reset","atr":"3B8F80014D54"}',
        '{"t":0.001,"ch":"card","c":"00A4","r":"9000","ms":0.3}',
        '{"t":0.25,"ch":"sam","c":"8072","r":""}',
        '{"t":0.5,"ch":"card","ev":"removed"}',
        '{"t":0.5,"ev":"note","text":"refused","data":{"code":"2449"}}',
    ]


def test_blank_lines_and_lower_case_hex_are_fine() -> None:
    trace = read_trace(f"\n{HEAD}\r\n\n{GOOD.lower()}\n\n")
    assert trace.exchanges[0].response == bytes.fromhex("010203049000")
    assert trace.exchanges[0].duration_ms is None


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_broken_files_of_the_corpus_name_their_line(name: str) -> None:
    message = refused((BROKEN / name).read_text(encoding="utf-8"))
    assert re.match(r"line \d+: ", message)
    assert message == EXPECTED[name]


def test_every_broken_file_is_expected() -> None:
    assert {path.name for path in BROKEN.glob("*.jsonl")} == set(EXPECTED)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[]", "one JSON object"),
        ("{", "one JSON object"),
        ('{"t":1} x', "one JSON object"),
        ("nonsense", "one JSON object"),
        ("{}", '"t"'),
        ('{"t":"0","ch":"card","c":"00","r":""}', '"t"'),
        ('{"t":true,"ch":"card","c":"00","r":""}', '"t"'),
        ('{"t":-1,"ch":"card","c":"00","r":""}', '"t"'),
        ('{"t":0,"c":"00","r":""}', '"ch"'),
        ('{"t":0,"ch":"card","r":""}', '"c"'),
        ('{"t":0,"ch":"card","c":"","r":""}', '"c" is empty'),
        ('{"t":0,"ch":"card","c":"0","r":""}', "not hex"),
        ('{"t":0,"ch":"card","c":"00 A4","r":""}', "not hex"),
        ('{"t":0,"ch":"card","c":"00GG","r":""}', "not hex"),
        ('{"t":0,"ch":"card","c":"00"}', '"r"'),
        ('{"t":0,"ch":"card","c":"00","r":5}', '"r"'),
        ('{"t":0,"ch":"card","c":"00","r":"","ms":"1"}', '"ms"'),
        ('{"t":0,"ch":"card","c":"00","r":"","x":1}', "'x'"),
        ('{"t":0,"ch":"card","ev":"reset"}', '"atr"'),
        ('{"t":0,"ch":"card","ev":"exploded"}', "unknown event"),
        ('{"t":0,"ch":"card","ev":[]}', "unknown event"),
        ('{"t":0,"ev":"note"}', '"text"'),
        ('{"t":0,"ev":"note","text":"a","data":[]}', '"data"'),
    ],
)
def test_a_damaged_line_is_named(line: str, words: str) -> None:
    message = refused(f"{HEAD}\n{GOOD}\n\n{line}\n{GOOD}\n")
    assert message.startswith("line 4: ")
    assert words in message


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("", "empty"),
        ("{}", "format"),
        ('{"format":"har","version":1}', "format"),
        ('{"format":"ykt-trace"}', "version"),
        ('{"format":"ykt-trace","version":"1"}', "version"),
        ('{"format":"ykt-trace","version":true}', "version"),
        ('{"format":"ykt-trace","version":2}', "newer"),
        ('{"format":"ykt-trace","version":0}', "cannot be read any more"),
        ('{"format":"ykt-trace","version":-5}', "cannot be read any more"),
        ('{"format":"ykt-trace","version":1,"seed":"x"}', "seed"),
        ('{"format":"ykt-trace","version":1,"colour":"red"}', "colour"),
    ],
)
def test_a_wrong_header_is_line_1(head: str, words: str) -> None:
    message = refused(head)
    assert message.startswith("line 1: ")
    assert words in message


def test_events_before_the_damage_are_still_given() -> None:
    reader = iter(TraceReader(f"{HEAD}\n{GOOD}\n{{"))
    assert isinstance(next(reader), Exchange)
    with pytest.raises(TraceError, match="line 3"):
        next(reader)


def test_reading_is_a_stream() -> None:
    def endless() -> Iterator[str]:
        yield HEAD
        while True:
            yield GOOD

    reader = TraceReader(endless())
    assert len(list(itertools.islice(reader, 5000))) == 5000


def test_a_line_without_end_is_refused_without_reading_it_all() -> None:
    class Endless(io.StringIO):
        asked = 0

        def readline(self, size: int | None = -1, /) -> str:
            assert size is not None
            assert 0 < size <= jsonl.MAX_LINE + 1
            self.asked += 1
            return "x" * size

    source = Endless()
    with pytest.raises(TraceError, match="line 1: longer than"):
        read_trace(source)
    assert source.asked == 1
    assert refused(f"{HEAD}\n{GOOD}\n" + "x" * (jsonl.MAX_LINE + 1)).startswith("line 3: longer")


def test_deep_nesting_and_bad_utf8_are_damage_too(tmp_path: Path) -> None:
    deep = '{"t":0,"ev":"note","text":"","data":' + '{"a":' * 100_000 + "1" + "}" * 100_001
    assert refused(f"{HEAD}\n{deep}").startswith("line 2: ")
    path = tmp_path / "bad.jsonl"
    path.write_bytes(HEAD.encode() + b'\n{"t":0,"ev":"note","text":"\xff"}\n')
    with path.open(encoding="utf-8") as text, pytest.raises(TraceError, match=r"line \d: not UTF"):
        read_trace(text)
    with path.open("rb") as data, pytest.raises(TraceError, match="line 2: not UTF"):
        read_trace(data)


@moderate
@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_lines_are_a_trace_or_a_trace_error(lines: list[str]) -> None:
    for text in ("\n".join(lines), "\n".join([HEAD, *lines])):
        try:
            read_trace(text)
        except TraceError as error:
            assert str(error).startswith("line ")  # noqa: PT017 - not to raise is as good


def test_a_converter_leads_from_an_older_version() -> None:
    def add_channel(item: dict[str, Any]) -> dict[str, Any]:
        return item if "format" in item or "version" in item else {**item, "ch": "card"}

    old = '{"format":"ykt-trace","version":0,"card":"x"}\n{"t":1,"c":"00","r":"9000"}'
    reader = TraceReader(old, converters={0: add_channel})
    assert reader.header == Header(card="x")
    assert [event_line(event) for event in reader] == ['{"t":1.0,"ch":"card","c":"00","r":"9000"}']


def test_converters_run_one_step_after_the_other_and_all_are_needed() -> None:
    steps = {
        number: lambda item, number=number: {
            **item,
            **({"card": item.get("card", "") + str(number)} if "version" in item else {}),
        }
        for number in (-1, 0)
    }
    old = '{"format":"ykt-trace","version":-1}\n'
    assert TraceReader(old, converters=steps).header.card == "-10"
    with pytest.raises(TraceError, match="version -1 cannot be read any more"):
        TraceReader(old, converters={-1: steps[-1]})


def test_a_converter_that_stumbles_names_the_line() -> None:
    def stumble(item: dict[str, Any]) -> dict[str, Any]:
        return item if "version" in item else {"t": item["time"]}

    reader = TraceReader('{"format":"ykt-trace","version":0}\n\n{"t":1}', converters={0: stumble})
    with pytest.raises(TraceError, match="line 3: cannot be converted"):
        list(reader)


def test_version_1_needs_no_converter() -> None:
    assert jsonl.CONVERTERS == {}
    assert read_trace(HEAD).header == Header()
