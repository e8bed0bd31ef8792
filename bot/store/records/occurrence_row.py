"""What does the row of a planned message say?"""

import json
from typing import Any

from sqlalchemy import Row

from bot.domain.identity import CourseId, OccurrenceId, PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.store.tables import OccurrenceRow

_NONE = "{}"
"""Most messages have no variables: nothing to parse."""


def occurrence_of(row: OccurrenceRow | Row[Any]) -> Occurrence:
    """The occurrence of a row."""
    return Occurrence(
        id=OccurrenceId(row.id),
        patient_id=PatientId(row.patient_id),
        course_id=CourseId(row.course_id),
        reminder=row.reminder,
        slot=row.slot,
        local_day=row.local_day,
        local_time=row.local_time,
        zone=row.zone,
        due_at=row.due_at,
        kind=MessageKind(row.kind),
        message=row.message,
        variables=json.loads(row.variables) if row.variables != _NONE else {},
        rule=row.rule,
        valid_until=row.valid_until,
        state=OccurrenceState(row.state),
        next_at=row.next_at,
        reason=row.reason,
    )
