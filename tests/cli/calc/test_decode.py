"""`ykt decode`: fields by name, one at a time or line by line."""

from __future__ import annotations

import json

import pytest

from ykt_sim.meaning.decode import KINDS
from ykt_sim.wire.record import all_records

LOG = "0001000000000000640941310177670320241027212555"
LNT_LOG = "000B000000000000640601003006868700641027211308"
EF15 = "02205810FFFFFFFF02010310487039500000082720240715204012150000"


def test_a_transaction_as_json(run):
    found = json.loads(run("decode", "tunion:18", LOG, "--json").stdout)
    assert found["counter"] == 1
    assert found["amount"] == 100
    assert (found["type"], found["type_name"]) == ("09", "COMPOSITE_PURCHASE")
    assert found["terminal"] == "413101776703"
    assert found["date"] == "2024-10-27"
    assert found["time"] == "2024-10-27T21:25:55"
    assert found["raw"] == LOG


def test_a_transaction_as_text(run):
    lines = run("decode", "tunion:18", LOG).stdout.splitlines()
    assert lines[0] == "tunion:18  TransactionRecord, 23 bytes"
    amount = next(line for line in lines if "amount" in line)
    assert amount.split() == ["5", "amount", "交易金额", "00000064", "1.00", "yuan"]
    assert any(line.endswith("2024-10-27T21:25:55") for line in lines)


def test_hex_may_be_many_words_in_either_case(run):
    words = [LOG.lower()[i : i + 6] for i in range(0, len(LOG), 6)]
    assert run("decode", "TUNION:18", *words).stdout == run("decode", "tunion:18", LOG).stdout


def test_a_status_word_at_the_end_is_left_out(run):
    assert (
        run("decode", "tunion:15", EF15 + "9000").stdout == run("decode", "tunion:15", EF15).stdout
    )


def test_the_year_of_a_lingnan_tong_log(run):
    without = json.loads(run("decode", "lnt:18", LNT_LOG, "--json").stdout)
    assert without["date"] is None
    found = json.loads(run("decode", "lnt:18", LNT_LOG, "--year", "2024", "--json").stdout)
    assert found["time"].startswith("2024-10-27T21:13")


def test_line_by_line(run):
    text = f"{LOG}\n\n# comment\nzz\n{LOG[:20]}\n {LOG[:10]} {LOG[10:]} # spaced\n"
    result = run("decode", "tunion:18", "-", "--json", stdin=text)
    first, second, third, fourth = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 1
    assert first == fourth
    assert first["raw"] == LOG
    assert "not hex" in second["error"]
    assert (second["line"], second["input"]) == (4, "zz")
    assert third["line"] == 5
    assert third["error"].startswith("TransactionRecord.terminal at byte 10")
    assert result.stderr == ""


def test_line_by_line_as_text(run):
    result = run("decode", "tunion:18", "-", stdin=f"zz\n{LOG}\n")
    assert result.exit_code == 1
    assert result.stderr == "ykt: error: line 1: not hex: 'z' at digit 1\n"
    assert "COMPOSITE_PURCHASE" in result.stdout


