"""What is stored: one class per table. Outside input never builds one; `records` does.

Sealed columns hold ciphertext under the patient's or the clinic's intake key. Every unique
key begins with the clinic, and every instant is UTC.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, Index, MetaData, UniqueConstraint, text, true
from sqlmodel import Field, SQLModel

from bot.store.types import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


class Table(SQLModel):
    """Base of all tables: one metadata with named constraints."""

    metadata = metadata


def _instant(*, index: bool = False, nullable: bool = False) -> Any:
    return Field(sa_type=UtcDateTime, nullable=nullable, index=index, default=None)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _while_unsettled(name: str, *columns: str) -> Index:
    """An index over the few deliveries that have not ended, however many there ever were."""
    waits = text("state IN ('queued', 'leased', 'sending')")
    return Index(name, *columns, sqlite_where=waits, postgresql_where=waits)


def _until_sealed(name: str, column: str) -> Index:
    """An index over rows that stand on no page of the ledger yet."""
    waits = text(f"page IS NULL AND {column} IS NOT NULL")
    return Index(name, "clinic_id", column, sqlite_where=waits, postgresql_where=waits)


class ClinicRow(Table, table=True):
    """A clinic and what it has declared about itself."""

    __tablename__ = "clinic"

    id: str = Field(primary_key=True)
    slug: str = Field(unique=True)
    name: str
    phone: str
    region: str
    zone: str
    staffed_hours: str
    out_of_hours_cover: bool
    offers_photos: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    created_at: datetime = _instant()


class SenderRow(Table, table=True):
    """One bot or phone number that messages leave from."""

    __tablename__ = "sender"
    __table_args__ = (
        UniqueConstraint("clinic_id", "driver", "channel", "public_name"),
        _one_of("state", "running", "stopped"),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id", index=True)
    channel: str
    driver: str
    public_name: str
    sealed_credentials: bytes | None = None
    state: str = "running"
    reason: str | None = None
    held_until: datetime | None = _instant(nullable=True)
    pace_per_second: float
    fence: int = 0
    """Number of the drain that may settle; a new drain takes the next one."""


class StaffRow(Table, table=True):
    """A member of the clinic's staff."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("clinic_id", "name"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id", index=True)
    name: str
    role: str
    state: str = "active"
    sealed_code_secret: bytes | None = None
    created_at: datetime = _instant()


