"""What does a new plan change of what was planned before? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.identity import CourseId
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.plan import PlannedOccurrence, plan_order


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDifference:
    """Planned messages that are new, different or gone; what has begun is never among them."""

    added: tuple[PlannedOccurrence, ...] = ()
    moved: tuple[tuple[Occurrence, PlannedOccurrence], ...] = ()
    """Each as it was and as it is now: another time, zone, text or rule."""
    removed: tuple[Occurrence, ...] = ()

    @property
    def wanted(self) -> tuple[PlannedOccurrence, ...]:
        """Everything that has to be written, in the order of the plan."""
        both = [*self.added, *(new for _, new in self.moved)]
        return tuple(sorted(both, key=plan_order))


def difference(
    known: Sequence[Occurrence], wanted: Sequence[PlannedOccurrence], course_id: CourseId | None
) -> PlanDifference:
    """How `wanted` differs from what is `known` and still planned."""
    planned = {_identity(one): one for one in known if one.state is OccurrenceState.PLANNED}
    begun = {_identity(one) for one in known} - set(planned)
    cancelled = {_identity(one) for one in known if one.state is OccurrenceState.CANCELLED}
    added, moved, kept = [], [], set()
    for one in wanted if course_id is not None else ():
        identity = (course_id, one.reminder, one.slot, one.day)
        kept.add(identity)
        before = planned.get(identity)
        if before is None and (identity not in begun or identity in cancelled):
            added.append(one)
        elif before is not None and _attributes_of(before) != _attributes(one):
            moved.append((before, one))
    removed = [one for identity, one in planned.items() if identity not in kept]
    return PlanDifference(added=tuple(added), moved=tuple(moved), removed=tuple(removed))


def _identity(occurrence: Occurrence) -> tuple[object, ...]:
    return (occurrence.course_id, occurrence.reminder, occurrence.slot, occurrence.local_day)


def _attributes_of(one: Occurrence) -> tuple[object, ...]:
    """What a new plan may change of an occurrence that has not begun."""
    return (one.due_at, one.zone, one.message, tuple(sorted(one.variables.items())), one.rule)


def _attributes(one: PlannedOccurrence) -> tuple[object, ...]:
    return (one.due, one.zone, one.message, tuple(sorted(one.variables.items())), one.rule)
