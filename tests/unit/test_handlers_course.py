"""Is what patients report kept as their own word, and is nobody left without an answer?"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.labs import load_labs
from bot.domain.conversation import Asking
from bot.domain.course_turn import CourseTurn
from bot.domain.effect import Ask, Effect, RaiseAlert, RecordFact, Say, SayFlag
from bot.domain.escalation import FlagRule, Urgency
from bot.domain.evidence import EvidenceName
from bot.domain.patient import FactKind, FactValue
from bot.domain.regimen import CourseRegimen
from bot.domain.said_day import day_said
from handlers import answer, course_reply, lab_reply
from tests.fakes.turns import (
    CONTENT,
    NEW_YORK,
    NOW,
    RULES,
    TODAY,
    every,
    messages,
    only,
    patient,
    question,
    templates,
    turn,
)
from tests.unit.test_regimen import TWICE, step

LABS = load_labs(CONTENT / "labs")
PREGNANT = FlagRule(
    category="rf-pregnant",
    urgency=Urgency.EMERGENCY,
    holds=True,
    is_confidential=False,
    silence_opens=False,
    acknowledge_within=timedelta(hours=1),
)
BY = datetime(2026, 12, 2, 12, 0, tzinfo=NEW_YORK)


def course(**changes: Any) -> CourseTurn:
    known = CourseTurn(
        today=TODAY,
        regimen=CourseRegimen(steps=(step(),)),
        days_left=None,
        few_capsules=3,
        labs=LABS,
        looked_at_by=BY,
    )
    return replace(known, **changes)


def said(
    text: str, language: str = "en", *, known: CourseTurn | None = None, **how: Any
) -> list[Effect]:
    how = {"flag_rules": {**RULES, "rf-pregnant": PREGNANT}, **how}
    return answer(turn(text, course=known or course(), language=language, **how))


def evidence(effects: list[Effect]) -> list[FactValue]:
    facts = every(effects, RecordFact)
    return [fact.value for fact in facts if fact.kind is FactKind.EVIDENCE]


STARTED = [
    ("started", "en", TODAY),
    ("Started today", "en", TODAY),
    ("i started yesterday", "en", date(2026, 11, 30)),
    ("I started on 28 November", "en", date(2026, 11, 28)),
    ("empecé hoy", "es", TODAY),
    ("Empecé ayer", "es", date(2026, 11, 30)),
    ("शुरू किया", "hi", TODAY),
    ("aaj shuru kiya", "hi", TODAY),
]


@pytest.mark.parametrize(("text", "language", "day"), STARTED)
def test_started(text: str, language: str, day: date) -> None:
    effects = said(text, language)
    (kept,) = evidence(effects)
    assert (kept["name"], kept["on"], kept["source"]) == (
        EvidenceName.FIRST_CAPSULE,
        day.isoformat(),
        "patient",
    )
    assert templates(effects) == ["day-one"]
    assert bool(every(effects, RaiseAlert)) is (day != TODAY)


@pytest.mark.parametrize(
    "text", ["started having headaches", "I started a new job yesterday it is great", "start"]
)
def test_other_beginnings_are_no_first_capsule(text: str) -> None:
    assert evidence(said(text)) == []


def test_the_button_starts_today() -> None:
    effects = answer(turn(press="report:started", course=course()))
    assert only(effects, Say).template == "day-one"


TESTS = [
    ("negative", "en", "negative", None, TODAY),
    ("my test was negative", "en", "negative", None, TODAY),
    ("tested negative at home yesterday", "en", "negative", "home", date(2026, 11, 30)),
    ("test at the lab is negative", "en", "negative", "laboratory", TODAY),
    ("la prueba salió negativa", "es", "negative", None, TODAY),
    ("prueba en casa negativa", "es", "negative", "home", TODAY),
    ("टेस्ट नेगेटिव आया", "hi", "negative", None, TODAY),
    ("ghar pe test negative", "hi", None, None, None),
    ("ghar par test negative", "hi", "negative", "home", TODAY),
    ("my test is unclear", "en", "unclear", None, TODAY),
    ("covid test negative", "en", None, None, None),
    ("not negative", "en", None, None, None),
    ("negative and positive", "en", None, None, None),
    ("is it negative?", "en", None, None, None),
]


@pytest.mark.parametrize(("text", "language", "result", "place", "day"), TESTS)
def test_own_tests(
    text: str, language: str, result: str | None, place: str | None, day: date | None
) -> None:
    found = evidence(said(text, language))
    if result is None:
        assert found == []
        return
    assert day is not None
    (kept,) = found
    assert (kept["result"], kept.get("place"), kept["on"]) == (result, place, day.isoformat())
    assert kept["source"] == "patient"


@pytest.mark.parametrize(
    ("text", "language"),
    [("positive", "en"), ("mi prueba es positiva", "es"), ("टेस्ट पॉजिटिव है", "hi")],
)
def test_a_positive_goes_the_way_of_danger(text: str, language: str) -> None:
    effects = said(text, language)
    assert only(effects, SayFlag).category == "rf-pregnant"
    assert only(effects, RaiseAlert).urgency is Urgency.EMERGENCY
    kinds = {fact.kind: fact.value for fact in every(effects, RecordFact)}
    assert kinds[FactKind.HOLD] == {"category": "rf-pregnant"}
    silenced = str(kinds[FactKind.SILENCE]["kinds"]).split(",")
    assert set(silenced) == {
        "checkin",
        "pregnancy-test",
        "after-course",
        "learning",
        "broadcast",
    }
    assert {one["name"] for one in evidence(effects)} == {"pregnancy-test", "pregnancy-reported"}


def test_a_bare_word_answers_the_checkin_and_no_test() -> None:
    asked = question(Asking.CHECKIN)
    assert evidence(said("negative", asked=asked)) == []
    assert len(evidence(said("my test is negative", asked=asked))) == 1


def test_nobody_who_cannot_become_pregnant_reports_such_a_test() -> None:
    who = patient(category="cannot-become-pregnant")
    assert evidence(said("negative", patient=who)) == []


LEFT = [
    ("only 3 capsules left", "en", 3),
    ("I have two pills left", "en", 2),
    ("no capsules left", "en", 0),
    ("me quedan 3 cápsulas", "es", 3),
    ("3 कैप्सूल बचे हैं", "hi", 3),
    ("sirf 2 capsule bache hain", "hi", 2),
]


@pytest.mark.parametrize(("text", "language", "number"), LEFT)
def test_few_capsules_are_work_for_today(text: str, language: str, number: int) -> None:
    effects = said(text, language)
    assert templates(effects) == ["capsules-few"]
    case = only(effects, RaiseAlert)
    assert (case.category, case.urgency, case.once) == ("capsules-few", Urgency.TASK, True)
    kept = only(effects, RecordFact)
    assert (kept.kind, kept.value["capsules"]) == (FactKind.CAPSULES_LEFT, str(number))


def test_enough_capsules_are_only_noted_and_two_a_day_run_out_twice_as_fast() -> None:
    assert templates(said("7 capsules left")) == ["capsules-noted"]
    twice = course(regimen=CourseRegimen(steps=(step(slots=TWICE),)))
    assert templates(said("7 capsules left", known=twice)) == ["capsules-few"]


@pytest.mark.parametrize("what", ["out of stock", "insurance", "can't get there"])
def test_trouble_at_the_pharmacy_is_sorted_by_days_left(what: str) -> None:
    due = []
    for days in (9, 2):
        case = only(said(what, known=course(days_left=days)), RaiseAlert)
        assert case.note == f"same-day: {days} days left"
        assert case.due_by is not None
        due.append(case.due_by)
    assert due[1] < due[0]
    unknown = only(said(what), RaiseAlert)
    assert unknown.due_by == NOW + timedelta(days=1)


def test_picked_up_with_a_count_and_a_day() -> None:
    (kept,) = evidence(said("picked up 30 capsules"))
    assert (kept["name"], kept["capsules"], kept["on"]) == ("picked-up", "30", "2026-12-01")
    (kept,) = evidence(said("picked up my capsules yesterday"))
    assert kept["on"] == "2026-11-30"


def test_new_capsules_begin_what_staff_have_told_of() -> None:
    waiting = replace(step("2", slots=TWICE, awaits=True, from_day=TODAY), was_told=True)
    known = course(regimen=CourseRegimen(steps=(step(),), waiting=(waiting,)))
    effects = said("new capsules are here", known=known)
    fact = only(effects, RecordFact)
    assert fact.kind is FactKind.REGIMEN
    assert (fact.value["awaits_capsules"], fact.value["from_day"]) == (False, "2026-12-02")
    assert only(effects, Say).variables == {"day": "2026-12-02"}


def test_balm_is_never_first_with_a_change_of_dose() -> None:
    waiting = step("2", slots=TWICE, awaits=True, from_day=TODAY)
    known = course(regimen=CourseRegimen(steps=(step(),), waiting=(waiting,)))
    effects = said("new capsules", known=known)
    assert templates(effects) == ["new-capsules-none"]
    assert every(effects, RecordFact) == []
    assert only(effects, RaiseAlert).category == "new-capsules-unknown"


# --- blood results


def test_a_result_is_saved_and_never_judged() -> None:
    effects = said("TG 372 mg/dL, ALT 45 U/L")
    assert [(e["test"], e["value"], e["unit"]) for e in evidence(effects)] == [
        ("triglycerides", "372", "mg/dL"),
        ("alt", "45", "U/L"),
    ]
    assert only(effects, Say).variables == {"by": "2026-12-02T12:00"}
    case = only(effects, RaiseAlert)
    assert (case.category, case.urgency, case.due_by) == ("lab-result", Urgency.TASK, BY)


@pytest.mark.parametrize(
    ("text", "category", "urgency"),
    [
        ("TG 6 mmol/L", "lab-high", Urgency.TASK),
        ("TG 900 mg/dL", "lab-critical", Urgency.SAME_DAY),
    ],
)
def test_marks_reach_staff_and_never_the_patient(
    text: str, category: str, urgency: Urgency
) -> None:
    effects = said(text)
    assert templates(effects) == ["lab-saved"]
    case = only(effects, RaiseAlert)
    assert (case.category, case.urgency) == (category, urgency)


def test_what_could_be_two_things_is_asked_and_answered() -> None:
    effects = said("4.2 mmol/L", sms=True)
    assert templates(effects) == ["lab-which"]
    asked = only(effects, Ask).question
    assert asked is not None
    assert asked.options[0] == "lab:triglycerides:4.2:mmol/L"
    assert asked.options[-1] == "lab:none"
    chosen = said("1", sms=True, asked=asked)
    assert [e["test"] for e in evidence(chosen)] == ["triglycerides"]
    nothing = said(str(len(asked.options)), sms=True, asked=asked)
    assert templates(nothing) == ["lab-not-saved"]
    assert evidence(nothing) == []


def test_a_number_that_nobody_can_have_is_not_kept() -> None:
    effects = said("TG 4.2 mg/dL")
    assert templates(effects) == ["lab-implausible"]
    assert evidence(effects) == []
    assert only(effects, RaiseAlert).note == "unreadable"


@pytest.mark.parametrize("press", ["lab:gold:1:g", "lab:alt:x:U/L", "lab:alt:99999999:U/L", "lab:"])
def test_an_invented_button_saves_nothing(press: str) -> None:
    assert evidence(answer(turn(press=press, course=course()))) == []


# --- stopped


def test_stopping_is_one_case_and_the_day_they_name_counts() -> None:
    effects = said("I stopped taking it")
    case = only(effects, RaiseAlert)
    assert (case.category, case.once) == ("stopped-taking", True)
    (kept,) = evidence(effects)
    assert (kept["name"], kept["on"]) == ("last-capsule", "2026-12-01")
    asked = question(Asking.STOPPED_TAKING)
    after = said(
        "my back hurt, the last one was Sunday",
        asked=asked,
        known=course(stop_reported_on=TODAY),
    )
    assert every(after, RaiseAlert) == []
    taken_back, right = evidence(after)
    assert (taken_back["on"], taken_back["withdrawn"]) == ("2026-12-01", True)
    assert right["on"] == "2026-11-29"


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("on Monday", "en", date(2026, 11, 30)),
        ("2026-11-05", "en", date(2026, 11, 5)),
        ("Nov 12th", "en", date(2026, 11, 12)),
        ("12 de noviembre", "es", date(2026, 11, 12)),
        ("१२ नवंबर", "hi", date(2026, 11, 12)),
        ("el miércoles", "es", date(2026, 11, 25)),
        ("tomorrow", "en", None),
        ("31 November", "en", None),
        ("2020-01-01", "en", None),
        ("2026-12-24", "en", None),
    ],
)
def test_days_as_people_name_them(text: str, language: str, day: date | None) -> None:
    assert day_said(text, messages().vocabularies[language], TODAY) == day


@given(text=st.text(max_size=50), language=st.sampled_from(["en", "es", "hi"]))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_reports(text: str, language: str) -> None:
    met = turn(text, course=course(), language=language)
    course_reply.handle(met)
    lab_reply.handle(met)
    found = day_said(text, met.words, TODAY)
    assert found is None or found <= TODAY
