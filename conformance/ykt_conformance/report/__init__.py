"""Report writers, one module per format; each takes a finished `RunResult`.

`prepare` and `write` make the folder of a run, `write_pdf` prints its report; `render_trace` is
the page of one trace. Pages and what they are made of stand in `html`. Must not know how a run
was made.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.report.folder import prepare, write
    from ykt_conformance.report.html.trace_page import render_trace
    from ykt_conformance.report.html.zoo_page import Mutant, ZooTable, render_zoo
    from ykt_conformance.report.pdf import write_pdf
    from ykt_conformance.report.results_json import document
    from ykt_conformance.report.verify import Verified
else:
    __getattr__ = late(
        __name__,
        {
            "folder": "prepare write",
            "html.trace_page": "render_trace",
            "html.zoo_page": "Mutant ZooTable render_zoo",
            "pdf": "write_pdf",
            "results_json": "document",
            "verify": "Verified",
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
    "write_pdf",
]
