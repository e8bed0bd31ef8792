"""Which answers make a case for the clinic, by which rule and on what evidence? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.domain.change import Detector, change_now
from bot.domain.history import MISSED, CourseHistory, PastCheckin
from bot.domain.questionnaire import AlertRule, Questionnaire, score

_STILL_NEW = timedelta(days=2)
"""A rule fires on what was told lately, not on what lies further back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One rule that fires."""

    rule: AlertRule
    questionnaire: str
    version: str
    evidence: str = field(repr=False)
    """Coded: days with their values, and what the rule asks for."""

    @property
    def category(self) -> str:
        """The category of its case: the same rule of two questionnaires is one."""
        return f"signal-{self.rule.id}"

    @property
    def quiet_for(self) -> timedelta:
        """For so long after a case of this rule it opens no other."""
        return timedelta(days=self.rule.quiet_days)


def signals(
    questionnaires: Sequence[Questionnaire],
    history: CourseHistory,
    *,
    detector: Detector,
    today: date,
) -> list[Signal]:
    """The rules that fire on `history` as it is now, each rule once, the strictest first."""
    found: dict[str, Signal] = {}
    for questionnaire in questionnaires:
        for rule in questionnaire.alerts:
            evidence = _evidence(rule, questionnaire, history, detector=detector, today=today)
            if evidence is not None and rule.id not in found:
                found[rule.id] = Signal(
                    rule=rule,
                    questionnaire=questionnaire.id,
                    version=questionnaire.version,
                    evidence=evidence,
                )
    return [one for one in found.values() if not _is_covered(one, found.values())]


def _is_covered(one: Signal, others: Iterable[Signal]) -> bool:
    """Whether a stricter rule on the same questions fires too: PHQ-2 of 5 is also one of 3."""
    mine = one.rule.at_least
    return mine is not None and any(
        other.rule.questions == one.rule.questions
        and other.rule.at_least is not None
        and other.rule.at_least > mine
        for other in others
    )


def _evidence(
    rule: AlertRule,
    questionnaire: Questionnaire,
    history: CourseHistory,
    *,
    detector: Detector,
    today: date,
) -> str | None:
    if rule.missed_doses is not None:
        return _missed(rule, history, today)
    if rule.worse_than_baseline:
        return _worse(rule, history, detector, today)
    if rule.is_one_of:
        return _chosen(rule, history.asked(questionnaire.id), today)
    return _high(rule, questionnaire.id, history.checkins, today)


def _missed(rule: AlertRule, history: CourseHistory, today: date) -> str | None:
    since = today - timedelta(days=rule.within_days)
    missed = [one for one in history.doses if one.word in MISSED and one.day > since]
    if rule.missed_doses is None or len(missed) < rule.missed_doses:
        return None
    days = ", ".join(f"{one.day.isoformat()} {one.word.value}" for one in missed)
    return f"doses: {days} ({rule.missed_doses} missed in {rule.within_days} days)"


def _high(
    rule: AlertRule, questionnaire: str, checkins: Sequence[PastCheckin], today: date
) -> str | None:
    """Across questionnaires, as the last daily answer goes before the first weekly one."""
    if rule.at_least is None:
        return None
    told: list[tuple[date, int]] = []
    for one in reversed(checkins):
        total = score(rule.questions, one.answers)
        if total is None:
            continue
        if not told and one.questionnaire != questionnaire:
            return None
        told.insert(0, (one.day, total))
        if len(told) == rule.times:
            break
    is_high = len(told) == rule.times and all(total >= rule.at_least for _, total in told)
    if not is_high or today - told[-1][0] > _STILL_NEW:
        return None
    values = ", ".join(f"{day.isoformat()} {total}" for day, total in told)
    return f"{'+'.join(rule.questions)}: {values} ({rule.at_least} or more, {rule.times} times)"


def _chosen(rule: AlertRule, checkins: Sequence[PastCheckin], today: date) -> str | None:
    told = [one for one in checkins if one.answers]
    if not told or today - told[-1].day > _STILL_NEW:
        return None
    for question in rule.questions:
        value = told[-1].answers.get(question)
        if value in rule.is_one_of:
            return f"{question}: {told[-1].day.isoformat()} {value}"
    return None


def _worse(rule: AlertRule, history: CourseHistory, detector: Detector, today: date) -> str | None:
    (question,) = rule.questions
    series = history.series(question)
    days = [(day.toordinal(), float(value)) for day, value in series]
    change = change_now(days, detector, question=question)
    if change is None or today - series[-1][0] > _STILL_NEW:
        return None
    return (
        f"{question}: {change.now:.1f} over {change.answers} answers until"
        f" {series[-1][0].isoformat()} (usual {change.usual:.1f})"
    )
