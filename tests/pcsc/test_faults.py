"""Cards and services that misbehave at PC/SC: clear verdicts, no hang, no lost money."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import pcscd
from tests.pcscd import PATIENCE, World, until

pcscd.require()

NUMBER = "3104870300000000017"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A service of each test's own: some kill it, some leave it stuck."""
    folder = tmp_path / "pcscd"
    folder.mkdir()
    with World(folder) as found:
        yield found


def cases(text: str) -> list[dict[str, Any]]:
    return list(json.loads(text)["cases"])


#: Serves a card whose link misbehaves, in this process's virtual reader.
SERVE = """
import sys, time
from ykt_sim.bench import make_card
from ykt_sim.transport import EngineLink
from ykt_sim.transport.address import Address
from ykt_sim.transport.vpcd import HOST, PORT, VirtualSlot

class Bad(EngineLink):
    said = 0
    def transmit(self, apdu):
        Bad.said += 1
        if {after} < Bad.said:
            {what}
        return super().transmit(apdu)

VirtualSlot(Address(HOST, PORT), Bad(make_card("dual", balance=10000)), say=print).run()
"""


def bad_card(world: World, what: str, after: int = 0) -> None:
    child = world.start(sys.executable, "-u", "-c", SERVE.format(what=what, after=after))
    until(lambda: "ATR" in world.ykt("reader", "list").stdout or child.poll(), "the card is seen")


def test_a_card_that_speaks_garbage(world: World) -> None:
    """Garbage as status words is judged; what is no answer at all is an error."""
    bad_card(world, "return bytes((Bad.said * 37 % 256, 0xEE, Bad.said % 7))")
    done = world.ykt("conform", "card", "--target", "pcsc:0", "--ics", "dual", "--json",
                     "--case", "C-0101", "--case", "C-0301", "--case", "C-0403")  # fmt: skip
    assert done.returncode in (1, 2), done.stderr
    assert {one["verdict"] for one in cases(done.stdout)} <= {"FAIL", "INCONCLUSIVE"}
    assert "Traceback" not in done.stderr
    shown = world.ykt("card", "show", "pcsc:0")
    assert shown.returncode == 0
    assert "yuan" not in shown.stdout


def test_a_card_that_answers_one_byte(world: World) -> None:
    bad_card(world, "return b'X'")
    shown = world.ykt("card", "show", "pcsc:0")
    assert (shown.returncode, "1 byte(s) of an answer" in shown.stderr) == (1, True), shown.stderr


def test_a_card_that_never_answers(world: World) -> None:
    """Every wait ends: of the command, of the next case, of the whole run."""
    bad_card(world, "time.sleep(600)", after=3)
    begun = time.monotonic()
    done = world.ykt("conform", "card", "--target", "pcsc:0?wait=1", "--ics", "dual", "--json",
                     "--timeout", "0.5")  # fmt: skip
    assert time.monotonic() - begun < PATIENCE
    found = cases(done.stdout)
    assert done.returncode in (1, 2)
    assert found[0]["verdict"] in ("PASS", "FAIL", "INCONCLUSIVE")
    assert any("no answer within 0.5 s" in one["reason"] for one in found)
    tried = [one["reason"] for one in found if "cannot give" not in one["reason"]]
    assert "lost in 3 cases in a row" in tried[-1]
    assert not any(one["verdict"] == "PASS" for one in found[5:])


def test_the_service_is_killed_and_comes_back(world: World, tmp_path: Path) -> None:
    """The cases it hits are ERROR with a reason; the run goes on, the image stays sound."""
    made = world.ykt("card", "new", "--profile", "dual", "--balance", "100", "--out",
                     str(tmp_path / "card.json"))  # fmt: skip
    assert made.returncode == 0
    with world.serving(str(tmp_path / "card.json"), cwd=tmp_path) as _:
        run = world.start(
            *pcscd.YKT, "conform", "card", "--target", "pcsc:0", "--ics", "dual", "--allow-writes",
            "--number", NUMBER, "--out", str(tmp_path / "report"), "--timeout", "2",
            "--select", 'group != "sweeps"',  # they take as long again as all others
        )  # fmt: skip
        control = ("--control", str(tmp_path / "control"))

        def commands() -> int:
            told = world.ykt("card", "slots", *control, "--json").stdout
            return int(json.loads(told)["slots"][0]["commands"])

        until(lambda: commands() > 100, "the run is under way")
        world.stop_service()
        assert run.poll() is None
        world.start_service()
        said = run.communicate(timeout=4 * PATIENCE)[0]
    found = cases((tmp_path / "report" / "results.json").read_text())
    errors = [one for one in found if one["verdict"] == "ERROR"]
    # None when it hit between two cases: connecting waits for the service to be back.
    assert len(errors) <= 3, said[-2000:]
    for one in errors:
        named = [word in one["reason"] for word in ("PC/SC", "reader", pcscd.READER)]
        assert any(named), one["reason"]
    assert sum(one["verdict"] == "PASS" for one in found) > 250
    assert found[-1]["verdict"] == "PASS"
    shown = world.ykt("card", "show", str(tmp_path / "card.json"))
    assert (shown.returncode, "balance" in shown.stdout) == (0, True), shown.stderr


def test_two_clients_at_once(world: World, tmp_path: Path) -> None:
    """Who is alone stays alone; who shares is told when the other reset the card."""
    hold = (
        "from ykt_sim.transport.pcsc import PcscLink\nimport sys\n"
        "link = PcscLink('0', share={share!r}, wait_s=10)\nlink.power_on()\n"
        "print('held', flush=True)\n"
        "for line in sys.stdin:\n"
        "    try:\n"
        "        print(link.transmit(bytes.fromhex(line)).hex() if line.strip() else"
        " link.power_on().hex(), flush=True)\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__, error, flush=True)\n"
    )
    with world.serving("sim:dual?balance=10000", cwd=tmp_path):
        alone = world.start(sys.executable, "-u", "-c", hold.format(share="exclusive"))
        assert alone.stdout is not None
        assert alone.stdin is not None
        assert alone.stdout.readline() == "held\n"
        second = world.ykt("card", "show", "pcsc:0")
        assert (second.returncode, "another program uses the card" in second.stderr) == (1, True)
        alone.stdin.close()
        alone.wait(PATIENCE)
        one, two = (world.start(sys.executable, "-u", "-c", hold.format(share="shared"))
                    for _ in range(2))  # fmt: skip
        for child in (one, two):
            assert child.stdout is not None
            assert child.stdout.readline() == "held\n"

        def say(child: Any, line: str) -> str:
            child.stdin.write(line + "\n")
            child.stdin.flush()
            return str(child.stdout.readline())

        assert say(one, "00A4040008A000000632010105").endswith("9000\n")
        assert say(two, "805C000204") == "000027109000\n"  # the card is the same for both
        assert say(two, "").startswith("3b8a")
        assert "another program reset the card" in say(one, "805C000204")


def test_a_reader_of_that_name_is_not_there(world: World) -> None:
    done = world.ykt("card", "show", "pcsc:omnikey")
    assert (done.returncode, "no reader has 'omnikey'" in done.stderr) == (1, True)
    world.stop_service()
    for words in (("reader", "list"), ("reader", "info"), ("card", "show", "pcsc:0")):
        gone = world.ykt(*words)
        assert (gone.returncode, "service does not run" in gone.stderr) == (1, True), gone.stderr
