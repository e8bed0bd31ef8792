"""On which days of a course is which questionnaire asked? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.domain.history import MISSED, CourseHistory, PastCheckin
from bot.domain.questionnaire import Anchor, Cadence, Phase, QuestionKind, Questionnaire, Taper


class Asking:
    """What is asked on each day of a course, by what is known when planning.

    Days ahead are planned as if nothing were to change, and planned anew as soon as something
    does; so all that depends on the past is looked at once.
    """

    def __init__(
        self,
        questionnaires: Sequence[Questionnaire],
        history: CourseHistory,
        *,
        first_day: date,
        last_day: date | None,
    ) -> None:
        """`history` is what is known when planning; the days are those of the capsules."""
        missed = sorted({dose.day for dose in history.doses if dose.word in MISSED})
        self._last_day = last_day
        anchors = {Anchor.FIRST_DAY: first_day, Anchor.LAST_DAY: last_day}
        self._known = [
            _Known(
                questionnaire=one,
                anchor=anchor,
                past=history.asked(one.id),
                missed=missed if one.cadence.returns is not None else (),
                is_stable=is_stable(one, history),
            )
            for one in questionnaires
            if (anchor := anchors[one.cadence.anchor]) is not None
        ]

    def on(self, day: date) -> list[Questionnaire]:
        """The questionnaires to ask on `day`, at most one for each hour."""
        due = [one.questionnaire for one in self._known if one.is_due(day, self._last_day)]
        best: dict[time | None, Questionnaire] = {}
        for one in due:
            other = best.get(one.cadence.at)
            if other is None or (one.cadence.rank, one.id) > (other.cadence.rank, other.id):
                best[one.cadence.at] = one
        return [one for one in due if best[one.cadence.at] is one]


def asked_on(
    day: date,
    questionnaires: Sequence[Questionnaire],
    history: CourseHistory,
    *,
    first_day: date,
    last_day: date | None,
) -> list[Questionnaire]:
    """The questionnaires to ask on one day, at most one for each hour."""
    return Asking(questionnaires, history, first_day=first_day, last_day=last_day).on(day)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A questionnaire of one course, with what its own past says."""

    questionnaire: Questionnaire
    anchor: date
    past: Sequence[PastCheckin]
    missed: Sequence[date]
    """Days of missed doses, in order; none where nothing depends on them."""
    is_stable: bool

    def is_due(self, day: date, last_day: date | None) -> bool:
        """Whether it is asked on `day` of a course whose last one is `last_day`."""
        cadence = self.questionnaire.cadence
        if day < self.anchor:
            return False
        if cadence.anchor is Anchor.FIRST_DAY and last_day is not None and day > last_day:
            return False
        if self._is_asked_again(day) or _returns(day, cadence, self.missed):
            return True
        phase = _phase(day, cadence, self.anchor)
        if phase is None:
            return False
        every = phase.every_days
        if cadence.taper is not None and self.is_stable:
            every = max(every, cadence.taper.every_days)
        return (_number(day, self.anchor) - phase.first_day) % every == 0

    def _is_asked_again(self, day: date) -> bool:
        """Once, some days after a regular one that stayed without an answer."""
        after = self.questionnaire.cadence.asks_again_after_days
        if after is None or not self.past:
            return False
        last = next((one for one in reversed(self.past) if one.day < day), None)
        if last is None or last.answers:
            return False
        is_regular = _is_regular(last, self.questionnaire.cadence, self.anchor)
        return is_regular and last.day + timedelta(days=after) == day


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


def _is_regular(checkin: PastCheckin, cadence: Cadence, anchor: date) -> bool:
    phase = _phase(checkin.day, cadence, anchor)
    if phase is None:
        return False
    return (_number(checkin.day, anchor) - phase.first_day) % phase.every_days == 0


def _returns(day: date, cadence: Cadence, missed: Sequence[date]) -> bool:
    """While doses were missed lately, for some days after the last of them."""
    rule = cadence.returns
    if rule is None:
        return False
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
