"""What did a patient tell on the way of a course?

Each method is one look at the open transaction.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from bot.domain.cohort import CourseOf, RaisedCase
from bot.domain.history import CourseHistory
from bot.domain.identity import ClinicId, PatientId


class HistoryRecords(Protocol):
    """Check-ins, doses and tips, read together."""

    async def course(
        self, patient_id: PatientId, *, until: datetime, since: date | None = None
    ) -> CourseHistory:
        """All that was due by `until`, from the local day `since` on, by day."""
        ...

    async def courses(
        self, clinic_id: ClinicId, *, until: datetime, patient_id: PatientId | None = None
    ) -> Sequence[CourseOf]:
        """Every patient of the clinic who has or had a course, or one of them."""
        ...

    async def raised_cases(
        self, clinic_id: ClinicId, *, since: date, until: date
    ) -> Sequence[RaisedCase]:
        """The cases that answers made on these days (UTC)."""
        ...
