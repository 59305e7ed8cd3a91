"""How a faulty PSAM is made from an image and the names of its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ykt_sim.faults.sam.table import FAULTS, check
from ykt_sim.sam import Psam, SamImage
from ykt_sim.sam.memory import SamMemory


def make_sam(image: SamImage, rng: Callable[[int], bytes], names: Iterable[str] = ()) -> Psam:
    """A PSAM with faults; without any it is the engine's own.

    Args:
        image: what it keeps.
        rng: gives n random bytes.
        names: of faults in `FAULTS`; they act together.

    Raises:
        UsageError: no such fault.
    """
    wanted = check(names)
    classes = tuple(fault.by for name, fault in FAULTS.items() if name in wanted)
    memory = type("SamMemory", classes, {}) if classes else SamMemory
    return Psam(image, rng, memory=memory)
