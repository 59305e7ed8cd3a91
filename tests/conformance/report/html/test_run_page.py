"""The report as text: complete, escaped, masked, repeatable, small and quick."""

from __future__ import annotations

import re
import time
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from tests.conformance.report import fixture
from ykt_conformance.cases.clauses import load_clauses
from ykt_conformance.judge.results import CaseResult, Finding, RunResult
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.report import folder
from ykt_conformance.report.html import run_page as report
from ykt_conformance.report.html.frame import asset
from ykt_conformance.report.html.markup import text
from ykt_conformance.report.html.run_page import render
from ykt_sim.codes import INS
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Exchange, Header, Note, Reset, Trace

VOID = {"meta", "input", "br"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Outline(HTMLParser):
    """Checks that every element is closed, and collects what the tests ask for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.tags if "id" in attrs]


def case_text(page: str, case_id: str) -> str:
    """HTML of one case."""
    start = page.index(f'id="{case_id}"')
    end = page.find('<details class="k ', start)
    return page[start : end if end > 0 else None]


def tiny(*events: object, **more: object) -> RunResult:
    """A run of one failing case with these events."""
    trace = Trace(header=Header(), events=events)  # type: ignore[arg-type]
    return fixture.run_of([fixture.case(1, Verdict.FAIL, trace, **more)], findings=())


def exchange(command: str, response: str, ms: float = 1.0, channel: str = "card") -> Exchange:
    return Exchange(
        t=0.1, channel=channel, command=bytes.fromhex(command),  # type: ignore[arg-type]
        response=bytes.fromhex(response), duration_ms=ms,
    )  # fmt: skip


def test_the_page_is_well_formed_and_ids_are_unique(page: str) -> None:
    ids = Outline(page).ids()
    assert len(ids) == len(set(ids))


def test_every_inner_link_has_its_target(page: str) -> None:
    outline = Outline(page)
    targets = {str(a["href"])[1:] for name, a in outline.tags if name == "a"}
    assert len(targets) > 10
    assert targets <= set(outline.ids())


def test_nothing_is_loaded_and_nothing_may_run(page: str) -> None:
    for name, attrs in Outline(page).tags:
        assert name not in {"link", "img", "iframe", "base", "object"}
        assert not [key for key in attrs if key.startswith("on") or key in {"src", "style"}]
        assert str(attrs.get("href", "#")).startswith("#")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    for name in ("report.css", "report.js"):
        assert not re.search(r"https?:|url\(|@import", asset(name))


def test_the_summary_has_everything(run: RunResult, page: str) -> None:
    words = Outline(page).text
    for said in (
        run.target, run.ics_name, run.ics_sha256, run.suite_version, run.suite_sha256, run.keys,
        str(run.seed), "python 3.11.7", "2026-03-02 08:30:00 UTC+08:00", "Test keys are public",
    ):  # fmt: skip
        assert said in words


def test_no_verdict_is_folded(run: RunResult, page: str) -> None:
    shown = dict(re.findall(r'<strong data-count="(\w+)">(\d+)</strong>', page))
    assert {name: int(count) for name, count in shown.items()} == run.counts
    assert min(run.counts.values()) > 0


def test_a_verdict_that_never_came_is_still_counted() -> None:
    page = render(fixture.run_of([fixture.case(1, Verdict.PASS)]))
    assert '<strong data-count="ERROR">0</strong>' in page


def test_the_matrix_adds_up(run: RunResult, page: str) -> None:
    table = page[page.index('<table class="matrix">') :]
    rows = table[: table.index("</table>")].split("<tr>")[2:]
    assert len(rows) == len(fixture.GROUPS) + 1
    for row in rows:
        cells = [int(re.sub("<[^>]+>", "", cell)) for cell in re.findall("<td>(.*?)</td>", row)]
        assert len(cells) == len(Verdict) + 1
        assert sum(cells[:-1]) == cells[-1]
    assert cells[-1] == len(run.results)
    assert cells[:-1] == list(run.counts.values())


def test_every_case_says_what_and_why(run: RunResult, page: str) -> None:
    clauses = load_clauses()
    for result in run.results:
        words = case_text(page, result.id)
        for said in (result.title, result.title_zh, result.reason, result.selected):
            assert escape(said) in words
        for name in result.clauses:
            clause, place = clauses[name], words
            if result.verdict not in (Verdict.FAIL, Verdict.ERROR) and f'"#{name}"' in words:
                place = page.split(f'<li id="{name}">')[1].split("</li>", maxsplit=1)[0]
            for said in (name, clause.text, clause.text_zh, clause.source, clause.level,
                         clause.basis):  # fmt: skip
                assert escape(said) in place


def test_why_a_case_does_not_apply_stands_with_its_values(page: str, run: RunResult) -> None:
    found = next(r for r in run.results if r.verdict is Verdict.NOT_APPLICABLE)
    words = case_text(page, found.id)
    assert "tunion.ef17=no" in words
    assert words.count("tunion.ef17=no") == 1


@pytest.mark.parametrize(
    ("code", "verdicts", "said"),
    [
        (0, (Verdict.PASS, Verdict.NOT_APPLICABLE), "Every applicable case passes."),
        (1, (Verdict.PASS, Verdict.FAIL, Verdict.ERROR), "1 of 3 cases fail."),
        (2, (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.ERROR), "2 could not be decided"),
        (2, (Verdict.NOT_APPLICABLE,), "Nothing was tested."),
    ],
)
def test_the_first_line_is_the_exit_code_in_words(
    code: int, verdicts: tuple[Verdict, ...], said: str
) -> None:
    run = fixture.run_of([fixture.case(n, verdict) for n, verdict in enumerate(verdicts)])
    assert run.exit_code == code
    assert said in render(run)


# -- ladder ----------------------------------------------------------------------------


def test_the_offending_byte_of_an_answer_is_marked() -> None:
    fault = Fault("wrong", 0, "00001228", "0000122A", 3)
    page = render(tiny(exchange("805C000204", "0000122A9000"), fault=fault))
    assert "0000 12".replace(" ", "") + "<mark>2A</mark>" in page
    assert "◄ answer, byte 3: byte 3 of balance" in page
    assert "00 00 12 <ins>28</ins>" in page
    assert "00 00 12 <mark>2A</mark>" in page
    assert "1 byte differs: 3" in page
    assert "1 个字节不同" in page


def test_a_wrong_status_word_is_marked_at_the_end() -> None:
    fault = Fault("wrong", 0, "9000", "6985", 0)
    page = render(tiny(exchange("805C000204", "69856985"), fault=fault))
    assert "6985 <mark>69</mark><mark>85</mark>" in page
    assert "◄ answer, byte 2: byte 0 of sw" in page


def test_a_terminal_is_to_blame_for_its_command() -> None:
    command = "805001020B01000000BE4131581001020F"
    fault = Fault("wrong", 0, "000000C8", "000000BE", 3)
    trace_run = tiny(exchange(command, "000000BE9000"), fault=fault, subject="terminal")
    assert "◄ command, byte 9: byte 3 of amount" in render(trace_run)
    assert "◄ answer, byte 3" in render(tiny(exchange(command, "000000BE9000"), fault=fault))


def test_a_fault_in_words_marks_its_offset_or_its_exchange() -> None:
    call = exchange("805C000204", "0000122A9000")
    words = Fault("wrong", 0, "46.48 yuan", "46.50 yuan", 2)
    page = render(tiny(call, fault=words))
    assert "0000<mark>12</mark>2A" in page
    assert "46.48 yuan" in page
    page = render(tiny(call, fault=Fault("wrong", 0)))
    assert "<mark>" not in page
    assert "the fault is in this exchange" in page


def test_missing_and_surplus_bytes_differ() -> None:
    page = render(tiny(exchange("805C000204", "00009000"), fault=Fault("w", 0, "00001228", "0000")))
    assert "2 bytes differ: 2–3" in page
    page = render(tiny(exchange("805C000204", "00009000"), fault=Fault("w", 0, "00", "0000")))
    assert "00 <mark>00</mark>" in page


def test_only_the_event_of_the_fault_is_marked() -> None:
    call = exchange("805C000204", "0000122A9000")
    fault = Fault("wrong", 1, "00001228", "0000122A", 3)
    page = render(tiny(call, call, call, fault=fault))
    assert page.count('class="c bad"') == 1


def test_lanes_and_events(page: str) -> None:
    notes = Note(t=0.2, text="decision", data={"outcome": "refused", "code": "", "amount": 200})
    gone = exchange("805401000F", "")
    run = tiny(Reset(t=0, channel="card", atr=b"\x3b\x00"), gone, notes,
               exchange("8072000004D7E17A94", "9000", channel="sam"))  # fmt: skip
    small = render(run)
    assert "ATR <code>3B00</code>" in small
    assert "no answer" in small
    assert "<b>refused</b><b lang=zh>" in small
    assert "2.00 yuan</span>" in small
    assert "终端判定" in small
    assert "<li class=s>" in small
    assert "<li class=s>" in page
    assert "<b>amount</b><b lang=zh>交易金额</b> ¥" in page
    assert "<span class=y>mac1 " in page  # a name that is the same in both is said once


def test_a_recording_of_many_cases_stands_once(traces: tuple[Trace, ...]) -> None:
    trace = max(traces, key=lambda one: len(one.events))
    fault = fixture.fault_at(trace, INS.GET_BALANCE, "wrong")
    assert fault is not None
    found = [fixture.case(n, Verdict.PASS, trace) for n in range(40)]
    found[7] = fixture.case(7, Verdict.FAIL, trace, fault=fault)
    page = render(fixture.run_of(found, kind="trace", target="tap.jsonl"))
    ids = Outline(page).ids()
    assert len(page) < 250_000
    assert f"r0e{fault.event}" in ids
    assert f'href="#r0e{fault.event}"' in case_text(page, "C-0107")
    assert "<mark>" in case_text(page, "C-0107")
    assert 'href="#r0"' in case_text(page, "C-0108")


def test_an_endless_recording_is_shown_around_its_fault() -> None:
    call = exchange("805C000204", "0000122A9000")
    fault = Fault("wrong", 2000, "00001228", "0000122A", 3)
    page = render(tiny(*[call] * 4000, fault=fault))
    assert page.count("<li class=c>") + page.count('class="c bad"') == 4 * 60
    assert "◄ answer" in page
    assert "1880 events, see trace.txt" in page


@pytest.mark.parametrize(
    ("event", "count", "lists"),
    [
        (2, 100, ["l", "l far", "l gap"]),
        (50, 100, ["l far", "l gap", "l", "l far", "l gap"]),
        (99, 100, ["l far", "l gap", "l"]),
        (None, 100, ["l far", "l gap", "l"]),
        (2, 12, ["l"]),
        (None, 3, ["l"]),
    ],
)
def test_what_is_far_from_the_fault_is_counted_on_paper(
    event: int | None, count: int, lists: list[str]
) -> None:
    call = exchange("805C000204", "0000122A9000")
    page = render(tiny(*[call] * count, fault=Fault("wrong", event, "9000", "6A82")))
    ladder = page.split('class="ladder"')[1]
    assert re.findall(r'<ol class="(.*?)">', ladder) == lists
    near = "".join(re.findall(r'<ol class="l">(.*?)</ol>', ladder, re.DOTALL))
    assert len(re.findall("<li class=c>|c bad", near)) == min(count, 12)
    told = re.findall(r"(\d+) events, see trace\.txt", ladder)
    assert sum(map(int, told)) == count - min(count, 12)


def test_what_is_on_no_page_is_counted_with_what_is_not_on_paper() -> None:
    call = exchange("805C000204", "0000122A9000")
    page = render(tiny(*[call] * 4000, fault=Fault("wrong", 2000, "00001228", "0000122A", 3)))
    gaps = re.findall(r'<ol class="l gap">.*?(\d+) events, see', page)
    assert gaps == ["1992", "1996"]


def test_ladders_of_passing_cases_give_way(
    run: RunResult, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(report, "LADDER_BUDGET", 100_000)
    small = render(run)
    assert len(small) < len(page) / 2
    assert "The ladder is in trace.txt under C-0249" in small
    failed = next(r for r in reversed(run.results) if r.verdict is Verdict.FAIL)
    assert "◄ answer" in case_text(small, failed.id)


# -- times -----------------------------------------------------------------------------


def test_times_of_steps() -> None:
    first = exchange("805C000204", "0000122A9000", 10)
    second = msgspec.structs.replace(first, t=0.15, channel="sam", duration_ms=30.0)
    page = render(tiny(first, second))
    assert "2 steps in 80.0 ms: card 10.0 ms, PSAM 30.0 ms, terminal 40.0 ms; slowest" in page
    assert 'class="c" d="M0 16h125v10h-125z"' in page
    assert 'class="s" d="M625 30h375v10h-375z"' in page
    assert 'class="t" d="M125 2h500v10h-500z"' in page


def test_every_command_has_its_row_of_dots(page: str) -> None:
    table = page[page.index('<table class="times">') :]
    rows = table[: table.index("</table>")].split("<tr>")[2:]
    assert any("<b>READ RECORD</b><b lang=zh>读记录文件</b>" in row for row in rows)
    for row in rows:
        count = int(re.findall(r"<td>(\d+)</td>", row)[0])
        dots = re.findall(r'class="dot \w" d="([^"]+)"', row)[0].count("h0")
        assert 1 <= dots <= count


def test_steps_without_times_are_said_to_have_none() -> None:
    call = msgspec.structs.replace(exchange("805C000204", "9000"), duration_ms=None)
    page = render(tiny(call))
    assert "No times were measured." in page
    assert 'id="times"' not in page


# -- state -----------------------------------------------------------------------------


def test_changes_of_the_card_are_listed(page: str, run: RunResult) -> None:
    found = next(r for r in run.results if r.before is not None)
    words = case_text(page, found.id)
    assert "card state: 2 changes" in words
    assert "<code>files[0].content[0]</code>" in words
    assert "<code>4840</code></td><td><code>4650</code>" in words


def test_an_unchanged_card_is_said_to_be() -> None:
    page = render(tiny(exchange("805C000204", "9000"), before={"a": 1}, after={"a": 1}))
    assert "card state: unchanged" in page


# -- hostile input ---------------------------------------------------------------------


def hostile() -> RunResult:
    """Everything that can be text is an attack."""
    evil = EVIL.encode()
    fci = bytes([0x6F, 2 + len(evil), 0x84, len(evil)]) + evil + b"\x90\x00"
    events = (
        Reset(t=0, channel="card", atr=evil[:20]),
        Exchange(t=0, channel="card", command=b"\x00\xa4\x04\x00" + bytes([len(evil)]) + evil,
                 response=fci, duration_ms=1),
        Exchange(t=0, channel="card", command=evil, response=evil, duration_ms=1),
        Note(t=0, text=EVIL, data={EVIL: {EVIL: [EVIL]}, "x": EVIL}),
    )  # fmt: skip
    result = CaseResult(
        id=f"C-1{EVIL}", subject="card", group=EVIL, title=EVIL, title_zh=EVIL + "中",
        clauses=(EVIL,), verdict=Verdict.FAIL, reason=EVIL, selected=EVIL + "1", official=EVIL,
        needs=(EVIL,), fault=Fault(EVIL, 1, EVIL, EVIL + "2", 2),
        trace=Trace(header=Header(provenance=EVIL, card=EVIL), events=events),
        before={EVIL: EVIL}, after={EVIL: EVIL + "3"},
    )  # fmt: skip
    return fixture.run_of(
        [result, replace(result, id="C-2", group="other")], target=EVIL, ics_name=EVIL,
        ics_text=EVIL, ics_sha256=EVIL, suite_version=EVIL, suite_sha256=EVIL, keys=EVIL,
        versions={EVIL: EVIL}, started=EVIL, finished=EVIL,
        findings=(Finding(EVIL, EVIL, EVIL, EVIL, EVIL),),
    )  # fmt: skip


def test_hostile_text_stays_text() -> None:
    page = render(hostile())
    outline = Outline(page)
    assert sum(name == "script" for name, _ in outline.tags) == 1
    assert not [name for name, _ in outline.tags if name == "img"]
    assert not [a for _, a in outline.tags if any(key.startswith("on") for key in a)]
    assert page.count("alert(1)") > 30
    assert "<script>alert" not in page


def test_marks_that_nobody_sees_are_shown() -> None:
    assert text("a\u202eb\u200bc\x00d\ud800") == "a\ufffdb\ufffdc\ufffdd\ufffd"
    assert text("中文 ok\n") == "中文 ok\n"


# -- what must not be in it ------------------------------------------------------------


def test_card_numbers_and_keys_are_not_in_it(traces: tuple[Trace, ...], page: str) -> None:
    numbers = set()
    for trace in traces:
        for note in trace.events:
            if isinstance(note, Note) and note.text == "clearing":
                numbers.add(str(note.data["card"]))
    assert len(numbers) >= 3
    for number in numbers:
        assert number not in page
        assert number[-16:] not in page
        assert f"{number[:6]}*" in page
    secrets = set()
    for trace in traces:
        ring = View.of(trace, {}, KeyRing()).keys
        secrets |= {ring.get(standard, role) for standard in ("tunion", "lnt")
                    for role in ("purchase", "load", "tac", "line")}  # fmt: skip
    assert len(secrets - {None}) > 8
    assert not [key for key in secrets if key is not None and key.hex().upper() in page]


def test_keys_in_a_note_are_hidden(traces: tuple[Trace, ...]) -> None:
    trace = next(t for t in traces if t.header.card == "tunion" and len(t.events) > 10)
    key = View.of(trace, {}).keys.get("tunion", "purchase")
    assert key is not None
    note = Note(t=0, text="debug", data={"key": key.hex().upper()})
    leaky = Trace(header=trace.header, events=(*trace.events, note))
    page = render(fixture.run_of([fixture.case(1, Verdict.PASS, leaky)]))
    assert "key " + "*" * 32 in page
    assert key.hex().upper() not in page


def test_personal_data_are_hidden() -> None:
    name, number = "张三".encode("gb18030"), b"110101199003078515"
    holder = b"\x00\x00" + name.ljust(20, b"\x00") + number.ljust(32, b" ") + b"\x00"
    select = exchange("00A4040008A000000632010105", "6F0A8408A0000006320101059000")
    read = exchange("00B0960000", holder.hex() + "9000")
    pin = exchange("0020000003123456", "9000")
    fault = Fault("wrong", 1, "00", holder.hex().upper())
    page = render(tiny(select, read, pin, fault=fault))
    assert name.hex().upper() not in page
    assert number.hex().upper() not in page
    assert "张三" not in page
    assert "110101199003078515" not in page
    assert "0020000003 123456" not in page
    assert "0020000003 <u class=h>******</u>" in page
    assert "hidden" in page


# -- the rest --------------------------------------------------------------------------


def test_the_same_run_gives_the_same_page(run: RunResult, page: str) -> None:
    assert render(run) == page


def test_it_is_small_and_quick(run: RunResult) -> None:
    begun = time.process_time()
    page = render(run)
    taken = time.process_time() - begun
    assert len(page.encode()) < 3_000_000
    assert taken < 2


def test_both_languages_are_everywhere(page: str) -> None:
    english = re.findall(r"<b>[^<]+</b>", page)
    pairs = re.findall(r"<b>[^<]+</b><b lang=zh>[^<]+</b>", page)
    assert len(english) == len(pairs) == page.count("<b>") > 1000
    assert "一致性检测报告" in page
    assert "期望" in page


def test_it_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    run = fixture.run_of([fixture.case(1, Verdict.PASS)])
    file = tmp_path / "report.html"
    assert render(run, file) == file.read_text("utf-8")


def test_a_run_s_folder_has_it(tmp_path: Path) -> None:
    run = fixture.run_of([fixture.case(1, Verdict.PASS)])
    folder.write(run, tmp_path)
    seal = folder.evidence_sha256(tmp_path)
    assert (tmp_path / "report.html").read_text("utf-8") == render(run, evidence=seal)
