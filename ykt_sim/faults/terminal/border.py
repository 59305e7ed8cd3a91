"""What stands between a machine and the world: it changes what is heard and what is said.

Faults at the border are stateless functions made into borders by `hearing`, `saying` and
`ending`, or a class of their own when they have to remember something.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import Action, Finish, WriteJournal
from ykt_sim.terminal.journal import Recovered, TapEnd, decode, encode
from ykt_sim.terminal.machine import Machine, Table
from ykt_sim.terminal.rules import Rules

Heard = ev.Event | Action
Said = Action | ev.Event


class Border:
    """A border that changes nothing.

    Each method is given the machine, to be looked at and not to be changed.
    """

    def hears(self, _machine: Machine, event: ev.Event) -> Heard:
        """The event as the machine takes it; an action is done at once, and nothing heard."""
        return event

    def says(self, _machine: Machine, action: Action) -> Said:
        """The last action as it is done; an event is heard at once, and nothing done."""
        return action

    def ends(self, _machine: Machine, end: TapEnd) -> TapEnd:
        """The end of a tap as it is shown, reported and kept in the journal."""
        return end

    def does(
        self, _machine: Machine, _event: ev.Event, actions: tuple[Action, ...]
    ) -> tuple[Action, ...]:
        """All that is done about an event, in order; what is left out is not done."""
        return actions


class _Hearing(Border):
    def __init__(self, changes: tuple[Callable[[Machine, ev.Event], ev.Event], ...]) -> None:
        self._changes = changes

    def hears(self, machine: Machine, event: ev.Event) -> Heard:
        for change in self._changes:
            event = change(machine, event)
        return event


class _Saying(Border):
    def __init__(self, change: Callable[[Machine, Action], Said]) -> None:
        self._change = change

    def says(self, machine: Machine, action: Action) -> Said:
        return self._change(machine, action)


class _Ending(Border):
    def __init__(self, change: Callable[[TapEnd], TapEnd]) -> None:
        self._change = change

    def ends(self, _machine: Machine, end: TapEnd) -> TapEnd:
        return self._change(end)


def hearing(*changes: Callable[[Machine, ev.Event], ev.Event]) -> Callable[[], Border]:
    """Makes borders that change events, one change after the other."""
    return partial(_Hearing, changes)


def saying(change: Callable[[Machine, Action], Said]) -> Callable[[], Border]:
    """Makes borders that change actions."""
    return partial(_Saying, change)


def ending(change: Callable[[TapEnd], TapEnd]) -> Callable[[], Border]:
    """Makes borders that change how a tap ends."""
    return partial(_Ending, change)


class BorderedMachine(Machine):
    """A machine behind borders, the first one innermost in what it says."""

    def __init__(
        self,
        profile: TerminalProfile,
        recovered: Recovered | None,
        rules: Rules,
        table: Table,
        borders: tuple[Border, ...],
    ) -> None:
        super().__init__(profile, recovered, rules, table)
        self._borders = borders

    def handle(self, event: ev.Event) -> tuple[Action, ...]:
        """Take one event as the borders let it through; gives what they make of the answer.

        Raises:
            TransitionError, UsageError: as `Machine.handle`.
        """
        actions = self._handled(event)
        for border in self._borders:
            actions = border.does(self, event, actions)
        return actions

    def _handled(self, event: ev.Event) -> tuple[Action, ...]:
        for border in self._borders:
            heard = border.hears(self, event)
            if isinstance(heard, Action):
                return (heard,)
            event = heard
        actions = super().handle(event)
        if not actions:
            return actions
        *before, last = actions
        if isinstance(last, Finish):
            return self._ended(before)
        for border in self._borders:
            said = border.says(self, last)
            if isinstance(said, ev.Event):
                return (*before, *self._handled(said))
            last = said
        return (*before, last)

    def _ended(self, before: list[Action]) -> tuple[Action, ...]:
        """The last two actions of a tap say the same: a line for the journal, and `Finish`."""
        *before, journal = before
        if not isinstance(journal, WriteJournal):
            raise TypeError("a tap ends without a journal line")
        end = decode(journal.line)
        if not isinstance(end, TapEnd):
            raise TypeError("the last journal line of a tap is not its end")
        for border in self._borders:
            end = border.ends(self, end)
        finish = Finish(end.decision, end.clearing, end.dispute)
        return (*before, WriteJournal(encode(end)), finish)
