"""Who seals the account of messages, and who proves that it closes?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.identity import ClinicId
from bot.domain.ledger import (
    SEALED_AFTER,
    Count,
    Entry,
    Finding,
    Page,
    check_entry,
    check_page,
    digest_of,
    seal,
    totals,
    unexplained,
)
from bot.ports.clock import Clock
from bot.ports.ledger import Sealable
from bot.ports.store import Store, Transaction

_ON_A_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a verification found."""

    counts: Sequence[Count]
    pages: int
    sealed: int
    findings: Sequence[Finding]

    @property
    def totals(self) -> Mapping[str, int]:
        """By end."""
        return totals(self.counts)

    @property
    def messages(self) -> int:
        """All deliveries, and occurrences that never spoke."""
        return sum(count.number for count in self.counts)

    @property
    def closes(self) -> bool:
        """Whether everything is accounted for and nothing was changed."""
        return not self.findings and sum(self.totals.values()) == self.messages


class LedgerService:
    """Seals pages in the upkeep tick; verifies on demand."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """By patient time of `clock`."""
        self._store = store
        self._clock = clock

    async def seal(self) -> int:
        """Seal what became final a while ago; how many rows. Repeating it changes nothing."""
        async with self._store.read() as tx:
            clinics = await tx.house.clinics()
        return sum([await self._seal(clinic.id) for clinic in clinics])

    async def verify(self, clinic_id: ClinicId) -> Account:
        """The whole account: every page, every sealed row, and the sum."""
        async with self._store.read() as tx:
            counts = await tx.ledger.counts(clinic_id)
            pages = await tx.ledger.pages(clinic_id)
            findings = unexplained(counts)
            before: Page | None = None
            for page in pages:
                entries = await tx.ledger.entries(clinic_id, page.number)
                findings += check_page(before, page, entries)
                findings += await _changed(tx, clinic_id, entries)
                before = page
        sealed = sum(page.entries for page in pages)
        return Account(counts=counts, pages=len(pages), sealed=sealed, findings=findings)

    async def _seal(self, clinic_id: ClinicId) -> int:
        sealed = 0
        while True:
            now = self._clock.now()
            async with self._store.unit_of_work() as tx:
                rows = await tx.ledger.to_seal(
                    clinic_id, before=now - SEALED_AFTER, limit=_ON_A_PAGE
                )
                if not rows:
                    return sealed
                entries = [_entry(row) for row in rows]
                page = seal(await tx.ledger.last_page(clinic_id), entries, at=now)
                await tx.ledger.add_page(clinic_id, page, entries)
            sealed += len(rows)


async def _changed(tx: Transaction, clinic_id: ClinicId, entries: Sequence[Entry]) -> list[Finding]:
    now = {(row.noun, row.subject_id): row for row in await tx.ledger.as_now(clinic_id, entries)}
    findings: list[Finding] = []
    for entry in entries:
        row = now.get((entry.noun, entry.subject_id))
        fields = row.fields if row is not None else None
        findings += check_entry(entry, fields, row.text_mac if row is not None else None)
    return findings


def _entry(row: Sealable) -> Entry:
    return Entry(
        noun=row.noun,
        subject_id=row.subject_id,
        text_mac=row.text_mac,
        digest=digest_of(row.noun, row.subject_id, row.fields, row.text_mac),
    )
