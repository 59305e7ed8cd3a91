"""The journal's files: appended, cut back to what is whole, cut into segments."""

from __future__ import annotations

import errno
import itertools
import os
from pathlib import Path

import pytest

from tests.bench.kept.crash import Death, Killed, dying
from tests.terminal.test_journal import ENTRIES, JOURNAL, LINES, end, record
from ykt_sim.bench.kept import disk, journal
from ykt_sim.bench.kept.journal import LIMIT, JournalFile
from ykt_sim.errors import JournalError, LockedError, UsageError
from ykt_sim.terminal.journal import Checkpoint, Entry, Pending, Recovered, encode, reread

TORN_CARD = "3104870300000000001"


def recovered(path: Path, limit: int = LIMIT) -> Recovered:
    file = JournalFile(path, limit=limit)
    file.close()
    return file.recovered


def filled(path: Path, entries: tuple[Entry, ...] = ENTRIES, limit: int = LIMIT) -> None:
    file = JournalFile(path, limit=limit)
    for entry in entries:
        file.append(encode(entry))
    file.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_append_and_read(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    file = JournalFile(path)
    assert file.recovered.entries == ()
    for line in LINES[:3]:
        file.append(line)
    file.close()
    file.close()
    again = JournalFile(path)
    assert again.recovered.entries == ENTRIES[:3]
    for line in LINES[3:]:
        again.append(line)
    again.close()
    assert path.read_bytes() == JOURNAL
    assert names(tmp_path) == ["journal"]


def test_a_new_journal_is_for_its_owner_only_and_an_old_one_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    filled(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    file = JournalFile(path, limit=1)
    file.close()
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "journal.000001").stat().st_mode & 0o777 == 0o600


def test_what_a_kill_left_of_a_line_is_cut_off_at_every_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)  # a thousand of them
    path = tmp_path / "journal"
    for cut in range(len(LINES[1])):
        path.unlink(missing_ok=True)
        path.write_bytes(LINES[0] + LINES[1][:cut])
        file = JournalFile(path)
        file.append(LINES[3])
        file.close()
        assert path.read_bytes() == LINES[0] + LINES[3]


def test_nothing_else_is_ever_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    damaged = LINES[0] + b"something else\n" + LINES[1][:40] + b"\n"
    path.write_bytes(damaged)
    assert recovered(path).entries == ENTRIES[:1]
    assert path.read_bytes() == damaged


def test_what_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text('{"format": "ykt-card"}')
    with pytest.raises(JournalError, match=r"card\.json: no journal"):
        JournalFile(path)
    assert path.read_text() == '{"format": "ykt-card"}'
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(UsageError, match="no regular file"):
        JournalFile(fifo)
    assert names(tmp_path) == ["card.json", "fifo"]


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="journal"):
        JournalFile(tmp_path / "none" / "journal")
    with pytest.raises(UsageError, match=tmp_path.name):
        JournalFile(tmp_path)
    file = JournalFile(tmp_path / "journal")
    file.close()
    with pytest.raises(JournalError):
        file.append(b"x")


def test_nobody_else_has_it_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal.disk.Lock.__init__, "__defaults__", (0.05,))
    file = JournalFile(tmp_path / "journal")
    with pytest.raises(LockedError, match=r"journal: in use by this process itself, waited"):
        JournalFile(tmp_path / "journal")
    file.close()
    JournalFile(tmp_path / "journal").close()


def test_a_line_that_does_not_fit_leaves_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    file = JournalFile(path)
    file.append(LINES[0])
    real = os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(handle, data[:-10])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(JournalError, match="journal: No space left on device"):
            file.append(LINES[1])
    assert path.read_bytes() == LINES[0]
    file.append(LINES[3])
    file.close()
    assert path.read_bytes() == LINES[0] + LINES[3]


# -- segments --------------------------------------------------------------------------


def taps(first: int, count: int) -> list[Entry]:
    """Settled taps, with the sequence numbers and PSAM numbers that belong to them."""
    pairs = ((Pending(record(number)), end(number)) for number in range(first, first + count))
    return list(itertools.chain.from_iterable(pairs))


