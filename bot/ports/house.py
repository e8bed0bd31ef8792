"""What is kept of clinics, senders, staff and the program itself?

Each method is one statement of the open transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.identity import Channel, ClinicId, Driver, SenderId, StaffId
from bot.domain.patient import Clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One bot or phone number that messages leave from."""

    id: SenderId
    clinic_id: ClinicId
    channel: Channel
    driver: Driver
    public_name: str
    state: str
    held_until: datetime | None
    pace_per_second: float
    credentials: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A member of the clinic's staff."""

    id: StaffId
    clinic_id: ClinicId
    name: str
    role: str
    state: str


class HouseRecords(Protocol):
    """Clinics, senders, staff, settings, audit."""

    async def clinics(self) -> Sequence[Clinic]:
        """All clinics, oldest first."""
        ...

    async def clinic(self, clinic_id: ClinicId) -> Clinic:
        """The clinic. Raises KeyError."""
        ...

    async def clinic_slug(self, clinic_id: ClinicId) -> str:
        """The clinic's name in web addresses. Raises KeyError."""
        ...

    async def add_clinic(self, clinic: Clinic, *, slug: str, at: datetime) -> None:
        """A new clinic; makes its intake key first."""
        ...

    async def update_clinic(self, clinic: Clinic) -> None:
        """What the clinic declares of itself from now on. Raises KeyError."""
        ...

    async def senders(self) -> Sequence[Sender]:
        """All senders."""
        ...

    async def sender(self, sender_id: SenderId) -> Sender:
        """The sender. Raises KeyError."""
        ...

    async def upsert_sender(self, sender: Sender) -> SenderId:
        """Add a sender, or renew its credentials and pace; its id."""
        ...

    async def hold_sender(self, sender_id: SenderId, *, until: datetime) -> None:
        """Nothing leaves before `until`; a longer hold stands."""
        ...

    async def release_sender(self, sender_id: SenderId) -> None:
        """Neither held nor stopped any more."""
        ...

    async def stop_sender(self, sender_id: SenderId, *, reason: str | None) -> None:
        """Stopped until an operator acts; a reason of None starts it again."""
        ...

    async def add_staff(self, staff: Staff, *, at: datetime) -> None:
        """A new member of staff."""
        ...

    async def staff(self, clinic_id: ClinicId) -> Sequence[Staff]:
        """The staff of a clinic."""
        ...

    async def add_staff_link(
        self, staff: Staff, *, token: str, purpose: str, expires_at: datetime
    ) -> None:
        """A one-time link or a session; only the hash of `token` is kept."""
        ...

    async def use_staff_link(
        self, token: str, *, purpose: str, now: datetime, once: bool
    ) -> Staff | None:
        """Who the token belongs to; None when it is unknown, expired or (once) already used."""
        ...

    async def setting(self, name: str) -> str | None:
        """A remembered value, or None."""
        ...

    async def set_setting(self, name: str, value: str) -> None:
        """Remember a value."""
        ...

    async def audit(
        self, clinic_id: ClinicId, *, at: datetime, actor: str, verb: str, subject: str | None
    ) -> None:
        """One more entry of the audit trail."""
        ...
