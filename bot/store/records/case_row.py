"""How does a stored row become a case?"""

from bot.domain.escalation import Escalation, EscalationState, Outcome, Urgency
from bot.domain.identity import ClinicId, EscalationId, PatientId, StaffId
from bot.store.tables import EscalationRow


def case_of(row: EscalationRow, *, evidence: str = "") -> Escalation:
    """The case that a row holds; `evidence` was unsealed by whoever may read it."""
    return Escalation(
        id=EscalationId(row.id),
        clinic_id=ClinicId(row.clinic_id),
        cause=row.cause,
        category=row.category,
        urgency=Urgency(row.urgency),
        state=EscalationState(row.state),
        patient_id=PatientId(row.patient_id) if row.patient_id else None,
        opened_at=row.opened_at,
        deadline_at=row.deadline_at,
        evidence=evidence,
        note=row.note,
        is_confidential=row.is_confidential,
        owner_id=StaffId(row.owner_id) if row.owner_id else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
        is_reportable=row.is_reportable,
    )
