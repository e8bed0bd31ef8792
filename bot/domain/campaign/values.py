"""What do a patient's facts and answers say to an audience rule, at one instant? Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.audience import Value, Values
from bot.domain.evidence import Evidence, EvidenceName, evidence_at
from bot.domain.identity import Channel, Region
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import ADULT_AGE_YEARS, Fact, FactKind, PatientState, age_in_years
from bot.domain.regimen import course_regimen

_ADHERENCE = timedelta(days=14)
_MISSED = timedelta(days=7)
_TAKEN = frozenset({OccurrenceState.TAKEN})
_ANSWERS = {"last-breakouts": "breakouts", "last-dryness": "dryness", "last-mood": "mood"}
FROM_HISTORY = frozenset(
    {
        *("adherence", "answered-doses", "missed-doses", "open-alert", "days-since-answer"),
        *_ANSWERS,
    }
)
"""Fields that come from what happened lately, not from facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened lately, as far as rules may ask for it."""

    doses: Sequence[Occurrence] = ()
    """Dose reminders of the last two weeks."""
    has_open_case: bool = False
    last_word_at: datetime | None = None
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The latest coded answer of each check-in question."""


class FactReading:
    """What the same facts say at one instant after another; each thing is looked up once."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        """Of one patient."""
        self._facts = facts
        self._recorded = sorted(f.recorded_at for f in facts if f.kind is FactKind.EVIDENCE)
        self._shown: dict[int, Sequence[Evidence]] = {}
        self._days: dict[ZoneInfo, tuple[date | None, date | None]] = {}

    def shown(self, at: datetime) -> Sequence[Evidence]:
        """`evidence_at`: changes only when something more was recorded."""
        known = bisect_right(self._recorded, at)
        if known not in self._shown:
            self._shown[known] = evidence_at(self._facts, at=at)
        return self._shown[known]

    def planned_days(self, zone: ZoneInfo) -> tuple[date | None, date | None]:
        """First and last day of capsules by the regimen."""
        if zone not in self._days:
            self._days[zone] = course_regimen(self._facts, zone=zone).planned_days
        return self._days[zone]


def audience_values(
    reading: FactReading,
    state: PatientState,
    *,
    now: datetime,
    channel: Channel | None,
    region: Region,
    history: History,
) -> Values:
    """Every field that a rule may ask for; None where nothing is known."""
    today = now.astimezone(state.zone).date()
    shown = reading.shown(now)
    first, last = _course(reading, shown, state.zone)
    age = age_in_years(state.patient.born_on, today)
    day = (today - first).days + 1 if first is not None and today >= first else None
    is_over = last is not None and today > last
    values: dict[str, Value | None] = {
        "category": state.category,
        "programme": state.programme,
        "language": state.language,
        "channel": channel.value if channel is not None else None,
        "region": region.value,
        "stage": "after" if is_over else "before" if day is None else "during",
        "day": day,
        "week": (day - 1) // 7 + 1 if day is not None else None,
        "days-to-end": _days(today, last),
        "days-after-end": _days(last, today) if is_over else None,
        "age": age,
        "minor": _yes(age < ADULT_AGE_YEARS),
        "open-alert": _yes(history.has_open_case),
        "hold": _yes(state.hold is not None),
        "stopped-taking": _yes(state.dosing_stopped),
        "days-since-answer": _days_since(history.last_word_at, today, state.zone),
        "days-since-lab": _since(shown, EvidenceName.LAB_RESULT, today),
        "days-since-test": _since(shown, EvidenceName.PREGNANCY_TEST, today),
        "days-since-pick-up": _since(shown, EvidenceName.PICKED_UP, today),
    }
    return {**values, **_doses(history.doses, now), **_answers(history.answers)}


def _course(
    reading: FactReading, shown: Sequence[Evidence], zone: ZoneInfo
) -> tuple[date | None, date | None]:
    """First and last day of capsules: as shown, or else as the regimen says."""
    planned_first, planned_last = reading.planned_days(zone)
    firsts = [one.on for one in shown if one.name is EvidenceName.FIRST_CAPSULE]
    lasts = [one.on for one in shown if one.name is EvidenceName.LAST_CAPSULE]
    return min(firsts, default=planned_first), max(lasts, default=planned_last)


def _doses(doses: Sequence[Occurrence], now: datetime) -> dict[str, Value | None]:
    lately = [dose for dose in doses if now - _ADHERENCE < dose.due_at <= now]
    taken = sum(dose.state in _TAKEN for dose in lately)
    answered = sum(dose.state in _TAKEN or _is_said_not_taken(dose) for dose in lately)
    missed = sum(
        dose.state is OccurrenceState.MISSED or _is_said_not_taken(dose)
        for dose in lately
        if dose.due_at > now - _MISSED
    )
    return {
        "answered-doses": answered,
        "adherence": round(100 * taken / answered) if answered else None,
        "missed-doses": missed,
    }


def _is_said_not_taken(dose: Occurrence) -> bool:
    return dose.state is OccurrenceState.SKIPPED and dose.reason == "patient"


def _answers(answers: Mapping[str, str]) -> dict[str, Value | None]:
    found = {name: answers.get(question) for name, question in _ANSWERS.items()}
    return {
        name: int(value) if value is not None and value.isdecimal() else None
        for name, value in found.items()
    }


def _since(shown: Sequence[Evidence], name: EvidenceName, today: date) -> int | None:
    days = [one.on for one in shown if one.name is name and one.on <= today]
    return (today - max(days)).days if days else None


def _days(start: date | None, end: date | None) -> int | None:
    return max((end - start).days, 0) if start is not None and end is not None else None


def _days_since(then: datetime | None, today: date, zone: ZoneInfo) -> int | None:
    return _days(then.astimezone(zone).date(), today) if then is not None else None


def _yes(answer: bool) -> str:  # noqa: FBT001  # one plain question
    return "yes" if answer else "no"
