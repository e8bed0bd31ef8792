"""How does the clinic write something down about a patient, once, whole, and open to correction?

Every entry is one transaction: dated facts, what follows from them for planned messages, and the
audit. It carries an id of its own, by which it can be taken back with superseding facts.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.domain.course import Course
from bot.domain.decide import why_silent
from bot.domain.effect import Effect
from bot.domain.evidence import (
    Evidence,
    EvidenceName,
    EvidenceSource,
    evidence_at,
    evidence_fact,
)
from bot.domain.identity import ClinicId, Lane, PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import (
    Clinic,
    Fact,
    FactKind,
    FactValue,
    Patient,
    PatientState,
    PatientStatus,
    state_at,
)
from bot.domain.plan_difference import PlanDifference
from bot.domain.regimen import CourseRegimen, course_regimen
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction
from bot.services.effects import Effects
from bot.services.patients import NotPossible
from bot.services.planner import HORIZON, Planner
from bot.services.scene import Scene

SETTLES_AFTER = timedelta(minutes=10)
"""So long after a dangerous entry nothing planned is sent. Source: product rule 15."""
ENTRY_MARK = "#"
_ID_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom an entry is about, shown before it is made."""

    id: PatientId
    name: str = field(repr=False)
    birth_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What an entry changed of the patient's planned messages, and how to take it back."""

    entry_id: str
    person: Person
    changes: PlanDifference
    silenced: tuple[tuple[Occurrence, str], ...]
    """Planned messages that will now end as skipped, with the reason."""
    freed: tuple[Occurrence, ...]
    """Planned messages that would have been skipped before, and now will be sent."""
    sends_nothing_before: datetime | None
    said: tuple[str, ...] = ()
    """Coded remarks for whoever made the entry."""


@dataclass(kw_only=True)
class Entry:
    """One entry while its transaction is open."""

    id: str
    tx: Transaction
    clinic: Clinic
    patient: Patient
    by: str
    now: datetime
    before: PatientState
    facts: list[Fact]
    course: Course | None
    effects: Effects
    settles: bool = False
    closes_as: str | None = None
    """Why everything that waits for this patient ends; None: it goes on."""
    remarks: list[str] = field(default_factory=list)
    entered: Entered | None = None

    @property
    def actor(self) -> str:
        """Who recorded it, with the id of the entry."""
        return f"{self.by}{ENTRY_MARK}{self.id}"

    @property
    def today(self) -> date:
        """The patient's local day."""
        return self.now.astimezone(self.before.zone).date()

    @property
    def regimen(self) -> CourseRegimen:
        """The doses of the patient's newest course, with this entry."""
        course = self.course.id if self.course is not None else None
        return course_regimen(self.facts, course=course, zone=self.before.zone)

    @property
    def state(self) -> PatientState:
        """What is true of the patient with this entry."""
        return state_at(self.patient, self.facts, at=self.now, clinic=self.clinic)

    async def record(self, kind: FactKind, value: FactValue) -> None:
        """One more dated fact."""
        fact = Fact(
            kind=kind,
            value=value,
            effective_at=self.now,
            recorded_at=self.now,
            recorded_by=self.actor,
        )
        await self.tx.people.add_fact(self.clinic.id, self.patient.id, fact)
        self.facts.append(fact)
        if kind is FactKind.HOLD and value.get("category"):
            self.remarks.append("held")
            held = [MessageKind.DOSE.value, MessageKind.NUDGE.value, MessageKind.REFILL.value]
            await self.tx.outbox.skip_kind(self.patient.id, held, reason="hold", at=self.now)

    async def evidence(
        self, name: EvidenceName, on: date, details: dict[str, str] | None = None
    ) -> None:
        """Something that the clinic has seen to have happened."""
        value = evidence_fact(name, on, EvidenceSource.CLINIC, details)
        await self.record(FactKind.EVIDENCE, value)

    async def settle(self) -> None:
        """Nothing planned is sent for ten minutes: the entry may be a slip."""
        until = self.now + SETTLES_AFTER
        await self.record(FactKind.SETTLING, {"until": until.isoformat()})
        self.settles = True

    async def carry_out(self, *effects: Effect) -> None:
        """Effects about the patient that speak to nobody: cases, audit."""
        lane = Lane(f"patient:{self.patient.id}")
        scene = Scene(
            tx=self.tx,
            clinic=self.clinic,
            now=self.now,
            cause=f"entry:{self.id}",
            actor=self.actor,
            conversation=await self.tx.conversations.get(self.clinic.id, lane),
            patient_id=self.patient.id,
            language=self.before.language,
            recipient=None,
            is_opted_out=False,
        )
        await self.effects.apply(scene, effects)

    @property
    def outcome(self) -> Entered:
        """What the entry came to, once its transaction has ended."""
        assert self.entered is not None
        return self.entered


