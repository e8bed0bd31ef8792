"""Where does one version of a campaign stand between being written and being over? Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.identity import ClinicId, StaffId


class VersionState(StrEnum):
    """A version only moves forward, but for pause and resume; its text never changes."""

    REVIEW = "review"
    PUBLISHED = "published"
    PAUSED = "paused"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    """A later version took over; who began with this one may still finish it."""
    WITHDRAWN = "withdrawn"
    """Never let out."""

    @property
    def speaks(self) -> bool:
        """Whether messages of this version are sent."""
        return self in (self.PUBLISHED, self.SUPERSEDED)


def in_force(state: VersionState, of_campaign: Collection[VersionState]) -> VersionState:
    """The state that counts for a version, of those of all versions of its campaign.

    Who stayed with an older version hears nothing either while the campaign is at rest.
    """
    if VersionState.PUBLISHED in of_campaign:
        return state
    resting = (VersionState.PAUSED, VersionState.STOPPED)
    return next((one for one in resting if one in of_campaign), state)


class Running(StrEnum):
    """What becomes of patients who are in the middle of an older version."""

    MOVE = "move"
    """They go on with the new version at once."""
    KEEP = "keep"
    """They stay with the old version to its end."""
    FINISH = "finish"
    """What is planned of the old version is sent; then they go on with the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignVersion:
    """One version as it was written and let out."""

    clinic_id: ClinicId
    campaign: str
    version: int
    document: str = field(repr=False)
    sha256: str
    state: VersionState
    author_id: StaffId | None
    approver_id: StaffId | None
    created_at: datetime
    changed_at: datetime

    @property
    def name(self) -> str:
        """`campaign@version`, as messages name it."""
        return f"{self.campaign}@{self.version}"
