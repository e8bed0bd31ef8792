"""What is kept of campaigns?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import col

from bot.domain.campaign.version import CampaignVersion, VersionState
from bot.domain.identity import ClinicId, PatientId, StaffId
from bot.store.campaign_tables import CampaignVersionRow
from bot.store.records.base import RecordsBase
from bot.store.sealing import insert_once
from bot.store.tables import OccurrenceRow


class Campaigns(RecordsBase):
    """Versions of campaigns, and who is in the middle of one."""

    async def add_version(self, version: CampaignVersion) -> bool:
        """One more version; False when somebody else took its number first."""
        values = {
            "id": self._ids.new(),
            "clinic_id": version.clinic_id,
            "campaign": version.campaign,
            "version": version.version,
            "document": version.document,
            "sha256": version.sha256,
            "state": version.state.value,
            "author_id": version.author_id,
            "approver_id": version.approver_id,
            "created_at": version.created_at,
            "changed_at": version.changed_at,
        }
        return await insert_once(self._session, CampaignVersionRow, values)

    async def versions(
        self, clinic_id: ClinicId, campaign: str | None = None
    ) -> Sequence[CampaignVersion]:
        """All versions of a campaign, or of all, oldest first."""
        statement = select(CampaignVersionRow).where(col(CampaignVersionRow.clinic_id) == clinic_id)
        if campaign is not None:
            statement = statement.where(col(CampaignVersionRow.campaign) == campaign)
        rows = await self._session.scalars(
            statement.order_by(
                col(CampaignVersionRow.campaign), col(CampaignVersionRow.version)
            ).execution_options(populate_existing=True)
        )
        return [_version(row) for row in rows]

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
        values: dict[str, object] = {"state": state.value, "changed_at": at}
        if approver_id is not None:
            values["approver_id"] = approver_id
        await self._session.execute(
            update(CampaignVersionRow)
            .where(
                col(CampaignVersionRow.clinic_id) == clinic_id,
                col(CampaignVersionRow.campaign) == campaign,
                col(CampaignVersionRow.version) == version,
            )
            .values(**values)
        )

    async def states(self) -> frozenset[tuple[ClinicId, str, int, VersionState]]:
        """Clinic, campaign, version and state of all versions, without their words."""
        rows = await self._session.execute(
            select(
                col(CampaignVersionRow.clinic_id),
                col(CampaignVersionRow.campaign),
                col(CampaignVersionRow.version),
                col(CampaignVersionRow.state),
            )
        )
        return frozenset(
            (ClinicId(clinic), name, version, VersionState(state))
            for clinic, name, version, state in rows
        )

    async def states_of(self, clinic_id: ClinicId, campaign: str) -> Mapping[int, VersionState]:
        """The state of each version of one campaign."""
        rows = await self._session.execute(
            select(col(CampaignVersionRow.version), col(CampaignVersionRow.state)).where(
                col(CampaignVersionRow.clinic_id) == clinic_id,
                col(CampaignVersionRow.campaign) == campaign,
            )
        )
        return {version: VersionState(state) for version, state in rows}

    async def every_version(self) -> Sequence[CampaignVersion]:
        """All versions of all clinics, oldest first."""
        rows = await self._session.scalars(
            select(CampaignVersionRow)
            .order_by(col(CampaignVersionRow.id))
            .execution_options(populate_existing=True)
        )
        return [_version(row) for row in rows]

    async def patients_planned(self, clinic_id: ClinicId, rule: str) -> Sequence[PatientId]:
        """Patients for whom messages of this rule are planned or were sent."""
        rows = await self._session.scalars(
            select(col(OccurrenceRow.patient_id))
            .where(col(OccurrenceRow.clinic_id) == clinic_id, col(OccurrenceRow.rule) == rule)
            .distinct()
        )
        return [PatientId(row) for row in rows]


def _version(row: CampaignVersionRow) -> CampaignVersion:
    return CampaignVersion(
        clinic_id=ClinicId(row.clinic_id),
        campaign=row.campaign,
        version=row.version,
        document=row.document,
        sha256=row.sha256,
        state=VersionState(row.state),
        author_id=StaffId(row.author_id) if row.author_id else None,
        approver_id=StaffId(row.approver_id) if row.approver_id else None,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
