"""What is kept of the campaigns of a simulated clinic? Its book is empty until one is let out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.campaign.results import StepResult
from bot.domain.campaign.version import CampaignVersion, VersionState
from bot.domain.identity import ClinicId, PatientId, StaffId
from bot.store.memory.outbox import MemoryOutbox
from bot.store.memory.plan import MemoryPlan
from bot.store.memory.refusal import NotInSimulation

_Key = tuple[ClinicId, str, int]


class MemoryCampaigns:
    """Versions of campaigns, and who is in the middle of one."""

    def __init__(self, plan: MemoryPlan) -> None:
        """The book is empty; who is in the middle of what is read from `plan`."""
        self._plan = plan
        self._versions: dict[_Key, CampaignVersion] = {}

    async def add_version(self, version: CampaignVersion) -> bool:
        """One more version; False when somebody else took its number first."""
        key = (version.clinic_id, version.campaign, version.version)
        return self._versions.setdefault(key, version) is version

    async def versions(
        self, clinic_id: ClinicId, campaign: str | None = None
    ) -> Sequence[CampaignVersion]:
        """All versions of a campaign, or of all, oldest first."""
        return [
            version
            for (clinic, name, _), version in sorted(
                self._versions.items(), key=lambda item: item[0]
            )
            if clinic == clinic_id and campaign in (None, name)
        ]

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
        known = self._versions[clinic_id, campaign, version]
        self._versions[clinic_id, campaign, version] = replace(
            known, state=state, changed_at=at, approver_id=approver_id or known.approver_id
        )

    async def states(self) -> frozenset[tuple[ClinicId, str, int, VersionState]]:
        """Clinic, campaign, version and state of all versions, without their words."""
        return frozenset((*key, version.state) for key, version in self._versions.items())

    async def states_of(self, clinic_id: ClinicId, campaign: str) -> Mapping[int, VersionState]:
        """The state of each version of one campaign."""
        return {one.version: one.state for one in await self.versions(clinic_id, campaign)}

    async def every_version(self) -> Sequence[CampaignVersion]:
        """All versions of all clinics, oldest first."""
        return tuple(self._versions.values())

    async def patients_planned(self, clinic_id: ClinicId, rule: str) -> Sequence[PatientId]:
        """Patients for whom messages of this rule are planned or were sent."""
        return self._plan.patients_planned(clinic_id, rule)


class MemoryCampaignResults:
    """What of a campaign still waits; nobody counts results of a life that is made up."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        """Messages wait in `outbox`."""
        self._outbox = outbox

    async def of(self, clinic_id: ClinicId, campaign: str, now: datetime) -> Sequence[StepResult]:
        """Raises NotInSimulation."""
        raise NotInSimulation("results of a campaign")

    async def skip_waiting(self, clinic_id: ClinicId, version: str, *, at: datetime) -> int:
        """End what of a version still waits to leave; how many."""
        del at
        return self._outbox.skip_template(
            clinic_id, f"campaign:{version}:", reason="campaign-stopped"
        )
