"""Exploration of terminals: scenes drawn where no case goes, judged by the model of money and duty.

`explore` draws scenes, `replay` plays a given one, `read_scene` reads its steps, `redactor` knows
what is not to be told. Must not know cases or reports.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.explore.terminal.likeness import Numbers
    from ykt_conformance.explore.terminal.run import Explored, ScenePlan, explore, replay
    from ykt_conformance.explore.terminal.scene import read_scene
    from ykt_conformance.explore.terminal.telling import recording, redactor
else:
    __getattr__ = late(
        __name__,
        {
            "likeness": "Numbers",
            "run": "Explored ScenePlan explore replay",
            "scene": "read_scene",
            "telling": "recording redactor",
        },
    )

__all__ = [
    "Explored",
    "Numbers",
    "ScenePlan",
    "explore",
    "read_scene",
    "recording",
    "redactor",
    "replay",
]
