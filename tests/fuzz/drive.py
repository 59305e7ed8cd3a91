"""One target under atheris: ``python -m tests.fuzz.drive NAME WORDS``, the words libFuzzer's.

What is imported while the seeds are checked is instrumented; so the seeds come first.
"""

from __future__ import annotations

import sys

import atheris


def main() -> None:
    """Never comes back: libFuzzer ends the process."""
    name, *words = sys.argv[1:]
    with atheris.instrument_imports(include=["ykt_sim", "ykt_conformance", "tomllib"]):
        from tests.fuzz.registry import TARGETS  # noqa: PLC0415 - to be instrumented

        target = TARGETS[name]
        for seed in target.begins():
            target.run(seed)
    atheris.Setup([name, *words], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
