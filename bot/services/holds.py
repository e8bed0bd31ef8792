"""How does a hold on the capsules end? Only by a named clinician, with what they decided."""

from enum import StrEnum

from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import Fact, FactKind, current
from bot.ports.clock import Clock
from bot.ports.house import Staff
from bot.ports.store import Store
from bot.services.patients import NotPossible
from bot.services.planner import Planner


class HoldOutcome(StrEnum):
    """What the clinician decided."""

    RESTART = "restart"
    STAY_OFF = "stay-off"
    SEEN_ELSEWHERE = "seen-elsewhere"


class Holds:
    """Ends holds; begins none: a red flag does that."""

    def __init__(self, store: Store, clock: Clock, planner: Planner) -> None:
        """Recorded at the time of `clock`."""
        self._store = store
        self._clock = clock
        self._planner = planner

    async def end(
        self, clinic_id: ClinicId, patient_id: PatientId, outcome: HoldOutcome, *, by: Staff
    ) -> None:
        """End the open hold. Staying off keeps dose reminders silent. Raises NotPossible."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            patient = await tx.people.patient(patient_id)
            if patient is None or patient.clinic_id != clinic_id:
                raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")
            hold = current(await tx.people.facts(patient_id), FactKind.HOLD, at=now) or {}
            if not hold.get("category"):
                raise NotPossible("this patient has no open hold")
            facts: list[tuple[FactKind, dict[str, str | int | bool | None]]] = [
                (FactKind.HOLD, {"category": None, "outcome": outcome.value})
            ]
            if outcome is HoldOutcome.RESTART:
                facts.append((FactKind.SILENCE, {"reason": None, "kinds": ""}))
            if outcome is HoldOutcome.STAY_OFF:
                facts.append((FactKind.DOSING_STOPPED, {"stopped": True, "by": "clinic"}))
            for kind, value in facts:
                fact = Fact(
                    kind=kind, value=value, effective_at=now, recorded_at=now, recorded_by=by.id
                )
                await tx.people.add_fact(clinic_id, patient_id, fact)
            await self._planner.plan_patient(tx, clinic_id, patient_id)
            await tx.house.audit(
                clinic_id, at=now, actor=by.id, verb=f"hold-ended:{outcome}", subject=patient_id
            )
