"""How does a person of the clinic take a conversation, talk in it, and give it back?"""

from datetime import datetime
from typing import assert_never

from bot.domain.effect import Say
from bot.domain.escalation import (
    HANDOFF,
    EntryKind,
    Escalation,
    EscalationState,
    Urgency,
)
from bot.domain.handoff import (
    CLOCK,
    PATIENT,
    AskOwner,
    GiveBack,
    Handoff,
    WaitUntil,
    next_step,
)
from bot.domain.identity import ClinicId, EscalationId, Lane, PatientId, StaffId
from bot.domain.inbound import Inbound
from bot.domain.message_kind import MessageKind
from bot.domain.patient import PatientStatus
from bot.domain.rota import sees_confidential
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.house import Staff
from bot.ports.store import Store, Transaction
from bot.ports.wake import Wake
from bot.services.notices import Notices, Room, name_of, open_room
from bot.services.roster import Routes

ENDED_CATEGORY = "handoff-ended"
BY_PATIENT = "patient-asked-for-balm"
BY_CLOCK = "staff-silent"
BY_STAFF = "given-back"


async def open_handoff(tx: Transaction, patient_id: PatientId) -> Handoff | None:
    """The hand-off of a patient's conversation, or None while Balm answers."""
    case = await tx.cases.open_of(patient_id, HANDOFF)
    return await handoff_of(tx, case) if case is not None else None


async def handoff_of(tx: Transaction, case: Escalation) -> Handoff:
    """A hand-off with what was said in it."""
    staff = await tx.house.staff(case.clinic_id)
    return Handoff(
        case=case,
        entries=tuple(await tx.alerts.entries(case.id)),
        owner_name=next((one.name for one in staff if one.id == case.owner_id), ""),
    )


def may_know(room: Room, staff: Staff, *, is_confidential: bool) -> bool:
    """Whether this person may read and answer a patient; few may while a case is confidential."""
    member = next((one for one in room.roster.members() if one.id == staff.id), None)
    if member is None or not member.takes_alerts:
        return False
    return not is_confidential or sees_confidential(member, room.roster.rota, room.now)


