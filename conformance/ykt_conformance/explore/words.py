"""What the words of explorations have in common: a verb, its words, and what is changed behind it.

Behind a step may stand ``spoil=N`` (a bit of byte N of the data), ``cla=`` ``ins=`` ``p1=`` ``p2=``
``le=`` (hex, ``le=no``), ``cut=N``, ``add=N``, and what a subject has besides. Before it:
``tear:N`` cuts the power at the N-th write, ``pull`` takes the card before it answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import msgspec

from ykt_sim.errors import ReadError, UsageError
from ykt_sim.wire.apdu import Command

#: Characters of a step that an error quotes, and of a number in one.
_SHOWN: Final = 60
_DIGITS: Final = 9
_EDITS: Final = ("cla", "ins", "p1", "p2", "le", "cut", "add", "spoil")
#: The verb that is no command.
RESET: Final = "reset"


class Step(msgspec.Struct, frozen=True):
    """A step, read.

    Attributes:
        verb: its first word.
        words: the others.
        options: what stands behind, by name.
        tear: the write at which the power is cut; 0: not.
        pull: the card is taken before it answers.
    """

    verb: str
    words: tuple[str, ...] = ()
    options: Mapping[str, str] = msgspec.field(default_factory=dict)
    tear: int = 0
    pull: bool = False


#: Makes the command of a step, of a world and of what the steps remember; None where it cannot.
Build = Callable[[Step, Any, Any], bytes | None]


class Grammar:
    """The steps of one subject.

    Args:
        verbs: what each makes.
        options: what may stand behind a step besides what any may have.
        known: of an option, which words it takes; any where it is not named.
    """

    def __init__(
        self,
        verbs: Mapping[str, Build],
        options: Collection[str],
        known: Mapping[str, Callable[[str], bool]] | None = None,
    ) -> None:
        self._verbs = verbs
        self._options = frozenset((*_EDITS, *options))
        self._known = {"mac": is_bent, **(known or {})}

    def read(self, text: str) -> Step:
        """Read one step.

        Raises:
            UsageError: no such verb or option, or a number that is none.
        """
        tokens = text.split()
        tear, pull = 0, False
        if tokens and tokens[0].startswith("tear:"):
            tear = _decimal(tokens.pop(0).removeprefix("tear:"), text)
        elif tokens and tokens[0] == "pull":
            pull = bool(tokens.pop(0))
        plain = [token for token in tokens if "=" not in token]
        options = dict(token.split("=", 1) for token in tokens if "=" in token)
        unknown = sorted(options.keys() - self._options)
        if not plain or plain[0] not in self._verbs.keys() | {RESET} or unknown:
            known, others = (
                ", ".join(sorted((*self._verbs, RESET))),
                ", ".join(sorted(self._options)),
            )
            raise UsageError(
                f"step {text[:_SHOWN]!r}: expected one of {known}, and options of {others}"
            )
        for name, word in options.items():
            if name in self._known and not self._known[name](word):
                raise UsageError(
                    f"step {text[:_SHOWN]!r}: {name}={word[:_SHOWN]} is not known, expected one of"
                    " the words that the page on explorations has"
                )
        return Step(plain[0], tuple(plain[1:]), options, tear, pull)

    def read_all(self, text: str) -> tuple[str, ...]:
        """Read steps that stand in lines or behind semicolons; what follows a # is for people.

        Raises:
            UsageError: a step that cannot be read, or none.
        """
        lines = (part.partition("#")[0].strip() for part in text.replace(";", "\n").splitlines())
        steps = tuple(line for line in lines if line)
        for step in steps:
            self.read(step)
        if not steps:
            raise UsageError("no steps to play")
        return steps

    def build(self, step: Step, world: Any, memory: Any) -> bytes | None:
        """The command of a step as things stand; None where it cannot be made.

        Raises:
            UsageError: its words do not fit its verb.
        """
        try:
            made = self._verbs[step.verb](step, world, memory)
            return None if made is None else _edited(made, step.options)
        except (ValueError, IndexError, OverflowError):
            words = " ".join((step.verb, *step.words))
            raise UsageError(f"step {words[:_SHOWN]!r}: its words do not fit") from None


def _decimal(text: str, step: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS:
        raise UsageError(f"step {step[:_SHOWN]!r}: expected a number, got {text[:_SHOWN]!r}")
    return int(text)


def mark(text: str, size: int) -> bytes:
    """Bytes that stand for a mark, the same each time."""
    return hashlib.sha256(text.encode()).digest().ljust(size, b"\x5a")[:size]


def is_bent(how: str) -> bool:
    """Whether a word says how a right code is made wrong: ``zero``, ``turned``, ``flipN``."""
    at = how.removeprefix("flip")
    return how in {"zero", "turned"} or (
        at != how and at.isascii() and at.isdigit() and len(at) <= _DIGITS
    )


def bent(right: bytes, how: str) -> bytes:
    """The right code, or a wrong one.

    Raises:
        ValueError: no word for a wrong one.
    """
    if not how:
        return right
    if not is_bent(how):
        raise ValueError(how)
    if how == "zero":
        return bytes(len(right))
    if how == "turned":
        return right[::-1]
    bent = bytearray(right)
    bent[int(how.removeprefix("flip")) % len(right)] ^= 0x01
    return bytes(bent)


def _edited(made: bytes, options: Mapping[str, str]) -> bytes:
    """The command with header bytes, Le or length changed."""
    if not options.keys() & set(_EDITS):
        return made
    try:
        command = Command.parse(made)
    except ReadError:
        return made
    header = {name: int(options[name], 16) for name in ("cla", "ins", "p1", "p2")
              if name in options}  # fmt: skip
    data = bytearray(command.data)
    if "spoil" in options and data:
        data[int(options["spoil"]) % len(data)] ^= 0x01
    size = max(len(data) - int(options.get("cut", "0")), 0)
    data = data[:size] + bytes(int(options.get("add", "0")))
    changes: dict[str, Any] = {**header, "data": bytes(data[:255])}
    if "le" in options:
        changes["le"] = None if options["le"] == "no" else int(options["le"], 16)
    return command._replace(**changes).build()
