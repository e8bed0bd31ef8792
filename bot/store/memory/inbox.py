"""What is kept of the messages that simulated people wrote?"""

from dataclasses import replace
from datetime import datetime

from bot.domain.identity import ClinicId, InboundId, Lane, PatientId, SenderId
from bot.domain.inbound import Inbound
from bot.ports.clock import Ids
from bot.ports.inbox import StoredInbound
from bot.store.memory.people import MemoryPeople


class MemoryInbox:
    """Messages received, each answered once, in the order in which they came."""

    def __init__(self, ids: Ids, people: MemoryPeople) -> None:
        """`people` know whose address a message comes from."""
        self._ids = ids
        self._people = people
        self._known: set[tuple[SenderId, str]] = set()
        self._waiting: dict[InboundId, tuple[StoredInbound, datetime]] = {}
        self.last_words: dict[PatientId, datetime] = {}
        """When each patient last wrote or pressed anything."""

    async def add(
        self, clinic_id: ClinicId, message: Inbound, *, at: datetime
    ) -> StoredInbound | None:
        """Store a message once; None when it is already stored."""
        key = (message.sender_id, message.provider_id)
        if key in self._known:
            return None
        self._known.add(key)
        index = self._people.index(clinic_id, message.channel, message.address)
        patient_id = self._people.writer(index)
        stored = StoredInbound(
            id=InboundId(self._ids.new()),
            clinic_id=clinic_id,
            lane=Lane(f"patient:{patient_id}" if patient_id else f"address:{index}"),
            address_index=index,
            message=message,
            received_at=at,
            tries=0,
        )
        self._waiting[stored.id] = (stored, at)
        return stored

    async def next_waiting(
        self, now: datetime, *, lane: tuple[ClinicId, Lane] | None = None
    ) -> StoredInbound | None:
        """The oldest message that is the first of its lane and may be tried; None: nothing.

        `lane` looks in this one alone.
        """
        lanes: set[tuple[ClinicId, Lane]] = set()
        for stored, next_try_at in self._waiting.values():
            place = (stored.clinic_id, stored.lane)
            if place not in lanes and next_try_at <= now and lane in (None, place):
                return stored
            lanes.add(place)
        return None

    async def claim(self, inbound_id: InboundId) -> bool:
        """Whether nobody has answered it yet."""
        return inbound_id in self._waiting

    async def move_lane(self, clinic_id: ClinicId, *, old: Lane, new: Lane) -> None:
        """What still waits in the old lane is answered in the new one, in its order."""
        for stored, next_try_at in list(self._waiting.values()):
            if (stored.clinic_id, stored.lane) == (clinic_id, old):
                self._waiting[stored.id] = (replace(stored, lane=new), next_try_at)

    async def mark_applied(
        self, answered: StoredInbound, *, at: datetime, patient_id: PatientId | None
    ) -> None:
        """Answered: never again."""
        await self.set_aside(answered.id, at=at)
        if patient_id is not None:
            self.last_words[patient_id] = answered.received_at

    async def mark_failed_try(self, inbound_id: InboundId, *, next_try_at: datetime) -> int:
        """One more failed try; how many there were."""
        stored, _ = self._waiting[inbound_id]
        stored = replace(stored, tries=stored.tries + 1)
        self._waiting[inbound_id] = (stored, next_try_at)
        return stored.tries

    async def set_aside(self, inbound_id: InboundId, *, at: datetime) -> None:
        """Never tried again: later messages go on."""
        del at
        self._waiting.pop(inbound_id, None)

    async def mark_failed(
        self, given_up: StoredInbound, *, at: datetime, patient_id: PatientId | None
    ) -> None:
        """Given up: a person has been told."""
        await self.mark_applied(given_up, at=at, patient_id=patient_id)
