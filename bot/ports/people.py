"""What is kept of patients, their phones, invites and conversations?

Each method is one statement of the open transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.conversation import Conversation
from bot.domain.identity import (
    AddressId,
    AddressIndex,
    Channel,
    ClinicId,
    InviteId,
    Lane,
    PatientId,
)
from bot.domain.invite import Invite
from bot.domain.patient import Address, AddressState, Fact, Patient, PatientStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """The trace of an unknown address."""

    messages: int
    code_tries: int
    """In the last hour."""


class PeopleRecords(Protocol):
    """Patients, their facts and addresses, invites, strangers."""

    async def index_of(self, clinic_id: ClinicId, channel: Channel, address: str) -> AddressIndex:
        """Keyed hash of an address."""
        ...

    async def add_patient(self, patient: Patient, *, at: datetime) -> None:
        """A new patient; makes their key first."""
        ...

    async def patient(self, patient_id: PatientId) -> Patient | None:
        """The patient, or None."""
        ...

    async def patients(self, clinic_id: ClinicId) -> Sequence[Patient]:
        """All patients of a clinic, oldest first."""
        ...

    async def set_status(self, patient_id: PatientId, status: PatientStatus) -> None:
        """Where the patient stands from now on."""
        ...

    async def facts(self, patient_id: PatientId) -> Sequence[Fact]:
        """Everything ever recorded about the patient."""
        ...

    async def add_fact(self, clinic_id: ClinicId, patient_id: PatientId, fact: Fact) -> None:
        """One more dated fact."""
        ...

    async def address_at(self, clinic_id: ClinicId, index: AddressIndex) -> Address | None:
        """The address in use with this index, or None."""
        ...

    async def addresses(self, patient_id: PatientId) -> Sequence[Address]:
        """All addresses of a patient, newest first."""
        ...

    async def add_address(self, clinic_id: ClinicId, address: Address, *, at: datetime) -> None:
        """Connect an address to its patient; replaces nothing."""
        ...

    async def set_address_state(
        self, clinic_id: ClinicId, index: AddressIndex, state: AddressState
    ) -> None:
        """A new state for the address in use with this index."""
        ...

    async def with_entry(self, clinic_id: ClinicId, mark: str) -> Sequence[PatientId]:
        """Patients with a fact whose recorder ends with `mark`."""
        ...

    async def lock_addresses(self, patient_id: PatientId) -> Sequence[AddressId]:
        """Cut every address of a patient that is in use; which ones."""
        ...

    async def unlock_addresses(self, address_ids: Sequence[AddressId]) -> None:
        """Addresses that were cut by mistake may be written to again."""
        ...

    async def opt_out(
        self, clinic_id: ClinicId, index: AddressIndex, *, reason: str, at: datetime
    ) -> None:
        """Nothing more to this address; repeating changes nothing."""
        ...

    async def opt_in(
        self, clinic_id: ClinicId, index: AddressIndex, *, reasons: Sequence[str] = ()
    ) -> None:
        """The address may be written to again, if it opted out for one of `reasons` (or any)."""
        ...

    async def is_opted_out(self, clinic_id: ClinicId, index: AddressIndex) -> bool:
        """Whether the address has opted out."""
        ...

    async def stranger(
        self, clinic_id: ClinicId, index: AddressIndex, *, now: datetime
    ) -> Stranger:
        """What is known of an unknown address: nothing but counts."""
        ...

    async def count_stranger(
        self, clinic_id: ClinicId, index: AddressIndex, *, now: datetime, is_try: bool
    ) -> None:
        """One more message, or one more try at a code."""
        ...

    async def forget_strangers(self, *, before: datetime) -> int:
        """Remove traces older than `before`; how many."""
        ...

    async def add_invite(
        self, clinic_id: ClinicId, invite: Invite, *, link: str, code: str
    ) -> None:
        """A new invite, findable by link token or join code."""
        ...

    async def invite_by_code(self, clinic_id: ClinicId, code: str) -> Invite | None:
        """The invite of a link token or join code in normal form, whatever its state."""
        ...

    async def invite(self, invite_id: InviteId) -> Invite | None:
        """The invite, whatever its state."""
        ...

    async def use_invite(self, invite_id: InviteId, *, at: datetime) -> None:
        """Used up. Raises Conflict when somebody else used it first."""
        ...

    async def close_invite(self, invite_id: InviteId, *, reason: str) -> None:
        """No longer usable."""
        ...


class Conflict(Exception):
    """Somebody changed the same row first: the whole transaction is tried again."""


class ConversationRecords(Protocol):
    """State between turns."""

    async def get(self, clinic_id: ClinicId, lane: Lane) -> Conversation:
        """The conversation of a lane; a fresh one when there is none."""
        ...

    async def save(self, conversation: Conversation, *, at: datetime) -> None:
        """Store the next version. Raises Conflict when another turn was faster."""
        ...

    async def forget(self, clinic_id: ClinicId, lane: Lane) -> None:
        """Remove the conversation of a lane."""
        ...

    async def forget_strangers(self, *, before: datetime) -> int:
        """Remove conversations of unknown addresses whose last question is over at `before`."""
        ...
