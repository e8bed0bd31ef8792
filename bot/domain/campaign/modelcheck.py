"""Which shortest story of a patient breaks a promise of Balm, if any does? Pure.

All kinds of people live through the campaign day by day, and to each of them nothing, one or two
things happen on the days that matter: the day before a message, its own day, the day after. The
messages are those of the same plan and decision that send, so the story is what would happen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import product

from bot.domain.campaign.definition import AtOnce, Campaign, OnEvent
from bot.domain.campaign.planning import StepDays
from bot.domain.campaign.preview import Person, Previewed, preview
from bot.domain.campaign.promises import Breach, Known, Promise, breaches
from bot.domain.campaign.values import History
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.identity import Channel, ClinicId, PatientId, Region
from bot.domain.patient import Clinic, Fact, FactKind, FactValue, Patient, PatientStatus
from bot.domain.safety import SILENT_AFTER_PREGNANCY

_FIRST_DAY = date(2026, 6, 1)
_ENROLLED = datetime(2026, 4, 20, 15, 0, tzinfo=UTC)
_COURSE = timedelta(days=168)
"""Twenty-four weeks: a usual course. Source: clinical facts, course-length."""
_LIVED = timedelta(days=400)
_A_DAY = timedelta(days=1)
_DAYS_AT_MOST = 14
_DAYS_OF_PAIRS = 4
_NOON = time(12)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Who it is, what happens on which day of the course, and the promise that breaks."""

    person: str
    events: tuple[tuple[int, Happening], ...]
    """Day of the course (the first capsule is day 1) and what happens on it."""
    breach: Breach

    def words(self) -> str:
        """The story in one line a day."""
        lines = [f"{self.person}."]
        lines += [f"Day {day}: {happening.value}." for day, happening in self.events]
        lines.append(
            f"Day {_course_day(self.breach.at)}: “{self.breach.step}” breaks the promise "
            f"“{self.breach.promise.value}”: {self.breach.detail}."
        )
        return " ".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the exploration found."""

    stories: tuple[Story, ...]
    """The shortest for each promise and step."""
    lives: int
    """How many lives were lived through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    category: str
    language: str
    channel: Channel
    programme: str
    words: str = field(default="")

    @property
    def speaks_under(self) -> tuple[str, str]:
        """Language and programme."""
        return self.language, self.programme


def check(
    campaign: Campaign,
    known: Known,
    *,
    languages: Sequence[str],
    programmes: Sequence[str],
    step_days: StepDays | None = None,
) -> Checked:
    """The shortest story for each promise that the campaign can break.

    Nothing happening is tried first, then one thing, then two; a longer story is not told where a
    shorter one breaks the same promise by the same step.
    """
    told: dict[tuple[Promise, str], Story] = {}
    spoken: set[str] = set()
    lives = 0
    kinds = list(_kinds(languages, programmes))
    days = _days_that_matter(campaign, kinds, step_days)
    for depth in range(3):
        tried = kinds if depth < 2 else kinds[:2]  # two people stand for all
        for kind, events in product(tried, _event_lists(days, depth)):
            lives += 1
            person = _person(kind, events)
            messages = _live(campaign, person, step_days)
            spoken |= {one.step for one in messages if one.at is not None}
            for breach in breaches(campaign, person, known, messages):
                key = (breach.promise, breach.step)
                told.setdefault(key, Story(person=kind.words, events=events, breach=breach))
    for step in campaign.steps:
        if step.id not in spoken and not isinstance(step.trigger, OnEvent | AtOnce):
            told[(Promise.CAN_BE_SENT, step.id)] = _silent_story(step.id)
    return Checked(stories=tuple(told.values()), lives=lives)


def _kinds(languages: Sequence[str], programmes: Sequence[str]) -> Iterator[_Kind]:
    categories = ("can-become-pregnant", "cannot-become-pregnant", "not-set")
    combined = product(programmes, languages, (Channel.TELEGRAM, Channel.SMS), categories)
    for programme, language, channel, category in combined:
        yield _Kind(
            category=category,
            language=language,
            channel=channel,
            programme=programme,
            words=f"A patient on {channel.value} in {language}, category {category}, {programme}",
        )


