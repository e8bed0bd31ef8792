"""With which parameters is a change for the worse looked for?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.content.yaml_loader import load_yaml
from bot.domain.change import Detector, Settling

SIGNALS = "signals.yaml"
_Positive = Annotated[float, Field(gt=0, le=20)]


class SettlingFile(BaseModel):
    """What the first weeks do to nearly everybody, for one question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    points: Annotated[float, Field(ge=0, le=10)]
    by_day: Annotated[int, Field(ge=1, le=120)]
    settles_on: Annotated[int, Field(ge=1, le=180)]

    @model_validator(mode="after")
    def _is_in_order(self) -> "SettlingFile":
        if self.settles_on < self.by_day:
            raise ValueError("settles_on lies before by_day; it must be the same day or later")
        return self


class SignalsFile(BaseModel):
    """content/signals.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    baseline_answers: Annotated[int, Field(ge=3, le=60)]
    relearned_answers: Annotated[int, Field(ge=2, le=60)]
    reference: _Positive
    limit: _Positive
    least_spread: _Positive
    cap: _Positive
    least_difference: Annotated[float, Field(ge=0, le=10)]
    recovery_answers: Annotated[int, Field(ge=1, le=30)]
    episode_days: Annotated[int, Field(ge=1, le=365)]
    settling: Mapping[str, SettlingFile] = {}


def load_signals(path: Path) -> Detector:
    """The change detector of content/signals.yaml. Raises ContentError."""
    file = load_yaml(path, SignalsFile)
    settling = {name: Settling(**one.model_dump()) for name, one in file.settling.items()}
    plain = file.model_dump(exclude={"version", "source", "settling"})
    return Detector(**plain, settling=settling)
