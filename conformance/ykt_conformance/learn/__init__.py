"""Learning: the state machine of a card is inferred from its answers and held to the model.

`learn` asks the words of a few small alphabets, draws the machine behind the answers, and lists
what breaks a rule of the reference model, each with the shortest steps that show it. Must not
know cases or reports.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.learn.alphabet import Subject
    from ykt_conformance.learn.drawing import svg
    from ykt_conformance.learn.graph import dot
    from ykt_conformance.learn.run import LearnPlan, Learnt, learn
    from ykt_conformance.learn.telling import document, hidden, lines
else:
    __getattr__ = late(
        __name__,
        {
            "alphabet": "Subject",
            "graph": "dot",
            "drawing": "svg",
            "run": "Learnt LearnPlan learn",
            "telling": "document hidden lines",
        },
    )

__all__ = [
    "LearnPlan",
    "Learnt",
    "Subject",
    "document",
    "dot",
    "hidden",
    "learn",
    "lines",
    "svg",
]
