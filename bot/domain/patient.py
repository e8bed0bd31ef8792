"""Who is treated, and what is true of them at an instant? Dated facts, append-only. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.history import NOTHING_TOLD, CourseHistory
from bot.domain.identity import AddressId, Channel, ClinicId, PatientId, Region, SenderId

ADULT_AGE_YEARS = 18


class PatientStatus(StrEnum):
    """Where a person stands with the clinic's programme of messages."""

    INVITED = "invited"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person treated at a clinic."""

    id: PatientId
    clinic_id: ClinicId
    name: str = field(repr=False)
    born_on: date = field(repr=False)
    status: PatientStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A dermatology clinic and what it has declared about itself."""

    id: ClinicId
    name: str
    phone: str
    region: Region
    zone: str
    staffed_hours: str
    """In the clinic's own words, for patients: "Monday to Friday 9:00 to 17:00"."""
    out_of_hours_cover: bool
    """False: every flag text says that nobody reads before the next staffed hour."""
    offers_photos: bool = True
    """Whether its patients may keep photos of their skin here, if they agree to that too."""


class AddressState(StrEnum):
    """Only ACTIVE addresses are written to."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    LOCKED = "locked"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where one person is reached on one channel."""

    id: AddressId
    patient_id: PatientId
    channel: Channel
    sender_id: SenderId
    value: str = field(repr=False)
    state: AddressState


class FactKind(StrEnum):
    """What is recorded as a dated fact."""

    LANGUAGE = "language"
    ZONE = "zone"
    CATEGORY = "category"
    PROGRAMME = "programme"
    CONSENT = "consent"
    PAUSE = "pause"
    HOLD = "hold"
    REGIMEN = "regimen"
    DOSE_TIME = "dose-time"
    CHANNEL = "channel"
    PHONE_SHARING = "phone-sharing"
    PRIVATE_CONTACT = "private-contact"
    GUARDIAN = "guardian"
    PHONE = "phone"
    DOSING_STOPPED = "dosing-stopped"
    IMPROVE_ANSWERS = "improve-answers"
    EVIDENCE = "evidence"
    CONTRACEPTION = "contraception"
    WEIGHT = "weight"
    TARGET = "target"
    CAMPAIGN = "campaign"
    COURSE_PAUSE = "course-pause"
    CAPSULES_LEFT = "capsules-left"
    LAB_PROFILE = "lab-profile"
    SILENCE = "silence"
    SETTLING = "settling"
    ENDING = "ending"
    PHOTOS = "photos"
    GUARDIAN_PHOTOS = "guardian-photos"


FactValue = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something true of a patient from `effective_at` on, until a later fact of its kind."""

    kind: FactKind
    value: FactValue = field(repr=False)
    effective_at: datetime
    recorded_at: datetime
    recorded_by: str


def current(facts: Iterable[Fact], kind: FactKind, *, at: datetime) -> FactValue | None:
    """The value of the latest fact of `kind`, by effective then recorded time, at `at`."""
    known = [fact for fact in facts if fact.kind is kind and fact.effective_at <= at]
    # A stable sort: of facts recorded at the same instant, the one given last holds.
    known.sort(key=lambda fact: (fact.effective_at, fact.recorded_at))
    return known[-1].value if known else None


def age_in_years(born_on: date, today: date) -> int:
    """Completed years of life on `today`."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientState:
    """All that planning and deciding read about a patient, at one instant."""

    patient: Patient
    language: str
    zone: ZoneInfo
    category: str
    programme: str
    has_consent: bool
    consent_version: str | None
    paused_kinds: frozenset[str]
    """Message kinds, or "all", that the patient paused at this instant."""
    hold: str | None
    """Red-flag category of an open hold; dose messages end as skipped(hold)."""
    dosing_stopped: bool
    dose_time: time | None
    """The hour that the patient chose; it also times the daily check-in."""
    shares_phone: bool
    helps_improve: bool = False
    """Whether questions without a fitting answer may be kept, nameless, for the authors."""
    was_asked_to_improve: bool = False
    accepts_photos: bool = False
    """By the patient's own word, apart from the consent to messages."""
    was_asked_for_photos: bool = False
    guardian_accepts_photos: bool = False
    """Under 18 both have to agree."""
    history: CourseHistory = NOTHING_TOLD
    """What was told on the way of the course, as far as it was loaded."""
    silent_kinds: frozenset[str] = frozenset()
    """Message kinds that stay off until a clinician restarts them, as after a pregnancy."""
    settles_at: datetime | None = None
    """Until then nothing planned is sent: an entry of the clinic may still be taken back."""

    def pauses(self, kind: str) -> bool:
        """Whether messages of `kind` are paused; safety and time-critical kinds never ask."""
        return bool(self.paused_kinds & {"all", kind})


def state_at(
    patient: Patient, facts: Iterable[Fact], *, at: datetime, clinic: Clinic
) -> PatientState:
    """The patient's state at `at`; what no fact says yet follows the clinic."""
    facts = tuple(facts)

    def text(kind: FactKind, key: str, otherwise: str) -> str:
        value = (current(facts, kind, at=at) or {}).get(key)
        return str(value) if value is not None else otherwise

    consent = current(facts, FactKind.CONSENT, at=at) or {}
    hold = current(facts, FactKind.HOLD, at=at) or {}
    stopped = current(facts, FactKind.DOSING_STOPPED, at=at) or {}
    dose_time = current(facts, FactKind.DOSE_TIME, at=at)
    improve = current(facts, FactKind.IMPROVE_ANSWERS, at=at)
    photos = current(facts, FactKind.PHOTOS, at=at)
    guardian_photos = current(facts, FactKind.GUARDIAN_PHOTOS, at=at) or {}
    silence = current(facts, FactKind.SILENCE, at=at) or {}
    settling = current(facts, FactKind.SETTLING, at=at) or {}
    return PatientState(
        patient=patient,
        language=text(FactKind.LANGUAGE, "language", "en"),
        zone=ZoneInfo(text(FactKind.ZONE, "zone", clinic.zone)),
        category=text(FactKind.CATEGORY, "category", "not-set"),
        programme=text(FactKind.PROGRAMME, "programme", "none"),
        has_consent=bool(consent.get("given")),
        consent_version=str(consent["version"]) if consent.get("version") else None,
        paused_kinds=_paused_kinds(facts, at),
        hold=str(hold["category"]) if hold.get("category") else None,
        dosing_stopped=bool(stopped.get("stopped")),
        dose_time=time.fromisoformat(str(dose_time["time"])) if dose_time else None,
        shares_phone=text(FactKind.PHONE_SHARING, "who", "nobody") != "nobody",
        helps_improve=bool(improve and improve.get("agreed")),
        was_asked_to_improve=improve is not None,
        accepts_photos=bool(photos and photos.get("agreed")),
        was_asked_for_photos=photos is not None,
        guardian_accepts_photos=bool(guardian_photos.get("agreed")),
        silent_kinds=frozenset(filter(None, str(silence.get("kinds") or "").split(","))),
        settles_at=_instant(settling.get("until")),
    )


def _paused_kinds(facts: Iterable[Fact], at: datetime) -> frozenset[str]:
    latest: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: (fact.effective_at, fact.recorded_at)):
        if fact.kind is FactKind.PAUSE and fact.effective_at <= at:
            if fact.value.get("until") is None and fact.value.get("kind") == "all":
                latest.clear()
            latest[str(fact.value["kind"])] = fact
    return frozenset(
        kind
        for kind, fact in latest.items()
        if fact.value.get("until") and at < datetime.fromisoformat(str(fact.value["until"]))
    )


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
