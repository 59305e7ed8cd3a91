"""How a faulty terminal is made from a profile and the names of its faults."""

from __future__ import annotations

from collections.abc import Iterable

from ykt_sim.faults.terminal.border import BorderedMachine
from ykt_sim.faults.terminal.fault import Between, Profile, Restart, Rows, Rule
from ykt_sim.faults.terminal.table import FAULTS, check
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.terminal.journal import Recovered
from ykt_sim.terminal.machine import TRANSITIONS, Machine
from ykt_sim.terminal.rules import RULES, Rules


def make_terminal(
    profile: TerminalProfile, recovered: Recovered | None = None, names: Iterable[str] = ()
) -> Machine:
    """A terminal with faults, not started yet; without any it is `Machine` itself.

    Args:
        profile: what kind of terminal.
        recovered: the journal's memory after a restart.
        names: of faults in `FAULTS`; they act together.

    Raises:
        UsageError: no such fault.
    """
    wanted = check(names)
    places = [place for name, fault in FAULTS.items() if name in wanted for place in fault.places]
    table = dict(TRANSITIONS)
    for place in places:
        if isinstance(place, Profile):
            profile = place.change(profile)
        elif isinstance(place, Restart) and recovered is not None:
            recovered = place.change(recovered)
        elif isinstance(place, Rows):
            table |= place.rows
    rules = rules_with(*(place.by for place in places if isinstance(place, Rule)))
    borders = tuple(place.border() for place in places if isinstance(place, Between))
    if not borders:
        return Machine(profile, recovered, rules, table)
    return BorderedMachine(profile, recovered, rules, table, borders)


def rules_with(*classes: type) -> Rules:
    """The rules with these classes in front of the chapters they derive from."""
    if not classes:
        return RULES
    rules: Rules = type("Rules", (*classes, Rules), {})()
    return rules
