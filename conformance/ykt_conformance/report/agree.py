"""Whether the files of a run's folder say the same as each other."""

from __future__ import annotations

import hashlib
import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from typing import Final

from ykt_conformance.judge import campaign as campaigns
from ykt_conformance.judge.alike import numbers_in
from ykt_conformance.judge.deviation import ADVISED_BY
from ykt_conformance.judge.results import ALL_PASS, SOME_FAIL
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.evidence import LISTING, TRACE
from ykt_conformance.report.folder import CAMPAIGN, ICS, JUNIT, PAGE, RESULTS, evidence_sha256
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.junit import ADVISED, MODEL
from ykt_conformance.report.recording import listing
from ykt_conformance.report.stored import Case, Results, Stored
from ykt_sim.errors import ProfileError, TraceError, UsageError
from ykt_sim.meaning.understand import understand

#: A case of the page: its place and its verdict.
_SHOWN: Final = re.compile(
    r'<details class="k [a-z]+" id="([A-Z]-[0-9]{4})[^"]*" data-v="([A-Z_]+)"'
)
#: The list of what was left out, on the page, and one of its lines.
_LEFT_OUT: Final = re.compile(r'<section id="excluded">(.*?)</section>', re.DOTALL)
_LEFT: Final = re.compile(r"<li><code>([A-Z]-[0-9]{4})</code>")
#: The hash of the evidence, on the first page.
_SEAL: Final = re.compile(r'<p class="seal">.*?SHA-256 ([0-9a-f]{64})</p>')
#: Stands for a verdict where a case has none.
_EXCLUDED: Final = "EXCLUDED"
#: What JUnit says of rules by which nothing fails.
_ADVISED: Final = (ADVISED, Verdict.NOT_APPLICABLE.value)
#: A count at the head of the page.
_COUNT: Final = re.compile(r'data-count="([A-Z_]+)">([0-9]+)<')
#: Verdicts that there are of recordings only.
_PROVEN: Final = (Verdict.PASS, Verdict.FAIL)
_CHILD: Final = {"failure": Verdict.FAIL, "skipped": Verdict.NOT_APPLICABLE}


def disagreements(stored: Stored) -> Iterator[str]:
    """Each place where two files of a folder contradict each other, in words.

    Any of them breaks the seal of the page too, so that is told where nothing says more.
    """
    found = [*_said_otherwise(stored)]
    yield from found or _seal(stored)


def _said_otherwise(stored: Stored) -> Iterator[str]:
    """Each place where two files say something else."""
    yield from _results(stored)
    yield from _forms(stored)
    yield from _recordings(stored)
    yield from _campaign(stored)
    yield from _listing(stored)
    claimed = [(case.id, case.verdict) for case in stored.results.cases]
    claimed += [(left.id, _EXCLUDED) for left in stored.results.excluded]
    beside = [(MODEL, Verdict.FAIL.value)] if _broken(stored.results) else []
    for name, told, more in ((JUNIT, _junit, beside), (PAGE, _page, [])):
        try:
            text = (stored.folder / name).read_text("utf-8")
            found = told(text)
            # Older files tell such rules in other places only.
            said = [_ADVISED] if _ADVISED in found and _levels(stored.results) & ADVISED_BY else []
            yield from _against(name, Counter(claimed + more + said), Counter(found))
            yield from _heads(stored, name, text)
        except (OSError, ValueError, ET.ParseError) as error:
            yield f"{name}: {error}"


def _heads(stored: Stored, name: str, text: str) -> Iterator[str]:
    """What JUnit and page say of the run as a whole."""
    results = stored.results
    if name == PAGE:
        told = {verdict: int(count) for verdict, count in _COUNT.findall(text)}
        if told and told != results.counts:
            yield f"{name}: counts other verdicts than {RESULTS}"
        return
    suite = _tree(text).find("testsuite")
    kind = "" if suite is None else suite.get("name") or ""
    if not kind.startswith(f"ykt conform {results.kind} "):
        yield f"{name}: is of another kind of run than {RESULTS}"
    said = {} if suite is None else {
        one.get("name"): one.get("value") for one in suite.iter("property")
    }  # fmt: skip
    for key, value in (("suite.sha256", results.suite.sha256), ("ics.sha256", results.ics.sha256),
                       ("keys", results.keys)):  # fmt: skip
        if said.get(key) != value:
            yield f"{name}: {key} is not that of {RESULTS}"


