"""What is kept of the photos of patients?"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import case, delete, func, select, update
from sqlmodel import col

from bot.domain.identity import ClinicId, PatientId
from bot.domain.photo import PhotoCount, SourceOfPhoto, WaitingPhoto
from bot.ports.photos import CleanPhoto
from bot.store.keys import SealBroken
from bot.store.photo_tables import PhotoRow
from bot.store.records.base import RecordsBase

_ASKED, _KEPT = "asked", "kept"
_MOST_LOOKED_AT = 100
"""Rows that cannot be read any more hide none behind them."""


class Photos(RecordsBase):
    """One photo a day, sealed; counts are all that can be read without opening one."""

    async def ask(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        source: SourceOfPhoto,
        *,
        day: date,
        is_of_album: bool,
        at: datetime,
    ) -> None:
        """A photo to be fetched."""
        row_id = self._ids.new()
        sealed = await self._sealer.seal(
            f"photo.source:{row_id}", asdict(source), clinic_id=clinic_id, patient_id=patient_id
        )
        self._session.add(
            PhotoRow(
                id=row_id,
                clinic_id=clinic_id,
                patient_id=patient_id,
                day=day,
                state=_ASKED,
                is_of_album=is_of_album,
                sealed_source=sealed,
                asked_at=at,
                next_try_at=at,
            )
        )
        await self._session.flush()

    async def waiting(self, now: datetime, *, limit: int) -> Sequence[WaitingPhoto]:
        """What may be fetched, or let go at the provider, oldest first."""
        rows = await self._session.scalars(
            select(PhotoRow)
            .where(col(PhotoRow.next_try_at) <= now, col(PhotoRow.sealed_source).is_not(None))
            .order_by(col(PhotoRow.next_try_at), col(PhotoRow.id))
            .limit(_MOST_LOOKED_AT)
        )
        found: list[WaitingPhoto] = []
        for row in rows.all():
            try:
                found.append(await self._waiting(row))
            except SealBroken:  # its key is gone, and with it the patient
                continue
            if len(found) == limit:
                break
        return found

    async def next_step_at(self, now: datetime) -> datetime | None:
        """When something of a photo is tried again after `now`, or None."""
        return await self._session.scalar(
            select(func.min(col(PhotoRow.next_try_at))).where(col(PhotoRow.next_try_at) > now)
        )

    async def is_waiting(self, photo: WaitingPhoto) -> bool:
        """Whether it still waits just so; holds the row for this transaction."""
        found = select(col(PhotoRow.id)).where(
            col(PhotoRow.id) == photo.id,
            col(PhotoRow.state) == (_KEPT if photo.is_kept else _ASKED),
            col(PhotoRow.next_try_at).is_not(None),
        )
        held = found.with_for_update(skip_locked=True) if self._is_postgres else found
        return await self._session.scalar(held) is not None

    async def keep(self, photo: WaitingPhoto, clean: CleanPhoto, *, at: datetime) -> None:
        """Keep it as the photo of its day, instead of another one of that day."""
        await self._session.execute(
            delete(PhotoRow).where(
                col(PhotoRow.patient_id) == photo.patient_id,
                col(PhotoRow.day) == photo.day,
                col(PhotoRow.state) == _KEPT,
            )
        )
        sealed = await self._sealer.seal_bytes(
            f"photo.jpeg:{photo.id}",
            clean.jpeg,
            clinic_id=photo.clinic_id,
            patient_id=photo.patient_id,
        )
        has_copy = photo.source.message is not None
        await self._session.execute(
            update(PhotoRow)
            .where(col(PhotoRow.id) == photo.id)
            .values(state=_KEPT, sealed_jpeg=sealed, tries=0, next_try_at=at if has_copy else None)
        )

    async def refuse(self, photo: WaitingPhoto) -> None:
        """Forget that it was asked for."""
        await self._session.execute(delete(PhotoRow).where(col(PhotoRow.id) == photo.id))

    async def let_go(self, photo: WaitingPhoto) -> None:
        """The provider's copy is gone, or can no longer be removed."""
        await self._session.execute(
            update(PhotoRow)
            .where(col(PhotoRow.id) == photo.id)
            .values(sealed_source=None, next_try_at=None)
        )

    async def try_again(self, photo: WaitingPhoto, *, at: datetime) -> None:
        """One more failed try."""
        await self._session.execute(
            update(PhotoRow)
            .where(col(PhotoRow.id) == photo.id)
            .values(tries=col(PhotoRow.tries) + 1, next_try_at=at)
        )

    async def days(self, patient_id: PatientId) -> Sequence[date]:
        """The days of which a photo is kept, in order."""
        found = await self._session.scalars(
            select(col(PhotoRow.day))
            .where(col(PhotoRow.patient_id) == patient_id, col(PhotoRow.state) == _KEPT)
            .order_by(col(PhotoRow.day))
        )
        return list(found)

    async def opened(self, patient_id: PatientId, day: date) -> bytes | None:
        """The photo of a day as JPEG, or None."""
        row = await self._session.scalar(
            select(PhotoRow).where(
                col(PhotoRow.patient_id) == patient_id,
                col(PhotoRow.day) == day,
                col(PhotoRow.state) == _KEPT,
            )
        )
        if row is None or row.sealed_jpeg is None:
            return None
        return await self._sealer.unseal_bytes(
            f"photo.jpeg:{row.id}",
            row.sealed_jpeg,
            clinic_id=row.clinic_id,
            patient_id=row.patient_id,
        )

    async def forget(self, patient_id: PatientId, *, day: date | None = None) -> int:
        """Remove the photo of a day, or all, also those on their way; how many."""
        which = [col(PhotoRow.patient_id) == patient_id]
        which += [col(PhotoRow.day) == day] if day is not None else []
        gone = await self._session.execute(
            delete(PhotoRow).where(*which).returning(col(PhotoRow.id))
        )
        return len(gone.all())

    async def forget_older(self, *, before: date) -> int:
        """Remove photos of days before then; how many."""
        gone = await self._session.execute(
            delete(PhotoRow).where(col(PhotoRow.day) < before).returning(col(PhotoRow.id))
        )
        return len(gone.all())

    async def counts(self, clinic_id: ClinicId) -> Sequence[PhotoCount]:
        """How many each patient has; never what they show."""
        kept_day = case((col(PhotoRow.state) == _KEPT, col(PhotoRow.day)))
        rows = await self._session.execute(
            select(
                col(PhotoRow.patient_id),
                func.count(kept_day),
                func.min(kept_day),
                func.max(kept_day),
                func.count() - func.count(kept_day),
            )
            .where(col(PhotoRow.clinic_id) == clinic_id)
            .group_by(col(PhotoRow.patient_id))
            .order_by(col(PhotoRow.patient_id))
        )
        return [
            PhotoCount(
                patient_id=PatientId(patient_id),
                count=count,
                first=first,
                last=last,
                waiting=waiting,
            )
            for patient_id, count, first, last, waiting in rows
        ]

    async def _waiting(self, row: PhotoRow) -> WaitingPhoto:
        assert row.sealed_source is not None
        source = await self._sealer.unseal(
            f"photo.source:{row.id}",
            row.sealed_source,
            clinic_id=row.clinic_id,
            patient_id=row.patient_id,
        )
        return WaitingPhoto(
            id=row.id,
            clinic_id=ClinicId(row.clinic_id),
            patient_id=PatientId(row.patient_id),
            day=row.day,
            is_kept=row.state == _KEPT,
            is_of_album=row.is_of_album,
            asked_at=row.asked_at,
            tries=row.tries,
            source=SourceOfPhoto(**source),
        )
