"""Where a run is kept, how one that ended early goes on, and the line that does it again."""

from __future__ import annotations

import getpass
import shlex
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec.structs import replace

from ykt_conformance.cases.registry import suite_sha256
from ykt_conformance.judge.results import CaseResult, RunKind, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.judge.withhold import withhold
from ykt_conformance.report import folder as run_folder
from ykt_conformance.report import manifest
from ykt_conformance.report.console import Lang
from ykt_conformance.report.evidence import Evidence
from ykt_conformance.report.stored import Begun, Left, left, load
from ykt_conformance.run.gather import Gathered
from ykt_conformance.run.plan import CaseT, RunPlan
from ykt_sim.errors import UsageError
from ykt_sim.trace.opening import Conversation

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: Cases that are worth a second run.
_FAILED = (Verdict.FAIL, Verdict.ERROR)
#: Words that a run goes on with as it was begun, by the names of `Words`.
_KEPT = {"seed": "--seed", "thorough": "--thorough", "ignored": "--ignore", "unmask": "--unmask"}


class Words(msgspec.Struct, frozen=True):
    """The words that card, terminal and trace have in common."""

    ics: str = ""
    keys: str = ""
    out: Path | None = None
    force: bool = False
    case: tuple[str, ...] = ()
    where: str = ""
    failed_of: Path | None = None
    resume: Path | None = None
    sign: Path | None = None
    dry_run: bool = False
    seed: int | None = None
    calibration: str = ""
    unmask: bool = False
    ignored: tuple[str, ...] = ()
    thorough: bool = False
    campaign: Path | None = None
    excludes: tuple[str, ...] = ()
    printed: str = "summary"
    lang: Lang = "en"
    as_json: bool = False


@dataclass(frozen=True)
class Keeping:
    """Where a run is kept.

    Attributes:
        words: as given, filled in from the folder where a run goes on.
        left: what an earlier run left.
        key: signs its folder.
    """

    words: Words
    left: Left | None = None
    key: Ed25519PrivateKey | None = None

    @property
    def done(self) -> tuple[CaseResult, ...]:
        """Results of cases that are not run again."""
        return self.left.results if self.left is not None else ()

    def begin(
        self, plan: RunPlan[CaseT], kind: RunKind, target: str
    ) -> tuple[RunPlan[CaseT], Evidence | None]:
        """Make or open the folder; the plan given back tells it of every case.

        Raises:
            UsageError: the folder holds something else, or another run.
        """
        out = self.words.out
        if out is None:
            return plan, None
        begun = Begun(
            kind, target, suite_sha256(), plan.ics.sha256, plan.keys_text, plan.seed,
            (*(case.id for case in plan.cases), *(left.id for left in plan.excluded)),
            {left.id: left.reason for left in plan.excluded}, plan.campaign.sha256,
            plan.thorough, tuple(sorted(plan.ignored)), plan.unmasked,
        )  # fmt: skip
        if self.left is None:
            run_folder.prepare(out, force=self.words.force)
            evidence = Evidence(out, unmasked=plan.unmasked)
            evidence.begin(msgspec.to_builtins(begun))
        else:
            _must_fit(self.left.begun, begun)
            for name in manifest.OWN:
                (out / name).unlink(missing_ok=True)
            evidence = Evidence.going_on(
                out, self.left.results, self.left.ends, unmasked=plan.unmasked
            )
        tell = plan.progress

        def told(number: int, total: int, result: CaseResult) -> None:
            evidence.add(result)
            tell(number, total, result)

        return replace(plan, progress=told), evidence


def keeping(words: Words) -> Keeping:
    """Which cases are run, and where they are kept.

    Raises:
        UsageError: words that exclude each other, or a folder that cannot be used.
    """
    if words.sign is not None and words.out is None and words.resume is None:
        raise UsageError("--sign goes with --out: a folder is signed")
    if words.failed_of is not None:
        if words.case or words.resume is not None:
            raise UsageError("give one of --case, --failed-of and --resume")
        failed = {case.id: None for case in load(words.failed_of).results.cases
                  if case.verdict in _FAILED}  # fmt: skip
        if not failed:
            raise UsageError(f"{words.failed_of}: nothing failed")
        words = replace(words, case=tuple(failed))
    key = None if words.sign is None else signing_key(words.sign)
    if words.resume is None:
        return Keeping(words, None, key)
    if words.case or words.where or words.out is not None or words.force:
        raise UsageError("--resume goes on with the cases and the folder of the earlier run")
    found = left(words.resume)
    words = _as_begun(words, words.resume, found.begun)
    return Keeping(words, found, key)


