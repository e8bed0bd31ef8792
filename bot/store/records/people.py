"""What is kept of patients, their facts and phones, invites and strangers?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_, select, update
from sqlmodel import col

from bot.domain.identity import (
    AddressIndex,
    Channel,
    ClinicId,
    InviteId,
    PatientId,
)
from bot.domain.invite import Invite
from bot.domain.patient import Address, AddressState, Fact, Patient, PatientStatus
from bot.ports.people import Conflict, Stranger
from bot.store.keys import patient_key
from bot.store.records.address_locks import AddressLocks
from bot.store.records.person_row import address_of, fact_of, fact_values, patient_of
from bot.store.sealing import Sealer, insert_once
from bot.store.tables import (
    AddressRow,
    FactRow,
    InviteRow,
    OptOutRow,
    PatientRow,
    StrangerRow,
)

_TRY_WINDOW = timedelta(hours=1)
# Read for every message, so made once: making a statement costs as much as executing it.
_FACTS = (
    select(FactRow)
    .where(col(FactRow.patient_id) == bindparam("patient_id"))
    .order_by(col(FactRow.id))
)
_ADDRESS_IN_USE = select(AddressRow).where(
    col(AddressRow.clinic_id) == bindparam("clinic_id"),
    col(AddressRow.address_index) == bindparam("address_index"),
    col(AddressRow.state) != AddressState.LOCKED.value,
)
_OPT_OUT = select(col(OptOutRow.id)).where(
    col(OptOutRow.clinic_id) == bindparam("clinic_id"),
    col(OptOutRow.address_index) == bindparam("address_index"),
)


async def address_index(
    sealer: Sealer, clinic_id: ClinicId, channel: Channel, address: str
) -> AddressIndex:
    """Keyed hash of an address, the same wherever it is computed."""
    return AddressIndex(await sealer.keys.blind_index("address", clinic_id, channel, address))


class People(AddressLocks):
    """Patients and everybody who writes."""

    async def index_of(self, clinic_id: ClinicId, channel: Channel, address: str) -> AddressIndex:
        """Keyed hash of an address."""
        return await address_index(self._sealer, clinic_id, channel, address)

    async def add_patient(self, patient: Patient, *, at: datetime) -> None:
        """A new patient; their key is committed before the row, so no row lacks its key."""
        await self._sealer.keys.make(patient_key(patient.id), at)
        identity = {"name": patient.name, "born_on": patient.born_on.isoformat()}
        sealed = await self._sealer.seal(
            f"patient.identity:{patient.id}",
            identity,
            clinic_id=patient.clinic_id,
            patient_id=patient.id,
        )
        self._session.add(
            PatientRow(
                id=patient.id,
                clinic_id=patient.clinic_id,
                sealed_identity=sealed,
                birth_year=patient.born_on.year,
                status=patient.status.value,
                created_at=at,
            )
        )
        await self._session.flush()

    async def patient(self, patient_id: PatientId) -> Patient | None:
        """The patient, or None."""
        row = await self._session.get(PatientRow, patient_id, populate_existing=True)
        return await patient_of(row, self._sealer) if row is not None else None

    async def patients(self, clinic_id: ClinicId) -> Sequence[Patient]:
        """All patients of a clinic, oldest first."""
        rows = await self._session.scalars(
            select(PatientRow)
            .where(col(PatientRow.clinic_id) == clinic_id)
            .order_by(col(PatientRow.id))
        )
        return [await patient_of(row, self._sealer) for row in rows]

    async def set_status(self, patient_id: PatientId, status: PatientStatus) -> None:
        """Where the patient stands from now on."""
        await self._session.execute(
            update(PatientRow).where(col(PatientRow.id) == patient_id).values(status=status.value)
        )

    async def facts(self, patient_id: PatientId) -> Sequence[Fact]:
        """Everything ever recorded about the patient, in the order of recording."""
        rows = await self._session.scalars(_FACTS, {"patient_id": patient_id})
        return [await fact_of(row, self._sealer) for row in rows]

    async def add_fact(self, clinic_id: ClinicId, patient_id: PatientId, fact: Fact) -> None:
        """One more dated fact; private words are sealed."""
        values = await fact_values(
            fact, self._sealer, id=self._ids.new(), clinic_id=clinic_id, patient_id=patient_id
        )
        self._session.add(FactRow(**values))
        await self._session.flush()

    async def address_at(self, clinic_id: ClinicId, index: AddressIndex) -> Address | None:
        """The address in use with this index, or None."""
        row = await self._session.scalar(
            _ADDRESS_IN_USE, {"clinic_id": clinic_id, "address_index": index}
        )
        return await address_of(row, self._sealer) if row is not None else None

    async def addresses(self, patient_id: PatientId) -> Sequence[Address]:
        """All addresses of a patient, newest first."""
        rows = await self._session.scalars(
            select(AddressRow)
            .where(col(AddressRow.patient_id) == patient_id)
            .order_by(col(AddressRow.id).desc())
        )
        return [await address_of(row, self._sealer) for row in rows]

    async def add_address(self, clinic_id: ClinicId, address: Address, *, at: datetime) -> None:
        """Connect an address to its patient; replaces nothing."""
        sealed = await self._sealer.seal(
            f"address.value:{address.id}",
            address.value,
            clinic_id=clinic_id,
            patient_id=address.patient_id,
        )
        self._session.add(
            AddressRow(
                id=address.id,
                clinic_id=clinic_id,
                patient_id=address.patient_id,
                sender_id=address.sender_id,
                channel=address.channel.value,
                address_index=await self.index_of(clinic_id, address.channel, address.value),
                sealed_value=sealed,
                state=address.state.value,
                created_at=at,
            )
        )
        await self._session.flush()

    async def set_address_state(
        self, clinic_id: ClinicId, index: AddressIndex, state: AddressState
    ) -> None:
        """A new state for the address in use with this index."""
        await self._session.execute(
            update(AddressRow)
            .where(
                col(AddressRow.clinic_id) == clinic_id,
                col(AddressRow.address_index) == index,
                col(AddressRow.state) != AddressState.LOCKED.value,
            )
            .values(state=state.value)
        )

    async def opt_out(
        self, clinic_id: ClinicId, index: AddressIndex, *, reason: str, at: datetime
    ) -> None:
        """Nothing more to this address; repeating changes nothing."""
        values = {
            "id": self._ids.new(),
            "clinic_id": clinic_id,
            "address_index": index,
            "reason": reason,
            "opted_out_at": at,
        }
        await insert_once(self._session, OptOutRow, values)

    async def opt_in(
        self, clinic_id: ClinicId, index: AddressIndex, *, reasons: Sequence[str] = ()
    ) -> None:
        """The address may be written to again, if it opted out for one of `reasons` (or any)."""
        statement = delete(OptOutRow).where(
            col(OptOutRow.clinic_id) == clinic_id, col(OptOutRow.address_index) == index
        )
        if reasons:
            statement = statement.where(col(OptOutRow.reason).in_(reasons))
        await self._session.execute(statement)

    async def is_opted_out(self, clinic_id: ClinicId, index: AddressIndex) -> bool:
        """Whether the address has opted out."""
        found = await self._session.scalar(
            _OPT_OUT, {"clinic_id": clinic_id, "address_index": index}
        )
        return found is not None

    async def stranger(
        self, clinic_id: ClinicId, index: AddressIndex, *, now: datetime
    ) -> Stranger:
        """What is known of an unknown address: nothing but counts."""
        row = await self._stranger(clinic_id, index)
        if row is None:
            return Stranger(messages=0, code_tries=0)
        is_recent = row.tries_since is not None and row.tries_since > now - _TRY_WINDOW
        return Stranger(messages=row.messages, code_tries=row.code_tries if is_recent else 0)

    async def count_stranger(
        self, clinic_id: ClinicId, index: AddressIndex, *, now: datetime, is_try: bool
    ) -> None:
        """One more message, or one more try at a code."""
        known = await self.stranger(clinic_id, index, now=now)
        row = await self._stranger(clinic_id, index)
        tries = known.code_tries + is_try
        values = {
            "messages": known.messages + (not is_try),
            "code_tries": tries,
            "last_at": now,
        }
        if is_try and tries == 1:
            values["tries_since"] = now
        if row is None:
            fresh = {"id": self._ids.new(), "clinic_id": clinic_id, "address_index": index}
            await insert_once(self._session, StrangerRow, {**fresh, **values})
            return
        await self._session.execute(
            update(StrangerRow).where(col(StrangerRow.id) == row.id).values(**values)
        )

    async def forget_strangers(self, *, before: datetime) -> int:
        """Remove traces older than `before`; how many."""
        gone = await self._session.execute(
            delete(StrangerRow)
            .where(col(StrangerRow.last_at) < before)
            .returning(col(StrangerRow.id))
        )
        return len(gone.all())

    async def add_invite(
        self, clinic_id: ClinicId, invite: Invite, *, link: str, code: str
    ) -> None:
        """A new invite, findable by link token or join code."""
        keys = self._sealer.keys
        self._session.add(
            InviteRow(
                id=invite.id,
                clinic_id=clinic_id,
                patient_id=invite.patient_id,
                link_index=await keys.blind_index("invite", clinic_id, link),
                code_index=await keys.blind_index("invite", clinic_id, code),
                expires_at=invite.expires_at,
            )
        )
        await self._session.flush()

    async def invite_by_code(self, clinic_id: ClinicId, code: str) -> Invite | None:
        """The invite of a link token or join code in normal form, whatever its state."""
        index = await self._sealer.keys.blind_index("invite", clinic_id, code)
        row = await self._session.scalar(
            select(InviteRow).where(
                col(InviteRow.clinic_id) == clinic_id,
                or_(col(InviteRow.link_index) == index, col(InviteRow.code_index) == index),
            )
        )
        return await self._invite(row) if row is not None else None

    async def invite(self, invite_id: InviteId) -> Invite | None:
        """The invite, whatever its state."""
        row = await self._session.get(InviteRow, invite_id, populate_existing=True)
        return await self._invite(row) if row is not None else None

    async def use_invite(self, invite_id: InviteId, *, at: datetime) -> None:
        """Used up. Raises Conflict when somebody else used it first."""
        used = await self._session.scalar(
            update(InviteRow)
            .where(col(InviteRow.id) == invite_id, col(InviteRow.used_at).is_(None))
            .values(used_at=at)
            .returning(col(InviteRow.id))
        )
        if used is None:
            raise Conflict(invite_id)

    async def close_invite(self, invite_id: InviteId, *, reason: str) -> None:
        """No longer usable."""
        await self._session.execute(
            update(InviteRow).where(col(InviteRow.id) == invite_id).values(closed_reason=reason)
        )

    async def _stranger(self, clinic_id: ClinicId, index: AddressIndex) -> StrangerRow | None:
        return await self._session.scalar(
            select(StrangerRow).where(
                col(StrangerRow.clinic_id) == clinic_id, col(StrangerRow.address_index) == index
            )
        )

    async def _invite(self, row: InviteRow) -> Invite:
        birth_year = await self._session.scalar(
            select(col(PatientRow.birth_year)).where(col(PatientRow.id) == row.patient_id)
        )
        assert birth_year is not None
        return Invite(
            id=InviteId(row.id),
            patient_id=PatientId(row.patient_id),
            birth_year=birth_year,
            expires_at=row.expires_at,
            used_at=row.used_at,
            closed_reason=row.closed_reason,
        )
