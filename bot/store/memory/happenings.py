"""What has happened to the simulated patients lately that a campaign may answer to?"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from bot.domain.campaign.definition import Event
from bot.domain.campaign.events import EVIDENCE_EVENTS, Happening, last_word
from bot.domain.escalation import EntryKind
from bot.domain.identity import ClinicId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import FactKind
from bot.store.memory.alerts import MemoryAlerts
from bot.store.memory.cases import MemoryCases
from bot.store.memory.inbox import MemoryInbox
from bot.store.memory.people import MemoryPeople
from bot.store.memory.plan import MemoryPlan


class MemoryHappenings:
    """Reads what other records keep; the one clinic that there is."""

    def __init__(
        self,
        plan: MemoryPlan,
        people: MemoryPeople,
        inbox: MemoryInbox,
        *,
        cases: MemoryCases,
        alerts: MemoryAlerts,
    ) -> None:
        """Everything is read where it is kept."""
        self._plan = plan
        self._people = people
        self._inbox = inbox
        self._cases = cases
        self._alerts = alerts

    async def since(self, clinic_id: ClinicId, since: datetime) -> Sequence[Happening]:
        """Everything after `since`, and of every active patient their last word."""
        del clinic_id
        found = [*self._missed_doses(), *self._evidence()]
        found += [closed async for closed in self._closed_alerts()]
        words = self._inbox.last_words
        return [
            *(one for one in found if one.at > since),
            *(
                last_word(patient.id, words[patient.id])
                for patient in self._people.active()
                if patient.id in words
            ),
        ]

    def _missed_doses(self) -> Iterator[Happening]:
        for one in self._plan.all():
            if one.kind is MessageKind.DOSE and one.state is OccurrenceState.MISSED:
                yield Happening(
                    patient_id=one.patient_id, event=Event.MISSED_DOSE, key=one.id, at=one.due_at
                )

    def _evidence(self) -> Iterator[Happening]:
        for patient in self._people.active():
            for number, fact in enumerate(self._people.known_facts(patient.id)):
                event = EVIDENCE_EVENTS.get(str(fact.value.get("name")))
                is_shown = fact.kind is FactKind.EVIDENCE and not fact.value.get("withdrawn")
                if event is not None and is_shown:
                    yield Happening(
                        patient_id=patient.id,
                        event=event,
                        key=f"fact-{number}",
                        at=fact.recorded_at,
                    )

    async def _closed_alerts(self) -> AsyncIterator[Happening]:
        """Confidential cases stay out: nothing unprompted may follow them."""
        for case in self._cases.cases.values():
            if case.patient_id is None or case.is_confidential:
                continue
            for entry in await self._alerts.entries(case.id):
                if entry.kind is EntryKind.CLOSED:
                    yield Happening(
                        patient_id=case.patient_id,
                        event=Event.ALERT_CLOSED,
                        key=case.id,
                        at=entry.at,
                    )
