"""Terminals and cards that have worked for years: memory, restarts, counters at their ends, dates.

The same over a million taps, with figures: ``python -m tests.tools.long_run``.
"""

from __future__ import annotations

import tracemalloc
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from ykt_sim.bench.images import load_sam
from ykt_sim.bench.kept import journal
from ykt_sim.bench.kept.journal import JournalFile
from ykt_sim.bench.make import SimCardLink, issue_sim_card
from ykt_sim.bench.stand import Stand, StandSetup, pulled
from ykt_sim.bench.tap import TapResult
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.sam import SamImage

NOW = datetime(2024, 11, 1, 8)  # noqa: DTZ001 - a terminal knows local time only
BUS = {"tunion": "bus-tunion", "lnt": "bus-legacy"}
KINDS = list(BUS)


def card(kind: str, counter: int = 0, balance: int = 50_000, **identity: str) -> SimCardLink:
    profile = load_card_profile(kind)
    who = replace(profile.identity, **identity)
    return issue_sim_card(profile, identity=who, balance=balance, counter=counter)


def money(link: SimCardLink) -> int:
    (purse,) = (one for folder in link.facts()["directories"] for one in folder["purses"])
    actual: int = purse["actual"]
    return actual


def tap(
    terminal: str, link: SimCardLink, at: datetime, state: Path, amount: int = 0, tear: str = ""
) -> TapResult:
    """One tap at a terminal that is started for it."""
    with Stand(terminal, StandSetup(state=state, durable=False)) as stand:
        return stand.tap(pulled(link, tear), at, amount).result


# -- a million taps on one journal, in little ------------------------------------------------


def taps(state: Path, count: int, before: int) -> int:
    """Tap without end being seen; gives the bytes that are kept for it when it is over."""
    with Stand("bus-tunion", StandSetup(state=state, durable=False)) as stand:
        link = card("tunion")
        tracemalloc.start()
        for number in range(before + count):
            if number == before:
                begun = tracemalloc.get_traced_memory()[0]
            stand.forget()
            stand.tap(link, NOW + timedelta(minutes=number))
        ended = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    return ended - begun


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> int:
    """Segments are cut after ten taps or so."""
    limit = 15_000
    monkeypatch.setitem(JournalFile.__init__.__kwdefaults__, "limit", limit)
    return limit


def test_a_tap_more_takes_no_memory_more(tmp_path: Path, short: int) -> None:
    assert short
    # A tap's lines are 1.5 KB and its events 10 KB; what is remembered between taps is 0.1 MB.
    assert taps(tmp_path, 200, before=100) < 200 * 1_000


def test_a_restart_reads_one_segment_however_old_the_terminal_is(
    tmp_path: Path, short: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taps(tmp_path, 100, before=0)
    path = tmp_path / "bus-tunion.journal"
    assert len(list(tmp_path.glob("bus-tunion.journal.*"))) > 8
    read: list[int] = []
    real = journal.reread
    monkeypatch.setattr(journal, "reread", lambda data: read.append(len(data)) or real(data))
    file = JournalFile(path, limit=1 << 20)
    file.close()
    assert read == [path.stat().st_size]
    assert read[0] < short + 3_000
    assert file.recovered.next_sequence == 101


# -- counters at their ends ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_whose_purchases_are_used_up_is_refused_and_loses_nothing(
    kind: str, tmp_path: Path
) -> None:
    link = card(kind, counter=0xFFFE)
    last = tap(BUS[kind], link, NOW, tmp_path)
    assert (last.decision.outcome, last.decision.counter) == ("accepted", 0xFFFE)
    before = money(link)
    for minute in (10, 20):
        found = tap(BUS[kind], link, NOW + timedelta(minutes=minute), tmp_path)
        assert (found.decision.outcome, found.clearing, found.dispute) == ("refused", None, None)
        assert "9402" in found.decision.reason
    assert money(link) == before == 50_000 - last.decision.amount


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_purchase_of_a_card_may_be_torn(kind: str, tmp_path: Path) -> None:
    """Its counter cannot be asked any more: the log tells."""
    link = card(kind, counter=0xFFFE)
    assert tap(BUS[kind], link, NOW, tmp_path, tear="debit").decision.code == "YKT-11"
    found = tap(BUS[kind], link, NOW + timedelta(minutes=1), tmp_path)
    assert found.decision.recovered
    assert found.clearing is not None
    assert money(link) == 50_000 - found.clearing.amount


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_whose_loads_are_used_up_is_refused_and_loses_nothing(
    kind: str, tmp_path: Path
) -> None:
    link = card(kind, counter=0xFFFE)
    assert tap("load-point", link, NOW, tmp_path, 500).decision.outcome == "accepted"
    found = tap("load-point", link, NOW + timedelta(hours=1), tmp_path, 500)
    assert found.decision.outcome == "refused"
    assert "9402" in found.decision.reason
    assert money(link) == 50_500


