"""What the lists of the plan are made of: applications, operations, and what tells of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from ykt_conformance.explore.subject import Steps
from ykt_conformance.model.world import BASIC
from ykt_sim.codes import LNT, TUNION, Operation

Form = Mapping[str, Any]
T = TypeVar("T")

#: How the form calls operations.
CLAIMS: Final = {Operation.LOAD: "load", Operation.PURCHASE: "simple",
                 Operation.COMPOSITE: "composite", Operation.UNLOAD: "unload",
                 Operation.OVERDRAFT: "overdraft"}  # fmt: skip
HOST: Final = (Operation.LOAD, Operation.UNLOAD, Operation.OVERDRAFT)
BALANCE: Final = "send 805C000204"
GLANCE: Final = (BALANCE, "send 00B201C400")
BALANCES: Final = tuple(f"send 805C{p1:02X}0204" for p1 in range(4))
#: New PINs of each purse, one for each time that it is set.
PINS: Final[Mapping[str, tuple[str, ...]]] = {
    TUNION: ("313131313131", "31323334", "3938", "343332313039"), LNT: ("654321", "1111", "135790"),
}  # fmt: skip
#: What is written under the line MAC: in the middle of a file, so that other offsets are others.
LINES: Final[Mapping[str, tuple[str, ...]]] = {
    TUNION: ("line 15 28 0114", "line 16 52 0102"), BASIC: ("line 15 36 0102",), LNT: (),
}  # fmt: skip
TYPES: Final = ("02", "03", "06", "07", "09")
#: Mistakes in one list, and lists between which a card is not changed.
TOGETHER: Final = 8


def purses(form: Form) -> tuple[str, ...]:
    """Purses that are claimed."""
    return tuple(str(one) for one in (TUNION, LNT) if form[one]["claimed"])


def homes(form: Form) -> tuple[str, ...]:
    """Applications that have keys."""
    return tuple(one for name in purses(form)
                 for one in ((BASIC, name) if name == LNT else (name,)))  # fmt: skip


def parts(things: Sequence[T], size: int = TOGETHER) -> Iterator[Sequence[T]]:
    """So many of them at a time."""
    return (things[at : at + size] for at in range(0, len(things), size))


def enter(name: str) -> Steps:
    """A reset and a SELECT."""
    return ("reset", f"select {name}")


def operations(form: Form, purse: str) -> tuple[Operation, ...]:
    """What a purse claims."""
    return tuple(one for one, word in CLAIMS.items() if form[purse][word])


def shown(form: Form, purse: str, operation: str) -> Steps:
    """The PIN where an operation may ask for it."""
    return ("verify",) if form[purse]["pin"] and operation in HOST else ()


def begin(operation: str, amount: object) -> str:
    """INITIALIZE."""
    return f"init {operation}" + ("" if operation == Operation.OVERDRAFT else f" {amount}")


def end(operation: str, mark: int, limit: int) -> str:
    """The commit."""
    return f"commit {mark}" + (f" {limit}" if operation == Operation.OVERDRAFT else "")


def money(form: Form, purse: str, fen: int) -> Steps:
    """A load, where there are any."""
    if not form[purse]["load"]:
        return ()
    return (*shown(form, purse, Operation.LOAD), f"init load {fen}", "commit 1")


def look(purse: str) -> Steps:
    """All that tells of a transaction."""
    steps = (*BALANCES, "send 00B201C400", "send 00B202C400")
    return (*steps, "send 00B201F400", "send 00B202F400") if purse == TUNION else steps


def needs(form: Form, target: str) -> Steps:
    """What asks for a right in an application."""
    steps: Steps = ()
    if target == TUNION:
        steps = ("record 1 01 5", "send 00B201D400", "send 00DC01C417" + "11" * 23)
    if target in PINS:
        steps += tuple(begin(one, 0) for one in operations(form, target))
    return (*steps, "auth")


def works(form: Form, home: str) -> Iterator[Steps]:
    """What is done and is no transaction."""
    yield ("challenge 8", "auth")
    yield ("challenge 4", "auth mac=flip0")
    for line in LINES[home][:1]:
        yield ("challenge 4", line)
        yield ("challenge 4", f"{line} mac=flip0")
    yield ("challenge 4", "block 0", "challenge 4", "unblock")
    if home in PINS and form[home]["pin"]:
        yield (f"change {PINS[home][0]}",)
        yield (f"reload {PINS[home][1]}",)
        yield ("challenge 4", f"unlock {PINS[home][2]}")
        yield ("verify mac=flip0",)
