"""Report writers, one module per format; each takes a finished `RunResult`.

`prepare` and `write` make the folder of a run; `render_trace` is the page of one trace. What a
page is made of (`markup`, `page`) serves other pages too. Must not know how a run was made.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.report.folder import prepare, write
    from ykt_conformance.report.html import render_zoo
    from ykt_conformance.report.results_json import document
    from ykt_conformance.report.trace_page import render_trace
    from ykt_conformance.report.verify import Verified
    from ykt_conformance.report.zoo_page import Mutant, ZooTable
else:
    __getattr__ = late(
        __name__,
        {
            "folder": "prepare write",
            "html": "render_zoo",
            "results_json": "document",
            "trace_page": "render_trace",
            "verify": "Verified",
            "zoo_page": "Mutant ZooTable",
        },
    )

__all__ = [
    "Mutant",
    "Verified",
    "ZooTable",
    "document",
    "prepare",
    "render_trace",
    "render_zoo",
    "write",
]
