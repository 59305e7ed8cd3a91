"""The folder of a run: what it rests on, the report files, and the manifest over all.

Of old, up to version 1 of ``results.json``, each case had a folder with its own trace
(`report.stored` still reads them).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Final

from ykt_conformance.judge.results import RunResult
from ykt_conformance.report import manifest, results_json
from ykt_conformance.report.console import Lang
from ykt_conformance.report.evidence import GROWING, PROGRESS, Evidence, named
from ykt_sim.errors import UsageError

ICS: Final = "ics.toml"
RESULTS: Final = "results.json"
JUNIT: Final = "junit.xml"
PAGE: Final = "report.html"
CAMPAIGN: Final = "campaign.toml"
#: What of a report goes to paper: the summary; with the cases that did not pass; everything.
PRINTS: Final = ("summary", "failures", "full")
#: Files of the form that a run rests on, and of further ones.
_FORM: Final = "ics-{number}.toml"


def prepare(folder: Path, *, force: bool = False) -> None:
    """Make an empty folder, before a run that shall end up in it.

    Args:
        folder: to make.
        force: remove what an earlier run wrote there, as its manifest lists it.

    Raises:
        UsageError: it holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    if folder.is_dir() and not _not_begun(folder):
        unfinished = (folder / PROGRESS).is_file()
        if not (force and (unfinished or (folder / manifest.NAME).is_file())):
            hint = "--force replaces an earlier run" if not force else "and it holds no run"
            if unfinished:
                hint = f"a run ended early there; --resume goes on with it, {hint}"
            raise UsageError(f"{folder} is not empty; {hint}")
        _remove_run(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror or error}") from None


def _not_begun(folder: Path) -> bool:
    """Nothing is there, or what a run left that ended before it had said what it is."""
    if [one.name for one in folder.iterdir()] == [PROGRESS]:
        path = folder / PROGRESS
        if path.is_file() and b"\n" not in path.read_bytes():
            path.unlink()
    return not any(folder.iterdir())


def _remove_run(folder: Path) -> None:
    path = folder / manifest.NAME
    listed = {*GROWING, ICS, RESULTS, JUNIT, PAGE, CAMPAIGN}
    if path.is_file():
        lines = path.read_bytes().decode("utf-8", "replace").split("\n")
        listed = {line[66:] for line in lines if line[64:66] == "  "}
    present = manifest.files_of(folder)
    others = [name for name in present if name not in listed]
    if others:
        raise UsageError(f"{folder} holds {others[0]}, which no run wrote")
    for name in (*present, *manifest.OWN):
        (folder / name).unlink(missing_ok=True)
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        path.rmdir()


def write(run: RunResult, folder: Path, *, printed: str = "summary") -> str:
    """Write a finished run into a prepared folder; gives the SHA-256 of its manifest.

    Args:
        run: the run.
        folder: as `prepare` made it.
        printed: what of the report goes to paper, one of `PRINTS`.
    """
    with Evidence(folder, unmasked=run.unmasked) as evidence:
        return finish(run, fill(run, evidence), printed=printed)


def fill(run: RunResult, evidence: Evidence) -> Evidence:
    """Record every trace of a finished run."""
    traces = {id(one.trace): one for one in run.results if one.trace is not None}
    alone = run.kind == "trace" and len(traces) == 1
    for number, result in enumerate(traces.values(), 1):
        if result.trace is not None:
            name = str(number) if run.kind == "trace" else result.id
            evidence.record(name, result.trace, result.items, alone=alone)
    return evidence


def evidence_sha256(folder: Path, but: Collection[str] = ()) -> str:
    """SHA-256 of what a report rests on: of the manifest's lines without that of the report.

    So anybody has it by ``grep -v '  report.html$' MANIFEST | sha256sum``.
    """
    digest = hashlib.sha256()
    for name in manifest.files_of(folder):
        if name not in (PAGE, *but):
            digest.update(f"{manifest.sha256_of(folder / name)}  {name}\n".encode())
    return digest.hexdigest()


def finish(
    run: RunResult, evidence: Evidence, *, printed: str = "summary", lang: Lang = "en"
) -> str:
    """Write the report files of a run whose evidence is there, and the manifest.

    The report is written last: it bears the hash of all the rest, the evidence that it rests on.
    What a run that ended early goes on with is removed behind the manifest: until then it can.
    Gives the SHA-256 of the manifest.

    Args:
        run: the run.
        evidence: its recordings.
        printed: what of the report goes to paper, one of `PRINTS`.
        lang: of ``junit.xml``.
    """
    with named(evidence.folder):
        return _finish(run, evidence, printed=printed, lang=lang)


def _finish(run: RunResult, evidence: Evidence, *, printed: str, lang: Lang) -> str:
    from ykt_conformance.report import junit  # noqa: PLC0415 - late on purpose
    from ykt_conformance.report.html import run_page  # noqa: PLC0415 - late on purpose

    folder = evidence.folder
    text = results_json.render(run, evidence)
    evidence.close()
    going = () if run.stopped else (PROGRESS,)
    (folder / RESULTS).write_text(text, encoding="utf-8")
    (folder / ICS).write_text(run.ics_text, encoding="utf-8")
    for number, form in enumerate(run.more_ics.values(), 2):
        (folder / _FORM.format(number=number)).write_text(form, encoding="utf-8")
    if run.campaign.text:
        (folder / CAMPAIGN).write_text(run.campaign.text, encoding="utf-8", newline="")
    (folder / JUNIT).write_text(junit.render(run, lang), encoding="utf-8")
    run_page.render(
        run, folder / PAGE,
        hider=evidence.hider, evidence=evidence_sha256(folder, going), printed=printed,
    )  # fmt: skip
    digest = manifest.write(folder, but=going)
    for name in going:
        (folder / name).unlink(missing_ok=True)
    return digest
