"""How is an entry of the clinic taken back, and what cannot be?"""

from datetime import date

from bot.domain.course import CourseStatus
from bot.domain.identity import AddressId, ClinicId, CourseId, PatientId
from bot.domain.patient import Fact, FactKind, PatientStatus
from bot.domain.take_back import superseding
from bot.services.clinic_entry import (
    ENTRY_MARK,
    SETTLES_AFTER,
    ClinicEntries,
    Entered,
    Entry,
)
from bot.services.life_events import CONTRACEPTION_FAILED, PREGNANT
from bot.services.patients import NotPossible

_UNDO = "undo-"
_ONLY_CLINICIANS_END = (FactKind.HOLD, FactKind.SILENCE)
"""After ten minutes a correction leaves these as they are; a named clinician ends them."""
_CATEGORIES = (PREGNANT, CONTRACEPTION_FAILED, "lab-high", "lab-critical")


class Corrections:
    """Takes entries back with superseding facts."""

    def __init__(self, entries: ClinicEntries) -> None:
        """Works on whole entries, found by their ids."""
        self._entries = entries

    async def take_back(
        self, clinic_id: ClinicId, patient_id: PatientId, entry_id: str, *, by: str
    ) -> Entered:
        """Everything that an entry recorded no longer holds. Raises NotPossible."""
        async with self._entries.open(
            clinic_id,
            patient_id,
            by=by,
            verb="entry-taken-back",
            entry_id=f"{_UNDO}{entry_id}",
            may_be_over=True,
        ) as entry:
            recorded = _recorded(entry, entry_id)
            kept = [fact for fact in recorded if _stays(fact, entry)]
            if kept:
                entry.remarks.append("hold-stays")
            undone = [fact for fact in recorded if fact not in kept]
            for kind, value in superseding(entry.facts, undone):
                if kind is not FactKind.ENDING:
                    await entry.record(kind, value)
            for fact in undone:
                if fact.kind is FactKind.ENDING:
                    await _restore(entry, fact)
            await _mark_cases(entry, entry_id)
        return entry.outcome

    async def take_back_all(self, clinic_id: ClinicId, entry_id: str, *, by: str) -> list[Entered]:
        """The same for an entry about many patients, one after the other."""
        async with self._entries.reading() as tx:
            patients = await tx.people.with_entry(clinic_id, f"{ENTRY_MARK}{entry_id}")
        if not patients:
            raise NotPossible(f"there is no entry {entry_id}")
        return [
            await self.take_back(clinic_id, patient_id, entry_id, by=by) for patient_id in patients
        ]


def _recorded(entry: Entry, entry_id: str) -> list[Fact]:
    if any(fact.recorded_by.endswith(f"{ENTRY_MARK}{_UNDO}{entry_id}") for fact in entry.facts):
        raise NotPossible(f"the entry {entry_id} was taken back already")
    mark = f"{ENTRY_MARK}{entry_id}"
    recorded = [fact for fact in entry.facts if fact.recorded_by.endswith(mark)]
    if not recorded:
        raise NotPossible(f"there is no entry {entry_id} of this patient; see: balm course show")
    return recorded


def _stays(fact: Fact, entry: Entry) -> bool:
    is_old = entry.now > fact.recorded_at + SETTLES_AFTER
    return is_old and fact.kind in _ONLY_CLINICIANS_END


async def _restore(entry: Entry, ending: Fact) -> None:
    """Course, patient and addresses as they were before an ending."""
    value = ending.value
    if value.get("course"):
        last_day = value.get("last_day_was")
        await entry.tx.plan.move_course(
            CourseId(str(value["course"])),
            status=CourseStatus(str(value["course_was"])),
            last_day=date.fromisoformat(str(last_day)) if last_day else None,
        )
    if value.get("patient_was"):
        status = PatientStatus(str(value["patient_was"]))
        await entry.tx.people.set_status(entry.patient.id, status)
    locked = str(value.get("locked") or "")
    if locked:
        await entry.tx.people.unlock_addresses([AddressId(one) for one in locked.split(",")])
    await entry.record(FactKind.ENDING, {"why": "taken-back"})


async def _mark_cases(entry: Entry, entry_id: str) -> None:
    """A case that the entry opened says so; only a person closes it."""
    for category in _CATEGORIES:
        case = await entry.tx.cases.open_of(entry.patient.id, category)
        if case is not None and case.cause.startswith(f"entry:{entry_id}:"):
            await entry.tx.cases.move(case.id, state=case.state, note="entry-taken-back")
