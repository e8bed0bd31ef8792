"""Does a programme speak discreetly, once, and to whom it must; and does the clinic hear of it?"""

from datetime import date, timedelta

from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import Fact, FactKind, FactValue
from bot.services.programme_desk import ProgrammeDesk
from bot.wiring.words import Words
from tests.household import Household

US = "us-ipledge"


async def record(home: Household, kind: FactKind, value: FactValue) -> None:
    patient_id, now = home.members["ada"].patient_id, home.clock.now()
    assert patient_id is not None
    fact = Fact(kind=kind, value=value, effective_at=now, recorded_at=now, recorded_by="test")
    async with home.house.store.unit_of_work() as tx:
        await tx.people.add_fact(home.clinic_id, patient_id, fact)


async def show(home: Household, name: str, on: str, source: str = "clinic", **more: str) -> None:
    value = evidence_fact(EvidenceName(name), date.fromisoformat(on), EvidenceSource(source), more)
    await record(home, FactKind.EVIDENCE, value)


async def in_the_programme(home: Household) -> None:
    """Ada, who can become pregnant, takes the first capsule today, 1 December 2026."""
    await home.settle_in("ada")
    await record(home, FactKind.PROGRAMME, {"programme": US})
    for name, on in (
        ("enrolled", "2026-10-27"),
        ("consent-form", "2026-10-27"),
        ("contraception-started", "2026-10-27"),
        ("lab-result", "2026-11-17"),
        ("prescriber-confirmed", "2026-11-28"),
        ("questions-answered", "2026-11-28"),
    ):
        await show(home, name, on)
    await show(home, "pregnancy-test", "2026-10-27", result="negative")
    await show(home, "pregnancy-test", "2026-11-27", result="negative")


def of_steps(found: list[Occurrence]) -> list[tuple[str, str, str]]:
    return [
        (o.reminder.removeprefix("step:"), o.local_day.isoformat(), o.slot)
        for o in found
        if o.reminder.startswith("step:") and o.state is OccurrenceState.PLANNED
    ]


async def test_an_open_window_is_planned_and_a_new_plan_doubles_nothing(home: Household) -> None:
    await in_the_programme(home)
    await home.house.planner.plan_all()
    planned = of_steps(await home.occurrences("ada"))
    assert planned == [
        ("pick-up-1", "2026-12-01", "pick-up-1700"),
        ("pick-up-1", "2026-12-02", "pick-up-1000"),
        ("pick-up-1", "2026-12-02", "pick-up-1700"),
        ("pick-up-1", "2026-12-03", "pick-up-1000"),
        ("pick-up-1", "2026-12-03", "pick-up-1700"),
    ]
    before = await home.occurrences("ada")
    await home.house.planner.plan_all()
    assert await home.occurrences("ada") == before


async def test_what_was_collected_is_not_asked_for_any_more(home: Household) -> None:
    await in_the_programme(home)
    await home.house.planner.plan_all()
    await show(home, "picked-up", "2026-12-01", source="patient")
    await home.house.planner.plan_all()
    assert "pick-up-1" not in {step for step, _, _ in of_steps(await home.occurrences("ada"))}


async def test_a_discreet_text_goes_out_and_ready_tells_the_rest(home: Household) -> None:
    await in_the_programme(home)
    await home.house.planner.plan_all()
    await home.wait(timedelta(hours=7, minutes=5))
    assert home.texts("ada")[-1].startswith("2 days left: pharmacy by Thursday, December 3")
    await home.say("ada", "READY")
    assert "Your prescription waits at the pharmacy until Thursday" in home.texts("ada")[-1]


async def test_ready_with_nothing_waiting(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", "ready")
    assert home.texts("ada")[-1].startswith("Nothing is waiting for you")


async def test_little_time_and_a_missed_window_come_on_the_list_once(home: Household) -> None:
    await in_the_programme(home)
    await home.house.watch.run()
    assert await home.house.watch.run() == 0
    known = {case.category for case in await home.cases()}
    assert "watch-little-time" in known
    await home.wait(timedelta(days=3, hours=12))
    await home.house.watch.run()
    assert "watch-window-missed" in {case.category for case in await home.cases()}


async def test_the_clinic_confirms_a_date_and_plans_follow(home: Household) -> None:
    await in_the_programme(home)
    house = home.house
    old = house.programmes.programme(home.clinic_id, US)
    assert old is not None
    new = old.with_dates({"modification-2026": date(2026, 12, 4)})
    touched = await house.watch.rehearse(home.clinic_id, old, new)
    steps = {change.step: change for _, seen in touched for change in seen.steps}
    assert steps["pregnancy-test-3"].after is not None
    assert steps["pregnancy-test-3"].after.rule == "us-ipledge/monthly-test@2"
    change = (US, "modification-2026")
    await house.programmes.confirm(
        house.store, home.clinic_id, change, date(2026, 12, 4), by="test"
    )
    known = house.programmes.programme(home.clinic_id, US)
    assert known is not None
    assert known.unconfirmed() == []


async def test_closed_days_and_public_holidays_are_known(home: Household) -> None:
    closed = date(2026, 12, 9)
    await home.house.programmes.close(home.house.store, home.clinic_id, [closed], by="test")
    known = home.house.programmes.closed_days(home.clinic_id)
    assert known.is_closed(closed)
    assert known.is_closed(date(2026, 12, 25))
    assert not known.is_closed(date(2026, 12, 10))


async def test_production_says_nothing_of_an_unsigned_programme(
    home: Household, words: Words
) -> None:
    house = home.house
    desk = ProgrammeDesk(words.content, house.clock, house.signed, is_production=True)
    await desk.refresh(house.store)
    assert desk.programme(home.clinic_id, US) is None
    async with house.store.read() as tx:
        clinic = await tx.house.clinic(home.clinic_id)
    assert US in desk.unsigned(clinic)


async def test_a_pill_has_its_own_hour_and_words(home: Household) -> None:
    await in_the_programme(home)
    value: FactValue = {"method": "pill-21-7", "since": "2026-11-10", "time": "21:15"}
    await record(home, FactKind.CONTRACEPTION, value)
    await home.house.planner.plan_all()
    planned = [o for o in await home.occurrences("ada") if o.reminder == "contraception"]
    assert {(o.local_day.isoformat(), o.slot) for o in planned} == {
        ("2026-12-01", "break"),
        ("2026-12-08", "start-pack"),
        *((f"2026-12-{number:02d}", "take") for number in range(8, 15)),
    }
