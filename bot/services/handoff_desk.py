"""What may staff do with a patient's conversation: take it, talk in it, give it back, read it?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.escalation import Escalation
from bot.domain.handoff import Handoff
from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import PatientStatus
from bot.domain.rota import StaffRole
from bot.ports.house import Staff
from bot.ports.people import Conflict
from bot.ports.store import Store
from bot.ports.wake import Wake
from bot.services.handoffs import Handoffs, handoff_of, may_know
from bot.services.notices import Room
from bot.services.patients import NotPossible
from bot.services.roster import ACTIVE

LONGEST_WORDS = 1000
"""Characters that fit into one message of every channel, with the name in front."""
_NOT_TAKEN = "nobody has taken this conversation over: balm conversation take"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One conversation that a person answers."""

    code: str
    patient_id: PatientId
    patient_name: str = field(repr=False)
    owner: str
    since: datetime
    acts_at: datetime | None
    """When Balm asks the owner, or answers again, if nobody writes before."""
    waits_for_staff: bool
    rings_at: int = 0
    """How many contact points of the owner are told of new words."""


class HandoffDesk:
    """One transaction for each act; whoever acts is named, and must work here."""

    def __init__(self, store: Store, handoffs: Handoffs, wake: Wake) -> None:
        """Carries out by `handoffs`."""
        self._store = store
        self._handoffs = handoffs
        self._wake = wake

    async def take(self, clinic_id: ClinicId, patient_id: PatientId, *, by: str) -> Taken:
        """This person answers the patient from now on. Raises NotPossible."""
        try:
            async with self._store.unit_of_work() as tx:
                staff = await self._known(await tx.house.staff(clinic_id), by)
                room = await self._handoffs.room(tx, clinic_id)
                patient = await tx.people.patient(patient_id)
                if patient is None or patient.clinic_id != clinic_id:
                    raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")
                if patient.status is not PatientStatus.ACTIVE:
                    raise NotPossible("this patient does not write with Balm at present")
                _refuse_unless_allowed(
                    room,
                    staff,
                    is_confidential=await tx.alerts.has_confidential(patient_id),
                )
                case = await self._handoffs.take(room, patient_id, staff)
                taken = await self._taken(room, case)
        except Conflict as error:
            raise NotPossible("the patient wrote in this very moment: do it again") from error
        self._wake.outbox()
        return taken

    async def say(
        self, clinic_id: ClinicId, patient_id: PatientId, words: str, *, by: str
    ) -> Taken:
        """Words of this person, who answers the patient, as they wrote them. Raises NotPossible."""
        words = words.strip()
        if not words:
            raise NotPossible("there is nothing to say")
        if len(words) > LONGEST_WORDS:
            raise NotPossible(f"{len(words)} characters; at most {LONGEST_WORDS} fit at a time")
        async with self._store.unit_of_work() as tx:
            staff = await self._known(await tx.house.staff(clinic_id), by)
            room = await self._handoffs.room(tx, clinic_id)
            case = await self._own(room, patient_id, staff)
            if not await self._handoffs.say(room, case, staff, words):
                raise NotPossible("no address of this patient may be written to: please phone")
            taken = await self._taken(room, case)
        self._wake.outbox()
        return taken

    async def give_back(self, clinic_id: ClinicId, patient_id: PatientId, *, by: str) -> None:
        """Balm answers again; anybody of the staff may end it. Raises NotPossible."""
        async with self._store.unit_of_work() as tx:
            staff = await self._known(await tx.house.staff(clinic_id), by)
            room = await self._handoffs.room(tx, clinic_id)
            case = await self._open(room, patient_id)
            _refuse_unless_allowed(room, staff, is_confidential=case.is_confidential)
            await self._handoffs.give_back(room, case, staff)
        self._wake.outbox()

    async def reader(self, clinic_id: ClinicId, patient_id: PatientId, *, by: str) -> Staff:
        """Who reads a conversation that was taken over, if they may. Raises NotPossible."""
        async with self._store.unit_of_work() as tx:
            staff = await self._known(await tx.house.staff(clinic_id), by)
            room = await self._handoffs.room(tx, clinic_id)
            case = await self._open(room, patient_id)
            # What was said since may be nobody else's to read, though the conversation was not.
            is_confidential = await tx.alerts.has_confidential(patient_id)
            hidden = case.is_confidential or is_confidential
            _refuse_unless_allowed(room, staff, is_confidential=hidden)
            return staff

    async def open_ones(self, clinic_id: ClinicId) -> Sequence[Taken]:
        """Every conversation that a person answers now, the oldest first."""
        async with self._store.unit_of_work() as tx:
            room = await self._handoffs.room(tx, clinic_id)
            return [await self._taken(room, one) for one in await tx.cases.open_handoffs(clinic_id)]

    async def _taken(self, room: Room, case: Escalation) -> Taken:
        case = await room.tx.alerts.case(case.id) or case
        handoff: Handoff = await handoff_of(room.tx, case)
        assert case.patient_id is not None
        patient = await room.tx.people.patient(case.patient_id)
        owner = case.owner_id
        return Taken(
            code=case.code,
            patient_id=case.patient_id,
            patient_name=patient.name if patient is not None else "",
            owner=handoff.owner_name,
            since=case.opened_at,
            acts_at=case.deadline_at,
            waits_for_staff=handoff.waits_for_staff,
            rings_at=len(room.roster.contacts(owner, alone=case.is_confidential)) if owner else 0,
        )

    async def _open(self, room: Room, patient_id: PatientId) -> Escalation:
        taken = await room.tx.cases.open_handoffs(room.roster.clinic.id)
        case = next((one for one in taken if one.patient_id == patient_id), None)
        if case is None:
            raise NotPossible(_NOT_TAKEN)
        return case

    async def _own(self, room: Room, patient_id: PatientId, staff: Staff) -> Escalation:
        case = await self._open(room, patient_id)
        if case.owner_id != staff.id:
            owner = (await handoff_of(room.tx, case)).owner_name
            raise NotPossible(
                f'{owner} answers this patient: balm conversation take PATIENT --as "{staff.name}"'
            )
        return case

    async def _known(self, staff: Sequence[Staff], name: str) -> Staff:
        wanted = name.strip().casefold()
        found = next((one for one in staff if one.name.casefold() == wanted), None)
        if found is None or found.state != ACTIVE:
            known = ", ".join(one.name for one in staff if one.state == ACTIVE) or "nobody yet"
            raise NotPossible(f"there is no member of staff called {name}; there are: {known}")
        if found.role == StaffRole.OPERATOR:
            raise NotPossible(f"{found.name} looks after the program and answers no patient")
        return found


def _refuse_unless_allowed(room: Room, staff: Staff, *, is_confidential: bool) -> None:
    if not may_know(room, staff, is_confidential=is_confidential):
        raise NotPossible("this conversation is for the lead, the deputy or the person on call")
