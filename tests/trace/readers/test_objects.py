"""JSON that is spread over lines; `ykt_sim.trace.readers.loose.records.objects`."""

from __future__ import annotations

import io
import json

import pytest

from tests.trace.readers.samples import DIALOGUE, found, pairs, plain, whys
from ykt_sim.trace.model import Exchange, Note
from ykt_sim.trace.readers import choose, read_as
from ykt_sim.trace.readers.base import Line, Source
from ykt_sim.trace.readers.loose.records import markup
from ykt_sim.trace.readers.loose.records.columns import assembled, named_column
from ykt_sim.trace.readers.loose.records.markup import Element, elements
from ykt_sim.trace.readers.loose.records.objects import flattened, joined, record_depth


def sides() -> list[object]:
    out: list[object] = []
    for number, (command, answer) in enumerate(DIALOGUE):
        stamp = f"2024-05-01T10:00:0{number}"
        out.append({"ts": f"{stamp}.000Z", "direction": "tx", "data": plain(command)})
        out.append(
            {"ts": f"{stamp}.025Z", "direction": "rx", "data": list(answer[:-2]),
             "sw": plain(answer[-2:])}
        )  # fmt: skip
    return out


SHAPES = {
    "list": [{"command": plain(c), "response": plain(a)} for c, a in DIALOGUE],
    "nested": [
        {"request": {"ins": "A4", "hex": plain(c)}, "reply": {"hex": plain(a)}}
        for c, a in DIALOGUE
    ],
    "by name": {
        str(number): {"cmd": plain(c), "resp": plain(a[:-2]), "sw1": plain(a[-2:-1]),
                      "sw2": plain(a[-1:])}
        for number, (c, a) in enumerate(DIALOGUE)
    },
    "deep": {"case": "T-1", "sessions": [{"reader": "x", "steps": sides()}]},
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 1, 4, "\t"])
@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str, indent: int | str | None) -> None:
    items = found(json.dumps(SHAPES[name], indent=indent), "plain")
    assert pairs(items) == list(DIALOGUE)
    assert whys(items) == []


def test_times_are_those_of_the_record() -> None:
    items = found(json.dumps(SHAPES["deep"], indent=2), "plain")
    events = [item.event for item in items if isinstance(item.event, Exchange)]
    assert [event.t for event in events] == [0.0, 1.0, 2.0, 3.0]
    assert [event.duration_ms for event in events] == [25.0] * 4


def test_a_document_that_is_cut_is_marked() -> None:
    text = json.dumps(SHAPES["list"], indent=1)
    items = found(text[: text.rindex("63C2") + 2], "plain")
    assert pairs(items)[:3] == list(DIALOGUE)[:3]
    assert pairs(items)[3:] in ([], [(DIALOGUE[3][0], b"")])
    assert whys(items) or not pairs(items)[3:]


def test_paths_of_names() -> None:
    assert flattened({"a": {"b": {"c": 1}}, "d": 2}) == {"a.b.c": 1, "d": 2}
    assert named_column("request.hex") == "command"
    assert named_column("request.cla") == ""
    assert named_column("reply.sw") == "sw"
    assert named_column("x.befehl", {"befehl": "command"}) == "command"


def test_lines_that_are_no_records_stay() -> None:
    lines = [Line(1, 0, "{"), Line(2, 2, ' "atr": "3B"'), Line(3, 9, "}")]
    assert record_depth([line.text for line in lines], named_column) is None
    same = [(line, False) for line in lines]
    assert list(joined(same, 1)) == same


@pytest.mark.parametrize("text", ["[" * 4000, "{" * 4000, '{"a": [{"b": "', "]", "}"])
def test_what_is_no_document(text: str) -> None:
    assert record_depth([text], named_column) is None


def test_a_record_of_markup_that_never_ends_is_given_back_in_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(markup, "MAX_LINE", 1000)
    lines = [(Line(n, n, "<x a='1'>" if n == 1 else ""), False) for n in range(1, 3000)]
    taken = 0

    def counted():
        nonlocal taken
        for item in lines:
            taken += 1
            yield item

    next(elements(counted(), Element("x")))
    assert taken <= 1001


def test_records_of_markup_over_lines() -> None:
    log = (
        "<log>\n"
        + (
            '<x t="08:00:00.5"\n  command="00B0960006" note="a > b" answer="6A82"\n/>\n'
            '<x t="08:00:01.5"><command>805C000204</command>\n<answer>00001A2C9000</answer></x>\n'
        )
        * 2
    )
    assert (
        pairs(found(log + "</log>\n", "plain"))
        == [
            (bytes.fromhex("00B0960006"), b"\x6a\x82"),
            (bytes.fromhex("805C000204"), bytes.fromhex("00001A2C9000")),
        ]
        * 2
    )


def test_a_document_in_one_line_without_an_end() -> None:
    text = json.dumps(SHAPES["list"])
    got = found(text[: text.rindex("63C2") + 2], "plain")
    assert pairs(got)[:3] == list(DIALOGUE)[:3]
    assert whys(got)


def test_what_stands_beside_the_records_is_told() -> None:
    text = json.dumps({"trace": "A1B2C3D4E5F60718", "items": SHAPES["list"]})
    source = Source(io.BytesIO(text.encode()))
    got = list(read_as(source, choose(source)))
    assert pairs(got) == list(DIALOGUE)
    assert whys(got) == []
    (note,) = (item.event for item in got if isinstance(item.event, Note))
    assert note.data["lines"] == [1]


def test_objects_behind_words_and_a_time() -> None:
    """The body of a request in the line of a server; words in front may tell the side."""
    lines = []
    for at, (command, answer) in enumerate(DIALOGUE):
        sent = json.dumps({"session": "s1", "seq": at, "capdu": plain(command)})
        got = json.dumps({"session": "s1", "seq": at, "rapdu": plain(answer), "code": 0})
        lines += [f"10:00:0{at}.100 INFO POST /apdu {sent}", f"10:00:0{at}.120 INFO 200 OK {got}"]
    both = found("\n".join(lines) + "\n", "plain")
    assert pairs(both) == list(DIALOGUE)
    assert {one.event.duration_ms for one in both if isinstance(one.event, Exchange)} == {20.0}
    named = [
        f"[{way}] " + json.dumps({"apdu": plain(data), "id": at})
        for at, pair in enumerate(DIALOGUE)
        for way, data in zip(("send", "recv"), pair, strict=True)
    ]
    assert pairs(found("\n".join(named) + "\n", "plain")) == list(DIALOGUE)


@pytest.mark.parametrize("front", ["", "request."])
def test_a_command_in_fields_is_put_together_as_it_is_written(front: str) -> None:
    """Its Lc is not mended; without all four bytes of a header nothing is put together."""
    fields: dict[str, object] = {
        f"{front}{name}": value
        for name, value in {"cla": "80", "INS": 0x50, "p1": "3", "P2": "02", "lc": "0B"}.items()
    } | {f"{front}data": "0102", f"{front}le": "0F"}
    assert assembled(fields) == {f"{front}command": "805003020b01020f"}
    for name, wrong in (("cla", None), ("INS", "x"), ("p1", "0304"), ("data", "abc")):
        assert assembled(fields | {f"{front}{name}": wrong}) == fields | {f"{front}{name}": wrong}
