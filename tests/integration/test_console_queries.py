"""Does the clinic see what is stored, in the right order, and nothing that was erased?"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.effect import LogDose, RecordAnswer
from bot.domain.escalation import EscalationState, Urgency
from bot.domain.identity import (
    Channel,
    ClinicId,
    EscalationId,
    Region,
)
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.occurrence import DAILY_CHECKIN, DOSE_REMINDER, OccurrenceState
from bot.domain.patient import (
    Clinic,
    PatientStatus,
)
from bot.ids import TimeOrderedIds
from bot.ports.console import PatientCard, StrangerCard
from bot.ports.outbox import Leased, Outcome
from bot.store.console_rows import UNREADABLE
from bot.store.keys import patient_key
from tests.integration.console_house import (
    ANA,
    BEN,
    CLINIC,
    NOW,
    PHONE,
    SENDER,
    House,
    card_of,
    occurrence,
    open_case,
    open_house,
    queue,
    start_course,
    write,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_the_most_urgent_case_stands_first(house: House) -> None:
    await open_case(house, "task", Urgency.TASK, deadline=1)
    await open_case(house, "calm", Urgency.SAME_DAY, deadline=600)
    await open_case(house, "late", Urgency.EMERGENCY, deadline=-30)
    await open_case(house, "soon", Urgency.EMERGENCY, deadline=30)
    await open_case(house, "timeless", Urgency.EMERGENCY, deadline=None)
    await open_case(house, "phone", Urgency.NOW, deadline=900)
    async with house.store.unit_of_work() as tx:
        await tx.cases.move(EscalationId("calm"), state=EscalationState.CLOSED)
    seen = await house.reader.overview(CLINIC, now=NOW)
    assert [case.id for case in seen.cases] == ["phone", "late", "soon", "timeless", "task"]
    assert seen.cases[0].evidence == "evidence of phone"
    assert seen.cases[0].patient_name == "Ana Example"


async def test_patients_are_listed_with_what_holds_now(house: House) -> None:
    await write(house, "hello", minutes=5)
    await start_course(house, first_day=NOW.date() - timedelta(days=14))
    ana, ben = (await house.reader.overview(CLINIC, now=NOW)).patients
    assert (ana.name, ana.status, ana.zone, ana.language) == (
        "Ana Example",
        "active",
        "Asia/Kolkata",
        "hi",
    )
    assert ana.course_week == 3
    assert ana.last_contact_at == NOW - timedelta(minutes=5)
    assert (ben.zone, ben.course_week, ben.last_contact_at) == ("America/New_York", None, None)


async def test_a_course_that_begins_tomorrow_has_no_week(house: House) -> None:
    await start_course(house, first_day=NOW.date() + timedelta(days=2))
    ana = (await house.reader.overview(CLINIC, now=NOW)).patients[0]
    assert ana.course_week is None


async def test_messages_of_both_directions_stand_in_one_order(house: House) -> None:
    await write(house, "first", minutes=30)
    await queue(house, "second", minutes=20)
    await write(house, "third", minutes=10)
    seen = (await house.reader.overview(CLINIC, now=NOW)).messages
    assert [(line.text, line.is_from_patient) for line in seen] == [
        ("third", True),
        ("second", False),
        ("first", True),
    ]
    assert seen[1].state == "queued"


async def test_what_a_stranger_wrote_is_not_there_to_be_read(house: House) -> None:
    await write(house, "my secret", minutes=3, address="+12025550177")
    seen = await house.reader.overview(CLINIC, now=NOW)
    (line,) = seen.messages
    assert (line.patient_name, line.text) == (None, "")


async def test_a_pressed_button_reads_as_what_it_means(house: House) -> None:
    press = Inbound(
        channel=Channel.SMS,
        sender_id=SENDER,
        provider_id="press",
        kind=InboundKind.BUTTON,
        address=PHONE,
        action=f"checkin:{TimeOrderedIds().new()}:lips:4",
    )
    async with house.store.unit_of_work() as tx:
        await tx.inbox.add(CLINIC, press, at=NOW)
    (line,) = (await house.reader.overview(CLINIC, now=NOW)).messages
    assert line.text == "checkin lips 4"


async def test_what_did_not_arrive_is_listed(house: House) -> None:
    await queue(house, "lost", minutes=20)
    async with house.store.unit_of_work() as tx:
        fence = await tx.outbox.take_fence(SENDER)
        (claimed,) = await tx.outbox.claim(fence, now=NOW, limit=5, lease=timedelta(minutes=1))
        leased = Leased(fence=fence, delivery_id=claimed.id)
        assert await tx.outbox.mark_sending([leased], at=NOW)
        outcome = Outcome(
            delivery_id=claimed.id,
            attempt=1,
            state="failed",
            outcome="rejected",
            reason="bad-number",
        )
        assert await tx.outbox.settle([(fence, outcome)], at=NOW)
    (failure,) = (await house.reader.overview(CLINIC, now=NOW)).failures
    assert (failure.text, failure.state, failure.reason) == ("lost", "failed", "bad-number")


async def test_an_erased_person_leaves_no_readable_word(house: House) -> None:
    await write(house, "my lips", minutes=3)
    await open_case(house, "case", Urgency.TASK, deadline=None)
    await house.keys.erase(patient_key(ANA))
    seen = await house.reader.overview(CLINIC, now=NOW)
    assert "Ana Example" not in [patient.name for patient in seen.patients]
    assert seen.messages[0].text == seen.cases[0].evidence == UNREADABLE
    assert seen.cases[0].patient_name == UNREADABLE


async def test_the_card_shows_the_patient_of_an_address(house: House) -> None:
    await start_course(house, first_day=NOW.date())
    await open_case(house, "case", Urgency.EMERGENCY, deadline=5)
    await queue(house, "hello", minutes=2)
    card = await card_of(house)
    assert isinstance(card, PatientCard)
    assert (card.patient.name, card.birth_year, card.dose) == (
        "Ana Example",
        1999,
        "40 mg at night",
    )
    assert (card.has_consent, card.consent_version, card.hold) == (True, "1", "rf-vision")
    assert [case.id for case in card.cases] == ["case"]
    assert card.deliveries == {"queued": 1}
    assert [line.text for line in card.timeline] == ["hello"]


async def test_the_card_shows_the_latest_word_about_each_dose(house: House) -> None:
    course = await start_course(house, first_day=NOW.date() - timedelta(days=9))
    states = {
        1: OccurrenceState.MISSED,
        2: OccurrenceState.TAKEN,
        3: OccurrenceState.CANCELLED,
        -1: OccurrenceState.PLANNED,
    }
    async with house.store.unit_of_work() as tx:
        planned = [
            occurrence(course, DOSE_REMINDER, days=days, state=state)
            for days, state in states.items()
        ]
        await tx.plan.upsert_planned(CLINIC, planned)
        for answer, reason in (("later", None), ("not-today", "forgot")):
            log = LogDose(
                occurrence_id=None,
                day=(NOW - timedelta(days=2)).date(),
                slot="evening",
                answer=answer,
                reason=reason,
            )
            await tx.plan.log_dose(CLINIC, ANA, log, at=NOW)
    card = await card_of(house)
    assert isinstance(card, PatientCard)
    assert [(dose.day, dose.answer, dose.reason) for dose in card.doses] == [
        ("2026-11-22", "missed", None),
        ("2026-11-21", "not-today", "forgot"),
    ]


async def test_the_card_shows_the_latest_check_in_as_corrected(house: House) -> None:
    course = await start_course(house, first_day=NOW.date() - timedelta(days=9))
    async with house.store.unit_of_work() as tx:
        asked = [
            occurrence(course, DAILY_CHECKIN, days=days, state=OccurrenceState.ANSWERED)
            for days in (2, 1)
        ]
        await tx.plan.upsert_planned(CLINIC, asked)
        said = [
            (asked[0], "lips", "9", None),
            (asked[1], "lips", "4", None),
            (asked[1], "other", "text", "Sore elbow"),
            (asked[1], "lips", "3", None),
        ]
        for one, question, value, text in said:
            answer = RecordAnswer(
                occurrence_id=one.id,
                questionnaire="daily",
                version="1",
                question=question,
                value=value,
                text=text,
            )
            await tx.plan.add_answer(CLINIC, ANA, answer, at=NOW)
    card = await card_of(house)
    assert isinstance(card, PatientCard)
    assert [(line.question, line.value) for line in card.answers] == [
        ("lips", "3"),
        ("other", "Sore elbow"),
    ]


async def test_of_a_stranger_only_a_count_is_known(house: House) -> None:
    async with house.store.unit_of_work() as tx:
        index = await tx.people.index_of(CLINIC, Channel.SMS, "+12025550177")
        await tx.people.count_stranger(CLINIC, index, now=NOW, is_try=False)
    assert await card_of(house, "+12025550177") == StrangerCard(messages=1)
    assert await card_of(house, "+12025550178") == StrangerCard(messages=0)


async def test_the_stamp_changes_with_every_change_that_is_shown(house: House) -> None:
    stamps = [await house.reader.stamp(CLINIC)]
    assert await house.reader.stamp(CLINIC) == stamps[0]
    await write(house, "hello", minutes=1)
    stamps.append(await house.reader.stamp(CLINIC))
    await queue(house, "hello Ana", minutes=0)
    stamps.append(await house.reader.stamp(CLINIC))
    await open_case(house, "case", Urgency.TASK, deadline=None)
    stamps.append(await house.reader.stamp(CLINIC))
    async with house.store.unit_of_work() as tx:
        await tx.people.set_status(BEN, PatientStatus.ACTIVE)
    stamps.append(await house.reader.stamp(CLINIC))
    assert len(set(stamps)) == len(stamps)


async def test_an_unknown_clinic_has_no_overview(house: House) -> None:
    with pytest.raises(KeyError):
        await house.reader.overview(ClinicId("other"), now=NOW)
    assert await house.reader.stamp(ClinicId("other")) != await house.reader.stamp(CLINIC)


async def test_one_clinic_never_sees_another(house: House) -> None:
    await write(house, "hello", minutes=1)
    other = Clinic(
        id=ClinicId("other"),
        name="Other",
        phone="+12025550191",
        region=Region.UK,
        zone="Europe/London",
        staffed_hours="Monday",
        out_of_hours_cover=False,
    )
    async with house.store.unit_of_work() as tx:
        await tx.house.add_clinic(other, slug="other", at=NOW)
    seen = await house.reader.overview(other.id, now=NOW)
    assert (seen.patients, seen.messages, seen.cases, seen.failures) == ([], [], [], [])
