"""What follows when a patient reports what happened: started, tested, picked up, running out?

What a patient reports stops nagging and never closes a safety step (product rule 16); what cannot
wait becomes somebody's work on the same day.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.conversation import Asking
from bot.domain.course_turn import CourseTurn
from bot.domain.effect import Effect, Option, RaiseAlert, RecordFact, Replan, Say
from bot.domain.escalation import Urgency
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.inbound import InboundKind
from bot.domain.notice_options import CAPSULES_HERE, NO_PICKUP, PICKED_UP, STARTED
from bot.domain.patient import FactKind
from bot.domain.regimen import regimen_fact, starts_on
from bot.domain.safety import certain
from bot.domain.said_day import MONTHS, WEEKDAYS, day_said
from bot.domain.schedule import instant
from bot.domain.turn import Turn

_LONGEST = 8
"""Words of a report; a longer text is about more than that."""
_RESULTS = ("negative", "positive", "unclear")
_PLACES = ("home", "laboratory", "clinic")
_DAYS = ("today", "yesterday", "day-before-yesterday", *WEEKDAYS, *MONTHS)
_PREGNANT = "rf-pregnant"
_CANNOT = "cannot-become-pregnant"


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for a patient's own report about the course, or None."""
    if turn.patient is None or turn.course is None:
        return None
    action = turn.action or ""
    if action.startswith("report:"):
        return _reported(turn, turn.course, action.removeprefix("report:"), turn.course.today)
    if turn.inbound.kind is not InboundKind.TEXT or turn.inbound.text.rstrip().endswith("?"):
        return None
    return (
        _said(turn, turn.course)
        or _capsules_left(turn, turn.course)
        or _test(turn, turn.course)
        or None
    )


def _said(turn: Turn, course: CourseTurn) -> Sequence[Effect] | None:
    for what in (CAPSULES_HERE, STARTED, PICKED_UP):
        rest = _rest(turn, what)
        if rest is None:
            continue
        day = day_said(rest, turn.words, course.today) if rest else course.today
        count = _count(rest, turn) if what == PICKED_UP else None
        if day is not None or count is not None:
            return _reported(turn, course, what, day or course.today, count=count)
    for what in NO_PICKUP:
        if turn.says(what):
            return _reported(turn, course, what, course.today)
    return None


def _reported(
    turn: Turn, course: CourseTurn, what: str, day: date, *, count: int | None = None
) -> Sequence[Effect] | None:
    if what == STARTED:
        return _started(course, day)
    if what == CAPSULES_HERE:
        return _new_capsules(turn, course)
    if what == PICKED_UP:
        details = {"capsules": str(count)} if count is not None else {}
        return [
            _evidence(EvidenceName.PICKED_UP, day, details),
            Say(
                template="picked-up-noted",
                variables={"day": day.isoformat()},
                edits_pressed=True,
            ),
            Replan(),
        ]
    if what in NO_PICKUP:
        said = Say(template="pickup-trouble", edits_pressed=True)
        return [said, _today(turn, course, f"pickup-{what}", course.days_left)]
    return None


def _started(course: CourseTurn, day: date) -> Sequence[Effect]:
    tips = Option(label="topic:starting-tips", action="topic:starting-tips")
    effects: list[Effect] = [
        _evidence(EvidenceName.FIRST_CAPSULE, day),
        Say(template="day-one", options=((tips,),), edits_pressed=True),
    ]
    planned = {step.regimen.first_day for step in course.regimen.steps}
    if day not in planned:
        case = RaiseAlert(
            category="first-day-differs",
            urgency=Urgency.TASK,
            note=f"started:{day.isoformat()}",
            due_by=course.looked_at_by,
            once=True,
        )
        effects.append(case)
    return [*effects, Replan()]


def _new_capsules(turn: Turn, course: CourseTurn) -> Sequence[Effect]:
    """The waiting dose begins; without one, or before staff have told of it, staff are asked."""
    assert turn.patient is not None
    told = [step for step in course.regimen.waiting if step.was_told]
    if not told:
        case = RaiseAlert(
            category="new-capsules-unknown",
            urgency=Urgency.TASK,
            evidence=turn.inbound.text,
            due_by=course.looked_at_by,
            once=True,
        )
        return [Say(template="new-capsules-none", edits_pressed=True), case]
    effects: list[Effect] = []
    begins = course.today
    for step in told:
        begins = starts_on(step, turn.now, turn.patient.zone)
        here = replace(step.regimen, from_day=begins)
        value = regimen_fact(replace(step, regimen=here, awaits_capsules=False))
        effects.append(RecordFact(kind=FactKind.REGIMEN, value=value))
    said = Say(
        template="new-capsules-noted",
        variables={"day": begins.isoformat()},
        edits_pressed=True,
    )
    return [*effects, said, Replan()]


