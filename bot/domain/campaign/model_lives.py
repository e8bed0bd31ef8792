"""Who lives through a campaign in the model, and what would each of them get? Pure.

Everything goes through the planner's source and the decision that send, planned anew whenever
something is recorded, as the running house does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise, product

from bot.domain.audience import Values
from bot.domain.audience.possible import assignments, candidates
from bot.domain.audience.rule import may_fit
from bot.domain.campaign.definition import AtOnce, Campaign, OnDate, OnEvent, Step
from bot.domain.campaign.definition import RelativeToStep as AroundStep
from bot.domain.campaign.planning import broadcast_occurrence, event_occurrence
from bot.domain.campaign.preview import Person, Previewed, preview
from bot.domain.campaign.programme_steps import ProgrammeSteps
from bot.domain.campaign.values import FROM_HISTORY
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.identity import Channel, ClinicId, PatientId, Region
from bot.domain.patient import (
    Clinic,
    Fact,
    FactKind,
    FactValue,
    Patient,
    PatientStatus,
    state_at,
)
from bot.domain.plan import PlannedOccurrence
from bot.domain.programme_reminders import ProgrammeShelf
from bot.domain.safety import SILENT_AFTER_PREGNANCY
from bot.domain.simulated_clinic import entry_today
from bot.domain.timeline import timeline

_USUAL_START = date(2026, 6, 1)
_BEFORE = timedelta(days=42)
_COURSE = timedelta(days=168)
"""Twenty-four weeks: a usual course. Source: clinical facts, course-length."""
_AFTER = timedelta(days=190)
_SUPPLY = timedelta(days=30)
_A_DAY = timedelta(days=1)
_JOINS = time(15)
_NOON = time(12)
_NIGHT = time(4, 30)
"""Half past midnight in New York: what follows at once must wait for the morning."""
_CLINIC_ENTERS = time(21)
_ENTRIES_A_DAY = 8
_SLOW = timedelta(days=4)
_ASSUMED_AT_MOST = 12
_STARTS_AT_MOST = 12
_NOT_FROM_FACTS = FROM_HISTORY | {"age", "minor", "region"}
"""What the model takes for granted, in every way that matters, instead of living through it."""
_CLINIC = Clinic(
    id=ClinicId("model"),
    name="Model clinic",
    phone="+15550100",
    region=Region.UNKNOWN,
    zone="America/New_York",
    staffed_hours="Monday to Friday 9:00-17:00",
    out_of_hours_cover=False,
)


class Happening(StrEnum):
    """What can happen to a patient on a day."""

    OPTS_OUT = "opts out"
    REPORTS_PREGNANCY = "reports a pregnancy"
    GOES_ON_HOLD = "is put on hold"
    STOPS_TAKING = "says that they stopped"
    PAUSES_ALL = "pauses everything"
    SPEAKS_SPANISH = "changes to Spanish"
    CATEGORY_CHANGES = "gets the other pregnancy category"
    GOES_EAST = "travels twelve hours east"


Events = tuple[tuple[int, Happening], ...]
"""Day of the course (the first capsule is day 1) and what happens on it, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of patient."""

    category: str
    language: str
    channel: Channel
    programme: str
    has_labs: bool
    """Whether blood and pregnancy tests are recorded month by month, and steps without delay."""
    first_day: date
    assumed: Values = field(default_factory=dict)

    @property
    def words(self) -> str:
        """For the story."""
        taken = [f"{name} {value}" for name, value in self.assumed.items() if value is not None]
        about = [f"category {self.category}", self.programme, *taken]
        where = f"A patient on {self.channel.value} in {self.language}"
        return f"{where}, " + ", ".join(one for one in about if one != "none")

    @property
    def looks(self) -> tuple[str, str, str, str]:
        """What tells patients apart for whom the same message can differ."""
        return self.programme, self.language, self.channel.value, self.category

    def day_of(self, at: datetime) -> int:
        """Day of the course; there is no day 0 in words, but in counting."""
        return (at.date() - self.first_day).days + 1


class Lives:
    """Lives of all kinds of people under one campaign."""

    def __init__(self, campaign: Campaign, shelf: ProgrammeShelf | None) -> None:
        """Programmes and closed days come from `shelf`; None: the campaign asks for none."""
        self._campaign = campaign
        self._shelf = shelf
        self._steps = ProgrammeSteps(shelf) if shelf is not None else None
        self.follows_programme = any(isinstance(s.trigger, AroundStep) for s in campaign.steps)
        self._entered: dict[tuple[str, str, date, bool], Sequence[Fact]] = {}

    def kinds(self, languages: Sequence[str], programmes: Sequence[str]) -> Iterator[Kind]:
        """Everybody who could be treated differently, the most usual first."""
        campaign = self._campaign
        rules = (campaign.audience, *(step.until for step in campaign.steps if step.until))
        taken = [
            values
            for values in assignments(rules, _NOT_FROM_FACTS, most=_ASSUMED_AT_MOST**2)
            if may_fit(campaign.audience, values)
        ][:_ASSUMED_AT_MOST]
        categories = ("can-become-pregnant", "cannot-become-pregnant", "not-set")
        for start, has_labs, assumed in product(_starts(campaign), (False, True), taken or [{}]):
            looks = product(programmes, languages, (Channel.TELEGRAM, Channel.SMS), categories)
            for programme, language, channel, category in looks:
                yield Kind(
                    category=category,
                    language=language,
                    channel=channel,
                    programme=programme,
                    has_labs=has_labs,
                    first_day=start,
                    assumed=assumed,
                )

    def live(self, kind: Kind, events: Events) -> tuple[Person, list[Previewed]]:
        """One person with everything that they would get."""
        person = self._person(kind, events)
        enrolled = _at(kind.first_day - _BEFORE, _JOINS)
        ends = enrolled + _BEFORE + _COURSE + _AFTER
        recorded = {one.recorded_at for one in person.facts if enrolled < one.recorded_at < ends}
        answers = list(self._answers(person, kind))
        found: list[Previewed] = []
        for start, end in pairwise((enrolled, *sorted(recorded), ends)):
            due = [one for one in answers if start < one.due <= end]
            found += preview(
                self._campaign, person, after=start, until=end, step_days=self._steps, also=due
            )
        return person, found

    def _person(self, kind: Kind, events: Events) -> Person:
        joined = _at(kind.first_day - _BEFORE, _JOINS)
        facts = [_fact(name, value, joined) for name, value in _first(kind)]
        facts += self._course(kind, facts)
        opted_out_at: datetime | None = None
        for day, happening in events:
            at = _at(kind.first_day + (day - 1) * _A_DAY, _NOON)
            if happening is Happening.OPTS_OUT:
                opted_out_at = at
            facts += [_fact(name, value, at) for name, value in _made(happening, kind, at)]
        return Person(
            patient=_patient(kind),
            clinic=_CLINIC,
            facts=facts,
            channel=kind.channel,
            assumed=kind.assumed,
            opted_out_at=opted_out_at,
        )

    def _course(self, kind: Kind, facts: Sequence[Fact]) -> Sequence[Fact]:
        if not self.follows_programme or self._shelf is None:
            return _monthly(kind)
        key = (kind.programme, kind.category, kind.first_day, kind.has_labs)
        if key not in self._entered:
            self._entered[key] = _by_programme(kind, facts, self._shelf)
        return self._entered[key]

    def _answers(self, person: Person, kind: Kind) -> Iterator[PlannedOccurrence]:
        """What the campaign plans when something happens, by day and by night."""
        events = list(
            dict.fromkeys(
                step.trigger.event
                for step in self._campaign.steps
                if isinstance(step.trigger, OnEvent)
            )
        )
        for step in self._campaign.steps:
            trigger = step.trigger
            if isinstance(trigger, OnEvent | AtOnce):
                # Different events fall on different days: only those of one event can crowd.
                shift = events.index(trigger.event) * 5 if isinstance(trigger, OnEvent) else 0
                for number, day in enumerate((4, 40, -3, _COURSE.days + 10)):
                    at = _at(
                        kind.first_day + (day + shift - 1) * _A_DAY,
                        _NIGHT if number == 1 and isinstance(trigger, OnEvent) else _NOON,
                    )
                    planned = _answer(self._campaign, step, person, at)
                    if planned is not None:
                        yield planned


def _answer(
    campaign: Campaign, step: Step, person: Person, at: datetime
) -> PlannedOccurrence | None:
    state = state_at(person.patient, person.facts, at=at, clinic=person.clinic)
    if isinstance(step.trigger, AtOnce):
        return broadcast_occurrence(campaign, step, state, now=at)
    return event_occurrence(campaign, step, state, happened_at=at, key=at.isoformat())


def _starts(campaign: Campaign) -> list[date]:
    """First days of courses that put the campaign's own days before, into and behind them."""
    fixed = [step.trigger.day for step in campaign.steps if isinstance(step.trigger, OnDate)]
    fixed += [day for day in (campaign.starts_on, campaign.ends_on) if day is not None]
    if not fixed:
        return [_USUAL_START]
    day = min(fixed)
    asked = candidates(campaign.audience)
    weeks = [7 * int(week) - 4 for week in asked.get("week", ()) if week]
    days = [int(one) for one in asked.get("day", ()) if one]
    near = [one for one in (*weeks, *days) if one <= _COURSE.days][:_STARTS_AT_MOST]
    back = dict.fromkeys((30, 100, -10, _COURSE.days + 20, *near))
    return [day - timedelta(days=one) for one in back]


