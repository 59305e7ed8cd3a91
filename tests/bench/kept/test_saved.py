"""Cards in files: saved before an answer is out."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from ykt_sim.bench import images
from ykt_sim.bench.kept import disk
from ykt_sim.bench.kept.saved import SavedCardLink
from ykt_sim.bench.make import SimCardLink, make_card
from ykt_sim.bench.simulated import card_in_file, sam_in_file
from ykt_sim.card import Card
from ykt_sim.errors import CardRemovedError, StorageError, UsageError

SELECT = bytes.fromhex("00A4040008A000000632010105")
#: A PIN that is wrong costs a try: the smallest thing that changes a card.
WRONG_PIN = bytes.fromhex("0020000003999999")


def saved(path: Path) -> tuple[SavedCardLink, Card]:
    card = make_card("tunion", balance=100)
    images.save_card(path, card.snapshot())
    return SavedCardLink(SimCardLink(card), card, path), card


def test_the_file_is_up_to_date_when_the_answer_is_out(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    link, card = saved(path)
    link.power_on()
    before = path.stat().st_mtime_ns, path.read_bytes()
    assert link.transmit(SELECT)[-2:] == b"\x90\x00"
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before  # nothing to save
    link.transmit(WRONG_PIN)
    assert path.read_bytes() != before[1]
    assert images.load_card(path) == card.snapshot()
    link.close()


def test_a_torn_card_is_saved_as_it_comes_up_again(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    for write in range(1, 6):
        link, card = saved(path)
        link.power_on()
        link.transmit(SELECT)
        link.tear(write)
        with suppress(CardRemovedError):
            link.transmit(WRONG_PIN)
        assert images.load_card(path) == card.snapshot()
        link.close()


def test_what_a_simulated_card_can_do_besides_is_there(tmp_path: Path) -> None:
    link, _ = saved(tmp_path / "card.json")
    assert link.facts()["profile"] == "tunion"
    with pytest.raises(AttributeError):
        _ = link.nothing


# -- one at a time, and never what the file does not hold ---------------------------------


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_answer_that_cannot_be_saved_is_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "card.json"
    link, card = saved(path)
    before = images.load_card(path)
    link.power_on()
    link.transmit(SELECT)
    with monkeypatch.context() as patch:
        patch.setattr(disk, "replace", full)
        with pytest.raises(StorageError, match=r"card\.json: cannot be saved: No space left"):
            link.transmit(WRONG_PIN)
        with pytest.raises(CardRemovedError):
            link.transmit(SELECT)
    assert images.load_card(path) == before
    link.power_on()
    assert card.snapshot() == before  # the file is the card
    link.transmit(SELECT)
    link.transmit(WRONG_PIN)
    assert images.load_card(path) == card.snapshot() != before
    link.close()


def test_a_card_is_in_one_field_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.Lock.__init__, "__defaults__", (0.05,))
    path = tmp_path / "card.json"
    link, _ = saved(path)
    other = card_in_file(path)
    link.power_on()
    link.power_on()
    with pytest.raises(StorageError, match=r"card\.json: in use by this process itself"):
        other.power_on()
    with pytest.raises(CardRemovedError):
        other.transmit(SELECT)
    link.transmit(SELECT)
    link.transmit(WRONG_PIN)
    after = images.load_card(path)
    link.close()
    other.power_on()  # and what the first one did is known
    other.transmit(SELECT)
    assert other.transmit(WRONG_PIN) == b"\x63\xc1"
    assert images.load_card(path) != after
    other.close()
    link.power_on()
    link.transmit(SELECT)
    assert link.transmit(WRONG_PIN) == b"\x63\xc0"
    link.close()
    assert [one.name for one in tmp_path.iterdir()] == ["card.json"]


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), ("{", "damaged"), ("[]", "card image expected")]
)
def test_a_file_that_is_no_card_any_more(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "card.json"
    link, _ = saved(path)
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(StorageError, match=rf"card\.json: .*{said}"):
        link.power_on()
    images.save_card(path, make_card("tunion", balance=7).snapshot())
    link.power_on()
    link.close()


@pytest.mark.parametrize("there", [True, False])
def test_what_another_program_put_there_is_not_overwritten(tmp_path: Path, *, there: bool) -> None:
    """One that knows no lock: an editor, a copy, a backup brought back."""
    path, other = tmp_path / "card.json", tmp_path / "other.json"
    link, card = saved(path)
    images.save_card(other, make_card("tunion", balance=7).snapshot())
    link.power_on()
    link.transmit(SELECT)
    path.unlink()
    if there:
        other.rename(path)
    with pytest.raises(StorageError, match="another program changed it" if there else "No such"):
        link.transmit(WRONG_PIN)
    assert path.exists() == there
    if there:
        assert link.power_on()
        assert card.snapshot() == images.load_card(path)
        link.close()


def test_what_is_no_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.json")
    for opened in (card_in_file, sam_in_file):
        with pytest.raises(UsageError, match=r"fifo\.json: no regular file"):
            opened(tmp_path / "fifo.json")


def test_an_image_is_for_its_owner_only(tmp_path: Path) -> None:
    link, _ = saved(tmp_path / "card.json")
    assert (tmp_path / "card.json").stat().st_mode & 0o777 == 0o600
    link.power_on()
    link.transmit(SELECT)
    link.transmit(WRONG_PIN)
    link.close()
    assert (tmp_path / "card.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("durable", [True, False])
def test_who_does_not_wait_for_the_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, durable: bool
) -> None:
    path = tmp_path / "card.json"
    saved(path)
    link = card_in_file(path, durable=durable)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    link.power_on()
    link.transmit(SELECT)
    link.transmit(WRONG_PIN)
    link.close()
    assert bool(synced) == durable
