"""Faults of SELECT and the FCI; the rules are in `ykt_sim.card.rules.selection`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.card.context import CardContext
from ykt_sim.card.model import CardState, Cells, Df
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.selection import SelectionRules
from ykt_sim.card.states import Session, State
from ykt_sim.card.tables import Handler
from ykt_sim.codes import INS, SW, Standard, Tag
from ykt_sim.faults.card.fault import CardFault, Heard, Image, Rule, Said, Switch, handled
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.tlv import Tlv

_ISSUER_DATA_SFI: Final = TunionFile.APPLICATION
_NAME: Final = 0x04
_ABSENT: Final = bytes.fromhex("A000000632010107")
_Item = tuple[int, bytes | None]


# -- the FCI ---------------------------------------------------------------------------


def _fci(where: Callable[[Df], bool], change: Callable[[_Item, bytes], _Item | None]) -> Image:
    """Some directories have another FCI.

    ``change`` is given each object of A5 (no value stands for the content of EF 15) and that
    content, and gives the object that takes its place, or None.
    """

    def changed(cells: Cells) -> None:
        for key, df in cells.items():
            if isinstance(df, Df) and df.fci and where(df):
                issuer = cells.get(("data", key[1], _ISSUER_DATA_SFI))
                own = issuer if isinstance(issuer, bytes) else b""
                fci = tuple(new for item in df.fci if (new := change(item, own)))
                cells[key] = msgspec.structs.replace(df, fci=fci)

    return Image(changed)


def _with(where: Callable[[Df], bool], tag: int, change: Callable[[bytes], bytes]) -> Image:
    """What stands under a tag is another value."""
    return _fci(
        where,
        lambda item, own: (
            (tag, change(own if item[1] is None else item[1])) if item[0] == tag else item
        ),
    )


def _without(where: Callable[[Df], bool], tag: int) -> Image:
    return _fci(where, lambda item, _own: None if item[0] == tag else item)


def _issuer_data(change: Callable[[bytes], bytes]) -> Image:
    """9F0C of the T-Union FCI is another one."""
    return _with(_tunion, Tag.ISSUER_DATA, change)


def _tunion(df: Df) -> bool:
    return df.standard == Standard.TUNION


def _ecash(df: Df) -> bool:
    return df.standard == "ecash"


def _empty_a5(cells: Cells) -> None:
    empty = Tlv(Tag.PROPRIETARY, b"").build()
    for key, df in cells.items():
        if isinstance(df, Df) and df.fci == ():
            cells[key] = msgspec.structs.replace(df, fci_trailing=empty + df.fci_trailing)


def _neighbour(_command: bytes, answer: bytes) -> bytes:
    """The answer with another last digit in 84, which is first in 6F."""
    if answer[0] != Tag.FCI:
        return answer
    name = 2 if answer[1] < 0x80 else 3
    last = name + 1 + answer[name + 1]
    return answer[:last] + bytes((answer[last] ^ 1,)) + answer[last + 1 :]


class _RandomTail(SelectionRules):
    def trailing(self, card: Powered, df: Df) -> bytes:
        return super().trailing(card, df) + card.rng(2)


# -- the payment directory -------------------------------------------------------------


def _listing(change: Callable[[list[Tlv]], list[Tlv]]) -> Image:
    """The payment directory has other entries."""

    def changed(value: bytes) -> bytes:
        entries, _ = Tlv.parse_all(value)
        return b"".join(entry.build() for entry in change([*entries]))

    return _with(lambda df: bool(df.listed), Tag.ISSUER_DISCRETIONARY, changed)


def _also(aid: bytes) -> Callable[[list[Tlv]], list[Tlv]]:
    def added(entries: list[Tlv]) -> list[Tlv]:
        priority = Tlv(Tag.PRIORITY, bytes((len(entries) + 1,)))
        return [*entries, Tlv.of(Tag.DIRECTORY_ENTRY, [Tlv(Tag.AID, aid), priority])]

    return added


def _each(change: Callable[[Tlv], Tlv | None]) -> Callable[[list[Tlv]], list[Tlv]]:
    """Every entry with other objects in it; None leaves one out."""

    def changed(entry: Tlv) -> Tlv:
        return Tlv.of(entry.tag, [new for child in entry.children if (new := change(child))])

    return lambda entries: [changed(entry) for entry in entries]


def _valued(tag: int, value: bytes) -> Callable[[Tlv], Tlv]:
    return lambda child: Tlv(tag, value) if child.tag == tag else child


# -- SELECT ----------------------------------------------------------------------------


class _NotByFid(SelectionRules):
    def by_fid(self, card: Powered, fid: int) -> int:
        del card, fid
        raise Refusal(SW.FILE_NOT_FOUND)


class _NeedsLe(SelectionRules):
    def le(self, command: Command) -> None:
        super().le(command)
        if command.le is None:
            raise Refusal(SW.WRONG_LENGTH)


class _WholeNames(SelectionRules):
    def name_fits(self, own: bytes, asked: bytes) -> bool:
        return super().name_fits(own, asked) and own == asked


class _AnyName(SelectionRules):
    def unknown_name(self, card: Powered) -> int:
        return card.session.df


class _OneStandard(SelectionRules):
    def found(self, card: Powered, df: Df) -> bool:
        current = card.memory.cells.get(("df", card.session.df))
        beside = df.standard == Standard.LNT and isinstance(current, Df) and _tunion(current)
        return super().found(card, df) and not beside


class _KeepsRights(SelectionRules):
    def rights(self, before: Session) -> int:
        return before.df_state


class _KeepsPin(SelectionRules):
    def pin_verified(self, before: Session) -> bool:
        return before.pin_verified


def _any_parameters(command: Command) -> Command:
    return command._replace(p1=command.p1 if command.p1 in (0x00, _NAME) else _NAME, p2=0x00)


def _cut(command: Command) -> Command:
    return command._replace(data=command.data[:8]) if len(command.data) > 16 else command


def _keeps_state(select: Handler, context: CardContext, command: Command) -> tuple[bytes, State]:
    fci, _ = select(context, command)
    return fci, context.session.state


def _freezes(write: Handler, context: CardContext, command: Command) -> tuple[bytes, State]:
    """From the first write on the FCI tells of EF 15 what stood there before."""
    fid, df = context.session.df, context.df()
    before = context.memory.cells.get(("data", fid, _ISSUER_DATA_SFI))
    told = write(context, command)
    if df.fci is not None and isinstance(before, bytes):
        kept = tuple((tag, before if value is None else value) for tag, value in df.fci)
        context.put(("df", fid), msgspec.structs.replace(df, fci=kept))
    return told


FAULTS: Final = (
    CardFault(
        "fci-names-neighbour",
        "84 in every FCI ends in another digit than the name that was selected",
        Said((INS.SELECT,), _neighbour),
    ),
    CardFault(
        "fci-9f0c-stale",
        "9F0C of the T-Union FCI is not what EF 15 holds",
        _issuer_data(lambda value: value[:28] + b"\x01\x14"),
    ),
    CardFault(
        "fci-keeps-old-ef15",
        "the FCI does not follow when EF 15 is written",
        handled(INS.UPDATE_BINARY, _freezes),
    ),
    CardFault(
        "fci-dates-swapped",
        "start and expiry date have changed places in 9F0C",
        _issuer_data(lambda value: value[:20] + value[24:28] + value[20:24] + value[28:]),
    ),
    CardFault(
        "fci-other-pan",
        "one digit of the PAN in 9F0C differs",
        _issuer_data(lambda value: value[:15] + bytes((value[15] ^ 0x10,)) + value[16:]),
    ),
    CardFault(
        "fci-issuer-zero-padded",
        "the issuer id is padded with 00 instead of FF",
        _issuer_data(lambda value: value[:4] + bytes(4) + value[8:]),
    ),
    CardFault(
        "fci-without-version",
        "no FCI holds 9F08",
        _without(lambda _df: True, Tag.VERSION),
    ),
    CardFault(
        "fci-random-tail",
        "two random bytes follow A5, other ones each time",
        Rule(_RandomTail),
    ),
    CardFault("basic-fci-with-a5", "the FCI of PAY.APPY holds an empty A5", Image(_empty_a5)),
    CardFault(
        "wallet-fci-short",
        "9F0C of PAY.TICL is one byte short",
        _with(lambda df: df.name == b"PAY.TICL", Tag.ISSUER_DATA, lambda value: value[:32]),
    ),
    CardFault(
        "df11-missing",
        "the FCI of the e-cash has no BF0C and so no DF11",
        _without(_ecash, Tag.ISSUER_DISCRETIONARY),
    ),
    CardFault(
        "df11-other-pan",
        "the PAN in DF11 is not that of the purse",
        _with(
            _ecash,
            Tag.ISSUER_DISCRETIONARY,
            lambda value: value.replace(b"\x31\x04", b"\x31\x05"),
        ),
    ),
    CardFault(
        "no-select-by-fid",
        "no directory is found by its file identifier",
        Rule(_NotByFid),
    ),
    CardFault(
        "mf1x-answers-9000",
        "PAY.MF1X, retired, is selected as if it were there",
        Switch(Df, {"select_sw": int(SW.OK)}, lambda df: df.select_sw != SW.OK),
    ),
    CardFault("select-needs-le", "SELECT without Le is refused", Rule(_NeedsLe)),
    CardFault(
        "select-any-parameters",
        "SELECT takes any P1 and P2",
        Heard((INS.SELECT,), _any_parameters),
    ),
    CardFault("whole-names-only", "a DF is found by its whole name only", Rule(_WholeNames)),
    CardFault(
        "long-names-cut",
        "a name of more than sixteen bytes is cut to eight",
        Heard((INS.SELECT,), _cut),
    ),
    CardFault(
        "unknown-name-accepted",
        "SELECT of an unknown name answers 9000 and the current FCI",
        Rule(_AnyName),
    ),
    # PPSE
    CardFault(
        "ppse-no-lockout",
        "PPSE does not lock PAY.* out",
        Switch(CardState, {"ppse_lockout": False}),
    ),
    CardFault("ppse-lists-wallet", "PPSE lists PAY.TICL", _listing(_also(b"PAY.TICL"))),
    CardFault(
        "ppse-lists-absent",
        "PPSE lists an application that is not on the card",
        _listing(_also(_ABSENT)),
    ),
    CardFault(
        "ppse-without-priority",
        "the directory entries have no priority",
        _listing(_each(lambda child: None if child.tag == Tag.PRIORITY else child)),
    ),
    CardFault(
        "ppse-priorities-equal",
        "all directory entries have priority 2",
        _listing(_each(_valued(Tag.PRIORITY, b"\x02"))),
    ),
    CardFault(
        "ppse-order-reversed",
        "the directory lists the last application first",
        _listing(lambda entries: entries[::-1]),
    ),
    CardFault(
        "ppse-label-wrong",
        "the labels are PBOC EP",
        _listing(_each(_valued(Tag.LABEL, b"PBOC EP"))),
    ),
    # what SELECT leaves
    CardFault(
        "pin-survives-select",
        "a presented PIN stays good in the next application",
        Rule(_KeepsPin),
    ),
    CardFault("rights-survive-select", "rights stay after the next SELECT", Rule(_KeepsRights)),
    CardFault(
        "select-keeps-transaction",
        "SELECT leaves a transaction open",
        handled(INS.SELECT, _keeps_state),
    ),
    CardFault(
        "one-standard-a-session",
        "after the T-Union purse no PAY.* is found until reset",
        Rule(_OneStandard),
    ),
)
