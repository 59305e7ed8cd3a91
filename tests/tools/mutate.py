"""`make mutate`: break one place at a time and see whether a test notices.

Every mutant runs in a copy of the tree, never in the checkout: first against the tests that mirror
its module, then, if it lives, against all tests but those of browsers and PC/SC. One that does not
compile, or hangs, counts as killed. Exit code 1: one lives that is not explained.
"""

from __future__ import annotations

import argparse
import json
import queue
import re
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tests.tools.check_repo import tracked_files
from tests.tools.mutant_tree import Tree, say
from tests.tools.mutations import Point, points_of

ROOT: Final = Path(__file__).resolve().parents[2]
#: Packages whose modules are broken, and folders in them that only show, or are wrong on purpose.
PACKAGES: Final = ("ykt_sim", "conformance")
LEFT_OUT: Final = {"cli", "ui", "report", "zoo", "faults"}
EXPLAINED: Final = "tests/tools/mutants.toml"
SHARED: Final = ("-n", "2", "--dist", "worksteal")
WHOLE: Final = ("tests", "--ignore=tests/pcsc", "--ignore-glob=*browser*", *SHARED)
_EXAMPLES: Final = """examples:
  make mutate MUTATE_ARGS='--rooms wire crypto --no-whole'
  python -m tests.tools.mutate --rooms card --per-module 3 --seed 7
  python -m tests.tools.mutate --rooms trace/model.py --per-module 1000 --json out/model.json
  python -m tests.tools.mutate --limit 100 --workers 2 --no-whole
"""


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: ``end`` is mirrored, whole, survived or explained.

    ``how`` names the test that failed, or says "hangs" or "does not compile"; for an explained one
    it is the explanation.
    """

    end: str
    how: str = ""


# -- which modules, which tests ---------------------------------------------------------------


def modules_of(rooms: Sequence[str], root: Path = ROOT) -> list[str]:
    """Paths of the modules of some rooms; of all that decide something if none is named.

    Raises SystemExit for a room that is not there.
    """
    modules = [
        path.as_posix()
        for path in tracked_files(root)
        if path.suffix == ".py" and path.parts[0] in PACKAGES
    ]
    if not rooms:
        return [path for path in modules if not LEFT_OUT & set(PurePosixPath(path).parts)]
    chosen: set[str] = set()
    for room in rooms:
        inside = re.compile(rf"(?:(?:{'|'.join(PACKAGES)})/(?:ykt_\w+/)?)?{re.escape(room)}(?:/|$)")
        found = {path for path in modules if inside.match(path)}
        if not found:
            raise SystemExit(f"no room {room!r} in {' or '.join(PACKAGES)}")
        chosen |= found
    return sorted(chosen)


def mirrored(module: str, root: Path = ROOT) -> str:
    """The tests that mirror a module: its own file, else the nearest folder of tests."""
    parts = PurePosixPath(module).parts
    parts = tuple(part for part in parts[:-1] if not part.startswith("ykt_"))
    own = PurePosixPath("tests", *parts, f"test_{PurePosixPath(module).name}")
    if (root / own).is_file():
        return str(own)
    return str(next(folder for folder in own.parents if (root / folder).is_dir()))


def drawn(points: Iterable[Point], count: int, seed: int) -> list[Point]:
    """``count`` of the points, by seed."""
    return sorted(points, key=lambda point: point.rank(seed))[:count]


def explanations(path: Path) -> dict[tuple[str, str, str], str]:
    """The file of explained mutants: why a change cannot be seen, by module, function, change."""
    if not path.is_file():
        return {}
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {(one["module"], one["function"], one["change"]): one["why"] for one in table["mutant"]}


# -- running ----------------------------------------------------------------------------------


Told = Callable[[Point, str], None]


def run_mirrored(points: Sequence[Point], trees: Sequence[Tree], told: Told) -> dict[Point, str]:
    """What killed each point among the tests that mirror it; ``told`` hears of each at once."""
    free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
    for tree in trees:
        free.put(tree)

    def one(point: Point) -> str:
        tree = free.get()
        try:
            killer = tree.killer(point, (mirrored(point.module),))
        finally:
            free.put(tree)
        told(point, killer)
        return killer

    with ThreadPoolExecutor(len(trees)) as pool:
        try:
            return dict(zip(points, pool.map(one, points), strict=True))
        except BaseException:
            for tree in trees:
                tree.stop()
            raise


def run_whole(points: Sequence[Point], tree: Tree, told: Told) -> dict[Point, str]:
    """What killed each point among all tests, run as seldom as can be.

    Many are broken at once, one a module; tests that fail then are run with each of them alone,
    first one a file. What these tests do not kill is tried together again, until nothing fails.
    """
    killers: dict[Point, str] = {}

    def settle(point: Point, killer: str) -> None:
        killers[point] = killer
        told(point, killer)

    while left := [point for point in points if point not in killers]:
        batch = list({point.module: point for point in reversed(left)}.values())
        failed = tree.failing(batch, WHOLE)
        before = len(killers)
        for tests in _suspects(failed):
            for point in batch:
                if killer := tree.killer(point, tests):
                    settle(point, killer)
            if len(killers) > before:
                break
        if failed is None or len(killers) == before:
            for point in batch:
                if point not in killers:
                    settle(point, "")
    return killers


def _suspects(failed: list[str] | None) -> list[tuple[str, ...]]:
    """Tests to run with each mutant alone, few before many; all where it is not known which."""
    if not failed:
        return [WHOLE] if failed is None else []
    one_a_file = {name.partition("::")[0]: name for name in reversed(failed)}
    return [tuple(one_a_file.values()), (*failed, *SHARED)]


# -- telling ----------------------------------------------------------------------------------


def _progress(stage: str, total: int) -> Told:
    began, done = time.monotonic(), 0

    def told(point: Point, killer: str) -> None:
        nonlocal done
        done += 1
        rate = done / max(time.monotonic() - began, 1e-3)
        left = (total - done) / rate / 60
        say(
            f"{stage} {done}/{total}, {rate * 60:.1f} a minute, {left:.0f} min left: "
            f"{point.module}:{point.line} {'killed' if killer else 'lives'} {killer}".rstrip()
        )

    return told


def table(fates: dict[Point, Fate]) -> Iterator[str]:
    """Lines of the table: a line per module, the sum of each folder, the sum of all."""
    groups: dict[str, Counter[str]] = {}
    for point, fate in fates.items():
        for name in (point.module, f"{PurePosixPath(point.module).parent}/", "all"):
            groups.setdefault(name, Counter())[fate.end] += 1
    yield f"{'':45} mirrored  whole  survived  explained  killed"
    for name in sorted(groups, key=lambda name: (name == "all", name)):
        count = groups[name]
        killed = count["mirrored"] + count["whole"]
        share = killed / max(killed + count["survived"], 1)
        yield (
            f"{name:45} {count['mirrored']:8} {count['whole']:6} {count['survived']:9} "
            f"{count['explained']:10} {share:7.0%}"
        )


def as_json(fates: dict[Point, Fate], seed: int) -> str:
    """The whole result, for programs."""
    mutants = [
        {
            "module": point.module, "line": point.line, "function": point.function,
            "kind": point.kind, "change": point.change, **asdict(fate),
        }
        for point, fate in fates.items()
    ]  # fmt: skip
    return json.dumps({"seed": seed, "mutants": mutants}, ensure_ascii=False, indent=1) + "\n"


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.tools.mutate", description=__doc__, epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("--rooms", nargs="+", default=[], metavar="ROOM", help="folders or modules, e.g. wire "
        "conformance/cases card/purse.py; without: all that decide something")  # fmt: skip
    add("--per-module", type=int, default=1, metavar="N", help="points drawn of each module (1)")
    add("--limit", type=int, metavar="N", help="at most N of these, drawn by seed")
    add("--seed", type=int, default=0, help="another seed draws other points (0)")
    add("--no-whole", action="store_true", help="mirrored tests only: quick, and too strict")
    add("--workers", type=int, default=1, metavar="N", help="copies that run mirrored tests (1)")
    add("--json", type=Path, metavar="FILE", help="write the result here as well")
    add("--explained", type=Path, default=ROOT / EXPLAINED, metavar="FILE",
        help=f"mutants that nothing can notice, each with why ({EXPLAINED})")  # fmt: skip
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Draw, run, tell; 1 if a mutant lives that is not explained."""
    options = _options(words)
    why = explanations(options.explained)
    points: list[Point] = []
    for module in modules_of(options.rooms):
        found = points_of(module, (ROOT / module).read_bytes())
        points += drawn(found, options.per_module, options.seed)
        for key in why.keys() - {point.key for point in found}:
            if key[0] == module:
                say(f"{options.explained}: explains nothing any more: {' '.join(key)}")
    if options.limit is not None:
        chosen = set(drawn(points, options.limit, options.seed))
        points = [point for point in points if point in chosen]
    fates = {point: Fate("explained", why[point.key]) for point in points if point.key in why}
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        trees = [Tree(Path(folder, str(number)), ROOT) for number in range(options.workers)]
        left = [point for point in points if point not in fates]
        killers = run_mirrored(left, trees, _progress("mirrored", len(left)))
        fates |= {point: Fate("mirrored", killer) for point, killer in killers.items() if killer}
        left = [point for point in left if point not in fates]
        if left and not options.no_whole:
            killers = run_whole(left, trees[0], _progress("whole", len(left)))
            fates |= {point: Fate("whole", killer) for point, killer in killers.items() if killer}
    fates = {point: fates.get(point, Fate("survived")) for point in points}
    sys.stdout.write("\n".join(table(fates)) + "\n")
    lives = [point for point, fate in fates.items() if fate.end == "survived"]
    for point in lives:
        sys.stdout.write(f"lives: {point.module}:{point.line} in {point.function or 'module'}, "
                         f"{point.kind}\n    {point.change}\n")  # fmt: skip
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(as_json(fates, options.seed), encoding="utf-8")
    return 1 if lives else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    sys.exit(main())
