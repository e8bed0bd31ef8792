"""What does the clinic see? Plain rows for reading, without behaviour."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Protocol

from bot.domain.escalation import Outcome
from bot.domain.identity import Channel, ClinicId, EscalationId, PatientId
from bot.ports.house import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLine:
    """One patient in the list."""

    id: PatientId
    name: str = field(repr=False)
    status: str
    language: str
    zone: str
    course_week: int | None
    """1 in the first seven days; None without a running course, or before its first day."""
    last_contact_at: datetime | None
    """When the patient last wrote."""
    open_cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """Words of a patient while their case was open, or of staff who answer them."""

    at: datetime
    text: str = field(repr=False)
    by: str = "patient"
    """The name of who wrote it, or "patient"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case that is not closed."""

    id: EscalationId
    patient_id: PatientId | None
    patient_name: str | None = field(repr=False)
    """None: a stranger."""
    category: str
    urgency: str
    state: str
    opened_at: datetime
    deadline_at: datetime | None
    evidence: str = field(repr=False)
    note: str | None
    code: str = ""
    """The four letters and digits by which staff name it."""
    owner_name: str | None = None
    is_confidential: bool = False
    thread: Sequence[ThreadLine] = ()
    """What was written while it was open, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """One message, in or out."""

    is_from_patient: bool
    patient_name: str | None = field(repr=False)
    channel: Channel
    kind: str
    state: str
    """State of the delivery with the provider's last report, or of the inbound message."""
    reason: str | None
    at: datetime
    text: str = field(repr=False)
    """Empty once it was blanked."""
    patient_id: PatientId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole clinic on one page."""

    clinic_name: str
    clinic_zone: str
    cases: Sequence[CaseLine]
    """Most urgent first, then by deadline and age."""
    patients: Sequence[PatientLine]
    messages: Sequence[MessageLine]
    """Newest first."""
    failures: Sequence[MessageLine]
    """Deliveries that failed or whose outcome is uncertain, newest first."""
    confidential_patients: frozenset[PatientId] = frozenset()
    """Whose words only the confidential list may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """The latest answer to one question of a check-in."""

    question: str
    value: str = field(repr=False)
    """Coded; free text in the patient's own words."""
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLine:
    """The latest word about one dose, or what became of its reminder."""

    day: str
    slot: str
    answer: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientCard:
    """All of one patient that fits beside the phone."""

    patient: PatientLine
    birth_year: int
    category: str
    has_consent: bool
    consent_version: str | None
    dose: str | None = field(repr=False)
    """The prescriber's own words."""
    dose_time: time | None
    hold: str | None
    paused: Sequence[str]
    shares_phone: bool
    cases: Sequence[CaseLine]
    doses: Sequence[DoseLine]
    """Newest first."""
    answers: Sequence[AnswerLine]
    timeline: Sequence[MessageLine]
    """Newest first."""
    deliveries: dict[str, int]
    """How many texts ended in each state."""
    is_confidential: bool = False
    """Whether the patient has or had a confidential case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerCard:
    """All that is known of a phone that nobody has connected to a patient."""

    messages: int


class ConsoleReader(Protocol):
    """Reads what the clinic sees; changes nothing."""

    async def overview(self, clinic_id: ClinicId, *, now: datetime) -> Overview:
        """The clinic at `now`. Raises KeyError for an unknown clinic."""
        ...

    async def stamp(self, clinic_id: ClinicId) -> str:
        """A value that changes when the overview would; holds nothing private."""
        ...

    async def card(
        self, clinic_id: ClinicId, channel: Channel, address: str, *, now: datetime
    ) -> PatientCard | StrangerCard:
        """Whoever is reached at `address`."""
        ...


class ConsoleDoor(Protocol):
    """Who may look, and the record of who did."""

    async def use_link(self, token: str) -> Staff | None:
        """Whose one-time link this is; it works once."""
        ...

    async def open_session(self, staff: Staff) -> str:
        """A fresh session's secret for the cookie."""
        ...

    async def session(self, token: str) -> Staff | None:
        """Whose session this is, or None when it is unknown or over."""
        ...

    async def record_view(self, staff: Staff, *, verb: str) -> None:
        """Write to the audit trail that `staff` saw a page."""
        ...


class CaseVerb(StrEnum):
    """What can be said of a case."""

    ACKNOWLEDGE = "acknowledge"
    CONTACTED = "contacted"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswer:
    """What a member of staff says of a case in the console."""

    verb: CaseVerb
    outcome: Outcome | None = None
    """With CLOSE."""
    is_reportable: bool | None = None
    """With CLOSE: whether the harm has to be reported to the regulator."""


class ConsoleAlerts(Protocol):
    """Answers of staff to alerts, from the console."""

    async def answer(self, staff: Staff, case_id: EscalationId, answer: CaseAnswer) -> bool:
        """Carry the answer out; False when there is no such open case for this person."""
        ...

    async def sees_confidential(self, staff: Staff) -> bool:
        """Whether this person may read confidential alerts now."""
        ...
