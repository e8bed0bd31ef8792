"""What is kept of messages received?"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import exists, select, update
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


class Inbox(RecordsBase):
    """Messages received, each answered once, in order within a lane."""

    async def add(self, clinic_id: ClinicId, message: Inbound, *, at: datetime) -> InboundId | None:
        """Store a message once; None when it is already stored."""
        inbound_id = self._ids.new()
        index = await address_index(self._sealer, clinic_id, message.channel, message.address)
        patient_id = await self._session.scalar(
            select(col(AddressRow.patient_id)).where(
                col(AddressRow.clinic_id) == clinic_id,
                col(AddressRow.address_index) == index,
                col(AddressRow.state) != "locked",
            )
        )
        sealed = await self._sealer.seal(
            f"{_PLACE}:{inbound_id}",
            {**_plain(message), "index": index},
            clinic_id=clinic_id,
            patient_id=None,
        )
        values = {
            "id": inbound_id,
            "clinic_id": clinic_id,
            "sender_id": message.sender_id,
            "provider_id": message.provider_id,
            "lane": f"patient:{patient_id}" if patient_id else f"address:{index}",
            "received_order": inbound_id,
            "kind": message.kind.value,
            "sealed_message": sealed,
            "received_at": at,
            "state": "received",
            "tries": 0,
            "next_try_at": at,
        }
        is_new = await insert_once(self._session, InboundRow, values)
        return InboundId(inbound_id) if is_new else None

    async def next_waiting(self, now: datetime) -> StoredInbound | UnreadableInbound | None:
        """The oldest message that is the first of its lane and may be tried; None: nothing."""
        earlier = aliased(InboundRow)
        is_first = ~exists().where(
            col(earlier.clinic_id) == col(InboundRow.clinic_id),
            col(earlier.lane) == col(InboundRow.lane),
            col(earlier.state) == "received",
            col(earlier.received_order) < col(InboundRow.received_order),
        )
        row = await self._session.scalar(
            select(InboundRow)
            .where(
                col(InboundRow.state) == "received", col(InboundRow.next_try_at) <= now, is_first
            )
            .order_by(col(InboundRow.received_order))
            .limit(1)
        )
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
        statement = select(col(InboundRow.id)).where(
            col(InboundRow.id) == inbound_id, col(InboundRow.state) == "received"
        )
        if self._is_postgres:
            statement = statement.with_for_update(skip_locked=True)
        return await self._session.scalar(statement) is not None

    async def mark_applied(
        self, inbound_id: InboundId, *, at: datetime, patient_id: PatientId | None
    ) -> None:
        """Answered: never again. A stranger's words are blanked at once."""
        await self._end(inbound_id, state="applied", at=at, patient_id=patient_id)

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
        self, inbound_id: InboundId, *, at: datetime, patient_id: PatientId | None
    ) -> None:
        """Given up: a person has been told. A stranger's words are blanked at once."""
        await self._end(inbound_id, state="failed", at=at, patient_id=patient_id)

    async def _end(
        self, inbound_id: InboundId, *, state: str, at: datetime, patient_id: PatientId | None
    ) -> None:
        values: dict[str, object] = {"state": state, "applied_at": at, "patient_id": patient_id}
        if patient_id is None:
            values["sealed_message"] = None
        await self._session.execute(
            update(InboundRow).where(col(InboundRow.id) == inbound_id).values(**values)
        )
        if patient_id is not None:
            await self._reseal(inbound_id, patient_id)

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

    async def _reseal(self, inbound_id: InboundId, patient_id: PatientId) -> None:
        """What a patient wrote is kept under the patient's own key, so erasure reaches it."""
        row = await self._session.get(InboundRow, inbound_id, populate_existing=True)
        if row is None or row.sealed_message is None:
            return
        place = f"{_PLACE}:{row.id}"
        plain = await self._sealer.unseal(
            place, row.sealed_message, clinic_id=row.clinic_id, patient_id=None
        )
        sealed = await self._sealer.seal(
            place, plain, clinic_id=row.clinic_id, patient_id=patient_id
        )
        await self._session.execute(
            update(InboundRow).where(col(InboundRow.id) == row.id).values(sealed_message=sealed)
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
