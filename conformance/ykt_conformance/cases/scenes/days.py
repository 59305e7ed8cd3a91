"""First and last days of cards on which a calendar goes wrong, whatever day it is."""

from __future__ import annotations

from typing import Final

#: The last day of each month of a year with a 29 February, and of February in another.
_LASTS: Final = (
    "0131", "0229", "0331", "0430", "0531", "0630", "0731", "0831", "0930", "1031", "1130", "1231",
    "0228",
)  # fmt: skip
#: First and last day of a card by the end of a month in words; far behind and ahead of any clock.
ENDS: Final = {
    f"{day[:2]}-{day[2:]}": (f"{2003 if day == '0228' else 2004}{day}",
                             f"{2041 if day == '0228' else 2040}{day}")
    for day in _LASTS
}  # fmt: skip
