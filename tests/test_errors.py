"""Whose fault an error is stands in its type."""

from __future__ import annotations

import inspect

import pytest

from ykt_sim import errors
from ykt_sim.errors import CardError, FileError, OwnError, PackError, ReadError, UsageError
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.digits import pack_pan_left
from ykt_sim.wire.files import VariableRecord
from ykt_sim.wire.tlv import Tlv

#: Errors of bytes and of their lengths: whoever gave them is to blame.
NO_OWNER = {"YktError", "WireError", "ReadError", "CryptoError"}


def test_every_error_has_one_owner_or_is_of_bytes():
    owners = (CardError, FileError, UsageError, OwnError)
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        assert issubclass(kind, errors.YktError)
        count = sum(issubclass(kind, owner) for owner in owners)
        assert count == (name not in NO_OWNER), name


@pytest.mark.parametrize(
    "parse",
    [
        pytest.param(lambda: Response.parse(b"\x90"), id="answer"),
        pytest.param(lambda: Command.parse(b"\x00"), id="command"),
        pytest.param(lambda: VariableRecord.parse(b"\x01"), id="variable-record"),
        pytest.param(lambda: Tlv.parse(b"\x6f\x05"), id="tlv"),
    ],
)
def test_bytes_that_do_not_fit_are_whose_they_are(parse):
    with pytest.raises(ReadError):
        parse()


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda: Command(0x100, 0, 0, 0).build(), id="header"),
        pytest.param(lambda: Command(0, 0, 0, 0, bytes(256)).build(), id="data"),
        pytest.param(lambda: VariableRecord(0x100, b"").build(), id="id"),
        pytest.param(lambda: VariableRecord(1, bytes(256)).build(), id="content"),
        pytest.param(lambda: pack_pan_left("12X"), id="number"),
    ],
)
def test_values_that_do_not_fit_are_our_own_mistake(build):
    with pytest.raises(PackError):
        build()
