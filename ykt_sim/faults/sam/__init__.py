"""PSAMs that are wrong in one point: one name, one wrong thing each.

The engine knows nothing of this: what keeps its numbers is replaced.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.faults.sam.make import make_sam
    from ykt_sim.faults.sam.table import FAULTS, SamFault, check
else:
    __getattr__ = late(
        __name__,
        {
            "make": "make_sam",
            "table": "FAULTS SamFault check",
        },
    )

__all__ = ["FAULTS", "SamFault", "check", "make_sam"]
