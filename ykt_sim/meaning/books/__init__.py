"""The books of a sweep: what cards hold, what journals claim, what displays said must agree.

`Books` is told tap after tap, cut or whole, and gives findings, each with its rule. It knows what
is due from `ykt_sim.meaning.duty` and reads journals by itself; it must not know an engine, a
terminal, or how a tap was cut.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.meaning.books.books import Books
    from ykt_sim.meaning.books.finding import BOOKS, Broken
    from ykt_sim.meaning.books.ledger import Holder, Ledger
    from ykt_sim.meaning.books.told import Told
else:
    __getattr__ = late(
        __name__,
        {
            "books": "Books",
            "finding": "BOOKS Broken",
            "ledger": "Holder Ledger",
            "told": "Told",
        },
    )

__all__ = ["BOOKS", "Books", "Broken", "Holder", "Ledger", "Told"]
