"""`ykt explain`: what it prints of wrong codes and refusals, and what it keeps to itself."""

from __future__ import annotations

import json
import re

import pytest

from tests.independent import fmcos_crypto as second
from tests.trace.corpus import FOLDER, flipped, load
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.trace.jsonl import write_trace

LOAD = FOLDER / "synthetic" / "dual-load-point.jsonl"
#: A tap with MAC1 made over 2 instead of 200: the amount in yuan.
YUAN = "".join(
    f"> {sent}\n< {answer}\n"
    for sent, answer in (
        (
            "00A4040008A000000632010105",
            "6F318408A000000632010105A5259F0801029F0C1E01011000FFFFFFFF02010310517000000000000120"
            "1706012040123100009000",
        ),
        ("805003020B01000000C8413158100102", "0000138800000000000100D7A56D3C9000"),
        (
            "80DC00F0300600004131581001020200020600000000000000C80000125C202411010800005810122058"
            "10FFFFFFFF000000000000",
            "9000",
        ),
        ("805401000F0000000120241101080000A27C9D0E", "9302"),
    )
)
FACTORS = ("01011000FFFFFFFF", "5170000000000001")


def card_key(role: str, *factors: str) -> bytes:
    key = load_test_keys().masters("tunion")[role]
    for factor in factors:
        key = second.diversify(key, bytes.fromhex(factor))
    return key


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "m.log"
    path.write_text(YUAN)
    return path


@pytest.fixture
def key_file(tmp_path):
    """The card's own purchase key, which is the published one for its number."""
    path = tmp_path / "k.json"
    value = card_key("purchase", *FACTORS).hex()
    path.write_text(json.dumps([{"standard": "tunion", "type": "3E", "id": 1, "value": value}]))
    return path


def folded(text: str) -> str:
    return re.sub(r"\s*\n[\s|]*", " ", text)


@pytest.mark.parametrize("words", [("explain",), ("trace", "show")])
@pytest.mark.parametrize("keys", ["testkeys", "file"])
def test_an_amount_in_yuan_is_named(run, log, key_file, words, keys):
    given = keys if keys == "testkeys" else str(key_file)
    text = folded(run(*words, "--keys", given, str(log)).stdout)
    assert "MAC1 of composite purchase: wrong, expected 6FA84D15" in text
    assert re.search(
        r"this MAC1 fits: amount in yuan instead of fen 金额以元计（应为分） \(1 of \d+", text
    )


def test_inputs_key_path_and_session_key(run, log):
    text = folded(run("explain", "--keys", "testkeys", str(log)).stdout)
    session = second.offline_session_key(
        card_key("purchase", *FACTORS), bytes.fromhex("D7A56D3C"), 0, bytes.fromhex("00000001")
    )
    assert f"random D7A56D3C, counter 0000, terminal serial 0001 = {session.hex().upper()}" in text
    assert "diversified by issuer 01011000FFFFFFFF then card number 517*********0001" in text
    assert "amount 000000C8, type byte 09, terminal number 413158100102, date 20241101" in text
    assert "m.log: wrong codes 1, explained 1; refusals 1, explained 1" in text


def test_what_was_received_stands_above_what_it_should_be(run, log):
    text = folded(run("explain", "--keys", "testkeys", str(log)).stdout)
    assert re.search(r"received 收到:? *A27C9D0E .*expected 应为:? *6FA84D15", text)


def test_json_says_the_same(run, log):
    (line,) = run("explain", "--json", "--keys", "testkeys", str(log)).stdout.splitlines()
    found = json.loads(line)
    assert (found["index"], found["sw"]) == (3, "9302")
    (code,) = found["codes"]
    explanation = code["explanation"]
    assert [[one["name"] for one in fit] for fit in explanation["fits"]] == [["amount-yuan"]]
    assert explanation["expected"] == "6FA84D15"
    assert explanation["key"]["factors"] == list(FACTORS)
    assert explanation["over"][0] == {"name": "amount", "raw": "000000C8"}
    shown = run("trace", "show", "--json", "--keys", "testkeys", str(log)).stdout.splitlines()
    assert json.loads(shown[3])["codes"][0]["explanation"] == explanation


