"""What is kept of campaigns?

Each method is one statement of the open transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.campaign.events import Happening
from bot.domain.campaign.results import StepResult
from bot.domain.campaign.version import CampaignVersion, VersionState
from bot.domain.identity import ClinicId, PatientId, StaffId


class CampaignRecords(Protocol):
    """Versions of campaigns, and who is in the middle of one."""

    async def add_version(self, version: CampaignVersion) -> bool:
        """One more version; False when somebody else took its number first."""
        ...

    async def versions(
        self, clinic_id: ClinicId, campaign: str | None = None
    ) -> Sequence[CampaignVersion]:
        """All versions of a campaign, or of all, oldest first."""
        ...

    async def set_state(
        self,
        clinic_id: ClinicId,
        campaign: str,
        version: int,
        *,
        state: VersionState,
        at: datetime,
        approver_id: StaffId | None = None,
    ) -> None:
        """A new state; an approver is kept once there is one."""
        ...

    async def states(self) -> frozenset[tuple[ClinicId, str, int, VersionState]]:
        """Clinic, campaign, version and state of all versions, without their words."""
        ...

    async def states_of(self, clinic_id: ClinicId, campaign: str) -> Mapping[int, VersionState]:
        """The state of each version of one campaign."""
        ...

    async def every_version(self) -> Sequence[CampaignVersion]:
        """All versions of all clinics, oldest first."""
        ...

    async def patients_planned(self, clinic_id: ClinicId, rule: str) -> Sequence[PatientId]:
        """Patients for whom messages of this rule are planned or were sent."""
        ...


class HappeningRecords(Protocol):
    """What has happened that campaigns answer to."""

    async def since(self, clinic_id: ClinicId, since: datetime) -> Sequence[Happening]:
        """Everything after `since`, and of every active patient their last word."""
        ...


class CampaignResultRecords(Protocol):
    """What came of campaigns; counts alone."""

    async def of(self, clinic_id: ClinicId, campaign: str, now: datetime) -> Sequence[StepResult]:
        """Every version and step of a campaign, as far as it was due by `now`."""
        ...

    async def skip_waiting(self, clinic_id: ClinicId, version: str, *, at: datetime) -> int:
        """End what of a version still waits to leave; how many."""
        ...
