"""What of a patient's course does their message meet?"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.content import Content
from bot.domain.capsules import lasts_until, stock_of
from bot.domain.course_turn import CourseTurn
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_at
from bot.domain.labs import looks_by
from bot.domain.patient import Clinic, Fact, PatientState
from bot.domain.regimen import course_regimen
from bot.domain.staffed_hours import parse
from bot.ports.store import Transaction


async def course_turn(
    tx: Transaction,
    content: Content,
    clinic: Clinic,
    patient: PatientState | None,
    facts: Sequence[Fact],
    *,
    now: datetime,
) -> CourseTurn | None:
    """The course of `patient` at `now`, empty where there is none; None for a stranger.

    `facts` is everything recorded about the patient.
    """
    if patient is None:
        return None
    course = await tx.plan.course(patient.patient.id)
    regimen = course_regimen(facts, course=course.id if course else None, zone=patient.zone)
    words = await tx.plan.dose_words(patient.patient.id)
    today = now.astimezone(patient.zone).date()
    stock = stock_of(regimen, words, facts, zone=patient.zone, now=now)
    lasts = lasts_until(regimen, stock.low, after=today) if stock is not None else None
    stops = [
        one.on
        for one in evidence_at(facts, at=now)
        if one.name is EvidenceName.LAST_CAPSULE and one.source is EvidenceSource.PATIENT
    ]
    return CourseTurn(
        today=today,
        regimen=regimen,
        days_left=(lasts - today).days if lasts is not None else None,
        few_capsules=content.dose_limits.few_capsules,
        labs=content.labs,
        looked_at_by=looks_by(
            content.labs, parse(clinic.staffed_hours), ZoneInfo(clinic.zone), now
        ),
        stop_reported_on=stops[-1] if stops else None,
    )
