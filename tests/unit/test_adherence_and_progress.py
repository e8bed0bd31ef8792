"""Is what is shown of a course true, also when little or nothing is known?"""

from datetime import date, timedelta

import pytest

from bot.domain.adherence import Adherence, DayWord, adherence, day_words
from bot.domain.history import (
    NOTHING_TOLD,
    CourseHistory,
    DoseWord,
    PastCheckin,
    PastDose,
    SaidDose,
    dose_word,
)
from bot.domain.occurrence import OccurrenceState
from bot.domain.progress import NextDate, progress

FIRST = date(2026, 3, 2)


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def doses(words: str) -> list[PastDose]:
    """t taken, x extra, n not taken, s silent, e excused, w waiting, u unasked; one a day."""
    by_letter = {
        "t": DoseWord.TAKEN,
        "x": DoseWord.EXTRA,
        "n": DoseWord.NOT_TAKEN,
        "s": DoseWord.SILENT,
        "e": DoseWord.EXCUSED,
        "w": DoseWord.WAITING,
        "u": DoseWord.UNASKED,
    }
    return [
        PastDose(day=day(number), slot="evening", word=by_letter[letter])
        for number, letter in enumerate(words, start=1)
    ]


def of(words: str) -> Adherence:
    return adherence(doses(words), first=FIRST, last=day(len(words)))


@pytest.mark.parametrize(
    ("words", "days", "answered", "taken", "streak"),
    [
        ("", 0, 0, 0, 0),
        ("t", 1, 1, 1, 1),
        ("s", 1, 0, 0, 0),
        ("ttttttttttttttttttssn", 21, 19, 18, 0),
        ("ttnttw", 5, 5, 4, 2),
        ("teet", 2, 2, 2, 2),
        ("tuut", 4, 2, 2, 1),
        ("xt", 2, 2, 2, 2),
    ],
)
def test_days_are_counted_as_what_is_known(
    words: str, days: int, answered: int, taken: int, streak: int
) -> None:
    found = of(words)
    assert (found.days, found.answered, found.taken) == (days, answered, taken)
    assert found.streak == streak


def test_a_day_with_two_doses_is_taken_only_with_both() -> None:
    two = [
        PastDose(day=FIRST, slot="morning", word=DoseWord.TAKEN),
        PastDose(day=FIRST, slot="evening", word=DoseWord.NOT_TAKEN),
        PastDose(day=day(2), slot="morning", word=DoseWord.TAKEN),
        PastDose(day=day(2), slot="evening", word=DoseWord.SILENT),
    ]
    assert day_words(two) == {FIRST: DayWord.PARTLY, day(2): DayWord.UNKNOWN}


@pytest.mark.parametrize(
    ("state", "why", "answer", "reason", "word"),
    [
        (OccurrenceState.TAKEN, "patient", None, None, DoseWord.TAKEN),
        (OccurrenceState.MISSED, "no-answer", None, None, DoseWord.SILENT),
        (OccurrenceState.MISSED, "no-answer", "taken", None, DoseWord.TAKEN),
        (OccurrenceState.TAKEN, "patient", "not-today", "forgot", DoseWord.NOT_TAKEN),
        (OccurrenceState.SKIPPED, "patient", "not-today", "clinic-said", DoseWord.EXCUSED),
        (OccurrenceState.SKIPPED, "hold", None, None, DoseWord.EXCUSED),
        (OccurrenceState.SKIPPED, "paused", None, None, DoseWord.UNASKED),
        (OccurrenceState.EXPIRED, "late", None, None, DoseWord.UNASKED),
        (OccurrenceState.SNOOZED, None, "later", None, DoseWord.WAITING),
        (OccurrenceState.MISSED, "no-answer", "later", None, DoseWord.SILENT),
        (OccurrenceState.TAKEN, "patient", "extra", None, DoseWord.EXTRA),
    ],
)
def test_the_patients_latest_word_goes_before_the_end_of_the_reminder(
    state: OccurrenceState, why: str, answer: str | None, reason: str | None, word: DoseWord
) -> None:
    said = SaidDose(answer=answer, reason=reason) if answer else None
    assert dose_word(state=state, why=why, said=said) is word


def told(values: list[int], question: str = "lips") -> CourseHistory:
    return CourseHistory(
        checkins=[
            PastCheckin(questionnaire="daily", day=day(number), answers={question: str(value)})
            for number, value in enumerate(values, start=1)
        ]
    )


def test_without_an_answer_nothing_is_claimed() -> None:
    found = progress(NOTHING_TOLD, first_day=FIRST, last_day=None, today=day(1))
    assert (found.week, found.weeks, found.has_answers) == (1, None, False)
    assert found.dryness.direction == "unknown"


def test_three_answers_have_no_direction_and_four_have() -> None:
    few = progress(told([8, 8, 1]), first_day=FIRST, last_day=None, today=day(5))
    more = progress(told([8, 8, 2, 1]), first_day=FIRST, last_day=None, today=day(5))
    assert few.dryness.direction == "unknown"
    assert (more.dryness.first, more.dryness.lately) == (8, 1.5)
    assert more.dryness.direction == "better"


def test_mood_is_nowhere_in_it() -> None:
    found = progress(told([9, 9, 9, 9], "mood"), first_day=FIRST, last_day=None, today=day(5))
    assert not found.has_answers


def test_weeks_dates_and_the_end() -> None:
    later, sooner = NextDate(name="lab", day=day(30)), NextDate(name="visit", day=day(20))
    found = progress(
        NOTHING_TOLD,
        first_day=FIRST,
        last_day=day(140),
        today=day(150),
        next_dates=[later, sooner],
    )
    assert (found.week, found.weeks, found.is_over) == (20, 20, True)
    assert found.next_dates == (sooner, later)
    before = progress(NOTHING_TOLD, first_day=FIRST, last_day=None, today=day(-3))
    assert before.week == 0
