"""Which shape must each file of content/triage have? Strict models, and their readers."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from bot.content.yaml_loader import load_yaml
from bot.domain.danger import Lexicon
from bot.domain.danger.patterns import PatternBook, Scope

Words = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(_Strict):
    """One category of red flags and what it brings with it."""

    id: Words
    level: Literal["emergency", "urgent-same-day"]
    acknowledge_minutes: Annotated[int, Field(gt=0, le=240)]
    holds: bool
    confidential: bool = False
    confidential_under_18: bool = False
    silence_opens: bool = False
    never_cancelled: bool = False
    asked_in_doubt: bool = False


class _Categories(_Strict):
    source: Words
    checked_on: date
    categories: tuple[Category, ...]


class Number(_Strict):
    """A kind of help: its telephone numbers and how a text says them in each language."""

    numbers: tuple[str, ...]
    source: Words
    say: Mapping[str, str]


class RegionNumbers(_Strict):
    """The numbers that hold in one region."""

    emergency: Number
    crisis: Number
    poison: Number
    abuse: Number
    urgent: Number

    def by_name(self) -> dict[str, Number]:
        """The numbers by the name of their token."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class Regions(_Strict):
    """All regions, and how often somebody must check the numbers."""

    checked_on: date
    check_every_months: Annotated[int, Field(gt=0)]
    regions: Mapping[str, RegionNumbers]


class CategoryTexts(_Strict):
    """The texts of one category in one language."""

    emergency: Words
    more: str = ""
    """Further sentences for chat."""
    check: Words
    alert_tail: str = ""
    """Instead of the language's own, where discretion asks for it."""


class FlagTexts(_Strict):
    """All emergency texts of one language."""

    language: Words
    version: Words
    hold: Words
    hold_more: Words
    alert_tail: Words
    no_cover_tail: Words
    limited_cover_tail: Words
    stranger_tail: Words
    late: Words
    check_self: Words
    check_other: Words
    categories: Mapping[str, CategoryTexts]


class Lines(_Strict):
    """Labelled lines of one category in one language."""

    id: Words
    language: Words
    examples: tuple[Words, ...]
    near_misses: tuple[Words, ...]


class Policy(_Strict):
    """How many false alarms are borne, and which FAQ topics are not ordinary."""

    possible_ordinary: Share
    doubted_ordinary: Share
    certain_ordinary: Share
    certain_near_misses: Share
    importance_of_grave: Annotated[float, Field(ge=1)]
    grave_margin: Annotated[float, Field(ge=0)]
    ordinary_topics_left_out: tuple[str, ...]
    ordinary_questions_per_language: Annotated[int, Field(gt=0)]
    invited_words_left_out: tuple[str, ...]
    invited_answers: tuple[str, ...]


class _PatternFile(_Strict):
    language: Words
    markers: tuple[str, ...] = ()
    scope: Mapping[Scope, tuple[str, ...]]
    patterns: Mapping[str, tuple[str, ...]]


class _LexiconFile(RootModel[Mapping[str, Mapping[str, str]]]):
    """Concept -> language -> forms, separated by spaces."""


def read_categories(path: Path) -> tuple[Category, ...]:
    """The categories, in the order of the file."""
    return load_yaml(path, _Categories).categories


def read_regions(path: Path) -> Regions:
    """The regions with their numbers."""
    return load_yaml(path, Regions)


def read_texts(path: Path) -> FlagTexts:
    """The emergency texts of one language."""
    return load_yaml(path, FlagTexts)


def read_lines(path: Path) -> Lines:
    """The labelled lines of one category in one language."""
    return load_yaml(path, Lines)


def read_policy(path: Path) -> Policy:
    """The policy on false alarms."""
    return load_yaml(path, Policy)


def read_patterns(path: Path) -> PatternBook:
    """The phrases of one language."""
    file = load_yaml(path, _PatternFile)
    return PatternBook.of(file.language, file.patterns, file.scope, file.markers)


def read_lexicon(path: Path) -> Lexicon:
    """The concepts with their forms in all languages."""
    forms = load_yaml(path, _LexiconFile).root
    return Lexicon.of(
        {
            concept: {language: listed.split() for language, listed in by_language.items()}
            for concept, by_language in forms.items()
        }
    )
