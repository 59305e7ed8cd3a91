"""Names of a package that are imported when they are asked for (PEP 562).

So a face costs nothing until it is used: importing `ykt_sim.bench.files` does not import the
engines that `ykt_sim.bench` offers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def late(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package.

    Args:
        package: its name.
        places: modules below it, each with the names taken from it and blanks between.

    Returns:
        a function that imports a name once and raises AttributeError for any other.
    """
    modules = {name: module for module, names in places.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return get
