"""How does a clinic bring a whole month of all its patients up to date in one go?"""

import calendar
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.domain.course import CourseStatus
from bot.domain.evidence import Evidence, EvidenceName, EvidenceSource, evidence_at
from bot.domain.identity import ClinicId, PatientId
from bot.ports.store import Transaction
from bot.services.clinic_entry import ClinicEntries, Entered, Entry, Person, shown_of
from bot.services.corrections import Corrections
from bot.services.month_row import COLUMNS, MonthRow, Said, read_row
from bot.services.patients import NotPossible
from bot.services.result_records import POSITIVE, ResultRecords

_STEPS = {
    "questions": EvidenceName.QUESTIONS_ANSWERED,
    "approved": EvidenceName.PRESCRIBER_CONFIRMED,
    "first_capsule": EvidenceName.FIRST_CAPSULE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPlan:
    """What a file would change, found before anything is changed."""

    rows: tuple[tuple[Person, MonthRow], ...] = field(repr=False)

    @property
    def positives(self) -> list[Person]:
        """Whose test the file calls positive: looked at twice."""
        return [person for person, row in self.rows if row.result == POSITIVE]


class Months:
    """The month as a table: out, in, and taken back."""

    def __init__(
        self, entries: ClinicEntries, results: ResultRecords, corrections: Corrections
    ) -> None:
        """Writes through the same entries as single commands."""
        self._entries = entries
        self._results = results
        self._corrections = corrections

    async def table(self, clinic_id: ClinicId, *, year: int, month: int) -> str:
        """CSV with a row per patient with a course; what is known of the month is filled in."""
        first = date(year, month, 1)
        last = date(year, month, calendar.monthrange(year, month)[1])
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        async with self._entries.reading() as tx:
            for patient in await tx.people.patients(clinic_id):
                course = await tx.plan.course(patient.id)
                if course is None or course.status is CourseStatus.ENDED:
                    continue
                facts = await tx.people.facts(patient.id)
                known = [e for e in evidence_at(facts, at=self._entries.now()) if e.on <= last]
                writer.writerow(
                    {
                        "patient": patient.id,
                        "name": _harmless(patient.name),
                        "born": patient.born_on.year,
                        **_filled([e for e in known if e.on >= first]),
                    }
                )
        return out.getvalue()

    async def read(self, clinic_id: ClinicId, text: str) -> MonthPlan:
        """What the file says that is not known yet. Raises NotPossible with line and column."""
        today = self._entries.now().date()
        rows: list[tuple[Person, MonthRow]] = []
        reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
        unknown = set(reader.fieldnames or ()) - set(COLUMNS)
        if "patient" not in (reader.fieldnames or ()) or unknown:
            named = f"unknown columns: {', '.join(sorted(unknown))}" if unknown else "no patient"
            raise NotPossible(f"line 1: {named}; use those of: balm month out")
        async with self._entries.reading() as tx:
            for cells in reader:
                row = read_row(cells, line=reader.line_num, today=today)
                rows.append((await self._person(tx, clinic_id, row), row))
                await self._refuse_other_result(tx, row)
        _refuse_twice([row for _, row in rows])
        return MonthPlan(rows=tuple(rows))

    async def enter(
        self, clinic_id: ClinicId, plan: MonthPlan, *, by: str
    ) -> tuple[str, list[Entered]]:
        """Record what is new, a transaction per patient; the same file again changes nothing."""
        entry_id = self._entries.new_id()
        entered = []
        for person, row in plan.rows:
            async with self._entries.open(
                clinic_id, person.id, by=by, verb="month-entered", entry_id=entry_id
            ) as entry:
                known = len(entry.facts)
                await self._enter_row(entry, row)
                is_changed = len(entry.facts) > known
            if is_changed:
                entered.append(entry.outcome)
        return entry_id, entered

    async def undo(self, clinic_id: ClinicId, entry_id: str, *, by: str) -> list[Entered]:
        """Everything that a file entered no longer holds."""
        return await self._corrections.take_back_all(clinic_id, entry_id, by=by)

    async def _enter_row(self, entry: Entry, row: MonthRow) -> None:
        if row.test_on is not None:
            known = shown_of(entry, EvidenceName.PREGNANCY_TEST, row.test_on)
            if known is None or (row.result is not None and known.result is None):
                await self._results.add_test(
                    entry, row.test_on, result=row.result, place=row.place or "laboratory"
                )
        for column, said in row.steps.items():
            await _enter_step(entry, _STEPS[column], said)
        if row.picked_up is not None:
            details = {"capsules": row.capsules} if row.capsules else {}
            await _enter_step(entry, EvidenceName.PICKED_UP, row.picked_up, details)

    async def _person(self, tx: Transaction, clinic_id: ClinicId, row: MonthRow) -> Person:
        patient = await tx.people.patient(PatientId(row.patient))
        if patient is None or patient.clinic_id != clinic_id:
            raise NotPossible(f"line {row.line}, patient: there is no patient {row.patient}")
        if row.born is not None and row.born != str(patient.born_on.year):
            raise NotPossible(
                f"line {row.line}, born: this patient was not born in {row.born}; is it the "
                "right row?"
            )
        return Person(id=patient.id, name=patient.name, birth_year=patient.born_on.year)

    async def _refuse_other_result(self, tx: Transaction, row: MonthRow) -> None:
        facts = await tx.people.facts(PatientId(row.patient))
        for one in evidence_at(facts, at=self._entries.now()):
            is_same = one.name is EvidenceName.PREGNANCY_TEST and one.on == row.test_on
            is_clinic = one.source is EvidenceSource.CLINIC
            differs = row.result is not None and one.result not in (None, row.result)
            if is_same and is_clinic and differs:
                raise NotPossible(
                    f"line {row.line}, result: the test of {one.on} is recorded as {one.result}; "
                    "to change it: balm test correct"
                )


async def _enter_step(
    entry: Entry, name: EvidenceName, said: Said, details: dict[str, str] | None = None
) -> None:
    """Evidence that is not there yet, or is there with other details."""
    day = said.on or entry.today
    known = shown_of(entry, name, day)
    if known is None or any(known.details.get(k) != v for k, v in (details or {}).items()):
        await entry.evidence(name, day, details)


def _filled(known: Sequence[Evidence]) -> dict[str, str]:
    """The cells of a month; of several the newest, and the patient's own word apart."""
    cells: dict[str, str] = {}
    own = []
    for one in known:
        result = one.result or ""
        if one.source is EvidenceSource.PATIENT:
            own.append(" ".join(filter(None, (one.name.value, result, one.on.isoformat()))))
        elif one.name is EvidenceName.PREGNANCY_TEST:
            place = one.details.get("place", "")
            cells |= {"test": one.on.isoformat(), "result": result, "place": place}
        elif one.name is EvidenceName.PICKED_UP:
            cells["picked_up"] = one.on.isoformat()
            cells["capsules"] = one.details.get("capsules", "")
        else:
            column = next((c for c, name in _STEPS.items() if name is one.name), None)
            cells |= {column: one.on.isoformat()} if column else {}
    return {**cells, "patient_reported": "; ".join(own)}


def _refuse_twice(rows: Sequence[MonthRow]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        if row.patient in seen:
            raise NotPossible(
                f"line {row.line}, patient: the same patient stands in line {seen[row.patient]}"
            )
        seen[row.patient] = row.line


def _harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name
