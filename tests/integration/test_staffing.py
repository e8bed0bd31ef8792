"""Can a clinic say who works there and who is on call, and does nobody leave through a gap?"""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.rota_file import EXAMPLE, read_rota, shown
from bot.domain.identity import Channel
from bot.services.patients import NotPossible, Patients
from tests.household import Household
from tests.integration.test_alerts import DANGER, case_ids, entries, hire, told


async def test_an_address_belongs_to_one_person_and_is_kept_sealed(home: Household) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    await home.house.staffing.add(home.clinic_id, name="Ben", role="nurse", by="test")
    phone = home.simulator.phone("dana")
    with pytest.raises(NotPossible):
        await home.house.staffing.add_contact(
            home.clinic_id,
            name="ben",
            channel=Channel.TELEGRAM,
            value=phone.telegram_address,
            language="en",
            is_shared=False,
            by="test",
        )
    roster = await home.house.staffing.roster(home.clinic_id)
    (contact,) = roster.contacts(dana.id, alone=True)
    assert contact.value == phone.telegram_address


@pytest.mark.parametrize(
    ("channel", "value"),
    [
        (Channel.TELEGRAM, "@dana"),
        (Channel.SMS, "12"),
        (Channel.EMAIL, "dana"),
        (Channel.EMAIL, "a@b.c, everybody@else.example"),
        (Channel.WEBHOOK, "http://clinic.example/alerts"),
        (Channel.WEBHOOK, "http://[broken"),
    ],
)
async def test_what_cannot_be_an_address_is_refused(
    home: Household, channel: Channel, value: str
) -> None:
    await home.house.staffing.add(home.clinic_id, name="Ben", role="nurse", by="test")
    with pytest.raises(NotPossible):
        await home.house.staffing.add_contact(
            home.clinic_id,
            name="Ben",
            channel=channel,
            value=value,
            language="en",
            is_shared=False,
            by="test",
        )


async def test_the_last_person_cannot_leave(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await hire(home, "cleo", "Cleo Nurse")
    with pytest.raises(NotPossible, match="confidential"):
        await home.house.staffing.leave(home.clinic_id, name="Dana Lead", heir=None, by="test")
    await home.house.staffing.leave(home.clinic_id, name="Cleo Nurse", heir=None, by="test")
    with pytest.raises(NotPossible):
        await home.house.staffing.leave(home.clinic_id, name="Dana Lead", heir=None, by="test")
    roster = await home.house.staffing.roster(home.clinic_id)
    assert [(p.staff.name, p.staff.state) for p in roster.people] == [
        ("Dana Lead", "active"),
        ("Cleo Nurse", "left"),
    ]


async def test_whoever_leaves_hands_shifts_and_alerts_over_in_one_step(
    home: Household, tmp_path: Path
) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    ben = await hire(home, "ben", "Ben Deputy", role="deputy")
    file = tmp_path / "rota.yaml"
    file.write_text("".join(line for line in EXAMPLE.splitlines(True) if "Cleo" not in line))
    rota = read_rota(file, {"Dana Lead": dana.id, "Ben Deputy": ben.id})
    await home.house.staffing.set_rota(home.clinic_id, rota, by="test")
    await home.settle_in("ada")
    await home.say("ada", DANGER)
    await home.press("dana", "I have seen it")
    with pytest.raises(NotPossible, match="--to"):
        await home.house.staffing.leave(home.clinic_id, name="Dana Lead", heir=None, by="test")
    moved = await home.house.staffing.leave(
        home.clinic_id, name="Dana Lead", heir="Ben Deputy", by="test"
    )
    assert moved == 1
    await home.engine.settle()
    assert (await told(home))[-1] == ben.id
    async with home.house.store.read() as tx:
        document = shown(await tx.staff.rota(home.clinic_id), {ben.id: "Ben Deputy"})
    assert {shift["who"] for shift in document["shifts"]} == {"Ben Deputy"}
    assert document["holidays"] == ["2026-12-25", "2027-01-01"]


async def test_a_rota_names_only_people_who_can_be_reached(home: Household, tmp_path: Path) -> None:
    staff_id = await home.house.staffing.add(home.clinic_id, name="Ben", role="nurse", by="test")
    file = tmp_path / "rota.yaml"
    file.write_text('shifts: [{who: Ben, days: "Sat, Sun", hours: "22:00 to 6:00"}]')
    rota = read_rota(file, {"Ben": staff_id})
    assert rota.shifts[0].days == {5, 6}
    with pytest.raises(NotPossible, match="cannot be reached"):
        await home.house.staffing.set_rota(home.clinic_id, rota, by="test")
    with pytest.raises(NotPossible):
        read_rota(file, {})


async def test_a_drill_measures_and_leaves_nothing_open(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    case_id = await home.house.drills.start(home.clinic_id, by="test")
    await home.engine.settle()
    assert "nobody is in danger" in home.texts("dana")[-1]
    await home.wait(timedelta(minutes=2))
    await home.press("dana", "I have seen it")
    result = await home.house.drills.result(case_id)
    assert result.seen_by == "Dana Lead"
    assert result.seen_after == timedelta(minutes=2)
    assert result.delivered_after == timedelta(0)
    assert await case_ids(home) == []
    assert "This was a test" in home.texts("dana")[-1]


async def test_a_drill_that_nobody_answers_ends(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    case_id = await home.house.drills.start(home.clinic_id, by="test")
    await home.wait(timedelta(hours=3))
    count = len(home.texts("dana"))
    assert [entry.kind.value for entry in await entries(home)].count("operator-alarmed") == 1
    await home.house.drills.end(case_id)
    await home.wait(timedelta(days=2))
    assert len(home.texts("dana")) == count


async def test_without_anybody_to_tell_no_drill_is_sent(home: Household) -> None:
    with pytest.raises(NotPossible):
        await home.house.drills.start(home.clinic_id, by="test")


async def test_where_no_alert_reaches_anybody_nobody_is_invited(home: Household) -> None:
    house = home.house
    patients = Patients(
        house.store,
        house.clock,
        house.ids,
        house.planner,
        house.signed,
        reaches=house.staffing.reaches_somebody,
    )
    member = await home.settle_in("ada")
    assert member.patient_id is not None
    with pytest.raises(NotPossible, match="no alert could reach"):
        await patients.invite(home.clinic_id, member.patient_id, by="test")
    await hire(home, "dana", "Dana Lead", role="lead")
    assert await patients.invite(home.clinic_id, member.patient_id, by="test")