def _campaign(stored: Stored) -> Iterator[str]:
    """The campaign file with what the results say of it and of what was left out."""
    results = stored.results
    for left in results.excluded:
        if any(case.id == left.id for case in results.cases):
            yield f"{RESULTS}: {left.id} is excluded and has a verdict"
    path = stored.folder / CAMPAIGN
    if results.campaign is None:
        if path.exists():
            yield f"{CAMPAIGN}: {RESULTS} does not know it"
        return
    try:
        found = campaigns.load(path)
    except (ProfileError, UsageError) as error:
        yield f"{CAMPAIGN}: {error}"
        return
    if found.sha256 != results.campaign.sha256:
        yield f"{CAMPAIGN}: is not the file that {RESULTS} names"
    for left in results.excluded:
        declared = found.exclusions.get(left.need or left.id, left.because)
        if declared != left.because:
            yield f"{CAMPAIGN}: excludes {left.id} for another reason than {RESULTS}"
    for case in results.cases:
        if case.id in found.exclusions and case.verdict != Verdict.NOT_APPLICABLE:
            yield f"{CAMPAIGN}: excludes {case.id}, {RESULTS} says {case.verdict}"


def _seal(stored: Stored) -> Iterator[str]:
    """The hash of the evidence that the page bears; of old it bore none."""
    if stored.version == 1:
        return
    try:
        found = _SEAL.search((stored.folder / PAGE).read_text("utf-8"))
    except (OSError, ValueError) as error:
        yield f"{PAGE}: {error}"
        return
    if found is None or found[1] != evidence_sha256(stored.folder):
        yield f"{PAGE}: does not bear the SHA-256 of the evidence beside it"


def _results(stored: Stored) -> Iterator[str]:
    """The results by themselves."""
    results = stored.results
    counts = Counter(case.verdict for case in results.cases)
    for verdict in Verdict:
        if results.counts.get(verdict, 0) != counts[verdict]:
            told = results.counts.get(verdict, 0)
            yield f"{RESULTS}: counts {told} {verdict}, holds {counts[verdict]}"
    unknown = sorted(set(counts) - {verdict.value for verdict in Verdict})
    if unknown:
        yield f"{RESULTS}: no verdict: {', '.join(unknown)}"
    if counts[Verdict.FAIL] and results.exit_code != SOME_FAIL:
        yield f"{RESULTS}: exit code {results.exit_code} although a case fails"
    broken = _broken(results)
    if broken and results.exit_code != SOME_FAIL:
        yield f"{RESULTS}: exit code {results.exit_code} although a rule of the model is broken"
    undecided = counts[Verdict.INCONCLUSIVE] + counts[Verdict.ERROR]
    passes = bool(counts[Verdict.PASS]) and not undecided
    if results.exit_code == ALL_PASS and not passes:
        yield f"{RESULTS}: exit code 0 although not every case passes"
    fails = counts[Verdict.FAIL] or broken or (results.model and results.model.failed)
    if results.exit_code != ALL_PASS and passes and not fails:
        yield f"{RESULTS}: exit code {results.exit_code} although every case passes"
    for case in results.cases:
        if case.verdict in _PROVEN and stored.recording_of(case) is None:
            yield f"{RESULTS}: {case.id} is {case.verdict} without a recording"


def _broken(results: Results) -> bool:
    """A rule of the model that must hold is broken: the run fails, whatever its cases."""
    return "must" in _levels(results)


def _levels(results: Results) -> set[str]:
    """Levels of the model's rules that are broken; a recording's are told only."""
    told = results.model.deviations if results.model and results.kind != "trace" else ()
    return {one.level for one in told}


def _forms(stored: Stored) -> Iterator[str]:
    try:
        digest = hashlib.sha256(stored.form().encode()).hexdigest()
    except (OSError, ValueError) as error:
        yield f"{ICS}: {error}"
        return
    if digest != stored.results.ics.sha256:
        yield f"{ICS}: is not the form that {RESULTS} names"


