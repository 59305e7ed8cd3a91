"""The house as drawn: circles, crowded folders, tests that mirror, the sheet of files.

Run as ``python tests/tools/check_structure.py``; prints one line per finding, exits 1 if there
is any. Layers between rooms are import-linter's matter; what it does not see is here.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

#: Package -> folder its modules lie in.
PACKAGES = {"ykt_sim": "ykt_sim", "ykt_conformance": "conformance/ykt_conformance"}
#: Folders with one file a format, as many as there are formats.
MAY_BE_CROWDED = ("ykt_sim/trace/readers", "ykt_sim/trace/writers")
MAX_FILES = 20
ARCHITECTURE = "docs/reference/architecture.md"
FILES = "docs/reference/files.md"
EXCEPTIONS = "tests/tools/mirror.toml"
#: A path of this repository in the text of the architecture.
_PATH = re.compile(r"`((?:ykt_sim|conformance|tests|docs|apdu_traces)/[\w./]*)`")


def modules(root: Path) -> dict[str, Path]:
    """Every module of both packages with its file."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root / folder).with_suffix("").parts
            name = ".".join((package, *parts)).removesuffix(".__init__")
            found[name] = path
    return found


def imports(tree: ast.AST, known: Mapping[str, Path]) -> Iterator[str]:
    """Modules that a file imports when it is imported, for typing only included.

    An import inside a function is left out: it runs late, when both modules stand.
    """
    for node in _outside_functions(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in known else node.module


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _outside_functions(node)


def circles(graph: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Groups of nodes that reach each other (Tarjan), each in order of name."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(name: str) -> Iterator[tuple[str, ...]]:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph.get(name, ()):
            if other not in index:
                yield from visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            group = tuple(sorted(stack[at:]))
            del stack[at:]
            if len(group) > 1:
                yield group

    for name in graph:
        if name not in index:
            yield from visit(name)


def check_circles(root: Path) -> Iterator[str]:
    """No file imports itself by way of others."""
    known = modules(root)
    graph = {
        name: sorted(set(imports(ast.parse(path.read_text("utf-8")), known)) - {name})
        for name, path in known.items()
    }
    for group in circles(graph):
        yield f"circle of imports: {', '.join(group)}"


def check_folders(root: Path) -> Iterator[str]:
    """A folder of more files than one can survey wants rooms."""
    for top in PACKAGES.values():
        for folder in sorted({path.parent for path in (root / top).rglob("*.py")}):
            name = folder.relative_to(root).as_posix()
            count = sum(1 for path in folder.glob("*.py") if path.stem != "__init__")
            if count > MAX_FILES and name not in MAY_BE_CROWDED:
                yield f"{name}: {count} files, at most {MAX_FILES}"


def check_mirror(root: Path) -> Iterator[str]:
    """Every module has its test file, or an exception says where it is tested."""
    excused = tomllib.loads((root / EXCEPTIONS).read_text("utf-8"))["elsewhere"]
    seen = set()
    for name, path in modules(root).items():
        if path.stem == "__init__":
            continue
        inside = Path(*name.removeprefix("ykt_sim.").split("."))
        if name.startswith("ykt_conformance."):
            inside = Path("conformance", *name.split(".")[1:])
        test = root / "tests" / inside.parent / f"test_{inside.name}.py"
        source = path.relative_to(root).as_posix()
        folder = next(
            (key for key in excused if source == key or source.startswith(key.rstrip("/") + "/")),
            None,
        )
        if test.is_file():
            if source in excused:
                yield f"{EXCEPTIONS}: {source} has a test file, it needs no exception"
        elif folder is None:
            yield f"{source}: no {test.relative_to(root).as_posix()}"
        if folder is not None:
            seen.add(folder)
            if not (root / excused[folder]).exists():
                yield f"{EXCEPTIONS}: {source} is tested in {excused[folder]}, which is not there"
    yield from (f"{EXCEPTIONS}: there is no {key}" for key in excused if key not in seen)


def sheet(root: Path) -> str:
    """The page of all files: each with the first line of its docstring, by room."""
    rooms: dict[str, list[tuple[str, str]]] = {}
    heads: dict[str, str] = {}
    for path in modules(root).values():
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        line = text.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        folder = path.parent.relative_to(root).as_posix()
        rooms.setdefault(folder, [])
        if path.stem == "__init__":
            heads[folder] = line
        else:
            rooms[folder].append((path.name, line))
    parts = [
        "# Files",
        "What lies where: every room with its files, by what each says of itself. How the rooms "
        "hang together is in [architecture](architecture.md).",
    ]
    for folder in sorted(rooms):
        parts.append(f"## `{folder}/`")
        parts.append(heads.get(folder, ""))
        rows = [f"| `{name}` | {line} |" for name, line in rooms[folder]]
        parts.append("\n".join(("| file | what it is |", "|---|---|", *rows)) if rows else "")
    return "\n\n".join(part for part in parts if part) + "\n"


def check_sheet(root: Path) -> Iterator[str]:
    """The sheets are true: every file is described, and what the architecture names is there."""
    if (root / FILES).read_text("utf-8") != sheet(root):
        yield f"{FILES}: not what the files say of themselves; make reference writes it again"
    for name, path in modules(root).items():
        if not ast.get_docstring(ast.parse(path.read_text("utf-8"))):
            yield f"{path.relative_to(root).as_posix()}: {name} does not say what it is"
    text = (root / ARCHITECTURE).read_text("utf-8")
    named = set(_PATH.findall(text))
    for name in sorted(named):
        if not (root / name).exists():
            yield f"{ARCHITECTURE}: there is no {name}"
    for folder in sorted({path.parent for path in modules(root).values()}):
        name = f"{folder.relative_to(root).as_posix()}/"
        if name not in named:
            yield f"{ARCHITECTURE}: does not say what {name} is"


def findings(root: Path) -> Iterator[str]:
    """Yield every finding in the repository at root."""
    yield from check_circles(root)
    yield from check_folders(root)
    yield from check_mirror(root)
    yield from check_sheet(root)


def main() -> int:
    """Print all findings; 1 if there are any."""
    found = list(findings(Path(__file__).resolve().parents[2]))
    for line in found:
        sys.stderr.write(f"{line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
