"""With which parameters is a change for the worse looked for?"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.content.yaml_loader import load_yaml
from bot.domain.change import Detector

SIGNALS = "signals.yaml"
_Positive = Annotated[float, Field(gt=0, le=20)]


class SignalsFile(BaseModel):
    """content/signals.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    baseline_answers: Annotated[int, Field(ge=3, le=60)]
    reference: _Positive
    limit: _Positive
    least_spread: _Positive
    cap: _Positive
    least_difference: Annotated[float, Field(ge=0, le=10)]


def load_signals(path: Path) -> Detector:
    """The change detector of content/signals.yaml. Raises ContentError."""
    file = load_yaml(path, SignalsFile)
    return Detector(**file.model_dump(exclude={"version", "source"}))