def _capsules_left(turn: Turn, course: CourseTurn) -> Sequence[Effect] | None:
    """ "Only 3 capsules left": kept, and with few of them a task of the same day."""
    number = 0 if turn.says("no-capsules") else _left_in(turn)
    if number is None:
        return None
    kept = RecordFact(
        kind=FactKind.CAPSULES_LEFT,
        value={"on": course.today.isoformat(), "capsules": str(number)},
    )
    regimen = course.regimen.on(course.today)
    a_day = sum(len(slot.capsules) or 1 for slot in regimen.slots) if regimen is not None else 1
    days = number // a_day * (regimen.every_days if regimen is not None else 1)
    if days > course.few_capsules and number > course.few_capsules:
        return [kept, Say(template="capsules-noted", variables={"number": number})]
    return [
        kept,
        Say(template="capsules-few", variables={"number": number}),
        _today(turn, course, "capsules-few", days),
    ]


def _left_in(turn: Turn) -> int | None:
    """How many capsules a short text says are left."""
    plain = _digits(turn.said)
    if len(plain.split()) > _LONGEST or not (_has(turn, plain, "capsules")):
        return None
    if not _has(turn, plain, "left"):
        return None
    numbers = [turn.words.number(word) for word in plain.split()]
    found = [number for number in numbers if number is not None]
    return found[0] if len(found) == 1 else None


def _test(turn: Turn, course: CourseTurn) -> Sequence[Effect] | None:
    """A pregnancy test's result, in a short text that speaks of nothing else."""
    assert turn.patient is not None
    found = _result(turn)
    if found is None or turn.patient.category == _CANNOT:
        return None
    if turn.asked(Asking.CHECKIN) is not None and not _has(turn, turn.said, "test"):
        return None  # "negative" to "anything else?" speaks of no test
    result, place = found
    day = day_said(turn.said, turn.words, course.today) or course.today
    details = {"result": result, **({"place": place} if place else {})}
    tested = _evidence(EvidenceName.PREGNANCY_TEST, day, details)
    when = {"day": day.isoformat()}
    if result == "positive":
        reported = _evidence(EvidenceName.PREGNANCY_REPORTED, day)
        return [tested, reported, *certain(turn, _PREGNANT, turn.inbound.text), Replan()]
    if result == "negative":
        return [tested, Say(template="test-negative-noted", variables=when), Replan()]
    case = RaiseAlert(
        category="test-unclear",
        urgency=Urgency.SAME_DAY,
        evidence=turn.inbound.text,
        note="patient-reported",
        once=True,
    )
    return [tested, Say(template="test-unclear-noted", variables=when), case, Replan()]


def _result(turn: Turn) -> tuple[str, str | None] | None:
    """Result and place; None unless every word belongs to such a report."""
    plain = _digits(turn.said)
    if len(plain.split()) > _LONGEST:
        return None
    results = [result for result in _RESULTS if _has(turn, plain, result)]
    if len(results) != 1:
        return None
    place = next((p for p in _PLACES if _has(turn, plain, f"place-{p}")), None)
    meanings = (results[0], "test", "test-talk", *(f"place-{p}" for p in _PLACES), *_DAYS)
    left = plain
    words = {word for meaning in meanings for word in turn.words.words(meaning)}
    for word in sorted(words, key=len, reverse=True):
        left = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", left)
    return None if re.search(r"[^\W\d]", left) else (results[0], place)


def _rest(turn: Turn, meaning: str) -> str | None:
    """What follows a report: nothing, a day, a count; None when the text is no such report."""
    said = turn.said
    for word in sorted(turn.words.words(meaning), key=len, reverse=True):
        if said == word:
            return ""
        if said.startswith(f"{word} "):
            rest = said.removeprefix(word).strip()
            is_short = len(rest.split()) <= 2 or any(c.isdecimal() for c in rest)
            return rest if is_short and len(rest.split()) <= 4 else None
    return None


def _count(rest: str, turn: Turn) -> int | None:
    """The number of capsules behind a report: "30", "30 capsules"."""
    words = _digits(rest).split()
    if not words or not words[0].isdecimal() or len(words) > 2:
        return None
    is_count = len(words) == 1 or words[1] in turn.words.words("capsules")
    return int(words[0]) if is_count and 0 < int(words[0]) <= 400 else None


def _today(turn: Turn, course: CourseTurn, category: str, days: int | None) -> RaiseAlert:
    """A task of the same day; the list shows those first who run out first."""
    assert turn.patient is not None
    if days is None:
        ends: datetime = turn.now + timedelta(days=1)
    else:
        last = course.today + timedelta(days=days)
        ends = max(instant(last, time(23, 59), turn.patient.zone), turn.now).astimezone(UTC)
    return RaiseAlert(
        category=category,
        urgency=Urgency.TASK,
        evidence=turn.inbound.text,
        note="same-day" if days is None else f"same-day: {days} days left",
        due_by=ends,
        once=True,
    )


def _evidence(name: EvidenceName, day: date, details: dict[str, str] | None = None) -> RecordFact:
    value = evidence_fact(name, day, EvidenceSource.PATIENT, details)
    return RecordFact(kind=FactKind.EVIDENCE, value=value)


def _has(turn: Turn, plain: str, meaning: str) -> bool:
    return any(
        re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain) for word in turn.words.words(meaning)
    )


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)
