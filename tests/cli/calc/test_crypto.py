"""The calculators give what real cards and their manuals gave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "purse.json").read_text(encoding="utf-8")
)["vectors"]
WORDS = {
    "ecb": ("ecb",),
    "ecbdec": ("ecb", "--decrypt"),
    "mac": ("mac",),
    "mac8": ("mac", "--length", "8"),
    "encld": ("encipher",),
    "sm4": ("ecb", "--cipher", "sm4"),
}
STEPS = [
    pytest.param(step, id=f"{vector['id']}-{number}")
    for vector in VECTORS
    for number, step in enumerate(vector["steps"], 1)
    if step["op"] in WORDS and "@" not in step["key"] + step["data"] + step["expect"]
]
K16 = "00112233445566778899AABBCCDDEEFF"


def test_enough_vectors_are_met():
    assert len(STEPS) == 37


@pytest.mark.parametrize("step", STEPS)
def test_vector(run, step):
    words = ["crypto", *WORDS[step["op"]], "--key", step["key"], "--data", step["data"]]
    if "iv" in step:
        words += ["--iv", step["iv"]]
    result = run(*words)
    assert (result.exit_code, result.stdout, result.stderr) == (0, step["expect"] + "\n", "")


SERIAL = "--random 584633C9 --counter 0000 --serial 00000000"
LINE = "line-mac --key FFFFFFFFFFFFFFFF --challenge"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"tac-key --key {K16}", "8888888888888888"),
        ("tac-key --key 1122334455667788", "1122334455667788"),
        (f"session-key --key {K16} {SERIAL}", "C08346DF9F1D457A"),
        (f"session-key --key {K16} --random C903814D --counter 0000", "11FDF264E8AEEFA3"),
        (
            f"diversify --key {K16} --factor 1122334455667788",
            "496BD7A3513644533100B54E71196528",
        ),
        (
            "encipher --decrypt --key 4444444444444444 --data A5DFE4940B63DC35471ED8A8CD098843",
            "0102030405060708090A0B0C",
        ),
        (f"{LINE} 4C45BAB9 --data 84D40102147C87BC23140021B3AFEA67E6359DDCFE", "D7C943F6"),
        (
            f"{LINE} 4C45BAB9 --header 84D40102 --data 7C87BC23140021B3AFEA67E6359DDCFE",
            "D7C943F6",
        ),
        (
            f"{LINE} 4C45BAB900000000 --header 84D40102 --data 7C87BC23140021B3AFEA67E6359DDCFE",
            "D7C943F6",
        ),
    ],
)
def test_known_answer(run, words, expected):
    result = run("crypto", *words.split())
    assert (result.exit_code, result.stdout, result.stderr) == (0, expected + "\n", "")


def test_two_levels_are_one_after_the_other(run):
    first = run("crypto", "diversify", "--key", K16, "--factor", "02205810FFFFFFFF")
    second = run("crypto", "diversify", "--key", first.stdout.strip(), "--factor", "8" * 16)
    both = run(
        "crypto", "diversify", "--key", K16, "--factor", "02205810FFFFFFFF", "--factor", "8" * 16
    )
    assert both.stdout == second.stdout
    assert both.stdout != first.stdout


def test_line_mac_of_a_command_without_data(run):
    block = run(
        "crypto", "line-mac", "--key", K16, "--challenge", "11223344", "--header", "841E0000"
    )
    plain = run("crypto", "mac", "--key", K16, "--iv", "1122334400000000", "--data", "841E000004")
    assert block.exit_code == 0
    assert block.stdout == plain.stdout


def test_hex_with_spaces_and_in_either_case(run):
    words = ["--key", "ffff FFFF ffff ffff", "--data", " 53fd1f26 2ec4E6E2 "]
    assert run("crypto", "ecb", *words).stdout == "A0DBBFC1192FF24A\n"


def test_the_serial_counts_with_its_last_two_bytes(run):
    words = ["crypto", "session-key", "--key", K16, "--random", "584633C9", "--counter", "0000"]
    long = run(*words, "--serial", "AABB0102")
    assert long.stdout == run(*words, "--serial", "0102").stdout
    assert long.stdout != run(*words).stdout


def test_json(run):
    result = run("crypto", "tac-key", "--key", K16, "--json")
    assert json.loads(result.stdout) == {"operation": "tac-key", "result": "8888888888888888"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ecb", "--key", "0011", "--data", "00" * 8], "expected 8 or 16 bytes, got 2"),
        (["ecb", "--key", K16, "--data", "00"], "whole 8-byte blocks, got 1"),
        (["ecb", "--key", K16, "--data", "0G"], "not hex: 'G' at digit 2"),
        (["ecb", "--key", K16, "--data", "123"], "odd number of hex digits (3)"),
        (["ecb", "--key", K16], "Missing option '--data'"),
        (["ecb", "--cipher", "sm4", "--decrypt", "--key", K16, "--data", K16], "only encipher"),
        (["ecb", "--cipher", "sm4", "--key", "00" * 8, "--data", K16], "SM4 key"),
        (["mac", "--key", K16, "--data", "00", "--length", "5"], "'5' is not one of"),
        (["mac", "--key", K16, "--data", "00", "--iv", "00"], "expected 8 bytes, got 1"),
        (["encipher", "--key", K16, "--data", "00" * 256], "limited to 255 bytes"),
        (["encipher", "--decrypt", "--key", K16, "--data", "00" * 8], "does not fit"),
        (["diversify", "--key", K16, "--factor", "00"], "expected 8 bytes, got 1"),
        (["session-key", "--key", K16, "--random", "00", "--counter", "1"], "got 1"),
        (["line-mac", "--key", K16, "--challenge", "00000000"], "needs --header, --data"),
        (
            f"{LINE} 00000000 --header 84D60000 --data {'00' * 252}".split(),
            "at most 255 bytes",
        ),
    ],
)
def test_bad_input_is_one_line_and_code_2(run, words, said):
    result = run("crypto", *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert result.stderr.startswith("ykt: error: ")
    assert result.stderr.count("\n") == 1


def test_check_value_and_parity(run):
    result = run("crypto", "kcv", "--key", "00" * 8)
    assert (result.exit_code, result.stdout) == (0, "8CA64D\n")
    assert "even in byte 0, 1, 2, 3, 4, 5, 6, 7" in result.stderr
    odd = run("crypto", "kcv", "--key", "01" * 16, "--length", "8")
    assert (odd.stdout, "odd in every byte" in odd.stderr) == ("8CA64DE9C1B123A7\n", True)


def test_check_value_in_json(run):
    result = run("crypto", "kcv", "--key", "00" + "01" * 7, "--json")
    told = {"operation": "kcv", "result": "8CA64D", "even_parity_bytes": [0]}
    assert (json.loads(result.stdout), result.stderr) == (told, "")


def test_check_value_of_sm4(run):
    whole = run("crypto", "ecb", "--cipher", "sm4", "--key", K16, "--data", "00" * 16).stdout
    result = run("crypto", "kcv", "--cipher", "sm4", "--key", K16)
    assert (result.stdout, result.stderr) == (whole[:6] + "\n", "")
    assert run("crypto", "kcv", "--cipher", "sm4", "--key", "00" * 8).exit_code == 2


KCV = ("crypto", "kcv", "--key")


def test_a_key_need_not_stand_in_the_command_line(run, tmp_path, monkeypatch):
    """From a file, from standard input, from the environment: the same answer."""
    expected = run(*KCV, K16).stdout
    assert len(expected) == 7
    path = tmp_path / "key.hex"
    for text in (K16, f"{K16}\n", " ".join(K16.lower()[at : at + 4] for at in range(0, 32, 4))):
        path.write_text(text, "utf-8")
        assert run(*KCV, f"@{path}").stdout == expected
        assert run(*KCV, "-", stdin=text).stdout == expected
    monkeypatch.setenv("YKT_KEY", K16)
    assert run(*KCV[:-1]).stdout == expected
    monkeypatch.setenv("YKT_KEY", f"@{path}")
    assert run(*KCV[:-1]).stdout == expected
    assert run(*KCV, "1122334455667788").stdout != expected


def test_a_key_is_asked_for_at_a_terminal_and_not_shown(run, monkeypatch):
    expected = run(*KCV, K16).stdout
    monkeypatch.setattr("ykt_sim.cli.kit.params._watched", lambda: True)
    asked = run(*KCV, "-", stdin=f"{K16}\n")
    assert asked.stdout == expected
    assert K16 not in asked.output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"SECRET", "not hex: 'S' at digit 1"),
        (b"00112233", "expected 8 or 16 bytes, got 4"),
        (b"", "expected 8 or 16 bytes, got 0"),
        (b"00" * 3000, "more than 4096 bytes are no key"),
        (b"\xff\xfe\x00", "not hex"),
    ],
)
def test_what_is_no_key_is_said_and_not_shown(run, tmp_path, content, said):
    path = tmp_path / "key.hex"
    path.write_bytes(content)
    for word, given in ((f"@{path}", b""), ("-", content)):
        result = run(*KCV, word, stdin=given)
        assert result.exit_code == 2
        assert said in result.stderr
        assert "SECRET" not in result.stderr
        assert "00112233" not in result.stderr


@pytest.mark.parametrize("name", ["nothing", ".", "", "a\0b"])
def test_a_key_file_that_cannot_be_read(run, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    result = run(*KCV, f"@{name}")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "@" in result.stderr


def test_an_endless_file_is_no_key(run):
    result = run(*KCV, "@/dev/zero")
    assert (result.exit_code, "more than 4096 bytes" in result.stderr) == (2, True)