def test_a_psam_whose_numbers_are_used_up_is_refused_for_good(tmp_path: Path) -> None:
    link = card("tunion")
    tap("bus-tunion", link, NOW, tmp_path)
    path = tmp_path / "bus-tunion.psam.json"
    image = load_sam(path, bytes).snapshot()
    path.write_text(replace(image, next_serial=0xFFFFFFFE).to_json())
    last = tap("bus-tunion", link, NOW + timedelta(minutes=10), tmp_path)
    assert last.clearing is not None
    assert last.clearing.terminal_serial == "FFFFFFFE"
    before = money(link)
    for minute in (20, 30):
        found = tap("bus-tunion", link, NOW + timedelta(minutes=minute), tmp_path)
        assert (found.decision.outcome, found.clearing) == ("refused", None)
        assert "9402" in found.decision.reason
        if minute == 20:
            path.unlink()  # a new PSAM of the same terminal has no number left either
    assert SamImage.from_json(path.read_text()).next_serial == 0xFFFFFFFF
    assert money(link) == before


# -- dates -----------------------------------------------------------------------------------

TURNS = [
    "2024-02-28T23:50:00", "2024-02-29T23:50:00", "2023-02-28T23:50:00", "2028-02-29T23:50:00",
    "2024-12-31T23:50:00", "2026-06-30T23:50:00", "2038-01-19T03:10:00", "2079-12-31T23:50:00",
    "2099-12-31T23:50:00",
]  # fmt: skip


@pytest.mark.parametrize("begun", TURNS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_ride_in_which_the_date_turns(kind: str, begun: str, tmp_path: Path) -> None:
    """Midnight inside, at the end of a month, a year, a century; a torn way out as well."""
    at = datetime.fromisoformat(begun)
    link = card(kind, expiry="21001231", lnt_expiry="21001231")
    assert tap("metro-entry", link, at, tmp_path).decision.outcome == "accepted"
    at += timedelta(minutes=15)
    assert tap("metro-exit", link, at, tmp_path, tear="debit").decision.code == "YKT-11"
    found = tap("metro-exit", link, at + timedelta(seconds=30), tmp_path)
    assert (found.decision.outcome, found.decision.recovered) == ("accepted", True)
    assert found.clearing is not None
    assert found.clearing.time == at.strftime("%Y%m%d%H%M%S")
    assert (found.clearing.amount, money(link)) == (400, 50_000 - 400)
    again = tap("metro-exit", link, at + timedelta(hours=1), tmp_path).decision
    assert (again.outcome, again.code) == ("refused", "YKT-15")


@pytest.mark.parametrize("text", ["2079-12-31T23:59:30", "2080-01-01T00:00:10"])
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_rides_on_years_of_two_digits(kind: str, text: str, tmp_path: Path) -> None:
    """A card that expires in 2080 rides in 2079 and 2080, one that expired in 1980 in neither."""
    at = datetime.fromisoformat(text)
    good = card(kind, expiry="20801231", lnt_expiry="20801231")
    assert tap(BUS[kind], good, at, tmp_path).decision.outcome == "accepted"
    old = card(kind, expiry="19801231", lnt_expiry="19801231")
    assert tap(BUS[kind], old, at, tmp_path).decision.code == "YKT-04"
