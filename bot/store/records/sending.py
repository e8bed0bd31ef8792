"""Who may send what waits, what is being sent, and how did it end? Many rows per statement.

The statements are Core, not ORM: thousands of messages a second pass here. Each repeats its
condition where it writes, because PostgreSQL looks again only at that one after waiting for a lock.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, or_, select, tuple_, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.identity import DeliveryId, SenderId
from bot.domain.message_kind import MessageKind
from bot.logs import warning
from bot.ports.outbox import Fence, Leased, Left, Outcome
from bot.store.keys import SealBroken
from bot.store.records.delivery_row import delivery_of
from bot.store.records.receipts import Receipts
from bot.store.sealing import core
from bot.store.tables import AttemptRow, DeliveryRow, ReceiptRow, SenderRow

WAITING = (DeliveryState.QUEUED.value, DeliveryState.LEASED.value)
_UNSETTLED = (*WAITING, DeliveryState.SENDING.value)
_UNREADABLE = "text-unreadable"
_INTERRUPTED = "interrupted"

_deliveries, _attempts = core(DeliveryRow), core(AttemptRow)
_senders, _receipts = core(SenderRow), core(ReceiptRow)


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
        return [
            Left(delivery_id=DeliveryId(row.id), kind=MessageKind(row.kind), attempts=row.attempts)
            for row in found
        ]

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
            await self._write_outcomes(outcomes, at=at)
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
        table = _deliveries.c
        by_age = (table.next_at, table.id)
        chosen = (
            select(table.id)
            .where(
                table.sender_id == fence.sender_id,
                table.state == DeliveryState.QUEUED.value,
                table.next_at <= now,
                or_(table.expires_at.is_(None), table.expires_at > now),
                _is_first_of_its_address(now),
                may_send_now(fence.sender_id, now=now, fence=fence),
            )
            .order_by(*(by_age if is_oldest_first else (table.priority, *by_age)))
            .limit(limit)
        )
        if self._is_postgres:
            chosen = chosen.with_for_update(skip_locked=True, of=_deliveries)
        leased = await self._session.execute(
            update(_deliveries)
            .where(table.id.in_(chosen), table.state == DeliveryState.QUEUED.value)
            .values(state=DeliveryState.LEASED.value, leased_until=now + lease, fence=fence.number)
            .returning(*_deliveries.c)
        )
        rows = sorted(leased.all(), key=lambda row: (row.priority, row.next_at, row.id))
        return await self._opened(rows, at=now)

    async def mark_sending(self, leased: Sequence[Leased], *, at: datetime) -> frozenset[str]:
        """Commit that these calls start now; ids of those whose lease and fence still stand."""
        table = _deliveries.c
        marked = await self._session.execute(
            update(_deliveries)
            .where(
                tuple_(table.id, table.fence).in_(
                    [(one.delivery_id, one.fence.number) for one in leased]
                ),
                table.state == DeliveryState.LEASED.value,
                exists().where(_senders.c.id == table.sender_id, _senders.c.fence == table.fence),
            )
            .values(state=DeliveryState.SENDING.value, attempts=table.attempts + 1)
            .returning(table.id, table.attempts)
        )
        begun = [
            {"id": self._ids.new(), "delivery_id": row.id, "number": row.attempts, "started_at": at}
            for row in marked
        ]
        if begun:
            await self._session.execute(_attempts.insert(), begun)
        return frozenset(str(one["delivery_id"]) for one in begun)

    async def settle(
        self, ended: Sequence[tuple[Fence, Outcome]], *, at: datetime
    ) -> frozenset[str]:
        """Record how calls ended; ids of those whose fence still stands, the others are left."""
        fences = {(fence.sender_id, fence.number) for fence, _ in ended}
        asked = select(_senders.c.id, _senders.c.fence).where(
            tuple_(_senders.c.id, _senders.c.fence).in_(sorted(fences))
        )
        if self._is_postgres:
            asked = asked.with_for_update(read=True)
        standing = {(row.id, row.fence) for row in await self._session.execute(asked)}
        known = [one for fence, one in ended if (fence.sender_id, fence.number) in standing]
        if known:
            await self._write_outcomes(known, at=at)
            await self._end_attempts(known, at=at)
        return frozenset(one.delivery_id for one in known)

    async def overtaken(self, provider_ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids for which a report is already there."""
        reported = await self._session.scalars(
            select(_receipts.c.provider_id).where(_receipts.c.provider_id.in_(list(provider_ids)))
        )
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
        return opened

    async def _write_outcomes(self, outcomes: Sequence[Outcome], *, at: datetime) -> None:
        table = _deliveries.c
        await self._session.execute(
            _deliveries.update()
            .where(table.id == bindparam("of"), _is_in_flight())
            .values(
                state=bindparam("now_is"),
                provider_id=bindparam("known_as"),
                reason=bindparam("because"),
                next_at=bindparam("again_at"),
                settled_at=bindparam("ended"),
                leased_until=None,
            ),
            [
                {
                    "of": one.delivery_id,
                    "now_is": one.state,
                    "known_as": one.provider_id,
                    "because": one.reason,
                    "again_at": one.next_at or at,
                    "ended": at if DeliveryState(one.state).is_final else None,
                }
                for one in outcomes
            ],
        )

    async def _end_attempts(self, outcomes: Sequence[Outcome], *, at: datetime) -> None:
        await self._session.execute(
            _attempts.update()
            .where(
                _attempts.c.delivery_id == bindparam("of"),
                _attempts.c.number == bindparam("tried"),
            )
            .values(ended_at=at, outcome=bindparam("ended_as"), code=bindparam("with_code")),
            [
                {
                    "of": one.delivery_id,
                    "tried": one.attempt,
                    "ended_as": one.outcome,
                    "with_code": one.code,
                }
                for one in outcomes
            ],
        )


def _is_in_flight() -> ColumnElement[bool]:
    # Not IN: many rows of parameters cannot be combined with a list.
    state = _deliveries.c.state
    return or_(state == DeliveryState.LEASED.value, state == DeliveryState.SENDING.value)


def is_unsettled(state: Any) -> ColumnElement[bool]:
    """Whether a delivery has not ended, in the very words of the partial indexes.

    Literal values: with bound ones neither database could know that the index holds all it needs.
    """
    found: ColumnElement[bool] = state.in_(
        bindparam("unsettled", _UNSETTLED, expanding=True, literal_execute=True)
    )
    return found


def may_send_now(
    sender_id: SenderId, *, now: datetime, fence: Fence | None = None
) -> ColumnElement[bool]:
    """Whether the sender runs and is not held; with a fence, also whether that one stands."""
    conditions = [
        _senders.c.id == sender_id,
        _senders.c.state == "running",
        or_(_senders.c.held_until.is_(None), _senders.c.held_until <= now),
    ]
    if fence is not None:
        conditions.append(_senders.c.fence == fence.number)
    return exists().where(*conditions)


def _is_first_of_its_address(now: datetime) -> ColumnElement[bool]:
    mine, other = _deliveries.c, aliased(DeliveryRow)
    goes_before = or_(
        col(other.priority) < mine.priority,
        and_(col(other.priority) == mine.priority, col(other.id) < mine.id),
    )
    return ~exists().where(
        col(other.sender_id) == mine.sender_id,
        col(other.address_index) == mine.address_index,
        is_unsettled(col(other.state)),
        or_(
            col(other.state) == DeliveryState.SENDING.value,
            col(other.expires_at).is_(None),
            col(other.expires_at) > now,
        ),
        goes_before,
    )