def test_a_long_journal_is_cut_and_a_checkpoint_knows_what_it_knew(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    torn = Pending(record(1, TORN_CARD))
    entries = (torn, *taps(2, 40))
    filled(path, entries)
    whole = path.read_bytes()
    before = recovered(path)
    assert recovered(path, limit=len(whole)) == before
    assert names(tmp_path) == ["journal", "journal.000001"]
    assert (tmp_path / "journal.000001").read_bytes() == whole
    after = recovered(path)
    assert after.pending == before.pending == {torn.key: torn}
    assert after.next_sequence == before.next_sequence == 42
    assert after.serials == before.serials == {"413158100102": 0x2A}
    assert after.entries == (Checkpoint(42, after.serials, (torn,)),)
    assert after.damaged == ()
    assert path.stat().st_size < 1200


def test_segment_after_segment(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = taps(1, 60)
    file = JournalFile(path, limit=9000)
    for number, entry in enumerate(entries):
        file.append(encode(entry))
        if number % 2:
            file.rotate()
    file.close()
    older = sorted(one for one in tmp_path.iterdir() if one != path)
    assert len(older) > 3
    found = [entry for one in older for entry in own(one)] + own(path)
    assert found == entries
    assert recovered(path).next_sequence == 61
    assert path.stat().st_size < 30_000


def own(path: Path) -> list[Entry]:
    """Entries of a segment behind its checkpoint."""
    return [e for e in reread(path.read_bytes()).entries if not isinstance(e, Checkpoint)]


def test_a_damaged_checkpoint_is_made_good_by_the_segment_before(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    torn = Pending(record(1, TORN_CARD))
    filled(path, (torn, *taps(2, 10)))
    recovered(path, limit=1)
    recovered(path, limit=1 << 30)
    filled(path, tuple(taps(12, 10)))
    recovered(path, limit=1)
    filled(path, tuple(taps(22, 1)))
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    found = recovered(path)
    assert found.damaged
    assert found.pending == {torn.key: torn}
    assert found.next_sequence == 23
    recovered(path, limit=1)  # and the next checkpoint knows it too
    assert recovered(path).pending == {torn.key: torn}


def test_a_segment_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    filled(path)
    (tmp_path / "journal.000007").write_text("mine")
    (tmp_path / "journal.old").write_text("mine")
    recovered(path, limit=1)
    assert (tmp_path / "journal.000007").read_text() == "mine"
    assert (tmp_path / "journal.000008").read_bytes() == JOURNAL


def test_without_room_for_a_new_segment_the_old_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    filled(path)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(disk, "replace", full)
        file = JournalFile(path, limit=1)
    file.append(LINES[0])
    file.close()
    assert path.read_bytes() == JOURNAL + LINES[0]


def test_a_kill_at_any_moment_of_a_rotation_loses_nothing(tmp_path: Path) -> None:
    """Each piece written and each rename, sync and removal is the last one, once.

    A byte is a piece in ``python -m tests.tools.kills --rotation``.
    """
    assert rotation_moments(tmp_path, piece=97) > 60


def rotation_moments(tmp_path: Path, piece: int) -> int:
    """Die at every moment of a rotation; gives how many there are."""
    entries = (Pending(record(1, TORN_CARD)), *taps(2, 2))
    moments = 0
    for at in itertools.count():
        folder = tmp_path / "s"
        folder.mkdir()
        path = folder / "journal"
        path.write_bytes(b"".join(map(encode, entries)))
        with dying(Death(at, piece)) as death:
            try:
                JournalFile(path, limit=1).close()
            except Killed:
                moments += 1
        file = JournalFile(path, limit=1 << 30)
        assert file.recovered.pending.keys() == {entries[0].key}, at  # type: ignore[union-attr]
        assert file.recovered.next_sequence == 4, at
        assert file.recovered.damaged == (), at
        file.append(encode(end(1)))
        file.close()
        after = recovered(path, limit=1)
        assert after.pending == {}, at
        older = sorted(one for one in folder.iterdir() if one != path and one.suffix != ".part")
        found = [entry for one in older for entry in own(one)] + own(path)
        assert found == [*entries, end(1)], at
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()
        if not death.came:
            break
    return moments
