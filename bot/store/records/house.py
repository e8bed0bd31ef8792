"""What is kept of clinics, senders, staff and the program itself?"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlmodel import col

from bot.domain.identity import Channel, ClinicId, Driver, Region, SenderId, StaffId
from bot.domain.patient import Clinic
from bot.ports.house import Sender, Staff
from bot.store.keys import intake_key
from bot.store.records.base import RecordsBase
from bot.store.tables import (
    AuditRow,
    ClinicRow,
    SenderRow,
    SettingRow,
    StaffLinkRow,
    StaffRow,
)

_RUNNING = "running"
_STOPPED = "stopped"


class House(RecordsBase):
    """Everything that is not about one patient."""

    async def clinics(self) -> Sequence[Clinic]:
        """All clinics, oldest first."""
        rows = await self._session.scalars(select(ClinicRow).order_by(col(ClinicRow.id)))
        return [_clinic(row) for row in rows]

    async def clinic(self, clinic_id: ClinicId) -> Clinic:
        """The clinic. Raises KeyError."""
        row = await self._session.get(ClinicRow, clinic_id)
        if row is None:
            raise KeyError(clinic_id)
        return _clinic(row)

    async def clinic_slug(self, clinic_id: ClinicId) -> str:
        """The clinic's name in web addresses. Raises KeyError."""
        row = await self._session.get(ClinicRow, clinic_id)
        if row is None:
            raise KeyError(clinic_id)
        return row.slug

    async def add_clinic(self, clinic: Clinic, *, slug: str, at: datetime) -> None:
        """A new clinic; makes its intake key first."""
        await self._sealer.keys.make(intake_key(clinic.id), at)
        self._session.add(
            ClinicRow(
                id=clinic.id,
                slug=slug,
                name=clinic.name,
                phone=clinic.phone,
                region=clinic.region.value,
                zone=clinic.zone,
                staffed_hours=clinic.staffed_hours,
                out_of_hours_cover=clinic.out_of_hours_cover,
                offers_photos=clinic.offers_photos,
                created_at=at,
            )
        )
        await self._session.flush()

    async def update_clinic(self, clinic: Clinic) -> None:
        """What the clinic declares of itself from now on. Raises KeyError."""
        changed = await self._session.scalar(
            update(ClinicRow)
            .where(col(ClinicRow.id) == clinic.id)
            .values(
                name=clinic.name,
                phone=clinic.phone,
                region=clinic.region.value,
                zone=clinic.zone,
                staffed_hours=clinic.staffed_hours,
                out_of_hours_cover=clinic.out_of_hours_cover,
                offers_photos=clinic.offers_photos,
            )
            .returning(col(ClinicRow.id))
        )
        if changed is None:
            raise KeyError(clinic.id)

    async def senders(self) -> Sequence[Sender]:
        """All senders."""
        rows = await self._session.scalars(
            select(SenderRow).order_by(col(SenderRow.id)).execution_options(populate_existing=True)
        )
        return [await self._sender(row) for row in rows]

    async def sender(self, sender_id: SenderId) -> Sender:
        """The sender. Raises KeyError."""
        row = await self._session.get(SenderRow, sender_id, populate_existing=True)
        if row is None:
            raise KeyError(sender_id)
        return await self._sender(row)

    async def upsert_sender(self, sender: Sender) -> SenderId:
        """Add a sender, or renew its credentials and pace; its id."""
        known = await self._session.scalar(
            select(col(SenderRow.id)).where(
                col(SenderRow.clinic_id) == sender.clinic_id,
                col(SenderRow.driver) == sender.driver.value,
                col(SenderRow.channel) == sender.channel.value,
                col(SenderRow.public_name) == sender.public_name,
            )
        )
        sender_id = known or sender.id
        sealed = await self._sealer.seal(
            f"sender.credentials:{sender_id}",
            dict(sender.credentials),
            clinic_id=sender.clinic_id,
            patient_id=None,
        )
        renewed: dict[str, Any] = {
            "sealed_credentials": sealed,
            "pace_per_second": sender.pace_per_second,
        }
        if known is not None:
            await self._session.execute(
                update(SenderRow).where(col(SenderRow.id) == known).values(**renewed)
            )
            return SenderId(known)
        self._session.add(
            SenderRow(
                id=sender_id,
                clinic_id=sender.clinic_id,
                channel=sender.channel.value,
                driver=sender.driver.value,
                public_name=sender.public_name,
                **renewed,
            )
        )
        await self._session.flush()
        return sender.id

    async def hold_sender(self, sender_id: SenderId, *, until: datetime) -> None:
        """Nothing leaves before `until`; a longer hold stands."""
        is_shorter = or_(col(SenderRow.held_until).is_(None), col(SenderRow.held_until) < until)
        await self._session.execute(
            update(SenderRow)
            .where(col(SenderRow.id) == sender_id, is_shorter)
            .values(held_until=until)
        )

    async def release_sender(self, sender_id: SenderId) -> None:
        """Neither held nor stopped any more."""
        await self._session.execute(
            update(SenderRow)
            .where(col(SenderRow.id) == sender_id)
            .values(held_until=None, state=_RUNNING, reason=None)
        )

    async def stop_sender(self, sender_id: SenderId, *, reason: str | None) -> None:
        """Stopped until an operator acts; a reason of None starts it again."""
        state = _RUNNING if reason is None else _STOPPED
        await self._session.execute(
            update(SenderRow)
            .where(col(SenderRow.id) == sender_id)
            .values(state=state, reason=reason)
        )

    async def add_staff(self, staff: Staff, *, at: datetime) -> None:
        """A new member of staff."""
        self._session.add(
            StaffRow(
                id=staff.id,
                clinic_id=staff.clinic_id,
                name=staff.name,
                role=staff.role,
                state=staff.state,
                created_at=at,
            )
        )
        await self._session.flush()

    async def staff(self, clinic_id: ClinicId) -> Sequence[Staff]:
        """The staff of a clinic."""
        rows = await self._session.scalars(
            select(StaffRow).where(col(StaffRow.clinic_id) == clinic_id).order_by(col(StaffRow.id))
        )
        return [_staff(row) for row in rows]

    async def add_staff_link(
        self, staff: Staff, *, token: str, purpose: str, expires_at: datetime
    ) -> None:
        """A one-time link or a session; only the hash of `token` is kept."""
        self._session.add(
            StaffLinkRow(
                token_hash=_hash(token),
                clinic_id=staff.clinic_id,
                staff_id=staff.id,
                purpose=purpose,
                expires_at=expires_at,
            )
        )
        await self._session.flush()

    async def use_staff_link(
        self, token: str, *, purpose: str, now: datetime, once: bool
    ) -> Staff | None:
        """Who the token belongs to; None when it is unknown, expired or (once) already used."""
        conditions = [
            col(StaffLinkRow.token_hash) == _hash(token),
            col(StaffLinkRow.purpose) == purpose,
            col(StaffLinkRow.expires_at) > now,
        ]
        if once:
            conditions.append(col(StaffLinkRow.used_at).is_(None))
        staff_id = await self._session.scalar(
            update(StaffLinkRow)
            .where(*conditions)
            .values(used_at=now)
            .returning(col(StaffLinkRow.staff_id))
        )
        if staff_id is None:
            return None
        row = await self._session.get(StaffRow, staff_id, populate_existing=True)
        return _staff(row) if row is not None and row.state == "active" else None

    async def setting(self, name: str) -> str | None:
        """A remembered value, or None."""
        return await self._session.scalar(
            select(col(SettingRow.value)).where(col(SettingRow.name) == name)
        )

    async def set_setting(self, name: str, value: str) -> None:
        """Remember a value."""
        await self._session.merge(SettingRow(name=name, value=value))
        await self._session.flush()

    async def audit(
        self, clinic_id: ClinicId, *, at: datetime, actor: str, verb: str, subject: str | None
    ) -> None:
        """One more entry of the audit trail."""
        self._session.add(
            AuditRow(
                id=self._ids.new(),
                clinic_id=clinic_id,
                at=at,
                actor=actor,
                verb=verb,
                subject=subject,
            )
        )
        await self._session.flush()

    async def _sender(self, row: SenderRow) -> Sender:
        credentials: dict[str, str] = {}
        if row.sealed_credentials is not None:
            credentials = json.loads(
                await self._sealer.keys.unseal(
                    intake_key(row.clinic_id),
                    f"sender.credentials:{row.id}",
                    row.sealed_credentials,
                )
            )
        return Sender(
            id=SenderId(row.id),
            clinic_id=ClinicId(row.clinic_id),
            channel=Channel(row.channel),
            driver=Driver(row.driver),
            public_name=row.public_name,
            state=row.state,
            held_until=row.held_until,
            pace_per_second=row.pace_per_second,
            credentials=credentials,
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _clinic(row: ClinicRow) -> Clinic:
    return Clinic(
        id=ClinicId(row.id),
        name=row.name,
        phone=row.phone,
        region=Region(row.region),
        zone=row.zone,
        staffed_hours=row.staffed_hours,
        out_of_hours_cover=row.out_of_hours_cover,
        offers_photos=row.offers_photos,
    )


def _staff(row: StaffRow) -> Staff:
    return Staff(
        id=StaffId(row.id),
        clinic_id=ClinicId(row.clinic_id),
        name=row.name,
        role=row.role,
        state=row.state,
    )
