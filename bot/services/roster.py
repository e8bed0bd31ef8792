"""Who works at a clinic, who is on call, and which of their contact points work now?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.domain.identity import Channel, ClinicId, Driver, SenderId, StaffId
from bot.domain.patient import Clinic
from bot.domain.rota import Member, Rota
from bot.domain.staffed_hours import parse
from bot.ports.house import Sender
from bot.ports.staff import ContactPoint, RotaDocument, StaffMember
from bot.ports.store import Transaction

ACTIVE = "active"
LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The staff of one clinic at one moment."""

    clinic: Clinic
    people: Sequence[StaffMember]
    rota: Rota
    channels: frozenset[Channel]
    """Channels that carry messages now."""

    def members(self) -> list[Member]:
        """The people as the rules of alerting see them."""
        return [self._member(person) for person in self.people]

    def person(self, staff_id: StaffId | None) -> StaffMember | None:
        """The person, or None."""
        return next((p for p in self.people if p.staff.id == staff_id), None)

    def contacts(self, staff_id: StaffId, *, alone: bool) -> list[ContactPoint]:
        """Working contact points of a person; `alone` leaves out those that others read."""
        person = self.person(staff_id)
        found = person.contacts if person else ()
        return [c for c in found if c.channel in self.channels and not (alone and c.is_shared)]

    def _member(self, person: StaffMember) -> Member:
        staff = person.staff
        return Member(
            id=staff.id,
            role=staff.role,
            is_active=staff.state == ACTIVE,
            is_reachable=bool(self.contacts(staff.id, alone=False)),
            is_reachable_alone=bool(self.contacts(staff.id, alone=True)),
        )


async def load_roster(tx: Transaction, clinic_id: ClinicId, channels: Iterable[Channel]) -> Roster:
    """The clinic's staff and rota; contact points count whose channel is among `channels`."""
    clinic = await tx.house.clinic(clinic_id)
    return Roster(
        clinic=clinic,
        people=await tx.staff.members(clinic_id),
        rota=rota_of(clinic, await tx.staff.rota(clinic_id)),
        channels=frozenset(channels),
    )


def rota_of(clinic: Clinic, document: RotaDocument) -> Rota:
    """The rota with the hours and the cover that the clinic has declared."""
    return Rota(
        zone=ZoneInfo(clinic.zone),
        hours=parse(clinic.staffed_hours),
        has_cover=clinic.out_of_hours_cover,
        shifts=document.shifts,
        holidays=document.holidays,
        fallback=document.fallback,
    )


class Routes:
    """Through which sender staff are written to on each channel."""

    def __init__(self) -> None:
        """No sender is connected yet."""
        self._connected: frozenset[SenderId] = frozenset()

    def connect(self, senders: Iterable[SenderId]) -> None:
        """From now on messages leave through these senders."""
        self._connected = frozenset(senders)

    async def of(self, tx: Transaction, clinic_id: ClinicId) -> Mapping[Channel, Sender]:
        """The sender of each channel; a simulated one only where there is no other."""
        senders = [
            sender
            for sender in await tx.house.senders()
            if sender.clinic_id == clinic_id
            and sender.id in self._connected
            and sender.state == "running"
        ]
        senders.sort(key=lambda sender: sender.driver is not Driver.SIMULATOR)
        return {sender.channel: sender for sender in senders}
