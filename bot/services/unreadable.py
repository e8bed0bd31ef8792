"""What becomes of a stored message that cannot be answered, however often it is tried?"""

from datetime import datetime

from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import EscalationId, InboundId, Lane, PatientId
from bot.ports.inbox import StoredInbound, UnreadableInbound
from bot.ports.store import Transaction

_PATIENT = "patient:"


async def set_aside(
    tx: Transaction, waiting: StoredInbound | UnreadableInbound, *, at: datetime
) -> None:
    """Let later messages go on, keep this one as it is, and have somebody phone the writer.

    It may hold a call for help that nobody has answered, so a patient's is as urgent as any alert.
    """
    patient_id = _patient_of(waiting.lane)
    await tx.inbox.set_aside(waiting.id, at=at)
    await tx.cases.add(
        Escalation(
            id=EscalationId(waiting.id),
            clinic_id=waiting.clinic_id,
            cause=f"unreadable:{InboundId(waiting.id)}",
            category="message-not-readable",
            urgency=Urgency.NOW if patient_id else Urgency.SAME_DAY,
            state=EscalationState.OPEN,
            patient_id=patient_id,
            opened_at=at,
            deadline_at=at,
            note="phone-now" if patient_id else None,
            is_confidential=patient_id is not None and await tx.alerts.has_confidential(patient_id),
        )
    )


def _patient_of(lane: Lane) -> PatientId | None:
    """The patient whose words wait in `lane`; None: somebody who is not known as one."""
    return PatientId(lane.removeprefix(_PATIENT)) if lane.startswith(_PATIENT) else None
