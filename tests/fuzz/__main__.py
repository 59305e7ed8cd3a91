"""`make fuzz`: every target under atheris, some at a time; exits 1 when one has found something.

A run begins with the seeds and with what earlier runs kept in the folder. With ``--seed`` and
``--runs`` it does the same again on the same sources, wherever it runs: that is what CI asks for.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.registry import TARGETS
from tests.fuzz.target import ROOT, Target

#: Seconds by the clock for one input, on the busiest machine: what it may cost is `Target.run`'s.
INPUT_S = 600
#: MiB that a target may have.
MEMORY = 2048
#: Seconds for the seeds, and for the last input.
BESIDES_S = 900
#: Lines of a finding that are shown; its log has all.
SHOWN = 25
DONE = re.compile(r"#\d+\s+DONE\s+cov: (\d+) .*exec/s: (\d+)")
UNIT = re.compile(r"Test unit written to (\S+)")


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The words of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; all without")
    parser.add_argument("--seconds", type=int, default=60, help="for each target, at most")
    parser.add_argument("--runs", type=int, default=-1, help="inputs for each target, at most")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations; 0 draws one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time")
    parser.add_argument("--folder", type=Path, default=ROOT / "out" / "fuzz", help="what is kept")
    asked = parser.parse_args(words)
    if unknown := sorted(set(asked.targets) - set(TARGETS)):
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    return asked


def say(line: str) -> None:
    """A line at once, while other targets run."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def seeds(target: Target, folder: Path) -> list[Path]:
    """Write what a target begins with; gives the files in the order of their content's hash.

    That of a folder is the file system's own, and would have each machine try other inputs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found: set[Path] = set()
    for seed in (*target.begins(), *(path.read_bytes() for path in target.found())):
        path = folder / hashlib.sha256(seed).hexdigest()[:16]
        path.write_bytes(seed)
        found.add(path)
    return sorted(found)


def fuzz(target: Target, asked: argparse.Namespace) -> str:
    """Run one target; gives what it found, empty when nothing."""
    folder: Path = asked.folder / target.name
    kept = folder / "kept"
    kept.mkdir(parents=True, exist_ok=True)
    listed = folder / "list"
    listed.write_text(",".join(map(str, seeds(target, folder / "seeds"))))
    words = [
        f"-max_total_time={asked.seconds}", f"-runs={asked.runs}", f"-seed={asked.seed}",
        f"-timeout={INPUT_S}", f"-rss_limit_mb={MEMORY}", f"-max_len={target.longest}",
        "-report_slow_units=600", "-len_control=0", "-print_final_stats=1",
        f"-artifact_prefix={folder}/found-",
        f"-seed_inputs=@{listed}", str(kept),
    ]  # fmt: skip
    command = [sys.executable, "-m", "tests.fuzz.drive", target.name, *words]
    log = folder / "log"
    with log.open("wb") as out:
        try:
            code = subprocess.run(
                command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "0"},
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False,
                timeout=asked.seconds + BESIDES_S,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            code = -1
    text = log.read_text("utf-8", "replace")
    done = DONE.search(text)
    if code == 0 and done:
        say(f"{target.name:12} {done[1]:>6} places reached, {done[2]} inputs a second")
        return ""
    input_ = UNIT.search(text)
    lines = [line for line in text.splitlines() if "INFO" not in line and not line.startswith("#")]
    where = (
        f"{input_[1]}: once cured, its place is tests/fuzz/found/{target.name}/" if input_ else log
    )
    return "\n".join((f"{target.name}: exit code {code}", *lines[-SHOWN:], str(where)))


def main() -> int:
    """All targets that are asked for; 1 when one has found something."""
    asked = arguments()
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("atheris is not installed; it has wheels for Linux on x86-64 alone\n")
        return 1
    wanted = [TARGETS[name] for name in asked.targets] or list(TARGETS.values())
    with ThreadPoolExecutor(asked.jobs) as pool:
        found = [text for text in pool.map(lambda one: fuzz(one, asked), wanted) if text]
    for text in found:
        say(f"\nFOUND {text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
