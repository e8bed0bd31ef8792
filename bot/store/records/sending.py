"""Who may send what waits, what is being sent, and how did it end? Many rows per statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.identity import DeliveryId, SenderId
from bot.domain.message_kind import MessageKind
from bot.logs import warning
from bot.ports.outbox import DOUBTFUL, Fence, Leased, Left, Outcome
from bot.store.json_rows import as_json
from bot.store.keys import SealBroken
from bot.store.records.delivery_row import delivery_of
from bot.store.records.delivery_statements import DeliveryStatements, statements
from bot.store.records.receipts import Receipts
from bot.store.sealing import core
from bot.store.tables import AttemptRow, DeliveryRow, SenderRow

_UNREADABLE = "text-unreadable"
_INTERRUPTED = "interrupted"

_deliveries, _attempts, _senders = core(DeliveryRow), core(AttemptRow), core(SenderRow)


class Sending(Receipts):
    """From queued to an end, for whoever holds the sender's fence."""

    async def take_fence(self, sender_id: SenderId) -> Fence:
        """A new right to settle, which voids the one before it."""
        number = await self._session.scalar(
            update(_senders)
            .where(_senders.c.id == sender_id)
            .values(fence=_senders.c.fence + 1)
            .returning(_senders.c.fence)
        )
        if number is None:
            raise KeyError(sender_id)
        return Fence(sender_id=sender_id, number=number)

    async def left_behind(self, fence: Fence) -> Sequence[Left]:
        """What an earlier holder left in `sending`: called, and nobody knows how it ended."""
        found = await self._session.execute(
            select(_deliveries.c.id, _deliveries.c.kind, _deliveries.c.attempts).where(
                _deliveries.c.sender_id == fence.sender_id,
                _deliveries.c.state == DeliveryState.SENDING.value,
                _deliveries.c.fence < fence.number,
            )
        )
        rows = found.all()
        doubts = await self._doubts([row.id for row in rows])
        return [
            Left(
                delivery_id=DeliveryId(row.id),
                kind=MessageKind(row.kind),
                attempts=row.attempts,
                doubts=doubts.get(row.id, 0),
            )
            for row in rows
        ]

    async def _doubts(self, ids: Sequence[str]) -> Mapping[str, int]:
        """How many ended attempts of each nobody knows the outcome of; none is left out."""
        if not ids:
            return {}
        counted = await self._session.execute(
            select(_attempts.c.delivery_id, func.count())
            .where(_attempts.c.delivery_id.in_(ids), _attempts.c.outcome.in_(DOUBTFUL))
            .group_by(_attempts.c.delivery_id)
        )
        return {row[0]: row[1] for row in counted}

    async def recover(self, fence: Fence, outcomes: Sequence[Outcome], *, at: datetime) -> int:
        """Queue again what was only leased, and end what was left behind as `outcomes` say."""
        requeued = await self._session.execute(
            update(_deliveries)
            .where(
                _deliveries.c.sender_id == fence.sender_id,
                _deliveries.c.state == DeliveryState.LEASED.value,
                _deliveries.c.fence < fence.number,
            )
            .values(state=DeliveryState.QUEUED.value, leased_until=None)
            .returning(_deliveries.c.id)
        )
        count = len(requeued.all())
        if outcomes:
            await self._write_outcomes([(fence, one) for one in outcomes], at=at)
            await self._session.execute(
                update(_attempts)
                .where(
                    _attempts.c.delivery_id.in_([one.delivery_id for one in outcomes]),
                    _attempts.c.ended_at.is_(None),
                )
                .values(ended_at=at, outcome=_INTERRUPTED)
            )
        return count + len(outcomes)

    async def calls_since(self, fence: Fence, *, first_id: str) -> int:
        """How many calls began for this sender since the moment that `first_id` was made in."""
        started = await self._session.scalars(
            select(_attempts.c.id)
            .join(_deliveries, _deliveries.c.id == _attempts.c.delivery_id)
            .where(_attempts.c.id >= first_id, _deliveries.c.sender_id == fence.sender_id)
        )
        return len(started.all())

    async def claim(
        self,
        fence: Fence,
        *,
        now: datetime,
        limit: int,
        lease: timedelta,
        is_oldest_first: bool = False,
    ) -> Sequence[Delivery]:
        """Lease what is due, most urgent first; at most one message per address at a time.

        A message waits for every other of its address that is not settled and goes before it: a
        more urgent one, or an earlier one of its own priority. So a conversation arrives in order.
        Nothing is leased while the sender is held or stopped, or by a void fence.
        """
        known = self._statements
        leased = await self._session.execute(
            known.claim_oldest if is_oldest_first else known.claim_urgent,
            {
                "of_sender": fence.sender_id,
                "under_fence": fence.number,
                "now": now,
                "until": now + lease,
                "at_most": limit,
            },
        )
        rows = sorted(leased.all(), key=lambda row: (row.priority, row.next_at, row.id))
        return await self._opened(rows, at=now)

    async def mark_sending(self, leased: Sequence[Leased], *, at: datetime) -> frozenset[str]:
        """Commit that these calls start now; ids of those whose lease and fence still stand."""
        marked = await self._session.execute(
            self._statements.mark,
            {
                "rows": as_json(
                    [{"id": one.delivery_id, "fence": one.fence.number} for one in leased]
                )
            },
        )
        begun = [
            {"id": self._ids.new(), "delivery_id": row.id, "number": row.attempts} for row in marked
        ]
        if begun:
            await self._session.execute(self._statements.begin, {"rows": as_json(begun), "at": at})
        return frozenset(str(one["delivery_id"]) for one in begun)

    async def settle(
        self, ended: Sequence[tuple[Fence, Outcome]], *, at: datetime
    ) -> frozenset[str]:
        """Record how calls ended; ids of those whose fence still stands, the others are left."""
        settled = await self._write_outcomes(ended, at=at)
        calls = [
            {
                "id": one.delivery_id,
                "attempt": one.attempt,
                "outcome": one.outcome,
                "code": one.code,
            }
            for _, one in ended
            if one.delivery_id in settled
        ]
        if calls:
            await self._session.execute(self._statements.end, {"rows": as_json(calls), "at": at})
        return settled

    async def overtaken(self, provider_ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids for which a report is already there."""
        asked = as_json([{"provider_id": one} for one in provider_ids])
        reported = await self._session.scalars(self._statements.overtaken, {"rows": asked})
        return frozenset(reported)

    async def attempt_began_at(self, delivery_id: DeliveryId, number: int) -> datetime | None:
        """When call `number` of a delivery began."""
        found: datetime | None = await self._session.scalar(
            select(_attempts.c.started_at).where(
                _attempts.c.delivery_id == delivery_id, _attempts.c.number == number
            )
        )
        return found

    async def _opened(self, rows: Sequence[Row[Any]], *, at: datetime) -> list[Delivery]:
        """The texts of `rows`; one that cannot be read ends, instead of stopping all others."""
        await self._sealer.prepare((row.clinic_id, row.patient_id) for row in rows)
        opened, unreadable = [], []
        for row in rows:
            try:
                opened.append(await delivery_of(self._sealer, row))
            except (SealBroken, KeyError, AssertionError):
                unreadable.append(row.id)
        if unreadable:
            warning("delivery-unreadable", count=len(unreadable), delivery=unreadable[0])
            await self._session.execute(
                update(_deliveries)
                .where(_deliveries.c.id.in_(unreadable))
                .values(
                    state=DeliveryState.FAILED.value,
                    reason=_UNREADABLE,
                    settled_at=at,
                    leased_until=None,
                )
            )
        doubts = await self._doubts([one.id for one in opened if one.attempts])
        return [replace(one, doubts=doubts.get(one.id, 0)) for one in opened]

    async def _write_outcomes(
        self, ended: Sequence[tuple[Fence, Outcome]], *, at: datetime
    ) -> frozenset[str]:
        rows: list[Mapping[str, str | int | datetime | None]] = [
            {
                "id": one.delivery_id,
                "fence": fence.number,
                "state": one.state,
                "provider_id": one.provider_id,
                "reason": one.reason,
                "next_at": one.next_at or at,
                "settled_at": at if DeliveryState(one.state).is_final else None,
            }
            for fence, one in ended
        ]
        written = await self._session.scalars(self._statements.settle, {"rows": as_json(rows)})
        return frozenset(written)

    @property
    def _statements(self) -> DeliveryStatements:
        return statements(self._session.get_bind().dialect.name)
