"""What has happened to patients lately that a campaign may answer to?"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from bot.domain.campaign.definition import Event
from bot.domain.campaign.events import EVIDENCE_EVENTS, Happening, last_word
from bot.domain.escalation import EntryKind
from bot.domain.identity import ClinicId, PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import FactKind
from bot.store.records.base import RecordsBase
from bot.store.tables import (
    EscalationEntryRow,
    EscalationRow,
    FactRow,
    InboundRow,
    OccurrenceRow,
    PatientRow,
)


class Happenings(RecordsBase):
    """Reads what other records wrote; writes nothing."""

    async def since(self, clinic_id: ClinicId, since: datetime) -> Sequence[Happening]:
        """Everything after `since`, and of every active patient their last word."""
        return [
            *await self._missed_doses(clinic_id, since),
            *await self._closed_alerts(clinic_id, since),
            *await self._evidence(clinic_id, since),
            *await self._last_words(clinic_id),
        ]

    async def _missed_doses(self, clinic_id: ClinicId, since: datetime) -> list[Happening]:
        rows = await self._session.execute(
            select(
                col(OccurrenceRow.id), col(OccurrenceRow.patient_id), col(OccurrenceRow.due_at)
            ).where(
                col(OccurrenceRow.clinic_id) == clinic_id,
                col(OccurrenceRow.kind) == MessageKind.DOSE.value,
                col(OccurrenceRow.state) == OccurrenceState.MISSED.value,
                col(OccurrenceRow.due_at) > since,
            )
        )
        return [_happening(Event.MISSED_DOSE, *row) for row in rows]

    async def _closed_alerts(self, clinic_id: ClinicId, since: datetime) -> list[Happening]:
        """Confidential cases stay out: nothing unprompted may follow them."""
        rows = await self._session.execute(
            select(col(EscalationRow.id), col(EscalationRow.patient_id), col(EscalationEntryRow.at))
            .join(
                EscalationEntryRow, col(EscalationEntryRow.escalation_id) == col(EscalationRow.id)
            )
            .where(
                col(EscalationRow.clinic_id) == clinic_id,
                col(EscalationRow.patient_id).is_not(None),
                col(EscalationRow.is_confidential).is_(False),
                col(EscalationEntryRow.kind) == EntryKind.CLOSED.value,
                col(EscalationEntryRow.at) > since,
            )
        )
        return [
            _happening(Event.ALERT_CLOSED, key, who, at) for key, who, at in rows if who is not None
        ]

    async def _evidence(self, clinic_id: ClinicId, since: datetime) -> list[Happening]:
        rows = await self._session.execute(
            select(
                col(FactRow.id),
                col(FactRow.patient_id),
                col(FactRow.recorded_at),
                col(FactRow.value),
            ).where(
                col(FactRow.clinic_id) == clinic_id,
                col(FactRow.kind) == FactKind.EVIDENCE.value,
                col(FactRow.recorded_at) > since,
            )
        )
        named = [(key, who, at, json.loads(value or "{}")) for key, who, at, value in rows]
        return [
            _happening(EVIDENCE_EVENTS[value["name"]], key, who, at)
            for key, who, at, value in named
            if value.get("name") in EVIDENCE_EVENTS and not value.get("withdrawn")
        ]

    async def _last_words(self, clinic_id: ClinicId) -> list[Happening]:
        rows = await self._session.execute(
            select(
                col(InboundRow.patient_id),
                func.max(col(InboundRow.received_at)),
            )
            .join(PatientRow, col(PatientRow.id) == col(InboundRow.patient_id))
            .where(col(InboundRow.clinic_id) == clinic_id, col(PatientRow.status) == "active")
            .group_by(col(InboundRow.patient_id))
        )
        return [last_word(PatientId(who), at) for who, at in rows if who is not None]


def _happening(event: Event, key: str, patient_id: str, at: datetime) -> Happening:
    return Happening(patient_id=PatientId(patient_id), event=event, key=key, at=at)
