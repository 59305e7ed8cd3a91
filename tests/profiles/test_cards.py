"""Card profiles: what the shipped ones hold, and how a use overrides a template."""

from __future__ import annotations

import msgspec
import pytest

from ykt_sim.errors import ProfileError
from ykt_sim.profiles import loading
from ykt_sim.profiles.cards import (
    ApplicationTemplate,
    Use,
    card_profile_names,
    load_application,
    load_card_profile,
)

#: SFI -> type, size or (records, length), as the facts have them.
TUNION_FILES = {
    "0015": ("transparent", 30),
    "0016": ("transparent", 55),
    "0017": ("transparent", 60),
    "0018": ("cyclic", (10, 23)),
    "0019": ("variable", 128),
    "001A": ("variable", 18 * 128),
    "001E": ("cyclic", (30, 48)),
}


def template(name: str) -> ApplicationTemplate:
    return load_application(Use(use=name))


def test_names() -> None:
    assert card_profile_names() == ("blank", "dual", "lnt", "tunion")
    for name in card_profile_names():
        assert load_card_profile(name).name == name


def test_every_profile_and_file_says_where_it_comes_from() -> None:
    for name in card_profile_names():
        profile = load_card_profile(name)
        assert profile.source
        assert profile.title_zh
    for name in loading.names("applications"):
        application = template(name)
        assert application.source
        for ef in application.ef:
            assert ef.source, (name, ef.fid)
            assert ef.title, (name, ef.fid)
            assert ef.title_zh, (name, ef.fid)


def test_files_of_the_t_union_purse() -> None:
    got = {
        ef.fid: (ef.type, (ef.records, ef.length) if ef.type == "cyclic" else ef.size)
        for ef in template("tunion-ep").ef
    }
    assert got == TUNION_FILES
    assert {ef.fid: ef.id_size for ef in template("tunion-ep").ef}["001A"] == 2


def test_files_of_lingnan_tong() -> None:
    files = {ef.fid: ef for ef in (*template("lnt-basic").ef, *template("lnt-wallet").ef)}
    assert files["0015"].size == 70
    assert (files["0018"].records, files["0018"].length) == (12, 23)


def test_no_profile_lets_a_terminal_write_the_log() -> None:
    for name in ("tunion-ep", "lnt-wallet"):
        log = next(ef for ef in template(name).ef if ef.fid == "0018")
        assert log.write == "EF"
        assert not log.capp


def test_ppse_never_lists_lingnan_tong() -> None:
    for name in ("dual", "tunion"):
        for use in load_card_profile(name).application:
            for aid in load_application(use).listed:
                assert aid.startswith("A0000006320101")


def test_dual_card_is_the_two_standards_side_by_side() -> None:
    dual = load_card_profile("dual")
    uses = [use.use for use in dual.application]
    assert uses == ["ppse", "tunion-ep", "tunion-ec", "lnt-basic", "lnt-mifare", "lnt-wallet"]
    assert dual.ppse_lockout
    assert not load_card_profile("tunion").ppse_lockout
    assert {use.use: use.money for use in dual.application if use.money} == {
        "tunion-ep": "shared",
        "lnt-wallet": "shared",
    }
    assert load_card_profile("lnt").identity.pan == ""
    assert load_card_profile("tunion").identity.lnt_number == ""


def test_issued_profiles_are_shut_and_the_blank_one_is_open() -> None:
    for name in ("lnt", "tunion", "dual"):
        profile = load_card_profile(name)
        assert (profile.mf_create, profile.mf_erase) == ("EF", "EF")
    blank = load_card_profile("blank")
    assert (blank.mf_create, blank.mf_erase) == ("F0", "F0")
    assert [(key.type, key.id, key.value) for key in blank.mf_key] == [("39", 0, "FF" * 8)]


def test_use_overrides_and_leaves_the_template_alone() -> None:
    before = template("tunion-ep")
    changed = load_application(
        Use(
            use="tunion-ep",
            without=("0017",),
            fci=(("9F08", "0030"),),
            fci_trailing="00000000",
            money="m",
            ceiling=5,
            overdraft_limit=6,
            top_bit=True,
            p1_00_actual=True,
            blocked_select_sw="9303",
            locked_select_sw="6A81",
        )
    )
    assert [ef.fid for ef in changed.ef] == [fid for fid in TUNION_FILES if fid != "0017"]
    assert changed.fci == (("9F08", "0030"),)
    assert changed.fci_trailing == "00000000"
    assert (changed.blocked_select_sw, changed.locked_select_sw) == ("9303", "6A81")
    purse = changed.purse
    assert purse is not None
    assert (purse.money, purse.ceiling, purse.overdraft_limit) == ("m", 5, 6)
    assert purse.top_bit
    assert purse.p1_00_actual
    assert template("tunion-ep") == before


def test_what_a_use_does_not_say_stays() -> None:
    plain = template("lnt-wallet")
    assert load_application(Use(use="lnt-wallet", money="x")) == msgspec.structs.replace(
        plain, purse=msgspec.structs.replace(plain.purse, money="x")
    )


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (Use(use="nothing"), "no profile 'nothing'"),
        (Use(use="lnt-basic", without=("0015", "0099", "0098")), "no file 0098, 0099"),
        (Use(use="lnt-basic", ceiling=5), "application lnt-basic has no purse"),
        (Use(use="ppse", top_bit=False), "application ppse has no purse"),
    ],
)
def test_overrides_that_do_not_apply(use: Use, message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        load_application(use)
