"""The reference model of a PSAM: what it may answer to any command, in any state.

Written from the fact sheets and made for one PSAM by its terminal's form (ICS) and keys alone.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.model.psam.model import Psam
else:
    __getattr__ = late(__name__, {"model": "Psam"})

__all__ = ["Psam"]
