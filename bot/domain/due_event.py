"""What is known at the moment when a planned message falls due? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.burden import NO_BURDEN, Burden
from bot.domain.campaign.notice import Notice
from bot.domain.checkin import OpenCheckin
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Clinic
from bot.domain.progress import Progress
from bot.domain.quiet_hours import USUAL_QUIET_HOURS, QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEvent:
    """An occurrence whose next step has come, with its neighbours."""

    occurrence: Occurrence
    now: datetime
    may_write: bool
    """Whether the patient has an active address that has not opted out."""
    doses: Sequence[Occurrence] = ()
    """Other dose occurrences of the patient within a day."""
    minimum_gap: timedelta = timedelta(0)
    checkin: OpenCheckin | None = None
    """The check-in itself, when the occurrence is one."""
    fresh_id: str = ""
    quiet_hours: QuietHours = USUAL_QUIET_HOURS
    campaign: Notice | None = None
    """The campaign that planned this, and what is known of the patient for its audience."""
    burden: Burden = NO_BURDEN
    progress: Progress | None = None
    """The course so far, where its week is to be summed up."""
    clinic: Clinic | None = None
    """Whose staffed hours a private check-in waits for."""