def _live(campaign: Campaign, person: Person, step_days: StepDays | None) -> list[Previewed]:
    return preview(campaign, person, after=_ENROLLED, until=_ENROLLED + _LIVED, step_days=step_days)


def _days_that_matter(
    campaign: Campaign, kinds: Iterable[_Kind], step_days: StepDays | None
) -> list[int]:
    """Days around the campaign's messages; a long campaign is sampled at both ends."""
    days: set[int] = set()
    for kind in kinds:
        for one in _live(campaign, _person(kind, ()), step_days):
            day = _course_day(one.due_at)
            days |= {day - 1, day, day + 1}
    ordered = sorted(days)
    if len(ordered) <= _DAYS_AT_MOST:
        return ordered
    half = _DAYS_AT_MOST // 2
    return [*ordered[:half], *ordered[-half:]]


def _event_lists(days: Sequence[int], depth: int) -> Iterator[tuple[tuple[int, Happening], ...]]:
    if depth == 0:
        yield ()
        return
    single = [(day, happening) for day, happening in product(days, Happening)]
    if depth == 1:
        yield from ((one,) for one in single)
        return
    step = max(len(days) // _DAYS_OF_PAIRS, 1)
    single = [(day, happening) for day, happening in product(days[::step], Happening)]
    for first, second in product(single, single):
        if first[0] <= second[0] and first[1] is not second[1]:
            yield (first, second)


def _person(kind: _Kind, events: Sequence[tuple[int, Happening]]) -> Person:
    clinic = Clinic(
        id=ClinicId("model"),
        name="Model clinic",
        phone="+15550100",
        region=Region.UNKNOWN,
        zone="America/New_York",
        staffed_hours="Monday to Friday 9:00-17:00",
        out_of_hours_cover=False,
    )
    patient = Patient(
        id=PatientId(f"model-{kind.category}"),
        clinic_id=clinic.id,
        name="Model Patient",
        born_on=date(1998, 3, 2),
        status=PatientStatus.ACTIVE,
    )
    facts = [_fact(fact_kind, value, _ENROLLED - _A_DAY) for fact_kind, value in _first(kind)]
    opted_out_at: datetime | None = None
    for day, happening in events:
        at = datetime.combine(_FIRST_DAY + (day - 1) * _A_DAY, _NOON, UTC)
        if happening is Happening.OPTS_OUT:
            opted_out_at = at
        facts += [_fact(fact_kind, value, at) for fact_kind, value in _made(happening, kind, at)]
    return Person(
        patient=patient,
        clinic=clinic,
        facts=facts,
        channel=kind.channel,
        history=History(),
        opted_out_at=opted_out_at,
    )


def _first(kind: _Kind) -> list[tuple[FactKind, FactValue]]:
    return [
        (FactKind.CATEGORY, {"category": kind.category}),
        (FactKind.PROGRAMME, {"programme": kind.programme}),
        (FactKind.LANGUAGE, {"language": kind.language}),
        (FactKind.ZONE, {"zone": "America/New_York"}),
        (FactKind.CONSENT, {"given": True, "version": "1"}),
        (
            FactKind.REGIMEN,
            {
                "first_day": _FIRST_DAY.isoformat(),
                "last_day": (_FIRST_DAY + _COURSE).isoformat(),
                "slots": "evening@20:00",
            },
        ),
    ]


def _made(happening: Happening, kind: _Kind, at: datetime) -> list[tuple[FactKind, FactValue]]:
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


def _course_day(at: datetime) -> int:
    return (at.date() - _FIRST_DAY).days + 1


def _silent_story(step: str) -> Story:
    breach = Breach(
        promise=Promise.CAN_BE_SENT,
        step=step,
        at=_ENROLLED,
        detail="in none of the lives was it ever sent",
    )
    return Story(person="Nobody gets it", events=(), breach=breach)
