"""Which cases must fail for which fault, and whether they do.

Tries the suite, not an implementation. Must not know how a fault works: it is a name after
``?deviate=``.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.zoo.entry import CardMutant
    from ykt_conformance.zoo.run import ZooResult, declared, run_zoo
else:
    __getattr__ = late(
        __name__,
        {
            "entry": "CardMutant",
            "run": "ZooResult declared run_zoo",
        },
    )

__all__ = [
    "CardMutant",
    "ZooResult",
    "declared",
    "run_zoo",
]
