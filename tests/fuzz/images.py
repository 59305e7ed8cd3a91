"""Images of cards and PSAMs, and journals: files that hold money, damaged or made up.

A checksum keeps the fuzzer out, so each input is also tried with the right one: what is read
then must work, not only be read.
"""

from __future__ import annotations

import hashlib
import json
from binascii import crc32
from collections.abc import Iterator
from contextlib import suppress

from tests.card.support import counting, made
from tests.card.test_fuzz import PROFILES, SEEDS, image_of
from tests.fuzz.engines import answered
from tests.fuzz.target import Target, as_file, refused
from tests.terminal.test_journal import ENTRIES
from ykt_sim.bench.images import load_card, load_sam
from ykt_sim.bench.kept.journal import JournalFile
from ykt_sim.bench.make import make_sam, make_terminal
from ykt_sim.card import Card, CardImage
from ykt_sim.card.describe import describe, list_keys
from ykt_sim.errors import JournalError, YktError
from ykt_sim.sam import SamImage
from ykt_sim.terminal.journal import MARK, checkpoint, decode, encode, reread

#: Journal lines of one input that are given a right head.
_LINES = 20


def _resealed(data: bytes) -> bytes | None:
    """A card image with the checksum that its cells have; None where there are none."""
    try:
        body = json.loads(data)
        cells = body["cells"]
        text = json.dumps(cells, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        body["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        return json.dumps(body).encode()
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def check_card_image(data: bytes) -> None:
    """An image as it is, and with its checksum made right."""
    for text in (data, _resealed(data)):
        if text is not None:
            _card_image(text)


def _card_image(data: bytes) -> None:
    try:
        image = load_card(as_file("card.json", data))
    except YktError as error:
        refused(error)
        return
    assert CardImage.from_json(image.to_json()) == image
    assert describe(image)
    list_keys(image)
    card = Card(image, counting())
    card.power_on()
    for command in SEEDS:
        answered(card.process(command), named=False)
    card.snapshot().check()


def card_image_seeds() -> Iterator[bytes]:
    """Shipped cards, empty and with money."""
    for name in PROFILES:
        yield image_of(name).to_json().encode()
    yield made("tunion", balance=0).to_json().encode()


def check_psam_image(data: bytes) -> None:
    """An image as it is, and without its checksum."""
    texts = [data]
    with suppress(ValueError, TypeError, AttributeError, RecursionError):
        body = json.loads(data)
        body.pop("sha256", None)
        texts.append(json.dumps(body).encode())
    for text in texts:
        _psam_image(text)


def _psam_image(data: bytes) -> None:
    try:
        psam = load_sam(as_file("sam.json", data), counting())
    except YktError as error:
        refused(error)
        return
    assert SamImage.from_json(psam.snapshot().to_json()) == psam.snapshot()
    psam.power_on()
    for command in _SAM_COMMANDS:
        answered(psam.process(command))
    psam.snapshot().check()


_SAM_COMMANDS = tuple(
    bytes.fromhex(line)
    for line in (
        "00A40000023F00", "00B0950000", "00B0960000", "00A40000028011", "00B0970000",
        "00A40000028012", "00B0970000", "8070000024" + "00" * 0x24 + "08",
        "807000001C" + "00" * 0x1C + "08", "8072000004" + "00" * 4, "00C0000008", "0084000008",
    )
)  # fmt: skip


def psam_image_seeds() -> Iterator[bytes]:
    """Shipped PSAMs."""
    for name in ("bus-upgraded", "bus-legacy", "load-point"):
        yield make_sam(name, counting()).snapshot().to_json().encode()


def check_journal(data: bytes) -> None:
    """A journal as it is, and its lines as bodies under a right head."""
    bodies = data.split(b"\n")[:_LINES]
    framed = b"".join(
        b"%b%08X %08X %b\n" % (MARK, len(body), crc32(body), body)
        for body in (line.partition(b"{")[1] + line.partition(b"{")[2] for line in bodies)
    )
    for text in (data, framed):
        _journal(text)


def _journal(data: bytes) -> None:
    found = reread(data)
    assert found.next_sequence > 0
    again = reread(checkpoint(found))
    assert not again.damaged
    assert again._replace(entries=(), good=0) == found._replace(entries=(), good=0, damaged=())
    for entry in found.entries:
        assert decode(encode(entry)) == entry
    path = as_file("journal", data)
    try:
        journal = JournalFile(path, durable=False)
    except YktError as error:
        refused(error, JournalError)
        return
    try:
        journal.append(encode(ENTRIES[0]))
    finally:
        journal.close()
    kept = reread(path.read_bytes())
    assert kept.entries[-1] == ENTRIES[0], "a line that was written is not read"
    try:
        make_terminal("bus-upgraded", journal.recovered)
    except YktError as error:
        refused(error, JournalError)


def journal_seeds() -> Iterator[bytes]:
    """Whole journals and their single lines."""
    lines = [encode(entry) for entry in ENTRIES]
    yield b"".join(lines)
    yield checkpoint(reread(b"".join(lines[:4]))) + b"".join(lines[4:])
    yield from lines
    yield b"".join(lines)[:-20] + lines[0]


TARGETS = (
    Target("card-image", check_card_image, card_image_seeds, 32768),
    Target("psam-image", check_psam_image, psam_image_seeds, 8192),
    Target("journal", check_journal, journal_seeds, 8192),
)
