"""Which simulated patients are there, and what do they type?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.content.yaml_loader import load_yaml
from bot.domain.behaviour import Behaviour, Deed, Happening, Lines

_Share = Annotated[int, Field(ge=0, le=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Event(_Strict):
    day: int
    at: str
    does: Deed
    zone: str = ""
    line: int = 0


class _Behaviour(_Strict):
    about: str
    minutes: tuple[int, int]
    taken: _Share = 0
    taken_after_nudge: _Share = 0
    later: _Share = 0
    not_today: _Share = 0
    checkin: _Share = 0
    is_wordy: bool = False
    missed_windows: tuple[int, ...] = ()
    events: tuple[_Event, ...] = ()


class _Lines(_Strict):
    taken: str
    later: str
    not_today: str
    yes: str
    no: str
    stop: str
    start: str
    ready: str
    pregnant: str
    took_it: tuple[str, ...] = Field(min_length=1)
    asks: tuple[str, ...] = Field(min_length=1)
    feelings: tuple[str, ...] = Field(min_length=1)


class _File(_Strict):
    behaviours: Mapping[str, _Behaviour]
    lines: Mapping[str, _Lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody who can play a patient."""

    behaviours: Mapping[str, Behaviour]
    lines: Mapping[str, Lines]
    """By language."""


def load_behaviours(path: Path) -> Cast:
    """The file content/behaviours.yaml. Raises ContentError."""
    file = load_yaml(path, _File)
    return Cast(
        behaviours={name: _behaviour(name, one) for name, one in file.behaviours.items()},
        lines={language: Lines(**one.model_dump()) for language, one in file.lines.items()},
    )


def _behaviour(name: str, written: _Behaviour) -> Behaviour:
    values = written.model_dump(exclude={"events", "missed_windows"})
    events = tuple(
        Happening(**{**one.model_dump(), "at": time.fromisoformat(one.at)})
        for one in written.events
    )
    missed = frozenset(written.missed_windows)
    return Behaviour(name=name, events=events, missed_windows=missed, **values)
