"""Which tips are there for which week of a course?"""

from collections.abc import Collection
from datetime import time
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.content.checkin_files import ConditionFile, Id
from bot.content.yaml_loader import ContentError, load_yaml, mark_of
from bot.domain.learning import LearningSource, Tip
from bot.domain.questionnaire import Condition

LEARNING = "learning/weekly.yaml"
_Week = Annotated[int, Field(ge=1, le=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TipFile(_Strict):
    """One tip: a topic of the answers, and the weeks that it fits."""

    topic: Id
    first_week: _Week
    last_week: _Week
    because: ConditionFile | None = None


class LearningFile(_Strict):
    """content/learning/weekly.yaml."""

    version: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    day_of_week: Annotated[int, Field(ge=1, le=7)]
    tips: Annotated[tuple[TipFile, ...], Field(min_length=1)]


def load_learning(path: Path, topics: Collection[str]) -> LearningSource:
    """The tips of `path`; each is one of `topics`. Raises ContentError."""
    file = load_yaml(path, LearningFile)
    for at, tip in enumerate(file.tips):
        if tip.topic not in topics:
            line, column = mark_of(path, ("tips", at, "topic"))
            reason = f"there is no topic {tip.topic!r} in the answers"
            raise ContentError(path, line=line, column=column, reason=reason)
    return LearningSource(
        version=file.version,
        at=time.fromisoformat(file.at),
        day_of_week=file.day_of_week,
        tips=tuple(map(_tip, file.tips)),
    )


def _tip(file: TipFile) -> Tip:
    because = file.because
    return Tip(
        topic=file.topic,
        first_week=file.first_week,
        last_week=file.last_week,
        because=Condition(
            questions=because.questions,
            is_one_of=because.is_one_of,
            at_least=because.at_least,
        )
        if because is not None
        else None,
    )
