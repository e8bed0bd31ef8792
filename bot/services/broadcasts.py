"""How does one message go to everybody in an audience, once, and how is that stopped?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.audience import fits
from bot.domain.campaign import AtOnce, Campaign
from bot.domain.campaign.planning import broadcast_occurrence, is_held_out
from bot.domain.campaign.preview import Person
from bot.domain.identity import ClinicId, OccurrenceId
from bot.domain.patient import state_at
from bot.domain.plan import occurrence_of
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction
from bot.services.campaign_book import CampaignBook
from bot.services.campaign_preview import CampaignPreview, person_values
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
                for person in people[start : start + _AT_A_TIME]:
                    await self._plan(tx, campaign, person)
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

    async def _audience(self, clinic_id: ClinicId, campaign: Campaign) -> list[Person]:
        """Only who has a course, before, during or after it: a message belongs to one."""
        now = self._clock.now()
        fitting = [
            person
            async for person in self._preview.people(clinic_id)
            if fits(campaign.audience, person_values(person, now))
            and person.channel is not None
            and not is_held_out(campaign, person.patient.id)
        ]
        async with self._store.read() as tx:
            return [one for one in fitting if await tx.plan.running_course(one.patient.id)]

    async def _plan(self, tx: Transaction, campaign: Campaign, person: Person) -> None:
        now = self._clock.now()
        course_id = await tx.plan.running_course(person.patient.id)
        if course_id is None:
            return
        state = state_at(person.patient, person.facts, at=now, clinic=person.clinic)
        planned = [broadcast_occurrence(campaign, step, state, now=now) for step in campaign.steps]
        lately = await tx.plan.occurrences(person.patient.id, after=now - _REMEMBERED, until=now)
        spoken = {(one.reminder, one.slot) for one in lately}
        await tx.plan.upsert_planned(
            person.clinic.id,
            [
                occurrence_of(
                    one,
                    id=OccurrenceId(self._ids.new()),
                    patient_id=person.patient.id,
                    course_id=course_id,
                )
                for one in planned
                if one is not None and (one.reminder, one.slot) not in spoken
            ],
        )
