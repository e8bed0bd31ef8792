"""What happened to one message, from its plan to the last report on it?"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col

from bot.domain.identity import Channel, ClinicId
from bot.domain.light_markup import plain
from bot.domain.sms_bill import bill_of
from bot.ports.story import SmsShare, Spent, Step, Story, Waiting
from bot.store.keys import SealBroken
from bot.store.records.delivery_row import delivery_of
from bot.store.sealing import Sealer
from bot.store.tables import (
    AttemptRow,
    DeliveryRow,
    EscalationEntryRow,
    EscalationRow,
    InboundRow,
    OccurrenceRow,
    ReceiptRow,
    SenderRow,
)

_COUNTRY_CODE = 5
"""Characters of a number that a price may depend on: "+", and a country code of up to four."""


class SqlStories:
    """Implements `bot.ports.story.Stories`."""

    def __init__(self, engine: AsyncEngine, sealer: Sealer) -> None:
        """`engine` may be query-only."""
        self._engine = engine
        self._sealer = sealer

    async def of(self, clinic_id: ClinicId, id: str, *, show_text: bool) -> Story | None:  # noqa: A002  # what is asked for
        """The story of a delivery, an occurrence, an alert or a received message."""
        async with self._session() as session:
            telling = _Telling(session, self._sealer, show_text=show_text)
            if (delivery := await session.get(DeliveryRow, id)) is not None:
                found, story = delivery.clinic_id, await telling.delivery(delivery)
            elif (occurrence := await session.get(OccurrenceRow, id)) is not None:
                found, story = occurrence.clinic_id, await telling.occurrence(occurrence)
            elif (alert := await session.get(EscalationRow, id)) is not None:
                found, story = alert.clinic_id, await telling.alert(alert)
            elif (inbound := await session.get(InboundRow, id)) is not None:
                found, story = inbound.clinic_id, await telling.inbound(inbound)
            else:
                return None
        return story if found == clinic_id else None

    async def outbox(
        self, clinic_id: ClinicId, *, states: Sequence[str], limit: int
    ) -> Sequence[Waiting]:
        """Deliveries in these states, the oldest due first."""
        async with self._session() as session:
            rows = await session.execute(
                select(DeliveryRow, col(SenderRow.public_name))
                .join(SenderRow, col(SenderRow.id) == col(DeliveryRow.sender_id))
                .where(col(DeliveryRow.clinic_id) == clinic_id, col(DeliveryRow.state).in_(states))
                .order_by(col(DeliveryRow.due_at), col(DeliveryRow.id))
                .limit(limit)
            )
            return [
                replace(_waiting(row, sender), sms=await sms_share(self._sealer, row))
                for row, sender in rows
            ]

    async def spent(self, clinic_id: ClinicId, *, since: datetime, until: datetime) -> Spent:
        """Text messages that a provider took from `since` to before `until`."""
        messages, segments, unreadable = Counter[str](), Counter[str](), 0
        async with self._session() as session:
            taken = await session.stream_scalars(
                select(DeliveryRow).where(
                    col(DeliveryRow.clinic_id) == clinic_id,
                    col(DeliveryRow.channel) == Channel.SMS.value,
                    col(DeliveryRow.provider_id).is_not(None),
                    col(DeliveryRow.settled_at) >= since,
                    col(DeliveryRow.settled_at) < until,
                )
            )
            async for row in taken:
                share = await sms_share(self._sealer, row)
                unreadable += share is None
                if share is not None:
                    messages[share.number_begins] += 1
                    segments[share.number_begins] += share.bill.segments
        return Spent(messages=messages, segments=segments, unreadable=unreadable)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            yield session


class _Telling:
    """Puts one story together."""

    def __init__(self, session: AsyncSession, sealer: Sealer, *, show_text: bool) -> None:
        self._session = session
        self._sealer = sealer
        self._show_text = show_text

    async def delivery(self, row: DeliveryRow) -> Story:
        attempts = await self._session.scalars(
            select(AttemptRow)
            .where(col(AttemptRow.delivery_id) == row.id)
            .order_by(col(AttemptRow.number))
        )
        steps = [Step(at=row.due_at, what="due", detail=f"because of {row.cause}")]
        for attempt in attempts:
            ended = attempt.outcome or "under way"
            code = f" ({attempt.code})" if attempt.code else ""
            at = attempt.ended_at or attempt.started_at
            steps.append(Step(at=at, what=f"attempt {attempt.number}", detail=f"{ended}{code}"))
        steps += [
            Step(
                at=receipt.received_at, what=f"report: {receipt.status}", detail=receipt.code or ""
            )
            for receipt in await self._receipts(row)
        ]
        if row.settled_at is not None:
            steps.append(Step(at=row.settled_at, what=row.state, detail=row.reason or ""))
        else:
            steps.append(Step(at=row.next_at, what=f"{row.state}, next", detail=row.reason or ""))
        return Story(
            noun="delivery",
            id=row.id,
            about=f"{row.kind} ({row.template}) by {row.channel}: {_end(row.state, row.reason)}",
            steps=sorted(steps, key=lambda step: step.at),
            text=await self._text(row),
            sms=await sms_share(self._sealer, row),
        )

    async def occurrence(self, row: OccurrenceRow) -> Story:
        steps = [
            Step(at=row.due_at, what="planned for", detail=f"{row.local_time:%H:%M} {row.zone}")
        ]
        if row.next_at is not None:
            steps.append(Step(at=row.next_at, what="next step"))
        rule = f", rule {row.rule}" if row.rule else ""
        return Story(
            noun="occurrence",
            id=row.id,
            about=f"{row.kind} ({row.reminder}/{row.slot}) of {row.local_day}{rule}: "
            + _end(row.state, row.reason),
            steps=steps,
            parts=await self._caused(row.clinic_id, row.id),
        )

    async def alert(self, row: EscalationRow) -> Story:
        entries = await self._session.scalars(
            select(EscalationEntryRow)
            .where(col(EscalationEntryRow.escalation_id) == row.id)
            .order_by(col(EscalationEntryRow.id))
        )
        steps = [Step(at=row.opened_at, what="opened", detail=f"because of {row.cause}")]
        steps += [Step(at=entry.at, what=entry.kind, detail=f"{entry.number}") for entry in entries]
        return Story(
            noun="alert",
            id=row.id,
            about=f"{row.category}, {row.urgency}: {_end(row.state, row.outcome or row.note)}",
            steps=steps,
            parts=await self._caused(row.clinic_id, row.id),
        )

    async def inbound(self, row: InboundRow) -> Story:
        steps = [Step(at=row.received_at, what="received", detail=row.kind)]
        if row.applied_at is not None:
            steps.append(Step(at=row.applied_at, what="answered", detail=f"tries: {row.tries}"))
        return Story(
            noun="message",
            id=row.id,
            about=f"{row.kind} received: {row.state}",
            steps=steps,
            parts=await self._caused(row.clinic_id, row.id),
        )

    async def _caused(self, clinic_id: str, subject_id: str) -> list[Story]:
        rows = await self._session.scalars(
            select(DeliveryRow)
            .where(
                col(DeliveryRow.clinic_id) == clinic_id,
                col(DeliveryRow.cause).contains(f":{subject_id}", autoescape=True),
            )
            .order_by(col(DeliveryRow.id))
        )
        return [await self.delivery(row) for row in rows.all()]

    async def _receipts(self, row: DeliveryRow) -> Sequence[ReceiptRow]:
        if row.provider_id is None:
            return ()
        found = await self._session.scalars(
            select(ReceiptRow).where(
                col(ReceiptRow.sender_id) == row.sender_id,
                col(ReceiptRow.provider_id) == row.provider_id,
            )
        )
        return found.all()

    async def _text(self, row: DeliveryRow) -> str | None:
        if not self._show_text or row.sealed_message is None:
            return None
        try:
            return (await delivery_of(self._sealer, row)).body.text
        except (KeyError, SealBroken):
            return None


async def sms_share(sealer: Sealer, row: DeliveryRow) -> SmsShare | None:
    """What a text message is billed as, in the words that left; None for anything else."""
    if row.channel != Channel.SMS.value or row.sealed_message is None:
        return None
    try:
        delivery = await delivery_of(sealer, row)
    except (KeyError, SealBroken):
        return None
    said = delivery.body_at(row.settled_at or row.next_at)
    return SmsShare(bill=bill_of(plain(said.text)), number_begins=delivery.address[:_COUNTRY_CODE])


def _end(state: str, reason: str | None) -> str:
    return f"{state} ({reason})" if reason else state


def _waiting(row: DeliveryRow, sender: str) -> Waiting:
    return Waiting(
        id=row.id,
        kind=row.kind,
        channel=row.channel,
        sender=sender,
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        due_at=row.due_at,
        next_at=row.next_at,
    )
