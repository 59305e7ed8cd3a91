"""What a fault of a terminal is: a name, one line of text, and where it acts.

The places, outermost first; a fault stands at the first that can hold it:

===========  ==========================================================================
`Profile`    a setting of the terminal, set otherwise
`Restart`    what it makes of its journal when it is switched on
`Between`    what it hears is changed before the machine, what it says after it
`Rows`       other rows of the table
`Rule`       methods replaced, calling ``super()`` where they can
===========  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ykt_sim.faults.terminal.border import Border
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.terminal.journal import Recovered
from ykt_sim.terminal.machine import Table


class Profile(msgspec.Struct, frozen=True):
    """``change`` gives the profile that the machine is made from instead."""

    change: Callable[[TerminalProfile], TerminalProfile]


class Restart(msgspec.Struct, frozen=True):
    """``change`` gives what the machine remembers after a restart instead."""

    change: Callable[[Recovered], Recovered]


class Between(msgspec.Struct, frozen=True):
    """``border`` makes one for each machine, so that it may remember something."""

    border: Callable[[], Border]


class Rows(msgspec.Struct, frozen=True):
    """Rows that take the place of shipped ones."""

    rows: Table


class Rule(msgspec.Struct, frozen=True):
    """Methods replaced: ``by`` is a class derived from a chapter of rules."""

    by: type


Place = Profile | Restart | Between | Rows | Rule


class TerminalFault(msgspec.Struct, frozen=True):
    """One wrong thing.

    Attributes:
        name: as in ``?deviate=NAME``.
        text: what is wrong then, in one line.
        places: where it acts and what it replaces; one, unless one cannot hold it.
    """

    name: str
    text: str
    places: tuple[Place, ...]
