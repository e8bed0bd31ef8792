"""What has happened that a campaign answers to? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.campaign.definition import Event, OnEvent
from bot.domain.evidence import EvidenceName
from bot.domain.identity import PatientId

EVIDENCE_EVENTS = {
    EvidenceName.LAB_RESULT.value: Event.LAB_RECORDED,
    EvidenceName.PICKED_UP.value: Event.PICKED_UP,
}
"""What the recording of a piece of evidence is for campaigns, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to one patient; `key` is the same however often it is looked up."""

    patient_id: PatientId
    event: Event
    key: str
    at: datetime


def last_word(patient_id: PatientId, at: datetime) -> Happening:
    """The patient's last word, which silence is counted from."""
    key = f"since-{at:%Y%m%dT%H%M%S}"
    return Happening(patient_id=patient_id, event=Event.SILENCE, key=key, at=at)


def answered_by(
    trigger: OnEvent, happenings: Iterable[Happening], *, now: datetime
) -> Happening | None:
    """The happening that makes the trigger speak now, of one patient's; or None.

    With a count, the newest of so many within the days; for silence, the last word that was
    followed by so many days without another.
    """
    mine = sorted((h for h in happenings if h.event is trigger.event), key=lambda h: h.at)
    within = timedelta(days=trigger.within_days)
    if trigger.event is Event.SILENCE:
        last = mine[-1] if mine else None
        return last if last is not None and now - last.at >= within else None
    recent = [happening for happening in mine if now - happening.at < within]
    return recent[-1] if len(recent) >= trigger.count else None


def spoke_lately(spoken: Sequence[datetime], trigger: OnEvent, *, now: datetime) -> bool:
    """Whether the step has answered within its own days already, so that it does not nag."""
    return any(now - at < timedelta(days=trigger.within_days) for at in spoken)
