"""What the names of cards and PSAMs mean: the one reader of ``sim:``, ``pcsc:`` and the rest.

===================================  ================================================
``sim:PROFILE``                      a new simulated card; ``?balance=FEN&deviate=NAME``
``FILE.json``, ``sim:FILE.json``     the card in an image, saved before each answer is out
``sam:TERMINAL``, ``sam:FILE.json``  a PSAM; one in an image is saved likewise
``pcsc:READER``                      a card in a reader, guarded;
                                     ``?share=&protocol=&atr=&wait=SECONDS``
``tcp:HOST:PORT``                    a card that speaks lines of hex; ``?wait=SECONDS``
``pipe:COMMAND``                     a program that does, on its standard streams
``trace:FILE``                       the card of a recording; ``?from=FORMAT&session=NAME``
``null:``                            a card that answers 9000 to everything, at once
===================================  ================================================

Where a card of ours is put for somebody else's terminal is a name too (`read_place`):
``vpcd:[HOST:PORT]``, a virtual reader, and ``tcp:HOST:PORT``, to listen on.

A row of `KINDS` is all there is to a kind: who wants a new one adds a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any, Final, NamedTuple, Protocol, cast
from urllib.parse import parse_qsl

import msgspec

from ykt_sim.errors import UsageError
from ykt_sim.transport.address import Address, read_address
from ykt_sim.transport.guard import READ_ONLY, Permit
from ykt_sim.transport.link import Link

#: What a target can do. Every opening gives a card in its first state.
FRESH: Final = "fresh"
#: The power of its card can be cut inside a command (`transport.link.Tearable`).
TEAR: Final = "tear"
#: What is shorter than a command's header reaches the card too; PC/SC carries no such thing.
FRAGMENTS: Final = "fragments"


class Opening(msgspec.Struct, frozen=True):
    """How a target is opened.

    Attributes:
        seed: makes the randoms of a simulated card or PSAM repeatable; real ones when None.
        permit: what may be written to a card in a real reader: nothing, unless it says so.
            None sets no guard, for a PSAM, or where the card is known to be one of ours.
        balance: fen in a new simulated card whose name says nothing of it.
        answer_s: longest wait for an answer in seconds; None for what is usual on that way.
        start_s: longest wait for the other side to be there; likewise.
        durable: False does not wait for the disk when a card or PSAM in a file is saved.
    """

    seed: int | None = None
    permit: Permit | None = READ_ONLY
    balance: int = 0
    answer_s: float | None = None
    start_s: float | None = None
    durable: bool = True


#: Opened with nothing said.
PLAIN: Final = Opening()


class Name(NamedTuple):
    """A target's name in its parts.

    Attributes:
        text: the whole name.
        kind: a key of `KINDS`.
        rest: what it names: a profile, a file, a reader, an address, a command.
        options: what stands behind the question mark.
    """

    text: str
    kind: str
    rest: str
    options: Mapping[str, Any]


class Target(msgspec.Struct, frozen=True):
    """A card or PSAM that can be opened; nothing is started yet.

    Attributes:
        name: its name.
        can: what it can do: `FRESH`, `TEAR`, `FRAGMENTS`.
        opener: opens it; `open` is how to ask.
    """

    name: Name
    can: frozenset[str]
    opener: Callable[[Opening], Link]

    @property
    def kind(self) -> str:
        """TargetKind of the target, a key of `KINDS`."""
        return self.name.kind

    def open(self, opening: Opening = PLAIN) -> Link:
        """Open it.

        Raises:
            YktError: what the kind finds wrong with the rest of the name.
            LinkError: nobody there.
        """
        return self.opener(opening)


class TargetReader(Protocol):
    """Reads the rest of a name of its kind."""

    def __call__(self, name: Name, /) -> Target:
        """Give the target, or raise UsageError."""
        ...


OptionTypes = Mapping[str, Callable[[str], Any]]


class TargetKind(NamedTuple):
    """A kind of target.

    Attributes:
        reader: its `TargetReader`, ``module:function``; imported when such a name is read.
        options: its options with what reads their values; None for a kind whose rest may
            hold a question mark of its own.
    """

    reader: str
    options: OptionTypes | None = None


KINDS: Final[Mapping[str, TargetKind]] = {
    "sim": TargetKind("ykt_sim.bench.simulated:sim", {"deviate": str, "balance": int}),
    "file": TargetKind("ykt_sim.bench.simulated:file"),
    "sam": TargetKind("ykt_sim.bench.simulated:sam", {}),
    "pipe": TargetKind("ykt_sim.bench.remote:pipe"),
    "tcp": TargetKind("ykt_sim.bench.remote:tcp", {"wait": float}),
    "pcsc": TargetKind(
        "ykt_sim.bench.remote:pcsc", {"share": str, "protocol": str, "atr": str, "wait": float}
    ),
    "trace": TargetKind("ykt_sim.bench.played:trace", {"from": str, "session": str}),
    "null": TargetKind("ykt_sim.bench.remote:null", {}),
}
#: An image of a card, or of a PSAM, ends so.
_IMAGE: Final = ".json"


def read_target(
    text: str,
    kinds: Collection[str] = tuple(KINDS),
    *,
    also: Mapping[str, OptionTypes] | None = None,
) -> Target:
    """Read a name.

    Args:
        text: the name.
        kinds: what the caller takes; ``file`` is the bare name of a card image.
        also: options of the caller's own, by kind; the kind itself leaves them alone.

    Raises:
        UsageError: no such kind, no such option, or a rest that does not fit its kind.
    """
    name = _name(text, kinds, also or {})
    module, _, function = KINDS[name.kind].reader.partition(":")
    return cast("TargetReader", getattr(import_module(module), function))(name)


def _name(text: str, kinds: Collection[str], also: Mapping[str, OptionTypes]) -> Name:
    kind = kind_of(text)
    if kind not in kinds or not text:
        known = ", ".join(f"{one}:" for one in kinds if one != "file")
        raise UsageError(f"cannot open {text!r}: a target starts with one of {known}")
    rest = text if kind == "file" else text.partition(":")[2]
    if kind == "sim" and rest.endswith(_IMAGE):
        kind = "file"
    options = KINDS[kind].options
    if options is None:
        return Name(text, kind, rest, {})
    return Name(text, kind, *parse_options(rest, {**options, **also.get(kind, {})}))


def open_target(
    text: str, kinds: Collection[str] = tuple(KINDS), *, seed: int | None = None, balance: int = 0,
    permit: Permit | None = READ_ONLY, durable: bool = True,
) -> Link:  # fmt: skip
    """Open a card or PSAM by name: `read_target`, and `Target.open`.

    Args:
        text, kinds: as for `read_target`.
        seed, balance, permit, durable: as in `Opening`.

    Raises:
        UsageError: no such target.
        LinkError: nobody there.
    """
    return read_target(text, kinds).open(Opening(seed, permit, balance, durable=durable))


def read_terminal(text: str) -> tuple[str, str]:
    """Read ``sim:PROFILE[?deviate=NAME]``, a terminal of ours; gives profile and faults.

    Raises:
        UsageError: no such form.
    """
    scheme, _, rest = text.partition(":")
    if scheme != "sim":
        raise UsageError(
            f"cannot open {text!r}: our own terminals are sim:PROFILE, any other connects to"
            " --listen tcp:HOST:PORT or vpcd:HOST:PORT"
        )
    profile, options = parse_options(rest, {"deviate": str})
    return profile, options.get("deviate", "")


class CardPlace(NamedTuple):
    """Where a card of ours is put for a terminal: ``vpcd`` or ``tcp``, and its address."""

    kind: str
    address: Address


def read_place(text: str) -> CardPlace:
    """Read ``vpcd:[HOST:PORT]`` or ``tcp:HOST:PORT``; raises UsageError."""
    from ykt_sim.transport.vpcd import read_slot  # noqa: PLC0415 - late on purpose

    scheme, colon, rest = text.partition(":")
    if scheme == "vpcd" and colon:
        return CardPlace("vpcd", read_slot(rest))
    form = "tcp:HOST:PORT or vpcd:[HOST:PORT]"
    if scheme != "tcp":
        raise UsageError(f"{text!r}: expected {form}")
    return CardPlace("tcp", read_address(rest, form, name=text, zero=True))


def kind_of(text: str) -> str:
    """TargetKind of a name, a key of `KINDS`: what begins with none of them is a file."""
    scheme, colon, _ = text.partition(":")
    return scheme if colon and scheme in KINDS and scheme != "file" else "file"


def in_reader(text: str) -> bool:
    """True for a name of a card in a real reader, ``pcsc:READER``."""
    return kind_of(text) == "pcsc"


def reader_named(text: str) -> str:
    """The reader in ``pcsc:READER``, without options: a number, a name or a part of one."""
    return _named(text)


def profile_named(text: str) -> str:
    """The profile in ``sim:PROFILE``, without options; empty for a target of another kind."""
    return _named(text) if kind_of(text) == "sim" else ""


def _named(text: str) -> str:
    return text.partition(":")[2].partition("?")[0]


def parse_options(rest: str, known: OptionTypes) -> tuple[str, dict[str, Any]]:
    """Split ``dual?deviate=x&balance=5``; UsageError for an option that is not known."""
    base, _, query = rest.partition("?")
    options: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in known:
            raise UsageError(f"no option {key!r} in {rest!r}; there are {', '.join(known)}")
        try:
            options[key] = known[key](value)
        except ValueError:
            raise UsageError(f"option {key}={value!r} in {rest!r} is no number") from None
    return base, options
