"""PSAM images as JSON: round trip, damage, newer versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ykt_sim.errors import ImageError
from ykt_sim.sam import SamImage
from ykt_sim.sam.image import is_sealed
from ykt_sim.sam.issuing import make_image
from ykt_sim.wire.files import SamApplicationFile, SamCardFile, SamTerminalFile
from ykt_sim.wire.record import Record


def image() -> SamImage:
    return make_image(
        serial="58100000413158100102",
        terminal="413158100102",
        acquirer="12205810FFFFFFFF",
        purchase_keys={"tunion": bytes(16), "lnt": bytes(16)},
    )


def test_round_trip_is_readable() -> None:
    text = image().to_json()
    assert SamImage.from_json(text) == image()
    assert json.loads(text)["format"] == "ykt-sam"
    assert "test keys" in json.loads(text)["notice"]
    assert text.count("\n") > 20


def test_an_edited_number_is_refused_and_a_file_without_checksum_is_read() -> None:
    body = json.loads(image().to_json())
    body["next_serial"] += 1
    with pytest.raises(ImageError, match="damaged or was edited: its SHA-256 does not match"):
        SamImage.from_json(json.dumps(body))
    assert is_sealed(json.dumps(body))
    del body["sha256"]
    assert SamImage.from_json(json.dumps(body)).next_serial == 2
    assert not is_sealed(json.dumps(body))


def test_what_is_not_said_is_a_new_psam_behind_t1() -> None:
    said = json.loads(image().to_json())
    for name in ("next_serial", "mac2_limit", "mac2_left", "t0"):
        said.pop(name, None)
    found = SamImage.from_json(json.dumps(said))
    assert (found.next_serial, found.mac2_limit, found.mac2_left, found.t0) == (1, 15, 15, False)


def damaged(change: Any) -> str:
    data = json.loads(image().to_json())
    change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "truncated"),
        ("{}", "format"),
        (image().to_json()[:-20], "truncated"),
        (damaged(lambda d: d.update(format="ykt-card")), "not a PSAM image"),
        (damaged(lambda d: d.update(version=2)), "version 2 is not supported"),
        (damaged(lambda d: d.update(extra=1)), "extra"),
        (damaged(lambda d: d.pop("file_15")), "file_15"),
        (damaged(lambda d: d.update(file_15="00")), "SamCardFile"),
        (damaged(lambda d: d.update(file_16="4131")), "SamTerminalFile"),
        (damaged(lambda d: d.update(file_16="zz")), "non-hexadecimal"),
        (damaged(lambda d: d.update(next_serial=1 << 32)), "next_serial"),
        (damaged(lambda d: d.update(mac2_left=99)), "mac2_left"),
        (damaged(lambda d: d["applications"][0].update(fid="80")), "fid"),
        (damaged(lambda d: d["applications"][0].update(fid="80 11")), "fid '80 11' is not 4 hex"),
        (damaged(lambda d: d["applications"][0].update(file_17="80")), "SamApplicationFile"),
        (damaged(lambda d: d["applications"][0]["keys"][0].update(value="80")), "16 bytes"),
        (damaged(lambda d: d["applications"][0]["keys"][0].update(levels=3)), "levels 3"),
        (damaged(lambda d: d["applications"][0]["keys"][0].update(version=256)), "a byte"),
        (damaged(lambda d: d["applications"][0]["keys"][0].update(algorithm=-1)), "a byte"),
        (damaged(lambda d: d["applications"][0].update(name="x")), "non-hexadecimal"),
        (damaged(lambda d: d["applications"][0].update(name="00" * 17)), "longer than 16 bytes"),
        (damaged(lambda d: d["applications"].append(d["applications"][0])), "stands in it twice"),
        (damaged(lambda d: d["applications"][0].update(fid="3f00")), "stands in it twice"),
        (damaged(lambda d: d.update(notice="\ud800")), "PSAM image"),
    ],
)
def test_damage_is_one_clear_line(text: str, says: str) -> None:
    with pytest.raises(ImageError, match=says) as caught:
        SamImage.from_json(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("record", [SamCardFile, SamTerminalFile, SamApplicationFile])
def test_file_records_round_trip(record: type[Record]) -> None:
    data = bytes.fromhex(record.EXAMPLE)
    assert record.parse(data).build() == data
