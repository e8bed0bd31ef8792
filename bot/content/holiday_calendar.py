"""On which days are clinics and pharmacies of a region closed by law or custom?"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import RootModel

from bot.content.yaml_loader import load_yaml


class _Countries(RootModel[Mapping[str, str]]):
    """content/holidays.yaml."""


def load_holiday_countries(path: Path) -> Mapping[str, str]:
    """Country code by region. Raises ContentError."""
    return load_yaml(path, _Countries).root


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country in a year; raises ValueError for an unknown country."""
    from holidays import country_holidays  # two hundred countries: only when somebody asks

    try:
        return frozenset(country_holidays(country, years=year))
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known for {country!r}") from error
