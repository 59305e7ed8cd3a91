"""Values that a trace knows besides the right ones: what somebody may have taken instead."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Final

from ykt_sim.codes import INS
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.explain.inputs import Inputs
from ykt_sim.meaning.explain.mistakes import Alternative
from ykt_sim.trace.model import Exchange

#: Values of one part that are kept, the newest of them.
MAX_KEPT: Final = 6
_TERMINAL: Final = 6
_BLOCK: Final = 8
_INITIALIZE: Final = bytes((INS.INITIALIZE,))


class Around:
    """Keeps the terminal numbers, randoms, challenges and codes that went by."""

    def __init__(self) -> None:
        self._terminals: OrderedDict[bytes, str] = OrderedDict()
        self._randoms: OrderedDict[bytes, str] = OrderedDict()
        self._challenges: OrderedDict[bytes, str] = OrderedDict()
        self._group = 0
        self._codes: Mapping[str, bytes] = {}
        self._before: Mapping[str, bytes] = {}

    def heard(self, item: Annotated) -> None:
        """Take what one exchange tells."""
        for one in item.sent + item.received:
            terminal = one.fields.get("terminal")
            if isinstance(terminal, str) and terminal:
                raw = bytes.fromhex(terminal)[-_TERMINAL:]
                _keep(self._terminals, raw, item.target or item.name)
        event = item.event
        if isinstance(event, Exchange) and event.command[1:2] == _INITIALIZE:
            for one in item.received:
                random = one.fields.get("random")
                if isinstance(random, str) and random:
                    _keep(self._randoms, bytes.fromhex(random), item.name)

    def challenge(self, answer: bytes) -> None:
        """Take the answer of a GET CHALLENGE."""
        if len(answer) in {4, 8}:
            _keep(self._challenges, answer.ljust(_BLOCK, b"\0"), "GET CHALLENGE")

    def made(self, group: int, codes: Mapping[str, bytes]) -> None:
        """Take right codes of a transaction.

        Args:
            group: its number.
            codes: by what they are, e.g. ``MAC2``.
        """
        if group != self._group:
            self._group, self._before, self._codes = group, self._codes, {}
        self._codes = {**self._codes, **codes}

    def of(self, inputs: Inputs) -> tuple[Alternative, ...]:
        """Other values of the parts of a code, the newest first, and other codes."""
        return (*self._numbers(inputs), *self._stale(inputs), *self._others(inputs))

    def _others(self, inputs: Inputs) -> Iterator[Alternative]:
        for code, value in self._codes.items():
            if code != inputs.code:
                yield Alternative(
                    "code", value, f"code-{code}", f"{code} of the same transaction in its place",
                    f"此处放了同一交易的 {code}",
                )  # fmt: skip
        for code, value in self._before.items():
            yield Alternative(
                "code", value, f"code-before-{code}", f"{code} of the transaction before",
                f"用了上一笔交易的 {code}",
            )  # fmt: skip

    def _numbers(self, inputs: Inputs) -> Iterator[Alternative]:
        right = inputs.part("terminal")
        for value, place in reversed(self._terminals.items()):
            if right is not None and value != right:
                text = value.hex().upper()
                yield Alternative(
                    "terminal", value, f"terminal-{text}", f"terminal number {text} of {place}",
                    f"用了 {place} 中的终端机编号 {text}",
                )  # fmt: skip

    def _stale(self, inputs: Inputs) -> Iterator[Alternative]:
        right = inputs.part("random")
        for value in reversed(self._randoms):
            if right is not None and value != right:
                text = value.hex().upper()
                yield Alternative(
                    "random", value, f"stale-random-{text}",
                    f"stale random {text} of an earlier INITIALIZE",
                    f"用了之前初始化的随机数 {text}",
                )  # fmt: skip
        first = inputs.part("challenge") or inputs.iv
        for value in reversed(self._challenges):
            if value != first and first != bytes(_BLOCK):
                text = value.hex().upper()
                yield Alternative(
                    "challenge", value, f"stale-challenge-{text}",
                    f"stale challenge {text} of an earlier GET CHALLENGE",
                    f"用了之前取得的随机数 {text}",
                )  # fmt: skip


def _keep(kept: OrderedDict[bytes, str], value: bytes, place: str) -> None:
    if value in kept:
        kept.move_to_end(value)
        return
    kept[value] = place
    if len(kept) > MAX_KEPT:
        kept.popitem(last=False)
