"""Which services write down what the clinic knows, and how do they hang together?"""

from dataclasses import dataclass

from bot.ports.clock import Clock, Ids
from bot.ports.store import Store
from bot.services.clinic_entry import ClinicEntries
from bot.services.corrections import Corrections
from bot.services.course_records import CourseRecords
from bot.services.course_view import CourseViews
from bot.services.effects import Effects
from bot.services.life_events import LifeEvents
from bot.services.month import Months
from bot.services.planner import Planner
from bot.services.result_records import ResultRecords
from bot.wiring.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicDesk:
    """Everything that staff can enter, correct and look at about courses."""

    entries: ClinicEntries
    courses: CourseRecords
    results: ResultRecords
    life: LifeEvents
    corrections: Corrections
    months: Months
    views: CourseViews


def clinic_desk(
    store: Store, clock: Clock, ids: Ids, planner: Planner, effects: Effects, *, words: Words
) -> ClinicDesk:
    """The services over one way of making entries."""
    content = words.content
    entries = ClinicEntries(store, clock, ids, planner, effects)
    life = LifeEvents(entries, dict(words.triage.rules))
    results = ResultRecords(entries, life, content.labs)
    corrections = Corrections(entries)
    return ClinicDesk(
        entries=entries,
        courses=CourseRecords(entries, content.dose_limits),
        results=results,
        life=life,
        corrections=corrections,
        months=Months(entries, results, corrections),
        views=CourseViews(store, clock, content.labs),
    )
