"""What does an entry of the clinic change, and can every one of them be taken back?"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.domain.course import CourseStatus
from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.identity import PatientId, StaffId
from bot.domain.labs import LabValue
from bot.domain.occurrence import DOSE_REMINDER, OccurrenceState
from bot.domain.patient import Fact, FactKind, PatientStatus, current
from bot.ports.house import Staff
from bot.services.clinic_entry import Entered
from bot.services.course_records import NewDose
from bot.services.holds import HoldOutcome
from bot.services.patients import NotPossible
from bot.services.result_records import TestChange
from bot.wiring.clinic_desk import ClinicDesk
from tests.household import ZONE, Household

TODAY = date(2026, 12, 1)
FIVE, HOUR = timedelta(minutes=5), timedelta(hours=1)


async def settled(home: Household) -> tuple[ClinicDesk, PatientId]:
    member = await home.settle_in("ada")
    assert member.patient_id is not None
    return home.house.desk, member.patient_id


async def facts_of(home: Household, patient_id: PatientId) -> list[Fact]:
    async with home.house.store.read() as tx:
        return list(await tx.people.facts(patient_id))


async def fact_of(home: Household, patient_id: PatientId, kind: FactKind) -> dict[str, object]:
    facts = await facts_of(home, patient_id)
    return dict(current(facts, kind, at=home.clock.now()) or {})


async def shown(home: Household, patient_id: PatientId) -> list[tuple[str, str | None]]:
    facts = await facts_of(home, patient_id)
    return [(e.name.value, e.result) for e in evidence_at(facts, at=home.clock.now())]


async def planned(home: Household, reminder: str = DOSE_REMINDER) -> list[tuple[date, str]]:
    found = await home.occurrences("ada")
    return [
        (o.local_day, f"{o.local_time:%H:%M}")
        for o in found
        if o.reminder == reminder and o.state is OccurrenceState.PLANNED
    ]


async def status(home: Household, patient_id: PatientId) -> CourseStatus:
    async with home.house.store.read() as tx:
        course = await tx.plan.course(patient_id)
    assert course is not None
    return course.status


def doctor(home: Household) -> Staff:
    return Staff(
        id=StaffId("staff-1"), clinic_id=home.clinic_id, name="Dr Made Up", role="lead", state="on"
    )


def twice() -> NewDose:
    from bot.cli.course import slots_of

    return NewDose(
        daily_mg=Decimal(60),
        from_day=date(2026, 12, 8),
        slots=slots_of("morning@08:00,evening@21:00"),
        was_told=True,
    )


async def test_a_new_dose_waits_for_its_capsules_and_then_begins(home: Household) -> None:
    desk, ada = await settled(home)
    before = await planned(home)
    entered = await desk.courses.change_dose(home.clinic_id, ada, twice(), by="nurse")
    assert "waits-for-capsules" in entered.said
    assert await planned(home) == before
    await home.wait_until(datetime(2026, 12, 8, 10, 1, tzinfo=ZoneInfo(ZONE)))
    assert any("new capsules" in text for text in home.texts("ada"))
    await home.press("ada", "The new capsules are here")
    hours = dict(await planned(home))
    assert hours[date(2026, 12, 8)] == "20:00"
    assert [at for day, at in await planned(home) if day == date(2026, 12, 9)] == ["08:00", "21:00"]


async def test_the_plan_of_before_comes_back_with_the_same_reminders(home: Household) -> None:
    desk, ada = await settled(home)
    before = {o.id for o in await home.occurrences("ada") if o.state.value == "planned"}
    entered = await desk.courses.pause(
        home.clinic_id, ada, from_day=TODAY, until_day=date(2026, 12, 5), by="nurse"
    )
    assert {o.reminder for o in entered.changes.removed} == {DOSE_REMINDER}
    assert len(entered.changes.removed) == 5
    back = await desk.corrections.take_back(home.clinic_id, ada, entered.entry_id, by="nurse")
    assert len(back.changes.added) == 5
    assert {o.id for o in await home.occurrences("ada") if o.state.value == "planned"} == before
    with pytest.raises(NotPossible, match="taken back already"):
        await desk.corrections.take_back(home.clinic_id, ada, entered.entry_id, by="nurse")


async def test_the_time_after_lasts_until_a_clinicians_tick(home: Household) -> None:
    desk, ada = await settled(home)
    await desk.courses.end(home.clinic_id, ada, last_capsule=None, by="nurse")
    assert await status(home, ada) is CourseStatus.AFTER
    assert {day for day, _ in await planned(home)} == {TODAY}
    assert await home.house.planner.plan_all() == 1
    await home.wait(timedelta(days=16))
    assert await status(home, ada) is CourseStatus.AFTER
    with pytest.raises(NotPossible, match="ended on"):
        await desk.courses.pause(home.clinic_id, ada, from_day=None, until_day=None, by="nurse")
    await desk.courses.clear(home.clinic_id, ada, by=doctor(home))
    assert await status(home, ada) is CourseStatus.ENDED
    assert ("cleared", None) in await shown(home, ada)


async def test_a_positive_test_freezes_the_capsules_and_tells_nobody_at_first(
    home: Household,
) -> None:
    desk, ada = await settled(home)
    texts = home.texts("ada")
    entered = await desk.results.record_test(
        home.clinic_id, ada, result="positive", on=TODAY, place="clinic", by="nurse"
    )
    assert {why for _, why in entered.silenced} <= {"hold", "silenced"}
    assert entered.sends_nothing_before == home.clock.now() + timedelta(minutes=10)
    assert [case.category for case in await home.cases()] == ["rf-pregnant"]
    silenced = str((await fact_of(home, ada, FactKind.SILENCE))["kinds"]).split(",")
    assert set(silenced) == {
        "checkin",
        "pregnancy-test",
        "after-course",
        "learning",
        "broadcast",
    }
    await home.wait(timedelta(hours=12))
    assert not any("capsule" in text for text in home.texts("ada")[len(texts) :])


async def test_a_slip_of_the_hand_is_gone_within_ten_minutes(home: Household) -> None:
    desk, ada = await settled(home)
    await desk.results.record_test(
        home.clinic_id, ada, result="positive", on=TODAY, place="clinic", by="nurse"
    )
    await home.wait(FIVE)
    right = TestChange(result="negative")
    await desk.results.correct_test(home.clinic_id, ada, TODAY, right, by="nurse")
    assert await shown(home, ada) == [("pregnancy-test", "negative")]
    assert (await fact_of(home, ada, FactKind.HOLD))["category"] is None
    (case,) = await home.cases()
    assert (case.state, "entry-taken-back" in (case.note or "")) == ("open", True)
    await home.wait_until(datetime(2026, 12, 1, 20, 1, tzinfo=ZoneInfo(ZONE)))
    assert any("20:00 capsule" in text for text in home.texts("ada"))


async def test_later_only_a_clinician_ends_the_hold(home: Household) -> None:
    desk, ada = await settled(home)
    entered = await desk.life.pregnancy(home.clinic_id, ada, on=TODAY, by="nurse")
    await home.wait(HOUR)
    back = await desk.corrections.take_back(home.clinic_id, ada, entered.entry_id, by="nurse")
    assert "hold-stays" in back.said
    assert (await fact_of(home, ada, FactKind.HOLD))["category"] == "rf-pregnant"
    await home.house.holds.end(home.clinic_id, ada, HoldOutcome.RESTART, by=doctor(home))
    assert (await fact_of(home, ada, FactKind.SILENCE))["kinds"] == ""


async def test_nothing_planned_is_sent_for_ten_minutes(home: Household) -> None:
    desk, ada = await settled(home)
    await home.wait_until(datetime(2026, 12, 1, 19, 55, tzinfo=ZoneInfo(ZONE)))
    await desk.life.change_category(
        home.clinic_id, ada, category="cannot-become-pregnant", programme=None, by="nurse"
    )
    texts = home.texts("ada")
    await home.wait(timedelta(minutes=9))
    assert home.texts("ada") == texts
    await home.wait(timedelta(minutes=2))
    assert "20:00 capsule" in home.texts("ada")[-1]


async def test_after_a_death_no_phone_ever_hears_from_balm(home: Household) -> None:
    desk, ada = await settled(home)
    await home.wait_until(datetime(2026, 12, 1, 20, 1, tzinfo=ZoneInfo(ZONE)))
    texts = home.texts("ada")
    entered = await desk.life.death(home.clinic_id, ada, on=TODAY, by="nurse")
    await home.wait(timedelta(days=8))
    assert home.texts("ada") == texts
    found = await home.occurrences("ada", days=60)
    assert not [o for o in found if o.next_at is not None]
    with pytest.raises(NotPossible, match="has ended"):
        await desk.life.hold(home.clinic_id, ada, by="nurse")
    await desk.corrections.take_back(home.clinic_id, ada, entered.entry_id, by="nurse")
    async with home.house.store.read() as tx:
        patient = await tx.people.patient(ada)
    assert patient is not None
    assert patient.status is PatientStatus.ACTIVE
    assert await status(home, ada) is CourseStatus.RUNNING
    assert await planned(home) != []
    await home.wait(timedelta(days=1))
    assert len(home.texts("ada")) > len(texts)


async def test_a_transfer_ends_everything_planned(home: Household) -> None:
    desk, ada = await settled(home)
    entered = await desk.life.transfer(home.clinic_id, ada, on=None, by="nurse")
    assert len(entered.changes.removed) > 20
    texts = home.texts("ada")
    await home.wait(timedelta(days=6))
    assert home.texts("ada") == texts


async def test_a_critical_value_alerts_and_a_correction_shows(home: Household) -> None:
    desk, ada = await settled(home)
    value = LabValue(test="triglycerides", value=Decimal("9.4"), unit="mmol/L")
    entered = await desk.results.record_lab(home.clinic_id, ada, value, on=TODAY, by="nurse")
    assert entered.said == ("lab-critical",)
    assert [f"{c.category} {c.urgency}" for c in await home.cases()] == [
        "lab-critical urgent-same-day"
    ]
    with pytest.raises(NotPossible, match="balm lab correct"):
        await desk.results.record_lab(home.clinic_id, ada, value, on=TODAY, by="nurse")
    right = LabValue(test="triglycerides", value=Decimal("1.4"), unit="mmol/L")
    await desk.results.correct_lab(
        home.clinic_id, ada, "triglycerides", right, on=TODAY, by="nurse"
    )
    view = await desk.views.of(home.clinic_id, ada)
    assert [e.details["value"] for e in view.evidence] == ["1.4"]
    assert home.texts("ada") == []


REFUSED: list[tuple[str, Callable[[ClinicDesk, Household, PatientId], Awaitable[Entered]]]] = [
    ("160 mg", lambda d, h, p: d.courses.change_dose(
        h.clinic_id, p, NewDose(daily_mg=Decimal(400)), by="n")),
    ("today's dose stays", lambda d, h, p: d.courses.change_dose(
        h.clinic_id, p, NewDose(daily_mg=Decimal(20), from_day=date(2026, 11, 1)), by="n")),
    ("more than a year", lambda d, h, p: d.courses.change_dose(
        h.clinic_id, p, NewDose(daily_mg=Decimal(20), from_day=date(2030, 1, 1)), by="n")),
    ("lies before --from", lambda d, h, p: d.courses.pause(
        h.clinic_id, p, from_day=TODAY, until_day=date(2026, 11, 1), by="n")),
    ("neither paused", lambda d, h, p: d.courses.resume(h.clinic_id, p, on=None, by="n")),
    ("between 25 and 250", lambda d, h, p: d.courses.weigh(
        h.clinic_id, p, Decimal("6.5"), on=None, by="n")),
    ("has not come yet", lambda d, h, p: d.courses.end(
        h.clinic_id, p, last_capsule=date(2027, 1, 1), by="n")),
    ("before the first day", lambda d, h, p: d.courses.end(
        h.clinic_id, p, last_capsule=date(2026, 11, 1), by="n")),
    ("has not come yet", lambda d, h, p: d.results.record_test(
        h.clinic_id, p, result="negative", on=date(2027, 1, 1), place="home", by="n")),
    ("recorded no test", lambda d, h, p: d.results.correct_test(
        h.clinic_id, p, TODAY, TestChange(result="negative"), by="n")),
    ("use one of", lambda d, h, p: d.life.change_category(
        h.clinic_id, p, category="maybe", programme=None, by="n")),
    ("already", lambda d, h, p: d.life.change_category(
        h.clinic_id, p, category="can-become-pregnant", programme="none", by="n")),
    ("no entry", lambda d, h, p: d.corrections.take_back(h.clinic_id, p, "nothing", by="n")),
    ("no patient", lambda d, h, p: d.life.hold(h.clinic_id, PatientId("nobody"), by="n")),
]  # fmt: skip


async def test_bad_input_names_the_reason_and_changes_nothing(home: Household) -> None:
    desk, ada = await settled(home)
    facts, plan = await facts_of(home, ada), await planned(home)
    for reason, attempt in REFUSED:
        with pytest.raises(NotPossible, match=reason):
            await attempt(desk, home, ada)
    assert await facts_of(home, ada) == facts
    assert await planned(home) == plan


async def test_the_month_goes_out_comes_in_and_is_taken_back(home: Household) -> None:
    desk, ada = await settled(home)
    table = await desk.months.table(home.clinic_id, year=2026, month=12)
    header, line = table.splitlines()
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert (row["patient"], row["born"], row["test"]) == (ada, "2003", "")
    filled = {**row, "test": "2026-11-30", "result": "n", "questions": "y", "picked_up": "y",
              "capsules": "40x30"}  # fmt: skip
    text = f"{header}\n{','.join(filled.values())}\n"
    entry_id, entered = await desk.months.enter(
        home.clinic_id, await desk.months.read(home.clinic_id, text), by="nurse"
    )
    assert len(entered) == 1
    wanted = [("pregnancy-test", "negative"), ("picked-up", None), ("questions-answered", None)]
    assert sorted(await shown(home, ada), key=str) == sorted(wanted, key=str)
    again = await desk.months.enter(
        home.clinic_id, await desk.months.read(home.clinic_id, text), by="nurse"
    )
    assert again[1] == []
    await desk.months.undo(home.clinic_id, entry_id, by="nurse")
    assert await shown(home, ada) == []


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("{ada},1999,y,n", "line 2, born: this patient was not born in 1999"),
        ("{ada},2003,,n", "line 2, test: a result needs the day"),
        ("{ada},2003,2026-13-01,n", "line 2, test: '2026-13-01'"),
        ("{ada},2003,2027-02-01,n", "line 2, test: 2027-02-01 has not come yet"),
        ("{ada},2003,y,maybe", "line 2, result: 'maybe'"),
        ("somebody,2003,y,n", "line 2, patient: there is no patient somebody"),
        ("{ada},2003,y,n\n{ada},2003,y,n", "line 3, patient: the same patient stands in line 2"),
    ],
)
async def test_a_wrong_cell_is_named_by_line_and_column(
    home: Household, cells: str, reason: str
) -> None:
    desk, ada = await settled(home)
    text = "patient,born,test,result\n" + cells.format(ada=ada) + "\n"
    with pytest.raises(NotPossible, match=reason):
        await desk.months.read(home.clinic_id, text)


async def test_saying_twice_that_one_stopped_is_one_case(home: Household) -> None:
    desk, ada = await settled(home)
    for text in ("I stopped taking it", "my back hurt, the last one was Sunday"):
        await home.say("ada", text)
    await home.say("ada", "I stopped taking it")
    assert [case.category for case in await home.cases()] == ["stopped-taking"]
    assert ("last-capsule", None) in await shown(home, ada)
    entered = await desk.courses.resume(home.clinic_id, ada, on=None, by="nurse")
    assert {o.reminder for o in entered.freed} == {DOSE_REMINDER}
    assert (EvidenceName.LAST_CAPSULE.value, None) not in await shown(home, ada)
