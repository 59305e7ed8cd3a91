"""The process that is killed: one terminal with a state folder, and cards in files.

Run as ``python -m ykt_sim.bench.soak.worker``: a `Job` as JSON on standard input, a `Told` as
JSON in one line of standard output when a passenger has been told how the tap ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from ykt_sim.bench.kept.device import through
from ykt_sim.bench.simulated import card_in_file
from ykt_sim.bench.soak.plan import Job, Visit
from ykt_sim.bench.soak.trouble import BadDisk
from ykt_sim.bench.stand import Stand, StandSetup
from ykt_sim.errors import YktError


class Told(msgspec.Struct, frozen=True):
    """How a tap ended.

    Attributes:
        outcome: of the decision; ``broken`` where there was none.
        sequence: of the record for clearing; 0 for none.
        tac: likewise.
        why: what broke it off.
        refused: calls that the disk has refused so far.
    """

    outcome: str
    sequence: int = 0
    tac: str = ""
    why: str = ""
    refused: int = 0


class Worker:
    """A terminal that is set up again where its journal or its PSAM was lost.

    Args:
        job: what it does.
        disk: what it does it on.
    """

    def __init__(self, job: Job, disk: BadDisk) -> None:
        self._job, self._disk = job, disk
        self._stand: Stand | None = None

    def run(self) -> None:
        """Tap, and tell each."""
        for visit in self._job.visits:
            try:
                told = self._tap(visit)
            except (YktError, OSError) as error:
                told = Told("broken", why=str(error), refused=self._disk.refused)
                self.close()
            self._disk.step()
            sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
            sys.stdout.buffer.flush()
            self._tell()
        self.close()

    def close(self) -> None:
        """Switch the terminal off."""
        if self._stand is not None:
            self._stand.close()
            self._stand = None

    def _tap(self, visit: Visit) -> Told:
        job = self._job
        if self._stand is None:
            self._stand = Stand(job.terminal, StandSetup(state=Path(job.state), seed=job.seed))
        self._stand.forget()
        link = card_in_file(Path(visit.card), seed=job.seed)
        result = self._stand.tap(link, visit.at, visit.amount, shown=False).result
        record, outcome = result.clearing, result.decision.outcome
        refused = self._disk.refused
        if record is None:
            return Told(outcome, why=result.decision.reason, refused=refused)
        return Told(outcome, record.sequence, record.tac, refused=refused)

    def _tell(self) -> None:
        """The journal notes that it was shown; where it cannot, the terminal starts anew."""
        if self._stand is not None:
            try:
                self._stand.tell()
            except YktError:
                self.close()


def main() -> None:
    """Do the job on standard input."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    disk = BadDisk(job.trouble)
    with through(disk):
        Worker(job, disk).run()


if __name__ == "__main__":
    main()
