"""Does a page of patients cost the same few statements however many stand on it?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from bot.domain.campaign.version import Running
from bot.domain.identity import Channel, PatientId
from bot.domain.patient import FactKind, PatientStatus
from bot.services import campaign_preview
from bot.services.known import pages_to_plan
from tests.household import START, Household
from tests.integration.test_campaigns import FILE, written
from tests.integration.test_planning import record

HISTORY_RULE = "answered-doses >= 0 and open-alert is no"
PEOPLE = ("ada", "ben", "cho", "dan", "eve", "fay")


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the databases meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def settle(home: Household, *names: str) -> None:
    for name in names:
        await home.settle_in(name, channel=Channel.SMS if name == "ben" else Channel.TELEGRAM)


async def test_a_preview_of_six_costs_the_statements_of_one(
    home: Household, tmp_path: Path
) -> None:
    loaded = written(tmp_path, FILE.replace("AUDIENCE", HISTORY_RULE))
    preview = home.house.campaigns.preview
    counts = []
    for some in (PEOPLE[:1], PEOPLE[1:]):
        await settle(home, *some)
        with statements() as sent:
            shown = [one async for one in preview.messages(home.clinic_id, loaded, days=6)]
        counts.append((len(shown), len(sent)))
    assert [people for people, _ in counts] == [1, 6]
    assert counts[0][1] == counts[1][1] <= 15


async def test_planning_six_anew_costs_the_statements_of_one(home: Household) -> None:
    await settle(home, *PEOPLE)
    counts = []
    for some in (PEOPLE[:1], PEOPLE):
        for name in some:
            await record(home, name, FactKind.DOSE_TIME, {"time": f"{10 + len(some)}:30"})
        page = [(home.clinic_id, patient_of(home, name)) for name in some]
        with statements() as sent:
            async with home.house.store.unit_of_work() as tx:
                changes = await home.house.planner.plan_patients(tx, page)
        assert all(change.moved for change in changes.values())
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 20


async def test_pages_leave_nobody_out_and_name_nobody_twice(
    home: Household, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settle(home, *PEOPLE)
    async with home.house.store.unit_of_work() as tx:
        await tx.people.set_status(patient_of(home, "dan"), PatientStatus.ENDED)
    meant = sorted(patient_of(home, name) for name in PEOPLE if name != "dan")
    pages = [page async for page in pages_to_plan(home.house.store, size=2)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [patient_id for page in pages for _, patient_id in page] == meant
    monkeypatch.setattr(campaign_preview, "_PATIENTS_PER_PAGE", 2)
    loaded = written(tmp_path, FILE.replace("AUDIENCE", "everybody"))
    preview = home.house.campaigns.preview
    found = [one.patient_id async for one in preview.messages(home.clinic_id, loaded, days=6)]
    assert found == meant


async def test_a_page_reads_of_each_what_is_read_of_one(home: Household) -> None:
    await settle(home, *PEOPLE[:3])
    await home.wait_until(START + timedelta(days=2))
    await home.say("ben", "STOP", channel=Channel.SMS)
    ids = [patient_of(home, name) for name in PEOPLE[:3]]
    now = home.clock.now()
    async with home.house.store.read() as tx:
        facts, told = await tx.many.facts(ids), await tx.many.told(ids, until=now)
        courses, reachable = await tx.many.running_courses(ids), await tx.many.reachable(ids)
        before = now - timedelta(days=14)
        recent = await tx.many.occurrences(ids, after=before, until=now)
        for one in ids:
            assert facts[one] == await tx.people.facts(one)
            assert told[one] == await tx.history.course(one, until=now)
            assert courses[one] == await tx.plan.running_course(one)
            assert recent[one] == await tx.plan.occurrences(one, after=before, until=now)
            assert recent[one]
    assert [bool(reachable[one]) for one in ids] == [True, False, True]


async def test_publishing_plans_anew_only_whom_it_touches(home: Household, tmp_path: Path) -> None:
    await settle(home, *PEOPLE[:3])
    await home.wait_until(START + timedelta(days=3))
    await settle(home, "fay")
    loaded = written(tmp_path, FILE.replace("AUDIENCE", "everybody"))
    versions = home.house.campaigns.versions
    document = loaded.path.read_text(encoding="utf-8")
    new = await versions.submit(home.clinic_id, document, loaded, author=None)
    done = await versions.publish(
        home.clinic_id, new.campaign, new.version, approval=None, running=Running.MOVE
    )
    assert done.patients == 1
    async with home.house.store.read() as tx:
        planned = await tx.campaigns.patients_planned(home.clinic_id, f"campaign:{new.name}")
    assert planned == [patient_of(home, "fay")]


def patient_of(home: Household, name: str) -> PatientId:
    patient_id = home.members[name].patient_id
    assert patient_id is not None
    return patient_id
