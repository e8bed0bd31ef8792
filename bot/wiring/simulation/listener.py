"""What arrived on the simulated phones, and why was it sent?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.delivery import Delivery, Outgoing
from bot.domain.identity import OccurrenceId
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Fact, FactKind, FactValue, current
from bot.domain.simulation import SimulatedMessage, Why
from bot.ports.channel import Capabilities, Channel
from bot.store.memory import MemoryStore

_LOOKED_AT = (
    FactKind.PROGRAMME,
    FactKind.CATEGORY,
    FactKind.REGIMEN,
    FactKind.DOSE_TIME,
    FactKind.ZONE,
    FactKind.CONSENT,
    FactKind.PAUSE,
    FactKind.HOLD,
    FactKind.DOSING_STOPPED,
)
_REGULAR = {"dose": "regimen", "checkin": "daily-checkin"}
"""What asks for messages that no programme or campaign asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message as it arrived on a phone."""

    at: datetime
    delivery: Delivery


@dataclass(kw_only=True)
class Listener:
    """A channel that remembers what went through it."""

    inner: Channel
    store: MemoryStore
    now: Callable[[], datetime]
    arrivals: list[Arrival] = field(default_factory=list)

    @property
    def capabilities(self) -> Capabilities:
        """What the channel can show."""
        return self.inner.capabilities

    async def send(self, message: Outgoing) -> str:
        """Hand the message on; what was refused is not remembered. Raises SendError."""
        provider_id = await self.inner.send(message)
        delivery = self.store.records.outbox.under_way(message.delivery_id)
        self.arrivals.append(Arrival(at=self.now(), delivery=delivery))
        return provider_id


class Reasons:
    """Describes messages with what was true of the patient when they left."""

    def __init__(self, store: MemoryStore, facts: Sequence[Fact]) -> None:
        """`facts` are all of the patient's, at the end of the simulation."""
        self._store = store
        self._facts = facts
        self._in_force: dict[tuple[bool, ...], dict[str, FactValue]] = {}

    def described(self, arrival: Arrival) -> SimulatedMessage:
        """The message with its reasons, in the time zone in which the patient then was."""
        delivery = arrival.delivery
        facts = self.in_force(arrival.at)
        zone = ZoneInfo(str(facts[FactKind.ZONE]["zone"]))
        occurrence = _caused(delivery.cause, self._store)
        rule = None
        if occurrence is not None:
            rule = occurrence.rule or _REGULAR.get(occurrence.kind.value)
        return SimulatedMessage(
            at=arrival.at.astimezone(zone),
            kind=delivery.kind,
            channel=delivery.channel,
            text=delivery.body.text,
            template=delivery.template,
            occurrence=_identity(occurrence) if occurrence is not None else None,
            rule=rule,
            why=Why(
                rule=rule or f"answer/{delivery.template}",
                planned_for=occurrence.due_at.astimezone(zone) if occurrence is not None else None,
                facts=facts,
            ),
            buttons=tuple(tuple(c.label for c in row) for row in delivery.body.choices),
            replaces=delivery.edits is not None,
        )

    def in_force(self, at: datetime) -> dict[str, FactValue]:
        """What held at `at`, by kind; the same until another fact begins to hold."""
        begun = tuple(max(f.effective_at, f.recorded_at) <= at for f in self._facts)
        if begun not in self._in_force:
            known = [fact for fact in self._facts if fact.recorded_at <= at]
            values = {kind.value: current(known, kind, at=at) for kind in _LOOKED_AT}
            self._in_force[begun] = {k: v for k, v in values.items() if v is not None}
        return self._in_force[begun]


def _caused(cause: str, store: MemoryStore) -> Occurrence | None:
    """The occurrence that a cause names ("occurrence:ID:ask"), or None."""
    kind, _, rest = cause.partition(":")
    if kind != "occurrence":
        return None
    return store.records.plan.known(OccurrenceId(rest.partition(":")[0]))


def _identity(occurrence: Occurrence) -> str:
    return f"{occurrence.reminder}/{occurrence.slot}/{occurrence.local_day}"
