"""A terminal that remembers."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ykt_sim.bench.images import load_card, save_card
from ykt_sim.bench.kept import disk
from ykt_sim.bench.kept.journal import JournalFile
from ykt_sim.bench.make import make_card, make_sam
from ykt_sim.bench.simulated import card_in_file
from ykt_sim.bench.stand import Stand, StandSetup, Tapped, make_clock, pulled
from ykt_sim.errors import (
    ImageError,
    JournalError,
    LinkError,
    LockedError,
    StorageError,
    UnfinishedError,
    UsageError,
)
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.trace.model import Exchange, Note, Reset
from ykt_sim.transport import EngineLink
from ykt_sim.transport.null import NullLink

NOW = datetime(2024, 11, 1, 8)  # noqa: DTZ001 - a terminal knows local time only


def test_a_card_and_a_name_are_enough() -> None:
    with Stand("bus-upgraded") as stand:
        card = make_card("dual", balance=1000)
        first = stand.tap(card, NOW).result
        second = stand.tap(card, NOW).result
    assert (first.decision.amount, first.decision.balance_after) == (190, 810)
    assert second.decision.balance_after == 620
    assert first.clearing is not None
    assert second.clearing is not None
    assert int(second.clearing.terminal_serial, 16) == int(first.clearing.terminal_serial, 16) + 1


def test_the_clock_is_this_machines_unless_told() -> None:
    before = datetime.fromtimestamp(int(time.time()))  # noqa: DTZ006, TID251 - the wall's clock
    with Stand("bus-upgraded") as stand:
        tapped = stand.tap(make_card("dual", balance=1000))
    assert 0 <= (tapped.now - before).total_seconds() < 60


def test_everything_is_recorded() -> None:
    stand = Stand(load_terminal_profile("bus-tunion"), StandSetup(seed=7))
    tapped = stand.tap(make_card("tunion", bytes, balance=1000), NOW)
    trace = tapped.trace("tunion")
    header = trace.header
    assert (header.created, header.card, header.terminal, header.seed) == (
        NOW.isoformat(), "tunion", "bus-tunion", 7,
    )  # fmt: skip
    assert header.provenance == "simulated card, PSAM and terminal with published test keys"
    assert [e.channel for e in trace.events if isinstance(e, Reset)] == ["sam", "card"]
    assert {e.text for e in trace.events if isinstance(e, Note)} == {"decision", "clearing"}
    count = len(trace.events)
    stand.tap(make_card("tunion", bytes, balance=1000), NOW)
    assert len(tapped.events) > count
    stand.forget()
    alone = stand.tap(make_card("tunion", bytes, balance=1000), NOW)
    assert not any(isinstance(e, Reset) and e.channel == "sam" for e in alone.events)
    stand.close()


@pytest.mark.parametrize(
    ("sam", "card", "said"),
    [
        ("", "pcsc:0", "a reader's card, simulated PSAM and simulated terminal"),
        ("sam:bus-tunion", "x.json", "simulated card, simulated PSAM and simulated terminal"),
    ],
)
def test_where_a_trace_is_from(sam: str, card: str, said: str) -> None:
    with Stand("bus-tunion", StandSetup(sam=sam)) as stand:
        tapped = stand.tap(make_card("tunion", balance=1000), NOW)
    trace = tapped.trace(card, created=datetime(2020, 1, 1))  # noqa: DTZ001 - local time
    assert trace.header.provenance == said
    assert trace.header.created == "2020-01-01T00:00:00"


def test_seeds_make_it_repeatable() -> None:
    def run() -> object:
        with Stand("bus-tunion", StandSetup(seed=3)) as stand:
            return stand.tap(make_card("tunion", bytes, balance=900), NOW).trace("x")

    assert run() == run()


def test_a_torn_tap_is_settled_by_the_next_stand(tmp_path: Path) -> None:
    card = make_card("tunion", balance=1000)
    setup = StandSetup(state=tmp_path / "state")
    with Stand("bus-tunion", setup) as stand:
        torn = stand.tap(pulled(EngineLink(card), "debit"), NOW).result
    assert torn.decision.outcome == "retry"
    with Stand("bus-tunion", setup) as stand:
        settled = stand.tap(card, NOW).result
    assert settled.decision.recovered
    assert settled.decision.balance_after == 840
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == [
        "bus-tunion.journal", "bus-tunion.psam.json",
    ]  # fmt: skip


@pytest.mark.parametrize("shown", [True, False])
def test_a_stand_that_died_before_the_display_tells_the_same_card(
    tmp_path: Path, *, shown: bool
) -> None:
    card, setup = make_card("tunion", balance=1000), StandSetup(state=tmp_path)
    with Stand("bus-tunion", setup) as stand:
        assert stand.tap(card, NOW, shown=False).result.decision.amount == 160
        if shown:
            stand.tell()
            stand.tell()
    with Stand("bus-tunion", setup) as stand:
        again = stand.tap(card, NOW).result
    assert again.decision.already == (not shown)
    assert (again.clearing is None) == (not shown)
    with Stand("bus-tunion", setup) as stand:
        assert stand.tap(card, NOW).result.decision.amount == 160


def test_a_journal_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "taps"
    path.write_bytes(b"YKTJ1 no line of a journal\n")
    with Stand("bus-tunion", StandSetup(journal=path)) as stand:
        assert stand.notes == ("1 damaged places in the journal",)
        assert stand.tap(make_card("tunion", balance=1000), NOW).notes == ()
    assert path.read_bytes().startswith(b"YKTJ1 no line of a journal\nYKTJ1 00")


def test_one_state_is_one_terminals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.Lock.__init__, "__defaults__", (0.05,))
    setup = StandSetup(state=tmp_path)
    with (
        Stand("bus-tunion", setup),
        Stand("bus-upgraded", setup),  # another terminal in the same folder
        pytest.raises(LockedError, match=r"bus-tunion\.journal: in use by this process itself"),
    ):
        Stand("bus-tunion", setup)
    Stand("bus-tunion", setup).close()


def test_a_state_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("x")
    with pytest.raises(UsageError, match="s: no folder"):
        Stand("bus-tunion", StandSetup(state=tmp_path / "s"))


def test_one_psam_is_one_terminals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.Lock.__init__, "__defaults__", (0.05,))
    path = tmp_path / "sam.json"
    path.write_text(make_sam("bus-tunion").snapshot().to_json())
    setup = StandSetup(sam=f"sam:{path}")
    card = make_card("tunion", balance=1000)
    with Stand("bus-tunion", setup) as stand, Stand("bus-tunion", setup) as other:
        stand.tap(card, NOW)
        with pytest.raises(StorageError, match=r"sam\.json: in use by this process itself"):
            other.tap(card, NOW)


def serial(tapped: Tapped) -> str:
    assert tapped.result.clearing is not None
    return tapped.result.clearing.terminal_serial


def test_an_old_copy_of_the_psam_is_refused_and_a_new_one_goes_on(tmp_path: Path) -> None:
    setup = StandSetup(state=tmp_path)
    psam = tmp_path / "bus-tunion.psam.json"
    card = make_card("tunion", balance=1000)
    Stand("bus-tunion", setup).close()
    old = psam.read_bytes()
    with Stand("bus-tunion", setup) as stand:
        assert serial(stand.tap(card, NOW)) == "00000001"
    psam.write_bytes(old)
    said = r"bus-tunion\.psam\.json: its next transaction number is 00000001, and 00000001 is in"
    with pytest.raises(ImageError, match=said):
        Stand("bus-tunion", setup)
    psam.unlink()  # the remedy that the message names
    with Stand("bus-tunion", setup) as stand:
        assert serial(stand.tap(card, NOW)) == "00000002"


def test_a_new_psam_at_a_journal_of_ones_own_goes_on(tmp_path: Path) -> None:
    setup = StandSetup(journal=tmp_path / "journal")
    card = make_card("tunion", balance=1000)
    for number in ("00000001", "00000002"):
        with Stand("bus-tunion", setup) as stand:
            assert serial(stand.tap(card, NOW)) == number


def test_a_psam_without_a_checksum_is_read_and_that_is_said_once(tmp_path: Path) -> None:
    setup = StandSetup(state=tmp_path)
    psam = tmp_path / "bus-tunion.psam.json"
    Stand("bus-tunion", setup).close()
    body = json.loads(psam.read_text())
    seal = body.pop("sha256")
    psam.write_text(json.dumps(body))
    with Stand("bus-tunion", setup) as stand:
        assert stand.notes == (
            f"{psam}: has no checksum, as earlier versions wrote it; it is given one now",
        )
        assert stand.switch_on()
    assert json.loads(psam.read_text())["sha256"] == seal
    with Stand("bus-tunion", setup) as stand:
        assert stand.notes == ()


def test_a_card_that_cannot_be_saved_leaves_a_torn_tap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "card.json"
    save_card(path, make_card("tunion", balance=1000).snapshot())
    before = path.read_bytes()
    setup = StandSetup(state=tmp_path)
    real = disk.replace

    def full(lock: disk.Lock, *words: Any, **more: Any) -> None:
        if lock.path.name == "card.json":
            raise OSError(28, "No space left on device")
        real(lock, *words, **more)

    with Stand("bus-tunion", setup) as stand:
        with monkeypatch.context() as patch:
            patch.setattr(disk, "replace", full)
            torn = stand.tap(card_in_file(path), NOW)
        assert torn.result.decision.outcome == "retry"
        assert torn.notes == (
            f"{path}: cannot be saved: No space left on device; no answer is given",
        )
        assert path.read_bytes() == before
        again = stand.tap(card_in_file(path), NOW)
    assert again.result.decision.balance_after == 840
    assert again.notes == ()
    assert load_card(path) != before


@pytest.mark.parametrize("line", [1, 2])
def test_a_journal_that_cannot_be_written_accepts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: int
) -> None:
    card, setup = make_card("tunion", balance=1000), StandSetup(state=tmp_path)
    real, lines = JournalFile.append, iter(range(1, 9))

    def full(file: JournalFile, data: bytes) -> None:
        if next(lines) >= line:
            raise JournalError("bus-tunion.journal: No space left on device")
        real(file, data)

    with monkeypatch.context() as patch, Stand("bus-tunion", setup) as stand:
        patch.setattr(JournalFile, "append", full)
        with pytest.raises(UnfinishedError, match="No space left on device; the tap broke off"):
            stand.tap(card, NOW)
    with Stand("bus-tunion", setup) as stand:
        found = stand.tap(card, NOW).result
    assert found.decision.balance_after == 840  # paid once, before it broke off or now
    assert found.decision.recovered == (line == 2)


def test_a_damaged_psam_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bus-tunion.psam.json"
    path.write_text("{")
    with pytest.raises(ImageError, match=str(path)):
        Stand("bus-tunion", StandSetup(state=tmp_path))


def test_a_psam_in_a_file_counts_on(tmp_path: Path) -> None:
    path = tmp_path / "sam.json"
    path.write_text(make_sam("bus-tunion").snapshot().to_json())
    before = path.read_text()
    with Stand("bus-tunion", StandSetup(sam=f"sam:{path}")) as stand:
        assert stand.tap(make_card("tunion", balance=1000), NOW).result.clearing is not None
    assert path.read_text() != before


def test_a_wrong_psam_is_out_of_service() -> None:
    with Stand("bus-tunion", StandSetup(sam="null:")) as stand:
        assert not stand.switch_on()
    with pytest.raises(UsageError, match="starts with one of pcsc:, sam:, tcp:"):
        Stand("bus-tunion", StandSetup(sam="sim:dual"))


def test_a_card_that_cannot_be_reached() -> None:
    class Absent(NullLink):
        closed = False

        def power_on(self) -> bytes:
            raise LinkError("no card")

        def close(self) -> None:
            self.closed = True

    card = Absent()
    with Stand("bus-tunion") as stand, pytest.raises(LinkError, match="no card"):
        stand.tap(card, NOW)
    assert card.closed


@pytest.mark.parametrize(("when", "exchanges"), [("0", 0), ("1", 0), ("3", 2)])
def test_a_card_pulled_at_a_command(when: str, exchanges: int) -> None:
    with Stand("bus-tunion") as stand:
        tapped = stand.tap(pulled(EngineLink(make_card("tunion", balance=900)), when), NOW)
    assert tapped.result.decision.outcome == "retry"
    found = [e for e in tapped.events if isinstance(e, Exchange) and e.channel == "card"]
    assert len(found) == exchanges


def test_words_that_pull_nothing() -> None:
    link = NullLink()
    assert pulled(link, "") is link
    for wrong in ("-1", "x", "DEBIT", "²"):
        with pytest.raises(UsageError, match="tear at a number"):
            pulled(link, wrong)


def test_a_name_that_is_no_file_name(tmp_path: Path) -> None:
    import msgspec  # noqa: PLC0415

    profile = msgspec.structs.replace(load_terminal_profile("bus-tunion"), name="../x")
    with pytest.raises(UsageError, match="cannot be part of a file name"):
        Stand(profile, StandSetup(state=tmp_path))


def test_a_repeatable_clock_ticks_by_the_look() -> None:
    clock = make_clock(1)
    assert [clock(), clock(), clock()] == [0.0, 0.001, 0.002]
    real = make_clock(None)
    assert real() <= real()
