"""How does one stored row become one line that the clinic reads?"""

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.domain.escalation import EntryKind, short_code
from bot.domain.handoff import PATIENT
from bot.domain.identity import Channel, EscalationId, PatientId
from bot.ports.console import AnswerLine, CaseLine, DoseLine, MessageLine, ThreadLine
from bot.store.keys import SealBroken
from bot.store.sealing import Sealer
from bot.store.tables import (
    AnswerRow,
    DeliveryRow,
    DoseLogRow,
    EscalationEntryRow,
    EscalationRow,
    InboundRow,
    OccurrenceRow,
    PatientRow,
    StaffRow,
)

UNREADABLE = "(cannot be opened)"
"""Shown where the key was erased, or the value does not belong where it lies."""

_FREE_TEXT = ("text", None)
_ID = re.compile(r"[0-9a-f]{32}")


class Lines:
    """Opens rows with the keys of their people; a name is opened once."""

    def __init__(self, session: AsyncSession, sealer: Sealer) -> None:
        """Names are read in the transaction of `session`."""
        self._session = session
        self._sealer = sealer
        self._names: dict[str, str] = {}

    async def name(self, row: PatientRow) -> str:
        """The patient's name."""
        if row.id not in self._names:
            place = f"patient.identity:{row.id}"
            identity = await self._open(place, row.sealed_identity, row.clinic_id, row.id)
            self._names[row.id] = identity["name"] if isinstance(identity, dict) else UNREADABLE
        return self._names[row.id]

    async def case(self, row: EscalationRow) -> CaseLine:
        """A case with the words that opened it."""
        place = f"escalation.evidence:{row.id}"
        evidence = await self._open(place, row.sealed_evidence, row.clinic_id, row.patient_id)
        return CaseLine(
            id=EscalationId(row.id),
            patient_id=PatientId(row.patient_id) if row.patient_id else None,
            patient_name=await self._name_of(row.patient_id),
            category=row.category,
            urgency=row.urgency,
            state=row.state,
            opened_at=row.opened_at,
            deadline_at=row.deadline_at,
            evidence=str(evidence),
            note=row.note,
            code=short_code(row.id),
            owner_name=await self._owner_of(row),
            is_confidential=row.is_confidential,
            thread=await self._thread(row),
        )

    async def came(self, row: InboundRow, channels: Mapping[str, Channel]) -> MessageLine:
        """A message received; `channels` gives each sender's."""
        place = f"inbound.message:{row.id}"
        message = await self._open(place, row.sealed_message, row.clinic_id, row.patient_id)
        return MessageLine(
            is_from_patient=True,
            patient_name=await self._name_of(row.patient_id),
            channel=channels[row.sender_id],
            kind=row.kind,
            state=row.state,
            reason=None,
            at=row.received_at,
            text=_said(message) if isinstance(message, dict) else str(message),
            patient_id=PatientId(row.patient_id) if row.patient_id else None,
        )

    async def left(self, row: DeliveryRow) -> MessageLine:
        """A message that left, or was meant to."""
        place = f"delivery.message:{row.id}"
        message = await self._open(place, row.sealed_message, row.clinic_id, row.patient_id)
        return MessageLine(
            is_from_patient=False,
            patient_name=await self._name_of(row.patient_id),
            channel=Channel(row.channel),
            kind=row.kind,
            state=end_of(row.state, row.receipt),
            reason=row.reason,
            at=row.settled_at or row.due_at,
            text=str(message["text"] if isinstance(message, dict) else message),
            patient_id=PatientId(row.patient_id) if row.patient_id else None,
        )

    async def answer(self, row: AnswerRow) -> AnswerLine:
        """An answer; free text in the patient's own words."""
        value: object = row.value or ""
        if row.sealed_text is not None and row.value in _FREE_TEXT:
            place = f"answer.text:{row.id}"
            value = await self._open(place, row.sealed_text, row.clinic_id, row.patient_id)
        return AnswerLine(question=row.question, value=str(value), answered_at=row.answered_at)

    async def _owner_of(self, row: EscalationRow) -> str | None:
        return await self._staff(row.owner_id) if row.owner_id else None

    async def _writer(self, actor: str) -> str:
        return actor if actor == PATIENT else await self._staff(actor) or actor

    async def _staff(self, staff_id: str) -> str | None:
        staff = await self._session.get(StaffRow, staff_id)
        return staff.name if staff is not None else None

    async def _thread(self, row: EscalationRow) -> list[ThreadLine]:
        entries = await self._session.scalars(
            select(EscalationEntryRow)
            .where(
                col(EscalationEntryRow.escalation_id) == row.id,
                col(EscalationEntryRow.kind) == EntryKind.SAID.value,
            )
            .order_by(col(EscalationEntryRow.id))
        )
        return [
            ThreadLine(
                at=entry.at,
                by=await self._writer(entry.actor),
                text=str(
                    await self._open(
                        f"escalation_entry.text:{entry.id}",
                        entry.sealed_text,
                        row.clinic_id,
                        row.patient_id,
                    )
                ),
            )
            for entry in entries
        ]

    async def _name_of(self, patient_id: str | None) -> str | None:
        if patient_id is None:
            return None
        row = await self._session.get(PatientRow, patient_id)
        return await self.name(row) if row is not None else UNREADABLE

    async def _open(
        self, place: str, sealed: bytes | None, clinic_id: str, patient_id: str | None
    ) -> object:
        """The sealed value; nothing for a blanked one, `UNREADABLE` without its key."""
        if sealed is None:
            return ""
        try:
            return await self._sealer.unseal(
                place, sealed, clinic_id=clinic_id, patient_id=patient_id
            )
        except (KeyError, SealBroken):
            return UNREADABLE


def end_of(state: str, receipt: str | None) -> str:
    """What is known of a delivery: the provider's report on one that was sent, else its state."""
    return receipt if state == "sent" and receipt else state


def dose_line(row: OccurrenceRow, said: DoseLogRow | None) -> DoseLine:
    """The latest word about a dose; where there is none, what became of its reminder."""
    return DoseLine(
        day=row.local_day.isoformat(),
        slot=row.slot,
        answer=said.answer if said else row.state,
        reason=said.reason if said else row.reason,
    )


def _said(message: Mapping[str, object]) -> str:
    """What a person wrote; a press reads as what its button means, without the ids in it."""
    parts = str(message["action"] or "").split(":")
    return str(message["text"] or " ".join(part for part in parts if not _ID.fullmatch(part)))
