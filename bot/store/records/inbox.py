"""What is kept of messages received?"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from bot.domain.identity import (
    AddressIndex,
    Channel,
    ClinicId,
    InboundId,
    Lane,
    PatientId,
    SenderId,
)
from bot.domain.inbound import Inbound, InboundKind, Keyword
from bot.ports.inbox import StoredInbound, UnreadableInbound
from bot.store.keys import SealBroken
from bot.store.records.base import RecordsBase
from bot.store.records.people import address_index
from bot.store.sealing import insert_once
from bot.store.tables import AddressRow, InboundRow

_PLACE = "inbound.message"
# Asked for every message, so made once: making a statement costs as much as executing it.
_PATIENT_AT = select(col(AddressRow.patient_id)).where(
    col(AddressRow.clinic_id) == bindparam("clinic_id"),
    col(AddressRow.address_index) == bindparam("address_index"),
    col(AddressRow.state) != "locked",
)
_WAITING = select(col(InboundRow.id)).where(
    col(InboundRow.id) == bindparam("id"), col(InboundRow.state) == "received"
)


def _next() -> Select[InboundRow]:
    earlier = aliased(InboundRow)
    is_first = ~exists().where(
        col(earlier.clinic_id) == col(InboundRow.clinic_id),
        col(earlier.lane) == col(InboundRow.lane),
        col(earlier.state) == "received",
        col(earlier.received_order) < col(InboundRow.received_order),
    )
    return (
        select(InboundRow)
        .where(
            col(InboundRow.state) == "received",
            col(InboundRow.next_try_at) <= bindparam("now"),
            is_first,
        )
        .order_by(col(InboundRow.received_order))
        .limit(1)
    )


_NEXT = _next()
_NEXT_OF_LANE = _NEXT.where(
    col(InboundRow.clinic_id) == bindparam("clinic_id"),
    col(InboundRow.lane) == bindparam("lane"),
)


class Inbox(RecordsBase):
    """Messages received, each answered once, in order within a lane."""

    async def add(
        self, clinic_id: ClinicId, message: Inbound, *, at: datetime
    ) -> StoredInbound | None:
        """Store a message once; None when it is already stored."""
        inbound_id = InboundId(self._ids.new())
        index = await address_index(self._sealer, clinic_id, message.channel, message.address)
        stored = StoredInbound(
            id=inbound_id,
            clinic_id=clinic_id,
            lane=await self._lane_of(clinic_id, index),
            address_index=index,
            message=message,
            received_at=at,
            tries=0,
        )
        values = {
            "id": inbound_id,
            "clinic_id": clinic_id,
            "sender_id": message.sender_id,
            "provider_id": message.provider_id,
            "lane": stored.lane,
            "received_order": inbound_id,
            "kind": message.kind.value,
            "sealed_message": await self._seal(stored, None),
            "received_at": at,
            "state": "received",
            "tries": 0,
            "next_try_at": at,
        }
        return stored if await insert_once(self._session, InboundRow, values) else None

    async def _lane_of(self, clinic_id: ClinicId, index: AddressIndex) -> Lane:
        """Where a message waits: an address that somebody connects meanwhile is looked at again."""
        given, lane = {"clinic_id": clinic_id, "address_index": index}, Lane(f"address:{index}")
        patient_id = await self._session.scalar(_PATIENT_AT, given)
        if patient_id is None and self._is_postgres:
            await self._keep_lane(clinic_id, lane, lock=func.pg_advisory_xact_lock_shared)
            patient_id = await self._session.scalar(_PATIENT_AT, given)
        return Lane(f"patient:{patient_id}") if patient_id is not None else lane

    async def _keep_lane(self, clinic_id: ClinicId, lane: Lane, *, lock: Any) -> None:
        """Until the commit: nobody moves a lane while messages are stored in it, or stores
        messages while it is moved. SQLite has one writer at a time anyway.
        """
        await self._session.execute(select(lock(func.hashtextextended(f"{clinic_id}:{lane}", 0))))

    async def next_waiting(
        self, now: datetime, *, lane: tuple[ClinicId, Lane] | None = None
    ) -> StoredInbound | UnreadableInbound | None:
        """The oldest message that is the first of its lane and may be tried; None: nothing.

        `lane` looks in this one alone.
        """
        if lane is None:
            row = await self._session.scalar(_NEXT, {"now": now})
        else:
            given = {"now": now, "clinic_id": lane[0], "lane": lane[1]}
            row = await self._session.scalar(_NEXT_OF_LANE, given)
        if row is None:
            return None
        try:
            return await self._stored(row)
        except (AssertionError, SealBroken, LookupError, TypeError, ValueError):
            return UnreadableInbound(
                id=InboundId(row.id), clinic_id=ClinicId(row.clinic_id), lane=Lane(row.lane)
            )

    async def claim(self, inbound_id: InboundId) -> bool:
        """Hold the row for this transaction; False when somebody else answered it already."""
        statement = _WAITING.with_for_update(skip_locked=True) if self._is_postgres else _WAITING
        return await self._session.scalar(statement, {"id": inbound_id}) is not None

    async def move_lane(self, clinic_id: ClinicId, *, old: Lane, new: Lane) -> None:
        """What still waits in the old lane is answered in the new one, in its order."""
        if self._is_postgres:
            await self._keep_lane(clinic_id, old, lock=func.pg_advisory_xact_lock)
        await self._session.execute(
            update(InboundRow)
            .where(
                col(InboundRow.clinic_id) == clinic_id,
                col(InboundRow.lane) == old,
                col(InboundRow.state) == "received",
            )
            .values(lane=new)
        )

    async def mark_applied(
        self, answered: StoredInbound, *, at: datetime, patient_id: PatientId | None
    ) -> None:
        """Answered: never again. A stranger's words are blanked at once."""
        await self._end(answered, state="applied", at=at, patient_id=patient_id)

    async def mark_failed_try(self, inbound_id: InboundId, *, next_try_at: datetime) -> int:
        """One more failed try; how many there were."""
        tries = await self._session.scalar(
            update(InboundRow)
            .where(col(InboundRow.id) == inbound_id)
            .values(tries=col(InboundRow.tries) + 1, next_try_at=next_try_at)
            .returning(col(InboundRow.tries))
        )
        return int(tries or 0)

    async def set_aside(self, inbound_id: InboundId, *, at: datetime) -> None:
        """Never tried again, and nothing of it is changed or blanked: later messages go on."""
        await self._session.execute(
            update(InboundRow)
            .where(col(InboundRow.id) == inbound_id)
            .values(state="failed", applied_at=at)
        )

    async def mark_failed(
        self, given_up: StoredInbound, *, at: datetime, patient_id: PatientId | None
    ) -> None:
        """Given up: a person has been told. A stranger's words are blanked at once."""
        await self._end(given_up, state="failed", at=at, patient_id=patient_id)

    async def _end(
        self, ended: StoredInbound, *, state: str, at: datetime, patient_id: PatientId | None
    ) -> None:
        """What a patient wrote is kept under the patient's own key, so erasure reaches it."""
        sealed = None if patient_id is None else await self._seal(ended, patient_id)
        await self._session.execute(
            update(InboundRow)
            .where(col(InboundRow.id) == ended.id)
            .values(state=state, applied_at=at, patient_id=patient_id, sealed_message=sealed)
        )

    async def _seal(self, stored: StoredInbound, patient_id: PatientId | None) -> bytes:
        return await self._sealer.seal(
            f"{_PLACE}:{stored.id}",
            {**_plain(stored.message), "index": stored.address_index},
            clinic_id=stored.clinic_id,
            patient_id=patient_id,
        )

    async def _stored(self, row: InboundRow) -> StoredInbound:
        assert row.sealed_message is not None
        plain = await self._sealer.unseal(
            f"{_PLACE}:{row.id}", row.sealed_message, clinic_id=row.clinic_id, patient_id=None
        )
        return StoredInbound(
            id=InboundId(row.id),
            clinic_id=ClinicId(row.clinic_id),
            lane=Lane(row.lane),
            address_index=AddressIndex(plain.pop("index")),
            message=_message(plain),
            received_at=row.received_at,
            tries=row.tries,
        )


def _plain(message: Inbound) -> dict[str, object]:
    plain = asdict(message)
    plain["sent_at"] = message.sent_at.isoformat() if message.sent_at else None
    return plain


def _message(plain: dict[str, object]) -> Inbound:
    sent_at = plain["sent_at"]
    keyword = plain["keyword"]
    fields = {
        **plain,
        "channel": Channel(str(plain["channel"])),
        "sender_id": SenderId(str(plain["sender_id"])),
        "kind": InboundKind(str(plain["kind"])),
        "keyword": Keyword(str(keyword)) if keyword else None,
        "attachments": tuple(plain["attachments"]),  # type: ignore[arg-type]  # JSON list
        "sent_at": datetime.fromisoformat(str(sent_at)) if sent_at else None,
    }
    return Inbound(**fields)  # type: ignore[arg-type]  # checked field by field above
