"""How does an occurrence whose step has come get decided and carried out, exactly once?"""

from datetime import datetime, timedelta

from bot.domain.decide import DueEvent, decide
from bot.domain.effect import RaiseAlert
from bot.domain.escalation import Urgency
from bot.domain.identity import ClinicId, Lane
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import DOSE_REMINDER, Occurrence, OccurrenceState
from bot.domain.patient import FactKind, current, state_at
from bot.domain.plan import regimen_in_force
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.people import Conflict
from bot.ports.store import Store, Transaction
from bot.ports.wake import Wake
from bot.services.effects import Effects, Scene
from bot.services.reach import patient_recipient
from bot.services.turns import Turns

_BATCH = 50
_NEIGHBOURS = timedelta(days=1)


class DueService:
    """Turns due steps into messages; each step moves its occurrence, so none repeats."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        turns: Turns,
        effects: Effects,
        wake: Wake,
    ) -> None:
        """Decides by patient time of `clock`."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._turns = turns
        self._effects = effects
        self._wake = wake

    async def run(self) -> int:
        """Carry out every step that is due now; how many."""
        done = 0
        while True:
            count = await self._run_batch()
            done += count
            if count < _BATCH:
                break
        if done:
            self._wake.outbox()
        return done

    async def _run_batch(self) -> int:
        now = self._clock.now()
        async with self._store.read() as tx:
            waiting = await tx.plan.due(now, limit=_BATCH)
        for clinic_id, occurrence in waiting:
            try:
                async with self._store.unit_of_work() as tx:
                    await self._step(tx, clinic_id, occurrence, now=now)
            except Conflict:
                continue  # the patient wrote in this very moment; the next tick decides anew
            except Exception as error:  # noqa: BLE001  # one patient must not stop the others
                failure("due-failed", error, kind=occurrence.reminder)
                await self._set_aside(clinic_id, occurrence, now=now)
        return len(waiting)

    async def _step(
        self, tx: Transaction, clinic_id: ClinicId, seen: Occurrence, *, now: datetime
    ) -> None:
        occurrence = await tx.plan.occurrence(seen.id)
        if occurrence is None or occurrence.next_at is None or occurrence.next_at > now:
            return
        patient = await tx.people.patient(occurrence.patient_id)
        clinic = await tx.house.clinic(clinic_id)
        assert patient is not None
        facts = await tx.people.facts(patient.id)
        state = state_at(patient, facts, at=now, clinic=clinic)
        preferred = current(facts, FactKind.CHANNEL, at=now) or {}
        recipient = await patient_recipient(tx, clinic_id, patient.id, preferred.get("channel"))
        around = await tx.plan.occurrences(
            patient.id, after=occurrence.due_at - _NEIGHBOURS, until=now
        )
        regimen = regimen_in_force(facts, state, at=now)
        is_checkin = occurrence.kind is MessageKind.CHECKIN
        event = DueEvent(
            occurrence=occurrence,
            now=now,
            may_write=recipient is not None,
            doses=tuple(o for o in around if o.reminder == DOSE_REMINDER),
            minimum_gap=regimen.gap() if regimen is not None else timedelta(0),
            checkin=await self._turns.checkins.checkin_of(tx, occurrence, around, state)
            if is_checkin
            else None,
            fresh_id=self._ids.new(),
            clinic=clinic,
        )
        scene = Scene(
            tx=tx,
            clinic=clinic,
            now=now,
            cause=_cause(occurrence),
            actor="planner",
            conversation=await tx.conversations.get(clinic_id, Lane(f"patient:{patient.id}")),
            patient_id=patient.id,
            language=state.language,
            recipient=recipient,
            is_opted_out=False,
            due_at=occurrence.next_at,
        )
        await self._effects.apply(scene, decide(state, event))

    async def _set_aside(
        self, clinic_id: ClinicId, occurrence: Occurrence, *, now: datetime
    ) -> None:
        """A step that cannot be carried out ends with a reason, and the clinic is told."""
        async with self._store.unit_of_work() as tx:
            await tx.plan.move(
                occurrence.id,
                state=OccurrenceState.EXPIRED,
                next_at=None,
                reason="software-error",
            )
            clinic = await tx.house.clinic(clinic_id)
            scene = Scene(
                tx=tx,
                clinic=clinic,
                now=now,
                cause=f"{_cause(occurrence)}:error",
                actor="planner",
                conversation=await tx.conversations.get(
                    clinic_id, Lane(f"patient:{occurrence.patient_id}")
                ),
                patient_id=occurrence.patient_id,
                language="en",
                recipient=None,
                is_opted_out=False,
            )
            alert = RaiseAlert(category="reminder-not-sent", urgency=Urgency.TASK)
            await self._effects.apply(scene, [alert])


def _cause(occurrence: Occurrence) -> str:
    """Occurrence id and purpose: the same step can never speak twice."""
    purpose = {
        OccurrenceState.PLANNED: "ask",
        OccurrenceState.SNOOZED: "ask-again",
        OccurrenceState.ASKED: "nudge",
    }.get(occurrence.state, "close")
    is_again = occurrence.state in (OccurrenceState.SNOOZED, OccurrenceState.ASKED)
    step = f":{occurrence.next_at.isoformat()}" if is_again and occurrence.next_at else ""
    return f"occurrence:{occurrence.id}:{purpose}{step}"
