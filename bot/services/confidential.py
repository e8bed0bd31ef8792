"""Who may know of a new case: everybody at the clinic, or its confidential list alone?"""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.escalation import FlagRule
from bot.domain.identity import PatientId
from bot.domain.patient import ADULT_AGE_YEARS, Clinic, age_in_years
from bot.ports.store import Transaction


async def is_confidential(
    tx: Transaction,
    clinic: Clinic,
    patient_id: PatientId | None,
    rule: FlagRule | None,
    *,
    now: datetime,
) -> bool:
    """By the category's rule; and whatever follows while a confidential case is open.

    A second alert ("phone now: could not be answered") would otherwise tell everybody of the first.
    """
    if rule is not None and rule.is_confidential:
        return True
    if patient_id is None:
        return False
    if rule is not None and rule.is_confidential_under_18:
        patient = await tx.people.patient(patient_id)
        today = now.astimezone(ZoneInfo(clinic.zone)).date()
        if patient is not None and age_in_years(patient.born_on, today) < ADULT_AGE_YEARS:
            return True
    return await tx.alerts.has_confidential(patient_id)
