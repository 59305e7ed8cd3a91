"""Cities, issuers and acquirer codes: the province's registry, read from TOML.

Everything in ``registry/*.toml`` carries its source. Codes are kept as the digits that
stand on cards; an unknown code is no error, it just has no entry.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from ykt_sim.errors import ProfileError

VERSION: Final = 1
_HERE: Final = Path(__file__).parent / "registry"
_T = TypeVar("_T", bound="_File")

AcquirerForm = Literal["ok", "zero-padded", "issuer-form", "garbage"]


class Province(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A province by its four-digit code."""

    code: str
    zh: str
    en: str


class City(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A city.

    Attributes:
        code: four digits as in EF 17, EF 1E and institution codes.
        zh, en: names.
        province: four digits; empty when not known.
        batch: 1 to 3, issue of dual-standard cards in Guangdong in 2018; 0 elsewhere.
        also: older codes accepted on input.
        note: where the entry comes from when it is not the common source.
    """

    code: str
    zh: str
    en: str
    province: str = ""
    batch: int = 0
    also: tuple[str, ...] = ()
    note: str = ""


class Issuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card issuer.

    Attributes:
        iin: first eight digits of its PANs.
        institution: eight digits in issuer form; empty when not known.
        brand: name on the card; empty when the source gives none.
        note: source when it is not the common one.
    """

    iin: str
    institution: str
    brand: str = ""
    note: str = ""

    @property
    def city(self) -> str:
        """City part of the institution code, four digits; empty when not known."""
        return self.institution[4:]


class Acquirer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An acquirer code seen in EF 1E, 16 digits, and whether it is well formed."""

    value: str
    city: str
    form: AcquirerForm
    note: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int


class _Cities(_File, forbid_unknown_fields=True):
    country: str
    provinces: list[Province]
    cities: list[City]


class _Institutions(_File, forbid_unknown_fields=True):
    issuers: list[Issuer]
    acquirers: list[Acquirer]


class Registry:
    """Look-ups over the registry; make it with `load_registry`."""

    def __init__(
        self,
        provinces: tuple[Province, ...],
        cities: tuple[City, ...],
        issuers: tuple[Issuer, ...],
        acquirers: tuple[Acquirer, ...],
    ) -> None:
        self.provinces = provinces
        self.cities = cities
        self.issuers = issuers
        self.acquirers = acquirers
        self._cities = {code: city for city in cities for code in (city.code, *city.also)}
        self._iins = {issuer.iin: issuer for issuer in issuers}

    def city(self, code: str) -> City | None:
        """City by its code or an older one; None when not known."""
        return self._cities.get(code)

    def province_of(self, code: str) -> str:
        """Province of a city, four digits.

        Of a city whose province nobody told: its first two digits and 00, as in the codes that
        are known [INF].
        """
        city = self.city(code)
        return city.province if city and city.province else code[:2] + "00"

    def issuer(self, iin: str) -> Issuer | None:
        """Issuer by IIN, or by a whole PAN that begins with it; None when not known."""
        return self._iins.get(iin[:8])

    def issuers_of(self, institution: str) -> tuple[Issuer, ...]:
        """All entries of an institution, given in issuer or acquirer form, padded or not."""
        wanted = issuer_form(institution)
        return tuple(issuer for issuer in self.issuers if issuer.institution == wanted)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All (institution, IIN) pairs whose institution is known: a full white list."""
        return tuple((i.institution, i.iin) for i in self.issuers if i.institution)


def issuer_form(institution: str) -> str:
    """Eight digits with role digit 0, from either form, padded or not [INF]."""
    return "0" + institution[1:8]


def acquirer_form(institution: str) -> str:
    """Sixteen digits with role digit 1 and FF padding, as EF 1E should hold it [INF]."""
    return "1" + institution[1:8] + "F" * 8


@lru_cache(maxsize=1)
def load_registry() -> Registry:
    """Read the registry that comes with the package.

    Raises:
        ProfileError: a file is damaged or contradicts itself; names file and path.
    """
    cities = _read("cities.toml", _Cities)
    institutions = _read("institutions.toml", _Institutions)
    codes = [code for city in cities.cities for code in (city.code, *city.also)]
    _unique("cities.toml", "cities", codes)
    _unique("institutions.toml", "issuers", [issuer.iin for issuer in institutions.issuers])
    _unique("institutions.toml", "acquirers", [item.value for item in institutions.acquirers])
    known = set(codes)
    for number, acquirer in enumerate(institutions.acquirers):
        if acquirer.city not in known:
            raise ProfileError(
                f"registry/institutions.toml: $.acquirers[{number}].city: "
                f"no city {acquirer.city!r} in cities.toml"
            )
    return Registry(
        tuple(cities.provinces),
        tuple(cities.cities),
        tuple(institutions.issuers),
        tuple(institutions.acquirers),
    )


def _read(name: str, kind: type[_T]) -> _T:
    text = (_HERE / name).read_bytes()
    try:
        data = msgspec.toml.decode(text, type=kind)
    except msgspec.MsgspecError as error:
        raise ProfileError(f"registry/{name}: {error}") from None
    if data.version != VERSION:
        raise ProfileError(
            f"registry/{name}: $.version: {data.version} is not supported, expected {VERSION}"
        )
    return data


def _unique(name: str, table: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ProfileError(f"registry/{name}: $.{table}: {value} stands there twice")
        seen.add(value)
