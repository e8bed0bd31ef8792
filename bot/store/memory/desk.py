"""What do the clinic's desk and the authors find in a simulation? Next to nothing."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.authors_queue import KeptQuestion
from bot.domain.identity import ClinicId, PatientId
from bot.domain.review import SignOff


class MemoryReviews:
    """Nobody signs anything in a simulation."""

    async def sign_offs(self, clinic_id: ClinicId) -> Sequence[SignOff]:
        """No signature."""
        del clinic_id
        return ()


class MemoryQuestions:
    """Questions kept for the authors, for as long as the simulation lasts."""

    def __init__(self) -> None:
        """Nothing was asked."""
        self.kept_questions: list[tuple[PatientId, KeptQuestion]] = []
        self.fit_counts: list[tuple[str, bool]] = []

    async def keep(
        self, clinic_id: ClinicId, question: KeptQuestion, *, asker: PatientId, at: datetime
    ) -> None:
        """One more question."""
        del clinic_id, at
        self.kept_questions.append((asker, question))

    async def forget_asker(self, clinic_id: ClinicId, asker: PatientId) -> int:
        """Remove what a patient's questions left; how many."""
        del clinic_id
        before = len(self.kept_questions)
        self.kept_questions = [one for one in self.kept_questions if one[0] != asker]
        return before - len(self.kept_questions)

    async def forget(self, *, before: datetime) -> int:
        """Remove what was kept before then; how many."""
        count = len(self.kept_questions)
        self.kept_questions = [one for one in self.kept_questions if one[1].kept_at >= before]
        return count - len(self.kept_questions)

    async def count_fit(
        self, clinic_id: ClinicId, topic: str, *, language: str, fits: bool
    ) -> None:
        """One more yes or no."""
        del clinic_id, language
        self.fit_counts.append((topic, fits))
