"""What is kept of signatures, and of the one-time codes that make them?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import col

from bot.domain.identity import ClinicId, Region, StaffId
from bot.domain.review import SignOff
from bot.ports.house import Staff
from bot.store.records.base import RecordsBase
from bot.store.review_tables import CodeUseRow, SignOffRow
from bot.store.sealing import insert_once
from bot.store.tables import AuditRow, StaffRow


class Reviews(RecordsBase):
    """Signatures are added and never changed."""

    async def sign_offs(self, clinic_id: ClinicId) -> Sequence[SignOff]:
        """Every signature of a clinic, oldest first."""
        rows = await self._session.execute(
            select(SignOffRow, col(StaffRow.name))
            .join(StaffRow, col(StaffRow.id) == col(SignOffRow.staff_id))
            .where(col(SignOffRow.clinic_id) == clinic_id)
            .order_by(col(SignOffRow.id))
        )
        return [
            SignOff(
                topic=row.topic,
                language=row.language,
                region=Region(row.region),
                sha256=row.sha256,
                staff_id=StaffId(row.staff_id),
                staff_name=name,
                signed_at=row.signed_at,
            )
            for row, name in rows
        ]

    async def add_sign_off(self, clinic_id: ClinicId, sign_off: SignOff) -> bool:
        """One more signature; False when exactly these words were signed already."""
        values = {
            "id": self._ids.new(),
            "clinic_id": clinic_id,
            "topic": sign_off.topic,
            "language": sign_off.language,
            "region": sign_off.region.value,
            "sha256": sign_off.sha256,
            "staff_id": sign_off.staff_id,
            "signed_at": sign_off.signed_at,
        }
        return await insert_once(self._session, SignOffRow, values)

    async def code_secret(self, staff: Staff) -> str | None:
        """The secret of a person's one-time codes; None before they were enrolled for them."""
        sealed = await self._session.scalar(
            select(col(StaffRow.sealed_code_secret)).where(col(StaffRow.id) == staff.id)
        )
        if sealed is None:
            return None
        secret = await self._sealer.unseal(
            _secret_place(staff), sealed, clinic_id=staff.clinic_id, patient_id=None
        )
        return str(secret)

    async def set_code_secret(self, staff: Staff, secret: str) -> None:
        """A new secret; codes of the old one open nothing any more."""
        sealed = await self._sealer.seal(
            _secret_place(staff), secret, clinic_id=staff.clinic_id, patient_id=None
        )
        await self._session.execute(
            update(StaffRow).where(col(StaffRow.id) == staff.id).values(sealed_code_secret=sealed)
        )

    async def use_code_step(self, staff: Staff, step: int, *, at: datetime) -> bool:
        """Use up the code of a time step; False when it was used before."""
        values = {
            "id": self._ids.new(),
            "clinic_id": staff.clinic_id,
            "staff_id": staff.id,
            "step": step,
            "used_at": at,
        }
        return await insert_once(self._session, CodeUseRow, values)

    async def count_audits(
        self, clinic_id: ClinicId, *, verb: str, subject: str, since: datetime
    ) -> int:
        """How often `verb` was done to `subject` since then."""
        found = await self._session.scalar(
            select(func.count())
            .select_from(AuditRow)
            .where(
                col(AuditRow.clinic_id) == clinic_id,
                col(AuditRow.verb) == verb,
                col(AuditRow.subject) == subject,
                col(AuditRow.at) > since,
            )
        )
        return found or 0


def _secret_place(staff: Staff) -> str:
    return f"staff.code_secret:{staff.id}"
