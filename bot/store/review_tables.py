"""What is stored of signatures, of questions for the authors, and of how answers fit?"""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from bot.store.tables import Table
from bot.store.types import UtcDateTime


class SignOffRow(Table, table=True):
    """One person's signature under exactly one text; append-only."""

    __tablename__ = "sign_off"
    __table_args__ = (UniqueConstraint("clinic_id", "topic", "language", "region", "sha256"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    topic: str
    language: str
    region: str
    sha256: str
    staff_id: str = Field(foreign_key="staff.id")
    signed_at: datetime = Field(sa_type=UtcDateTime)


class CodeUseRow(Table, table=True):
    """A time step whose one-time code a member of staff has used; it opens nothing again."""

    __tablename__ = "code_use"
    __table_args__ = (UniqueConstraint("clinic_id", "staff_id", "step"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    staff_id: str = Field(foreign_key="staff.id")
    step: int
    used_at: datetime = Field(sa_type=UtcDateTime)


class KeptQuestionRow(Table, table=True):
    """A question without names and numbers, for the authors; removed after 90 days."""

    __tablename__ = "kept_question"

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    asker_index: str = Field(index=True)
    """Keyed hash: finds what to remove when the patient withdraws, and nobody's name."""
    why: str
    topic: str | None = None
    language: str
    sealed_text: bytes
    """Sealed with the clinic's intake key."""
    kept_at: datetime = Field(sa_type=UtcDateTime, index=True)


class AnswerFitRow(Table, table=True):
    """How often a topic was what people asked, and how often not; nobody in it."""

    __tablename__ = "answer_fit"
    __table_args__ = (UniqueConstraint("clinic_id", "topic", "language"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    topic: str
    language: str
    yes_count: int = 0
    no_count: int = 0
