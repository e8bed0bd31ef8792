"""Which shape must each file of content/faq have? Strict models."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
TopicId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
RegionName = Literal["us", "uk", "eu", "in"]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Thread = Literal[
    "getting-started",
    "skin-and-lips",
    "side-effects-that-matter",
    "pregnancy-prevention",
    "finishing",
]
Risk = Literal["routine", "call-clinic", "urgent-same-day", "emergency"]

LABEL_CHARACTERS = 34
"""Longest title that fits a button on a narrow phone."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Wording(_Strict):
    """One text in its two forms."""

    answer: Annotated[Words, Field(description="Chat form; **bold** and lines with '- ' only.")]
    sms: Annotated[Words, Field(description="Plain text, complete in itself.")]


class SourceLine(_Strict):
    """Where a statement comes from."""

    title: Words
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    read: Annotated[Day, Field(description="The day on which an author last read it.")]


class ReviewLine(_Strict):
    """Who checked a text outside the product, and until when that holds."""

    by: Words
    on: Day
    until: Day


class TopicFile(Wording):
    """One topic in one language: its vetted answer and the ways in which patients ask."""

    id: TopicId
    version: Words
    tier: Annotated[int, Field(ge=1, le=2, description="1: the most asked topics.")]
    risk: Risk
    title: Annotated[Words, Field(max_length=LABEL_CHARACTERS, description="Label of a button.")]
    thread: Thread | None = None
    regions: Annotated[
        tuple[RegionName, ...],
        Field(description="Where this topic may be an answer; empty or absent: everywhere."),
    ] = ()
    regional: Annotated[
        Mapping[RegionName, Wording],
        Field(description="Full replacement texts where rules or facts differ."),
    ] = {}
    related: tuple[TopicId, ...] = ()
    sources: Annotated[tuple[SourceLine, ...], Field(min_length=1)]
    reviewer_note: str = ""
    checked_by_native_speaker: Annotated[
        bool, Field(description="Whether a native speaker has checked the language.")
    ] = False
    review: ReviewLine | None = None
    questions: Annotated[tuple[Words, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _absent(cls, value: Any) -> Any:
        """An empty `regional:` or `regions:` is the same as none."""
        if isinstance(value, dict):
            return {key: held for key, held in value.items() if held is not None}
        return value


class ReplyLine(_Strict):
    """An answer to small talk or clinic business, and how people say it."""

    id: TopicId
    version: Words
    text: Words
    questions: Annotated[tuple[Words, ...], Field(min_length=1)]


class RepliesFile(_Strict):
    """All small-talk and clinic-business replies of one language."""

    replies: tuple[ReplyLine, ...] = ()


class LinesFile(_Strict):
    """Lines that no topic answers."""

    lines: tuple[Words, ...] = ()


class FollowUpsFile(_Strict):
    """How a short message shows that it goes on with the last topic."""

    openings: tuple[Words, ...] = ()
    words: tuple[Words, ...] = ()


class FamilyLine(_Strict):
    """Topics that say the same thing under different regulators."""

    id: TopicId
    members: Annotated[tuple[TopicId, ...], Field(min_length=2)]


class FamiliesFile(_Strict):
    """All region families."""

    families: tuple[FamilyLine, ...] = ()


class ConceptsFile(_Strict):
    """Groups of words and phrases that mean nearly the same to the matcher."""

    concepts: Mapping[TopicId, Annotated[tuple[Words, ...], Field(min_length=1)]] = {}


class GlossaryFile(_Strict):
    """English words, and the words of one language that stand for each."""

    words: Mapping[Words, Annotated[tuple[Words, ...], Field(min_length=1)]] = {}


class MedicinesFile(_Strict):
    """Names of this medicine, and of others that Balm must not advise on."""

    ours: tuple[Words, ...] = ()
    others: tuple[Words, ...] = ()


class FlaggedLine(_Strict):
    """A question whose asker rightly gets a safety text first."""

    category: Annotated[str, Field(pattern="^rf-[a-z-]+$")]
    question: Words


class FlaggedFile(_Strict):
    """Questions that the authors know to trip a certain flag."""

    flagged: tuple[FlaggedLine, ...] = ()


class NotesFile(_Strict):
    """What stands under every answer of one language."""

    not_reviewed: Words
    not_reviewed_sms: Words
    reviewed: Words
    source: Words
    more_sms: Words
    other_language: Words
    other_region: Words


def topic_schema() -> dict[str, Any]:
    """The JSON Schema of a topic file, for editors and other programs."""
    schema = TopicFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
