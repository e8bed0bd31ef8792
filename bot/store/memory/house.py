"""What is kept of a simulated clinic, its senders and its settings?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.identity import ClinicId, SenderId
from bot.domain.patient import Clinic
from bot.ports.house import Sender, Staff


class MemoryHouse:
    """Clinics, senders, staff and settings; what is audited, by verb."""

    def __init__(self) -> None:
        """There is no clinic."""
        self._clinics: dict[ClinicId, Clinic] = {}
        self._slugs: dict[ClinicId, str] = {}
        self._senders: dict[SenderId, Sender] = {}
        self.people: list[Staff] = []
        self._settings: dict[str, str] = {}
        self.verbs: list[tuple[datetime, str]] = []

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
        """Nothing leaves before `until`."""
        self._senders[sender_id] = replace(self._senders[sender_id], held_until=until)

    async def stop_sender(self, sender_id: SenderId, *, reason: str | None) -> None:
        """Stopped until an operator acts; a reason of None starts it again."""
        state = "running" if reason is None else "stopped"
        self._senders[sender_id] = replace(self._senders[sender_id], state=state)

    async def add_staff(self, staff: Staff, *, at: datetime) -> None:
        """A new member of staff."""
        del at
        self.people.append(staff)

    async def staff(self, clinic_id: ClinicId) -> Sequence[Staff]:
        """The staff of a clinic."""
        return [one for one in self.people if one.clinic_id == clinic_id]

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
        del clinic_id, actor, subject
        self.verbs.append((at, verb))
