"""Pure functions on bytes over the `cryptography` package; nothing here knows a card."""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.crypto.derive import diversify, diversify_chain, session_key, tac_key
    from ykt_sim.crypto.des import mac
else:
    __getattr__ = late(
        __name__,
        {
            "derive": "diversify diversify_chain session_key tac_key",
            "des": "mac",
        },
    )

__all__ = [
    "diversify",
    "diversify_chain",
    "mac",
    "session_key",
    "tac_key",
]
