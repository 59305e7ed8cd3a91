"""All targets."""

from __future__ import annotations

from tests.fuzz import engines, images, texts, traces
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target for room in (engines, images, texts, traces) for target in room.TARGETS
}
