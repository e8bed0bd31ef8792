"""How is the account of messages read and sealed?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, func, literal_column, select, text, update
from sqlmodel import col

from bot.domain.identity import ClinicId
from bot.domain.ledger import Count, Entry, Page
from bot.ports.ledger import Sealable
from bot.store.keys import SealBroken
from bot.store.ledger_tables import LedgerEntryRow, LedgerPageRow
from bot.store.records.base import RecordsBase
from bot.store.records.delivery_row import place_of
from bot.store.sealing import core
from bot.store.tables import AuditRow, DeliveryRow, OccurrenceRow, ReceiptRow

_AT_ONCE = 500
_deliveries, _receipts, _audit = core(DeliveryRow), core(ReceiptRow), core(AuditRow)

_SEALED: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "delivery": (
        _deliveries,
        "settled_at",
        (
            *("sender_id", "kind", "cause", "part", "address_index", "template", "text_hash"),
            *("due_at", "state", "attempts", "provider_id", "settled_at"),
        ),
    ),
    "receipt": (
        _receipts,
        "received_at",
        ("sender_id", "provider_id", "status", "code", "received_at"),
    ),
    "audit": (_audit, "at", ("at", "actor", "verb", "subject")),
}
"""By noun: the table, when its rows became final, and what their digest covers.

What may still change is left out: a delivery's `reason` and `receipt` follow later reports, which
are rows of their own on later pages.
"""


class Ledger(RecordsBase):
    """Entries and pages are added and never changed."""

    async def counts(self, clinic_id: ClinicId) -> Sequence[Count]:
        """Deliveries and silent occurrences, by state and reason."""
        spoke = exists().where(
            col(DeliveryRow.clinic_id) == clinic_id,
            col(DeliveryRow.patient_id) == col(OccurrenceRow.patient_id),
            col(DeliveryRow.cause).like("occurrence:" + col(OccurrenceRow.id) + ":%"),
        )
        deliveries = await self._counted(
            "delivery", DeliveryRow, col(DeliveryRow.clinic_id) == clinic_id
        )
        silent = await self._counted(
            "occurrence",
            OccurrenceRow,
            col(OccurrenceRow.clinic_id) == clinic_id,
            ~spoke,
        )
        return [*deliveries, *silent]

    async def to_seal(
        self, clinic_id: ClinicId, *, before: datetime, limit: int
    ) -> Sequence[Sealable]:
        """Rows that became final before `before` and stand on no page yet, by id."""
        found: list[Sealable] = []
        for noun, (table, final_at, _) in _SEALED.items():
            rows = await self._session.execute(
                select(table)
                .where(
                    table.c.clinic_id == clinic_id,
                    table.c[final_at] <= before,
                    text(f"page IS NULL AND {final_at} IS NOT NULL"),
                )
                .order_by(table.c.id)
                .limit(limit)
            )
            found += [await self._sealable(noun, row) for row in rows.all()]
        return sorted(found, key=lambda one: (one.subject_id, one.noun))

    async def last_page(self, clinic_id: ClinicId) -> Page | None:
        """The newest page; None before the first."""
        row = await self._session.scalar(
            select(LedgerPageRow)
            .where(col(LedgerPageRow.clinic_id) == clinic_id)
            .order_by(col(LedgerPageRow.number).desc())
            .limit(1)
        )
        return _page(row) if row is not None else None

    async def add_page(self, clinic_id: ClinicId, page: Page, entries: Sequence[Entry]) -> None:
        """Write a page with its entries; a page of that number must not be there yet."""
        self._session.add(
            LedgerPageRow(
                id=self._ids.new(),
                clinic_id=clinic_id,
                number=page.number,
                sealed_at=page.sealed_at,
                entries=page.entries,
                digest=page.digest,
            )
        )
        await self._session.flush()
        rows = [
            {
                "id": self._ids.new(),
                "clinic_id": clinic_id,
                "page": page.number,
                "position": position,
                "noun": entry.noun,
                "subject_id": entry.subject_id,
                "text_mac": entry.text_mac,
                "digest": entry.digest,
            }
            for position, entry in enumerate(entries)
        ]
        await self._session.execute(core(LedgerEntryRow).insert(), rows)
        for noun, (table, _, _) in _SEALED.items():
            ids = [entry.subject_id for entry in entries if entry.noun == noun]
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                await self._session.execute(
                    update(table).where(table.c.id.in_(some)).values(page=page.number)
                )

    async def pages(self, clinic_id: ClinicId) -> Sequence[Page]:
        """All pages, oldest first."""
        rows = await self._session.scalars(
            select(LedgerPageRow)
            .where(col(LedgerPageRow.clinic_id) == clinic_id)
            .order_by(col(LedgerPageRow.number))
        )
        return [_page(row) for row in rows]

    async def entries(self, clinic_id: ClinicId, page: int) -> Sequence[Entry]:
        """What stands on a page, in order."""
        rows = await self._session.scalars(
            select(LedgerEntryRow)
            .where(col(LedgerEntryRow.clinic_id) == clinic_id, col(LedgerEntryRow.page) == page)
            .order_by(col(LedgerEntryRow.position))
        )
        return [
            Entry(
                noun=row.noun,
                subject_id=row.subject_id,
                text_mac=row.text_mac,
                digest=row.digest,
            )
            for row in rows
        ]

    async def as_now(self, clinic_id: ClinicId, entries: Sequence[Entry]) -> Sequence[Sealable]:
        """The rows behind entries as they are now; a row that is gone is left out."""
        found: list[Sealable] = []
        for noun, (table, _, _) in _SEALED.items():
            ids = [entry.subject_id for entry in entries if entry.noun == noun]
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                asked = select(table).where(table.c.clinic_id == clinic_id, table.c.id.in_(some))
                rows = (await self._session.execute(asked)).all()
                found += [await self._sealable(noun, row) for row in rows]
        return found

    async def _counted(self, noun: str, table: Any, *conditions: Any) -> list[Count]:
        rows = await self._session.execute(
            select(table.state, table.reason, func.count(literal_column("1")))
            .where(*conditions)
            .group_by(table.state, table.reason)
        )
        return [
            Count(noun=noun, state=state, reason=reason, number=number)
            for state, reason, number in rows
        ]

    async def _sealable(self, noun: str, row: Row[Any]) -> Sealable:
        known = row._mapping
        return Sealable(
            noun=noun,
            subject_id=known["id"],
            fields=tuple(_text(known[name]) for name in _SEALED[noun][2]),
            text_mac=await self._text_mac(row) if noun == "delivery" else None,
        )

    async def _text_mac(self, row: Row[Any]) -> str | None:
        """An HMAC of the text under its owner's key; None when text or key is gone."""
        if row.sealed_message is None:
            return None
        try:
            return await self._sealer.mac(
                place_of(row.id),
                row.sealed_message,
                clinic_id=row.clinic_id,
                patient_id=row.patient_id,
            )
        except KeyError:
            return None
        except SealBroken:
            return "broken"


def _page(row: LedgerPageRow) -> Page:
    return Page(number=row.number, sealed_at=row.sealed_at, entries=row.entries, digest=row.digest)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
