"""Is a new plan a difference, and does a due step happen once whatever goes wrong around it?"""

import asyncio
from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import col

from bot.domain.identity import Channel, Lane
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import Fact, FactKind, FactValue
from bot.domain.schedule import SlotTime
from bot.store.tables import EscalationRow
from tests.household import Household

TWICE = (SlotTime(slot="morning", at=time(8)), SlotTime(slot="evening", at=time(20)))


async def record(home: Household, phone_id: str, kind: FactKind, value: FactValue) -> None:
    patient_id, now = home.members[phone_id].patient_id, home.clock.now()
    assert patient_id is not None
    fact = Fact(kind=kind, value=value, effective_at=now, recorded_at=now, recorded_by="test")
    async with home.house.store.unit_of_work() as tx:
        await tx.people.add_fact(home.clinic_id, patient_id, fact)


def ids(found: list[Occurrence], *states: str) -> set[str]:
    return {o.id for o in found if not states or o.state.value in states}


async def test_planning_again_changes_nothing(home: Household) -> None:
    await home.settle_in("ada", slots=TWICE)
    before = await home.occurrences("ada")
    planned = Counter(o.reminder for o in before)
    assert planned == {
        "dose": 28,
        "checkin-daily": 13,
        "checkin-first-week": 1,
        "checkin-mood": 1,
        "learning": 2,
        "week-summary": 2,
    }
    assert await home.house.planner.plan_all() == 1
    assert await home.occurrences("ada") == before


async def test_concurrent_planning_plans_once(home: Household) -> None:
    await home.settle_in("ada", slots=TWICE)
    before = await home.occurrences("ada")
    await asyncio.gather(*(home.house.planner.plan_all() for _ in range(4)))
    assert await home.occurrences("ada") == before


async def test_a_new_hour_moves_what_has_not_begun_and_keeps_its_identity(home: Household) -> None:
    await home.settle_in("ada")
    await home.wait(timedelta(hours=10, minutes=30))
    before = await home.occurrences("ada")
    begun = [o for o in before if o.state is not OccurrenceState.PLANNED]
    assert {o.reminder for o in begun} == {"dose", "checkin-daily"}
    await record(home, "ada", FactKind.DOSE_TIME, {"time": "21:30"})
    await home.house.planner.plan_all()
    after = await home.occurrences("ada")
    assert [o for o in after if o.id in ids(begun)] == begun
    moved = [o for o in after if o.state is OccurrenceState.PLANNED]
    assert ids(moved) >= ids(before) - ids(begun)
    own_hour = [o for o in moved if o.reminder not in ("checkin-mood", "learning", "week-summary")]
    assert {o.local_time for o in own_hour} == {time(21, 30)}


async def test_a_new_zone_moves_the_same_days(home: Household) -> None:
    await home.settle_in("ada")
    before = await home.occurrences("ada")
    await record(home, "ada", FactKind.ZONE, {"zone": "America/Los_Angeles"})
    await home.house.planner.plan_all()
    after = {o.id: o for o in await home.occurrences("ada")}
    for old in before:
        new = after[old.id]
        assert (new.local_day, new.local_time) == (old.local_day, old.local_time)
        assert new.due_at - old.due_at == timedelta(hours=3)


async def test_travelling_east_past_the_hour_does_not_lose_the_dose(home: Household) -> None:
    await home.settle_in("ada")
    await record(home, "ada", FactKind.ZONE, {"zone": "Asia/Kolkata"})
    await home.house.planner.plan_all()
    today = next(o for o in await home.occurrences("ada") if o.reminder == "dose")
    assert today.due_at < home.clock.now(), "20:00 in Mumbai was half an hour ago"
    await home.engine.settle()
    asked = [o for o in await home.occurrences("ada") if o.id == today.id]
    assert [o.state for o in asked] == [OccurrenceState.ASKED]


async def test_what_a_new_plan_no_longer_has_is_cancelled_and_can_come_back(
    home: Household,
) -> None:
    await home.settle_in("ada")
    regimen: dict[str, str | int | bool | None] = {
        "first_day": "2026-12-01",
        "last_day": "2026-12-03",
        "slots": "evening@20:00",
        "minimum_gap_minutes": None,
    }
    before = await home.occurrences("ada")
    await record(home, "ada", FactKind.REGIMEN, regimen)
    await home.house.planner.plan_all()
    shorter = await home.occurrences("ada")
    left = Counter(o.reminder for o in shorter if o.state is OccurrenceState.PLANNED)
    assert left == {
        "dose": 3,
        "checkin-daily": 3,
        "checkin-after-course": 1,
        "course-last-day": 1,
        "step:last-capsule": 1,
    }
    assert {o.reason for o in shorter if o.state is OccurrenceState.CANCELLED} == {"replanned"}
    home.clock.offset += timedelta(seconds=1)
    await record(home, "ada", FactKind.REGIMEN, {**regimen, "last_day": None})
    await home.house.planner.plan_all()
    assert ids(await home.occurrences("ada"), "planned") >= ids(before)


async def test_the_horizon_moves_on_every_day(home: Household) -> None:
    await home.settle_in("ada")
    await home.wait(timedelta(days=10))
    planned = [o for o in await home.occurrences("ada") if o.state is OccurrenceState.PLANNED]
    days = {o.local_day for o in planned}
    assert max(days) >= (home.clock.now() + timedelta(days=13)).date()


