"""What does a patient read after hours in which nothing could be sent?"""

from datetime import timedelta

from bot.domain.identity import Channel, PatientId
from bot.domain.patient import Fact, FactKind
from tests.household import Household

UNTIL_SEVEN = timedelta(hours=9)
"""From the start, 10:00 in New York, to 19:00."""


async def cut(home: Household, duration: timedelta) -> None:
    """No text leaves by Telegram for so long; everything else goes on."""
    sender = next(one for one in home.lines.senders if one.channel is Channel.TELEGRAM)
    async with home.house.store.unit_of_work() as tx:
        await tx.house.hold_sender(sender.id, until=home.clock.now() + duration)


async def record(home: Household, patient_id: PatientId, what: FactKind, **value: str) -> None:
    now = home.clock.now()
    fact = Fact(kind=what, value=value, effective_at=now, recorded_at=now, recorded_by="test")
    async with home.house.store.unit_of_work() as tx:
        await tx.people.add_fact(home.clinic_id, patient_id, fact)


async def ends(home: Household) -> dict[str, str]:
    """How the messages of each kind ended, with the reason."""
    overview = await home.house.console.overview(home.clinic_id, now=home.clock.now())
    return {
        line.kind: " ".join(filter(None, (line.state, line.reason)))
        for line in overview.messages
        if not line.is_from_patient
    }


async def test_a_night_without_telegram_brings_no_reminder_at_two_in_the_morning(
    home: Household,
) -> None:
    await home.settle_in("ada")
    await home.wait(UNTIL_SEVEN)
    await cut(home, timedelta(hours=7))
    await home.wait(timedelta(hours=8))
    assert home.texts("ada") == [], "at 3:00 she sleeps, and nothing of yesterday is true"
    assert (await ends(home))["dose"] == "expired late"


async def test_an_hour_without_telegram_delays_the_reminder_and_doubles_nothing(
    home: Household,
) -> None:
    await home.settle_in("ada")
    await home.wait(UNTIL_SEVEN)
    await cut(home, timedelta(hours=2))
    await home.wait(timedelta(hours=2, minutes=1))
    assert sum("Your 20:00 capsule" in text for text in home.texts("ada")) == 1


async def test_what_was_paused_meanwhile_stays_unsaid(home: Household) -> None:
    member = await home.settle_in("ada")
    assert member.patient_id is not None
    await home.wait(UNTIL_SEVEN)
    await cut(home, timedelta(hours=2))
    await home.wait(timedelta(hours=1, minutes=5))
    until = (home.clock.now() + timedelta(days=1)).isoformat()
    await record(home, member.patient_id, FactKind.PAUSE, kind="all", until=until)
    await home.wait(timedelta(hours=2))
    assert home.texts("ada") == []
    assert (await ends(home))["dose"] == "skipped paused"


async def test_an_answer_is_given_however_long_it_took(home: Household) -> None:
    await home.settle_in("ada")
    await cut(home, timedelta(hours=5))
    await home.say("ada", "my lips are dry")
    assert home.texts("ada") == []
    await home.wait(timedelta(hours=5, minutes=1))
    assert sum("petroleum jelly" in text for text in home.texts("ada")) == 1
