"""On which days of a course is which questionnaire asked? Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.domain.history import MISSED, CourseHistory, PastCheckin
from bot.domain.questionnaire import Anchor, Cadence, Phase, QuestionKind, Questionnaire, Taper


def asked_on(
    day: date,
    questionnaires: Sequence[Questionnaire],
    history: CourseHistory,
    *,
    first_day: date,
    last_day: date | None,
) -> list[Questionnaire]:
    """The questionnaires to ask on `day`, at most one for each hour.

    `history` is what is known when planning; days ahead are planned as if nothing were to change,
    and planned anew as soon as something does.
    """
    anchors = {Anchor.FIRST_DAY: first_day, Anchor.LAST_DAY: last_day}
    due = [one for one in questionnaires if _is_due(day, one, history, anchors)]
    best = {
        hour: max((q for q in due if q.cadence.at == hour), key=lambda q: (q.cadence.rank, q.id))
        for hour in {one.cadence.at for one in due}
    }
    return [one for one in due if best[one.cadence.at] is one]


def is_stable(questionnaire: Questionnaire, history: CourseHistory) -> bool:
    """Whether the last check-ins were all answered, all good and all alike."""
    taper = questionnaire.cadence.taper
    if taper is None:
        return False
    past = history.asked(questionnaire.id)[-taper.after_checkins :]
    scales = [q.id for q in questionnaire.questions if q.kind is QuestionKind.SCALE]
    return (
        len(past) == taper.after_checkins
        and all(one.answers for one in past)
        and not any(dose.word in MISSED and dose.day >= past[0].day for dose in history.doses)
        and all(_is_level([one.answers for one in past], scale, taper) for scale in scales)
    )


def _is_due(
    day: date,
    questionnaire: Questionnaire,
    history: CourseHistory,
    anchors: Mapping[Anchor, date | None],
) -> bool:
    cadence = questionnaire.cadence
    anchor, last_day = anchors[cadence.anchor], anchors[Anchor.LAST_DAY]
    if anchor is None or day < anchor:
        return False
    if cadence.anchor is Anchor.FIRST_DAY and last_day is not None and day > last_day:
        return False
    if _is_asked_again(day, questionnaire, history, anchor) or _returns(day, cadence, history):
        return True
    phase = _phase(day, cadence, anchor)
    if phase is None:
        return False
    every = phase.every_days
    if cadence.taper is not None and is_stable(questionnaire, history):
        every = max(every, cadence.taper.every_days)
    return (_number(day, anchor) - phase.first_day) % every == 0


def _phase(day: date, cadence: Cadence, anchor: date) -> Phase | None:
    number = _number(day, anchor)
    return next(
        (
            phase
            for phase in cadence.phases
            if phase.first_day <= number and (phase.last_day is None or number <= phase.last_day)
        ),
        None,
    )


def _number(day: date, anchor: date) -> int:
    """1 on the anchor itself."""
    return (day - anchor).days + 1


def _is_asked_again(
    day: date, questionnaire: Questionnaire, history: CourseHistory, anchor: date
) -> bool:
    """Once, some days after a regular one that stayed without an answer."""
    after = questionnaire.cadence.asks_again_after_days
    past = [one for one in history.asked(questionnaire.id) if one.day < day]
    if after is None or not past or past[-1].answers:
        return False
    is_regular = _is_regular(past[-1], questionnaire.cadence, anchor)
    return is_regular and past[-1].day + timedelta(days=after) == day


def _is_regular(checkin: PastCheckin, cadence: Cadence, anchor: date) -> bool:
    phase = _phase(checkin.day, cadence, anchor)
    if phase is None:
        return False
    return (_number(checkin.day, anchor) - phase.first_day) % phase.every_days == 0


def _returns(day: date, cadence: Cadence, history: CourseHistory) -> bool:
    """While doses were missed lately, for some days after the last of them."""
    rule = cadence.returns
    if rule is None:
        return False
    missed = sorted({dose.day for dose in history.doses if dose.word in MISSED})
    for last in range(rule.missed_doses - 1, len(missed)):
        is_close = (missed[last] - missed[last - rule.missed_doses + 1]).days < rule.within_days
        ahead = (day - missed[last]).days
        if is_close and 0 < ahead <= rule.for_days:
            return True
    return False


def _is_level(answers: Sequence[Mapping[str, str]], scale: str, taper: Taper) -> bool:
    values = [int(value) for one in answers if (value := one.get(scale, "")).isdecimal()]
    if not values:
        return True
    return max(values) <= taper.at_most and max(values) - min(values) <= taper.spread
