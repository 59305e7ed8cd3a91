"""What is expected of every file of the corpus, and what is found in it.

Each folder of ``apdu_traces`` has an ``expected.json``: for every file its format, what is
in each session (exchanges, broken places with offset and reason, the cases that pass and
fail), or the error that it must end in. ``python -m tests.corpus`` writes them anew from
what is found now; read the difference before it is committed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ykt_conformance.cases.registry import cases
from ykt_conformance.judge.verdict import Subject
from ykt_conformance.run.plan import Wanted, make_plan
from ykt_conformance.run.recording import drafted_ics, judge_trace, keys_for
from ykt_sim.errors import YktError
from ykt_sim.trace.model import Note, Trace
from ykt_sim.trace.opening import Conversation, conversations, open_trace
from ykt_sim.trace.readers.base import BROKEN

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "apdu_traces"
EXPECTED = "expected.json"
README = "README.md"
#: Files that are no traces: they are named in the table of their README, and tested elsewhere.
DATA = {
    "recorded/cards.json": "tests/recorded",
    "recorded/industry_1a.tsv": "tests/recorded",
    "recorded/transactions_18.tsv": "tests/recorded",
    "recorded/trips_1e.tsv": "tests/recorded",
}
#: Folders whose files come from cards with the published test keys.
TEST_KEYS = ("synthetic", "synthetic/formats", "broken")
#: Verdicts of which the cases are named; of the others every new case would change every file.
NAMED = ("PASS", "FAIL", "ERROR")
SEED = 1


def files() -> list[Path]:
    """Every file of the corpus that is somebody's log or trace."""
    found = (path for path in FOLDER.rglob("*") if path.is_file())
    kept = [path for path in found if path.name not in {EXPECTED, README}]
    return sorted(path for path in kept if relative(path) not in DATA)


def relative(path: Path) -> str:
    """Path inside the corpus."""
    return path.relative_to(FOLDER).as_posix()


def expectations() -> dict[str, Any]:
    """What all folders expect, by the path of the file inside the corpus."""
    return dict(_expectations())


def _expectations() -> Iterator[tuple[str, Any]]:
    for path in FOLDER.rglob(EXPECTED):
        folder = path.parent.relative_to(FOLDER).as_posix()
        for name, entry in json.loads(path.read_text(encoding="utf-8")).items():
            yield f"{folder}/{name}", entry


def observe(path: Path) -> dict[str, Any]:
    """What is in a file, in the shape of an expectation."""
    own = Path(relative(path)).parent.as_posix() in TEST_KEYS
    try:
        with open_trace(path) as opened:
            known = opened.known.name
        found = conversations(path)
    except YktError as error:
        return {"error": str(error).removeprefix(f"{path}: ")}
    return {"format": known, "sessions": [_session(one, test_keys=own) for one in found]}


def _session(session: Conversation, *, test_keys: bool) -> dict[str, Any]:
    trace = session.trace
    notes = [e for e in trace.events if isinstance(e, Note) and e.text == BROKEN]
    return {
        "name": session.named.name,
        "exchanges": len(trace.exchanges),
        "broken": [[note.data["offset"], note.data["why"]] for note in notes],
        "verdicts": verdicts(trace, test_keys=test_keys),
    }


def verdicts(
    trace: Trace, *, test_keys: bool, subject: Subject = "card", every: bool = False
) -> dict[str, list[str]]:
    """Cases by verdict, as `ykt conform trace` judges without words.

    Args:
        trace: the recording.
        test_keys: as ``--test-keys``.
        subject: whose cases.
        every: also the verdicts that say nothing.
    """
    ics = drafted_ics(trace, subject, "corpus")
    plan = make_plan(cases(ics.subject), ics, Wanted(seed=SEED), now=lambda: "", stated=False)
    keys, text = keys_for(trace, test_keys=test_keys)
    run = judge_trace(trace, replace(plan, keys=keys, keys_text=text), "corpus")
    found: dict[str, list[str]] = {}
    for result in run.results:
        if every or result.verdict.value in NAMED:
            found.setdefault(result.verdict.value, []).append(result.id)
    return found


def main() -> int:
    """Write every ``expected.json`` that differs from what is found."""
    by_folder: dict[Path, dict[str, Any]] = {}
    for path in files():
        by_folder.setdefault(path.parent, {})[path.name] = observe(path)
    for folder, entries in by_folder.items():
        path, text = folder / EXPECTED, written(entries)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{relative(path)} written\n")
    return 0


def written(entries: dict[str, Any]) -> str:
    """An ``expected.json``: a line for each file's session, so that differences can be read."""
    lines = []
    for name, entry in sorted(entries.items()):
        if "error" in entry:
            lines.append(f" {_json(name)}: {_json(entry)}")
            continue
        rows = ",\n".join(f"   {_json(session)}" for session in entry["sessions"])
        form = _json(entry["format"])
        lines.append(f' {_json(name)}: {{"format": {form}, "sessions": [\n{rows}\n ]}}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