def _as_begun(words: Words, folder: Path, begun: Begun) -> Words:
    """The words with those of an earlier run; UsageError where others are asked for."""
    kept = {name: getattr(begun, name) for name in _KEPT}
    plain = Words()
    for name, was in kept.items():
        asked = getattr(words, name)
        if isinstance(asked, tuple):
            asked = tuple(sorted(set(asked)))
        if asked in (getattr(plain, name), was):
            continue
        if was == getattr(plain, name):
            raise UsageError(f"{folder}: was run without {_KEPT[name]}")
        shown = ", ".join(was) if isinstance(was, tuple) else was
        raise UsageError(f"{folder}: was run with {_KEPT[name]} {shown}")
    return replace(words, out=folder, case=begun.cases, **kept)


def _must_fit(old: Begun, new: Begun) -> None:
    """The rest of a run must be run as its beginning was."""
    names = {
        "kind": "what was tested", "target": "the target", "suite_sha256": "the suite",
        "ics_sha256": "the ICS", "keys": "the keys", "cases": "the cases",
        "excluded": "the exclusions", "campaign_sha256": "the campaign file",
    }  # fmt: skip
    differing = [said for name, said in names.items() if getattr(old, name) != getattr(new, name)]
    if differing:
        raise UsageError(f"the earlier run cannot go on: {', '.join(differing)} changed since")


def again(verb: str, words: Words, *more: str) -> str:
    """The command line that does a run again.

    Args:
        verb: of ``ykt conform``.
        words: the words that all verbs share.
        more: the others, as they are written.
    """
    line = ["ykt", "conform", verb, *more]
    options: dict[str, Any] = {
        "--ics": words.ics, "--keys": words.keys, "--calibration": words.calibration,
    }  # fmt: skip
    for name, value in options.items():
        line += [name, value] if value else []
    for rule in words.ignored:
        line += ["--ignore", rule]
    line += ["--thorough"] if words.thorough else []
    return shlex.join(line)


def given(**options: object) -> tuple[str, ...]:
    """Options that were given, as they are written; one that is True stands alone."""
    found: list[str] = []
    for name, value in options.items():
        if value not in (None, "", False):
            found += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return tuple(found)


def finished(run: RunResult, evidence: Evidence, kept: Keeping) -> str:
    """Write the report of a run, and sign it where there is a key; gives the manifest's SHA-256."""
    digest = run_folder.finish(run, evidence, printed=kept.words.printed, lang=kept.words.lang)
    if kept.key is not None:
        sign(evidence.folder, kept.key)
    return digest


class TraceFolder:
    """The folder of a file of recordings, judged one by one; does nothing without a folder."""

    def __init__(self, out: Path | None, path: Path, kept: Keeping, again: str) -> None:
        """Make the folder.

        Args:
            out: where; None for none.
            path: of the file.
            kept: the words, and what signs the folder.
            again: the line that judges the whole file again.
        """
        self._again = again
        words = kept.words
        self._kept = kept
        self._target = str(path)
        self._evidence: Evidence | None = None
        if out is not None:
            run_folder.prepare(out, force=words.force)
            self._evidence = Evidence(out, unmasked=words.unmask)
        self._gathered = Gathered()
        self._only: RunResult | None = None

    def add(self, run: RunResult, session: Conversation, *, alone: bool) -> None:
        """Take the result of a recording.

        Args:
            run: what came of it.
            session: the recording.
            alone: it is the only one of its file.
        """
        if self._evidence is None:
            return
        judged = next((one for one in run.results if one.trace is not None), None)
        trace = withhold(session.trace, pins=bool(self._kept.words.keys))
        name = str(len(self._evidence.places) + 1)
        if judged is None or judged.trace is None:
            self._evidence.record(name, trace, alone=alone)
        else:
            self._evidence.record(name, judged.trace, judged.items, alone=alone)
        if alone:
            self._only = run
        else:
            self._gathered.add(run, name, session.named.label, session.named.name)

    def finish(self) -> str:
        """Write the report; gives the SHA-256 of the manifest, empty without a folder."""
        if self._evidence is None:
            return ""
        run = self._only or self._gathered.result(self._target, self._again)
        return finished(run, self._evidence, self._kept)


def sign(folder: Path, key: Ed25519PrivateKey) -> None:
    """Sign the manifest of a run's folder."""
    made = key.sign((folder / manifest.NAME).read_bytes())
    (folder / manifest.SIGNATURE).write_bytes(made)


def signing_key(path: Path) -> Ed25519PrivateKey:
    """A laboratory's key, which may want a password; asked for before anything is run."""
    from ykt_conformance.report.signature import private_key  # noqa: PLC0415 - late on purpose

    return private_key(path, _password)


def _password(key: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            asked: str = click.prompt(f"password of {key}", hide_input=True, err=True)
        except (getpass.GetPassWarning, click.Abort):
            why = "it wants a password, and there is no terminal to ask for it"
            raise UsageError(f"{key}: {why}") from None
    return asked
