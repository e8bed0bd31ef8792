"""May a text that waited in the queue still leave, after all that may have changed? Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.burden import LOOK_AGAIN_AFTER
from bot.domain.decide import HELD_AT_MOST, STILL_ON_TIME, why_silent
from bot.domain.message_kind import KIND_RULES, TIME_CRITICAL, MessageKind
from bot.domain.patient import PatientState
from bot.domain.quiet_hours import USUAL_QUIET_HOURS, QuietHours

FRESH_FOR = timedelta(minutes=1)
"""So young a text was judged by `decide` a moment ago."""
_OWN_WORDS = frozenset(
    {
        MessageKind.ALERT,
        MessageKind.SAFETY,
        MessageKind.HANDOFF,
        MessageKind.REPLY,
        MessageKind.ENROLMENT,
        MessageKind.CONFIRMATION,
    }
)
"""Answers to what somebody did: they leave whatever was paused since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The text does not leave now; it ends with `reason`, or waits until `until`."""

    reason: str
    until: datetime | None = None


def needs_judging(kind: MessageKind, due_at: datetime, *, now: datetime) -> bool:
    """Whether a text of `kind` that was due at `due_at` has waited long enough to ask again."""
    return kind not in _OWN_WORDS and now - due_at > FRESH_FOR


def stays(
    state: PatientState,
    kind: MessageKind,
    *,
    due_at: datetime,
    may_write: bool,
    now: datetime,
    is_handed_off: bool = False,
    quiet_hours: QuietHours = USUAL_QUIET_HOURS,
) -> Stay | None:
    """Why a planned text does not leave now; None: it leaves.

    An outage may have carried it into the night or past a pause; the hour that the patient chose
    is never quiet, and what is time-critical waits four hours at most (product rule 13).
    """
    silent = why_silent(state, kind, may_write=may_write)
    if silent is not None:
        return Stay(reason=silent)
    if is_handed_off and kind is not MessageKind.DOSE:
        return Stay(reason="handed-off", until=now + LOOK_AGAIN_AFTER)
    wakes_at = quiet_hours.ends_after(now, state.zone)
    if not KIND_RULES[kind].obeys_quiet_hours or wakes_at is None or now - due_at <= STILL_ON_TIME:
        return None
    if kind in TIME_CRITICAL:
        wakes_at = min(wakes_at, due_at + HELD_AT_MOST)
    return Stay(reason="quiet-hours", until=wakes_at) if wakes_at > now else None
