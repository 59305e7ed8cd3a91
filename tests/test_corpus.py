"""Every file of the corpus: an expectation, what it says, and where the file comes from."""

from __future__ import annotations

import pytest

from tests import corpus
from ykt_sim.trace.jsonl import read_trace

FILES = corpus.files()
EXPECTED = corpus.expectations()
each = pytest.mark.parametrize("path", FILES, ids=corpus.relative)
#: Formats of `recorded/tools`, `synthetic/formats` and `broken` that must be there.
LEAST = {"recorded/tools": 7, "synthetic/formats": 23, "synthetic": 36, "broken": 20}


def test_every_file_is_expected_and_every_expectation_has_a_file() -> None:
    assert {corpus.relative(path) for path in FILES} == set(EXPECTED)
    folders = [path.parent.relative_to(corpus.FOLDER).as_posix() for path in FILES]
    assert {name: folders.count(name) >= least for name, least in LEAST.items()} == dict.fromkeys(
        LEAST, True
    )


def test_files_that_are_no_traces_are_there() -> None:
    assert [name for name in corpus.DATA if not (corpus.FOLDER / name).is_file()] == []


@each
def test_what_is_found_is_what_is_expected(path) -> None:
    assert corpus.observe(path) == EXPECTED[corpus.relative(path)]


@each
def test_where_it_comes_from(path) -> None:
    named = [
        place.read_text(encoding="utf-8")
        for place in (path.parent / corpus.README, corpus.FOLDER / corpus.README)
        if place.exists()
    ]
    if any(f"`{path.name}`" in text for text in named):
        return
    assert read_trace(path.read_text(encoding="utf-8")).header.provenance


@pytest.mark.parametrize("name", sorted(corpus.DATA))
def test_where_data_comes_from(name: str) -> None:
    text = (corpus.FOLDER / corpus.README).read_text(encoding="utf-8")
    assert f"`{name.rpartition('/')[2]}`" in text


def test_expectations_are_written_as_they_are_read() -> None:
    for place in corpus.FOLDER.rglob(corpus.EXPECTED):
        text = place.read_text(encoding="utf-8")
        folder = place.parent.relative_to(corpus.FOLDER).as_posix()
        own = {
            name.removeprefix(f"{folder}/"): entry
            for name, entry in EXPECTED.items()
            if name.rpartition("/")[0] == folder
        }
        assert corpus.written(own) == text


def test_a_broken_file_says_so_and_no_card_is_blamed_for_it() -> None:
    whole = {"colours.pcscd.txt", "mixed-crlf.opensc.txt", "utf-16.plain.txt"}
    silent = {"cut-in-call.pcsc-spy.txt", "lost-answer.opensc.txt"}  # a command without an answer
    for name, entry in EXPECTED.items():
        if not name.startswith("broken/"):
            continue
        sessions = entry.get("sessions", [])
        assert not [one for one in sessions if "FAIL" in one["verdicts"]], name
        marked = "error" in entry or any(one["broken"] for one in sessions)
        assert marked != (name.removeprefix("broken/") in whole | silent), name
