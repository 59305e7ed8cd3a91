"""A story that broke a rule, in a folder: card, PSAM, journal, trace, the line that replays it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from ykt_sim.bench import files
from ykt_sim.bench.stand import make_clock
from ykt_sim.bench.sweep.begin import Start, begin
from ykt_sim.bench.sweep.case import Case, Outcome, play
from ykt_sim.bench.sweep.flows import Setting, flows_of
from ykt_sim.bench.sweep.run import Swept, must_reach
from ykt_sim.bench.sweep.world import CARD, HERE, World
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Event, Header, Note, Trace
from ykt_sim.transport import Link, Recorder
from ykt_sim.version import __version__

#: What a folder holds, beside ``case.json``.
CARD_FILE, SAM_FILE, JOURNAL_FILE, TRACE_FILE, STORY_FILE = (
    "card.json", "psam.json", "journal", "trace.jsonl", "story.txt",
)  # fmt: skip
#: Files are as they were after the tap that broke the first rule.
_HEAD: Final = "card, PSAM and journal are as they were after the tap that broke the first rule"


def replay_words(setting: Setting, case: Case) -> str:
    """The one line that plays a story again."""
    words = f"ykt tear --card {setting.card} --terminal {setting.terminal} {case.words()}"
    return " ".join((words, *(f"--deviate {name}" for name in setting.deviate)))


def lines_of(setting: Setting, came: Outcome) -> Iterator[str]:
    """A story, what it broke, and how it is played again."""
    yield from came.story
    told: set[str] = set()
    for one in came.broken:
        yield f"{one.rule.id} after tap {one.tap}: {one.why}"
        if one.rule.id not in told:
            yield f"  {one.rule.text} {one.rule.source}"
        told.add(one.rule.id)
    yield f"again: {replay_words(setting, came.case)}"


def keep(folder: Path, swept: Swept) -> None:
    """Write ``swept.json`` and a folder ``broken/NNN`` for each story that broke a rule.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files.write_text(folder / "swept.json", msgspec.json.encode(document(swept)).decode() + "\n")
    for number, came in enumerate(swept.broken, 1):
        keep_story(folder / "broken" / f"{number:03d}", swept.plan.setting, came.case)


def document(swept: Swept) -> dict[str, Any]:
    """A sweep as plain data."""
    return {
        "ykt": __version__,
        "plan": msgspec.to_builtins(swept.plan),
        "points": swept.points,
        "stories": len(swept.rows),
        "violations": swept.violations,
        "columns": list(swept.rows[0].__struct_fields__) if swept.rows else [],
        "rows": msgspec.to_builtins(swept.rows),
        "broken": [_broken(swept.plan.setting, came) for came in swept.broken],
    }


def _broken(setting: Setting, came: Outcome) -> dict[str, Any]:
    return {
        "flow": came.case.flow,
        "cuts": [str(cut) for cut in came.case.cuts],
        "steps": list(came.steps),
        "after": came.case.after,
        "again": replay_words(setting, came.case),
        "broken": [
            {"rule": one.rule.id, "tap": one.tap, "why": one.why} for one in came.broken
        ],
        "story": list(came.story),
    }  # fmt: skip


def keep_story(folder: Path, setting: Setting, case: Case) -> Outcome:
    """Play a story once more and write what a developer needs of it."""
    (flow,) = flows_of(setting, (case.flow,))
    start = begin(setting, flow)
    watched = _Watched(start)
    came = play(start, case, world=watched.world)
    must_reach(case, came)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in watched.kept().items():
        files.write_text(folder / name, text)
    header = Header(
        created=start.now.isoformat(),
        source=f"ykt-sim {__version__} tear",
        card=setting.card,
        terminal=setting.terminal,
        provenance="simulated card, PSAM and terminal with published test keys",
    )
    files.write_text(
        folder / TRACE_FILE, write_trace(Trace(header=header, events=tuple(watched.events)))
    )
    story = "\n".join((_HEAD, "", *lines_of(setting, came))) + "\n"
    files.write_text(folder / STORY_FILE, story)
    case_json = msgspec.json.format(msgspec.json.encode(_broken(setting, came)), indent=2)
    files.write_text(folder / "case.json", case_json.decode() + "\n")
    return came


class _Watched:
    """A street with a recorder at every link, and a look at it when the first rule is broken."""

    def __init__(self, start: Start) -> None:
        self.world = start.world()
        self.events: list[Event] = []
        self._clock = make_clock(0)
        self._kept: dict[str, str] = {}
        self._told = 0
        self.world.wrap = self._recorded
        self.world.watch = self._watch

    def _recorded(self, link: Link, kind: Literal["card", "psam"]) -> Link:
        channel: Literal["card", "sam"] = "card" if kind == "card" else "sam"
        return Recorder(link, self._clock, self.events.append, channel=channel)

    def _watch(self, world: World) -> None:
        for line in world.story[self._told :]:
            self.events.append(Note(t=self._clock(), text="tear", data={"story": line}))
        self._told = len(world.story)
        if world.broken and not self._kept:
            self._kept = self._look()

    def kept(self) -> dict[str, str]:
        """The files as they were when the first rule was broken, or at the end."""
        return self._kept or self._look()

    def _look(self) -> dict[str, str]:
        place = self.world.places[HERE]
        return {
            CARD_FILE: self.world.cards[CARD].snapshot().to_json(),
            SAM_FILE: place.sam.snapshot().to_json(),
            JOURNAL_FILE: place.journal.decode("utf-8", "replace"),
        }
