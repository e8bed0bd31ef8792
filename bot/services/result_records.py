"""What does the clinic write down about tests, blood results and other things that happened?"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.domain.effect import RaiseAlert
from bot.domain.escalation import Urgency
from bot.domain.evidence import Evidence, EvidenceName
from bot.domain.identity import ClinicId, PatientId
from bot.domain.labs import LabPlan, LabTest, LabUnit, LabValue, Mark
from bot.domain.patient import FactKind, FactValue
from bot.services.clinic_entry import SETTLES_AFTER, ClinicEntries, Entered, Entry, shown_of
from bot.services.course_records import past_day
from bot.services.life_events import PREGNANT, LifeEvents
from bot.services.patients import NotPossible

NEGATIVE, POSITIVE, UNCLEAR = "negative", "positive", "unclear"
RESULTS = (NEGATIVE, POSITIVE, UNCLEAR)
PLACES = ("laboratory", "clinic", "home")
LAB_HIGH, LAB_CRITICAL = "lab-high", "lab-critical"
_TEST = EvidenceName.PREGNANCY_TEST


@dataclass(frozen=True, slots=True, kw_only=True)
class TestChange:
    """What is right about a test; None: as it was recorded."""

    __test__ = False
    result: str | None = None
    on: date | None = None
    place: str | None = None
    is_withdrawn: bool = False
    """There was no such test."""


class ResultRecords:
    """Pregnancy tests and blood results, with what they open for staff; nothing to patients."""

    def __init__(self, entries: ClinicEntries, life: LifeEvents, labs: LabPlan) -> None:
        """A positive test is a reported pregnancy to `life`; `labs` knows tests and marks."""
        self.entries = entries
        self._life = life
        self.labs = labs

    async def record_test(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        *,
        result: str | None,
        on: date | None,
        place: str,
        by: str,
    ) -> Entered:
        """A pregnancy test by the day of its sample; no result: the sample was taken."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="test-recorded") as entry:
            day = past_day("--on", on, entry)
            await self.add_test(entry, day, result=result, place=place)
        return entry.outcome

    async def add_test(self, entry: Entry, day: date, *, result: str | None, place: str) -> None:
        """A test within an entry. Raises NotPossible where another result stands already."""
        known = shown_of(entry, _TEST, day)
        if known is not None and known.result not in (None, result):
            raise NotPossible(
                f"the test of {day} is recorded as {known.result}; to change it: "
                f"balm test correct PATIENT --on {day} --result {result}"
            )
        details = {"place": place} | ({"result": result} if result else {})
        await entry.evidence(_TEST, day, details)
        if result == POSITIVE:
            await self._life.report_pregnancy(entry, day)
        elif result is not None:
            entry.remarks.append("patient-not-told")

    async def correct_test(
        self, clinic_id: ClinicId, patient_id: PatientId, on: date, change: TestChange, *, by: str
    ) -> Entered:
        """The right word about a test that the clinic recorded. Raises NotPossible."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="test-corrected") as entry:
            known = shown_of(entry, _TEST, on)
            if known is None:
                raise NotPossible(f"the clinic has recorded no test of {on}; see: balm course show")
            day = past_day("--to-day", change.on, entry) if change.on else on
            result = change.result or known.result
            if change.is_withdrawn or day != on:
                await _withdraw(entry, known)
            if not change.is_withdrawn:
                details = {"place": change.place or known.details.get("place", "laboratory")}
                await entry.evidence(_TEST, day, details | ({"result": result} if result else {}))
            was_positive = known.result == POSITIVE
            is_positive = result == POSITIVE and not change.is_withdrawn
            if is_positive and not was_positive:
                await self._life.report_pregnancy(entry, day)
            elif was_positive and not is_positive:
                await _end_report(entry, known)
            await entry.settle()
        return entry.outcome

    async def record_lab(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        value: LabValue,
        *,
        on: date | None,
        by: str,
    ) -> Entered:
        """A blood result; a value above the clinic's marks opens work for staff."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="lab-recorded") as entry:
            day = past_day("--on", on, entry)
            known = shown_of(entry, EvidenceName.LAB_RESULT, day, test=value.test)
            if known is not None:
                raise NotPossible(
                    f"{value.test} of {day} is recorded already; to change it: "
                    f"balm lab correct PATIENT {value.test} VALUE UNIT --on {day}"
                )
            await entry.evidence(EvidenceName.LAB_RESULT, day, value.details)
            await self._mark(entry, value)
        return entry.outcome

    async def correct_lab(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        test: str,
        value: LabValue | None,
        *,
        on: date,
        by: str,
    ) -> Entered:
        """The right value of a blood result; None: there was no such result."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="lab-corrected") as entry:
            known = shown_of(entry, EvidenceName.LAB_RESULT, on, test=test)
            if known is None:
                raise NotPossible(f"the clinic has recorded no {test} of {on}")
            if value is None:
                await _withdraw(entry, known)
            else:
                await entry.evidence(EvidenceName.LAB_RESULT, on, value.details)
                await self._mark(entry, value)
        return entry.outcome

    async def choose_profile(
        self, clinic_id: ClinicId, patient_id: PatientId, profile: str, *, by: str
    ) -> Entered:
        """When this patient's blood tests are due. Raises NotPossible."""
        if profile not in self.labs.profiles:
            raise NotPossible(f"{profile}: use one of {', '.join(self.labs.profiles)}")
        async with self.entries.open(clinic_id, patient_id, by=by, verb="lab-profile") as entry:
            await entry.record(FactKind.LAB_PROFILE, {"profile": profile})
        return entry.outcome

    def lab_value(self, test: str, amount: Decimal, unit: str) -> LabValue:
        """What an entry means. Raises NotPossible for an unknown test or unit, or a slip."""
        known = self.labs.book.test(test)
        if known is None:
            offered = ", ".join(one.id for one in self.labs.book.tests)
            raise NotPossible(f"{test}: use one of {offered}")
        measured = known.unit(unit)
        if measured is None:
            offered = ", ".join(one.name for one in known.units)
            raise NotPossible(f"{known.id} in {unit}: use one of {offered}")
        if not known.is_plausible(amount, measured):
            raise NotPossible(
                f"{known.id} {amount} {measured.name}: nobody can have that; {_range(known)}"
            )
        return LabValue(test=known.id, value=amount, unit=measured.name)

    async def _mark(self, entry: Entry, value: LabValue) -> None:
        mark = self.labs.marks.reached(value, self.labs.book)
        if mark is Mark.NONE:
            return
        is_critical = mark is Mark.CRITICAL
        category = LAB_CRITICAL if is_critical else LAB_HIGH
        urgency = Urgency.SAME_DAY if is_critical else Urgency.TASK
        note, evidence = f"clinic-entry:{value.test}", f"{value.test} {value.value} {value.unit}"
        await entry.carry_out(
            RaiseAlert(category=category, urgency=urgency, evidence=evidence, note=note)
        )
        entry.remarks.append(category)


