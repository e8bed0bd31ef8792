"""What is kept for the authors of the answers?

Each method is one statement of the open transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.authors_queue import AnswerFit, KeptQuestion
from bot.domain.identity import ClinicId, PatientId


class QuestionRecords(Protocol):
    """Questions kept for the authors, and how answers fit."""

    async def keep(
        self, clinic_id: ClinicId, question: KeptQuestion, *, asker: PatientId, at: datetime
    ) -> None:
        """One more question, sealed; `asker` is stored only as a keyed hash."""
        ...

    async def kept(self, clinic_id: ClinicId) -> Sequence[KeptQuestion]:
        """All that is kept, oldest first."""
        ...

    async def forget_asker(self, clinic_id: ClinicId, asker: PatientId) -> int:
        """Remove what a patient's questions left; how many."""
        ...

    async def forget(self, *, before: datetime) -> int:
        """Remove what was kept before then; how many."""
        ...

    async def count_fit(
        self, clinic_id: ClinicId, topic: str, *, language: str, fits: bool
    ) -> None:
        """One more yes or no."""
        ...

    async def fits(self, clinic_id: ClinicId) -> Sequence[AnswerFit]:
        """The counts of every topic."""
        ...
