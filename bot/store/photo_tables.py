"""What is stored of the photos that patients asked to keep?"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from bot.store.tables import Table
from bot.store.types import UtcDateTime


class PhotoRow(Table, table=True):
    """One photo of one day, sealed under the patient's key, so that erasure reaches it."""

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'kept')", name="state"),
        Index(
            "uq_photo_clinic_id_patient_id_day_kept",
            "clinic_id",
            "patient_id",
            "day",
            unique=True,
            sqlite_where=text("state = 'kept'"),
            postgresql_where=text("state = 'kept'"),
        ),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    patient_id: str = Field(foreign_key="patient.id", index=True)
    day: date
    """The patient's local day on which it was sent."""
    state: str
    is_of_album: bool
    sealed_source: bytes | None = None
    """Where the provider holds it; None once nothing of it is left there."""
    sealed_jpeg: bytes | None = None
    asked_at: datetime = Field(sa_type=UtcDateTime)
    tries: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """When it is fetched, or let go at the provider; None: nothing is left to do."""
