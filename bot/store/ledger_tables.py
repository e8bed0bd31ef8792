"""What is stored so that nobody can change the account of messages unseen?"""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from bot.store.tables import Table
from bot.store.types import UtcDateTime


class LedgerPageRow(Table, table=True):
    """One sealed page: its digest covers the page before it and every entry on it."""

    __tablename__ = "ledger_page"
    __table_args__ = (UniqueConstraint("clinic_id", "number"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    number: int
    sealed_at: datetime = Field(sa_type=UtcDateTime)
    entries: int
    digest: str


class LedgerEntryRow(Table, table=True):
    """One row of another table as it was when its page was sealed; append-only."""

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("clinic_id", "noun", "subject_id"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    page: int = Field(index=True)
    position: int
    noun: str
    """delivery, receipt or audit."""
    subject_id: str
    text_mac: str | None = None
    """HMAC of the text under its owner's key, so that erasing the key keeps the chain."""
    digest: str
