"""The version of the suite goes up with what it says: ``make reference``.

``cases/suite.toml`` keeps the version and a digest of what cases say: their code, the clauses and
the rules that they are judged by, without comments, layout and sentences that explain code. Where
the digest is another one the last number of the version is raised; whoever changes what a run means
to those who compare it with an older one raises the second number by hand.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
_SUITE: Final = Path("conformance/ykt_conformance")
KEPT: Final = _SUITE / "cases" / "suite.toml"
#: What a verdict's words and rules are in.
_RULES: Final = (_SUITE / "model" / "rules.toml", Path("ykt_sim/meaning/duty/rules.toml"))


def digest(root: Path = ROOT) -> str:
    """SHA-256 of what the suite below a folder says."""
    made = hashlib.sha256()
    cases = (path for path in (root / _SUITE / "cases").rglob("*") if path != root / KEPT)
    for path in sorted((*cases, *(root / one for one in _RULES))):
        said: object = None
        if path.suffix == ".py":
            said = list(_code(ast.parse(path.read_text("utf-8"))))
        elif path.suffix == ".toml":
            said = tomllib.loads(path.read_text("utf-8"))
        if said:
            made.update(f"{path.relative_to(root).as_posix()} {said!r}".encode())
    return made.hexdigest()


def _code(node: ast.AST) -> Iterator[str]:
    """The nodes of a program with what stands in them, without sentences that stand alone."""
    for name, value in ast.iter_fields(node):
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
                continue
            if isinstance(one, ast.AST):
                yield f"{name}:{type(one).__name__}"
                yield from _code(one)
            elif one is not None:
                yield f"{name}:{one!r}"


def raised(text: str, now: str) -> str:
    """The kept file for a digest: with a higher version where it is another one."""
    kept = tomllib.loads(text)
    if kept["digest"] == now:
        return text
    major, minor, patch = kept["version"].split(".")
    higher = f"{major}.{minor}.{int(patch) + 1}"
    return text.replace(kept["version"], higher).replace(kept["digest"], now)


def main() -> None:
    """Write the kept file anew where the suite says something else."""
    path = ROOT / KEPT
    before = path.read_text("utf-8")
    after = raised(before, digest())
    path.write_text(after, "utf-8")
    told = "as it was" if after == before else "raised"
    sys.stdout.write(f"suite {tomllib.loads(after)['version']}: {told}\n")


if __name__ == "__main__":
    main()
