"""ykt-sim: an open test bench for transit-card interoperability in Guangdong.

The rooms and the one-way imports between them are described in
``docs/reference/architecture.md`` and held by import-linter.
"""

__version__ = "0.1.0"
