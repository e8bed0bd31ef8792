"""What does an author write in a campaign's file? The published form of content/campaigns."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from bot.content.campaign_words import VARIABLES
from bot.content.yaml_loader import misplaced
from bot.domain.audience import FIELDS, RuleError, parse
from bot.domain.campaign import Does, Event, Mode, Moment, Purpose
from bot.domain.campaign.definition import Anchor
from bot.domain.campaign.planning import recurrence

_DURATION = re.compile(r"([1-9]\d{0,3}) (minute|hour|day|week)s?")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SLOWEST = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
_LIKE_THIS = "write a recurrence like FREQ=WEEKLY;BYDAY=MO, with FREQ of " + ", ".join(_SLOWEST)
_SOME_DAY = date(2026, 1, 1)
_YEARS_LATER = datetime(2034, 1, 1)  # noqa: DTZ001  # recurrences are naive
_LARGEST_INTERVAL = 400
_LONGEST_TEXT = 1_500
DOSE_TIME = "dose-time"

_Words = Annotated[
    str,
    Field(
        min_length=1,
        max_length=_LONGEST_TEXT,
        description="May say {{ NAME }}; names are " + ", ".join(VARIABLES),
    ),
]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
_ByLanguage = Annotated[
    Mapping[Annotated[str, Field(pattern=r"^[a-z]{2}$")], _Words], Field(min_length=1)
]


def _duration(written: str) -> timedelta:
    found = _DURATION.fullmatch(written)
    if found is None:
        raise ValueError("write a length of time like “8 hours”, “30 minutes” or “2 days”")
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"“{written}” is no day; write it like 2026-12-24") from error


def _local_time(written: str) -> str:
    if written != DOSE_TIME and _TIME.fullmatch(written) is None:
        raise ValueError(
            f"“{written}” is no time of day; write “18:00” in quotation marks, or {DOSE_TIME}"
        )
    return written


def _rule(written: str) -> str:
    try:
        parse(written)
    except RuleError as error:
        raise ValueError(f"at character {error.column}: {error}") from error
    return written


def _refuse_blanks(recurrence_rule: str) -> None:
    """What stands after a blank would be read as a line of its own, such as another first day."""
    blank = re.search(r"\s", recurrence_rule)
    if blank is not None:
        raise ValueError(
            f"a space or line break is character {blank.start() + 1} of the recurrence: delete it; "
            + _LIKE_THIS
        )


def _recurrence(written: str) -> str:
    _refuse_blanks(written)
    parts = dict(part.partition("=")[::2] for part in written.upper().split(";"))
    if parts.get("FREQ") in _TOO_OFTEN:
        raise ValueError(f"FREQ={parts['FREQ']} comes more than once a day; " + _LIKE_THIS)
    if parts.get("FREQ") not in _SLOWEST:
        raise ValueError(_LIKE_THIS)
    if {"BYHOUR", "BYMINUTE", "BYSECOND", "DTSTART"} & parts.keys():
        raise ValueError("the time of day stands in “at”, and the first day in “from”")
    interval = parts.get("INTERVAL", "1")
    if not interval.isdecimal() or not 1 <= int(interval) <= _LARGEST_INTERVAL:
        raise ValueError(f"INTERVAL must be a number from 1 to {_LARGEST_INTERVAL}")
    try:
        rule = recurrence(written, _SOME_DAY)
        # Without an end of its own, a rule that names no day would be searched for ever.
        first = next(iter(rule if "UNTIL" in parts else rule.replace(until=_YEARS_LATER)), None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"“{written}” is no recurrence: {error}") from error
    if first is None:
        if "UNTIL" in parts:
            raise ValueError(f"“{written}” never comes: UNTIL has passed")
        raise ValueError(f"“{written}” never comes within eight years")
    return written


def _text(pattern: str, about: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "description": about})


_Duration = Annotated[
    timedelta,
    BeforeValidator(lambda v: _duration(v) if isinstance(v, str) else v),
    _text(f"^{_DURATION.pattern}$", "A length of time, such as 8 hours or 2 days."),
]
_Day = Annotated[
    date,
    BeforeValidator(lambda v: _day(v) if isinstance(v, str) else v),
    WithJsonSchema({"type": "string", "format": "date"}),
]
_At = Annotated[
    str,
    AfterValidator(_local_time),
    _text(
        f"^({_TIME.pattern}|{DOSE_TIME})$",
        f"Time of day where the patient is, such as 18:00; {DOSE_TIME} is that of the capsule.",
    ),
]
_Rule = Annotated[
    str,
    AfterValidator(_rule),
    Field(
        description="A rule such as: language in (es, hi) and week between 1 and 6. Comparisons "
        "are joined with and, or, not and brackets; or everybody. Facts: " + ", ".join(FIELDS)
    ),
]
_Recurrence = Annotated[
    str,
    AfterValidator(_recurrence),
    Field(description="An RRULE of whole days, such as FREQ=WEEKLY;BYDAY=MO."),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AnchorWhen(_Strict):
    """Once, counted from an anchor."""

    anchor: Anchor
    days: Annotated[int, Field(ge=-400, le=400)] = 0
    weeks: Annotated[int, Field(ge=-60, le=60)] = 0
    months: Annotated[int, Field(ge=-14, le=14)] = 0
    weekday: Literal[_WEEKDAYS] | None = None  # type: ignore[valid-type]  # names of a tuple
    at: _At


class RepeatWhen(_Strict):
    """Again and again."""

    repeat: _Recurrence
    start: Annotated[Anchor, Field(alias="from")]
    until: Anchor | None = None
    at: _At


class StepWhen(_Strict):
    """Around a step of the patient's programme."""

    step: _Name
    moment: Moment
    days: Annotated[int, Field(ge=-60, le=60)] = 0
    at: _At


