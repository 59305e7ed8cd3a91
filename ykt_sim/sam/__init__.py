"""A purchase SAM (PSAM): bytes in, bytes out, keys never out.

The engine does no IO, keeps no clock and makes no randomness of its own. It holds the
purchase master keys of both standards, calculates MAC1 (`80 70`), checks MAC2 (`80 72`)
and owns the terminal transaction number, which never repeats. Beside it stands the
issuer's host (`host`), the other party that knows master keys.

What it does not model: SM4 keys, key loading and SAM maintenance, the e-cash commands
of a combined SAM, T=0 procedure bytes other than 61xx.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.sam.engine import Psam
    from ykt_sim.sam.image import SamImage
else:
    __getattr__ = late(__name__, {"engine": "Psam", "image": "SamImage"})

__all__ = ["Psam", "SamImage"]