def _recordings(stored: Stored) -> Iterator[str]:
    """Recordings with where they are said to stand, and with the cases that rest on them."""
    try:
        found = stored.recordings
    except TraceError as error:
        yield str(error)
        return
    rows = stored.results.recordings
    if stored.version > 1 and [row.name for row in rows] != list(found):
        yield f"{RESULTS}: names other recordings than there are"
        return
    first = 0 if len(rows) == 1 and rows[0].first == 0 else 1
    for row in rows:
        if (row.first, row.count) != (first, len(found[row.name].events)):
            yield f"{RESULTS}: recording {row.name!r} does not stand where it is said to"
        first += len(found[row.name].events) + 1
    for case in stored.results.cases:
        name = stored.recording_of(case)
        if name is not None and name not in found:
            yield f"{RESULTS}: {case.id} rests on recording {name!r}, which is not there"
    yield from _letters(stored)


def _listing(stored: Stored) -> Iterator[str]:
    """The recordings for the eye, which are those for programs put into words."""
    path = stored.folder / LISTING
    if stored.version == 1 or not stored.results.recordings:
        return
    try:
        told = path.read_text("utf-8")
        same = any(told == _told(stored, numbers=numbers) for numbers in (True, False))
    except (OSError, ValueError) as error:
        yield f"{LISTING}: {error}"
        return
    except TraceError:
        return  # told already
    if not same:
        yield f"{LISTING}: does not say what {TRACE} holds"


def _told(stored: Stored, *, numbers: bool) -> str:
    """What the listing of a run's recordings is; ``numbers`` of cards are masked or whole."""
    hider = Hider(numbers=numbers)
    alone = len(stored.results.recordings) == 1 and stored.results.recordings[0].first == 0
    parts: list[str] = []
    for name, trace in stored.recordings.items():
        items = tuple(understand(trace))
        hider.learn_trace(trace, items)
        parts += [] if alone else [f"== {name}\n"]
        parts += listing(trace, items, hider)
    return "".join(parts)


def _letters(stored: Stored) -> Iterator[str]:
    """The verdicts of each of several recordings, told twice."""
    results = stored.results
    if not results.order:
        return
    rows = results.recordings
    said: list[dict[str, str]] = [{} for _ in rows]
    for case in results.cases:
        for number in _found_in(case, len(rows)):
            said[number - 1][case.id] = case.verdict[:1]
    for row, letters in zip(rows, said, strict=True):
        told = results.letters(row)
        if dict(zip(results.order, told, strict=False)) != letters or len(told) != len(
            results.order
        ):
            yield f"{RESULTS}: the verdicts of recording {row.name!r} are told in two ways"


def _found_in(case: Case, count: int) -> list[int]:
    """Numbers of the recordings of a case, none where they are not to be understood."""
    try:
        found = list(itertools.islice(numbers_in(case.found_in), count + 1))
    except ValueError:
        return []
    return found if all(0 < number <= count for number in found) else []


def _junit(text: str) -> list[tuple[str, str]]:
    """Cases of ``junit.xml`` with their verdicts."""
    found: list[tuple[str, str]] = []
    for case in _tree(text).iter("testcase"):
        child = next(iter(case), None)
        verdict: str = Verdict.PASS
        if child is not None:
            kind = child.get("type")
            verdict = _CHILD.get(child.tag, kind or child.tag)
            if (child.tag, kind) == ("skipped", _EXCLUDED):
                verdict = _EXCLUDED
        found.append(((case.get("name") or "").partition(" ")[0], verdict))
    return found


def _tree(text: str) -> ET.Element:
    """The tree of ``junit.xml``; what declares entities is not read."""
    if "<!" in text:
        raise ValueError("declares a document type, which no run writes")
    return ET.fromstring(text)  # noqa: S314 - without entities


def _page(text: str) -> list[tuple[str, str]]:
    """Cases of the page with their verdicts."""
    left = "".join(_LEFT_OUT.findall(text))
    shown = [(found[1], found[2]) for found in _SHOWN.finditer(text)]
    return shown + [(case, _EXCLUDED) for case in _LEFT.findall(left)]


def _against(
    name: str, claimed: Counter[tuple[str, str]], found: Counter[tuple[str, str]]
) -> Iterator[str]:
    """What a file says otherwise than the results."""
    for case, verdict in claimed - found:
        other = ", ".join(said for one, said in found - claimed if one == case)
        yield f"{name}: {case} is {other or 'missing'}, {RESULTS} says {verdict}"
    cases = {case for case, _ in claimed}
    for case, verdict in found - claimed:
        if case not in cases and verdict != Verdict.NOT_APPLICABLE:
            yield f"{name}: {case} is {verdict}, {RESULTS} does not know it"
