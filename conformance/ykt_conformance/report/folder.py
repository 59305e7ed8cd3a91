"""The folder of a run: report files, one folder per case, and the manifest over all."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Final

from ykt_conformance.judge.results import RunResult
from ykt_conformance.report import manifest, results_json
from ykt_sim.errors import UsageError

ICS: Final = "ics.toml"
REPORT: Final = "report.html"
#: What of a report goes to paper: the summary; with the cases that did not pass; everything.
PRINTS: Final = ("summary", "failures", "full")
CAMPAIGN: Final = "campaign.toml"


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
    if folder.is_dir() and any(folder.iterdir()):
        if not (force and (folder / manifest.NAME).is_file()):
            hint = "--force replaces an earlier run" if not force else "and it holds no run"
            raise UsageError(f"{folder} is not empty; {hint}")
        _remove_run(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror or error}") from None


def _remove_run(folder: Path) -> None:
    lines = (folder / manifest.NAME).read_bytes().decode("utf-8", "replace").split("\n")
    listed = {line[66:] for line in lines if line[64:66] == "  "}
    others = [name for name in manifest.files_of(folder) if name not in listed]
    if others:
        raise UsageError(f"{folder} holds {others[0]}, which no run wrote")
    for name in (*manifest.files_of(folder), manifest.NAME):
        (folder / name).unlink()
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        path.rmdir()


def write(run: RunResult, folder: Path, *, printed: str = "summary") -> str:
    """Write a run into a prepared folder; gives the SHA-256 of its manifest.

    The report is written last: it bears the hash of all the rest, the evidence that it rests on.

    Args:
        run: the run.
        folder: as `prepare` made it.
        printed: what of the report goes to paper, one of `PRINTS`.
    """
    from ykt_conformance.report import evidence, junit  # noqa: PLC0415 - late on purpose
    from ykt_conformance.report.html import run_page  # noqa: PLC0415 - late on purpose
    from ykt_conformance.report.recording import recordings  # noqa: PLC0415 - late on purpose

    decoded = recordings(run)
    (folder / ICS).write_text(run.ics_text, encoding="utf-8")
    if run.campaign.text:
        (folder / CAMPAIGN).write_text(run.campaign.text, encoding="utf-8")
    (folder / "results.json").write_text(results_json.render(run), encoding="utf-8")
    (folder / "junit.xml").write_text(junit.render(run), encoding="utf-8")
    written: dict[str, Path] = {}
    for result in run.results:
        if result.trace is None:
            continue
        place = folder / results_json.CASE_FOLDER.format(id=result.id)
        place.mkdir(parents=True, exist_ok=True)
        for name, text in evidence.files(result, decoded[id(result.trace)]):
            _write_once(place / name, text, written)
    run_page.render(
        run, folder / REPORT, decoded=decoded, evidence=evidence_sha256(folder), printed=printed
    )
    return manifest.write(folder)


def evidence_sha256(folder: Path) -> str:
    """SHA-256 of what a report rests on: of the manifest's lines without that of the report.

    So anybody has it by ``grep -v '  report.html$' MANIFEST | sha256sum``.
    """
    digest = hashlib.sha256()
    for name in manifest.files_of(folder):
        if name != REPORT:
            digest.update(f"{manifest.sha256_of(folder / name)}  {name}\n".encode())
    return digest.hexdigest()


def _write_once(path: Path, text: str, written: dict[str, Path]) -> None:
    """Write a file; a text that is there already is linked, where the disk can do that.

    All cases of a recording rest on the same trace, which would fill the disk otherwise.
    """
    first = written.setdefault(text, path)
    if first != path:
        with suppress(OSError):
            path.hardlink_to(first)
            return
    path.write_text(text, encoding="utf-8")
