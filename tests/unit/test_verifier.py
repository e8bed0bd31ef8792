"""Does the second opinion catch what is broken, and agree with what is right?"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot.domain import verifier
from bot.domain.closed_days import NEVER_CLOSED
from bot.domain.patient import Fact, FactKind
from bot.domain.programme_reminders import planned_messages
from bot.domain.schedule import instant
from bot.domain.timeline import timeline
from bot.domain.verified_case import Case, Shown
from bot.domain.verifier import verify
from tests.fakes.courses import (
    CAN,
    CANNOT,
    case,
    course,
    day,
    fact,
    findings,
    plain_messages,
    plain_steps,
    programmes,
    rules,
    shown,
    state,
)

US = "us-ipledge"
FIRST, LAST = date(2026, 12, 1), date(2027, 4, 19)
Steps = list[dict[str, Any]]


def begun() -> list[Fact]:
    """The way to the first capsules, as it should go."""
    return [
        *course(CAN, first=FIRST, last=LAST),
        shown("enrolled", "2026-10-27"),
        shown("consent-form", "2026-10-27"),
        shown("pregnancy-test", "2026-10-27"),
        shown("contraception-started", "2026-10-28"),
        shown("lab-result", "2026-11-17"),
        shown("pregnancy-test", "2026-11-27"),
        shown("prescriber-confirmed", "2026-11-28"),
        shown("questions-answered", "2026-11-28"),
        shown("picked-up", "2026-11-30"),
        shown("first-capsule", "2026-12-01"),
    ]


def second_supply() -> list[Fact]:
    return [
        shown("counselling", "2026-12-20"),
        shown("pregnancy-test", "2026-12-26"),
        shown("prescriber-confirmed", "2026-12-27"),
        shown("questions-answered", "2026-12-27"),
    ]


def look(facts: Sequence[Fact], today: str) -> tuple[Case, Steps, Steps]:
    """A course in the verifier's own terms, with the messages of the next two weeks."""
    who = state()
    found = timeline(
        facts, who, programme=programmes()[US], today=day(today), closed_days=NEVER_CLOSED
    )
    after = instant(day(today), time(0), who.zone)
    planned = planned_messages(found, who.zone, after=after, until=after + timedelta(days=14))
    return case(found, facts), plain_steps(found), plain_messages(planned)


def step(steps: Steps, step_id: str) -> dict[str, Any]:
    return next(one for one in steps if one["id"] == step_id)


def put(step_id: str, **changed: Any) -> "Fault":
    """A fault: a step says something else than it should."""

    def break_it(known: Case, steps: Steps, messages: Steps) -> Case:
        step(steps, step_id).update(changed)
        return known

    return break_it


def moved(step_id: str, key: str, days: int) -> "Fault":
    def break_it(known: Case, steps: Steps, messages: Steps) -> Case:
        one = step(steps, step_id)
        one[key] += timedelta(days=days)
        return known

    return break_it


def without(step_id: str) -> "Fault":
    def break_it(known: Case, steps: Steps, messages: Steps) -> Case:
        steps.remove(step(steps, step_id))
        return known

    return break_it


def twice(step_id: str) -> "Fault":
    def break_it(known: Case, steps: Steps, messages: Steps) -> Case:
        steps.append(dict(step(steps, step_id)))
        return known

    return break_it


def renamed(step_id: str, other: str) -> "Fault":
    return put(step_id, id=other)


def said(step_id: str, on: str, kind: str = "window") -> "Fault":
    def break_it(known: Case, steps: Steps, messages: Steps) -> Case:
        messages.append({"step": step_id, "on": day(on), "slot": "planted", "kind": kind})
        return known

    return break_it


def known_as(**changed: Any) -> "Fault":
    """A fault: the timeline was made for something else than what is known."""

    def break_it(known: Case, steps: Steps, messages: Steps) -> Case:
        return replace(known, **changed)

    return break_it


def instead(name: str, on: str, **changed: Any) -> "Fault":
    """What was shown was something else."""

    def break_it(known: Case, steps: Steps, messages: Steps) -> Case:
        def other(one: Shown) -> Shown:
            return replace(one, **changed) if (one.name, one.on) == (name, day(on)) else one

        return replace(known, shown=tuple(map(other, known.shown)))

    return break_it


def also(name: str, on: str, result: str | None = None) -> "Fault":
    def break_it(known: Case, steps: Steps, messages: Steps) -> Case:
        more = Shown(name=name, on=day(on), source="clinic", result=result)
        return replace(known, shown=(*known.shown, more))

    return break_it


def said_twice(known: Case, steps: Steps, messages: Steps) -> Case:
    messages.append(dict(messages[0]))
    return known