class DateWhen(_Strict):
    """On one day."""

    date: _Day
    at: _At


class EventWhen(_Strict):
    """When something has happened."""

    event: Event
    count: Annotated[int, Field(ge=1, le=50)] = 1
    within_days: Annotated[int, Field(ge=1, le=60)] = 7
    after: _Duration = timedelta(0)
    at: _At | None = None


class BroadcastWhen(_Strict):
    """When somebody says: balm campaign broadcast."""

    broadcast: Literal[True]


When = AnchorWhen | RepeatWhen | StepWhen | DateWhen | EventWhen | BroadcastWhen
_FORMS = ("anchor", "repeat", "step", "date", "event", "broadcast")


def _form(written: Any) -> str | None:
    """Which form is meant: the one whose key was given, so that an error speaks of it alone."""
    if not isinstance(written, dict):
        return None
    named = [form for form in _FORMS if form in written]
    return f"by-{named[0]}" if len(named) == 1 else None


_When = Annotated[
    Annotated[AnchorWhen, Tag("by-anchor")]
    | Annotated[RepeatWhen, Tag("by-repeat")]
    | Annotated[StepWhen, Tag("by-step")]
    | Annotated[DateWhen, Tag("by-date")]
    | Annotated[EventWhen, Tag("by-event")]
    | Annotated[BroadcastWhen, Tag("by-broadcast")],
    Discriminator(
        _form,
        custom_error_type="which_trigger",
        custom_error_message="give exactly one of " + ", ".join(_FORMS),
    ),
]


class Forms(_Strict):
    """One text for one language."""

    chat: _Words
    """With light formatting, where nobody else reads the phone."""
    sms: _Words
    """Plain, complete in itself."""
    discreet: _Words
    """For shared phones and lock screens: no drug, no illness, no pregnancy, no dose."""


class ButtonFile(_Strict):
    """An answer that is offered."""

    id: _Name
    does: Does
    detail: _Name | None = None
    closes: bool = True
    label: _ByLanguage
    reply: _ByLanguage

    @model_validator(mode="after")
    def _has_its_detail(self) -> "ButtonFile":
        needs = self.does in (Does.OPEN_TOPIC, Does.REPORT)
        if needs != (self.detail is not None):
            wanted = (
                "needs a detail: which topic, or what is reported" if needs else "has no detail"
            )
            raise misplaced(f"“does: {self.does.value}” {wanted}", "does" if needs else "detail")
        return self


class WaitFile(_Strict):
    """What is said, once, when no answer comes."""

    for_: Annotated[_Duration, Field(alias="for")]
    message: Annotated[
        Mapping[Annotated[str, Field(pattern=r"^[a-z]{2}$")], Forms], Field(min_length=1)
    ]


class StepFile(_Strict):
    """One message."""

    id: _Name
    when: _When
    valid_for: _Duration
    until: _Rule | None = None
    message: Annotated[
        Mapping[Annotated[str, Field(pattern=r"^[a-z]{2}$")], Forms], Field(min_length=1)
    ]
    buttons: Annotated[tuple[ButtonFile, ...], Field(max_length=4)] = ()
    wait: WaitFile | None = None

    @model_validator(mode="after")
    def _can_be_answered(self) -> "StepFile":
        _refuse_namesakes("buttons", [button.id for button in self.buttons])
        if self.wait is not None and not any(button.closes for button in self.buttons):
            reason = "nothing could be answered, so waiting has no end: add a button"
            raise misplaced(reason, "wait")
        return self


class CampaignFile(_Strict):
    """One file of content/campaigns or of a clinic's own folder."""

    id: _Name
    name: Annotated[str, Field(min_length=1, max_length=80)]
    purpose: Purpose
    audience: _Rule
    mode: Mode = Mode.HOLD
    budget: Literal["counts", "free"] = "counts"
    starts: _Day | None = None
    ends: _Day | None = None
    holdout_percent: Annotated[int, Field(ge=0, le=50)] = 0
    sources: tuple[str, ...] = ()
    review: str | None = None
    """Who reviewed the wording; empty until a clinician has."""
    steps: Annotated[tuple[StepFile, ...], Field(min_length=1, max_length=30)]

    @model_validator(mode="after")
    def _fits_together(self) -> "CampaignFile":
        _refuse_namesakes("steps", [step.id for step in self.steps])
        if self.starts is not None and self.ends is not None and self.ends < self.starts:
            raise misplaced(f"it ends on {self.ends}, before it starts on {self.starts}", "ends")
        return self


def _refuse_namesakes(what: str, names: Sequence[str]) -> None:
    """Raises at the second one of two with the same id."""
    for number, name in enumerate(names):
        if name in names[:number]:
            raise misplaced(f"two {what} have the id “{name}”: rename one", what, number, "id")


def local_time(written: str) -> time | None:
    """The time of day, or None for the hour that the patient chose."""
    return None if written == DOSE_TIME else time.fromisoformat(written)


def weekday_number(name: str | None) -> int | None:
    """0 for Monday."""
    return None if name is None else _WEEKDAYS.index(name)


def campaign_schema() -> str:
    """The JSON Schema of campaign files, for editors."""
    schema = CampaignFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    # Written as a length of time in a file, which the default of the model is not.
    del schema["$defs"]["EventWhen"]["properties"]["after"]["default"]
    schema["title"] = "A campaign of Balm"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
