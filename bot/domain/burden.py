"""How much has one patient been told today, and is this the moment for one more? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.domain.message_kind import KIND_RULES, AfterOutage, MessageKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import PatientState
from bot.domain.schedule import instant
from bot.domain.week_summary import WEEK_SUMMARY

DAILY_BUDGET = 4
"""Messages a day that nobody asked for; see `counts_in_budget` of each kind."""
TALKS_FOR = timedelta(minutes=15)
"""So long after a question was asked, what is ordinary does not talk into its answer."""
LOOK_AGAIN_AFTER = timedelta(minutes=30)
"""So often it is looked whether a person of the clinic still talks with the patient."""
_HELD_FOR_TALK = timedelta(hours=2)
"""How long a dose reminder waits while a person of the clinic talks with the patient."""
_NEXT_MORNING = time(9, 30)
_LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """What else this patient has to do with Balm at the moment."""

    said_today: int = 0
    """Messages of kinds that count, since the patient's midnight."""
    is_handed_off: bool = False
    """A person of the clinic talks with the patient."""
    asked_at: datetime | None = None
    """When the question was asked that still waits for its answer."""
    also_waiting: Sequence[Occurrence] = ()
    """Other notices of this patient that are due now."""

    @property
    def is_used_up(self) -> bool:
        """Whether one more of a kind that counts would be too many today."""
        return self.said_today >= DAILY_BUDGET


NO_BURDEN = Burden()
"""A patient who was told nothing today and is left alone."""


def waits_until(
    state: PatientState, kind: MessageKind, burden: Burden, *, now: datetime
) -> datetime | None:
    """Until when a notice waits for the patient's sake; None: it may be said now."""
    rule = KIND_RULES[kind]
    if rule.held_during_handoff and burden.is_handed_off:
        return now + LOOK_AGAIN_AFTER
    if not rule.counts_in_budget:
        return None
    if burden.asked_at is not None and now < burden.asked_at + TALKS_FOR:
        return burden.asked_at + TALKS_FOR
    if burden.is_used_up:
        tomorrow = now.astimezone(state.zone).date() + timedelta(days=1)
        return instant(tomorrow, _NEXT_MORNING, state.zone)
    return None


def talk_ends_at(dose: Occurrence, burden: Burden, *, now: datetime) -> datetime | None:
    """When a dose reminder is looked at again because a person talks; None: it is said now.

    It waits, but is not lost: a conversation that nobody ends must not cost the capsule. A "later"
    is the patient's own word and is kept.
    """
    latest = dose.due_at + _HELD_FOR_TALK
    if not burden.is_handed_off or dose.state is not OccurrenceState.PLANNED or now >= latest:
        return None
    return min(now + LOOK_AGAIN_AFTER, latest)


def true_until(occurrence: Occurrence) -> datetime | None:
    """Until when a text about it is true; None: as long as its kind says from being said."""
    validity = KIND_RULES[MessageKind.DOSE].validity
    is_first = occurrence.state is OccurrenceState.PLANNED
    if occurrence.kind is MessageKind.DOSE and is_first and validity is not None:
        return occurrence.due_at + validity
    return occurrence.valid_until


def folds(notice: Occurrence, burden: Burden, *, now: datetime) -> list[Occurrence]:
    """The notices that are said in one line together with `notice`; empty: it is said by itself."""
    if not _is_late_and_folds(notice, now):
        return []
    others = (one for one in burden.also_waiting if one.id != notice.id)
    return [one for one in others if _is_late_and_folds(one, now)]


def kinds_of(occurrences: Sequence[Occurrence]) -> list[str]:
    """The kinds among them, once each, as urgently as they would be said."""
    kinds = {one.kind for one in occurrences}
    return [kind.value for kind in sorted(kinds, key=lambda k: (KIND_RULES[k].priority, k.value))]


def waits_to_be_said(occurrence: Occurrence, *, now: datetime) -> bool:
    """Whether a notice is due and was not said yet."""
    is_due = occurrence.next_at is not None and occurrence.next_at <= now
    return occurrence.state is OccurrenceState.PLANNED and is_due


def _is_late_and_folds(notice: Occurrence, now: datetime) -> bool:
    if notice.reminder == WEEK_SUMMARY:  # nobody knows before whether it has anything to say
        return False
    is_late = now - notice.due_at > _LATE
    return is_late and KIND_RULES[notice.kind].after_outage is AfterOutage.FOLD
