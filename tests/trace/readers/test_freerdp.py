"""Debug logs of FreeRDP."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import DIALOGUE, events, found, freerdp, pairs, whys
from ykt_sim.trace.model import Exchange


@pytest.mark.parametrize("braces", [False, True])
def test_calls_and_returns_are_exchanges(*, braces: bool) -> None:
    assert pairs(found(freerdp(braces=braces), "freerdp")) == list(DIALOGUE)


def test_the_last_three_digits_are_milliseconds() -> None:
    first = next(e for e in events(freerdp(), "freerdp") if isinstance(e, Exchange))
    assert first.duration_ms == pytest.approx(7)


def test_a_buffer_that_is_not_as_long_as_said_is_told() -> None:
    log = freerdp().replace(f"cbRecvLength: {len(DIALOGUE[0][1])}", "cbRecvLength: 250", 1)
    assert any("250" in why for why in whys(found(log, "freerdp")))


def test_a_call_that_failed_is_a_remark() -> None:
    log = freerdp(DIALOGUE[:1]).replace(
        "SCARD_S_SUCCESS (0x00000000)", "SCARD_W_REMOVED_CARD (0x80100069)"
    )
    assert "0x80100069" in str(found(log, "freerdp"))
