"""Does every queued text leave once, from one drain, and end in exactly one way?"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.domain.delivery import Body, Delivery, DeliveryState, Receipt, ReceiptStatus
from bot.domain.identity import AddressIndex, Channel, DeliveryId
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.ports.channel import ReceivedReceipt
from bot.ports.house import Sender
from bot.ports.outbox import Fence, Leased, Outcome
from bot.services.settling import left_behind
from bot.settings import Settings
from bot.store.tables import AttemptRow, DeliveryRow
from bot.wiring.words import Words
from tests.household import Household, open_household

LEASE = timedelta(seconds=60)


def sender_of(home: Household, channel: Channel = Channel.SMS) -> Sender:
    return next(sender for sender in home.lines.senders if sender.channel is channel)


async def queue(
    home: Household,
    count: int = 1,
    *,
    kind: MessageKind = MessageKind.REPLY,
    address: str | None = None,
    cause: str = "test",
) -> list[DeliveryId]:
    """Texts to strangers, one address each unless said."""
    sender, now = sender_of(home), home.clock.now()
    validity = KIND_RULES[kind].validity
    ids = [DeliveryId(home.house.ids.new()) for _ in range(count)]
    async with home.house.store.unit_of_work() as tx:
        for number, delivery_id in enumerate(ids):
            delivery = Delivery(
                id=delivery_id,
                clinic_id=home.clinic_id,
                sender_id=sender.id,
                channel=sender.channel,
                kind=kind,
                cause=f"{cause}-{number}",
                part=0,
                patient_id=None,
                address_id=None,
                address=address or f"+1555020{number:04d}",
                body=Body(text=f"text {number}"),
                template="test",
                due_at=now,
                expires_at=now + validity if validity else None,
            )
            index = AddressIndex(address or f"index-{number}")
            assert await tx.outbox.add(delivery, index=index, source="text {{ number }}")
    return ids


async def fence_of(home: Household) -> Fence:
    async with home.house.store.unit_of_work() as tx:
        return await tx.outbox.take_fence(sender_of(home).id)


def leased(fence: Fence, delivery_id: str) -> list[Leased]:
    return [Leased(fence=fence, delivery_id=DeliveryId(delivery_id))]


async def recovered(home: Household, fence: Fence) -> int:
    """What a drain does first: settles by kind what an earlier one left behind."""
    now = home.clock.now()
    async with home.house.store.unit_of_work() as tx:
        left = await tx.outbox.left_behind(fence)
        outcomes = [left_behind(one, now=now, can_look_up=False) for one in left]
        return await tx.outbox.recover(fence, outcomes, at=now)


async def row(home: Household, delivery_id: str) -> DeliveryRow:
    async with home.house.store.read() as tx:
        return await tx.outbox._session.get_one(DeliveryRow, delivery_id)


async def test_the_same_cause_is_queued_once(home: Household) -> None:
    await queue(home)
    with pytest.raises(AssertionError):
        await queue(home)
    fence = await fence_of(home)
    async with home.house.store.unit_of_work() as tx:
        claimed = await tx.outbox.claim(fence, now=home.clock.now(), limit=8, lease=LEASE)
    assert len(claimed) == 1


async def test_concurrent_drains_get_each_row_once(home: Household) -> None:
    ids = await queue(home, 60)
    fence = await fence_of(home)

    async def take_all() -> list[str]:
        mine: list[str] = []
        while True:
            async with home.house.store.unit_of_work() as tx:
                taken = await tx.outbox.claim(fence, now=home.clock.now(), limit=7, lease=LEASE)
                await asyncio.sleep(0)
            if not taken:
                return mine
            mine += [delivery.id for delivery in taken]

    hands = await asyncio.gather(*(take_all() for _ in range(4)))
    handed_out = [delivery_id for hand in hands for delivery_id in hand]
    assert sorted(handed_out) == sorted(ids)


async def test_one_address_gets_its_texts_in_order_and_safety_first(home: Household) -> None:
    replies = await queue(home, 2, address="+15550200000", cause="reply")
    (safety,) = await queue(home, 1, address="+15550200000", kind=MessageKind.SAFETY, cause="flag")
    fence = await fence_of(home)
    order = []
    for _ in range(3):
        async with home.house.store.unit_of_work() as tx:
            now = home.clock.now()
            (claimed,) = await tx.outbox.claim(fence, now=now, limit=8, lease=LEASE)
            assert await tx.outbox.mark_sending(leased(fence, claimed.id), at=now)
            sent = Outcome(
                delivery_id=claimed.id, attempt=1, state="sent", outcome="sent", provider_id="p"
            )
            assert await tx.outbox.settle([(fence, sent)], at=now)
        order.append(claimed.id)
    assert order == [safety, *replies]


async def test_a_new_drain_voids_the_old_one(home: Household) -> None:
    (first, second) = await queue(home, 2)
    old, now = await fence_of(home), home.clock.now()
    async with home.house.store.unit_of_work() as tx:
        await tx.outbox.claim(old, now=now, limit=8, lease=LEASE)
        assert await tx.outbox.mark_sending(leased(old, first), at=now)
    new = await fence_of(home)
    async with home.house.store.unit_of_work() as tx:
        sent = Outcome(delivery_id=first, attempt=1, state="sent", outcome="sent", provider_id="p1")
        assert not await tx.outbox.mark_sending(leased(old, second), at=now)
        assert not await tx.outbox.settle([(old, sent)], at=now)
    assert await recovered(home, new) == 2
    async with home.house.store.unit_of_work() as tx:
        again = await tx.outbox.claim(new, now=now, limit=8, lease=LEASE)
    assert {delivery.id for delivery in again} == {first, second}


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (MessageKind.REPLY, DeliveryState.QUEUED),
        (MessageKind.SAFETY, DeliveryState.QUEUED),
        (MessageKind.DOSE, DeliveryState.UNCERTAIN),
        (MessageKind.CHECKIN, DeliveryState.UNCERTAIN),
    ],
)
async def test_what_a_crash_left_in_sending_is_treated_by_its_kind(
    home: Household, kind: MessageKind, state: DeliveryState
) -> None:
    (delivery_id,) = await queue(home, kind=kind)
    old, now = await fence_of(home), home.clock.now()
    async with home.house.store.unit_of_work() as tx:
        await tx.outbox.claim(old, now=now, limit=8, lease=LEASE)
        await tx.outbox.mark_sending(leased(old, delivery_id), at=now)
    new = await fence_of(home)
    await recovered(home, new)
    found = await row(home, delivery_id)
    assert found.state == state.value
    assert (found.settled_at is not None) == (state is DeliveryState.UNCERTAIN)


async def test_the_attempts_of_a_delivery_are_all_written_down(home: Household) -> None:
    (delivery_id,) = await queue(home)
    fence, now = await fence_of(home), home.clock.now()
    for attempt, state in enumerate(("queued", "sent"), start=1):
        async with home.house.store.unit_of_work() as tx:
            await tx.outbox.claim(fence, now=now, limit=8, lease=LEASE)
            await tx.outbox.mark_sending(leased(fence, delivery_id), at=now)
            outcome = Outcome(delivery_id=delivery_id, attempt=attempt, state=state, outcome=state)
            await tx.outbox.settle([(fence, outcome)], at=now)
    async with home.house.store.read() as tx:
        first = await tx.outbox._session.get_one(AttemptRow, await attempt_id(home, delivery_id, 1))
    assert (first.outcome, first.ended_at) == ("queued", now)
    assert (await row(home, delivery_id)).attempts == 2


async def attempt_id(home: Household, delivery_id: str, number: int) -> str:
    async with home.house.store.read() as tx:
        found = await tx.outbox._session.scalar(
            select(col(AttemptRow.id)).where(
                col(AttemptRow.delivery_id) == delivery_id, col(AttemptRow.number) == number
            )
        )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reports", "stands"),
    [
        (("sent", "delivered", "read"), "read"),
        (("read", "delivered", "sent"), "read"),
        (("delivered", "sent", "delivered"), "delivered"),
        (("sent", "failed"), "failed"),
        (("failed", "sent"), "failed"),
        (("delivered", "failed"), "delivered"),
    ],
)
async def test_reports_in_any_order_only_move_forward(
    home: Household, reports: tuple[str, ...], stands: str
) -> None:
    member = await home.settle_in("ada", channel=Channel.SMS)
    await home.say("ada", "MENU", channel=Channel.SMS)
    assert member.patient_id is not None
    bubble = home.bubbles("ada", Channel.SMS)[-1]
    for report in (*reports, *reports):
        receipt = Receipt(provider_id=bubble.id, status=ReceiptStatus(report), code="30003")
        sender_id = sender_of(home).id
        await home.receive([ReceivedReceipt(sender_id=sender_id, receipt=receipt)])
    shown = await home.house.console.overview(home.clinic_id, now=home.clock.now())
    (line,) = [line for line in shown.messages if not line.is_from_patient]
    assert stands in line.state
    cases = [case.category for case in shown.cases]
    assert cases == (["undeliverable"] if "failed" in reports and stands == "failed" else [])


async def test_a_report_on_an_unknown_message_changes_nothing(home: Household) -> None:
    receipt = Receipt(provider_id="nobody-knows", status=ReceiptStatus.FAILED)
    await home.receive([ReceivedReceipt(sender_id=sender_of(home).id, receipt=receipt)])
    assert await home.cases() == []


async def test_late_texts_expire_and_alerts_never_do(home: Household) -> None:
    (reply,) = await queue(home, cause="reply")
    (safety,) = await queue(home, kind=MessageKind.SAFETY, cause="flag")
    async with home.house.store.unit_of_work() as tx:
        assert await tx.outbox.expire(now=home.clock.now() + timedelta(days=2)) == 1
    assert ((await row(home, reply)).state, (await row(home, reply)).reason) == ("expired", "late")
    assert (await row(home, safety)).state == "queued"


async def test_the_queue_outlives_the_process(settings: Settings, words: Words) -> None:
    async with open_household(settings, words) as home:
        member = await home.settle_in("ada")
        await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, "/menu"))
        clock = home.clock
    async with open_household(settings, words, clock) as home:
        home.simulator.add_phone(member.phone)
        await home.engine.settle()
        assert len(home.texts("ada")) == 1


async def test_what_waits_for_the_morning_holds_no_dose_back(home: Household) -> None:
    (lab,) = await queue(home, 1, kind=MessageKind.LAB, address="+15550109999", cause="lab")
    fence, now = await fence_of(home), home.clock.now()
    async with home.house.store.unit_of_work() as tx:
        await tx.outbox.claim(fence, now=now, limit=8, lease=LEASE)
        held = Outcome(
            delivery_id=lab,
            attempt=1,
            state=DeliveryState.QUEUED,
            outcome="held",
            reason="quiet-hours",
            next_at=now + timedelta(hours=3),
        )
        await tx.outbox.settle([(fence, held)], at=now)
    await queue(home, 1, kind=MessageKind.DOSE, address="+15550109999", cause="dose")
    async with home.house.store.unit_of_work() as tx:
        got = await tx.outbox.claim(fence, now=now + timedelta(minutes=30), limit=8, lease=LEASE)
    assert [one.kind for one in got] == [MessageKind.DOSE]
