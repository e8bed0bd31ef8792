"""Messages that come while their writer is being connected: are they answered in order?"""

import asyncio

from bot.domain.identity import Channel, Lane
from bot.domain.inbound import Inbound
from tests.household import Household

ANSWERS = ("1", "20:00", "1")
"""To the questions that follow the consent: the zone, the time of day, who sees the phone."""


async def at_consent(home: Household) -> None:
    """Somebody who has to agree, and is connected by agreeing."""
    member = await home.invite("ada")
    assert member.invitation is not None
    for text in (f"/start {member.invitation.link_token}", "2003"):
        await home.say("ada", text)


def typed(home: Household, text: str) -> Inbound:
    (message,) = home.simulator.type_text("ada", Channel.TELEGRAM, text)
    assert isinstance(message, Inbound)
    return message


async def waiting_lanes(home: Household) -> set[str]:
    async with home.house.store.read() as tx:
        lanes = await tx.backlog.lanes(home.clock.now(), limit=10)
    return {lane.partition(":")[0] for _, lane in lanes}


async def test_a_message_that_is_being_stored_while_its_writer_is_connected_moves_along(
    home: Household,
) -> None:
    await at_consent(home)
    await home.house.inbound.accept([typed(home, "1")])
    async with home.house.store.unit_of_work() as tx:
        assert await tx.inbox.add(home.clinic_id, typed(home, ANSWERS[0]), at=home.clock.now())
        connecting = asyncio.create_task(home.house.inbound.answer_next())
        await asyncio.wait([connecting], timeout=0.5)
        assert not connecting.done(), "whoever connects waits for what is being stored"
    assert await connecting
    assert await waiting_lanes(home) == {"patient"}
    await home.receive([typed(home, text) for text in ANSWERS[1:]])
    assert "All set" in home.texts("ada")[-1]


async def test_a_message_that_comes_while_its_writer_is_being_connected_waits_behind(
    home: Household,
) -> None:
    await at_consent(home)
    waiting = [typed(home, text) for text in ("1", *ANSWERS)]
    await home.house.inbound.accept(waiting[:2])
    async with home.house.store.unit_of_work() as tx:
        first = waiting[0]
        index = await tx.people.index_of(home.clinic_id, first.channel, first.address)
        old, new = Lane(f"address:{index}"), Lane(f"patient:{home.members['ada'].patient_id}")
        await tx.inbox.move_lane(home.clinic_id, old=old, new=new)
        storing = asyncio.create_task(home.house.inbound.accept(waiting[2:]))
        await asyncio.wait([storing], timeout=0.5)
        assert not storing.done(), "whoever stores waits for what is being connected"
    await storing


async def test_whoever_moves_messages_says_where_they_wait_now(home: Household) -> None:
    await at_consent(home)
    woken: list[str] = []
    home.house.inbound._wake.inbound = lambda lanes: woken.extend(  # type: ignore[method-assign]
        lane for _, lane in lanes
    )
    await home.house.inbound.accept([typed(home, text) for text in ("1", ANSWERS[0])])
    woken.clear()
    assert await home.house.inbound.answer_next()
    assert woken == [f"patient:{home.members['ada'].patient_id}"]
