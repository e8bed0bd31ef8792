"""What has happened that a campaign answers to? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.campaign.definition import Event, OnEvent
from bot.domain.identity import PatientId


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to one patient; `key` is the same however often it is looked up."""

    patient_id: PatientId
    event: Event
    key: str
    at: datetime


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