async def test_two_doses_closer_than_the_gap_speak_once(home: Household) -> None:
    close = (SlotTime(slot="first", at=time(20)), SlotTime(slot="second", at=time(20, 30)))
    member = await home.settle_in("ada", slots=close)
    assert member.patient_id is not None
    gap: FactValue = {
        "first_day": "2026-12-01",
        "last_day": None,
        "slots": "first@20:00,second@20:30",
        "minimum_gap_minutes": 240,
    }
    await record(home, "ada", FactKind.REGIMEN, gap)
    await home.wait(timedelta(hours=10, minutes=40))
    doses = [o for o in await home.occurrences("ada") if o.reminder == "dose"][:2]
    assert [(o.state.value, o.reason) for o in doses] == [
        ("asked", None),
        ("skipped", "too-close"),
    ]


async def test_concurrent_ticks_ask_once(home: Household) -> None:
    await home.settle_in("ada")
    home.clock.offset += timedelta(hours=10, seconds=5)
    await asyncio.gather(*(home.house.due.run() for _ in range(4)))
    await home.engine.settle()
    assert len([text for text in home.texts("ada") if "capsule" in text]) == 1


async def test_an_answer_in_the_moment_of_the_nudge_stands(home: Household) -> None:
    await home.settle_in("ada")
    await home.wait(timedelta(hours=10, minutes=5))
    home.clock.offset += timedelta(hours=1)
    _, taken = home.button("ada", "Taken")
    bubble, _ = home.button("ada", "Taken")
    await home.house.inbound.accept(home.simulator.press("ada", bubble.id, taken.action))
    await asyncio.gather(home.house.due.run(), home.house.inbound.answer_next())
    await home.engine.settle()
    dose = next(o for o in await home.occurrences("ada") if o.reminder == "dose")
    assert (dose.state, dose.next_at) == (OccurrenceState.TAKEN, None)


async def test_a_step_whose_conversation_changed_meanwhile_is_tried_again(home: Household) -> None:
    await home.settle_in("ada")
    patient_id = home.members["ada"].patient_id
    home.clock.offset += timedelta(hours=10, minutes=16)
    store, lane = home.house.store, Lane(f"patient:{patient_id}")
    save = None

    async with store.read() as tx:
        conversations = type(tx.conversations)
        save = conversations.save
        stale = await tx.conversations.get(home.clinic_id, lane)

    saved = 0

    async def save_after_somebody_else(self, conversation, *, at):  # type: ignore[no-untyped-def]
        nonlocal saved
        saved += 1
        if saved == 1:
            await save(self, stale, at=at)
        await save(self, conversation, at=at)

    conversations.save = save_after_somebody_else  # type: ignore[method-assign]
    try:
        await home.house.due.run()
        await home.house.due.run()
    finally:
        conversations.save = save  # type: ignore[method-assign]
    checkin = next(o for o in await home.occurrences("ada") if o.reminder == "checkin-daily")
    assert checkin.state is OccurrenceState.ASKED
    assert saved == 2
    assert await home.cases() == []


async def test_one_broken_patient_does_not_stop_the_others(home: Household) -> None:
    await home.settle_in("ada")
    await home.settle_in("ben", channel=Channel.SMS)
    now = home.clock.now()
    await record(home, "ada", FactKind.ZONE, {"zone": "Nowhere/Atlantis"})
    home.clock.offset += timedelta(hours=10, seconds=1)
    await home.engine.settle()
    assert len(home.texts("ben", Channel.SMS)) == 1
    ada = next(o for o in await home.occurrences("ada") if o.reminder == "dose")
    assert (ada.state.value, ada.reason) == ("expired", "software-error")
    patient_id = home.members["ada"].patient_id
    assert patient_id is not None
    async with home.house.store.read() as tx:
        assert not await tx.cases.has_flag_since(patient_id, since=now)
        told = await tx.cases._session.scalars(
            select(col(EscalationRow.category)).where(col(EscalationRow.patient_id) == patient_id)
        )
        assert set(told.all()) == {"reminder-not-sent"}
    ben = await home.occurrences("ben")
    home.clock.offset += timedelta(days=3)
    await home.house.planner.plan_all()
    assert len(await home.occurrences("ben")) > len(ben)


async def test_a_dose_that_was_due_during_a_long_stop_expires_and_is_counted(
    home: Household,
) -> None:
    await home.settle_in("ada", at="12:00")
    home.clock.offset += timedelta(hours=8)
    await home.engine.settle()
    found = {o.reminder: (o.state.value, o.reason) for o in (await home.occurrences("ada"))[:2]}
    assert found["dose"] == ("expired", "late")
    assert not [text for text in home.texts("ada") if "capsule**" in text]


async def test_the_night_when_clocks_go_back_has_one_dose_at_half_past_one(
    home: Household,
) -> None:
    zone = ZoneInfo("America/New_York")
    home.clock.offset = datetime(2027, 10, 31, 12, tzinfo=zone) - home.clock.now()
    slots = (SlotTime(slot="night", at=time(1, 30)),)
    await home.settle_in("ada", at="01:30", slots=slots)
    await home.wait_until(datetime(2027, 11, 8, 12, tzinfo=zone))
    days = [o.local_day for o in await home.occurrences("ada") if o.reminder == "dose"]
    assert len(days) == len(set(days))
    asked = [text for text in home.texts("ada") if "**Your 01:30 capsule**" in text]
    assert len(asked) == 8
