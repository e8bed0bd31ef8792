"""What is kept of the account of messages: what was planned, how each ended, and the seals?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.identity import ClinicId
from bot.domain.ledger import Count, Entry, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealable:
    """One row as it is now, and the code of its text, if that can still be read."""

    noun: str
    subject_id: str
    fields: Sequence[str] = field(repr=False)
    text_mac: str | None = None


class LedgerRecords(Protocol):
    """The account and its seals."""

    async def counts(self, clinic_id: ClinicId) -> Sequence[Count]:
        """Deliveries and silent occurrences, by state and reason."""
        ...

    async def to_seal(
        self, clinic_id: ClinicId, *, before: datetime, limit: int
    ) -> Sequence[Sealable]:
        """Rows that became final before `before` and stand on no page yet, by id."""
        ...

    async def last_page(self, clinic_id: ClinicId) -> Page | None:
        """The newest page; None before the first."""
        ...

    async def add_page(self, clinic_id: ClinicId, page: Page, entries: Sequence[Entry]) -> None:
        """Write a page with its entries, once."""
        ...

    async def pages(self, clinic_id: ClinicId) -> Sequence[Page]:
        """All pages, oldest first."""
        ...

    async def entries(self, clinic_id: ClinicId, page: int) -> Sequence[Entry]:
        """What stands on a page, in order."""
        ...

    async def as_now(self, clinic_id: ClinicId, entries: Sequence[Entry]) -> Sequence[Sealable]:
        """The rows behind entries as they are now; a row that is gone is left out."""
        ...
