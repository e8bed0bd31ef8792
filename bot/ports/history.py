"""What did a patient tell on the way of a course?

Each method is one look at the open transaction.
"""

from datetime import date, datetime
from typing import Protocol

from bot.domain.history import CourseHistory
from bot.domain.identity import PatientId


class HistoryRecords(Protocol):
    """Check-ins, doses and tips, read together."""

    async def course(
        self, patient_id: PatientId, *, until: datetime, since: date | None = None
    ) -> CourseHistory:
        """All that was due by `until`, from the local day `since` on, by day."""
        ...
