"""Which rows wait for somebody to work on them?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select, text
from sqlmodel import col

from bot.domain.identity import ClinicId, Lane, SenderId
from bot.store.records.base import RecordsBase
from bot.store.tables import (
    AttemptRow,
    DeliveryRow,
    EscalationRow,
    InboundRow,
    ReceiptRow,
    SenderRow,
)

_REFUSED = ("rejected", "misconfigured", "recipientstopped")
_IN_FLIGHT = ("leased", "sending")


class Backlog(RecordsBase):
    """Reads alone: what waits, by its rows."""

    async def lanes(self, now: datetime, *, limit: int) -> Sequence[tuple[ClinicId, Lane]]:
        """Lanes with a message that may be answered now, the oldest message first."""
        oldest = func.min(col(InboundRow.received_order))
        rows = await self._session.execute(
            select(col(InboundRow.clinic_id), col(InboundRow.lane))
            .where(col(InboundRow.state) == "received", col(InboundRow.next_try_at) <= now)
            .group_by(col(InboundRow.clinic_id), col(InboundRow.lane))
            .order_by(oldest)
            .limit(limit)
        )
        return [(ClinicId(clinic), Lane(lane)) for clinic, lane in rows]

    async def senders(self, now: datetime) -> Sequence[SenderId]:
        """Senders with a message that may leave now, or that a stopped drain left behind.

        None of them is stopped, or held by its provider.
        """
        is_of_sender = col(DeliveryRow.sender_id) == col(SenderRow.id)
        is_due = (col(DeliveryRow.state) == "queued") & (col(DeliveryRow.next_at) <= now)
        is_left = col(DeliveryRow.state).in_(_IN_FLIGHT) & (col(DeliveryRow.leased_until) <= now)
        may_send = or_(col(SenderRow.held_until).is_(None), col(SenderRow.held_until) <= now)
        rows = await self._session.scalars(
            select(col(SenderRow.id))
            .where(
                col(SenderRow.state) == "running",
                may_send,
                or_(exists().where(is_of_sender, is_due), exists().where(is_of_sender, is_left)),
            )
            .order_by(col(SenderRow.id))
        )
        return [SenderId(sender) for sender in rows]

    async def gauges(self, now: datetime) -> Mapping[str, float]:
        """Counts and ages in seconds, by name; nothing about any person."""
        received = col(InboundRow.state) == "received"
        queued = (col(DeliveryRow.state) == "queued") & (col(DeliveryRow.next_at) <= now)
        return {
            "inbound_waiting": await self._count(InboundRow.id, received),
            "inbound_oldest_seconds": await self._age(InboundRow.received_at, received, now),
            "newest_ahead_seconds": await self._ahead(now),
            "outbox_waiting": await self._count(DeliveryRow.id, queued),
            "outbox_oldest_seconds": await self._age(DeliveryRow.next_at, queued, now),
            "outbox_in_flight": await self._count(
                DeliveryRow.id, col(DeliveryRow.state).in_(_IN_FLIGHT)
            ),
            "outbox_uncertain": await self._count(
                DeliveryRow.id, col(DeliveryRow.state) == "uncertain"
            ),
            "senders_stopped": await self._count(SenderRow.id, col(SenderRow.state) == "stopped"),
            "senders_held": await self._count(SenderRow.id, col(SenderRow.held_until) > now),
            "cases_open": await self._count(
                EscalationRow.id, col(EscalationRow.state).not_in(("closed", "checking"))
            ),
        }

    async def refusals(self, clinic_id: ClinicId, *, since: datetime) -> Mapping[str, int]:
        """By channel and the provider's code ("sms 21408"), how many texts did not arrive."""
        calls = (
            select(col(DeliveryRow.channel), col(AttemptRow.code))
            .join(DeliveryRow, col(DeliveryRow.id) == col(AttemptRow.delivery_id))
            .where(
                col(DeliveryRow.clinic_id) == clinic_id,
                col(AttemptRow.outcome).in_(_REFUSED),
                col(AttemptRow.ended_at) >= since,
            )
        )
        reports = (
            select(col(SenderRow.channel), col(ReceiptRow.code))
            .join(SenderRow, col(SenderRow.id) == col(ReceiptRow.sender_id))
            .where(
                col(ReceiptRow.clinic_id) == clinic_id,
                col(ReceiptRow.failure).is_not(None),
                col(ReceiptRow.received_at) >= since,
            )
        )
        found = Counter[str]()
        for statement in (calls, reports):
            for channel, code in await self._session.execute(statement):
                found[f"{channel} {code or '?'}"] += 1
        return found

    async def workers(self, *, within_s: float) -> int:
        """Processes of the cluster that gave a sign of life within the last seconds."""
        if not self._is_postgres:
            return 0
        found = await self._session.scalar(
            text(
                "SELECT count(*) FROM jobs.procrastinate_workers"
                " WHERE last_heartbeat > now() - make_interval(secs => :seconds)"
            ),
            {"seconds": within_s},
        )
        return int(found or 0)

    async def _count(self, column: Any, condition: Any) -> float:
        return float(
            await self._session.scalar(select(func.count(col(column))).where(condition)) or 0
        )

    async def _ahead(self, now: datetime) -> float:
        """How far in the future the newest message came in, by the clock that wrote it down."""
        newest = await self._session.scalar(
            select(col(InboundRow.received_at)).order_by(col(InboundRow.id).desc()).limit(1)
        )
        return max(0.0, (newest - now).total_seconds()) if newest is not None else 0.0

    async def _age(self, column: Any, condition: Any, now: datetime) -> float:
        oldest = await self._session.scalar(select(func.min(col(column))).where(condition))
        return max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0
