"""When does the week's summary come by itself, and what do it and the visit's words say?"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.decide import decide
from bot.domain.due_event import DueEvent
from bot.domain.effect import MoveOccurrence, Say
from bot.domain.history import CourseHistory, DoseWord, PastCheckin, PastDose
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import Fact, FactKind, PatientState
from bot.domain.picture import PictureName
from bot.domain.progress import Progress, progress
from bot.domain.progress_said import progress_said
from bot.domain.regimen import RegimenStep, regimen_fact
from bot.domain.schedule import Regimen, SlotTime
from bot.domain.stretch import last_week, since_visit
from bot.domain.week_summary import WEEK_SUMMARY, WeekSummarySource
from handlers import answer
from tests.fakes.turns import dose, every, only, patient, turn

FIRST = date(2026, 12, 1)
SUNDAYS = [date(2026, 12, 6), date(2026, 12, 13), date(2026, 12, 20)]
START = datetime(2026, 12, 1, 12, tzinfo=UTC)


def facts(first_day: date = FIRST, last_day: date | None = None) -> list[Fact]:
    slots = (SlotTime(slot="evening", at=time(20, 0)),)
    regimen = Regimen(first_day=first_day, last_day=last_day, slots=slots, minimum_gap=None)
    value = regimen_fact(RegimenStep(id="r", regimen=regimen, course=None))
    at = START - timedelta(days=9)
    return [
        Fact(kind=FactKind.REGIMEN, value=value, effective_at=at, recorded_at=at, recorded_by="x")
    ]


def planned(state: PatientState, known: list[Fact] | None = None) -> list[Any]:
    source = WeekSummarySource()
    until = START + timedelta(days=20)
    return list(source.occurrences(known or facts(), state, after=START, until=until))


def told(*numbers: tuple[int, int], doses: int = 14, **changes: Any) -> Progress:
    """A course on its 14th day, with (day, breakouts) answered."""
    seen = progress(
        CourseHistory(
            checkins=[
                PastCheckin(
                    questionnaire="daily",
                    day=FIRST + timedelta(days=day),
                    answers={"breakouts": str(value)},
                )
                for day, value in numbers
            ],
            doses=[
                PastDose(
                    day=FIRST + timedelta(days=day),
                    slot="evening",
                    word=DoseWord.TAKEN if day % 7 else DoseWord.NOT_TAKEN,
                )
                for day in range(doses)
            ],
        ),
        first_day=FIRST,
        last_day=None,
        today=FIRST + timedelta(days=13),
    )
    return replace(seen, **changes)


def test_it_comes_on_sundays_an_hour_before_the_patients_own_time() -> None:
    found = planned(patient())
    assert [one.day for one in found] == SUNDAYS
    assert {one.at for one in found} == {time(19, 0)}
    assert found[0].due == datetime(2026, 12, 6, 19, tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(("chosen", "at"), [(time(0, 30), time(0, 30)), (None, time(18, 0))])
def test_it_stays_on_its_sunday(chosen: time | None, at: time) -> None:
    assert {one.at for one in planned(patient(dose_time=chosen))} == {at}


def test_tiles_of_time_lose_and_double_none() -> None:
    source, state = WeekSummarySource(), patient()
    cuts = [START + timedelta(hours=5 * n) for n in range(100)]
    pieces = [
        one.day
        for after, until in pairwise(cuts)
        for one in source.occurrences(facts(), state, after=after, until=until)
    ]
    assert pieces == SUNDAYS


def test_a_course_that_just_began_or_is_over_has_none() -> None:
    assert [one.day for one in planned(patient(), facts(date(2026, 12, 4)))] == SUNDAYS[1:]
    assert [one.day for one in planned(patient(), facts(last_day=SUNDAYS[1]))] == SUNDAYS[:2]


def test_who_wants_none_gets_none() -> None:
    ended = patient(paused_kinds=frozenset({WEEK_SUMMARY}))
    assert planned(ended) == []
    effects = answer(turn("no summary"))
    assert only(effects, Say).template == "week-ended"


def due(seen: Progress | None, state: PatientState) -> list[Any]:
    occurrence = dose(
        OccurrenceState.PLANNED,
        reminder=WEEK_SUMMARY,
        kind=MessageKind.LEARNING,
        message=WEEK_SUMMARY,
    )
    now = occurrence.due_at
    event = DueEvent(occurrence=occurrence, now=now, may_write=True, progress=seen)
    return decide(state, event)


def test_without_an_answer_in_the_week_nothing_is_said() -> None:
    for seen in (None, told((2, 5), doses=0)):
        effects = due(seen, patient())
        assert every(effects, Say) == []
        assert only(effects, MoveOccurrence).reason == "nothing-told"


def test_it_says_and_shows_what_the_command_says_and_shows() -> None:
    seen = told((9, 6), (12, 3))
    pushed = only(due(seen, patient()), Say)
    asked = progress_said(seen, PictureName.WEEK)
    assert (pushed.template, pushed.picture) == (asked.template, asked.picture)
    assert pushed.variables == {**asked.variables, "is_unasked": "yes"}
    assert pushed.kind is MessageKind.LEARNING
    assert [option.action for row in pushed.options for option in row] == ["no-week"]


def test_on_a_shared_phone_it_only_says_that_it_is_there() -> None:
    said = only(due(told((12, 3)), patient(shares_phone=True)), Say)
    assert (said.template, said.picture, said.variables) == ("week-ready", None, {})


def test_a_week_counts_its_own_days() -> None:
    week = last_week(told((2, 9), (9, 6), (12, 3)))
    assert (week.days, week.answered, week.taken, week.not_taken) == (7, 7, 6, 1)
    change = week.change("breakouts")
    assert change is not None
    assert (change.before, change.lately, change.direction) == (6, 3, "better")


def test_one_answer_is_compared_with_nothing() -> None:
    change = last_week(told((12, 3))).change("breakouts")
    assert change is not None
    assert (change.before, change.direction) == (None, "unknown")


def test_since_a_visit_the_answers_lately_stand_beside_those_before_it() -> None:
    visit = FIRST + timedelta(days=7)
    seen = since_visit(told((1, 2), (3, 3), (9, 6), (12, 7), last_visit=visit))
    assert seen.begins == visit
    change = seen.change("breakouts")
    assert change is not None
    assert (change.before, change.lately, change.direction) == (2.5, 6.5, "worse")
    assert seen.not_taken == 1


def test_without_a_visit_it_looks_back_to_the_first_day_at_most() -> None:
    assert since_visit(told((1, 2))).begins == FIRST
