"""What is kept of a simulated clinic, its senders and its settings?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.identity import ClinicId, SenderId, StaffId
from bot.domain.patient import Clinic
from bot.ports.house import Sender, Staff

_RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One entry of the audit trail."""

    clinic_id: ClinicId
    at: datetime
    verb: str
    subject: str | None


@dataclass(slots=True, kw_only=True)
class _Link:
    """A one-time link or a session."""

    staff: Staff
    purpose: str
    expires_at: datetime
    is_used: bool = False


class MemoryHouse:
    """Clinics, senders, staff, settings and what is audited."""

    def __init__(self) -> None:
        """There is no clinic."""
        self._clinics: dict[ClinicId, Clinic] = {}
        self._slugs: dict[ClinicId, str] = {}
        self._senders: dict[SenderId, Sender] = {}
        self.people: list[Staff] = []
        self._settings: dict[str, str] = {}
        self.audited: list[Audited] = []
        self._links: dict[str, _Link] = {}

    async def clinics(self) -> Sequence[Clinic]:
        """All clinics, oldest first."""
        return tuple(self._clinics.values())

    async def clinic(self, clinic_id: ClinicId) -> Clinic:
        """The clinic. Raises KeyError."""
        return self._clinics[clinic_id]

    async def clinic_slug(self, clinic_id: ClinicId) -> str:
        """The clinic's name in web addresses. Raises KeyError."""
        return self._slugs[clinic_id]

    async def add_clinic(self, clinic: Clinic, *, slug: str, at: datetime) -> None:
        """A new clinic."""
        del at
        self._clinics[clinic.id] = clinic
        self._slugs[clinic.id] = slug

    async def update_clinic(self, clinic: Clinic) -> None:
        """What the clinic declares of itself from now on. Raises KeyError."""
        if clinic.id not in self._clinics:
            raise KeyError(clinic.id)
        self._clinics[clinic.id] = clinic

    async def senders(self) -> Sequence[Sender]:
        """All senders."""
        return tuple(self._senders.values())

    async def sender(self, sender_id: SenderId) -> Sender:
        """The sender. Raises KeyError."""
        return self._senders[sender_id]

    async def upsert_sender(self, sender: Sender) -> SenderId:
        """Add a sender; its id."""
        self._senders.setdefault(sender.id, sender)
        return sender.id

    async def hold_sender(self, sender_id: SenderId, *, until: datetime) -> None:
        """Nothing leaves before `until`; a longer hold stands."""
        known = self._senders[sender_id]
        held_until = max(until, known.held_until or until)
        self._senders[sender_id] = replace(known, held_until=held_until)

    async def release_sender(self, sender_id: SenderId) -> None:
        """Neither held nor stopped any more."""
        known = self._senders[sender_id]
        self._senders[sender_id] = replace(known, held_until=None, state=_RUNNING)

    def may_send(self, sender_id: SenderId, *, now: datetime) -> bool:
        """Whether the sender runs and is not held."""
        known = self._senders[sender_id]
        return known.state == _RUNNING and (known.held_until is None or known.held_until <= now)

    async def stop_sender(self, sender_id: SenderId, *, reason: str | None) -> None:
        """Stopped until an operator acts; a reason of None starts it again."""
        state = _RUNNING if reason is None else "stopped"
        self._senders[sender_id] = replace(self._senders[sender_id], state=state)

    async def add_staff(self, staff: Staff, *, at: datetime) -> None:
        """A new member of staff."""
        del at
        self.people.append(staff)

    async def staff(self, clinic_id: ClinicId) -> Sequence[Staff]:
        """The staff of a clinic."""
        return [one for one in self.people if one.clinic_id == clinic_id]

    async def add_staff_link(
        self, staff: Staff, *, token: str, purpose: str, expires_at: datetime
    ) -> None:
        """A one-time link or a session."""
        self._links[token] = _Link(staff=staff, purpose=purpose, expires_at=expires_at)

    async def use_staff_link(
        self, token: str, *, purpose: str, now: datetime, once: bool
    ) -> Staff | None:
        """Who the token belongs to; None when it is unknown, expired or (once) already used."""
        link = self._links.get(token)
        if link is None or link.purpose != purpose or link.expires_at <= now:
            return None
        if once and link.is_used:
            return None
        link.is_used = True
        known = next(one for one in self.people if one.id == link.staff.id)
        return known if known.state == "active" else None

    def end_access(self, staff_id: StaffId) -> None:
        """Links and sessions of somebody no longer open anything."""
        self._links = {t: one for t, one in self._links.items() if one.staff.id != staff_id}

    async def setting(self, name: str) -> str | None:
        """A remembered value, or None."""
        return self._settings.get(name)

    async def set_setting(self, name: str, value: str) -> None:
        """Remember a value."""
        self._settings[name] = value

    async def audit(
        self, clinic_id: ClinicId, *, at: datetime, actor: str, verb: str, subject: str | None
    ) -> None:
        """One more entry of the audit trail."""
        del actor
        self.audited.append(Audited(clinic_id=clinic_id, at=at, verb=verb, subject=subject))