class StaffContactRow(Table, table=True):
    """Where a member of staff is told of alerts; one address belongs to one of them."""

    __tablename__ = "staff_contact"
    __table_args__ = (UniqueConstraint("clinic_id", "address_index"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    staff_id: str = Field(foreign_key="staff.id", index=True)
    channel: str
    address_index: str
    sealed_value: bytes
    language: str
    is_shared: bool
    created_at: datetime = _instant()


class RotaRow(Table, table=True):
    """Who is on call when, as one document per clinic."""

    __tablename__ = "rota"

    clinic_id: str = Field(primary_key=True, foreign_key="clinic.id")
    document: str
    """JSON: shifts, holidays, fallback; staff by their ids."""
    changed_at: datetime = _instant()


class StaffLinkRow(Table, table=True):
    """A one-time link into the console, or the session that it opened; only hashes are kept."""

    __tablename__ = "staff_link"

    token_hash: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id", index=True)
    staff_id: str = Field(foreign_key="staff.id")
    purpose: str
    expires_at: datetime = _instant()
    used_at: datetime | None = _instant(nullable=True)


class PatientRow(Table, table=True):
    """A person treated; what changes over time lies in `fact`."""

    __tablename__ = "patient"
    __table_args__ = (_one_of("status", "invited", "active", "ended"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id", index=True)
    sealed_identity: bytes
    birth_year: int
    status: str
    created_at: datetime = _instant()


class FactRow(Table, table=True):
    """A dated fact about a patient; append-only."""

    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_patient_id_kind", "patient_id", "kind"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    patient_id: str = Field(foreign_key="patient.id")
    kind: str
    value: str | None = None
    """JSON of coded values; free text lies in `sealed_value`."""
    sealed_value: bytes | None = None
    effective_at: datetime = _instant()
    recorded_at: datetime = _instant()
    recorded_by: str


class AddressRow(Table, table=True):
    """Where one person is reached on one channel."""

    __tablename__ = "address"
    __table_args__ = (
        _one_of("state", "active", "blocked", "locked", "bad"),
        Index(
            "uq_address_clinic_id_address_index_in_use",
            "clinic_id",
            "address_index",
            unique=True,
            sqlite_where=text("state IN ('active', 'blocked', 'bad')"),
            postgresql_where=text("state IN ('active', 'blocked', 'bad')"),
        ),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    patient_id: str = Field(foreign_key="patient.id", index=True)
    sender_id: str = Field(foreign_key="sender.id")
    channel: str
    address_index: str
    sealed_value: bytes
    state: str
    created_at: datetime = _instant()


class OptOutRow(Table, table=True):
    """A withdrawal by address, without a patient; survives erasure."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("clinic_id", "address_index"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    address_index: str
    reason: str
    opted_out_at: datetime = _instant()


class StrangerRow(Table, table=True):
    """All that is kept of an unknown address: a keyed hash, times and counts, for seven days."""

    __tablename__ = "stranger"
    __table_args__ = (UniqueConstraint("clinic_id", "address_index"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    address_index: str
    messages: int
    code_tries: int = 0
    tries_since: datetime | None = _instant(nullable=True)
    last_at: datetime = _instant(index=True)


class InviteRow(Table, table=True):
    """A one-time permission to connect a phone to a patient; codes are kept as keyed hashes."""

    __tablename__ = "invite"
    __table_args__ = (
        UniqueConstraint("clinic_id", "link_index"),
        UniqueConstraint("clinic_id", "code_index"),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    patient_id: str = Field(foreign_key="patient.id", index=True)
    link_index: str
    code_index: str
    expires_at: datetime = _instant()
    used_at: datetime | None = _instant(nullable=True)
    closed_reason: str | None = None


class ConversationRow(Table, table=True):
    """State kept between turns of one lane."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("clinic_id", "lane"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    lane: str
    version: int
    sealed_state: bytes
    updated_at: datetime = _instant()
    forget_at: datetime | None = _instant(index=True, nullable=True)
    """When a stranger's conversation is removed; None for a patient's."""


class InboundRow(Table, table=True):
    """One message received, stored once, before anything is promised."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("clinic_id", "sender_id", "provider_id"),
        _one_of("state", "received", "applied", "failed"),
        Index("ix_inbound_state_received_order", "state", "received_order"),
        Index("ix_inbound_lane_state", "clinic_id", "lane", "state"),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    sender_id: str = Field(foreign_key="sender.id")
    provider_id: str
    lane: str
    received_order: str
    """Time-ordered id: order within a lane is the order of receipt."""
    patient_id: str | None = Field(default=None, index=True)
    kind: str
    sealed_message: bytes | None = None
    received_at: datetime = _instant()
    state: str = "received"
    tries: int = 0
    next_try_at: datetime = _instant()
    applied_at: datetime | None = _instant(nullable=True)


class CourseRow(Table, table=True):
    """One treatment of one patient."""

    __tablename__ = "course"
    __table_args__ = (_one_of("status", "running", "after", "ended"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    patient_id: str = Field(foreign_key="patient.id", index=True)
    status: str
    first_day: date
    last_day: date | None = None
    sealed_dose: bytes
    created_at: datetime = _instant()


class OccurrenceRow(Table, table=True):
    """One planned instance of a reminder."""

    __tablename__ = "occurrence"
    __table_args__ = (
        UniqueConstraint("clinic_id", "course_id", "reminder", "slot", "local_day"),
        Index("ix_occurrence_next_at", "next_at"),
        Index("ix_occurrence_patient_id_due_at", "patient_id", "due_at"),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    patient_id: str = Field(foreign_key="patient.id")
    course_id: str = Field(foreign_key="course.id")
    reminder: str
    slot: str
    local_day: date
    local_time: time
    zone: str
    due_at: datetime = _instant()
    kind: str
    message: str = ""
    variables: str = "{}"
    """JSON of coded values, such as dates: never free text."""
    rule: str | None = None
    valid_until: datetime | None = _instant(nullable=True)
    state: str
    next_at: datetime | None = _instant(nullable=True)
    reason: str | None = None


class DoseLogRow(Table, table=True):
    """What a patient said about one intended intake; append-only, the latest word holds."""

    __tablename__ = "dose_log"

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    patient_id: str = Field(foreign_key="patient.id", index=True)
    occurrence_id: str | None = None
    day: date
    slot: str
    answer: str
    reason: str | None = None
    source: str
    said_at: datetime = _instant()
    taken_at: datetime | None = _instant(nullable=True)


class AnswerRow(Table, table=True):
    """One answer of a check-in; append-only, the latest for a question holds."""

    __tablename__ = "answer"

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    patient_id: str = Field(foreign_key="patient.id", index=True)
    occurrence_id: str = Field(foreign_key="occurrence.id", index=True)
    questionnaire: str
    version: str
    question: str
    value: str | None = None
    sealed_text: bytes | None = None
    answered_at: datetime = _instant()


class EscalationRow(Table, table=True):
    """A case opened for staff."""

    __tablename__ = "escalation"
    __table_args__ = (
        UniqueConstraint("clinic_id", "cause"),
        _one_of(
            "state",
            "checking",
            "open",
            "delivered",
            "acknowledged",
            "contacted",
            "handed-on",
            "closed",
        ),
        Index("ix_escalation_state_deadline_at", "state", "deadline_at"),
        Index("ix_escalation_state_next_step_at", "state", "next_step_at"),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    cause: str
    patient_id: str | None = Field(default=None, index=True)
    category: str
    urgency: str
    state: str
    sealed_evidence: bytes | None = None
    note: str | None = None
    opened_at: datetime = _instant()
    deadline_at: datetime | None = _instant(nullable=True)
    is_confidential: bool = False
    owner_id: str | None = None
    next_step_at: datetime | None = _instant(nullable=True)
    """When somebody has to be told next; None: as soon as the case is open."""
    outcome: str | None = None
    is_reportable: bool | None = None


class EscalationEntryRow(Table, table=True):
    """One thing that happened to a case; append-only."""

    __tablename__ = "escalation_entry"
    __table_args__ = (UniqueConstraint("clinic_id", "escalation_id", "kind", "actor", "number"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    escalation_id: str = Field(foreign_key="escalation.id", index=True)
    kind: str
    actor: str
    number: int
    sealed_text: bytes | None = None
    """What the patient said, under the key of the case's patient."""
    at: datetime = _instant()


class DeliveryRow(Table, table=True):
    """One text to one address."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("clinic_id", "cause", "part", "address_index"),
        _one_of(
            "state",
            "queued",
            "leased",
            "sending",
            "sent",
            "failed",
            "expired",
            "skipped",
            "uncertain",
        ),
        Index("ix_delivery_claim", "sender_id", "state", "priority", "next_at"),
        _while_unsettled("ix_delivery_turn", "sender_id", "address_index", "priority", "id"),
        _while_unsettled("ix_delivery_expiry", "expires_at"),
        _until_sealed("ix_delivery_unsealed", "settled_at"),
    )

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    sender_id: str = Field(foreign_key="sender.id")
    channel: str
    kind: str
    cause: str
    part: int
    patient_id: str | None = Field(default=None, index=True)
    address_id: str | None = Field(default=None, index=True)
    address_index: str
    sealed_message: bytes | None = None
    """JSON of address, rendered text and choices; blanked for strangers once settled."""
    text_hash: str
    template: str
    priority: int
    due_at: datetime = _instant()
    expires_at: datetime | None = _instant(nullable=True)
    next_at: datetime = _instant()
    state: str = "queued"
    leased_until: datetime | None = _instant(nullable=True)
    fence: int = 0
    attempts: int = 0
    provider_id: str | None = Field(default=None, index=True)
    receipt: str | None = None
    reason: str | None = None
    settled_at: datetime | None = _instant(nullable=True)
    page: int | None = None
    """The page of the ledger on which this end is sealed."""


class AttemptRow(Table, table=True):
    """One provider call."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: str = Field(primary_key=True)
    delivery_id: str = Field(foreign_key="delivery.id")
    number: int
    started_at: datetime = _instant()
    ended_at: datetime | None = _instant(nullable=True)
    outcome: str | None = None
    code: str | None = None


class ReceiptRow(Table, table=True):
    """A provider's report on a delivery; append-only."""

    __tablename__ = "receipt"
    __table_args__ = (_until_sealed("ix_receipt_unsealed", "received_at"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    sender_id: str = Field(foreign_key="sender.id")
    provider_id: str = Field(index=True)
    status: str
    code: str | None = None
    failure: str | None = None
    received_at: datetime = _instant()
    page: int | None = None


class ContentTextRow(Table, table=True):
    """Every template text that was ever sent, once, by its hash."""

    __tablename__ = "content_text"

    hash: str = Field(primary_key=True)
    body: str


class AuditRow(Table, table=True):
    """Who did what to whom; append-only, coded, without content."""

    __tablename__ = "audit"
    __table_args__ = (_until_sealed("ix_audit_unsealed", "at"),)

    id: str = Field(primary_key=True)
    clinic_id: str = Field(foreign_key="clinic.id")
    at: datetime = _instant()
    actor: str
    verb: str
    subject: str | None = None
    page: int | None = None


class SettingRow(Table, table=True):
    """A value that the program itself remembers, such as the demo clock's offset."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: str
