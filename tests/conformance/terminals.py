"""Runs of terminal cases on our own terminals, and small foreign terminals for the tests."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.registry import terminal_cases
from ykt_conformance.drive.limits import Limits
from ykt_conformance.ics import form as ics
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.judge.results import CaseResult, RunResult
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import form_of
from ykt_conformance.run.terminal import run_terminal
from ykt_sim.errors import CardRemovedError
from ykt_sim.profiles.terminals import terminal_profile_names

PROFILES = terminal_profile_names()
BY_ID = {case.id: case for case in terminal_cases()}
NOW = "2025-06-01T08:17:33+08:00"


def ticks() -> Callable[[], float]:
    looks = itertools.count()
    return lambda: next(looks) * 0.001


def plan_of(form: IcsFile, *ids: str, **changes: Any) -> RunPlan[TerminalCase]:
    chosen = tuple(BY_ID[name] for name in ids) or terminal_cases()
    words: dict[str, Any] = {"cases": chosen, "clock": ticks(), "now": lambda: NOW, "seed": 1}
    return RunPlan(ics=form, **(words | changes))


def run(target: str, *ids: str, **changes: Any) -> RunResult:
    form = changes.pop("form", None) or ics.load(form_of(target))
    return run_terminal(plan_of(form, *ids, **changes), target=target)


@cache
def whole_run(name: str) -> RunResult:
    return run(f"sim:{name}")


def changed(name: str | IcsFile, section: str, **entries: Any) -> IcsFile:
    """A form, or a shipped one by name, with entries changed."""
    form = ics.load(name) if isinstance(name, str) else name
    tree = {key: dict(value) if hasattr(value, "items") else value
            for key, value in form.values.items()
            if key not in ("tunion", "lnt", "version", "kind")}  # fmt: skip
    tree[section] = {**tree[section], **entries}
    return ics.read(ics.render(ics.build(tree, "terminal")), "changed")


# -- foreign terminals ------------------------------------------------------------------


class Wire:
    """One connection of a foreign terminal."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.file = link.makefile("rw", newline="\n")

    def say(self, line: str) -> None:
        self.file.write(line + "\n")
        self.file.flush()

    def ask(self, line: str) -> str:
        self.say(line)
        return self.file.readline().strip()

    def report(self, **said: Any) -> None:
        self.say("# " + json.dumps(said))


class WireLink:
    """A card behind a connection, for a terminal of ours."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def power_on(self) -> bytes:
        return self._line("reset")

    def transmit(self, apdu: bytes) -> bytes:
        return self._line(apdu.hex())

    def close(self) -> None:
        return

    def _line(self, line: str) -> bytes:
        answer = self._wire.ask(line)
        if not answer:
            raise CardRemovedError("gone")
        return bytes.fromhex(answer)


Behaviour = Callable[[Wire], None]
EXAMPLE = "docs/examples/terminal_under_test.toml"
QUICK = Limits(answer_s=0.3, start_s=1.0, case_s=5, prompt_s=10, silences=2)


@contextmanager
def terminal(behave: Behaviour) -> Iterator[Callable[[str], None]]:
    """A terminal in a thread; what it yields is to be given to the run as ``say``."""
    threads: list[threading.Thread] = []

    def live(port: int) -> None:
        while True:
            try:
                link = socket.create_connection(("127.0.0.1", port), 5)
            except OSError:
                return
            with link, suppress(OSError):
                link.settimeout(5)
                behave(Wire(link))

    def say(line: str) -> None:
        if line.startswith("listening on"):
            port = int(line.split(":")[1].split(maxsplit=1)[0])
            threads.append(threading.Thread(target=live, args=(port,), daemon=True))
            threads[-1].start()

    yield say
    for thread in threads:
        thread.join(5)


def listened(
    behave: Behaviour, *ids: str, form: IcsFile, limits: Limits = QUICK, **changes: Any
) -> tuple[CaseResult, ...]:
    with terminal(behave) as say:
        plan = plan_of(form, *ids, clock=time.monotonic, limits=limits, **changes)
        return run_terminal(plan, listen="tcp:127.0.0.1:0", say=say).results


def scene(case_id: str, play: Callable[[Any], None], judge: Any) -> TerminalCase:
    """A case of the tests' own."""
    return TerminalCase(
        id=case_id, group="sample", title="A sample", title_zh="样例",
        clauses=("CL-SAMPLE-001",), scene=play, judge=judge,
    )  # fmt: skip
