"""Do the authors see first what most patients missed?"""

from datetime import UTC, datetime, timedelta

from bot.domain.authors_queue import KeptQuestion, grouped
from bot.domain.effect import WhyKept

MORNING = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def kept(
    text: str, *, topic: str | None = None, hours: int = 0, language: str = "en"
) -> KeptQuestion:
    return KeptQuestion(
        text=text,
        why=WhyKept.ABSTAINED if topic is None else WhyKept.NOT_WHAT_WAS_ASKED,
        topic=topic,
        language=language,
        kept_at=MORNING + timedelta(hours=hours),
    )


def test_nothing_kept_is_nothing_to_do() -> None:
    assert grouped([]) == []


def test_the_largest_group_comes_first_and_its_newest_question_first() -> None:
    groups = grouped(
        [
            kept("can i box"),
            kept("lips and kissing", topic="dry-lips"),
            kept("lips and wine", topic="dry-lips", hours=2),
            kept("labios", topic="dry-lips", language="es"),
        ]
    )
    assert [(group.topic, group.language, len(group.questions)) for group in groups] == [
        ("dry-lips", "en", 2),
        (None, "en", 1),
        ("dry-lips", "es", 1),
    ]
    assert [question.text for question in groups[0].questions] == [
        "lips and wine",
        "lips and kissing",
    ]
