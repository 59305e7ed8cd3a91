"""How a handler refuses: an exception that carries a status word."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a status word, not an error
    """End the command with a status word; internal to the engine."""

    def __init__(self, sw: int, data: bytes = b"") -> None:
        self.sw = int(sw)
        self.data = data
        super().__init__(f"{sw:04X}")
