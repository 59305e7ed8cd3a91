"""`ykt conform verify`: what a run's folder proves, and what it does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ykt_conformance.cases.registry import SUITE_VERSION, suite_sha256
from ykt_conformance.ics import form as forms
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report import manifest
from ykt_conformance.report.agree import disagreements
from ykt_conformance.report.folder import RESULTS
from ykt_conformance.report.signature import signed_by
from ykt_conformance.report.stored import Stored, load
from ykt_conformance.report.verify import Verified, verify
from ykt_conformance.run.again import Circumstances, Claim, Judgings, claims_of, judge_again
from ykt_sim.errors import TraceError, UsageError, YktError
from ykt_sim.meaning.keyring import KeyRing

#: Problems that are written out.
_LISTED = 40
#: What no check of a folder shows.
NOT_PROVEN = (
    "what report.html and junit.xml tell beyond verdicts, and the states of cards",
    "that the recordings come from the product that the form names, and when they were made",
    "who made them",
)


class Proof(msgspec.Struct, frozen=True):
    """What came of the checks of a folder.

    Attributes:
        files: what is changed, against the manifest.
        problems: of the manifest, of files against each other, of verdicts judged again.
        judgings: verdicts that were judged again; None where that was not possible.
        why_not: why it was not.
        signed: the signature holds; None where it was not asked for.
        compared: the manifest was compared with one that was given.
    """

    files: Verified
    problems: tuple[str, ...]
    judgings: Judgings | None
    why_not: str
    signed: bool | None
    compared: bool

    @property
    def holds(self) -> bool:
        """Nothing speaks against the folder."""
        return not self.problems

    def proven(self) -> Iterator[str]:
        """What is shown, where nothing speaks against it."""
        origin = ", ".join(
            words
            for words, told in (
                ("is the one that was printed", self.compared),
                ("is signed by the owner of the key", self.signed),
            )
            if told
        )
        yield f"{self.files.files} files are as the manifest lists them"
        if origin:
            yield f"the manifest {origin}"
        yield "results, JUnit, report, form, recordings and their listing say the same"
        if self.judgings is not None:
            yield f"{self.judgings.judged} verdicts come out the same when they are judged again"

    def unproven(self) -> Iterator[str]:
        """What is not shown."""
        if not (self.compared or self.signed):
            yield (
                "that nobody wrote the whole folder anew: --manifest compares it with what the run "
                "printed, --check with a signature"
            )
        if self.judgings is None:
            yield f"that the verdicts follow from the recordings: {self.why_not}"
        else:
            for why, count in self.judgings.left.items():
                yield f"that {count} verdicts follow from the recordings: {why}"
        yield from NOT_PROVEN


def prove(folder: Path, *, expected: str, key: Path | None, keys: str) -> Proof:
    """Check a run's folder as far as it can be.

    Args:
        folder: of the run.
        expected: SHA-256 of the manifest, empty where none is given.
        key: public key of whoever signed it.
        keys: a key file of the owner's, to judge again.

    Raises:
        UsageError: no folder of a run, or of a version nobody knows.
    """
    files = verify(folder, expected)
    problems = list(files.problems)
    signed = None
    if key is not None:
        path = folder / manifest.SIGNATURE
        signed = path.is_file() and signed_by(
            (folder / manifest.NAME).read_bytes(), path.read_bytes(), key
        )
        if not signed:
            why = "does not hold" if path.is_file() else "is missing"
            problems.append(f"{manifest.SIGNATURE}: the signature {why}")
    if not files.whole and f"{RESULTS}: missing" in problems:
        return Proof(files, tuple(problems), None, "there are no results", signed, bool(expected))
    judgings, why_not = None, "something was changed"
    if not problems:
        stored = load(folder)
        problems += disagreements(stored)
        if not problems:
            why_not = _other_suite(stored)
            judgings = None if why_not else _judged(stored, keys)
            problems += judgings.differing if judgings is not None else ()
    return Proof(files, tuple(problems), judgings, why_not, signed, bool(expected))


def _other_suite(stored: Stored) -> str:
    suite, here = stored.results.suite, suite_sha256()
    if suite.sha256 == here:
        return ""
    return (
        f"they were made by suite {suite.version} ({suite.sha256[:8]}), "
        f"this is {SUITE_VERSION} ({here[:8]})"
    )


def _judged(stored: Stored, keys: str) -> Judgings:
    results = stored.results
    how = Circumstances(
        kind=results.kind,
        keys=results.keys,
        own=KeyRing.from_file(keys) if keys else None,
        fresh=results.judging.fresh,
        ignored=frozenset(results.judging.ignored),
    )
    try:
        values = {
            number: forms.read(stored.form(number), f"form {number}").values
            for number in {row.form for row in results.recordings} | {1}
        }
        given = {"": values[1]} | {row.name: values[row.form] for row in results.recordings}
        return judge_again(_claims(stored), stored.recordings, given, how)
    except (YktError, OSError) as error:
        if isinstance(error, TraceError | UsageError):
            raise
        return Judgings(0, (f"cannot be judged again: {error}",), {})


def _claims(stored: Stored) -> Iterator[Claim]:
    """Every verdict of a run that rests on a recording."""
    results = stored.results
    if not results.order:
        broken: defaultdict[str, set[tuple[str, int | None]]] = defaultdict(set)
        for one in results.model.deviations if results.model is not None else ():
            broken[one.case].add((one.rule, one.event))
        asked = results.kind != "trace" and results.model is not None
        for case in results.cases:
            name = stored.recording_of(case)
            if name is not None or case.verdict == Verdict.NOT_APPLICABLE:
                rules = frozenset(broken[case.id]) if asked else None
                yield Claim(case.id, name or "", case.verdict, case.reason, rules)
        return
    for row in results.recordings:
        reasons = {
            (case.id, case.verdict): case.reason
            for case in results.cases
            if case.recording == row.name
        }
        yield from claims_of(results.order, results.letters(row), row.name, reasons)


def lines(proof: Proof, folder: Path) -> Iterator[str]:
    """What came of it, for people."""
    if not proof.holds:
        yield from proof.problems[:_LISTED]
        if len(proof.problems) > _LISTED:
            yield f"and {len(proof.problems) - _LISTED} more"
        return
    yield f"{folder}: whole, {proof.files.files} files, manifest {proof.files.sha256}"
    yield "shown:"
    yield from (f"  {one}" for one in proof.proven())
    yield "not shown:"
    yield from (f"  {one}" for one in proof.unproven())
