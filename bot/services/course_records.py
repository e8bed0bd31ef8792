"""What does the clinic write down about the capsules of a course, and what follows?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from bot.domain.capsules import DoseLimits
from bot.domain.course import Course, CourseStatus
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_at, withdrawn
from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import FactKind
from bot.domain.regimen import (
    CoursePause,
    RegimenStep,
    pause_fact,
    regimen_fact,
    starts_on,
    withdrawn_step,
)
from bot.domain.schedule import Regimen, SlotTime
from bot.ports.house import Staff
from bot.services.clinic_entry import ClinicEntries, Entered, Entry, running
from bot.services.patients import NotPossible

_DAY = timedelta(days=1)
_LONGEST_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDose:
    """A change of dose as the prescriber decided it; None: as before."""

    daily_mg: Decimal
    from_day: date | None = None
    slots: tuple[SlotTime, ...] | None = None
    every_days: int | None = None
    last_day: date | None = None
    has_capsules: bool = False
    """The patient has the new capsules already, so that nothing has to be waited for."""
    was_told: bool = False


class CourseRecords:
    """Doses, pauses, weights, the last capsule and the clinician's tick."""

    def __init__(self, entries: ClinicEntries, limits: DoseLimits) -> None:
        """`limits` refuse what can only be a slip."""
        self.entries = entries
        self._limits = limits

    def check_dose(self, daily_mg: Decimal, slots: Sequence[SlotTime]) -> None:
        """Raises NotPossible for a dose or for capsules that cannot be right."""
        most = self._limits.most_mg_a_day
        if not 0 < daily_mg <= most:
            raise NotPossible(
                f"--dose {daily_mg}mg: more than {most} mg a day cannot be right; "
                "give the dose of a whole day, like 40mg"
            )
        mixed = [slot for slot in slots if slot.capsules]
        if not mixed:
            return
        known = ", ".join(map(str, self._limits.strengths_mg))
        for mg in (mg for slot in mixed for mg in slot.capsules):
            if mg not in self._limits.strengths_mg:
                raise NotPossible(f"--capsules {mg}: there are capsules of {known} mg")
        total = sum(mg for slot in mixed for mg in slot.capsules)
        if len(mixed) < len(slots) or total != daily_mg:
            raise NotPossible(
                f"--capsules: they make {total} mg in {len(mixed)} of {len(slots)} doses, but the "
                f"dose of a day is {daily_mg} mg; name the capsules of every dose"
            )

    async def change_dose(
        self, clinic_id: ClinicId, patient_id: PatientId, new: NewDose, *, by: str
    ) -> Entered:
        """A new version of the regimen, which begins when the capsules are there (rule 15)."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="dose-changed") as entry:
            course = self._under_way(entry)
            step = self._new_step(entry, course, new)
            for waiting in entry.regimen.waiting:
                await entry.record(FactKind.REGIMEN, withdrawn_step(waiting))
                entry.remarks.append("replaces-waiting-dose")
            await entry.record(FactKind.REGIMEN, regimen_fact(step))
            await entry.settle()
            if step.awaits_capsules:
                entry.remarks.append("waits-for-capsules")
            if not step.was_told:
                entry.remarks.append("dose-not-told")
        return entry.outcome

    async def tell_dose(self, clinic_id: ClinicId, patient_id: PatientId, *, by: str) -> Entered:
        """Staff have told the patient of the new dose, so Balm may ask about its capsules."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="dose-told") as entry:
            untold = [step for step in entry.regimen.waiting if not step.was_told]
            if not untold:
                raise NotPossible("no change of dose waits for the patient to be told")
            for step in untold:
                await entry.record(FactKind.REGIMEN, regimen_fact(replace(step, was_told=True)))
        return entry.outcome

    async def give_capsules(
        self, clinic_id: ClinicId, patient_id: PatientId, *, by: str
    ) -> Entered:
        """The clinic knows that the new capsules are with the patient."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="capsules-here") as entry:
            if not entry.regimen.waiting:
                raise NotPossible("no new dose waits for its capsules")
            for step in entry.regimen.waiting:
                begins = starts_on(step, entry.now, entry.before.zone)
                here = replace(step.regimen, from_day=begins)
                fact = regimen_fact(replace(step, regimen=here, awaits_capsules=False))
                await entry.record(FactKind.REGIMEN, fact)
        return entry.outcome

    async def pause(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        *,
        from_day: date | None,
        until_day: date | None,
        by: str,
    ) -> Entered:
        """No capsules from a day on, until a day or until the course is resumed."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="course-paused") as entry:
            self._under_way(entry)
            first = from_day or entry.today
            if until_day is not None and until_day < first:
                raise NotPossible(f"--until {until_day} lies before --from {first}")
            if until_day is not None and until_day < entry.today:
                raise NotPossible(f"--until {until_day} is over already; nothing was changed")
            if any(pause.covers(first) for pause in entry.regimen.pauses):
                raise NotPossible(f"the capsules are paused on {first} already; resume them first")
            pause = CoursePause(id=entry.id, from_day=first, until_day=until_day)
            await entry.record(FactKind.COURSE_PAUSE, pause_fact(pause))
        return entry.outcome

    async def resume(
        self, clinic_id: ClinicId, patient_id: PatientId, *, on: date | None, by: str
    ) -> Entered:
        """Capsules again from a day on: ends a pause, or a stop that the patient reported."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="course-resumed") as entry:
            self._under_way(entry)
            day = on or entry.today
            if day < entry.today:
                raise NotPossible(f"--on {day} is over; a course is resumed today or later")
            pauses = [p for p in entry.regimen.pauses if p.until_day is None or p.until_day >= day]
            if not pauses and not entry.before.dosing_stopped:
                raise NotPossible("the capsules are neither paused nor stopped")
            for pause in pauses:
                ended = replace(pause, until_day=day - _DAY)
                await entry.record(FactKind.COURSE_PAUSE, pause_fact(ended))
            if entry.before.dosing_stopped:
                await _take_back_stop(entry)
        return entry.outcome

    async def weigh(
        self, clinic_id: ClinicId, patient_id: PatientId, kg: Decimal, *, on: date | None, by: str
    ) -> Entered:
        """What the patient weighs; a second entry for a day corrects the first."""
        low, high = self._limits.lightest_kg, self._limits.heaviest_kg
        if not low <= kg <= high:
            raise NotPossible(f"{kg} kg: a weight lies between {low} and {high} kg")
        async with self.entries.open(clinic_id, patient_id, by=by, verb="weight") as entry:
            day = past_day("--on", on, entry)
            await entry.record(FactKind.WEIGHT, {"kg": str(kg), "on": day.isoformat()})
        return entry.outcome

    async def aim(
        self, clinic_id: ClinicId, patient_id: PatientId, low: Decimal, high: Decimal, *, by: str
    ) -> Entered:
        """The prescriber's cumulative target in mg per kg."""
        if not 0 < low <= high <= self._limits.most_mg_per_kg:
            most = self._limits.most_mg_per_kg
            raise NotPossible(f"{low}-{high} mg/kg: a target lies above 0 and up to {most} mg/kg")
        async with self.entries.open(clinic_id, patient_id, by=by, verb="target") as entry:
            value = {"mg_per_kg_low": str(low), "mg_per_kg_high": str(high)}
            await entry.record(FactKind.TARGET, value)
        return entry.outcome

    async def end(
        self, clinic_id: ClinicId, patient_id: PatientId, *, last_capsule: date | None, by: str
    ) -> Entered:
        """The last capsule was taken: doses end, and the time after begins (rule 11)."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="course-ended") as entry:
            course = self._under_way(entry)
            day = past_day("--last-capsule", last_capsule, entry)
            if day < course.first_day:
                raise NotPossible(
                    f"--last-capsule {day} lies before the first day {course.first_day}"
                )
            await end_regimen(entry, day)
            await entry.evidence(EvidenceName.LAST_CAPSULE, day)
            await move_course(entry, course, CourseStatus.AFTER, last_day=day, why="last-capsule")
            entry.remarks.append("time-after")
        return entry.outcome

    async def clear(self, clinic_id: ClinicId, patient_id: PatientId, *, by: Staff) -> Entered:
        """A clinician's tick that the programme is over; never by date alone (rule 11)."""
        async with self.entries.open(clinic_id, patient_id, by=by.id, verb="cleared") as entry:
            course = running(entry)
            if course.status is not CourseStatus.AFTER:
                raise NotPossible(
                    "only a course in the time after its last capsule can be closed; first: "
                    "balm course end PATIENT --last-capsule YYYY-MM-DD"
                )
            await entry.evidence(EvidenceName.CLEARED, entry.today)
            await move_course(
                entry, course, CourseStatus.ENDED, last_day=course.last_day, why="cleared"
            )
        return entry.outcome

    def _under_way(self, entry: Entry) -> Course:
        course = running(entry)
        if course.status is not CourseStatus.RUNNING:
            raise NotPossible(
                f"the capsules of this course ended on {course.last_day}; a new course: "
                "balm course start"
            )
        return course

    def _new_step(self, entry: Entry, course: Course, new: NewDose) -> RegimenStep:
        """The regimen of today with what is new in it. Raises NotPossible."""
        tomorrow = entry.today + _DAY
        day = new.from_day or max(tomorrow, course.first_day)
        before = entry.regimen.on(day)
        if before is None:
            raise NotPossible("this course has no regimen any more; see: balm course start --help")
        if day < tomorrow and not entry.today <= day == course.first_day:
            raise NotPossible(
                f"--from {day}: today's dose stays as it is; a new dose begins on {tomorrow} "
                "or later (a slip of the past: balm course correct)"
            )
        if day > entry.today + _LONGEST_AHEAD:
            raise NotPossible(f"--from {day} lies more than a year ahead")
        last = new.last_day or before.last_day
        if last is not None and last < day:
            raise NotPossible(f"--from {day} lies after the course's last day {last}")
        slots = new.slots or tuple(replace(slot, capsules=()) for slot in before.slots)
        slots = keep_names(before.slots, slots)
        self.check_dose(new.daily_mg, slots)
        regimen = Regimen(
            first_day=course.first_day,
            from_day=day,
            last_day=last,
            slots=slots,
            minimum_gap=before.minimum_gap,
            every_days=new.every_days or before.every_days,
            daily_mg=new.daily_mg,
        )
        return RegimenStep(
            id=entry.id,
            course=course.id,
            regimen=regimen,
            awaits_capsules=not new.has_capsules,
            was_told=new.was_told,
        )


