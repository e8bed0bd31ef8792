"""Stopped in the middle of an entry of the clinic: is it wholly there, or not at all?"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date

import pytest

from bot.domain.identity import PatientId
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import PatientStatus
from bot.settings import Settings
from bot.wiring.words import Words
from tests.crash.fuse import Crash, Fuse
from tests.household import Household, StillClock, open_household

DAY = date(2026, 12, 1)
Work = Callable[[Household, PatientId], Awaitable[object]]


async def is_pregnant(home: Household, ada: PatientId) -> object:
    return await home.house.desk.results.record_test(
        home.clinic_id, ada, result="positive", on=DAY, place="clinic", by="nurse"
    )


async def has_died(home: Household, ada: PatientId) -> object:
    return await home.house.desk.life.death(home.clinic_id, ada, on=DAY, by="nurse")


async def is_paused(home: Household, ada: PatientId) -> object:
    return await home.house.desk.courses.pause(
        home.clinic_id, ada, from_day=DAY, until_day=None, by="nurse"
    )


@asynccontextmanager
async def life(settings: Settings, words: Words) -> AsyncIterator[Household]:
    async with open_household(settings, words, StillClock()) as home:
        yield home


def light(home: Household, fuse: Fuse) -> None:
    store = home.house.store
    store.unit_of_work = fuse.around(store.unit_of_work)  # type: ignore[method-assign,assignment]


async def state(home: Household, ada: PatientId) -> tuple[object, ...]:
    """Facts, plan, cases and status of the patient, without ids."""
    async with home.house.store.read() as tx:
        patient = await tx.people.patient(ada)
        facts = await tx.people.facts(ada)
        course = await tx.plan.course(ada)
        now = home.clock.now()
        planned = await tx.plan.occurrences(ada, after=now, until=now.replace(year=2027))
    assert patient is not None
    assert course is not None
    open_ones = [o for o in planned if o.state is OccurrenceState.PLANNED]
    cases = [case.category for case in await home.cases()]
    kinds = [fact.kind.value for fact in facts]
    return (patient.status, course.status, kinds, len(open_ones), cases)


@pytest.mark.parametrize("work", [is_pregnant, has_died, is_paused])
async def test_an_entry_is_whole_or_absent(
    sqlite_settings: Settings, words: Words, work: Work
) -> None:
    async with life(sqlite_settings, words) as home:
        ada = (await home.settle_in("ada")).patient_id
        assert ada is not None
        before = await state(home, ada)
        light(home, Fuse(at=1))
        with pytest.raises(Crash):
            await work(home, ada)
    async with life(sqlite_settings, words) as home:
        assert await state(home, ada) == before
        light(home, Fuse(at=2))
        with pytest.raises(Crash):
            await work(home, ada)
    async with life(sqlite_settings, words) as home:
        after = await state(home, ada)
        assert after != before
        await home.house.planner.plan_all()
        assert await state(home, ada) == after


async def test_a_month_that_was_cut_off_is_finished_by_the_same_table(
    sqlite_settings: Settings, words: Words
) -> None:
    async with life(sqlite_settings, words) as home:
        people = [(await home.settle_in(name)).patient_id for name in ("ada", "ben")]
        table = "patient,test,result\n" + "".join(f"{one},y,n\n" for one in people)
        months = home.house.desk.months
        plan = await months.read(home.clinic_id, table)
        light(home, Fuse(at=2))
        with pytest.raises(Crash):
            await months.enter(home.clinic_id, plan, by="nurse")
    async with life(sqlite_settings, words) as home:
        months = home.house.desk.months
        plan = await months.read(home.clinic_id, table)
        _, entered = await months.enter(home.clinic_id, plan, by="nurse")
        assert [one.person.id for one in entered] == people[1:]
        for one in people:
            assert one is not None
            _, _, kinds, _, _ = await state(home, one)
            assert isinstance(kinds, list)
            assert kinds.count("evidence") == 1
            async with home.house.store.read() as tx:
                patient = await tx.people.patient(one)
            assert patient is not None
            assert patient.status is PatientStatus.ACTIVE
