"""Is each questionnaire asked on its days, and does what was told change them as promised?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import asked_on, is_stable
from bot.domain.history import NOTHING_TOLD, CourseHistory, DoseWord, PastCheckin, PastDose
from tests.fakes.turns import CHECKINS

FIRST = date(2026, 3, 2)
ALL = CHECKINS.questionnaires
WEEKLY = CHECKINS.questionnaire("weekly")
GOOD = {"breakouts": "2", "lips": "2", "skin": "1", "eyes": "0", "joints": "0", "mood": "1"}


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def asked(
    number: int, history: CourseHistory = NOTHING_TOLD, *, last: int | None = None
) -> list[str]:
    due = asked_on(day(number), ALL, history, first_day=FIRST, last_day=day(last) if last else None)
    return sorted(one.id for one in due)


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (0, []),
        (1, ["daily"]),
        (4, ["daily", "mood"]),
        (7, ["first-week"]),
        (14, ["daily"]),
        (15, []),
        (21, ["weekly"]),
        (28, ["monthly"]),
        (35, ["weekly"]),
        (60, ["mood"]),
        (67, []),
        (74, ["mood"]),
    ],
)
def test_the_days_of_a_quiet_course(number: int, names: list[str]) -> None:
    assert asked(number) == names


def test_nothing_but_the_last_questions_after_the_last_day() -> None:
    assert asked(140, last=140) == ["monthly"]
    assert asked(141, last=140) == []
    assert asked(147, last=140) == ["after-course"]
    assert asked(170, last=140) == ["after-course"]


@given(st.integers(-5, 400), st.integers(20, 300))
def test_never_two_of_one_hour(number: int, last: int) -> None:
    due = asked_on(day(number), ALL, NOTHING_TOLD, first_day=FIRST, last_day=day(last))
    assert len({one.cadence.at for one in due}) == len(due)


def weekly(*answers: dict[str, str]) -> CourseHistory:
    return CourseHistory(
        checkins=[
            PastCheckin(questionnaire="weekly", day=day(21 + 7 * n), answers=given)
            for n, given in enumerate(answers)
        ]
    )


def test_four_good_ones_alike_are_followed_by_every_other_week() -> None:
    history = weekly(GOOD, GOOD, GOOD, GOOD)
    assert is_stable(WEEKLY, history)
    assert asked(63, history) == ["weekly"]
    assert asked(70, history) == []


@pytest.mark.parametrize(
    "last",
    [{**GOOD, "lips": "5"}, {**GOOD, "eyes": "3"}, {}],
    ids=["one is high", "one has moved", "one is missing"],
)
def test_anything_else_keeps_every_week(last: dict[str, str]) -> None:
    history = weekly(GOOD, GOOD, GOOD, last)
    assert not is_stable(WEEKLY, history)
    assert asked(70, history) == ["weekly"]


def test_a_missed_dose_is_no_stability() -> None:
    missed = PastDose(day=day(40), slot="evening", word=DoseWord.SILENT)
    history = CourseHistory(checkins=weekly(GOOD, GOOD, GOOD, GOOD).checkins, doses=[missed])
    assert not is_stable(WEEKLY, history)


def test_an_unanswered_one_is_asked_again_once() -> None:
    history = weekly({})
    assert asked(23, history) == ["weekly"]
    again = PastCheckin(questionnaire="weekly", day=day(23))
    assert asked(25, CourseHistory(checkins=[*history.checkins, again])) == []


def test_missed_doses_bring_the_daily_one_back_for_three_days() -> None:
    doses = [
        PastDose(day=day(number), slot="evening", word=DoseWord.NOT_TAKEN) for number in (30, 33)
    ]
    history = CourseHistory(doses=doses)
    assert [asked(number, history) for number in (33, 34, 36, 37)] == [[], ["daily"], ["daily"], []]
    excused = [PastDose(day=d.day, slot=d.slot, word=DoseWord.EXCUSED) for d in doses]
    assert asked(34, CourseHistory(doses=excused)) == []
