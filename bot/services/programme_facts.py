"""How does the clinic say which programme a patient follows, and which method they use?"""

from collections.abc import Mapping
from datetime import date, time

from bot.domain.contraception import Method, contraception_fact
from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import Fact, FactKind, FactValue
from bot.domain.programme import Programme
from bot.domain.timeline import HOME_TESTS
from bot.ports.clock import Clock
from bot.ports.store import Store
from bot.services.patients import NotPossible
from bot.services.planner import Planner


class ProgrammeFacts:
    """Records these facts; the plan follows in the same transaction."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        planner: Planner,
        *,
        programmes: Mapping[str, Programme],
        methods: Mapping[str, Method],
    ) -> None:
        """Everything is recorded at the time of `clock`."""
        self._store = store
        self._clock = clock
        self._planner = planner
        self._programmes = programmes
        self._methods = methods

    async def join(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        programme: str,
        *,
        permits_home_tests: bool,
        by: str,
    ) -> None:
        """From now on the patient follows this programme. Raises NotPossible."""
        if programme not in self._programmes:
            known = ", ".join(sorted(self._programmes))
            raise NotPossible(f"there is no programme {programme!r}; there are {known}")
        value: FactValue = {"programme": programme, HOME_TESTS: permits_home_tests}
        await self._record(clinic_id, patient_id, FactKind.PROGRAMME, value, by=by)

    async def use_method(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        method: str,
        *,
        since: date,
        at: time | None,
        second: str | None,
        by: str,
    ) -> None:
        """What the patient uses, as the clinic knows it. Raises NotPossible."""
        for name in (method, second):
            if name is not None and name not in self._methods:
                known = ", ".join(sorted(self._methods))
                raise NotPossible(f"there is no method {name!r}; there are {known}")
        if second == method:
            raise NotPossible(f"--second {second}: the second method has to be another one")
        value = contraception_fact(method, since, at=at, second=second)
        await self._record(clinic_id, patient_id, FactKind.CONTRACEPTION, value, by=by)

    async def _record(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        kind: FactKind,
        value: FactValue,
        *,
        by: str,
    ) -> None:
        now = self._clock.now()
        fact = Fact(kind=kind, value=value, effective_at=now, recorded_at=now, recorded_by=by)
        async with self._store.unit_of_work() as tx:
            patient = await tx.people.patient(patient_id)
            if patient is None or patient.clinic_id != clinic_id:
                raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")
            await tx.people.add_fact(clinic_id, patient_id, fact)
            await self._planner.plan_patient(tx, clinic_id, patient_id)
            await tx.house.audit(
                clinic_id, at=now, actor=by, verb=f"fact:{kind}", subject=patient_id
            )
