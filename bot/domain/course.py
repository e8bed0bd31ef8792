"""Where does a course stand, from its first capsule to the clinician's tick? Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.identity import CourseId


class CourseStatus(StrEnum):
    """A course is over only when a clinician says so, never by date alone (product rule 11)."""

    RUNNING = "running"
    AFTER = "after"
    """The last capsule was taken; tests, contraception and no blood donation go on."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One treatment of one patient."""

    id: CourseId
    status: CourseStatus
    first_day: date
    last_day: date | None