def test_good_lines_alone_are_code_0(run):
    assert run("decode", "tunion:18", "-", "--json", stdin=f"{LOG}\n" * 3).exit_code == 0
    assert run("decode", "tunion:18", "-", stdin="").exit_code == 0


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_one_bad_value_is_code_1(run, words):
    result = run("decode", "tunion:18", "0001", *words)
    assert result.exit_code == 1
    assert "TransactionRecord.overdraft_limit at byte 2" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense", "00"], "unknown kind 'nonsense'; --list shows the kinds"),
        (["tunion18", "00"], "did you mean tunion:18"),
        (["tunion:18"], "give a KIND and HEX"),
        ([], "give a KIND and HEX"),
        (["lnt:18", LNT_LOG, "--year", "20"], "20 is not in the range"),
    ],
)
def test_wrong_words(run, words, said):
    result = run("decode", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1


def test_list(run):
    listed = json.loads(run("decode", "--list", "--json").stdout)
    assert [entry["kind"] for entry in listed] == list(KINDS)
    text = run("decode", "--list").stdout
    assert all(kind in text for kind in KINDS)
    assert "\x1b" not in text


def test_every_kind_prints_its_example(run):
    examples = {record.__name__: record.EXAMPLE for record in all_records()}
    seen = 0
    for kind in KINDS:
        for example in set(examples.values()):
            result = run("decode", kind, example)
            if result.exit_code == 0:
                seen += 1
                assert result.stdout.startswith(kind)
                break
    assert seen > len(KINDS) / 2


def test_an_fci(run):
    text = run("decode", "fci", f"6F318408A000000632010105A5259F0801029F0C1E{EF15}").stdout
    assert "T-Union EP 交通联合电子钱包" in text
    assert "2024-07-15" in text


def test_a_command(run):
    text = run("decode", "apdu", "805000020B0100002000001122334455").stdout
    assert "INITIALIZE FOR LOAD 圈存初始化, case 3S" in text.splitlines()[0]
    assert "81.92 yuan" in text


def test_a_status_word(run):
    assert "file or application not found" in run("decode", "rapdu", "6A82").stdout


# -- bytes that other cards and vendors hold -----------------------------------------------


def _decoded(run, *words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(run("decode", *words, "--json").stdout)
    return found


def test_a_ride_with_the_tail_of_either_vendor(run):
    ride = (
        "27027D010100000000000000012302453013664530FFFFFFFF453000FC0D0000333031323334000041310616"
        "00012020112416591600000000BA453013664530FFFFFFFF453000FC05303033303132333400004131061600"
        "02202011241710160000003000002840002100140000000000000000000000000000000000000000"
    )
    found = _decoded(run, "tunion:1A", ride)
    assert found["record_serial"] == "0000000000000123"
    assert found["boarding_time"] == "2020-11-24T16:59:16"
    assert found["alighting_time"] == "2020-11-24T17:10:16"
    assert (found["boarding_line"], found["boarding_station"]) == ("00FC", "0D")
    assert (found["alighting_station"], found["amount"]) == ("05", 48)
    assert found["boarding_vehicle_text"] == "301234"
    first, second = found["also"]
    assert (first["layout"], first["driver"]) == ("BusTailOne", "400021")
    assert second["layout"] == "BusTailTwo"
    assert not any("checksum" in name for one in (found, first, second) for name in one)


def test_issuer_data_of_another_scheme_is_not_that_of_t_union(run):
    found = _decoded(
        run,
        "fci",
        "6F3284075041592E535A54A5279F0801029F0C20"
        "0000000000000000FD4400005180000015CD5B07201101012031010100001010",
    )
    assert found["card_number"] == 123456789
    assert (found["start_date"], found["expiry_date"]) == ("2011-01-01", "2031-01-01")
    assert not found.keys() & {"application_type", "enable_flag", "issuer", "pan"}


def test_a_whole_date_is_no_fare(run):
    found = _decoded(run, "lnt:18", "0003000000000003E80200001600203120190716090102")
    assert (found["amount"], found["time"]) == (1000, "2019-07-16T09:01:02")
    assert "fare" not in found
    assert [one["layout"] for one in found["also"]] == ["LntTransactionRecord"]


@pytest.mark.parametrize(
    ("command", "name", "remark"),
    [
        ("801A280108C1C2D1D2D3D4D5D6", "DES initialise", "usage 28"),
        ("80FA050010C1C2D1D2000000000000000000000000", "DES calculate", "MAC over IV"),
    ],
)
def test_des_commands_of_a_psam(run, command, name, remark):
    found = _decoded(run, "apdu", command)
    assert name in str(found["command"])
    assert str(found["remark"]).startswith(remark)
