"""What can a dose and its capsules be at all? Bounds against slips, read from the content."""

from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.content.yaml_loader import load_yaml
from bot.domain.capsules import DoseLimits

_Words = Annotated[str, Field(min_length=1)]
_Positive = Annotated[int, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Strengths(_Strict):
    values: Annotated[tuple[_Positive, ...], Field(min_length=1)]
    source: _Words


class _Number(_Strict):
    value: _Positive
    source: _Words


class _Weights(_Strict):
    lightest: _Positive
    heaviest: _Positive
    source: _Words


class _Notices(_Strict):
    at: time
    asks_again_after_days: _Positive
    source: _Words


class DoseLimitsFile(_Strict):
    """content/regimen.yaml: every number with its source."""

    version: _Words
    strengths_mg: _Strengths
    most_mg_a_day: _Number
    most_mg_per_kg: _Number
    weight_kg: _Weights
    notices: _Notices
    few_capsules: _Number


def load_dose_limits(path: Path) -> DoseLimits:
    """The limits of `path`. Raises ContentError."""
    file = load_yaml(path, DoseLimitsFile)
    return DoseLimits(
        strengths_mg=file.strengths_mg.values,
        most_mg_a_day=Decimal(file.most_mg_a_day.value),
        notices_at=file.notices.at,
        asks_again_after_days=file.notices.asks_again_after_days,
        few_capsules=file.few_capsules.value,
        lightest_kg=Decimal(file.weight_kg.lightest),
        heaviest_kg=Decimal(file.weight_kg.heaviest),
        most_mg_per_kg=Decimal(file.most_mg_per_kg.value),
    )
