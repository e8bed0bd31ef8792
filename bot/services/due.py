"""How does an occurrence whose step has come get decided and carried out, exactly once?"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from bot.domain.burden import Burden, true_until, waits_to_be_said
from bot.domain.conversation import Conversation
from bot.domain.decide import decide
from bot.domain.due_event import DueEvent
from bot.domain.effect import RaiseAlert
from bot.domain.escalation import HANDOFF, Urgency
from bot.domain.identity import ClinicId, Lane
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.domain.occurrence import DOSE_REMINDER, Occurrence, OccurrenceState
from bot.domain.patient import Clinic, Fact, FactKind, PatientState, current, state_at
from bot.domain.plan import regimen_in_force
from bot.domain.schedule import instant
from bot.domain.week_summary import WEEK_SUMMARY
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.people import Conflict
from bot.ports.store import Store, Transaction
from bot.ports.wake import Wake
from bot.services.campaign_notices import CampaignNotices
from bot.services.course_so_far import course_so_far
from bot.services.effects import Effects
from bot.services.reach import patient_recipient
from bot.services.scene import Recipient, Scene
from bot.services.turns import Turns

_BATCH = 50
_NEIGHBOURS = timedelta(days=1)
_COUNTED = tuple(kind.value for kind, rule in KIND_RULES.items() if rule.counts_in_budget)


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
        campaigns: CampaignNotices,
    ) -> None:
        """Decides by patient time of `clock`."""
        self._campaigns = campaigns
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
        conversation = await tx.conversations.get(clinic_id, Lane(f"patient:{patient.id}"))
        event = await self._event(
            tx, occurrence, facts, state, conversation, clinic=clinic, recipient=recipient, now=now
        )
        scene = Scene(
            tx=tx,
            clinic=clinic,
            now=now,
            cause=_cause(occurrence),
            actor="planner",
            conversation=conversation,
            patient_id=patient.id,
            language=state.language,
            recipient=recipient,
            is_opted_out=False,
            due_at=occurrence.next_at,
            is_discreet=state.shares_phone,
            valid_until=true_until(occurrence),
        )
        await self._effects.apply(scene, decide(state, event))

    async def _event(
        self,
        tx: Transaction,
        occurrence: Occurrence,
        facts: Sequence[Fact],
        state: PatientState,
        conversation: Conversation,
        *,
        clinic: Clinic,
        recipient: Recipient | None,
        now: datetime,
    ) -> DueEvent:
        """All that the decision on this step needs to know."""
        around = await tx.plan.occurrences(
            state.patient.id, after=occurrence.due_at - _NEIGHBOURS, until=now
        )
        regimen = regimen_in_force(facts, state, at=now)
        is_checkin = occurrence.kind is MessageKind.CHECKIN
        return DueEvent(
            occurrence=occurrence,
            now=now,
            may_write=recipient is not None,
            doses=tuple(o for o in around if o.reminder == DOSE_REMINDER),
            minimum_gap=regimen.gap() if regimen is not None else timedelta(0),
            checkin=await self._turns.checkins.checkin_of(tx, occurrence, around, state)
            if is_checkin
            else None,
            fresh_id=self._ids.new(),
            burden=await _burden(tx, state, conversation, around, now=now),
            campaign=await self._campaigns.of(
                tx,
                occurrence,
                facts,
                state,
                clinic=clinic,
                channel=recipient.channel if recipient is not None else None,
                now=now,
            ),
            clinic=clinic,
            progress=await course_so_far(tx, state, now=now, planner=self._turns.checkins.planner)
            if occurrence.reminder == WEEK_SUMMARY
            else None,
        )

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


async def _burden(
    tx: Transaction,
    state: PatientState,
    conversation: Conversation,
    around: Sequence[Occurrence],
    *,
    now: datetime,
) -> Burden:
    """What the patient was told today, and what else goes on."""
    midnight = instant(now.astimezone(state.zone).date(), time(0), state.zone)
    question = conversation.awaiting
    is_asked = question is not None and question.is_open(now)
    return Burden(
        said_today=await tx.outbox.said_since(state.patient.id, _COUNTED, since=midnight),
        is_handed_off=await tx.cases.open_of(state.patient.id, HANDOFF) is not None,
        asked_at=question.asked_at if question is not None and is_asked else None,
        also_waiting=[one for one in around if waits_to_be_said(one, now=now)],
    )


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