def test_masters_with_levels(run, tmp_path):
    """A file of masters says how they are divided; a card of one level that took none is named."""
    master = bytes(range(16))
    wrong = second.mac(
        second.offline_session_key(
            master, bytes.fromhex("D7A56D3C"), 0, bytes.fromhex("00000001")
        ),
        bytes.fromhex("000000C809413158100102" + "20241101080000"),
    )  # fmt: skip
    log, keys = tmp_path / "m.log", tmp_path / "k.json"
    log.write_text(YUAN.replace("A27C9D0E", wrong.hex().upper()))
    entry = {"standard": "tunion", "role": "purchase", "master": master.hex()}
    keys.write_text(json.dumps({"keys": [entry], "levels": {"tunion": ["card"]}}))
    text = folded(run("explain", "--keys", str(keys), str(log)).stdout)
    assert "this MAC1 fits: master key, not diversified 主密钥未分散" in text
    assert "diversified by card number 517*********0001" in text
    assert "expected" not in text


def test_what_of_a_key_file_is_not_used_is_said(run, log, tmp_path):
    path = tmp_path / "k.json"
    path.write_text(json.dumps([{"standard": "tunion", "type": "33", "value": "00" * 16}]))
    result = run("explain", "--keys", str(path), str(log))
    assert "key 0 not used: no code is made with a key of type 33" in result.stderr
    assert "not used" not in result.stdout


def test_a_key_without_a_standard_is_named(run, log, tmp_path):
    path = tmp_path / "k.json"
    path.write_text('{"keys":[{"type":"3F","id":2,"name":"LOAD","value":"' + "00" * 16 + '"}]}')
    result = run("trace", "show", str(log), "--keys", str(path))
    assert result.exit_code == 2
    assert "k.json: key 0 lacks 'standard': write tunion, lnt, own or psam" in result.stderr
    assert "KeyError" not in result.stderr


def test_status_words_need_no_keys(run, tmp_path):
    log = tmp_path / "p.log"
    log.write_text(
        "> 00A404000E325041592E5359532E4444463031\n< 6F10840E325041592E5359532E44444630319000\n"
        "> 00A40400085041592E41505059\n< 6A82\n> 805C000204\n< 6F00\n"
    )
    text = folded(run("explain", str(log)).stdout)
    assert "because: PPSE was selected since the last reset: the card may hide PAY.APPY" in text
    assert "nothing in this trace says why 报文中看不出原因" in text
    assert "refusals 2, explained 1; no keys given" in text


def test_a_sound_trace_has_no_wrong_code(run):
    text = folded(run("explain", "--keys", "testkeys", str(LOAD)).stdout)
    assert "because: INITIALIZE FOR LOAD: no PIN was presented before it" in text
    assert "wrong codes 0, explained 0; refusals 1, explained 1" in text


def test_another_cards_keys(run, tmp_path):
    trace = tmp_path / "t.jsonl"
    trace.write_text(write_trace(load("dual-load-point")))
    keys = tmp_path / "k.json"
    roles = ("load", "tac")
    entries = [{"standard": "lnt", "role": role, "value": "0F" * 8 + "1E" * 8} for role in roles]
    keys.write_text(json.dumps(entries))
    text = run("explain", "--keys", str(keys), str(trace)).stdout
    assert "none of" in text
    assert text.rstrip().endswith(
        "no code is right, these may be another card's keys 可能不是该卡的密钥"
    )


def test_a_mismatch_is_told(run, tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_text(write_trace(flipped(load("tunion-bus-tunion"), 7, "command", 5)))
    text = run("explain", "--keys", "testkeys", str(path)).stdout
    assert "random: not what the card said" in text
