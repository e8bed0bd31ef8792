"""What is known of each of many patients: page by page, with their facts and their state?

Planning at night, audiences, previews and broadcasts all look at everybody; each page costs the
same few statements however many patients are on it.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import Clinic, Fact, Patient, PatientState, state_at
from bot.ports.many import PATIENTS_AT_ONCE
from bot.ports.store import Store, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A patient with all facts, and how they stand at the instant of looking."""

    patient: Patient
    clinic: Clinic
    facts: Sequence[Fact] = field(repr=False)
    state: PatientState = field(repr=False)


async def known_of(
    tx: Transaction, patients: Sequence[Patient], *, at: datetime
) -> dict[PatientId, Known]:
    """Each of `patients` as they stand at `at`."""
    facts = await tx.many.facts([patient.id for patient in patients])
    clinics = {one: await tx.house.clinic(one) for one in {p.clinic_id for p in patients}}
    return {
        patient.id: Known(
            patient=patient,
            clinic=(clinic := clinics[patient.clinic_id]),
            facts=facts[patient.id],
            state=state_at(patient, facts[patient.id], at=at, clinic=clinic),
        )
        for patient in patients
    }


async def pages_to_plan(
    store: Store, *, size: int = PATIENTS_AT_ONCE
) -> AsyncIterator[Sequence[tuple[ClinicId, PatientId]]]:
    """Active patients with a running course, `size` at a time; nothing stays open between pages."""
    after: PatientId | None = None
    while True:
        async with store.read() as tx:
            page = await tx.many.to_plan(after=after, limit=size)
        if not page:
            return
        yield page
        after = page[-1][1]
