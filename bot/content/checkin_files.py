"""What may stand in a file of content/checkins, and in the words by which answers are read?"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Words = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Days = Annotated[int, Field(ge=1, le=400)]
Language = Annotated[str, Field(pattern=r"^(en|es|hi)$")]
Spoken = Annotated[Mapping[Language, Words], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConditionFile(_Strict):
    """What earlier answers must say."""

    questions: Annotated[tuple[Id, ...], Field(min_length=1)]
    is_one_of: tuple[Words, ...] = ()
    at_least: int | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> "ConditionFile":
        if bool(self.is_one_of) == (self.at_least is not None):
            raise ValueError("give is_one_of or at_least, not both")
        return self


class QuestionFile(_Strict):
    """One question of a questionnaire file."""

    id: Id
    kind: Literal["yes-no", "scale", "choice", "number", "text", "photo"]
    minimum: int = 0
    maximum: int = 10
    decimals: Annotated[int, Field(ge=0, le=2)] = 0
    unit: Spoken | None = None
    choices: Mapping[Id, Spoken] = {}
    best: Words | None = None
    logs_dose: bool = False
    categories: tuple[Literal["can-become-pregnant", "cannot-become-pregnant"], ...] = ()
    only_if: ConditionFile | None = None
    flags: Mapping[Words, Id] = {}
    topics: tuple[Id, ...] = ()
    name: Spoken
    chat: Spoken
    sms: Spoken


class PhaseFile(_Strict):
    """Days of the course, counted from 1, on which it is asked every so many days."""

    first_day: Days
    last_day: Days | None = None
    every_days: Days


class TaperFile(_Strict):
    """Less often once nothing changes."""

    after_checkins: Annotated[int, Field(ge=2, le=20)]
    spread: Annotated[int, Field(ge=0, le=10)]
    at_most: Annotated[int, Field(ge=0, le=10)]
    every_days: Days


class ReturnFile(_Strict):
    """Back for some days after doses were missed."""

    missed_doses: Annotated[int, Field(ge=1, le=14)]
    within_days: Days
    for_days: Days


class CadenceFile(_Strict):
    """When it is asked."""

    anchor: Literal["first-day", "last-day"] = "first-day"
    phases: Annotated[tuple[PhaseFile, ...], Field(min_length=1)]
    rank: int = 0
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    taper: TaperFile | None = None
    returns: ReturnFile | None = None
    asks_again_after_days: Days | None = None


class AlertFile(_Strict):
    """What makes a case for the clinic."""

    id: Id
    urgency: Literal["urgent-same-day", "task"] = "urgent-same-day"
    source: Words
    questions: tuple[Id, ...] = ()
    at_least: int | None = None
    times: Annotated[int, Field(ge=1, le=10)] = 1
    is_one_of: tuple[Words, ...] = ()
    worse_than_baseline: bool = False
    missed_doses: Annotated[int, Field(ge=1, le=30)] | None = None
    within_days: Days = 7
    quiet_days: Days = 7
    says: Id | None = None

    @model_validator(mode="after")
    def _has_one_condition(self) -> "AlertFile":
        given = (
            self.at_least is not None,
            bool(self.is_one_of),
            self.worse_than_baseline,
            self.missed_doses is not None,
        )
        if sum(given) != 1:
            raise ValueError(
                "give exactly one of at_least, is_one_of, worse_than_baseline, missed_doses"
            )
        if bool(self.questions) == (self.missed_doses is not None):
            raise ValueError("name the questions; a rule on missed_doses has none")
        return self


class InstrumentFile(_Strict):
    """An instrument of others that a questionnaire uses."""

    name: Literal["phq-2", "gad-2", "phq-8", "phq-9"]
    licence: Words
    source: Words


class QuestionnaireFile(_Strict):
    """One file of content/checkins."""

    id: Id
    version: Words
    licence: Words
    source: Words
    title: Spoken
    instruments: tuple[InstrumentFile, ...] = ()
    is_private: bool = False
    adults_only: bool = False
    cover_hours: Annotated[int, Field(ge=1, le=24)] | None = None
    real_time_cover: bool = False
    """The clinic declares that somebody acts on every answer at once; nothing shipped says so."""
    open_hours: Annotated[int, Field(ge=1, le=72)] | None = None
    cadence: CadenceFile
    questions: Annotated[tuple[QuestionFile, ...], Field(min_length=1)]
    alerts: tuple[AlertFile, ...] = ()


class WordsFile(_Strict):
    """content/checkins/words/LANGUAGE.yaml: how people of one language answer."""

    levels: Mapping[str, tuple[Words, ...]]
    """Words for a level of 0 to 10, by the level."""
    more: tuple[Words, ...] = ()
    less: tuple[Words, ...] = ()
    negations: tuple[Words, ...] = ()
    negations_after: tuple[Words, ...] = ()
    """Words that turn the level before them into its opposite."""
    names: Mapping[Id, tuple[Words, ...]]
    """What people call the subject of a question, by the question's id."""
    rest: tuple[Words, ...] = ()
    turns: tuple[Words, ...] = ()
    """Words after which another subject begins, such as "but"."""
    joins: tuple[Words, ...] = ()
    """Words that join subjects of one level, such as "and"."""
    fillers: tuple[Words, ...] = ()
    out_of: tuple[Words, ...] = ()
    except_for: tuple[Words, ...] = ()
    all_good: tuple[Words, ...] = ()
    same: tuple[Words, ...] = ()
    taken: tuple[Words, ...] = ()
    not_taken: tuple[Words, ...] = ()
    extra: tuple[Words, ...] = ()
    last_night: tuple[Words, ...] = ()
    yesterday: tuple[Words, ...] = ()
    before_yesterday: tuple[Words, ...] = ()
    today: tuple[Words, ...] = ()
    weekdays: Annotated[tuple[tuple[Words, ...], ...], Field(max_length=7)] = ()
    """Monday first."""
    at: tuple[Words, ...] = ()
    morning: tuple[Words, ...] = ()
    evening: tuple[Words, ...] = ()
    correcting: tuple[Words, ...] = ()
    between: tuple[Words, ...] = ()
    """Words around a range, such as "between" and "maybe"."""
    range_joins: tuple[Words, ...] = ()
    """Words between the two ends of a range."""
    and_a_half: tuple[Words, ...] = ()
    courtesies: tuple[Words, ...] = ()
    """Words that change nothing beside "all good" or "same as yesterday"."""
    declines: tuple[Words, ...] = ()
    """Wishes not to answer one question."""
    asks_why: tuple[Words, ...] = ()
    """Doubts about why this is asked at all."""
    not_now: tuple[Words, ...] = ()
    reason_forgot: tuple[Words, ...] = ()
    reason_no_capsules: tuple[Words, ...] = ()
    reason_unwell: tuple[Words, ...] = ()
    reason_clinic_said: tuple[Words, ...] = ()
    queasy: tuple[Words, ...] = ()
    """Of the reasons for being unwell those that are no danger by themselves."""
    hopes: tuple[Words, ...] = ()
    """Words that make a sentence no report: "will", "should", "if"."""
