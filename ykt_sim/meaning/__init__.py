"""What recorded bytes mean.

`decode` turns bytes of a known kind into named fields, `annotate` follows a recording and
says what each exchange is, `follow` keeps the balances and counters that pass by,
`cryptograms` checks the codes where keys are known, and `understand` does all of it for a
whole trace. Nothing here knows an engine, a link or a verdict.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.meaning.annotate import Annotated
    from ykt_sim.meaning.cardview import decoded_view
    from ykt_sim.meaning.conversations import checked
    from ykt_sim.meaning.cryptograms import Checked, Status, Tally, check
    from ykt_sim.meaning.follow import Follower
    from ykt_sim.meaning.keyring import KeyRing
    from ykt_sim.meaning.spans import Decoded, Span
    from ykt_sim.meaning.understand import Piece, Understood
else:
    __getattr__ = late(
        __name__,
        {
            "annotate": "Annotated",
            "cardview": "decoded_view",
            "conversations": "checked",
            "cryptograms": "Checked Status Tally check",
            "follow": "Follower",
            "keyring": "KeyRing",
            "spans": "Decoded Span",
            "understand": "Piece Understood",
        },
    )

__all__ = [
    "Annotated",
    "Checked",
    "Decoded",
    "Follower",
    "KeyRing",
    "Piece",
    "Span",
    "Status",
    "Tally",
    "Understood",
    "check",
    "checked",
    "decoded_view",
]
