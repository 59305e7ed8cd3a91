"""The implementation conformance statement: its form, its values, and what contradicts it.

`load` reads a shipped form or a file, `check` says where one contradicts itself, `draft` makes
one from a trace, `contradictions` holds one against a trace. Must not know a case or a run.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.ics.differing import Observation
    from ykt_conformance.ics.form import (
        IcsFile,
        build,
        check,
        empty,
        form_names,
        load,
        read,
        render,
    )
    from ykt_conformance.ics.observe import contradictions, draft
    from ykt_conformance.ics.schema import CardIcs, Ics, TerminalIcs
else:
    __getattr__ = late(
        __name__,
        {
            "form": "IcsFile build check empty form_names load read render",
            "differing": "Observation",
            "observe": "contradictions draft",
            "schema": "CardIcs Ics TerminalIcs",
        },
    )

__all__ = [
    "CardIcs",
    "Ics",
    "IcsFile",
    "Observation",
    "TerminalIcs",
    "build",
    "check",
    "contradictions",
    "draft",
    "empty",
    "form_names",
    "load",
    "read",
    "render",
]
