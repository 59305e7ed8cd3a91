"""The cards' half of the zoo: which cases must fail for which deviation, and why.

A deviation is a name from `ykt_sim.faults.card.FAULTS`; it is run as
``sim:PROFILE?deviate=NAME``. For each declared case a part of the reason is given, so that a
case that fails for another reason than the wrong thing does not count. Many deviations fail
more cases than stand here; declared are the ones made for them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ykt_conformance.zoo.card import (
    authentication,
    balance,
    blocking,
    commit,
    composite,
    files,
    initialize,
    keys,
    log,
    messaging,
    money,
    order,
    pin,
    power,
    proof,
    records,
    selection,
)
from ykt_conformance.zoo.card.sweeps import SWEPT
from ykt_conformance.zoo.entry import DUAL, CardMutant

CHAPTERS: Final = (
    selection, files, records, balance, initialize, commit, money, composite, log, proof,
    keys, pin, authentication, messaging, blocking, order, power,
)  # fmt: skip


def _swept(mutant: CardMutant) -> CardMutant:
    """A deviation of a dual card, with the sweep that is declared for it."""
    more = SWEPT.get(mutant.name, {}) if mutant.profile == DUAL else {}
    return replace(mutant, kills={**mutant.kills, **more})


MUTANTS: Final[tuple[CardMutant, ...]] = tuple(
    _swept(mutant) for chapter in CHAPTERS for mutant in chapter.MUTANTS
)
