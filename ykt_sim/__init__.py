"""ykt-sim: an open test bench for transit-card interoperability in Guangdong.

The rooms and the one-way imports between them are described in
``docs/reference/architecture.md`` and held by import-linter.
"""

from ykt_sim.version import __version__

__all__ = ["__version__"]