class Handoffs:
    """Every step is written with its messages in one transaction, and to the audit trail."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        notices: Notices,
        routes: Routes,
        wake: Wake,
    ) -> None:
        """Silence is counted in patient time, by `clock`."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._notices = notices
        self._routes = routes
        self._wake = wake

    async def room(self, tx: Transaction, clinic_id: ClinicId) -> Room:
        """What a transaction of this clinic works with."""
        return await open_room(tx, self._routes, clinic_id, self._clock.now())

    async def take(self, room: Room, patient_id: PatientId, staff: Staff) -> Escalation:
        """This person answers the patient from now on; whoever did before is told."""
        tx = room.tx
        known = await tx.cases.open_of(patient_id, HANDOFF)
        if known is not None and known.owner_id == staff.id:
            return known
        case = known or await self._opened(room, patient_id)
        handoff = await handoff_of(tx, case)
        number = handoff.count(EntryKind.ACKNOWLEDGED, staff.id) + 1
        await tx.alerts.add_entry(
            case, EntryKind.ACKNOWLEDGED, actor=staff.id, number=number, at=room.now
        )
        await self._schedule(room, case, owner=staff.id)
        # A turn that began before this moment is answered anew, and then finds the hand-off.
        lane = Lane(f"patient:{patient_id}")
        talk = await tx.conversations.get(case.clinic_id, lane)
        await tx.conversations.save(talk, at=room.now)
        cause = f"handoff:{case.id}:begun:{staff.id}:{number}"
        await self._say(room, case, "handoff-begun", cause, name=name_of(room.roster, staff.id))
        if case.owner_id is not None:
            await self._tell(room, case, case.owner_id, "handoff-taken-by", cause, name=staff.name)
        await self._audit(room, case, "handoff-begun", by=staff.id)
        return await tx.alerts.case(case.id) or case

    async def say(self, room: Room, case: Escalation, staff: Staff, words: str) -> bool:
        """Staff's own words to the patient; False when nobody can be written to."""
        number = (await handoff_of(room.tx, case)).count(EntryKind.SAID, staff.id) + 1
        cause = f"handoff:{case.id}:said:{staff.id}:{number}"
        name = name_of(room.roster, staff.id)
        if not await self._say(room, case, "handoff-words", cause, name=name, words=words):
            return False
        await room.tx.alerts.add_entry(
            case, EntryKind.SAID, actor=staff.id, number=number, at=room.now, text=words
        )
        await self._schedule(room, case, owner=case.owner_id)
        await self._audit(room, case, "handoff-said", by=staff.id)
        return True

    async def give_back(self, room: Room, case: Escalation, staff: Staff) -> None:
        """Balm answers again, because staff say so."""
        await self._end(room, await handoff_of(room.tx, case), by=staff.id, why=BY_STAFF)

    async def heard(self, tx: Transaction, before: Handoff, message: Inbound) -> None:
        """Keep what the patient wrote, and tell the owner once that words wait."""
        now = self._clock.now()
        case = await tx.alerts.case(before.case.id)
        if case is None:
            return
        room = await open_room(tx, self._routes, case.clinic_id, now)
        number = before.count(EntryKind.SAID, PATIENT) + 1
        text = message.text or f"[{message.kind.value}]"
        await tx.alerts.add_entry(
            case, EntryKind.SAID, actor=PATIENT, number=number, at=now, text=text
        )
        if case.state is EscalationState.CLOSED:
            await self._closed(room, case, by=PATIENT, why=BY_PATIENT, waits_for_staff=False)
        elif case.owner_id is not None and not before.owner_knows:
            times = before.count(EntryKind.NOTIFIED, case.owner_id) + 1
            await tx.alerts.add_entry(
                case, EntryKind.NOTIFIED, actor=case.owner_id, number=times, at=now
            )
            cause = f"handoff:{case.id}:waits:{times}"
            await self._tell(room, case, case.owner_id, "handoff-waits", cause)

    async def run(self) -> int:
        """Ask owners who have fallen silent, and end what nobody answers; how many."""
        now = self._clock.now()
        async with self._store.read() as tx:
            due = await tx.cases.due_handoffs(now)
        for one in due:
            try:
                async with self._store.unit_of_work() as tx:
                    await self._advance(tx, one.id, now=now)
            except Exception as error:  # noqa: BLE001  # one hand-off must not stop the others
                failure("handoff-step-failed", error)
        if due:
            self._wake.outbox()
        return len(due)

    async def _advance(self, tx: Transaction, case_id: EscalationId, *, now: datetime) -> None:
        case = await tx.alerts.case(case_id)
        if case is None or case.state is EscalationState.CLOSED:
            return
        room = await open_room(tx, self._routes, case.clinic_id, now)
        handoff = await handoff_of(tx, case)
        match next_step(handoff, room.roster.rota, now):
            case AskOwner():
                await self._ask(room, handoff)
            case GiveBack():
                await self._end(room, handoff, by=CLOCK, why=BY_CLOCK)
            case WaitUntil():
                await self._schedule(room, case, owner=case.owner_id)
            case never:
                assert_never(never)

    async def _opened(self, room: Room, patient_id: PatientId) -> Escalation:
        clinic_id = room.roster.clinic.id
        case_id = EscalationId(self._ids.new())
        case = Escalation(
            id=case_id,
            clinic_id=clinic_id,
            cause=f"handoff:{case_id}",
            category=HANDOFF,
            urgency=Urgency.TASK,
            state=EscalationState.OPEN,
            patient_id=patient_id,
            opened_at=room.now,
            deadline_at=None,
            is_confidential=await room.tx.alerts.has_confidential(patient_id),
        )
        await room.tx.cases.add(case)
        return case

    async def _ask(self, room: Room, handoff: Handoff) -> None:
        case, number = handoff.case, handoff.count(EntryKind.NOTIFIED, CLOCK) + 1
        await room.tx.alerts.add_entry(
            case, EntryKind.NOTIFIED, actor=CLOCK, number=number, at=room.now
        )
        returns_at = await self._schedule(room, case, owner=case.owner_id)
        if case.owner_id is not None:
            local = returns_at.astimezone(room.roster.rota.zone)
            cause = f"handoff:{case.id}:asked:{number}"
            await self._tell(
                room, case, case.owner_id, "handoff-still-yours", cause, time=f"{local:%H:%M}"
            )
        await self._audit(room, case, "handoff-owner-asked", by=CLOCK)

    async def _end(self, room: Room, handoff: Handoff, *, by: str, why: str) -> None:
        case = handoff.case
        await room.tx.cases.move(case.id, state=EscalationState.CLOSED, note=why)
        assert case.patient_id is not None
        patient = await room.tx.people.patient(case.patient_id)
        if patient is not None and patient.status is not PatientStatus.ENDED:
            await self._say(room, case, "handoff-returned", f"handoff:{case.id}:returned")
        await self._closed(room, case, by=by, why=why, waits_for_staff=handoff.waits_for_staff)

    async def _closed(
        self, room: Room, case: Escalation, *, by: str, why: str, waits_for_staff: bool
    ) -> None:
        """What follows for staff; words that nobody has answered go on the work list."""
        await room.tx.alerts.add_entry(case, EntryKind.CLOSED, actor=by, number=1, at=room.now)
        if case.owner_id is not None and case.owner_id != by:
            await self._tell(
                room, case, case.owner_id, "handoff-ended", f"handoff:{case.id}:ended", why=why
            )
        if by == CLOCK or waits_for_staff:
            ended = Escalation(
                id=EscalationId(self._ids.new()),
                clinic_id=case.clinic_id,
                cause=f"handoff:{case.id}:ended",
                category=ENDED_CATEGORY,
                urgency=Urgency.TASK,
                state=EscalationState.OPEN,
                patient_id=case.patient_id,
                opened_at=room.now,
                deadline_at=None,
                note="patient-had-the-last-word" if waits_for_staff else why,
                is_confidential=case.is_confidential,
            )
            await room.tx.cases.add(ended)
        await self._audit(room, case, f"handoff-ended:{why}", by=by)

    async def _schedule(self, room: Room, case: Escalation, *, owner: StaffId | None) -> datetime:
        """When the silence of staff is looked at next."""
        step = next_step(await handoff_of(room.tx, case), room.roster.rota, room.now)
        at = step.at if isinstance(step, WaitUntil) else room.now
        await room.tx.alerts.set_owner(
            case.id, owner=owner, state=EscalationState.ACKNOWLEDGED, deadline_at=at
        )
        return at

    async def _say(
        self, room: Room, case: Escalation, template: str, cause: str, **variables: str
    ) -> bool:
        assert case.patient_id is not None
        said = Say(template=template, variables=variables, kind=MessageKind.HANDOFF)
        return await self._notices.say_to(room, case.patient_id, said, cause)

    async def _tell(
        self,
        room: Room,
        case: Escalation,
        staff_id: StaffId,
        template: str,
        cause: str,
        **more: str | int,
    ) -> None:
        await self._notices.tell_staff(room, case, [staff_id], template, cause, **more)

    async def _audit(self, room: Room, case: Escalation, verb: str, *, by: str) -> None:
        await room.tx.house.audit(
            case.clinic_id, at=room.now, actor=by, verb=verb, subject=case.patient_id
        )
