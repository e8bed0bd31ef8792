"""What is stored of campaigns: every version as it was written, and who let it out?"""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from bot.store.tables import Table
from bot.store.types import UtcDateTime


class CampaignVersionRow(Table, table=True):
    """One version of a campaign; its document never changes."""

    __tablename__ = "campaign_version"
    __table_args__ = (
        UniqueConstraint("clinic_id", "campaign", "version"),
        CheckConstraint(
            "state IN ('review', 'published', 'paused', 'stopped', 'superseded', 'withdrawn')",
            name="state",
        ),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id", index=True)
    campaign: str
    version: int
    document: str
    """The file as written: words of the clinic, never of a patient."""
    sha256: str
    state: str
    author_id: str | None = Field(default=None, foreign_key="staff.id")
    approver_id: str | None = Field(default=None, foreign_key="staff.id")
    """None: let out without a second person, as only a demonstration may."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