def _patient(kind: Kind) -> Patient:
    return Patient(
        id=PatientId(f"model-{kind.category}"),
        clinic_id=_CLINIC.id,
        name="Model Patient",
        born_on=date(1998, 3, 2),
        status=PatientStatus.ACTIVE,
    )


def _first(kind: Kind) -> list[tuple[FactKind, FactValue]]:
    return [
        (FactKind.CATEGORY, {"category": kind.category}),
        (FactKind.PROGRAMME, {"programme": kind.programme}),
        (FactKind.LANGUAGE, {"language": kind.language}),
        (FactKind.ZONE, {"zone": _CLINIC.zone}),
        (FactKind.CONSENT, {"given": True, "version": "1"}),
        (
            FactKind.REGIMEN,
            {
                "first_day": kind.first_day.isoformat(),
                "last_day": (kind.first_day + _COURSE).isoformat(),
                "slots": "evening@20:00",
            },
        ),
    ]


def _monthly(kind: Kind) -> Sequence[Fact]:
    """Pick-ups month by month, with the tests before them where they are recorded."""
    facts: list[Fact] = []
    day = kind.first_day - _A_DAY
    while day < kind.first_day + _COURSE:
        names = [EvidenceName.PICKED_UP]
        if kind.has_labs:
            names += [EvidenceName.LAB_RESULT, EvidenceName.PREGNANCY_TEST]
        facts += [_shown(name, day, {"result": "negative"}) for name in names]
        day += _SUPPLY
    return facts