async def _withdraw(entry: Entry, known: Evidence) -> None:
    value: FactValue = {
        "name": known.name.value,
        "on": known.on.isoformat(),
        "source": known.source.value,
        "withdrawn": True,
        **({"test": known.details["test"]} if "test" in known.details else {}),
    }
    await entry.record(FactKind.EVIDENCE, value)


async def _end_report(entry: Entry, known: Evidence) -> None:
    """A positive that was none: at once within ten minutes; later a clinician ends the hold."""
    reported = shown_of(entry, EvidenceName.PREGNANCY_REPORTED, known.on)
    if reported is not None:
        await _withdraw(entry, reported)
    if entry.now > known.recorded_at + SETTLES_AFTER:
        entry.remarks.append("hold-stays")
        return
    if entry.before.hold == PREGNANT:
        await entry.record(FactKind.HOLD, {"category": None, "outcome": "entry-taken-back"})
    await entry.record(FactKind.SILENCE, {"reason": None, "kinds": ""})
    case = await entry.tx.cases.open_of(entry.patient.id, PREGNANT)
    if case is not None:
        await entry.tx.cases.move(case.id, state=case.state, note="entry-taken-back")


def _range(test: LabTest) -> str:
    def bounds(unit: LabUnit) -> str:
        low, high = test.lowest / unit.factor, test.highest / unit.factor
        return f"{low:.3g} to {high:.5g} {unit.name}"

    return "it lies between " + ", or ".join(bounds(unit) for unit in test.units)
