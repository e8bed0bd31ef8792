"""How does a clinic invite a patient and start a course?"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.domain.course import Course, CourseStatus
from bot.domain.identity import ClinicId, CourseId, InviteId, PatientId
from bot.domain.invite import ALPHABET, CODE_LENGTH, VALID_FOR, Invite, normalise_code
from bot.domain.patient import (
    ADULT_AGE_YEARS,
    Fact,
    FactKind,
    FactValue,
    Patient,
    PatientStatus,
    age_in_years,
    state_at,
)
from bot.domain.regimen import RegimenStep, regimen_fact
from bot.domain.schedule import Regimen, SlotTime
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction
from bot.services.planner import Planner
from bot.services.signed_texts import SignedTexts

LINK_LENGTH = 26
YOUNGEST_YEARS = 12
"""Isotretinoin is not used before puberty; labels say 12. Source: content/faq/en/who-is-it-for."""
_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=366)

ReachesStaff = Callable[[Transaction, ClinicId], Awaitable[bool]]
"""Whether at least one person of a clinic can be told of an alert."""


class NotPossible(Exception):
    """What the clinic asked for cannot be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """What the clinic knows of somebody before they join."""

    name: str = field(repr=False)
    born_on: date = field(repr=False)
    category: str
    zone: str
    language: str
    programme: str = "none"
    phone: str | None = field(default=None, repr=False)
    guardian_name: str | None = field(default=None, repr=False)
    guardian_consent_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What the clinic hands to the patient; shown once, kept only as keyed hashes."""

    patient_id: PatientId
    link_token: str = field(repr=False)
    join_code: str = field(repr=False)
    expires_at: datetime


class Patients:
    """The clinic's own work on its roster."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        planner: Planner,
        signed: SignedTexts,
        *,
        reaches: ReachesStaff | None = None,
    ) -> None:
        """Everything is recorded at the time of `clock`; `signed` says who may be invited.

        `reaches` refuses to enrol where no alert could reach anybody; None: nobody is asked.
        """
        self._reaches = reaches
        self._signed = signed
        self._store = store
        self._clock = clock
        self._ids = ids
        self._planner = planner

    async def add(self, clinic_id: ClinicId, new: NewPatient, *, by: str) -> PatientId:
        """A new patient with their first facts. Raises NotPossible."""
        now = self._clock.now()
        self._check_age(new, now)
        patient = Patient(
            id=PatientId(self._ids.new()),
            clinic_id=clinic_id,
            name=new.name.strip(),
            born_on=new.born_on,
            status=PatientStatus.INVITED,
        )
        async with self._store.unit_of_work() as tx:
            await tx.people.add_patient(patient, at=now)
            for kind, value in _first_facts(new):
                await self._fact(tx, patient, kind, value, at=now, by=by)
            await tx.house.audit(
                clinic_id, at=now, actor=by, verb="patient-added", subject=patient.id
            )
        return patient.id

    async def invite(self, clinic_id: ClinicId, patient_id: PatientId, *, by: str) -> Invitation:
        """A fresh one-time link and join code, valid 14 days. Raises NotPossible."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            patient = await tx.people.patient(patient_id)
            if patient is None or patient.clinic_id != clinic_id:
                raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")
            if patient.status is PatientStatus.ENDED:
                raise NotPossible("this patient's record has ended and cannot be invited")
            await self._refuse_unsigned(tx, patient, now)
            if self._reaches is not None and not await self._reaches(tx, clinic_id):
                raise NotPossible(
                    "no alert could reach anybody at the clinic, so nobody can be enrolled; "
                    "see: balm staff contact"
                )
            invitation = Invitation(
                patient_id=patient_id,
                link_token=_random_code(LINK_LENGTH),
                join_code=_random_code(CODE_LENGTH),
                expires_at=now + VALID_FOR,
            )
            invite = Invite(
                id=InviteId(self._ids.new()),
                patient_id=patient_id,
                birth_year=patient.born_on.year,
                expires_at=invitation.expires_at,
            )
            await tx.people.add_invite(
                clinic_id,
                invite,
                link=normalise_code(invitation.link_token),
                code=normalise_code(invitation.join_code),
            )
            await tx.house.audit(clinic_id, at=now, actor=by, verb="invited", subject=patient_id)
        return invitation

    async def _refuse_unsigned(self, tx: Transaction, patient: Patient, now: datetime) -> None:
        """In production nobody is invited before the texts of their language are signed."""
        clinic = await tx.house.clinic(patient.clinic_id)
        facts = await tx.people.facts(patient.id)
        language = state_at(patient, facts, at=now, clinic=clinic).language
        if not self._signed.may_enrol(clinic, language):
            count = len(self._signed.missing_to_enrol(clinic, language))
            raise NotPossible(
                f"{count} texts in {language} are not signed yet, so nobody can be enrolled; "
                f"see: balm content signed --missing --language {language}"
            )

    async def start_course(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        *,
        first_day: date,
        last_day: date | None,
        dose: str,
        slots: tuple[SlotTime, ...],
        minimum_gap: timedelta | None,
        by: str,
        daily_mg: Decimal | None = None,
        every_days: int = 1,
    ) -> CourseId:
        """A running course and its plan, in one transaction. Raises NotPossible."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            patient = await tx.people.patient(patient_id)
            if patient is None or patient.clinic_id != clinic_id:
                raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")
            _refuse_overlap(await tx.plan.course(patient_id), first_day)
            _check_days(first_day, last_day, today=now.date())
            course_id = await tx.plan.add_course(
                clinic_id,
                patient_id,
                first_day=first_day,
                last_day=last_day,
                dose=dose,
                at=now,
            )
            regimen = Regimen(
                first_day=first_day,
                last_day=last_day,
                slots=slots,
                minimum_gap=minimum_gap,
                every_days=every_days,
                daily_mg=daily_mg,
            )
            step = RegimenStep(id=self._ids.new(), regimen=regimen, course=course_id)
            await self._fact(tx, patient, FactKind.REGIMEN, regimen_fact(step), at=now, by=by)
            await self._planner.plan_patient(tx, clinic_id, patient_id)
            await tx.house.audit(
                clinic_id, at=now, actor=by, verb="course-started", subject=patient_id
            )
        return course_id

    async def _fact(
        self,
        tx: Transaction,
        patient: Patient,
        kind: FactKind,
        value: FactValue,
        *,
        at: datetime,
        by: str,
    ) -> None:
        fact = Fact(kind=kind, value=value, effective_at=at, recorded_at=at, recorded_by=by)
        await tx.people.add_fact(patient.clinic_id, patient.id, fact)

    def _check_age(self, new: NewPatient, now: datetime) -> None:
        age = age_in_years(new.born_on, now.date())
        if new.born_on >= now.date() or age > 120:
            raise NotPossible(f"{new.born_on} cannot be a date of birth")
        if age < YOUNGEST_YEARS:
            raise NotPossible(f"the patient is {age}: Balm enrols nobody under {YOUNGEST_YEARS}")
        has_guardian = bool(new.guardian_name and new.guardian_consent_on)
        if age < ADULT_AGE_YEARS and not has_guardian:
            raise NotPossible(
                f"the patient is {age}: under {ADULT_AGE_YEARS} a guardian's record is needed "
                "(--guardian-name and --guardian-consent-on)"
            )
        if new.guardian_consent_on is not None and new.guardian_consent_on > now.date():
            raise NotPossible("the guardian's consent lies in the future")


