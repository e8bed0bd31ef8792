"""How does a question reach the authors without the person who asked it?"""

from datetime import datetime
from typing import assert_never

from bot.domain.authors_queue import KeptQuestion
from bot.domain.effect import CountFit, ForgetQuestions, KeepQuestion
from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import FactKind
from bot.domain.redact import redact
from bot.ports.store import Transaction

Learning = KeepQuestion | ForgetQuestions | CountFit


async def learn(
    tx: Transaction,
    effect: Learning,
    *,
    clinic_id: ClinicId,
    patient_id: PatientId | None,
    language: str,
    at: datetime,
) -> None:
    """Carry out what the authors may learn from a turn, in its transaction."""
    match effect:
        case CountFit(topic=topic, fits=fits):
            await tx.questions.count_fit(clinic_id, topic, language=language, fits=fits)
        case ForgetQuestions():
            assert patient_id is not None
            await tx.questions.forget_asker(clinic_id, patient_id)
        case KeepQuestion():
            assert patient_id is not None
            names = await _names(tx, clinic_id, patient_id)
            kept = KeptQuestion(
                text=redact(effect.text, names),
                why=effect.why,
                topic=effect.topic,
                language=language,
                kept_at=at,
            )
            await tx.questions.keep(clinic_id, kept, asker=patient_id, at=at)
        case _:
            assert_never(effect)


async def _names(tx: Transaction, clinic_id: ClinicId, patient_id: PatientId) -> list[str]:
    """Every name that the clinic has around this patient: theirs, their guardian's, the staff's."""
    patient = await tx.people.patient(patient_id)
    facts = await tx.people.facts(patient_id)
    guardians = [str(f.value.get("name") or "") for f in facts if f.kind is FactKind.GUARDIAN]
    staff = [one.name for one in await tx.house.staff(clinic_id)]
    return [patient.name if patient else "", *guardians, *staff]
