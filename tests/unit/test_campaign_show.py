"""Is a preview that is printed patient by patient still one document, with the right sums?"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.cli.campaign_cost import usual_prices
from bot.cli.campaign_show import PreviewJson, PreviewText, Shown
from bot.domain.campaign.preview import Conditional, Previewed
from bot.domain.delivery import Body
from bot.domain.identity import Channel, CourseId, OccurrenceId, PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Patient, PatientStatus, state_at
from bot.services.campaign_preview import PatientPreview
from tests.fakes.turns import CLINIC

AT = datetime(2026, 12, 1, 15, tzinfo=UTC)
ADA = Patient(
    id=PatientId("p1"),
    clinic_id=CLINIC.id,
    name="Ada",
    born_on=date(2000, 1, 1),
    status=PatientStatus.ACTIVE,
)
IFS = (Conditional(step="later", words="if missed-dose"),)


def message(reason: str | None = None) -> Previewed:
    return Previewed(
        step="tip",
        due_at=AT,
        at=None if reason else AT,
        reason=reason,
        occurrence=Occurrence(
            id=OccurrenceId("o1"),
            patient_id=PatientId("p1"),
            course_id=CourseId("c1"),
            reminder="campaign:lips:tip",
            slot="step",
            local_day=date(2026, 12, 1),
            local_time=time(10),
            zone="America/New_York",
            due_at=AT,
            next_at=AT,
            kind=MessageKind.LEARNING,
        ),
        state=state_at(ADA, (), at=AT, clinic=CLINIC),
    )


def patient(name: str, *texts: str | None, channel: Channel | None = Channel.SMS) -> PatientPreview:
    return PatientPreview(
        patient_id=PatientId(name),
        name=name,
        channel=channel,
        messages=[message(None if text else "hold") for text in texts],
        texts=[Body(text=text) if text else None for text in texts],
    )


def printed(
    shown: Shown, people: Sequence[PatientPreview], capsys: pytest.CaptureFixture[str]
) -> str:
    for one in people:
        shown.add(one)
    shown.end(IFS)
    return capsys.readouterr().out


@pytest.mark.parametrize("count", range(3))
def test_json_is_one_document_with_a_line_for_each_patient(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [patient("Ada “A”", "Lips?\nEyes?", None), patient("Ben", channel=None)][:count]
    text = printed(PreviewJson(usual_prices()), people, capsys)
    read = json.loads(text)
    assert text.count("\n") == 2 + max(count, 1)
    assert [one["patient"] for one in read["patients"]] == [one.name for one in people]
    assert [Decimal(one["cost"]) > 0 for one in read["patients"]] == [True, False][:count]
    assert read["if"] == [{"step": "later", "words": "if missed-dose"}]
    if count:
        said, unsaid = read["patients"][0]["messages"]
        zone = ZoneInfo(CLINIC.zone)
        assert (said["text"], said["at"]) == ("Lips?\nEyes?", AT.astimezone(zone).isoformat())
        assert (unsaid["text"], unsaid["at"], unsaid["reason"]) == (None, None, "hold")


def test_text_shows_every_line_and_counts_what_is_billed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    people = [
        patient("Ada", "Lips?\nEyes?", "x" * 161, None),
        patient("Ben", "Lips?", channel=Channel.TELEGRAM),
        patient("Cho"),
    ]
    text = printed(PreviewText(usual_prices(), is_everybody=False), people, capsys)
    assert "    Lips?\n    Eyes?\n" in text
    assert "not sent: the clinic's hold is in force" in text
    assert "Cho" not in text
    cost = usual_prices().said(usual_prices().cost(3, people[0].number_begins))
    assert text.endswith(f"3 messages to 2 of 3 patients; 3 SMS segments, about {cost}.\n")
    assert "Cho" in printed(PreviewText(usual_prices(), is_everybody=True), people, capsys)
