"""The report as a PDF: printed by a real Chromium, its pages counted and read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conformance.report import fixture
from ykt_conformance.cases.registry import card_cases
from ykt_conformance.judge.campaign import SECTIONS, read
from ykt_conformance.judge.results import Exclusion
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.report import folder, pdf
from ykt_sim.errors import UsageError
from ykt_sim.trace.model import Trace

NO_SKIP = bool(os.environ.get("CI") or os.environ.get("YKT_NO_SKIP") == "1")
needs_chromium = pytest.mark.skipif(
    not NO_SKIP and shutil.which("chromium") is None, reason="needs chromium"
)
PAGE = '<html lang="en" data-print="summary"><li data-part="cases"><li data-part="ics">'


def long_campaign() -> str:
    """Every entry as long as it may be, and more deviations than fit a page."""
    lines = ["version = 1", 'kind = "campaign"']
    for section, entries in SECTIONS.items():
        lines.append(f"[{section}]")
        for key in entries:
            long = f'"{"最长文字" * 50}"'
            if key == "zone":
                long = '"Asia/Shanghai"'
            lines.append(f"{key} = [{', '.join([long] * 30)}]" if key == "deviations"
                         else f"{key} = {long}")  # fmt: skip
    return "\n".join(lines)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, traces: tuple[Trace, ...]) -> Path:
    """The folder of a run with failures, exclusions and the longest campaign file."""
    path = tmp_path_factory.mktemp("run")
    left = tuple(
        Exclusion(id=f"C-9{number:03d}", subject="card", group="load", title="T", title_zh="题",
                  clauses=(), because=f"{number} {'排除的原因' * 39}")
        for number in range(12)
    )  # fmt: skip
    run = fixture.run_of(fixture.results(traces, 60), excluded=left,
                         campaign=read(long_campaign(), "c.toml"))  # fmt: skip
    folder.write(run, path)
    return path


@needs_chromium
def test_the_first_page_is_one_page_whatever_is_stated(written: Path, tmp_path: Path) -> None:
    found = {}
    for lang in pdf.LANGUAGES:
        page = pdf.prepared((written / "report.html").read_text("utf-8"), "summary", lang)
        data = pdf.printed_by(pdf.browser(), page, tmp_path)
        found[lang] = pdf.page_numbers(data)
        assert found[lang]["summary"] == 2
        assert list(found[lang]) == sorted(found[lang], key=lambda name: found[lang][name])
    assert "cases" not in found["en"]


@needs_chromium
def test_a_file_is_written_with_what_was_asked(written: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.pdf"
    few = pdf.write_pdf(written, out, printed="summary", lang="zh")
    assert out.read_bytes().startswith(b"%PDF")
    assert pdf.write_pdf(written, out, printed="failures") > few
    assert sorted(path.name for path in written.iterdir()) == [
        "MANIFEST", "campaign.toml", "ics.toml", "junit.xml", "report.html", "results.json",
        "states.jsonl", "trace.jsonl", "trace.txt",
    ]  # fmt: skip


@needs_chromium
def test_of_a_long_recording_only_what_is_around_the_fault_goes_to_paper(
    tmp_path: Path, traces: tuple[Trace, ...]
) -> None:
    events = max(traces, key=lambda trace: len(trace.events)).events
    fault = Fault("wrong", 120, "9000", "6A82")
    long = replace(traces[0], events=(events * 250)[:250])
    failed = [
        fixture.case(number, Verdict.FAIL, replace(long, events=long.events), fault=fault)
        for number in range(6)
    ]
    run = tmp_path / "run"
    run.mkdir()
    folder.write(fixture.run_of(failed), run)
    out = tmp_path / "r.pdf"
    summary = pdf.write_pdf(run, out, printed="summary")
    failures = pdf.write_pdf(run, out, printed="failures")
    assert 2 <= failures - summary <= 7
    assert pdf.write_pdf(run, out, printed="full") > 5 * failures


def test_what_cannot_be_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "r.pdf"
    with pytest.raises(UsageError, match=r"report\.html"):
        pdf.write_pdf(tmp_path, out)
    (tmp_path / "report.html").write_text("<html>")
    with pytest.raises(UsageError, match="no report of ykt conform"):
        pdf.write_pdf(tmp_path, out)
    (tmp_path / "report.html").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"report\.html"):
        pdf.write_pdf(tmp_path, out)
    (tmp_path / "report.html").write_text(PAGE)
    with pytest.raises(UsageError, match="cannot print 'all'"):
        pdf.write_pdf(tmp_path, out, printed="all")
    monkeypatch.setattr(pdf.shutil, "which", lambda _name: None)
    with pytest.raises(UsageError, match="apt-get install chromium"):
        pdf.write_pdf(tmp_path, out)
    monkeypatch.setattr(pdf.shutil, "which", lambda _name: shutil.os.path.join("/bin", "false"))
    with pytest.raises(UsageError, match="did not print"):
        pdf.write_pdf(tmp_path, out)
    assert not out.exists()


def test_it_is_told_that_it_is_being_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program waits until it has been told; what it does then is of no account."""
    told = tmp_path / "told"
    program = tmp_path / "chromium"
    program.write_text(f'#!/bin/sh\nwhile [ ! -e "{told}" ]; do sleep 0.01; done\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setattr(pdf, "_LOOK_S", 0.01)
    monkeypatch.setattr(pdf.shutil, "which", lambda _name: str(program))
    (tmp_path / "report.html").write_text(PAGE)
    said: list[str] = []

    def progress(what: str) -> None:
        said.append(what)
        told.touch()

    with pytest.raises(UsageError, match="did not print: 3"):
        pdf.write_pdf(tmp_path, tmp_path / "r.pdf", progress=progress)
    assert set(said) == {"printing"}


def test_a_program_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(pdf, "_LOOK_S", 0.01)
    monkeypatch.setattr(pdf, "LIMIT_S", 0.0)
    monkeypatch.setattr(pdf.shutil, "which", lambda _name: str(program))
    (tmp_path / "report.html").write_text(PAGE)
    with pytest.raises(UsageError, match="did not print within 0 s"):
        pdf.write_pdf(tmp_path, tmp_path / "r.pdf")


def test_the_page_is_set_for_paper() -> None:
    page = PAGE + '<input name="print" id="p-summary" value="summary" checked>' + (
        '<input name="print" id="p-full" value="full" >'
    )  # fmt: skip
    done = pdf.prepared(page, "full", "zh")
    assert '<html lang="en" data-print="full" data-lang="zh"' in done
    assert 'value="summary">' in done
    assert 'value="full" checked' in done
    assert 'data-print="summary" data-lang="en"' in pdf.prepared(page, "", "en")


def test_page_numbers_of_the_contents() -> None:
    raw = (
        b"3 0 obj\n<</Type /Page\n/Parent 9 0 R>>\nendobj\n"
        b"5 0 obj\n<</Type /Page\n/Parent 9 0 R>>\nendobj\n"
        b"9 0 obj\n<</Type /Pages\n/Count 2\n/Kids [5 0 R 3 0 R]>>\nendobj\n"
        b"<</cases [3 0 R /XYZ 0 800 0]\n/ics [7 0 R /XYZ 0 800 0]>>"
    )
    assert pdf.page_numbers(raw) == {"cases": 2}
    assert pdf.page_numbers(b"") == {}
    assert '<li data-part="cases"><span class="page">2</span>' in pdf.with_pages(PAGE, {"cases": 2})
    assert pdf.with_pages(PAGE, {}) == PAGE


@needs_chromium
def test_a_sound_card_takes_twelve_pages_at_most(tmp_path: Path) -> None:
    results = [
        fixture.case(
            1, Verdict.PASS, id=case.id, group=case.group, title=case.title,
            title_zh=case.title_zh, clauses=case.clauses, official=case.official,
        )
        for case in card_cases()
    ]  # fmt: skip
    folder.write(fixture.run_of(results, findings=()), tmp_path)
    for lang in ("en", "zh"):
        assert pdf.write_pdf(tmp_path, tmp_path.parent / "sound.pdf", lang=lang) <= 12
