"""Everything put together: cards, PSAMs and terminals made, tapped, kept, opened by name.

`make` makes engines from profiles, `tap` runs one tap, `stand` is a terminal that remembers,
`duty` one at a real reader, `targets` says what a name means, `images` and `kept` keep cards
in files. A verb of the command line or a page does nothing that a program cannot do by
importing from here. Nothing here judges a card, and nothing knows the command line.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_sim.bench.bench import Bench
    from ykt_sim.bench.chance import rng
    from ykt_sim.bench.demo import load_demo, run_demo
    from ykt_sim.bench.duty import Duty
    from ykt_sim.bench.files import read_text, write_bytes, write_text
    from ykt_sim.bench.images import load_card, load_sam, save_card
    from ykt_sim.bench.kept.saved import SavedCardLink, SavedLink
    from ykt_sim.bench.make import (
        deviations,
        issue_sim_card,
        make_card,
        make_host,
        make_sam,
        make_terminal,
        open_sim_card,
    )
    from ykt_sim.bench.reading import CardReading
    from ykt_sim.bench.sinks import open_sink, report_line
    from ykt_sim.bench.slots import serve_card
    from ykt_sim.bench.stand import Stand, StandSetup, Tapped, pulled
    from ykt_sim.bench.streams import Lines, answers
    from ykt_sim.bench.tap import MemoryJournal, TapResult, run_tap, start, tell
    from ykt_sim.bench.targets import (
        Opening,
        Target,
        open_target,
        read_place,
        read_target,
        read_terminal,
    )
    from ykt_sim.bench.watch import CardWatch
else:
    __getattr__ = late(
        __name__,
        {
            "bench": "Bench",
            "chance": "rng",
            "demo": "load_demo run_demo",
            "files": "read_text write_bytes write_text",
            "images": "load_card load_sam save_card",
            "kept.saved": "SavedCardLink SavedLink",
            "make": "deviations issue_sim_card make_card make_host make_sam make_terminal "
            "open_sim_card",
            "reading": "CardReading",
            "duty": "Duty",
            "sinks": "open_sink report_line",
            "slots": "serve_card",
            "stand": "Stand StandSetup Tapped pulled",
            "streams": "Lines answers",
            "tap": "MemoryJournal TapResult run_tap start tell",
            "targets": "Opening Target open_target read_place read_target read_terminal",
            "watch": "CardWatch",
        },
    )

__all__ = [
    "Bench",
    "CardReading",
    "CardWatch",
    "Duty",
    "Lines",
    "MemoryJournal",
    "Opening",
    "SavedCardLink",
    "SavedLink",
    "Stand",
    "StandSetup",
    "TapResult",
    "Tapped",
    "Target",
    "answers",
    "deviations",
    "issue_sim_card",
    "load_card",
    "load_demo",
    "load_sam",
    "make_card",
    "make_host",
    "make_sam",
    "make_terminal",
    "open_sim_card",
    "open_sink",
    "open_target",
    "pulled",
    "read_place",
    "read_target",
    "read_terminal",
    "read_text",
    "report_line",
    "rng",
    "run_demo",
    "run_tap",
    "save_card",
    "serve_card",
    "start",
    "tell",
    "write_bytes",
    "write_text",
]
