"""What has happened that a campaign answers to, and which messages follow?"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.domain.campaign import Campaign, Event, OnEvent, Step
from bot.domain.campaign.events import Happening, answered_by, spoke_lately
from bot.domain.campaign.planning import event_occurrence, is_held_out, reminder_name
from bot.domain.identity import ClinicId, OccurrenceId, PatientId
from bot.domain.occurrence import Occurrence
from bot.domain.patient import state_at
from bot.domain.plan import occurrence_of
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction
from bot.services.campaign_book import CampaignBook

EVERY = timedelta(minutes=1)
_LOOK_BACK = timedelta(days=60)
_FRESH = timedelta(days=1)
"""An event older than this, as after an outage, is answered no more."""


class CampaignEvents:
    """Looks at what other records say, so that no event is lost with a process."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, *, book: CampaignBook) -> None:
        """By patient time of `clock`."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._book = book
        self._next_look: datetime | None = None

    async def run(self) -> int:
        """Plan the answers to what has happened; how many. Looks once a minute at most."""
        now = self._clock.now()
        clinics = self._book.clinics_with_events()
        if not clinics or (self._next_look is not None and now < self._next_look):
            return 0
        self._next_look = now + EVERY
        return sum([await self._clinic(clinic_id, now) for clinic_id in clinics])

    async def _clinic(self, clinic_id: ClinicId, now: datetime) -> int:
        async with self._store.read() as tx:
            happened = await tx.happenings.since(clinic_id, now - _LOOK_BACK)
        by_patient: dict[PatientId, list[Happening]] = defaultdict(list)
        for happening in happened:
            by_patient[happening.patient_id].append(happening)
        triggers = self._book.event_triggers(clinic_id)
        count = 0
        for patient_id, mine in by_patient.items():
            if all(_to_answer(trigger, mine, now=now) is None for trigger in triggers):
                continue  # nothing is due: most patients, every minute
            try:
                async with self._store.unit_of_work() as tx:
                    count += await self._patient(tx, clinic_id, patient_id, mine, now=now)
            except Exception as error:  # noqa: BLE001  # one patient must not stop the others
                failure("campaign-event-failed", error)
        return count

    async def _patient(
        self,
        tx: Transaction,
        clinic_id: ClinicId,
        patient_id: PatientId,
        happenings: Sequence[Happening],
        *,
        now: datetime,
    ) -> int:
        patient = await tx.people.patient(patient_id)
        course_id = await tx.plan.running_course(patient_id)
        if patient is None or course_id is None:
            return 0
        facts = await tx.people.facts(patient_id)
        clinic = await tx.house.clinic(clinic_id)
        state = state_at(patient, facts, at=now, clinic=clinic)
        lately = await tx.plan.occurrences(
            patient_id, after=now - _LOOK_BACK, until=now + _LOOK_BACK
        )
        planned: list[Occurrence] = []
        for campaign in self._book.campaigns_for(facts, state, at=now):
            if is_held_out(campaign, patient_id):
                continue
            for step, happening in _answers(campaign, happenings, lately, now=now):
                one = event_occurrence(
                    campaign,
                    step,
                    state,
                    happened_at=now if happening.event is Event.SILENCE else happening.at,
                    key=happening.key,
                )
                if one is not None:
                    named = OccurrenceId(self._ids.new())
                    planned.append(
                        occurrence_of(one, id=named, patient_id=patient_id, course_id=course_id)
                    )
        await tx.plan.upsert_planned(clinic_id, planned)
        return len(planned)


def _to_answer(
    trigger: OnEvent, happenings: Sequence[Happening], *, now: datetime
) -> Happening | None:
    """The happening that the trigger answers to now, if it is not too long ago."""
    found = answered_by(trigger, happenings, now=now)
    if found is None or found.event is Event.SILENCE:
        return found
    return found if now - found.at <= _FRESH else None


def _answers(
    campaign: Campaign,
    happenings: Sequence[Happening],
    lately: Sequence[Occurrence],
    *,
    now: datetime,
) -> Iterator[tuple[Step, Happening]]:
    """Steps whose event has come, once within their own days."""
    for step in campaign.steps:
        if not isinstance(step.trigger, OnEvent):
            continue
        found = _to_answer(step.trigger, happenings, now=now)
        if found is None:
            continue
        name = reminder_name(campaign, step)
        spoken = [one.due_at for one in lately if one.reminder == name]
        if not spoke_lately(spoken, step.trigger, now=now):
            yield step, found
