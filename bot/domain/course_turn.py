"""What of a course may a handler see? Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.labs import LabPlan
from bot.domain.regimen import CourseRegimen


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseTurn:
    """The course of the patient who writes, as far as their own reports need it."""

    today: date
    """The patient's local day."""
    regimen: CourseRegimen
    days_left: int | None
    """Days that the capsules surely still cover after today; None: nobody knows."""
    few_capsules: int
    """With so many capsules or fewer, or days, somebody has to act today."""
    labs: LabPlan
    looked_at_by: datetime
    """By when somebody at the clinic looks at a result, in the clinic's zone."""
    stop_reported_on: date | None = None
    """The last capsule by the patient's own word."""
