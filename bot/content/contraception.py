"""Which contraceptive methods are known, and in which rhythm does each need a word?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.content.yaml_loader import load_yaml
from bot.domain.contraception import Beat, Method
from bot.domain.programme import Confidence

_Words = Annotated[str, Field(min_length=1)]
_RANGE = r"^\d{1,4}(-\d{1,4})?$"


def _forward(text: str) -> str:
    first, last = _ends(text)
    if last < first:
        raise ValueError(f"{text!r} runs backwards")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BeatFile(_Strict):
    """One thing that a method asks for."""

    act: Literal[
        "take",
        "start-pack",
        "break",
        "change",
        "remove",
        "insert",
        "appointment",
        "expiry",
        "confirm",
    ]
    days: tuple[Annotated[str, Field(pattern=_RANGE), AfterValidator(_forward)], ...]


class MethodFile(_Strict):
    """One method."""

    cycle_days: Annotated[int, Field(ge=0, le=400)]
    beats: tuple[BeatFile, ...]
    source: _Words


class ContraceptionFile(_Strict):
    """content/contraception.yaml."""

    version: _Words
    confidence: Confidence
    methods: Mapping[_Words, MethodFile]


def contraception_schema() -> dict[str, Any]:
    """JSON Schema of the file of methods, as published in content/schemas."""
    schema = ContraceptionFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def load_methods(path: Path) -> Mapping[str, Method]:
    """All methods by id. Raises ContentError where the file is wrong."""
    file = load_yaml(path, ContraceptionFile)
    return {
        name: Method(
            id=name,
            cycle_days=one.cycle_days,
            beats=tuple(
                Beat(act=beat.act, days=tuple(day for text in beat.days for day in _days(text)))
                for beat in one.beats
            ),
            source=one.source,
        )
        for name, one in file.methods.items()
    }


def _ends(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def _days(text: str) -> range:
    first, last = _ends(text)
    return range(first, last + 1)
