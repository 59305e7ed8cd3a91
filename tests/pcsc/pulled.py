"""Run in a world: cards in files, each pulled out of the reader at one command of its tap.

``python pulled.py FOLDER PROFILE before|after FIRST STEP`` makes a new card for each number
from FIRST on, every STEP. It is pulled before its n-th command reaches it, or after the
command was carried out and before the answer is out; then it comes back whole. One line of
JSON a card says what was on it and what the terminal had reported (to FOLDER/taps.jsonl)
after each visit; the numbers end with the first card that was not pulled.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ykt_sim.bench import images
from ykt_sim.bench.chance import rng
from ykt_sim.bench.kept.saved import SavedLink
from ykt_sim.bench.make import make_card
from ykt_sim.card import Card, CardImage
from ykt_sim.card.describe import describe
from ykt_sim.transport import EngineLink, FaultLink, Link
from ykt_sim.transport.address import Address
from ykt_sim.transport.pcsc_readers import list_readers
from ykt_sim.transport.vpcd import HOST, PORT, VirtualSlot

PATIENCE = 90.0
BALANCE = 5000


def until(what: Callable[[], object], why: str) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            raise SystemExit(f"not within {PATIENCE:g} s: {why}")
        time.sleep(0.02)


def said(folder: Path) -> list[dict[str, Any]]:
    path = folder / "taps.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def empty() -> bool:
    """The service itself has looked and seen that the card is gone.

    After a failed command the reader is called empty at once. A card that comes back before
    the service has looked is never seen: coming and going must both have been counted.
    """
    reader = list_readers()[0]
    return "EMPTY" in reader.states and reader.count % 2 == 0


def visit(link: Link, folder: Path) -> dict[str, Any]:
    """Show a card until the terminal has reported; gives what it reported."""
    before = len(said(folder))
    slot = VirtualSlot(Address(HOST, PORT), link)
    thread = threading.Thread(target=slot.run)
    thread.start()
    try:
        until(lambda: len(said(folder)) > before, "the terminal reports")
    finally:
        slot.stop()
        thread.join()
    until(empty, "the reader is empty")
    (report,) = said(folder)[before:]
    return report


def money(path: Path) -> int:
    """What is on the card in the file, fen; the file must be whole."""
    card = describe(CardImage.from_json(path.read_text()))
    purses = [purse for folder in card["directories"] for purse in folder["purses"]]
    return int(purses[0]["balance"])


def main(folder: Path, profile: str, mode: str, first: int, step: int) -> None:
    number = first
    while True:
        path = folder / f"{mode}-{number}.json"
        images.save_card(path, make_card(profile, balance=BALANCE).snapshot())

        def card(path: Path = path) -> Link:
            engine = Card(images.load_card(path), rng(None))
            return SavedLink(EngineLink(engine), engine, path)

        fault = FaultLink(card(), **{mode: number})
        torn = visit(fault, folder)
        between = money(path)
        pulled = fault.count >= number
        back = visit(card(), folder) if pulled else {}
        line = {"number": number, "pulled": pulled, "torn": torn, "between": between,
                "back": back, "after": money(path)}  # fmt: skip
        print(json.dumps(line), flush=True)  # noqa: T201 - its output
        if not pulled:
            return
        number += step


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
