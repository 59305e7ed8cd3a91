"""The whole terminal suite on one of our terminals, at PC/SC and over TCP: the same verdicts.

A tap through a reader takes more than a second, nearly all of it spent waiting: the service
looks for cards every 400 ms, and the reader stays empty for 800. So the suite is dealt out to
several worlds that run side by side, without the tables of many taps, which are played in process
and over TCP only.

What the two ways do not share, and why it does not show in the verdicts: over TCP the suite
knows how long the way is and at PC/SC it does not, so the form claims no times; and the
randoms of the PSAM are random, so commands are compared by what they are, not by their MACs.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from tests import pcscd
from tests.conformance.terminals import Wire, WireLink, listened, whole_run
from tests.pcsc.worlds import Field, form, profile_with_list, verdicts, write_form
from ykt_conformance.drive.limits import Limits
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.report.stored import read_recordings
from ykt_sim.bench.bench import Bench
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.trace.model import Event, Exchange, Note, Reset, Trace

pcscd.require()

NAME: Final = "bus-upgraded"
FORM: Final = form(NAME)
WORLDS: Final = 14
#: Taps of a case that is played at the reader, too.
SHORT: Final = 40


def dealt() -> list[list[str]]:
    """Case ids for each world, about the same number of taps in each."""
    taps = {result.id: _taps(result) for result in whole_run(NAME).results}
    hands: list[list[str]] = [[] for _ in range(WORLDS)]
    weights = [0] * WORLDS
    for name in sorted((one for one in taps if taps[one] <= SHORT), key=lambda name: -taps[name]):
        least = weights.index(min(weights))
        hands[least].append(name)
        weights[least] += taps[name]
    return hands


def _taps(result: CaseResult) -> int:
    events = result.trace.events if result.trace else ()
    return sum(isinstance(event, Note) and event.text == "tap" for event in events)


def at_reader(folder: Path, ids: list[str]) -> Path:
    """Run some cases in a world of their own; gives the run's folder."""
    folder.mkdir()
    profile = profile_with_list(NAME, folder, FORM.values["black_list"]["numbers"])
    said, out = folder / "taps.jsonl", folder / "run"
    words = [word for name in ids for word in ("--case", name)]
    with Field(folder) as world:
        world.terminal(profile, "--report", str(said))
        done = world.ykt(
            "conform", "terminal", "--listen", "vpcd:", "--ics", write_form(folder, FORM),
            "--evidence", str(said), "--out", str(out), "--seed", "1", *words, seconds=300,
        )  # fmt: skip
    assert out.exists(), done.stderr
    return out


def over_tcp() -> tuple[CaseResult, ...]:
    """The same terminal on the line protocol."""
    numbers = FORM.values["black_list"]["numbers"]
    profile = msgspec.structs.replace(load_terminal_profile(NAME), black_list=numbers)
    bench = Bench(profile)

    def behave(wire: Wire) -> None:
        result = bench.tap(WireLink(wire), now=FORM.values["clock"]["value"])
        said = msgspec.to_builtins(result)
        wire.report(**said.pop("decision"), **said)

    return listened(behave, form=FORM, limits=Limits(answer_s=5, start_s=5))


def shape(trace: Trace) -> list[str]:
    """What a trace shows apart from randoms, times and MACs.

    Over TCP a connection is a reset and our terminal asks for another: resets without a
    command between them are one, as they are at a reader.
    """
    return [word for word, _ in groupby(_word(event) for event in trace.events)]


def _unreset(reason: str) -> str:
    return re.sub(r", \d+ reset\(s\)", "", reason)


def _word(event: Event) -> str:
    match event:
        case Exchange(command=command, response=response):
            return f"{command[:4].hex()} {len(command)} {len(response)} {response[-2:].hex()}"
        case Reset(atr=atr):
            return f"reset {atr.hex()}"
        case Note(text="decision", data=data):
            return f"decision {data['outcome']} {data['amount']} {data['code']}"
        case Note(text="card", data=data):
            return f"card {data['when']} {data['total']}"
    return str(getattr(event, "text", "removed"))


def everywhere(folder: Path) -> list[Path]:
    """Run the suite in all the worlds; gives the runs' folders."""
    with ThreadPoolExecutor(WORLDS) as pool:
        jobs = [pool.submit(at_reader, folder / str(n), ids) for n, ids in enumerate(dealt())]
        return [job.result() for job in jobs]


def test_the_suite_at_a_reader_and_over_tcp(tmp_path: Path) -> None:
    """One test, so that the worlds are made once wherever tests are run side by side."""
    runs, tcp = everywhere(tmp_path), over_tcp()
    found = {name: one for run in runs for name, one in verdicts(run).items()}
    assert {name: (verdict, _unreset(reason)) for name, (verdict, reason) in found.items()} == {
        one.id: (str(one.verdict), _unreset(one.reason)) for one in tcp if one.id in found
    }
    assert sum(verdict == "PASS" for verdict, _ in found.values()) >= 118
    assert {verdict for verdict, _ in found.values()} == {"PASS", "NOT_APPLICABLE"}
    kept = [read_recordings(run / "trace.jsonl") for run in runs]
    compared = 0
    for one in tcp:
        if one.trace is not None and one.id in found:
            (trace,) = [there[one.id] for there in kept if one.id in there]
            assert shape(trace) == shape(one.trace), one.id
            compared += 1
    assert compared >= 118
