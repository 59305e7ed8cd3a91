"""PSAMs as a subject of explorations: their steps, which are drawn, which may be sent gently."""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.explore.psam.subject import PSAM
else:
    __getattr__ = late(__name__, {"subject": "PSAM"})

__all__ = ["PSAM"]
