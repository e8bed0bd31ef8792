"""What is kept of how staff are reached, and of who is on call?"""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import col

from bot.domain.identity import AddressIndex, Channel, ClinicId, ContactId, StaffId
from bot.domain.rota import Shift
from bot.ports.house import Staff
from bot.ports.staff import ContactPoint, RotaDocument, StaffMember
from bot.store.records.base import RecordsBase
from bot.store.sealing import insert_once
from bot.store.tables import RotaRow, StaffContactRow, StaffLinkRow, StaffRow

_ACTIVE = "active"
_CONTACT_AT = select(StaffContactRow).where(
    col(StaffContactRow.clinic_id) == bindparam("clinic_id"),
    col(StaffContactRow.address_index) == bindparam("address_index"),
)


class StaffContacts(RecordsBase):
    """Contact points and rota."""

    async def members(self, clinic_id: ClinicId) -> Sequence[StaffMember]:
        """All staff of a clinic with their contact points, oldest first."""
        rows = await self._session.scalars(
            select(StaffRow)
            .where(col(StaffRow.clinic_id) == clinic_id)
            .order_by(col(StaffRow.id))
            .execution_options(populate_existing=True)
        )
        contacts = await self._session.scalars(
            select(StaffContactRow)
            .where(col(StaffContactRow.clinic_id) == clinic_id)
            .order_by(col(StaffContactRow.id))
        )
        points = [await self._contact(row) for row in contacts]
        return [
            StaffMember(staff=_staff(row), contacts=[p for p in points if p.staff_id == row.id])
            for row in rows
        ]

    async def set_state(self, staff_id: StaffId, state: str) -> None:
        """Active or left."""
        await self._session.execute(
            update(StaffRow).where(col(StaffRow.id) == staff_id).values(state=state)
        )

    async def add_contact(
        self, clinic_id: ClinicId, contact: ContactPoint, *, at: datetime
    ) -> bool:
        """One more contact point; False when the address is somebody's already."""
        sealed = await self._sealer.seal(
            _place(contact.id), contact.value, clinic_id=clinic_id, patient_id=None
        )
        values = {
            "id": contact.id,
            "clinic_id": clinic_id,
            "staff_id": contact.staff_id,
            "channel": contact.channel.value,
            "address_index": contact.index,
            "sealed_value": sealed,
            "language": contact.language,
            "is_shared": contact.is_shared,
            "created_at": at,
        }
        return await insert_once(self._session, StaffContactRow, values)

    async def remove_contacts(self, staff_id: StaffId, *, contact: ContactId | None) -> int:
        """Remove one contact point, or all of them; how many."""
        conditions = [col(StaffContactRow.staff_id) == staff_id]
        if contact is not None:
            conditions.append(col(StaffContactRow.id) == contact)
        gone = await self._session.execute(
            delete(StaffContactRow).where(*conditions).returning(col(StaffContactRow.id))
        )
        return len(gone.all())

    async def contact_at(self, clinic_id: ClinicId, index: AddressIndex) -> StaffMember | None:
        """Whose contact point this address is; None: nobody's, or of somebody who left."""
        row = await self._session.scalar(
            _CONTACT_AT, {"clinic_id": clinic_id, "address_index": index}
        )
        if row is None:
            return None
        staff = await self._session.get_one(StaffRow, row.staff_id, populate_existing=True)
        if staff.state != _ACTIVE:
            return None
        return StaffMember(staff=_staff(staff), contacts=[await self._contact(row)])

    async def rota(self, clinic_id: ClinicId) -> RotaDocument:
        """The rota; an empty one before the clinic has entered any."""
        document = await self._session.scalar(
            select(col(RotaRow.document)).where(col(RotaRow.clinic_id) == clinic_id)
        )
        return _rota(json.loads(document)) if document is not None else RotaDocument()

    async def set_rota(self, clinic_id: ClinicId, rota: RotaDocument, *, at: datetime) -> None:
        """A new rota in place of the one before."""
        document = json.dumps(_plain(rota))
        await self._session.merge(RotaRow(clinic_id=clinic_id, document=document, changed_at=at))
        await self._session.flush()

    async def end_access(self, staff_id: StaffId) -> None:
        """Links and sessions of somebody who left no longer open anything."""
        await self._session.execute(
            delete(StaffLinkRow).where(col(StaffLinkRow.staff_id) == staff_id)
        )

    async def _contact(self, row: StaffContactRow) -> ContactPoint:
        value = await self._sealer.unseal(
            _place(row.id), row.sealed_value, clinic_id=row.clinic_id, patient_id=None
        )
        return ContactPoint(
            id=ContactId(row.id),
            staff_id=StaffId(row.staff_id),
            channel=Channel(row.channel),
            value=value,
            index=AddressIndex(row.address_index),
            language=row.language,
            is_shared=row.is_shared,
        )


def _place(contact_id: str) -> str:
    return f"staff_contact.value:{contact_id}"


def _staff(row: StaffRow) -> Staff:
    return Staff(
        id=StaffId(row.id),
        clinic_id=ClinicId(row.clinic_id),
        name=row.name,
        role=row.role,
        state=row.state,
    )


def _plain(rota: RotaDocument) -> dict[str, Any]:
    return {
        "shifts": [
            {
                "staff": shift.staff_id,
                "days": sorted(shift.days),
                "opens": shift.opens.isoformat(),
                "closes": shift.closes.isoformat(),
                "first_day": shift.first_day.isoformat() if shift.first_day else None,
                "last_day": shift.last_day.isoformat() if shift.last_day else None,
                "works_on_holidays": shift.works_on_holidays,
            }
            for shift in rota.shifts
        ],
        "holidays": sorted(day.isoformat() for day in rota.holidays),
        "fallback": list(rota.fallback),
    }


def _rota(plain: dict[str, Any]) -> RotaDocument:
    return RotaDocument(
        shifts=tuple(
            Shift(
                staff_id=StaffId(one["staff"]),
                days=frozenset(one["days"]),
                opens=time.fromisoformat(one["opens"]),
                closes=time.fromisoformat(one["closes"]),
                first_day=_day(one["first_day"]),
                last_day=_day(one["last_day"]),
                works_on_holidays=one["works_on_holidays"],
            )
            for one in plain["shifts"]
        ),
        holidays=frozenset(date.fromisoformat(day) for day in plain["holidays"]),
        fallback=tuple(StaffId(one) for one in plain["fallback"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
