"""Personalisation: numbers into files, keys from masters, profiles that contradict themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.card.reference import Wallet, card_keys
from tests.card.support import APPY, EC, EP, TICL, changed, made, new_card, powered
from ykt_sim.card import CardImage
from ykt_sim.card.describe import list_keys
from ykt_sim.card.model import PurseState
from ykt_sim.card.personalise import personalise
from ykt_sim.errors import ProfileError, YktError
from ykt_sim.profiles.cards import CardProfile, Identity, load_card_profile

PAN = "3104870312345678905"


# -- numbers --------------------------------------------------------------------------------


def test_pan_goes_into_every_place_of_a_dual_card() -> None:
    talk = powered(made("dual", pan=PAN))
    assert "0" + PAN in talk.ok(EP)
    assert talk.ok("00B0950A0A") == "0" + PAN
    assert PAN + "F" in talk.ok(EC)
    assert PAN + "F" in talk.ok("00B2010C00")
    talk.ok(APPY)
    assert talk.ok("00B0950808") == "5100001234567890", "the printed number is inside the PAN"


def test_lingnan_tong_number_alone_gives_the_pan() -> None:
    talk = powered(made("dual", lnt_number="1234567890"))
    assert talk.ok("00A4000000")
    talk.ok(EP)
    assert talk.ok("00B0950A0A") == "03104870312345678907"
    talk.ok(APPY)
    assert talk.ok("00B0953208") == "5100001234567890", "the copy"


def test_both_numbers_are_taken_as_given() -> None:
    talk = powered(made("dual", pan=PAN, lnt_number="0000000042"))
    talk.ok(APPY)
    assert talk.ok("00B0950808") == "5100000000000042"
    assert "0" + PAN in talk.ok(EP)


def test_keys_are_diversified_from_the_numbers() -> None:
    image = made("dual", pan=PAN, balance=1000)
    talk = powered(image)
    talk.ok(EP)
    tunion = card_keys("tunion", "02205810FFFFFFFF", "4870312345678905")
    Wallet(talk, tunion).do("purchase", 1)
    Wallet(talk, tunion).do("load", 1)
    talk.ok(TICL)
    lnt = card_keys("lnt", "5100001234567890")
    Wallet(talk, lnt).do("purchase", 1)
    values = {line["value"] for line in list_keys(image)}
    assert {key.upper() for key in tunion.values()} <= values
    roles = ("purchase", "load", "unload", "overdraft", "tac", "line", "pin_unblock", "pin_reload")
    assert {lnt[role].upper() for role in roles} <= values


def test_two_cards_have_no_key_in_common() -> None:
    def values(pan: str) -> set[object]:
        lines = list_keys(made("dual", pan=pan))
        return {line["value"] for line in lines if line["role"]}

    assert not values("3104870312345678905") & values("3104870312345678913")


@pytest.mark.parametrize(
    ("profile", "options", "message"),
    [
        ("tunion", {"pan": "123"}, "PAN must be 19 decimal digits, got '123'"),
        ("tunion", {"pan": "3" * 20}, "PAN must be 19"),
        ("tunion", {"pan": "31048703123456789٣5"}, "PAN must be 19"),
        ("lnt", {"lnt_number": "12345"}, "number must be 10 decimal digits"),
        ("lnt", {"lnt_number": "12345678ab"}, "number must be 10 decimal digits"),
        ("lnt", {"pan": PAN}, "has no T-Union application"),
        ("tunion", {"lnt_number": "1234567890"}, "has no Lingnan Tong application"),
        ("blank", {"pan": PAN}, "has no T-Union application"),
        ("blank", {"balance": 1}, "no purse for a balance"),
        ("lnt", {"balance": -1}, "balance -1 fen is not in 0..100000"),
        ("lnt", {"balance": 100_001}, "balance 100001 fen is not in 0..100000"),
    ],
)
def test_numbers_that_do_not_fit(profile: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        made(profile, **options)


def test_identity_may_be_replaced() -> None:
    who = Identity(
        issuer="01355850", pan="3104870112345678901", lnt_number="9876543210", start="20200101"
    )
    talk = powered(personalise(load_card_profile("dual"), identity=who))
    assert "01355850FFFFFFFF0201" + "03104870112345678901" + "20200101" in talk.ok(EP)


def test_images_of_one_profile_do_not_share_what_changes() -> None:
    first, second = made("tunion", balance=100), made("tunion", balance=200)
    talk = powered(first)
    talk.ok(EP)
    Wallet(talk, card_keys("tunion", "01011000FFFFFFFF", "5170000000000001")).do("purchase", 30)
    assert second == made("tunion", balance=200)
    assert first == made("tunion", balance=100)


def test_cards_built_alike_share_all_but_what_tells_them_apart() -> None:
    one, other = (made("dual", pan=f"310487030123456789{number}") for number in (1, 2))
    assert all(a is b for a, b in zip(one.cells, other.cells, strict=True))
    apart = [key for key, value in one.cells.items() if other.cells[key] is not value]
    assert {key[0] for key in apart} == {"df", "data", "key", "money"}
    # Of six directories and some thirty files, those that tell the number.
    assert len([key for key in apart if key[0] in ("df", "data")]) < 8


@pytest.mark.parametrize("name", ["lnt", "tunion", "dual", "blank"])
def test_every_shipped_profile_gives_a_sound_image(name: str) -> None:
    image = made(name)
    image.check()
    assert CardImage.from_json(image.to_json()) == image


def test_overdraft_limit_of_a_profile_is_on_the_card() -> None:
    talk = powered(personalise(overridden(overdraft_limit=800, ceiling=1000)))
    talk.ok(EP)
    assert [talk.ok(f"805C0{p1}0204") for p1 in (0, 1, 4)] == ["00000320", "00000320", "000003E8"]


@pytest.mark.parametrize(
    ("changes", "for_a_time", "for_good"),
    [
        ({}, "6283", "9303"),
        ({"blocked_select_sw": "6A82", "locked_select_sw": "6284"}, "6A82", "6284"),
    ],
)
def test_a_profile_says_what_select_of_a_blocked_application_ends_with(
    changes: dict[str, str], for_a_time: str, for_good: str
) -> None:
    image = personalise(overridden(**changes))
    for level, told in ((1, for_a_time), (2, for_good)):
        blocked = changed(
            image, {("df", 0xDF05): lambda df, at=level: msgspec.structs.replace(df, blocked=at)}
        )
        talk = powered(blocked)
        answer = talk(EP)
        assert answer[-4:] == told
        assert bool(answer[:-4]) == (told == "6283")
        assert talk("00A40000020015") == "6A81"  # nor is a file in it selected


# -- profiles that contradict themselves -------------------------------------------------------


def overridden(profile: str = "tunion", use: str = "tunion-ep", **changes: Any) -> CardProfile:
    loaded = load_card_profile(profile)
    applications = tuple(
        msgspec.structs.replace(item, **changes) if item.use == use else item
        for item in loaded.application
    )
    return msgspec.structs.replace(loaded, application=applications)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ceiling": 0xFFFFFF, "overdraft_limit": 1}, "> FFFFFF"),
        ({"without": ("00FF",)}, "has no file 00FF"),
        ({"fci_trailing": "XY"}, "fci_trailing: 'XY' is not hex"),
        ({"blocked_select_sw": "62830000"}, "blocked_select_sw: expected one or two bytes"),
        ({"fci": (("9F0C", "no-such"),)}, "fci 9F0C: 'no-such' is not hex"),
        ({"fci": (("ZZ", "00"),)}, "fci tag: 'ZZ' is not hex"),
    ],
)
def test_switches_out_of_range(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        personalise(overridden(**changes))


def test_purses_that_share_money_must_agree_on_its_limits() -> None:
    """Else a load through one would leave the other with more than it may hold."""
    with pytest.raises(ProfileError, match="ceilings 200000 and 100000"):
        personalise(overridden("dual", ceiling=200_000))
    with pytest.raises(ProfileError, match="overdraft limits 500 and 0"):
        personalise(overridden("dual", overdraft_limit=500))
    personalise(overridden("dual", ceiling=200_000, money="own"))


def test_purse_switch_on_an_application_without_purse() -> None:
    with pytest.raises(ProfileError, match="application ppse has no purse"):
        personalise(overridden("dual", "ppse", money="x"))


def test_application_twice_is_no_card() -> None:
    profile = load_card_profile("lnt")
    twice = msgspec.structs.replace(profile, application=profile.application * 2)
    with pytest.raises(ProfileError, match="FID DDF1 is taken"):
        personalise(twice)


def test_application_without_its_parent_is_no_card() -> None:
    profile = load_card_profile("lnt")
    orphan = msgspec.structs.replace(profile, application=profile.application[2:])
    with pytest.raises(ProfileError, match=r"profile lnt: .*no parent directory"):
        personalise(orphan)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"issuer": "0220"}, "file 0015: TunionApplication.issuer"),
        ({"issuer": "xxxxxxxx"}, "file 0015"),
        ({"start": "2024"}, "file 0015"),
        ({"start": "notadate"}, "file 0015"),
        ({"lnt_expiry": "1"}, "file 0015"),
        ({"country": ""}, "fci BF0C"),
        ({"reserved": "0"}, "file 0015"),
        ({"pan": ""}, "pan"),
        ({"lnt_number": "12"}, "510000"),
    ],
)
def test_identities_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    who = msgspec.structs.replace(load_card_profile("dual").identity, **changes)
    with pytest.raises(ProfileError, match=message):
        personalise(load_card_profile("dual"), identity=who)


APPLICATIONS = sorted(
    item.name
    for item in (resources.files("ykt_sim.profiles") / "applications").iterdir()
    if item.name.endswith(".toml")
)
JUNK: tuple[Any, ...] = ("ZZ", "", "0", "112233", "non-ascii é", -1, 70_000, [], {}, True, 1.5)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of every value in a profile, tables and lists included."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, item in items:
        if isinstance(item, dict | list):
            yield from leaves(item, (*path, name))
        else:
            yield (*path, name)


def toml_of(value: Any) -> str:
    """Just enough of a TOML writer: inline tables everywhere."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    return "{" + ", ".join(f'"{name}" = {toml_of(item)}' for name, item in value.items()) + "}"


