"""Which picture goes with a message, and what does it show? Drawn at sending. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class PictureName(StrEnum):
    """Every picture that a message can come with."""

    PROGRESS = "progress"
    WEEK = "week"
    VISIT = "visit"
    PHOTOS = "photos"
    """The patient's own; what it shows are their days, and the photos come from the album."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWith:
    """A picture that says the same as the words that it goes with."""

    name: PictureName
    shows: Mapping[str, Any] = field(repr=False)
    """Plain values, as `bot.domain.progress_record` writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOrder:
    """A picture still to be drawn, kept with the message that it goes with."""

    name: PictureName
    language: str
    shows: Mapping[str, Any] = field(repr=False)
    """Plain values, as `bot.domain.progress_record` writes them."""
