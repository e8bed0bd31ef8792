"""How does one message go to everybody in an audience, once, and how is that stopped?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.audience import fits
from bot.domain.campaign import AtOnce, Campaign
from bot.domain.campaign.planning import broadcast_occurrence, is_held_out
from bot.domain.identity import ClinicId, OccurrenceId, PatientId
from bot.domain.occurrence import Occurrence
from bot.domain.plan import PlannedOccurrence, occurrence_of
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction
from bot.services.campaign_book import CampaignBook
from bot.services.campaign_preview import CampaignPreview, asks_for_history, person_values
from bot.services.known import Known, known_of
from bot.services.patients import NotPossible

Progress = Callable[[int, int], None]
"""Called with how many are done, of how many."""
_AT_A_TIME = 50
_REMEMBERED = timedelta(days=400)
"""A version of a broadcast reaches nobody twice, however often it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """What a broadcast put on its way."""

    campaign: str
    patients: int


class Broadcasts:
    """Plans a published campaign's broadcast for its audience; sending is everybody's drain.

    A patient who fits twice gets one: the message has one identity for each version. Stopping the
    campaign stops what has not left yet.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        book: CampaignBook,
        preview: CampaignPreview,
    ) -> None:
        """Everything falls due at the time of `clock`, and leaves at the senders' pace."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._book = book
        self._preview = preview

    async def send(
        self,
        clinic_id: ClinicId,
        name: str,
        *,
        confirmed: int,
        progress: Progress | None = None,
    ) -> Broadcast:
        """To everybody in the audience now, if that are `confirmed` people. Raises NotPossible."""
        campaign = self._published(clinic_id, name)
        people = await self._audience(clinic_id, campaign)
        if len(people) != confirmed:
            raise NotPossible(
                f"{len(people)} patients are in the audience now; look at them and confirm "
                f"that number: --confirm {len(people)}"
            )
        for start in range(0, len(people), _AT_A_TIME):
            async with self._store.unit_of_work() as tx:
                await self._plan(tx, clinic_id, campaign, people[start : start + _AT_A_TIME])
            if progress is not None:
                progress(min(start + _AT_A_TIME, len(people)), len(people))
        return Broadcast(campaign=campaign.rule, patients=len(people))

    def _published(self, clinic_id: ClinicId, name: str) -> Campaign:
        loaded = self._book.published(clinic_id, name)
        if loaded is None:
            raise NotPossible(f"{name} is not published; see: balm campaign list")
        if not any(isinstance(step.trigger, AtOnce) for step in loaded.campaign.steps):
            raise NotPossible(f"{name} has no step with “when: {{broadcast: true}}”")
        return loaded.campaign

    async def _audience(self, clinic_id: ClinicId, campaign: Campaign) -> list[PatientId]:
        """Only who has a course, before, during or after it: a message belongs to one."""
        now, asks = self._clock.now(), asks_for_history(campaign)
        fitting = [
            person.patient.id
            async for person in self._preview.people(clinic_id, with_history=asks)
            if fits(campaign.audience, person_values(person, now))
            and person.channel is not None
            and not is_held_out(campaign, person.patient.id)
        ]
        running: set[PatientId] = set()
        async with self._store.read() as tx:
            for start in range(0, len(fitting), _AT_A_TIME):
                running |= set(await tx.many.running_courses(fitting[start : start + _AT_A_TIME]))
        return [one for one in fitting if one in running]

    async def _plan(
        self,
        tx: Transaction,
        clinic_id: ClinicId,
        campaign: Campaign,
        patient_ids: Sequence[PatientId],
    ) -> None:
        now = self._clock.now()
        patients = await tx.many.patients(patient_ids)
        known = await known_of(tx, list(patients.values()), at=now)
        courses = await tx.many.running_courses(patient_ids)
        lately = await tx.many.occurrences(patient_ids, after=now - _REMEMBERED, until=now)
        await tx.plan.upsert_planned(
            clinic_id,
            [
                occurrence_of(
                    one,
                    id=OccurrenceId(self._ids.new()),
                    patient_id=patient_id,
                    course_id=course_id,
                )
                for patient_id, course_id in courses.items()
                for one in _fresh(campaign, known[patient_id], lately[patient_id], now)
            ],
        )


def _fresh(
    campaign: Campaign, known: Known, lately: Sequence[Occurrence], now: datetime
) -> Iterator[PlannedOccurrence]:
    """The messages of a broadcast that were not planned for this patient before."""
    spoken = {(one.reminder, one.slot) for one in lately}
    for step in campaign.steps:
        one = broadcast_occurrence(campaign, step, known.state, now=now)
        if one is not None and (one.reminder, one.slot) not in spoken:
            yield one
