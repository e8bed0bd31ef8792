"""A clinic's view made up for the pages: every kind of row is there once."""

from datetime import UTC, datetime, time, timedelta

from bot.domain.identity import Channel, ClinicId, EscalationId, PatientId, StaffId
from bot.ports.console import (
    AnswerLine,
    CaseLine,
    DoseLine,
    MessageLine,
    Overview,
    PatientCard,
    PatientLine,
    StrangerCard,
)
from bot.ports.house import Staff

NOW = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
ANA = PatientLine(
    id=PatientId("ana"),
    name="Ana Example",
    status="active",
    language="en",
    zone="America/New_York",
    course_week=3,
    last_contact_at=NOW - timedelta(hours=2),
    open_cases=2,
)
BEN = PatientLine(
    id=PatientId("ben"),
    name="Ben <b>Sample</b>",
    status="invited",
    language="es",
    zone="Europe/Madrid",
    course_week=None,
    last_contact_at=None,
    open_cases=0,
)
CASES = (
    CaseLine(
        id=EscalationId("case-1"),
        patient_id=ANA.id,
        patient_name=ANA.name,
        category="rf-severe-low-mood",
        urgency="emergency",
        state="open",
        opened_at=NOW - timedelta(minutes=4),
        deadline_at=NOW + timedelta(minutes=11),
        evidence="I cry all day and nothing helps",
        note=None,
    ),
    CaseLine(
        id=EscalationId("case-2"),
        patient_id=ANA.id,
        patient_name=ANA.name,
        category="call-me",
        urgency="task",
        state="open",
        opened_at=NOW - timedelta(hours=5),
        deadline_at=NOW - timedelta(hours=1),
        evidence="",
        note="phone-task",
    ),
)


def _message(text: str, *, hours: float, **values: object) -> MessageLine:
    usual: dict[str, object] = {
        "is_from_patient": False,
        "patient_name": ANA.name,
        "channel": Channel.TELEGRAM,
        "kind": "reply",
        "state": "delivered",
        "reason": None,
    }
    return MessageLine(text=text, at=NOW - timedelta(hours=hours), **(usual | values))  # type: ignore[arg-type]  # the usual values fit


MESSAGES = (
    _message(
        "I cry all day and nothing helps",
        hours=0.1,
        is_from_patient=True,
        kind="text",
        state="applied",
    ),
    _message("It is time for your evening capsule. Take it with food.", hours=23, kind="dose"),
    _message("How are your lips today?", hours=26, kind="checkin", state="sent"),
    _message("Did you take yesterday's capsule?", hours=40, state="expired", reason="too-late"),
)
FAILURES = (
    _message("Hello", hours=50, channel=Channel.SMS, state="failed", reason="recipient-stopped"),
)


class MadeUpConsole:
    """Reads nothing: one patient, one stranger, one busy evening."""

    def __init__(self) -> None:
        self.stamped = "1"

    async def overview(self, clinic_id: ClinicId, *, now: datetime) -> Overview:
        return Overview(
            clinic_name="Rosehip Dermatology (demo)",
            clinic_zone="America/New_York",
            cases=CASES,
            patients=(ANA, BEN),
            messages=MESSAGES,
            failures=FAILURES,
        )

    async def stamp(self, clinic_id: ClinicId) -> str:
        return self.stamped

    async def card(
        self, clinic_id: ClinicId, channel: Channel, address: str, *, now: datetime
    ) -> PatientCard | StrangerCard:
        if not address.endswith("1"):
            return StrangerCard(messages=2)
        answers = (("lips", "4"), ("skin", "2"), ("eyes", "1"), ("mood", "7"), ("other", "Nothing"))
        days = ("taken", "taken", "missed", "taken", "not-today", "taken", "asked")
        return PatientCard(
            patient=ANA,
            birth_year=1999,
            category="cannot-become-pregnant",
            has_consent=True,
            consent_version="1",
            dose="40 mg with the evening meal",
            dose_time=time(20, 0),
            hold=None,
            paused=("learning",),
            shares_phone=False,
            cases=CASES,
            doses=[
                DoseLine(day=f"2026-11-{23 - n}", slot="evening", answer=answer, reason=None)
                for n, answer in enumerate(reversed(days))
            ],
            answers=[
                AnswerLine(question=q, value=v, answered_at=NOW - timedelta(days=1))
                for q, v in answers
            ],
            timeline=MESSAGES,
            deliveries={"delivered": 41, "sent": 3, "failed": 1},
        )


class OpenDoor:
    """One one-time link, "let-me-in", and a record of who looked."""

    def __init__(self) -> None:
        self.links = {"let-me-in"}
        self.views: list[str] = []
        self.staff = Staff(
            id=StaffId("s"), clinic_id=ClinicId("c"), name="Dana", role="lead", state="active"
        )

    async def use_link(self, token: str) -> Staff | None:
        if token not in self.links:
            return None
        self.links.remove(token)
        return self.staff

    async def open_session(self, staff: Staff) -> str:
        return "session-secret"

    async def session(self, token: str) -> Staff | None:
        return self.staff if token == "session-secret" else None

    async def record_view(self, staff: Staff, *, verb: str) -> None:
        self.views.append(verb)