class ClinicEntries:
    """Opens entries."""

    def __init__(
        self, store: Store, clock: Clock, ids: Ids, planner: Planner, effects: Effects
    ) -> None:
        """Everything is recorded at the time of `clock`."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._planner = planner
        self._effects = effects

    def new_id(self) -> str:
        """A short name for an entry, unlikely to be used twice."""
        return self._ids.new()[-_ID_LENGTH:]

    def now(self) -> datetime:
        """Patient time."""
        return self._clock.now()

    async def person(self, clinic_id: ClinicId, patient_id: PatientId) -> Person:
        """Name and year of birth, to be looked at before something is written down."""
        async with self._store.read() as tx:
            return _person(await _patient(tx, clinic_id, patient_id))

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction in which nothing is written."""
        return self._store.read()

    @asynccontextmanager
    async def open(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        *,
        by: str,
        verb: str,
        entry_id: str | None = None,
        may_be_over: bool = False,
    ) -> AsyncIterator[Entry]:
        """An entry about one patient; on a clean exit the plan is made anew and all is committed.

        Raises NotPossible for somebody unknown, and for somebody whose record has ended unless it
        `may_be_over`.
        """
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            patient = await _patient(tx, clinic_id, patient_id)
            if patient.status is PatientStatus.ENDED and not may_be_over:
                raise NotPossible("this patient's record has ended; nothing can be added to it")
            clinic = await tx.house.clinic(clinic_id)
            facts = list(await tx.people.facts(patient_id))
            entry = Entry(
                id=entry_id or self.new_id(),
                tx=tx,
                clinic=clinic,
                patient=patient,
                by=by,
                now=now,
                before=state_at(patient, facts, at=now, clinic=clinic),
                facts=facts,
                course=await tx.plan.course(patient_id),
                effects=self._effects,
            )
            yield entry
            known = await _planned(tx, patient_id, now)
            changes = await self._planner.plan_patient(tx, clinic_id, patient_id)
            if entry.closes_as is not None:
                await tx.plan.end_open(patient_id, reason=entry.closes_as)
            gone = {one.id for one in changes.removed}
            entry.entered = _entered(entry, changes, [o for o in known if o.id not in gone])
            await tx.house.audit(
                clinic_id, at=now, actor=entry.actor, verb=verb, subject=patient_id
            )


def running(entry: Entry) -> Course:
    """The patient's course, which must not be over. Raises NotPossible."""
    if entry.course is None or not entry.regimen.steps + entry.regimen.waiting:
        raise NotPossible("this patient has no course yet; see: balm course start --help")
    return entry.course


def shown_of(
    entry: Entry, name: EvidenceName, day: date, *, test: str | None = None
) -> Evidence | None:
    """What the clinic has recorded for this name and day, or None."""
    return next(
        (
            one
            for one in evidence_at(entry.facts, at=entry.now)
            if one.name is name
            and one.on == day
            and one.source is EvidenceSource.CLINIC
            and one.details.get("test") == test
        ),
        None,
    )


async def _patient(tx: Transaction, clinic_id: ClinicId, patient_id: PatientId) -> Patient:
    patient = await tx.people.patient(patient_id)
    if patient is None or patient.clinic_id != clinic_id:
        raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")
    return patient


async def _planned(tx: Transaction, patient_id: PatientId, now: datetime) -> Sequence[Occurrence]:
    known = await tx.plan.occurrences(patient_id, after=now, until=now + HORIZON)
    return [one for one in known if one.state is OccurrenceState.PLANNED]


def _person(patient: Patient) -> Person:
    return Person(id=patient.id, name=patient.name, birth_year=patient.born_on.year)


def _entered(entry: Entry, changes: PlanDifference, kept: Sequence[Occurrence]) -> Entered:
    after = entry.state
    silenced, freed = [], []
    for one in kept:
        was = why_silent(entry.before, one.kind, may_write=True)
        now = why_silent(after, one.kind, may_write=True)
        if now is not None and was is None:
            silenced.append((one, now))
        elif now is None and was is not None:
            freed.append(one)
    return Entered(
        entry_id=entry.id,
        person=_person(entry.patient),
        changes=changes,
        silenced=tuple(silenced),
        freed=tuple(freed),
        sends_nothing_before=entry.now + SETTLES_AFTER if entry.settles else None,
        said=tuple(entry.remarks),
    )