def _by_programme(kind: Kind, facts: Sequence[Fact], shelf: ProgrammeShelf) -> Sequence[Fact]:
    """What a clinic enters that does everything at once, or one that looks every few days."""
    programme = shelf.programme(_CLINIC.id, kind.programme)
    if programme is None:
        return _monthly(kind)
    entered: list[Fact] = []
    closed, patient = shelf.closed_days(_CLINIC.id), _patient(kind)
    day = kind.first_day - _BEFORE
    while day < kind.first_day + _COURSE + _AFTER:
        for _ in range(_ENTRIES_A_DAY):
            known = [*facts, *entered]
            state = state_at(patient, known, at=_at(day, _CLINIC_ENTERS), clinic=_CLINIC)
            seen = timeline(known, state, programme=programme, today=day, closed_days=closed)
            entry = entry_today(seen, closed, missed_windows=frozenset())
            if entry is None:
                break
            entered.append(_fact(FactKind.EVIDENCE, entry.value, _at(day, _CLINIC_ENTERS)))
        day += _A_DAY if kind.has_labs else _SLOW
    return entered


def _shown(name: EvidenceName, day: date, details: Mapping[str, str]) -> Fact:
    value = evidence_fact(name, day, EvidenceSource.CLINIC, details)
    return _fact(FactKind.EVIDENCE, value, _at(day, _CLINIC_ENTERS))


def _made(happening: Happening, kind: Kind, at: datetime) -> list[tuple[FactKind, FactValue]]:
    other = "cannot" if kind.category.startswith("can-") else "can"
    silent = ",".join(one.value for one in SILENT_AFTER_PREGNANCY)
    reported = evidence_fact(EvidenceName.PREGNANCY_REPORTED, at.date(), EvidenceSource.PATIENT)
    facts: Mapping[Happening, list[tuple[FactKind, FactValue]]] = {
        Happening.OPTS_OUT: [],
        Happening.REPORTS_PREGNANCY: [
            (FactKind.EVIDENCE, reported),
            (FactKind.HOLD, {"category": "rf-pregnant"}),
            (FactKind.SILENCE, {"reason": "rf-pregnant", "kinds": silent}),
        ],
        Happening.GOES_ON_HOLD: [(FactKind.HOLD, {"category": "rf-severe-skin"})],
        Happening.STOPS_TAKING: [(FactKind.DOSING_STOPPED, {"stopped": True})],
        Happening.PAUSES_ALL: [
            (FactKind.PAUSE, {"kind": "all", "until": (at + 7 * _A_DAY).isoformat()})
        ],
        Happening.SPEAKS_SPANISH: [(FactKind.LANGUAGE, {"language": "es"})],
        Happening.CATEGORY_CHANGES: [(FactKind.CATEGORY, {"category": f"{other}-become-pregnant"})],
        Happening.GOES_EAST: [(FactKind.ZONE, {"zone": "Asia/Kolkata"})],
    }
    return facts[happening]


def _fact(kind: FactKind, value: FactValue, at: datetime) -> Fact:
    return Fact(kind=kind, value=value, effective_at=at, recorded_at=at, recorded_by="model")


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, UTC)