@pytest.mark.parametrize("name", APPLICATIONS)
def test_template_with_any_one_value_spoilt_is_a_card_or_one_clear_line(
    name: str, tmp_path: Path
) -> None:
    text = (resources.files("ykt_sim.profiles") / "applications" / name).read_text("utf-8")
    template = tomllib.loads(text)
    refused = 0
    for number, path in enumerate(leaves(template)):
        for junk in JUNK[number % 3 :: 3]:
            spoilt = tomllib.loads(text)
            at: Any = spoilt
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = junk
            file = tmp_path / f"{number}-{JUNK.index(junk)}.toml"
            file.write_text("".join(f"{k} = {toml_of(v)}\n" for k, v in spoilt.items()), "utf-8")
            refused += not _personalises(str(file), parent=template.get("parent"))
    assert refused


def _personalises(file: str, parent: str | None) -> bool:
    profile = load_card_profile("dual")
    uses = [use for use in profile.application if use.use == "lnt-basic" and parent]
    applications = (*uses, msgspec.structs.replace(profile.application[0], use=file))
    try:
        image = personalise(msgspec.structs.replace(profile, application=applications))
    except YktError as error:
        if not str(error) or "\n" in str(error):
            pytest.fail(f"no clear line: {error!r}")
        return False
    talk = powered(image)
    for fid in [key[1] for key in image.cells if key[0] == "df"]:
        for command in (f"00A4000002{fid:04X}", "00B0950000", "00B201C400", "805C000204"):
            assert len(talk(command)) >= 4
    return True


@pytest.mark.parametrize("name", ["lnt", "tunion", "dual", "blank"])
def test_fresh_card_of_every_profile_answers_its_reset(name: str) -> None:
    assert new_card(name).card.power_on()[:1] == b"\x3b"


def test_the_switches_of_a_purse_reach_the_card() -> None:
    profile = load_card_profile("tunion")
    switched = msgspec.structs.replace(
        profile,
        application=tuple(
            msgspec.structs.replace(item, p1_00_actual=True) if item.use == "tunion-ep" else item
            for item in profile.application
        ),
    )
    for one, wanted in ((profile, False), (switched, True)):
        purses = [v for v in personalise(one).cells.values() if isinstance(v, PurseState)]
        assert [purse.p1_00_actual for purse in purses] == [wanted]