Fault = Callable[[Case, Steps, Steps], Case]
RUNNING = "2026-12-24"
"""A day of the first supply, before its second test."""
FAULTS: dict[str, tuple[str, Fault]] = {
    "first test a day early": (RUNNING, moved("pregnancy-test-1", "opens", -1)),
    "second test inside the 19 days": (RUNNING, moved("pregnancy-test-2", "opens", -12)),
    "second test opens late": (RUNNING, moved("pregnancy-test-2", "opens", 1)),
    "window of eight days": (RUNNING, moved("pick-up-1", "closes", 1)),
    "window of six days": (RUNNING, moved("pick-up-1", "closes", -1)),
    "window opens after the sample": (RUNNING, moved("pick-up-1", "opens", 1)),
    "window without an end": (RUNNING, put("pick-up-2", closes=None)),
    "monthly test late": (RUNNING, moved("pregnancy-test-3", "opens", 2)),
    "monthly test early": (RUNNING, moved("pregnancy-test-3", "opens", -2)),
    "monthly test closes late": (RUNNING, moved("pregnancy-test-3", "closes", 3)),
    "a later month drifts": (RUNNING, moved("pregnancy-test-5", "opens", 1)),
    "visit of a later month drifts": (RUNNING, moved("visit-4", "closes", -1)),
    "questions open on the sample's day": (RUNNING, moved("questions-2", "opens", -1)),
    "laboratory a month late": (RUNNING, moved("labs", "opens", 30)),
    "final test a day early": (RUNNING, moved("final-test", "opens", -1)),
    "final test two days early": (RUNNING, moved("final-test", "closes", -2)),
    "free of contraception a day early": (RUNNING, moved("cleared", "opens", -1)),
    "last-day test after the end": (RUNNING, moved("last-day-test", "opens", 1)),
    "blood donation early": (RUNNING, moved("blood-donation", "opens", -10)),
    "procedures after five months": (RUNNING, moved("procedures", "opens", -30)),
    "no first test": (RUNNING, without("pregnancy-test-1")),
    "no second test": (RUNNING, without("pregnancy-test-2")),
    "no monthly test": (RUNNING, without("pregnancy-test-3")),
    "no test of a later month": (RUNNING, without("pregnancy-test-6")),
    "no pick-up": (RUNNING, without("pick-up-5")),
    "no questions": (RUNNING, without("questions-1")),
    "no final test": (RUNNING, without("final-test")),
    "no clearance": (RUNNING, without("cleared")),
    "no contraception": (RUNNING, without("contraception-start")),
    "a step twice": (RUNNING, twice("pregnancy-test-3")),
    "a step of nobody": (RUNNING, renamed("visit-3", "visit-of-honour")),
    "a rule of another step": (RUNNING, put("pick-up-2", rule="us-ipledge/final-test@1")),
    "a rule that is not in force": (RUNNING, put("final-test", rule="us-ipledge/final-test@2")),
    "a rule that nobody knows": (RUNNING, put("visit-2", rule="us-ipledge/invented@1")),
    "done with nothing shown": (RUNNING, put("pregnancy-test-3", state="done")),
    "done by what nobody showed": (
        RUNNING,
        put("pregnancy-test-3", state="done", evidence=date(2026, 12, 27)),
    ),
    "cleared by date alone": (RUNNING, put("cleared", state="done")),
    "cleared before the final test": (
        RUNNING,
        put("cleared", state="open", opens=date(2026, 12, 1)),
    ),
    "one test closes two steps": (
        RUNNING,
        put("pregnancy-test-3", state="done", evidence=date(2026, 11, 27)),
    ),
    "a patient's word closes a safety step": (
        RUNNING,
        instead("pregnancy-test", "2026-11-27", source="patient"),
    ),
    "an unclear test counts": (RUNNING, instead("pregnancy-test", "2026-11-27", result="unclear")),
    "a test at home counts before the start": (
        RUNNING,
        instead("pregnancy-test", "2026-11-27", place="home"),
    ),
    "what was shown is not seen": (
        RUNNING,
        put("pregnancy-test-2", state="overdue", evidence=None),
    ),
    "goes on after a positive test": (RUNNING, also("pregnancy-test", "2026-12-20", "positive")),
    "goes on after a reported pregnancy": (RUNNING, also("pregnancy-reported", "2026-12-20")),
    "frozen without a reason": (RUNNING, put("pregnancy-test-3", state="frozen")),
    "open before its time": (RUNNING, put("pregnancy-test-3", state="open")),
    "overdue before its time": (RUNNING, put("visit-2", state="overdue")),
    "missed while it is open": ("2026-12-28", put("pick-up-2", state="missed")),
    "given up after a missed window": ("2027-01-04", without("pick-up-2-again-1")),
    "collected in a shut window": ("2027-01-04", put("pick-up-2", state="open")),
    "asks to collect on hold": (RUNNING, known_as(on_hold=True)),
    "the window's nudge comes too late": ("2026-12-28", said("pick-up-2", "2027-01-09")),
    "asks for what is done": (RUNNING, said("pick-up-1", "2026-12-10")),
    "asks before it opens": (RUNNING, said("pick-up-2", "2026-12-24")),
    "asks about no step": (RUNNING, said("pick-up-9", "2026-12-25")),
    "a test said as a window": (RUNNING, said("pregnancy-test-3", "2026-12-27", "learning")),
    "the same twice": (RUNNING, said_twice),
    "counted from another first day": (RUNNING, known_as(planned_start=date(2026, 12, 8))),
    "counted from another last day": (RUNNING, known_as(last_capsule=date(2027, 4, 30))),
}


