"""A smart card with PBOC purses: bytes in, bytes out.

One engine serves Lingnan Tong, T-Union, dual-standard and blank cards; what differs is
in the image, which `personalise` makes from a profile. The engine does no IO, keeps no
clock and makes no randomness of its own.

What it does not model: the radio layer, anticollision, MIFARE, RSA and the e-cash kernel
(SELECT, GET DATA 9F79 and READ RECORD work, GPO is refused), grey lock, logical channels,
extended-length APDUs.
"""

from typing import TYPE_CHECKING

from ykt_sim.card.describe import describe, list_keys
from ykt_sim.card.image import CardImage
from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.card.engine import Card
else:
    __getattr__ = late(__name__, {"engine": "Card"})  # an image is shown without it

__all__ = ["Card", "CardImage", "describe", "list_keys"]
