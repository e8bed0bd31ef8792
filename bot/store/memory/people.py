"""What is kept of simulated patients, their phones, invites and strangers?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.identity import AddressId, AddressIndex, Channel, ClinicId, InviteId, PatientId
from bot.domain.invite import Invite
from bot.domain.patient import Address, AddressState, Fact, Patient, PatientStatus
from bot.ports.people import Conflict, Stranger

_TRY_WINDOW = timedelta(hours=1)


@dataclass(slots=True)
class _Trace:
    """How often an unknown address wrote."""

    messages: int = 0
    tries: int = 0
    tries_since: datetime | None = None
    last_at: datetime | None = None


class MemoryPeople:
    """Patients and everybody who writes."""

    def __init__(self) -> None:
        """Nobody is known."""
        self._patients: dict[PatientId, Patient] = {}
        self._facts: dict[PatientId, list[Fact]] = defaultdict(list)
        self._addresses: list[tuple[AddressIndex, Address]] = []
        self._opt_outs: dict[AddressIndex, str] = {}
        self._strangers: dict[AddressIndex, _Trace] = defaultdict(_Trace)
        self._invites: dict[InviteId, Invite] = {}
        self._codes: dict[str, InviteId] = {}

    async def index_of(self, clinic_id: ClinicId, channel: Channel, address: str) -> AddressIndex:
        """The address itself: there is nobody to hide."""
        return self.index(clinic_id, channel, address)

    def index(self, clinic_id: ClinicId, channel: Channel, address: str) -> AddressIndex:
        """One value for clinic, channel and address."""
        return AddressIndex(f"{clinic_id}/{channel}/{address}")

    def writer(self, index: AddressIndex) -> PatientId | None:
        """Whose address this is, or None."""
        address = self._in_use(index)
        return address.patient_id if address is not None else None

    async def add_patient(self, patient: Patient, *, at: datetime) -> None:
        """A new patient."""
        del at
        self._patients[patient.id] = patient

    async def patient(self, patient_id: PatientId) -> Patient | None:
        """The patient, or None."""
        return self._patients.get(patient_id)

    def known_facts(self, patient_id: PatientId) -> Sequence[Fact]:
        """Every fact of the patient, in the order of recording."""
        return self._facts[patient_id]

    def active(self) -> list[Patient]:
        """Patients who have joined, oldest first."""
        return [p for p in self._patients.values() if p.status is PatientStatus.ACTIVE]

    async def patients(self, clinic_id: ClinicId) -> Sequence[Patient]:
        """All patients of a clinic, oldest first."""
        return [p for p in self._patients.values() if p.clinic_id == clinic_id]

    async def set_status(self, patient_id: PatientId, status: PatientStatus) -> None:
        """Where the patient stands from now on."""
        self._patients[patient_id] = replace(self._patients[patient_id], status=status)

    async def facts(self, patient_id: PatientId) -> Sequence[Fact]:
        """Everything ever recorded about the patient, in the order of recording."""
        return tuple(self._facts[patient_id])

    async def add_fact(self, clinic_id: ClinicId, patient_id: PatientId, fact: Fact) -> None:
        """One more dated fact."""
        del clinic_id
        self._facts[patient_id].append(fact)

    async def address_at(self, clinic_id: ClinicId, index: AddressIndex) -> Address | None:
        """The address in use with this index, or None."""
        del clinic_id
        return self._in_use(index)

    async def addresses(self, patient_id: PatientId) -> Sequence[Address]:
        """All addresses of a patient, newest first."""
        return [a for _, a in reversed(self._addresses) if a.patient_id == patient_id]

    async def add_address(self, clinic_id: ClinicId, address: Address, *, at: datetime) -> None:
        """Connect an address to its patient; replaces nothing."""
        del at
        index = self.index(clinic_id, address.channel, address.value)
        self._addresses.append((index, address))

    async def set_address_state(
        self, clinic_id: ClinicId, index: AddressIndex, state: AddressState
    ) -> None:
        """A new state for the address in use with this index."""
        del clinic_id
        self._addresses = [
            (known, replace(address, state=state))
            if known == index and address.state is not AddressState.LOCKED
            else (known, address)
            for known, address in self._addresses
        ]

    async def lock_addresses(self, patient_id: PatientId) -> Sequence[AddressId]:
        """Cut every address of a patient that is in use; which ones."""
        found = [
            (index, address)
            for index, address in self._addresses
            if address.patient_id == patient_id and address.state is not AddressState.LOCKED
        ]
        clinic_id = self._patients[patient_id].clinic_id
        for index, _ in found:
            await self.set_address_state(clinic_id, index, AddressState.LOCKED)
        return [address.id for _, address in found]

    async def unlock_addresses(self, address_ids: Sequence[AddressId]) -> None:
        """Addresses that were cut by mistake may be written to again."""
        self._addresses = [
            (index, replace(address, state=AddressState.ACTIVE))
            if address.id in address_ids
            else (index, address)
            for index, address in self._addresses
        ]

    async def with_entry(self, clinic_id: ClinicId, mark: str) -> Sequence[PatientId]:
        """Patients with a fact whose recorder ends with `mark`."""
        return [
            patient.id
            for patient in await self.patients(clinic_id)
            if any(fact.recorded_by.endswith(mark) for fact in self._facts[patient.id])
        ]

    async def opt_out(
        self, clinic_id: ClinicId, index: AddressIndex, *, reason: str, at: datetime
    ) -> None:
        """Nothing more to this address; repeating changes nothing."""
        del clinic_id, at
        self._opt_outs.setdefault(index, reason)

    async def opt_in(
        self, clinic_id: ClinicId, index: AddressIndex, *, reasons: Sequence[str] = ()
    ) -> None:
        """The address may be written to again, if it opted out for one of `reasons` (or any)."""
        del clinic_id
        if not reasons or self._opt_outs.get(index) in reasons:
            self._opt_outs.pop(index, None)

    async def is_opted_out(self, clinic_id: ClinicId, index: AddressIndex) -> bool:
        """Whether the address has opted out."""
        del clinic_id
        return index in self._opt_outs

    async def stranger(
        self, clinic_id: ClinicId, index: AddressIndex, *, now: datetime
    ) -> Stranger:
        """What is known of an unknown address: nothing but counts."""
        del clinic_id
        trace = self._strangers.get(index) or _Trace()
        is_recent = trace.tries_since is not None and trace.tries_since > now - _TRY_WINDOW
        return Stranger(messages=trace.messages, code_tries=trace.tries if is_recent else 0)

    async def count_stranger(
        self, clinic_id: ClinicId, index: AddressIndex, *, now: datetime, is_try: bool
    ) -> None:
        """One more message, or one more try at a code."""
        known = await self.stranger(clinic_id, index, now=now)
        trace = self._strangers[index]
        trace.messages = known.messages + (not is_try)
        trace.tries = known.code_tries + is_try
        trace.last_at = now
        if is_try and trace.tries == 1:
            trace.tries_since = now

    async def forget_strangers(self, *, before: datetime) -> int:
        """Remove traces older than `before`; how many."""
        gone = [i for i, t in self._strangers.items() if t.last_at is None or t.last_at < before]
        for index in gone:
            del self._strangers[index]
        return len(gone)

    async def add_invite(
        self, clinic_id: ClinicId, invite: Invite, *, link: str, code: str
    ) -> None:
        """A new invite, findable by link token or join code."""
        del clinic_id
        self._invites[invite.id] = invite
        self._codes[link] = self._codes[code] = invite.id

    async def invite_by_code(self, clinic_id: ClinicId, code: str) -> Invite | None:
        """The invite of a link token or join code in normal form, whatever its state."""
        del clinic_id
        invite_id = self._codes.get(code)
        return self._invites[invite_id] if invite_id is not None else None

    async def invite(self, invite_id: InviteId) -> Invite | None:
        """The invite, whatever its state."""
        return self._invites.get(invite_id)

    async def use_invite(self, invite_id: InviteId, *, at: datetime) -> None:
        """Used up. Raises Conflict when somebody else used it first."""
        invite = self._invites[invite_id]
        if invite.used_at is not None:
            raise Conflict(invite_id)
        self._invites[invite_id] = replace(invite, used_at=at)

    async def close_invite(self, invite_id: InviteId, *, reason: str) -> None:
        """No longer usable."""
        self._invites[invite_id] = replace(self._invites[invite_id], closed_reason=reason)

    def _in_use(self, index: AddressIndex) -> Address | None:
        return next(
            (
                address
                for known, address in self._addresses
                if known == index and address.state is not AddressState.LOCKED
            ),
            None,
        )
