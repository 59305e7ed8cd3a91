"""A report as a PDF, printed by a headless Chromium that is on this machine.

The report is printed as it is: its script runs and nothing is loaded. Only what goes to paper and
the language are set, in a copy. The contents get their page numbers from a first printing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

from ykt_conformance.report.folder import PAGE, PRINTS
from ykt_sim.errors import UsageError
from ykt_sim.textfile import NoTextError, read_text

#: Names of programs that print, in the order in which they are looked for.
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LANGUAGES: Final = ("en", "zh")
#: Longest time for a page to be printed, in seconds.
LIMIT_S: Final = 300.0
#: Seconds between two looks at whether it is done.
_LOOK_S: Final = 0.5
Progress = Callable[[str], object]
_ROOT: Final = re.compile(r'<html lang="en" data-print="[a-z]+"')
_ENTRY: Final = re.compile(r'(<li data-part="([a-z]+)">)')
_DESTINATION: Final = re.compile(rb"/([a-z]+) \[(\d+) 0 R ?/XYZ")
_PAGE: Final = re.compile(rb"(\d+) 0 obj\s*<<[^>]*?/Type ?/Page\b")
_KIDS: Final = re.compile(rb"/Kids \[([^\]]*)\]")


def _silent(_what: str) -> None:
    pass


def browser() -> str:
    """The program that prints; UsageError where there is none."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    raise UsageError(
        "no Chromium on this machine; install one (Debian: apt-get install chromium "
        "fonts-noto-cjk), or print report.html from any browser"
    )


def write_pdf(
    folder: Path,
    out: Path,
    *,
    printed: str = "",
    lang: Literal["en", "zh"] = "en",
    progress: Progress = _silent,
) -> int:
    """Print the report of a run's folder; gives the number of pages.

    Args:
        folder: of a run.
        out: file to write.
        printed: one of `PRINTS`; empty leaves what the run chose.
        lang: language of the pages.
        progress: told what is done, again and again while it lasts.

    Raises:
        UsageError: no report there, no browser, or it did not print.
    """
    path = folder / PAGE
    try:
        page = read_text(path)
    except (OSError, NoTextError) as error:
        raise UsageError(f"{path}: {getattr(error, 'strerror', '') or error}") from None
    if _ROOT.search(page) is None:
        raise UsageError(f"{path}: no report of ykt conform that can be printed")
    page = prepared(page, printed, lang)
    program = browser()
    with tempfile.TemporaryDirectory(prefix="ykt-pdf-") as name:
        work = Path(name)
        first = printed_by(program, page, work, lambda: progress("printing"))
        numbers = page_numbers(first)
        if numbers:
            page = with_pages(page, numbers)
            first = printed_by(program, page, work, lambda: progress("printing with page numbers"))
    out.write_bytes(first)
    return len(_PAGE.findall(first))


def prepared(page: str, printed: str, lang: str) -> str:
    """The page with what goes to paper and the language set; arguments as in `write_pdf`."""
    found = _ROOT.search(page)
    root = found[0] if found else ""
    if printed:
        if printed not in PRINTS:
            raise UsageError(f"cannot print {printed!r}: there are {', '.join(PRINTS)}")
        root = re.sub('data-print="[a-z]+"', f'data-print="{printed}"', root)
        page = re.sub(r'(name="print" id="p-[a-z]+" value="[a-z]+") checked', r"\1", page)
        page = page.replace(f'id="p-{printed}" value="{printed}"',
                            f'id="p-{printed}" value="{printed}" checked')  # fmt: skip
    return page.replace(found[0] if found else "", f'{root} data-lang="{lang}"', 1)


def printed_by(
    program: str, page: str, work: Path, tell: Callable[[], object] = lambda: None
) -> bytes:
    """The page as a PDF.

    Args:
        program: a Chromium.
        page: HTML.
        work: folder to work in.
        tell: called twice a second while it lasts.

    Raises:
        UsageError: it did not print, with what it said last.
    """
    source, target = work / "report.html", work / "report.pdf"
    source.write_text(page, "utf-8")
    words = [
        program, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
        "--disable-background-networking", "--disable-dev-shm-usage", "--no-pdf-header-footer",
        "--generate-pdf-document-outline", f"--user-data-dir={work / 'profile'}",
        f"--print-to-pdf={target}", source.as_uri(),
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.insert(1, "--no-sandbox")  # it refuses to run as root with one
    try:
        code, stderr = _run(words, tell)
    except OSError as error:
        raise UsageError(f"{program}: {error.strerror or error}") from None
    if not target.is_file() or not target.stat().st_size:
        said = stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(f"{program}: did not print: {said[-1] if said else code}")
    data = target.read_bytes()
    target.unlink()
    return data


def _run(words: list[str], tell: Callable[[], object]) -> tuple[int, bytes]:
    """Run a program to its end, `LIMIT_S` at most; its exit code, and what it complained of."""
    ends = time.monotonic() + LIMIT_S
    with subprocess.Popen(  # noqa: S603 - a program of this machine, on our own file
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        try:
            while True:
                try:
                    _, said = child.communicate(timeout=_LOOK_S)
                except subprocess.TimeoutExpired:
                    tell()
                    if time.monotonic() > ends:
                        raise UsageError(
                            f"{words[0]}: did not print within {LIMIT_S:g} s"
                        ) from None
                else:
                    return child.returncode, said
        finally:
            child.kill()  # where it has not ended, whatever ended us; nothing where it has


def page_numbers(pdf: bytes) -> dict[str, int]:
    """Page of each part of the contents, from 1; empty where the file does not tell.

    A browser writes where a link leads to as a named destination, and the pages in order.
    """
    order = [int(kid) for kids in _KIDS.findall(pdf) for kid in re.findall(rb"(\d+) 0 R", kids)]
    pages = {int(number) for number in _PAGE.findall(pdf)}
    place = {number: at for at, number in enumerate((one for one in order if one in pages), 1)}
    found = ((name.decode(), int(page)) for name, page in _DESTINATION.findall(pdf))
    return {name: place[page] for name, page in found if page in place}


def with_pages(page: str, numbers: Mapping[str, int]) -> str:
    """The report with page numbers in its contents."""

    def numbered(found: re.Match[str]) -> str:
        number = numbers.get(found[2])
        return found[1] if number is None else f'{found[1]}<span class="page">{number}</span>'

    return _ENTRY.sub(numbered, page)
