"""What follows when a course is interrupted by life: a hold, a pregnancy, a move, a death?"""

from datetime import date

from bot.domain.course import Course, CourseStatus
from bot.domain.effect import RaiseAlert
from bot.domain.escalation import FlagRule, Urgency
from bot.domain.evidence import EvidenceName
from bot.domain.identity import ClinicId, PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.patient import FactKind, PatientStatus
from bot.domain.safety import REPORTS_PREGNANCY, SILENT_AFTER_PREGNANCY
from bot.ports.house import Staff
from bot.services.clinic_entry import ClinicEntries, Entered, Entry
from bot.services.course_records import end_regimen, past_day
from bot.services.patients import NotPossible

PREGNANT, CONTRACEPTION_FAILED = REPORTS_PREGNANCY, "rf-contraception-failure"
CLINIC_HOLD = "clinic"
CATEGORIES = ("can-become-pregnant", "cannot-become-pregnant")
PROGRAMMES = ("us-ipledge", "uk-mhra", "eu-ppp", "in-cdsco", "none")
_ALL_KINDS = [kind.value for kind in MessageKind if kind is not MessageKind.ALERT]


class LifeEvents:
    """Each event freezes, replaces or closes the right planned messages in one transaction."""

    def __init__(self, entries: ClinicEntries, rules: dict[str, FlagRule]) -> None:
        """`rules` say how fast staff must see what each category of danger opens."""
        self.entries = entries
        self._rules = rules

    async def hold(self, clinic_id: ClinicId, patient_id: PatientId, *, by: str) -> Entered:
        """No capsules until a named clinician ends the hold (rule 1)."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="held") as entry:
            if entry.before.hold is not None:
                raise NotPossible("this patient is on hold already; see: balm patient end-hold")
            await entry.record(FactKind.HOLD, {"category": CLINIC_HOLD})
        return entry.outcome

    async def pregnancy(
        self, clinic_id: ClinicId, patient_id: PatientId, *, on: date | None, by: str
    ) -> Entered:
        """A reported pregnancy: capsules on hold, an alert, and silence where words would hurt."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="pregnancy") as entry:
            day = past_day("--on", on, entry)
            await self.report_pregnancy(entry, day)
        return entry.outcome

    async def report_pregnancy(self, entry: Entry, day: date) -> None:
        """Everything that a positive test or a reported pregnancy brings with it."""
        await entry.evidence(EvidenceName.PREGNANCY_REPORTED, day)
        await entry.record(FactKind.HOLD, {"category": PREGNANT})
        kinds = ",".join(kind.value for kind in SILENT_AFTER_PREGNANCY)
        await entry.record(FactKind.SILENCE, {"reason": PREGNANT, "kinds": kinds})
        await self._alert(entry, PREGNANT)
        await entry.settle()

    async def contraception_failure(
        self, clinic_id: ClinicId, patient_id: PatientId, *, on: date | None, by: str
    ) -> Entered:
        """Protection may have failed: capsules on hold and somebody calls today."""
        verb = "contraception-failure"
        async with self.entries.open(clinic_id, patient_id, by=by, verb=verb) as entry:
            past_day("--on", on, entry)
            await entry.record(FactKind.HOLD, {"category": CONTRACEPTION_FAILED})
            await self._alert(entry, CONTRACEPTION_FAILED)
        return entry.outcome

    async def change_category(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        *,
        category: str | None,
        programme: str | None,
        by: str,
    ) -> Entered:
        """Another pregnancy category or programme, which only the clinic decides."""
        verb = "category-changed"
        async with self.entries.open(clinic_id, patient_id, by=by, verb=verb) as entry:
            is_new_category = category not in (None, entry.before.category)
            is_new_programme = programme not in (None, entry.before.programme)
            if not is_new_category and not is_new_programme:
                raise NotPossible("that is the patient's category and programme already")
            if is_new_category:
                if category not in CATEGORIES:
                    raise NotPossible(f"{category}: use one of {', '.join(CATEGORIES)}")
                await entry.record(FactKind.CATEGORY, {"category": category})
            if is_new_programme:
                if programme not in PROGRAMMES:
                    raise NotPossible(f"{programme}: use one of {', '.join(PROGRAMMES)}")
                await entry.record(FactKind.PROGRAMME, {"programme": programme})
            await entry.settle()
            entry.remarks.append("patient-not-told")
        return entry.outcome

    async def restart(self, clinic_id: ClinicId, patient_id: PatientId, *, by: Staff) -> Entered:
        """A clinician lets messages begin again that a pregnancy had silenced."""
        async with self.entries.open(clinic_id, patient_id, by=by.id, verb="restarted") as entry:
            if not entry.before.silent_kinds:
                raise NotPossible("no messages of this patient are silenced")
            await entry.record(FactKind.SILENCE, {"reason": None, "kinds": ""})
        return entry.outcome

    async def transfer(
        self, clinic_id: ClinicId, patient_id: PatientId, *, on: date | None, by: str
    ) -> Entered:
        """Another clinic cares for the patient from now on: nothing planned is sent any more."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="transferred") as entry:
            day = past_day("--on", on, entry)
            await self._close(entry, day, why="transfer", locked="")
            entry.remarks.append("tell-patient-of-transfer")
        return entry.outcome

    async def death(
        self, clinic_id: ClinicId, patient_id: PatientId, *, on: date | None, by: str
    ) -> Entered:
        """Everything ends: no goodbye, no question, nothing to anybody linked (rule 18)."""
        async with self.entries.open(clinic_id, patient_id, by=by, verb="died") as entry:
            day = past_day("--on", on, entry)
            cut = await entry.tx.people.lock_addresses(patient_id)
            await self._close(entry, day, why="death", locked=",".join(cut))
        return entry.outcome

    async def _close(self, entry: Entry, day: date, *, why: str, locked: str) -> None:
        """The record ends; what it was before is kept in the fact that ends it."""
        course, tx = entry.course, entry.tx
        is_open = course is not None and course.status is not CourseStatus.ENDED
        if course is not None and is_open:
            await end_regimen(entry, max(day, course.first_day))
        await entry.record(FactKind.ENDING, _before(entry, course, why=why, locked=locked))
        if course is not None and is_open:
            await tx.plan.move_course(
                course.id, status=CourseStatus.ENDED, last_day=course.last_day or day
            )
        await entry.settle()
        await tx.people.set_status(entry.patient.id, PatientStatus.ENDED)
        entry.closes_as = why
        await tx.outbox.skip_kind(entry.patient.id, _ALL_KINDS, reason=why, at=entry.now)

    async def _alert(self, entry: Entry, category: str) -> None:
        rule = self._rules.get(category)
        urgency = rule.urgency if rule is not None else Urgency.SAME_DAY
        await entry.carry_out(
            RaiseAlert(category=category, urgency=urgency, note="clinic-entry", once=True)
        )


def _before(
    entry: Entry, course: Course | None, *, why: str, locked: str
) -> dict[str, str | int | bool | None]:
    """What an ending changes, as it was."""
    last_day = course.last_day if course is not None else None
    return {
        "why": why,
        "course": course.id if course is not None else None,
        "course_was": course.status.value if course is not None else None,
        "last_day_was": last_day.isoformat() if last_day else None,
        "patient_was": entry.patient.status.value,
        "locked": locked,
    }
