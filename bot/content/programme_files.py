"""What may stand in a programme file? The strict form of content/programmes."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.evidence import EvidenceName
from bot.domain.message_kind import MessageKind
from bot.domain.programme import Anchor, Confidence, Phase, Place, Who

_BOUND = re.compile(r"([a-z-]+) ([+-]\d{1,3})( firm)?")


def _checked_bound(text: str) -> str:
    found = _BOUND.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r}: write an anchor and days, like 'last-capsule +30' or '… firm'")
    if found[1] not in tuple(Anchor):
        raise ValueError(f"{found[1]!r} is no anchor; there are {', '.join(Anchor)}")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
    return name


def _iso_day(value: object) -> date:
    if not isinstance(value, str):
        raise ValueError("write a day as 2026-08-08")  # noqa: TRY004  # pydantic wants ValueError
    return date.fromisoformat(value)


_Words = Annotated[str, Field(min_length=1)]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_BoundText = Annotated[
    str, AfterValidator(_checked_bound), Field(json_schema_extra={"pattern": f"^{_BOUND.pattern}$"})
]
_Day = Annotated[date, BeforeValidator(_iso_day)]
_Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_Days = Annotated[int, Field(ge=1, le=400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleFile(_Strict):
    """One version of a rule."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9/-]+@\d+$")]
    valid_from: _Day | _Name | None = None
    """A day, the id of a change of this programme, or nothing: since ever."""
    valid_to: _Day | None = None
    until: _Name | None = None
    """The id of the change on whose day this version ends."""
    required: bool = True
    opens: tuple[_BoundText, ...] = ()
    closes: tuple[_BoundText, ...] = ()
    place: Place = Place.ANY
    under_age_years: Annotated[int, Field(ge=1, le=30)] | None = None
    source: Annotated[tuple[_Name, ...], Field(min_length=1)]
    confidence: Confidence
    reviewer: _Words | None = None
    note: _Words | None = None


class ReminderFile(_Strict):
    """When a message about a step goes out."""

    id: _Name
    message: _Name
    full: _Name | None = None
    after: Literal["opens", "closes", "missed"] = "opens"
    days: Annotated[tuple[Annotated[int, Field(ge=-60, le=400)], ...], Field(min_length=1)]
    at: Annotated[tuple[_Clock, ...], Field(min_length=1)] = ("10:00",)
    kind: MessageKind | None = None


class StepFile(_Strict):
    """One step of a category."""

    id: _Name
    phase: Phase
    evidence: EvidenceName | None = None
    who: Annotated[tuple[Who, ...], Field(min_length=1)]
    kind: MessageKind
    sets: Anchor | None = None
    first_number: Annotated[int, Field(ge=1)] | None = None
    test: _Name | None = None
    needs_negative: bool = False
    is_safety: bool = True
    only_in_time: bool = False
    in_window: bool = False
    starts_window: bool = False
    ends_window: bool = False
    ends_on_hold: bool = False
    needs_open_day: bool = False
    takes_days: Annotated[int, Field(ge=0, le=30)] = 0
    every_days: _Days | None = None
    requires: tuple[_Name, ...] = ()
    versions: Annotated[tuple[RuleFile, ...], Field(min_length=1)]
    again: tuple[RuleFile, ...] = ()
    reminders: tuple[ReminderFile, ...] = ()


class CategoryFile(_Strict):
    """The steps of one pregnancy category."""

    methods_needed: Annotated[int, Field(ge=0, le=2)]
    one_is_enough: tuple[_Name, ...] = ()
    not_accepted: tuple[_Name, ...] = ()
    may_abstain: bool = False
    methods_source: tuple[_Name, ...] = ()
    steps: Annotated[tuple[StepFile, ...], Field(min_length=1)]


class ChangeFile(_Strict):
    """A change of rules with its day."""

    id: _Name
    what: _Words
    announced_on: _Day
    planned_for: _Day | None = None
    effective_on: _Day | None = None
    """Only when it is confirmed; until then the clinic sets it."""
    source: Annotated[tuple[_Name, ...], Field(min_length=1)]


class CutoffFile(_Strict):
    """When the last day of a pick-up window ends."""

    at: _Clock
    zone: Annotated[str, AfterValidator(_zone)]


class SupplyFile(_Strict):
    """How long the capsules of one pick-up last."""

    days: _Days
    source: Annotated[tuple[_Name, ...], Field(min_length=1)]
    confidence: Confidence


class ProgrammeFile(_Strict):
    """One file of content/programmes."""

    id: _Name
    version: _Words
    name: _Words
    regions: tuple[_Name, ...]
    supply: SupplyFile
    notice_days: Annotated[int, Field(ge=1, le=30)]
    urgent_slack_days: Annotated[int, Field(ge=0, le=7)]
    cutoff: CutoffFile | None = None
    sources: Mapping[_Name, _Words]
    changes: tuple[ChangeFile, ...] = ()
    categories: Annotated[Mapping[_Name, CategoryFile], Field(min_length=1)]


def programme_schema() -> dict[str, Any]:
    """JSON Schema of a programme file, as published in content/schemas."""
    schema = ProgrammeFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
