"""What came of a campaign's messages?"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import col

from bot.domain.campaign.results import StepResult
from bot.domain.delivery import DeliveryState, ReceiptStatus
from bot.domain.identity import ClinicId
from bot.domain.occurrence import OccurrenceState
from bot.store.records.base import RecordsBase
from bot.store.tables import AddressRow, DeliveryRow, OccurrenceRow, OptOutRow

_SPOKE = frozenset(
    state.value for state in (OccurrenceState.SENT, OccurrenceState.ASKED, OccurrenceState.ANSWERED)
)
_NOT_YET = frozenset(state.value for state in (OccurrenceState.PLANNED, OccurrenceState.CANCELLED))
_REACHED = frozenset(status.value for status in (ReceiptStatus.DELIVERED, ReceiptStatus.READ))
_BECAUSE_OF_IT = timedelta(days=1)
_ANSWERED = OccurrenceState.ANSWERED.value


class CampaignResults(RecordsBase):
    """Counts; names nobody."""

    async def of(self, clinic_id: ClinicId, campaign: str, now: datetime) -> Sequence[StepResult]:
        """Every version and step of a campaign, as far as it was due by `now`."""
        rows = await self._session.execute(
            select(
                col(OccurrenceRow.id),
                col(OccurrenceRow.rule),
                col(OccurrenceRow.reminder),
                col(OccurrenceRow.state),
                col(OccurrenceRow.reason),
                col(OccurrenceRow.patient_id),
                col(OccurrenceRow.due_at),
            ).where(
                col(OccurrenceRow.clinic_id) == clinic_id,
                col(OccurrenceRow.reminder).startswith(f"campaign:{campaign}:"),
                col(OccurrenceRow.due_at) <= now,
                col(OccurrenceRow.state).not_in(_NOT_YET),
            )
        )
        delivered = await self._delivered(clinic_id, campaign)
        left = await self._opted_out(clinic_id)
        by_step: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
        gone: Counter[tuple[str, str]] = Counter()
        for key, rule, reminder, state, reason, patient_id, due_at in rows:
            step = (str(rule), reminder.rpartition(":")[2])
            by_step[step].append((key, state, reason or ""))
            moments = left.get(patient_id, ())
            if state in _SPOKE and any(due_at <= at < due_at + _BECAUSE_OF_IT for at in moments):
                gone[step] += 1
        return [
            _result(step, found, delivered=delivered, opted_out=gone[step])
            for step, found in sorted(by_step.items())
        ]

    async def skip_waiting(self, clinic_id: ClinicId, version: str, *, at: datetime) -> int:
        """End what of a version still waits to leave; how many."""
        done = await self._session.execute(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.clinic_id) == clinic_id,
                col(DeliveryRow.template).startswith(f"campaign:{version}:"),
                col(DeliveryRow.state) == DeliveryState.QUEUED.value,
            )
            .values(state=DeliveryState.SKIPPED.value, reason="campaign-stopped", settled_at=at)
        )
        return int(getattr(done, "rowcount", 0))

    async def _delivered(self, clinic_id: ClinicId, campaign: str) -> frozenset[str]:
        """Occurrences of which a text was reported as delivered."""
        causes = await self._session.scalars(
            select(col(DeliveryRow.cause)).where(
                col(DeliveryRow.clinic_id) == clinic_id,
                col(DeliveryRow.template).startswith(f"campaign:{campaign}@"),
                col(DeliveryRow.receipt).in_(_REACHED),
            )
        )
        return frozenset(cause.split(":")[1] for cause in causes if cause.count(":") > 1)

    async def _opted_out(self, clinic_id: ClinicId) -> dict[str, list[datetime]]:
        rows = await self._session.execute(
            select(col(AddressRow.patient_id), col(OptOutRow.opted_out_at))
            .join(OptOutRow, col(OptOutRow.address_index) == col(AddressRow.address_index))
            .where(col(OptOutRow.clinic_id) == clinic_id)
        )
        found: dict[str, list[datetime]] = defaultdict(list)
        for patient_id, at in rows:
            found[patient_id].append(at)
        return found


def _result(
    step: tuple[str, str],
    found: Sequence[tuple[str, ...]],
    *,
    delivered: frozenset[str],
    opted_out: int,
) -> StepResult:
    return StepResult(
        version=step[0].removeprefix("campaign:"),
        step=step[1],
        due=len(found),
        sent=sum(state in _SPOKE for _, state, _ in found),
        delivered=sum(key in delivered for key, _, _ in found),
        answered=sum(state == _ANSWERED for _, state, _ in found),
        opted_out=opted_out,
        answers=Counter(reason for _, state, reason in found if state == _ANSWERED),
        unsent=Counter(reason for _, state, reason in found if state not in _SPOKE),
    )
