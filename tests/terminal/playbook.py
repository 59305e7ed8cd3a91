"""Playbooks: what a terminal should send, and what it hears back, line by line.

    Play(machine).card("00A4..", ok("6F..")).card("00B2..", no(0x6A83)).sam("8070..", sam(".."))

A playbook checks each action before it answers, so a test reads like the exchange.
"""

from __future__ import annotations

import msgspec

from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.terminal import Machine
from ykt_sim.terminal import actions as do
from ykt_sim.terminal import events as ev

NOW = "20250601080000"
PPSE = "00A404000E325041592E5359532E444446303100"
SELECT_EP = "00A4040008A00000063201010500"
SELECT_EC = "00A4040008A00000063201010600"
SELECT_BASIC = "00A40400085041592E4150505900"
SELECT_WALLET = "00A40400085041592E5449434C00"

#: EF 15 of a Yang Cheng Tong card, valid 2024-07-15 .. 2040-12-15 (PAN as in cards facts).
EF15 = "02205810FFFFFFFF0201" + "03104870395000000827" + "2024071520401215" + "0000"
FCI = "6F31" + "8408A000000632010105" + "A525" + "9F080102" + "9F0C1E" + EF15
EF17 = "0000015658005840000101" + "00" * 49
LNT15 = (
    "FFFFFFFFFFFFFFFF5100009500000082030002FFFFFFFF2024062120341231202406214381880101"
    "00000000052B000101015100009500000082030000000000FF8000FFFFFF"
)
DUAL_PPSE = (
    "6F49840E325041592E5359532E4444463031A537BF0C34"
    "61194F08A000000632010106500A4D4F545F545F434153488701016117"
    "4F08A00000063201010550084D4F545F545F4550870102"
)
#: Answer of INITIALIZE: 88 yuan, counter 7, no overdraft, key version 1.
INIT = "00002260" + "0007" + "000000" + "01" + "00" + "584633C9"
MAC1 = "0000002A" + "11223344"
TAC_MAC2 = "AABBCCDD" + "55667788"


def ok(data: str = "") -> ev.CardAnswered:
    return ev.CardAnswered(bytes.fromhex(data))


def no(sw: int) -> ev.CardRefused:
    return ev.CardRefused(sw)


def sam(data: str = "") -> ev.SamAnswered:
    return ev.SamAnswered(bytes.fromhex(data))


def variant(name: str, **changes: object) -> TerminalProfile:
    """A profile with some parts replaced; ``fare__flat=100`` reaches into a part."""
    profile = load_terminal_profile(name)
    for path, value in changes.items():
        part, _, inner = path.partition("__")
        new = value
        if inner:
            new = msgspec.structs.replace(getattr(profile, part), **{inner: value})
        profile = msgspec.structs.replace(profile, **{part: new})
    return profile


def started(profile: TerminalProfile | str, **kwargs: object) -> Machine:
    """A machine whose PSAM has told its number."""
    if isinstance(profile, str):
        profile = load_terminal_profile(profile)
    machine = Machine(profile, **kwargs)  # type: ignore[arg-type]
    machine.handle(ev.Started())
    machine.handle(ev.SamAnswered(b""))
    machine.handle(ev.SamAnswered(bytes.fromhex(profile.sam.terminal)))
    return machine


class Play:
    """One tap, driven by hand."""

    def __init__(self, machine: Machine, event: ev.Event | None = None) -> None:
        self.machine = machine
        self.journal: list[bytes] = []
        self.actions: tuple[do.Action, ...] = ()
        self._take(machine.handle(event or ev.CardPresented(NOW)))

    def _take(self, actions: tuple[do.Action, ...]) -> None:
        self.journal += [a.line for a in actions if isinstance(a, do.WriteJournal)]
        self.actions = tuple(a for a in actions if not isinstance(a, do.WriteJournal))

    def card(self, apdu: str, answer: ev.Event) -> Play:
        """The terminal sends a command that begins like this; the card answers so."""
        (action,) = self.actions
        assert isinstance(action, do.SendCard), action
        assert action.apdu.hex().upper().startswith(apdu), action.apdu.hex().upper()
        self._take(self.machine.handle(answer))
        return self

    def sam(self, apdu: str, answer: ev.Event) -> Play:
        """The same with the PSAM."""
        (action,) = self.actions
        assert isinstance(action, do.SendSam), action
        assert action.apdu.hex().upper().startswith(apdu), action.apdu.hex().upper()
        self._take(self.machine.handle(answer))
        return self

    def reset(self) -> Play:
        """The terminal wants a reset and gets it."""
        (action,) = self.actions
        assert isinstance(action, do.ResetCard), action
        self._take(self.machine.handle(ev.CardReset(b"\x3b\x00")))
        return self

    def event(self, event: ev.Event) -> Play:
        """Something else happens."""
        self._take(self.machine.handle(event))
        return self

    @property
    def waiting(self) -> str:
        """Hex of the command the terminal waits on."""
        (action,) = self.actions
        assert isinstance(action, do.SendCard | do.SendSam), action
        return action.apdu.hex().upper()

    @property
    def end(self) -> do.Finish:
        """The finish; fails when the tap goes on."""
        (action,) = self.actions
        assert isinstance(action, do.Finish), action
        return action
