"""What is kept for the authors of the answers?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlmodel import col

from bot.domain.authors_queue import AnswerFit, KeptQuestion
from bot.domain.effect import WhyKept
from bot.domain.identity import ClinicId, PatientId
from bot.store.records.base import RecordsBase
from bot.store.review_tables import AnswerFitRow, KeptQuestionRow
from bot.store.sealing import insert_once


class Questions(RecordsBase):
    """Questions without names, and counts without people."""

    async def keep(
        self, clinic_id: ClinicId, question: KeptQuestion, *, asker: PatientId, at: datetime
    ) -> None:
        """One more question, sealed; `asker` is stored only as a keyed hash."""
        row_id = self._ids.new()
        sealed = await self._sealer.seal(
            _place(row_id), question.text, clinic_id=clinic_id, patient_id=None
        )
        self._session.add(
            KeptQuestionRow(
                id=row_id,
                clinic_id=clinic_id,
                asker_index=await self._index(clinic_id, asker),
                why=question.why.value,
                topic=question.topic,
                language=question.language,
                sealed_text=sealed,
                kept_at=at,
            )
        )
        await self._session.flush()

    async def kept(self, clinic_id: ClinicId) -> Sequence[KeptQuestion]:
        """All that is kept, oldest first."""
        rows = await self._session.scalars(
            select(KeptQuestionRow)
            .where(col(KeptQuestionRow.clinic_id) == clinic_id)
            .order_by(col(KeptQuestionRow.id))
        )
        return [await self._question(row) for row in rows]

    async def forget_asker(self, clinic_id: ClinicId, asker: PatientId) -> int:
        """Remove what a patient's questions left; how many."""
        gone = await self._session.execute(
            delete(KeptQuestionRow)
            .where(
                col(KeptQuestionRow.clinic_id) == clinic_id,
                col(KeptQuestionRow.asker_index) == await self._index(clinic_id, asker),
            )
            .returning(col(KeptQuestionRow.id))
        )
        return len(gone.all())

    async def forget(self, *, before: datetime) -> int:
        """Remove what was kept before then; how many."""
        gone = await self._session.execute(
            delete(KeptQuestionRow)
            .where(col(KeptQuestionRow.kept_at) < before)
            .returning(col(KeptQuestionRow.id))
        )
        return len(gone.all())

    async def count_fit(
        self, clinic_id: ClinicId, topic: str, *, language: str, fits: bool
    ) -> None:
        """One more yes or no."""
        place = {"clinic_id": clinic_id, "topic": topic, "language": language}
        await insert_once(
            self._session,
            AnswerFitRow,
            {"id": self._ids.new(), **place, "yes_count": 0, "no_count": 0},
        )
        counted = col(AnswerFitRow.yes_count) if fits else col(AnswerFitRow.no_count)
        await self._session.execute(
            update(AnswerFitRow).filter_by(**place).values({counted: counted + 1})
        )

    async def fits(self, clinic_id: ClinicId) -> Sequence[AnswerFit]:
        """The counts of every topic."""
        rows = await self._session.scalars(
            select(AnswerFitRow)
            .where(col(AnswerFitRow.clinic_id) == clinic_id)
            .order_by(col(AnswerFitRow.topic), col(AnswerFitRow.language))
            .execution_options(populate_existing=True)
        )
        return [
            AnswerFit(
                topic=row.topic,
                language=row.language,
                yes_count=row.yes_count,
                no_count=row.no_count,
            )
            for row in rows
        ]

    async def _question(self, row: KeptQuestionRow) -> KeptQuestion:
        text = await self._sealer.unseal(
            _place(row.id), row.sealed_text, clinic_id=row.clinic_id, patient_id=None
        )
        return KeptQuestion(
            text=text,
            why=WhyKept(row.why),
            topic=row.topic,
            language=row.language,
            kept_at=row.kept_at,
        )

    async def _index(self, clinic_id: ClinicId, asker: PatientId) -> str:
        return await self._sealer.keys.blind_index(clinic_id, "kept-question", asker)


def _place(row_id: str) -> str:
    return f"kept_question.text:{row_id}"
