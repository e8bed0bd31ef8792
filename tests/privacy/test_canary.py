"""Does anything private leave the sealed rows: into output, logs, errors, addresses, raw files?"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from bot.domain.delivery import Body, Delivery, Outgoing
from bot.domain.effect import RaiseAlert, RecordAnswer, RecordFact
from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import (
    AddressId,
    Channel,
    ClinicId,
    DeliveryId,
    EscalationId,
    OccurrenceId,
    PatientId,
    SenderId,
)
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Address, AddressState, Fact, FactKind, Patient, PatientStatus
from bot.logs import ALLOWED
from bot.ports.channel import WebhookRequest
from bot.ports.console import CaseLine, MessageLine, PatientLine
from bot.services.patients import NewPatient
from bot.settings import Settings
from bot.wiring.running import app_of
from bot.wiring.words import Words
from tests.household import open_household

ROOT = Path(__file__).parents[2]
CANARY = "Quentin Quokka +15550100199 secret words"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Lived:
    """All journeys, played by a process of their own."""

    folder: Path
    output: str
    private: list[str]


def live_through(folder: Path) -> Lived:
    """Everything that `tests.privacy.live` leaves behind."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.privacy.live", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    private = json.loads((folder / "private.json").read_text(encoding="utf-8"))
    return Lived(folder=folder, output=done.stdout + done.stderr, private=private)


def test_nothing_private_leaves_the_sealed_rows(tmp_path: Path) -> None:
    lived = live_through(tmp_path / "lived")
    assert len(lived.private) > 40
    check_output(lived)
    check_files(lived)


def check_output(lived: Lived) -> None:
    """Neither printed nor logged, although much was logged and much went wrong."""
    for event in ("inbound-answered", "delivery-settled", "inbound-failed", "channel-failed"):
        assert f'"event": "{event}"' in lived.output
    assert "library-log" in lived.output
    assert [one for one in lived.private if one in lived.output] == []
    lines = [line for line in lived.output.splitlines() if line.startswith("{")]
    assert len(lines) > 100
    assert set().union(*(json.loads(line) for line in lines)) <= ALLOWED


def check_files(lived: Lived) -> None:
    """Not readable in any database, its log, or the file of keys."""
    files = sorted(lived.folder.glob("*/*.db*"))
    assert len(files) >= 40
    for file in files:
        raw = file.read_bytes()
        found = [one for one in lived.private if one.encode() in raw]
        assert found == [], file.parent.name


def values() -> list[object]:
    """One of each value that carries private words."""
    patient = PatientId("p")
    return [
        Inbound(
            channel=Channel.SMS,
            sender_id=SenderId("s"),
            provider_id="1",
            kind=InboundKind.TEXT,
            address=CANARY,
            text=CANARY,
            attachments=(CANARY,),
        ),
        Outgoing(delivery_id=DeliveryId("d"), address=CANARY, body=Body(text=CANARY)),
        Delivery(
            id=DeliveryId("d"),
            clinic_id=ClinicId("c"),
            sender_id=SenderId("s"),
            channel=Channel.SMS,
            kind=MessageKind.REPLY,
            cause="x",
            part=0,
            patient_id=patient,
            address_id=None,
            address=CANARY,
            body=Body(text=CANARY),
            template="t",
            due_at=NOW,
            expires_at=None,
        ),
        Patient(
            id=patient,
            clinic_id=ClinicId("c"),
            name=CANARY,
            born_on=date(1987, 3, 14),
            status=PatientStatus.ACTIVE,
        ),
        Address(
            id=AddressId("a"),
            patient_id=patient,
            channel=Channel.SMS,
            sender_id=SenderId("s"),
            value=CANARY,
            state=AddressState.ACTIVE,
        ),
        Fact(
            kind=FactKind.PHONE,
            value={"number": CANARY},
            effective_at=NOW,
            recorded_at=NOW,
            recorded_by="patient",
        ),
        Escalation(
            id=EscalationId("e"),
            clinic_id=ClinicId("c"),
            cause="x",
            category="call-me",
            urgency=Urgency.TASK,
            state=EscalationState.OPEN,
            patient_id=patient,
            opened_at=NOW,
            deadline_at=None,
            evidence=CANARY,
        ),
        RaiseAlert(category="call-me", urgency=Urgency.TASK, evidence=CANARY),
        RecordFact(kind=FactKind.PHONE, value={"number": CANARY}),
        RecordAnswer(
            occurrence_id=OccurrenceId("o"),
            questionnaire="daily",
            version="1",
            question="else",
            value="text",
            text=CANARY,
        ),
        NewPatient(
            name=CANARY,
            born_on=date(1987, 3, 14),
            category="x",
            zone="UTC",
            language="en",
            phone=CANARY,
            guardian_name=CANARY,
        ),
        WebhookRequest(method="POST", url=CANARY, headers={"a": CANARY}, body=CANARY.encode()),
        CaseLine(
            id=EscalationId("e"),
            patient_id=patient,
            patient_name=CANARY,
            category="call-me",
            urgency="task",
            state="open",
            opened_at=NOW,
            deadline_at=None,
            evidence=CANARY,
            note=None,
        ),
        MessageLine(
            is_from_patient=True,
            patient_name=CANARY,
            channel=Channel.SMS,
            kind="text",
            state="applied",
            reason=None,
            at=NOW,
            text=CANARY,
        ),
        PatientLine(
            id=patient,
            name=CANARY,
            status="active",
            language="en",
            zone="UTC",
            course_week=None,
            last_contact_at=None,
            open_cases=0,
        ),
    ]


@pytest.mark.parametrize("value", values(), ids=lambda value: type(value).__name__)
def test_a_value_in_an_error_text_tells_nothing_private(value: object) -> None:
    shown = f"{value!r} {value} {RuntimeError(value)}"
    for part in ("Quokka", "15550100199", "secret", "1987"):
        assert part not in shown


async def test_no_address_of_the_web_holds_anything_private(
    sqlite_settings: Settings, words: Words, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_household(sqlite_settings, words) as home:
        member = await home.settle_in("ada", name="Quentin Quokka", born_on=date(1987, 3, 14))
        await home.say("ada", "my quokka-shaped scar hurts")
        app = await app_of(home.house, home.clinic_id, home.lines, home.engine)
        token = await home.house.door.issue_link(home.clinic_id, name="Nurse", role="nurse")
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as web:
            entered = await web.get(f"/console/enter?token={token}", follow_redirects=True)
            pages = [entered.text, (await web.get("/try")).text]
            broken = await web.post("/sms/inbound", content=b"Body=my+quokka&From=%2B15550100199")
            refused = await web.post(
                "/try/phones/ada/telegram/messages", content=b'{"text": "my quokka'
            )
    assert "Quentin Quokka" in entered.text, "the page itself shows the patient"
    addresses = re.findall(r'(?:href|src|action|hx-get)="([^"]*)"', " ".join(pages))
    assert addresses
    phone = member.phone
    for private in ("uokka", "1987", phone.sms_address[1:], phone.telegram_address):
        assert not [address for address in addresses if private in address]
        assert private not in broken.text + refused.text
    shown = capfd.readouterr()
    for private in ("uokka", phone.sms_address[1:], phone.telegram_address, token):
        assert private not in shown.out + shown.err
