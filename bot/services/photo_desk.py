"""What may the clinic do about photos: count them, record a guardian's yes, remove them?"""

from collections.abc import Sequence
from datetime import date

from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import Fact, FactKind, FactValue, Patient, state_at
from bot.domain.photo import PhotoCount, consent_fact, is_minor
from bot.ports.clock import Clock
from bot.ports.house import Staff
from bot.ports.store import Store, Transaction
from bot.services.patients import NotPossible


class PhotoDesk:
    """Nobody at the clinic sees a photo here: a patient keeps them for themselves."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Everything is recorded at the time of `clock`."""
        self._store = store
        self._clock = clock

    async def counts(self, clinic_id: ClinicId) -> Sequence[PhotoCount]:
        """How many days each patient keeps."""
        async with self._store.read() as tx:
            return await tx.photos.counts(clinic_id)

    async def record_guardian(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        *,
        agrees: bool,
        on: date,
        by: Staff,
    ) -> None:
        """A guardian's yes or no to photos, as checked by `by` (rule 21). Raises NotPossible."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            patient = await _patient(tx, clinic_id, patient_id)
            clinic = await tx.house.clinic(clinic_id)
            state = state_at(patient, await tx.people.facts(patient.id), at=now, clinic=clinic)
            if agrees and not is_minor(state, now):
                raise NotPossible("this patient is of age: only their own yes counts")
            if on > now.astimezone(state.zone).date():
                raise NotPossible(f"--on {on}: that day has not come yet")
            value: FactValue = {"agreed": agrees, "on": on.isoformat()}
            await self._record(tx, patient, FactKind.GUARDIAN_PHOTOS, value, by=by.id)
            if not agrees:
                await tx.photos.forget(patient.id)
            verb = "photos-guardian-agreed" if agrees else "photos-guardian-refused"
            await tx.house.audit(clinic_id, at=now, actor=by.id, verb=verb, subject=patient.id)

    async def remove(self, clinic_id: ClinicId, patient_id: PatientId, *, by: Staff) -> int:
        """End a patient's photos and remove all of them; how many. Raises NotPossible."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            patient = await _patient(tx, clinic_id, patient_id)
            count = await tx.photos.forget(patient.id)
            await self._record(tx, patient, FactKind.PHOTOS, consent_fact(agreed=False), by=by.id)
            verb = f"photos-removed:{count}"
            await tx.house.audit(clinic_id, at=now, actor=by.id, verb=verb, subject=patient.id)
        return count

    async def _record(
        self,
        tx: Transaction,
        patient: Patient,
        kind: FactKind,
        value: FactValue,
        *,
        by: str,
    ) -> None:
        now = self._clock.now()
        fact = Fact(kind=kind, value=value, effective_at=now, recorded_at=now, recorded_by=by)
        await tx.people.add_fact(patient.clinic_id, patient.id, fact)


async def _patient(tx: Transaction, clinic_id: ClinicId, patient_id: PatientId) -> Patient:
    patient = await tx.people.patient(patient_id)
    if patient is None or patient.clinic_id != clinic_id:
        raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")
    return patient
