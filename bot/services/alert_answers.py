"""What follows when staff say that they saw, reached, missed or closed an alert?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.alert import Alert
from bot.domain.escalation import (
    HANDOFF,
    EntryKind,
    Escalation,
    EscalationState,
    Outcome,
    Urgency,
)
from bot.domain.identity import EscalationId, PatientId, StaffId
from bot.domain.rota import audience, sees_confidential
from bot.ports.house import Staff
from bot.ports.store import Transaction
from bot.services.alerts import Alerts
from bot.services.notices import Notices, Room, open_room

_SEARCHING = (EscalationState.OPEN, EscalationState.DELIVERED, EscalationState.HANDED_ON)


class Answer(StrEnum):
    """How an answer of staff was taken."""

    DONE = "done"
    TAKEN_BY_OTHER = "taken-by-other"
    """Somebody else had acknowledged it before; nothing changed."""
    HANDED_ON = "handed-on"
    UNKNOWN = "unknown"
    """There is no such open alert for this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer, with the case as it is now."""

    answer: Answer
    case: Escalation | None = None
    owner_name: str = ""


_UNKNOWN = Answered(answer=Answer.UNKNOWN)


class AlertAnswers:
    """Takes what staff say of an alert; the same answer twice changes nothing."""

    def __init__(self, alerts: Alerts, notices: Notices) -> None:
        """Clocks of `alerts`; words by `notices`."""
        self._alerts = alerts
        self._notices = notices

    async def room(self, tx: Transaction, staff: Staff, *, now: datetime) -> Room:
        """What a transaction about alerts of this person's clinic works with."""
        return await open_room(tx, self._alerts.routes, staff.clinic_id, now)

    async def acknowledge(self, room: Room, case_id: EscalationId, staff: Staff) -> Answered:
        """This person has seen the alert and takes it; settles it for everybody who was told."""
        case = await self._open(room, case_id, staff)
        if case is None:
            return _UNKNOWN
        if case.state not in _SEARCHING:
            owner = room.roster.person(case.owner_id)
            is_own = case.owner_id == staff.id
            return Answered(
                answer=Answer.DONE if is_own else Answer.TAKEN_BY_OTHER,
                case=case,
                owner_name=owner.staff.name if owner else "",
            )
        alert = await self._alerts.alert_of(room.tx, case)
        await self._write(room, alert, EntryKind.ACKNOWLEDGED, staff)
        await room.tx.alerts.skip_notices(case.id, at=room.now)
        if case.is_drill:
            await self._end(room, case, staff, Outcome.DRILL, is_reportable=None)
        else:
            await self._take(room, alert, staff)
        others = _told(alert, besides=staff.id)
        number = _count(alert, EntryKind.ACKNOWLEDGED) + 1
        cause = f"alert-taken:{case.id}:{number}"
        await self._notices.tell_staff(room, case, others, "alert-taken-by", cause, name=staff.name)
        return await self._now(room, case, staff)

    async def contacted(self, room: Room, case_id: EscalationId, staff: Staff) -> Answered:
        """This person has spoken with the patient."""
        case = await self._open(room, case_id, staff)
        if case is None:
            return _UNKNOWN
        if case.state is not EscalationState.CONTACTED:
            alert = await self._alerts.alert_of(room.tx, case)
            await self._write(room, alert, EntryKind.CONTACTED, staff)
            await room.tx.alerts.skip_notices(case.id, at=room.now)
            await room.tx.alerts.set_owner(
                case.id, owner=staff.id, state=EscalationState.CONTACTED, deadline_at=None
            )
        return await self._now(room, case, staff)

    async def missed(self, room: Room, case_id: EscalationId, staff: Staff) -> Answered:
        """This person could not reach the patient: the next one is asked at once."""
        case = await self._open(room, case_id, staff)
        if case is None:
            return _UNKNOWN
        await self._pass_on(room, case, staff)
        now = await self._now(room, case, staff)
        return Answered(answer=Answer.HANDED_ON, case=now.case)

    async def close(
        self,
        room: Room,
        case_id: EscalationId,
        staff: Staff,
        *,
        outcome: Outcome,
        is_reportable: bool | None,
    ) -> Answered:
        """Closed with an outcome; "not reached" closes only when nobody is left to try."""
        case = await room.tx.alerts.case(case_id)
        if case is None or case.state is EscalationState.CLOSED:
            return _UNKNOWN
        if not self._may_answer(room, case, staff):
            return _UNKNOWN
        is_alert = case.urgency is not Urgency.TASK
        if outcome is Outcome.NOT_REACHED and is_alert and await self._others(room, case, staff):
            await self._pass_on(room, case, staff)
            return Answered(answer=Answer.HANDED_ON, case=case)
        await self._end(room, case, staff, outcome, is_reportable=is_reportable)
        cause = f"alert-patient:{case.id}:closed"
        template = "handoff-returned" if case.category == HANDOFF else "alert-closed"
        await self._notices.tell_patient(room, case, template, cause, by=staff.id)
        return await self._now(room, case, staff)

    async def hear(
        self, tx: Transaction, patient_id: PatientId, text: str, *, now: datetime
    ) -> None:
        """Add what a patient writes to the thread of their open alert, if there is one."""
        case = await tx.alerts.alerting(patient_id)
        if case is None or not text:
            return
        alert = await self._alerts.alert_of(tx, case)
        number = _count(alert, EntryKind.SAID) + 1
        await tx.alerts.add_entry(
            case, EntryKind.SAID, actor="patient", number=number, at=now, text=text
        )

    async def _open(self, room: Room, case_id: EscalationId, staff: Staff) -> Escalation | None:
        case = await room.tx.alerts.case(case_id)
        is_open = case is not None and case.state not in (
            EscalationState.CHECKING,
            EscalationState.CLOSED,
        )
        if case is None or not is_open or case.urgency is Urgency.TASK:
            return None
        return case if self._may_answer(room, case, staff) else None

    def _may_answer(self, room: Room, case: Escalation, staff: Staff) -> bool:
        if case.clinic_id != staff.clinic_id:
            return False
        member = next((m for m in room.roster.members() if m.id == staff.id), None)
        if member is None or not member.is_active:
            return False
        rota = room.roster.rota
        return not case.is_confidential or sees_confidential(member, rota, room.now)

    async def _take(self, room: Room, alert: Alert, staff: Staff) -> None:
        case = alert.case
        deadline = room.roster.rota.after(room.now, alert.contact_within)
        await room.tx.alerts.set_owner(
            case.id, owner=staff.id, state=EscalationState.ACKNOWLEDGED, deadline_at=deadline
        )
        number = _count(alert, EntryKind.ACKNOWLEDGED) + 1
        await self._notices.tell_patient(
            room, case, "alert-seen", f"alert-patient:{case.id}:seen:{number}", by=staff.id
        )

    async def _pass_on(self, room: Room, case: Escalation, staff: Staff) -> None:
        alert = await self._alerts.alert_of(room.tx, case)
        await self._write(room, alert, EntryKind.NOT_REACHED, staff)
        await self._write(room, alert, EntryKind.HANDED_ON, staff)
        await room.tx.alerts.set_owner(
            case.id, owner=None, state=EscalationState.HANDED_ON, deadline_at=None
        )

    async def _others(self, room: Room, case: Escalation, staff: Staff) -> list[StaffId]:
        """Who could still try to reach the patient."""
        alert = await self._alerts.alert_of(room.tx, case)
        roster = room.roster
        people = audience(
            roster.members(), roster.rota, room.now, is_confidential=case.is_confidential
        )
        return [p.id for p in people if p.id not in alert.tried and p.id != staff.id]

    async def _end(
        self,
        room: Room,
        case: Escalation,
        staff: Staff,
        outcome: Outcome,
        *,
        is_reportable: bool | None,
    ) -> None:
        alert = await self._alerts.alert_of(room.tx, case)
        await self._write(room, alert, EntryKind.CLOSED, staff)
        await room.tx.alerts.skip_notices(case.id, at=room.now)
        await room.tx.alerts.close(case.id, outcome=outcome, is_reportable=is_reportable)

    async def _write(self, room: Room, alert: Alert, kind: EntryKind, staff: Staff) -> None:
        """An entry by this person, and the same in the audit trail."""
        await room.tx.alerts.add_entry(
            alert.case, kind, actor=staff.id, number=_count(alert, kind) + 1, at=room.now
        )
        await room.tx.house.audit(
            staff.clinic_id,
            at=room.now,
            actor=staff.id,
            verb=f"alert-{kind.value}",
            subject=alert.case.id,
        )

    async def _now(self, room: Room, case: Escalation, staff: Staff) -> Answered:
        return Answered(
            answer=Answer.DONE,
            case=await room.tx.alerts.case(case.id),
            owner_name=staff.name,
        )


def _count(alert: Alert, kind: EntryKind) -> int:
    return sum(entry.kind is kind for entry in alert.entries)


def _told(alert: Alert, *, besides: StaffId) -> list[StaffId]:
    """Everybody who was told of the alert, once each, but for one."""
    told = [e.actor for e in alert.entries if e.kind is EntryKind.NOTIFIED]
    return [StaffId(actor) for actor in dict.fromkeys(told) if actor != besides]