def known_until(today: str) -> list[Fact]:
    facts = begun()
    return facts if today == RUNNING else [*facts, *second_supply()]


@pytest.mark.parametrize("today", sorted({today for today, _ in FAULTS.values()}))
def test_what_is_right_is_found_right(today: str) -> None:
    known, steps, messages = look(known_until(today), today)
    assert messages
    assert verify(rules(US), known, steps, messages) == []


def test_there_are_at_least_fifty_faults() -> None:
    assert len(FAULTS) >= 50


@pytest.mark.parametrize("name", FAULTS)
def test_every_planted_fault_is_caught(name: str) -> None:
    today, break_it = FAULTS[name]
    known, steps, messages = look(known_until(today), today)
    broken = break_it(known, steps, messages)
    assert verify(rules(US), broken, steps, messages) != []


def _agree(programme_id: str, facts: Sequence[Fact], today: date, **who: Any) -> None:
    known = state(**who)
    found = timeline(
        facts, known, programme=programmes()[programme_id], today=today, closed_days=NEVER_CLOSED
    )
    after = instant(today, time(0), known.zone)
    planned = planned_messages(found, known.zone, after=after, until=after + timedelta(days=14))
    assert found.steps
    assert findings(found, facts, who=known, planned=planned) == []


@pytest.mark.parametrize("programme_id", sorted(programmes()))
@pytest.mark.parametrize("category", [CAN, CANNOT])
@pytest.mark.parametrize("last", [LAST, None])
def test_an_empty_course_agrees_on_every_day(
    programme_id: str, category: str, last: date | None
) -> None:
    facts = course(category, first=FIRST, last=last)
    for shift in range(-40, 200, 3):
        _agree(programme_id, facts, FIRST + timedelta(days=shift))


@pytest.mark.parametrize("sample", range(-8, 12))
def test_every_day_of_sample_and_pick_up_agrees(sample: int) -> None:
    """Late tests and missed windows: every sample day with every pick-up day, and none."""
    way = begun()[:8]
    for collected, after in product((None, *range(0, 10)), (0, 3, 7, 8, 20)):
        on = date(2026, 11, 28) + timedelta(days=sample)
        facts = [*way, shown("pregnancy-test", on)]
        if collected is not None:
            facts.append(shown("picked-up", on + timedelta(days=collected)))
        _agree(US, facts, on + timedelta(days=after))


@pytest.mark.parametrize("programme_id", sorted(programmes()))
def test_every_day_of_an_early_stop_agrees(programme_id: str) -> None:
    for stop in range(1, 140, 4):
        facts = [*begun(), *second_supply(), shown("picked-up", "2026-12-29")]
        facts.append(shown("last-capsule", FIRST + timedelta(days=stop)))
        for later in (0, 1, 30, 31, 90):
            _agree(programme_id, facts, FIRST + timedelta(days=stop + later))


@pytest.mark.parametrize("programme_id", sorted(programmes()))
def test_every_day_of_a_reported_pregnancy_agrees(programme_id: str) -> None:
    for told, later in product(range(-5, 120, 5), (0, 1, 40)):
        on = FIRST + timedelta(days=told)
        facts = [*begun(), *second_supply(), shown("pregnancy-reported", on, source="patient")]
        _agree(programme_id, facts, on + timedelta(days=later))


@pytest.mark.parametrize("hold", ["rf-vision", None])
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Pacific/Apia", "America/New_York"])
def test_holds_and_zones_agree(hold: str | None, zone: str) -> None:
    for shift in range(-10, 90, 2):
        _agree(US, begun(), FIRST + timedelta(days=shift), hold=hold, zone=zone)


def test_every_day_of_a_pause_agrees() -> None:
    """A pause changes nothing: contraception, tests and windows go on (product rule 12)."""
    for shift in range(0, 60, 3):
        on = FIRST + timedelta(days=shift)
        pause = fact(FactKind.PAUSE, {"kind": "all", "until": "2099-01-01T00:00:00+00:00"}, on)
        _agree(US, [*begun(), pause], on)


@pytest.mark.parametrize("programme_id", sorted(programmes()))
def test_every_day_of_a_category_that_ends_agrees(programme_id: str) -> None:
    for shift in range(-20, 0, 2):
        on = FIRST + timedelta(days=shift)
        change = fact(FactKind.CATEGORY, {"category": CANNOT}, on)
        facts = [*course(CAN, first=FIRST, last=LAST), change]
        _agree(programme_id, facts, on + timedelta(days=5))


def test_it_shares_no_code_with_what_plans() -> None:
    path = Path(verifier.__file__)
    text = path.read_text(encoding="utf-8")
    imported = {
        node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)
    }
    assert imported == {
        "collections.abc",
        "datetime",
        "typing",
        "bot.domain.verified_case",
    }
    assert len(text.splitlines()) <= 300