def _refuse_overlap(known: Course | None, first_day: date) -> None:
    """One course at a time. Raises NotPossible."""
    if known is None:
        return
    if known.status is CourseStatus.RUNNING:
        raise NotPossible("this patient already has a running course; end it first")
    if known.status is CourseStatus.AFTER:
        raise NotPossible(
            "the last course is still in the time after its last capsule; a clinician closes it "
            "first: balm course clear"
        )
    if known.last_day is not None and first_day <= known.last_day:
        raise NotPossible(
            f"--first-day {first_day} lies in the last course, which ended on {known.last_day}"
        )


def _check_days(first_day: date, last_day: date | None, *, today: date) -> None:
    """Raises NotPossible for days that can only be a slip."""
    if last_day is not None and last_day < first_day:
        raise NotPossible(f"the last day {last_day} lies before the first day {first_day}")
    if last_day is not None and last_day < today - _DAY:
        raise NotPossible(f"--last-day {last_day} is over; a course that has ended is not started")
    if abs(first_day - today) > _FARTHEST:
        raise NotPossible(f"--first-day {first_day} lies more than a year away; is the year right?")


def _first_facts(new: NewPatient) -> list[tuple[FactKind, FactValue]]:
    facts: list[tuple[FactKind, FactValue]] = [
        (FactKind.CATEGORY, {"category": new.category}),
        (FactKind.PROGRAMME, {"programme": new.programme}),
        (FactKind.ZONE, {"zone": new.zone}),
        (FactKind.LANGUAGE, {"language": new.language}),
    ]
    if new.phone:
        facts.append((FactKind.PHONE, {"number": new.phone}))
    if new.guardian_name and new.guardian_consent_on:
        guardian: FactValue = {
            "name": new.guardian_name,
            "consented_on": new.guardian_consent_on.isoformat(),
        }
        facts.append((FactKind.GUARDIAN, guardian))
    return facts


def _random_code(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
