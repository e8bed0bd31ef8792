"""A turn in the middle of joining: what somebody says who holds an invitation."""

from typing import Any

from bot.domain.conversation import Asking, Question
from bot.domain.patient import PatientStatus
from bot.domain.turn import Turn
from tests.fakes.turns import invite, patient, question, turn

DATA = {"invite": "invite", "tries": "0", "language": "en", "zone": "America/New_York"}
OPTIONS = {
    "consent": ("enrol:agree", "enrol:all"),
    "zone": ("enrol:zone-ok", "enrol:zone-no"),
    "phone": ("enrol:phone-nobody", "enrol:phone-sometimes", "enrol:phone-yes"),
}


def at_step(step: str, **data: str) -> Question:
    return question(
        Asking.ENROLMENT, step=step, data={**DATA, **data}, options=OPTIONS.get(step, ())
    )


def joining(text: str = "", step: str | None = None, **changes: Any) -> Turn:
    """A stranger with a valid invitation, or, after the consent, the patient who is joining."""
    is_bound = step in ("zone", "dose-time", "phone")
    met: dict[str, Any] = {
        "patient": patient(PatientStatus.INVITED) if is_bound else None,
        "invited": None if is_bound else patient(PatientStatus.INVITED),
        "invite": None if is_bound else invite(),
        "asked": at_step(step) if step else None,
        **changes,
    }
    return turn(text, **met)