def keep_names(before: Sequence[SlotTime], after: Sequence[SlotTime]) -> tuple[SlotTime, ...]:
    """The new slots under the names of the old ones where there are as many: the same reminders."""
    known = {slot.slot for slot in before}
    if len(before) != len(after) or all(slot.slot in known for slot in after):
        return tuple(after)
    return tuple(replace(new, slot=old.slot) for old, new in zip(before, after, strict=True))


def past_day(option: str, day: date | None, entry: Entry) -> date:
    """A day that has come, today if none is given. Raises NotPossible."""
    if day is not None and day > entry.today:
        raise NotPossible(f"{option} {day} has not come yet; today is {entry.today}")
    if day is not None and day < entry.patient.born_on:
        raise NotPossible(f"{option} {day} lies before the patient was born")
    return day or entry.today


async def end_regimen(entry: Entry, last_day: date) -> None:
    """No dose after `last_day`: the version of that day ends, later and waiting ones are gone."""
    regimen = entry.regimen
    for step in (*regimen.steps, *regimen.waiting):
        if step.begins > last_day or step.awaits_capsules:
            await entry.record(FactKind.REGIMEN, withdrawn_step(step))
        elif step.regimen.last_day is None or step.regimen.last_day > last_day:
            ended = replace(step, regimen=replace(step.regimen, last_day=last_day))
            await entry.record(FactKind.REGIMEN, regimen_fact(ended))


async def move_course(
    entry: Entry, course: Course, status: CourseStatus, *, last_day: date | None, why: str
) -> None:
    """A new status, with what it was before, so that the entry can be taken back."""
    was = course.last_day
    value = {
        "why": why,
        "course": course.id,
        "course_was": course.status.value,
        "last_day_was": was.isoformat() if was else None,
    }
    await entry.record(FactKind.ENDING, value)
    await entry.tx.plan.move_course(course.id, status=status, last_day=last_day)


async def _take_back_stop(entry: Entry) -> None:
    """The patient goes on: neither stopped, nor in the time after their own last capsule."""
    await entry.record(FactKind.DOSING_STOPPED, {"stopped": False, "by": "clinic"})
    stops = [
        one
        for one in evidence_at(entry.facts, at=entry.now)
        if one.name is EvidenceName.LAST_CAPSULE and one.source is EvidenceSource.PATIENT
    ]
    for one in sorted(stops, key=lambda stop: stop.recorded_at)[-1:]:
        await entry.record(FactKind.EVIDENCE, withdrawn(one.name, one.on, one.source))
