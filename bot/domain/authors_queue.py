"""What did patients ask that no answer fitted, as the authors see it? Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.effect import WhyKept

KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptQuestion:
    """A question of somebody who agreed to it, without anything that names anybody."""

    text: str = field(repr=False)
    why: WhyKept
    topic: str | None
    """The answer that was given for it, if any."""
    language: str
    kept_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFit:
    """How often a topic was what people asked, in one language."""

    topic: str
    language: str
    yes_count: int
    no_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueGroup:
    """Questions that point to the same work: a topic's answer, or a topic that is missing."""

    why: WhyKept
    topic: str | None
    language: str
    questions: tuple[KeptQuestion, ...]


def grouped(questions: Iterable[KeptQuestion]) -> Sequence[QueueGroup]:
    """The questions by what they point to, the largest group first, the newest question first."""
    groups: dict[tuple[WhyKept, str | None, str], list[KeptQuestion]] = defaultdict(list)
    for one in questions:
        groups[one.why, one.topic, one.language].append(one)
    made = [
        QueueGroup(
            why=why,
            topic=topic,
            language=language,
            questions=tuple(sorted(found, key=lambda one: one.kept_at, reverse=True)),
        )
        for (why, topic, language), found in groups.items()
    ]
    return sorted(made, key=lambda g: (-len(g.questions), g.why, g.topic or "", g.language))
