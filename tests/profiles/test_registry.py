"""The registry: Guangdong's codes, issuers and acquirer forms."""

from __future__ import annotations

import pytest

from ykt_sim.errors import ProfileError
from ykt_sim.profiles import registry
from ykt_sim.profiles.registry import acquirer_form, issuer_form, load_registry


def test_counts() -> None:
    found = load_registry()
    guangdong = [city for city in found.cities if city.province == "5800"]
    assert len(guangdong) == 21
    assert [sum(city.batch == n for city in guangdong) for n in (1, 2, 3)] == [7, 7, 7]
    assert sum("31048700" <= issuer.iin <= "31048724" for issuer in found.issuers) == 24
    assert found.provinces[0].code == "5800"


@pytest.mark.parametrize(
    ("code", "name"),
    [("5810", "Guangzhou"), ("5840", "Shenzhen"), ("5865", "Jieyang"), ("5869", "Chaozhou")],
)
def test_cities_by_code_and_older_code(code: str, name: str) -> None:
    city = load_registry().city(code)
    assert city is not None
    assert city.en == name


@pytest.mark.parametrize(
    ("code", "province"),
    [("5810", "5800"), ("5990", "5800"), ("6030", "5800"), ("5865", "5800"), ("3010", "3000"),
     ("2900", "2900"), ("7835", "7800")],
)  # fmt: skip
def test_provinces_of_cities(code: str, province: str) -> None:
    """As registered; where the registry names no province, by the first two digits."""
    assert load_registry().province_of(code) == province


def test_unknown_codes_have_no_entry() -> None:
    assert load_registry().city("7835") is None
    assert load_registry().issuer("99999999") is None
    assert load_registry().issuers_of("0999") == ()


def test_issuers_by_iin_pan_and_institution() -> None:
    found = load_registry()
    issuer = found.issuer("3104870395000000827")
    assert issuer is not None
    assert (issuer.institution, issuer.brand, issuer.city) == ("02205810", "羊城通", "5810")
    assert [i.iin for i in found.issuers_of("12205810FFFFFFFF")] == ["31048703"]
    assert {i.iin for i in found.issuers_of("01355850")} == {"31048701", "31048724"}


def test_pairs_leave_unknown_institutions_out() -> None:
    found = load_registry()
    pairs = found.pairs()
    assert ("02205810", "31048703") in pairs
    assert ("09981001", "31052280") in pairs
    assert all(institution for institution, _ in pairs)
    assert len(pairs) == len(found.issuers) - 2


def test_forms() -> None:
    assert issuer_form("12205810FFFFFFFF") == "02205810"
    assert issuer_form("1220588000000000") == "02205880"
    assert acquirer_form("02205810") == "12205810FFFFFFFF"
    for acquirer in load_registry().acquirers:
        well_formed = acquirer.value[0] == "1" and acquirer.value.endswith("FFFFFFFF")
        assert well_formed == (acquirer.form == "ok")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("cities.toml", 'code = "5820"', 'code = "5810"', r"cities.toml: \$.cities: 5810"),
        ("cities.toml", "version = 1", "version = 2", r"cities.toml: \$.version"),
        ("cities.toml", "batch = 2", 'batch = "2"', r"cities.toml: .*\$.cities\[0\].batch"),
        ("institutions.toml", 'city = "5840"', 'city = "9999"', r"\$.acquirers\[1\].city"),
        (
            "institutions.toml",
            'iin = "31048701"',
            'iin = "31048700"',
            "31048700 stands",
        ),
    ],
)
def test_errors_name_file_and_path(
    file: str, old: str, new: str, says: str, tmp_path, monkeypatch
) -> None:
    for name in ("cities.toml", "institutions.toml"):
        text = (registry._HERE / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace(old, new, 1) if name == file else text, "utf-8")
    monkeypatch.setattr(registry, "_HERE", tmp_path)
    with pytest.raises(ProfileError, match=says):
        load_registry.__wrapped__()
