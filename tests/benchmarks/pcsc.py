"""Through the system's PC/SC: a purse command against a null card, whole taps, and the delay.

The service, our cards and the client are processes of their own, in namespaces of their own.
Null card and real card stand in two slots of one reader and are asked in turn, so that both
meet the same machine. The client is ours (`transport.pcsc`).
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.pcscd import World, missing

#: Commands in turn, and how often; with the delay each takes some 48 ms.
ROUNDS = 800
SLOW_ROUNDS = 20

#: Asks both cards in turn; prints the medians in µs.
_CLIENT = """
import json, statistics, sys, time
from ykt_sim.transport.pcsc import PcscLink
rounds = int(sys.argv[1])
links = [PcscLink("0", wait_s=20), PcscLink("1", wait_s=20)]
null, card = links
null.power_on()
card.power_on()
select = bytes.fromhex("00A4040008A000000632010105")
assert card.transmit(select)[-2:] == b"\\x90\\x00"
commands = {
    "null": (null, bytes.fromhex("805003020B0100000064010203040506")),
    "initialize": (card, bytes.fromhex("805003020B0100000064010203040506")),
    "balance": (card, bytes.fromhex("805C000204")),
    "null again": (null, bytes.fromhex("805003020B0100000064010203040506")),
}
times = {name: [] for name in commands}
for _ in range(rounds):
    for name, (link, apdu) in commands.items():
        begun = time.perf_counter()
        answer = link.transmit(apdu)
        times[name].append(time.perf_counter() - begun)
        assert answer[-2:] == b"\\x90\\x00", (name, answer.hex())
for link in links:
    link.close()
print(json.dumps({name: statistics.median(one) * 1e6 for name, one in times.items()}))
"""

_TAPS = """
import statistics, sys, time
from ykt_sim.bench.make import make_sam, make_terminal
from ykt_sim.bench.tap import MemoryJournal, run_tap, start
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.transport import EngineLink
from ykt_sim.transport.pcsc import PcscLink
profile = load_terminal_profile("bus-tunion")
sam = EngineLink(make_sam(profile))
machine = make_terminal(profile)
start(machine, sam)
card = PcscLink("1", wait_s=20)
times = []
for _ in range(int(sys.argv[1])):
    begun = time.perf_counter()
    card.power_on()
    result = run_tap(machine, card, sam, now="20241101080000", journal=MemoryJournal())
    times.append(time.perf_counter() - begun)
    assert result.decision.outcome == "accepted", result
card.close()
print(1 / statistics.median(times))
"""


def _client(world: World, script: str, rounds: int) -> str:
    done = world.run(sys.executable, "-c", script, str(rounds), seconds=300)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _figures(world: World, folder: Path, rounds: int, *more: str) -> tuple[dict[str, float], float]:
    """Medians in µs, and taps per second."""
    cards = ("null:", "sim:tunion?balance=100000")
    with world.serving(*cards, *more, cwd=folder):
        medians: dict[str, float] = json.loads(_client(world, _CLIENT, rounds))
        taps = float(_client(world, _TAPS, max(10, rounds // 8)))
    return medians, taps


def _saved(world: World, folder: Path) -> float:
    """Taps per second at a card that is in a file and saved before each answer."""
    path = folder / "card.json"
    words = ("card", "new", "--profile", "tunion", "--balance", "1000", "--out", str(path))
    made = world.ykt(*words)
    if made.returncode:
        raise RuntimeError(made.stderr)
    with world.serving("null:", str(path), cwd=folder):
        return float(_client(world, _TAPS, 100))


def through_pcsc() -> dict[str, Any] | str:
    """All figures, or why there are none here."""
    why = missing()
    if why:
        return why
    with tempfile.TemporaryDirectory() as name, World(Path(name)) as world:
        folder = Path(name)
        quick, taps = _figures(world, folder, ROUNDS)
        slow, slow_taps = _figures(world, folder, SLOW_ROUNDS, "--slow")
        saved = _saved(world, folder)
    null = (quick["null"] + quick["null again"]) / 2
    return {
        "pcsc_null_us": null,
        "pcsc_balance_us": quick["balance"],
        "pcsc_initialize_us": quick["initialize"],
        "pcsc_balance_ratio": quick["balance"] / null,
        "pcsc_initialize_ratio": quick["initialize"] / null,
        "pcsc_taps_per_second": taps,
        "pcsc_saved_taps_per_second": saved,
        "pcsc_slow_null_us": (slow["null"] + slow["null again"]) / 2,
        "pcsc_slow_taps_per_second": slow_taps,
    }
