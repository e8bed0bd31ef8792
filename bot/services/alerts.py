"""Which open alert needs somebody now, and is that somebody being told?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from bot.domain.alert import (
    AlarmOperator,
    Alert,
    HandOn,
    Notify,
    Repeat,
    Step,
    TellPatient,
    Wait,
    next_step,
)
from bot.domain.escalation import (
    EntryKind,
    Escalation,
    EscalationState,
    FlagRule,
    acknowledge_within,
)
from bot.domain.identity import EscalationId, StaffId
from bot.domain.rota import StaffRole
from bot.logs import failure, warning
from bot.ports.clock import Clock
from bot.ports.store import Store, Transaction
from bot.ports.wake import Wake
from bot.services.notices import Notices, Room, open_room
from bot.services.roster import ACTIVE, Routes

CLOCK = "clock"
_MOST_STEPS = 12
_TRY_AGAIN = timedelta(minutes=1)
_MINUTE = timedelta(minutes=1)


class Alerts:
    """Carries every open alert on, step by step, until a person has closed it.

    Each step is written with its messages in one transaction, so a crash repeats nothing that was
    queued and forgets nothing that was not.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        notices: Notices,
        rules: Mapping[str, FlagRule],
        wake: Wake,
    ) -> None:
        """Deadlines are patient time, by `clock`; nothing leaves before `routes` is connected."""
        self._store = store
        self._clock = clock
        self._notices = notices
        self.routes = Routes()
        self._rules = rules
        self._wake = wake

    async def run(self) -> int:
        """Take every step that is due; how many."""
        now = self._clock.now()
        async with self._store.read() as tx:
            due = await tx.alerts.due(now)
        done = 0
        for case_id in due:
            try:
                async with self._store.unit_of_work() as tx:
                    done += await self._advance(tx, case_id, now=now)
            except Exception as error:  # noqa: BLE001  # one alert must not stop the others
                failure("alert-step-failed", error)
                await self._try_later(case_id, now=now)
        if done:
            self._wake.outbox()
        return done

    async def _advance(self, tx: Transaction, case_id: EscalationId, *, now: datetime) -> int:
        case = await tx.alerts.case(case_id)
        if case is None:
            return 0
        room = await open_room(tx, self.routes, case.clinic_id, now)
        roster = room.roster
        for taken in range(_MOST_STEPS):
            alert = await self.alert_of(tx, case)
            step = next_step(alert, roster.members(), roster.rota, now)
            if isinstance(step, Wait):
                await tx.alerts.wait(case.id, until=step.until)
                return taken
            await self._carry_out(room, alert, step)
            case = await tx.alerts.case(case_id) or case
        await tx.alerts.wait(case.id, until=now + _TRY_AGAIN)
        return _MOST_STEPS

    async def alert_of(self, tx: Transaction, case: Escalation) -> Alert:
        """The case with its clocks and all that happened to it."""
        return Alert(
            case=case,
            acknowledge_within=acknowledge_within(self._rules.get(case.category), case.urgency),
            entries=tuple(await tx.alerts.entries(case.id)),
        )

    async def _carry_out(self, room: Room, alert: Alert, step: Step) -> None:
        match step:
            case Notify(to=people) | Repeat(to=people):
                await self._notify(room, alert, people)
            case HandOn(away_from=staff_id):
                await self._hand_on(room, alert, staff_id)
            case TellPatient():
                await self._tell_patient(room, alert)
            case AlarmOperator():
                await self._alarm(room, alert)
            case Wait():
                pass
            case _:
                assert_never(step)

    async def _notify(self, room: Room, alert: Alert, people: tuple[StaffId, ...]) -> None:
        case, alerts = alert.case, room.tx.alerts
        is_first = not any(e.kind is EntryKind.NOTIFIED for e in alert.this_round)
        for staff_id in people:
            number = alert.notices(staff_id) + 1
            await alerts.add_entry(
                case, EntryKind.NOTIFIED, actor=staff_id, number=number, at=room.now
            )
            await self._notices.notify(room, case, staff_id, number)
        if is_first and case.state is not EscalationState.CONTACTED:
            deadline = room.roster.rota.after(room.now, alert.acknowledge_within)
            await alerts.set_owner(case.id, owner=None, state=case.state, deadline_at=deadline)

    async def _hand_on(self, room: Room, alert: Alert, staff_id: StaffId | None) -> None:
        case = alert.case
        number = 1 + sum(entry.kind is EntryKind.HANDED_ON for entry in alert.entries)
        await room.tx.alerts.add_entry(
            case, EntryKind.HANDED_ON, actor=staff_id or CLOCK, number=number, at=room.now
        )
        await room.tx.alerts.set_owner(
            case.id, owner=None, state=EscalationState.HANDED_ON, deadline_at=None
        )
        await self._audit(room, case, "alert-handed-on")

    async def _tell_patient(self, room: Room, alert: Alert) -> None:
        number = self._times(alert, EntryKind.PATIENT_TOLD)
        cause = f"alert-patient:{alert.case.id}:unreached:{number}"
        await self._notices.tell_patient(room, alert.case, "alert-unreached", cause)
        await room.tx.alerts.add_entry(
            alert.case, EntryKind.PATIENT_TOLD, actor=CLOCK, number=number, at=room.now
        )
        await self._audit(room, alert.case, "patient-told-nobody-answers")

    async def _alarm(self, room: Room, alert: Alert) -> None:
        case = alert.case
        number = self._times(alert, EntryKind.OPERATOR_ALARMED)
        minutes = (room.now - case.opened_at) // _MINUTE
        warning("alert-unanswered", kind=case.urgency.value, count=minutes)
        operators = [
            person.staff.id
            for person in room.roster.people
            if person.staff.role == StaffRole.OPERATOR and person.staff.state == ACTIVE
        ]
        cause = f"alert-operator:{case.id}:{number}"
        await self._notices.tell_staff(room, case, operators, "alert-operator", cause)
        await room.tx.alerts.add_entry(
            case, EntryKind.OPERATOR_ALARMED, actor=CLOCK, number=number, at=room.now
        )
        await self._audit(room, case, "operator-alarmed")

    def _times(self, alert: Alert, kind: EntryKind) -> int:
        return 1 + sum(entry.kind is kind for entry in alert.entries)

    async def _audit(self, room: Room, case: Escalation, verb: str) -> None:
        await room.tx.house.audit(
            case.clinic_id, at=room.now, actor=CLOCK, verb=verb, subject=case.id
        )

    async def _try_later(self, case_id: EscalationId, *, now: datetime) -> None:
        """A step that fails is tried again a minute later, and holds up no other alert."""
        async with self._store.unit_of_work() as tx:
            await tx.alerts.wait(case_id, until=now + _TRY_AGAIN)
